#include "mesoslib/coordination/master_group.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/coordination/master_node.h"

namespace mesos {
namespace {

constexpr absl::Duration kFirstRetry = absl::Milliseconds(100);
constexpr absl::Duration kLongestRetry = absl::Seconds(2);

}  // namespace

MasterGroup::MasterGroup(ZooKeeperClient* client, EventLoop* loop, Random* random, LogSink* log)
    : client_(client), loop_(loop), log_(log), backoff_(random, kFirstRetry, kLongestRetry) {}

void MasterGroup::SessionBegan() { Refresh(); }

void MasterGroup::ConnectionIsBack() { Refresh(); }

void MasterGroup::SessionLost(const absl::Status& /*why*/) {
  loop_->Cancel(retry_timer_);
  reading_ = false;
  dirty_ = true;
  nodes_.clear();
  standing_.clear();
  leader_node_.clear();
  leader_.reset();
  Notify();
}

void MasterGroup::NodeChanged(const std::string& path) {
  if (path == client_->base()) Refresh();
}

void MasterGroup::Refresh() {
  dirty_ = true;
  Read();
}

void MasterGroup::Read() {
  if (reading_ || client_->session() == nullptr) return;
  loop_->Cancel(retry_timer_);
  reading_ = true;
  dirty_ = false;
  client_->session()->WatchChildren(
      client_->base(), [this](absl::StatusOr<Names> names) { HandleNames(std::move(names)); });
}

void MasterGroup::HandleNames(absl::StatusOr<Names> names) {
  if (absl::IsNotFound(names.status())) return MakeBase();
  if (!names.ok()) return RetryLater(names.status());
  nodes_ = {names->begin(), names->end()};
  std::erase_if(ignored_, [this](const std::string& name) { return !nodes_.contains(name); });
  standing_.clear();
  for (const std::string& name : nodes_) {
    const auto parsed = ParseMasterNodeName(name);
    if (!parsed.has_value()) continue;
    if (IsMasterLabel(parsed->label)) {
      standing_.emplace(parsed->sequence, name);
    } else {
      Ignore(name, absl::InvalidArgumentError("it is no master's, which are called json.info_..."));
    }
  }
  ReadOldest();
}

void MasterGroup::ReadOldest() {
  while (!standing_.empty() && ignored_.contains(standing_.begin()->second)) {
    standing_.erase(standing_.begin());
  }
  if (standing_.empty()) {
    leader_node_.clear();
    leader_.reset();
    return Finish();
  }
  const std::string& name = standing_.begin()->second;
  if (name == leader_node_) return Finish();
  client_->session()->Get(
      absl::StrCat(client_->base(), "/", name),
      [this, name](absl::StatusOr<ZooKeeperNode> node) { HandleOldest(name, std::move(node)); });
}

void MasterGroup::HandleOldest(const std::string& name, absl::StatusOr<ZooKeeperNode> node) {
  if (absl::IsUnavailable(node.status())) return RetryLater(node.status());
  if (absl::IsNotFound(node.status())) {  // Gone since.
    nodes_.erase(name);
    standing_.erase(standing_.begin());
    return ReadOldest();
  }
  auto leader = node.ok() ? Decode(name, *node) : node.status();
  if (!leader.ok()) {
    Ignore(name, leader.status());
    return ReadOldest();
  }
  leader_node_ = name;
  leader_ = *std::move(leader);
  Finish();
}

absl::StatusOr<Leader> MasterGroup::Decode(const std::string& name,
                                           const ZooKeeperNode& node) const {
  if (!node.ephemeral) {
    return absl::InvalidArgumentError("it is not ephemeral, so no living master's");
  }
  return DecodeMasterNode(ParseMasterNodeName(name)->label, node.data);
}

void MasterGroup::Ignore(const std::string& name, const absl::Status& why) {
  if (!ignored_.insert(name).second) return;
  log_.Warning("the znode ", Quoted(absl::StrCat(client_->base(), "/", name)),
               " is ignored: ", why.message());
}

void MasterGroup::MakeBase() {
  client_->CreateBase([this](absl::Status status) {
    if (!status.ok()) return RetryLater(status);
    reading_ = false;
    Refresh();
  });
}

void MasterGroup::RetryLater(const absl::Status& why) {
  if (!absl::IsUnavailable(why)) log_.Warning("cannot read who leads: ", why.message());
  reading_ = false;
  dirty_ = true;
  retry_timer_ = loop_->PostAt(loop_->Now() + backoff_.Next(), lifetime_.Guard([this] { Read(); }));
}

void MasterGroup::Finish() {
  reading_ = false;
  backoff_.Reset();
  if (dirty_) Read();
  Notify();
}

void MasterGroup::Notify() {
  for (Observer* observer : observers_) observer->GroupChanged();
}

}  // namespace mesos
