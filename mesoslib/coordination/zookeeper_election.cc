#include "mesoslib/coordination/zookeeper_election.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "mesoslib/base/backoff.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/coordination/master_node.h"

namespace mesos {
namespace {

constexpr absl::Duration kFirstRetry = absl::Milliseconds(100);
constexpr absl::Duration kLongestRetry = absl::Seconds(5);

}  // namespace

// One candidacy; its candidate owns it.
class ZooKeeperElection::Standing final : public Candidacy {
 public:
  Standing(ZooKeeperElection* election, Leader self, Candidate* candidate)
      : election_(election),
        log_(election->log_),
        data_(EncodeMasterNode(self)),
        candidate_(candidate),
        backoff_(election->random_, kFirstRetry, kLongestRetry) {
    election_->candidacies_.push_back(this);
  }

  // A node that is being made is withdrawn when it is there.
  ~Standing() override {
    std::erase(election_->candidacies_, this);
    if (state_ == State::kStanding || state_ == State::kLeading) Withdraw(election_, node_);
  }

  // A node is made; there may already be a session, or none yet.
  void Begin() {
    if (state_ != State::kWaiting || election_->client_->session() == nullptr) return;
    state_ = State::kCreating;
    const std::string prefix = absl::StrCat(election_->client_->base(), "/", kMasterNodePrefix);
    election_->client_->session()->CreateEphemeralSequential(
        prefix, data_,
        [this, election = election_,
         alive = std::weak_ptr<char>(alive_)](absl::StatusOr<std::string> path) {
          if (!alive.expired()) return HandleCreated(std::move(path));
          if (path.ok()) Withdraw(election, NameOf(election, *path));
        });
  }

  void HandleSessionLost(const absl::Status& why) {
    if (state_ == State::kCreating) state_ = State::kWaiting;
    if (state_ == State::kStanding || state_ == State::kLeading) End(why);
  }

  void HandleGroup() {
    const MasterGroup& group = *election_->group_;
    if (state_ != State::kStanding && state_ != State::kLeading) return;
    if (group.IsFresh() && !group.Has(node_)) {
      return End(absl::UnavailableError(
          absl::StrCat("the znode ", election_->client_->base(), "/", node_, " is gone")));
    }
    if (state_ == State::kLeading || group.leader_node() != node_) return;
    state_ = State::kLeading;
    candidate_->Elected();
  }

 private:
  enum class State { kWaiting, kCreating, kStanding, kLeading, kOver };

  static std::string NameOf(const ZooKeeperElection* election, absl::string_view path) {
    absl::ConsumePrefix(&path, election->client_->base());
    absl::ConsumePrefix(&path, "/");
    return std::string(path);
  }

  // Nobody waits for the answer. Where the node can't be deleted it must not stay: the session
  // ends.
  static void Withdraw(ZooKeeperElection* election, const std::string& node) {
    ZooKeeperClient* const client = election->client_;
    if (client->session() == nullptr) return;
    client->session()->Delete(
        absl::StrCat(client->base(), "/", node), [client](absl::Status status) {
          if (status.ok() || absl::IsNotFound(status)) return;
          client->GiveUp(absl::UnavailableError(
              absl::StrCat("cannot withdraw a candidacy: ", status.message())));
        });
  }

  void HandleCreated(absl::StatusOr<std::string> path) {
    if (path.ok()) {
      state_ = State::kStanding;
      node_ = NameOf(election_, *path);
      log_.Info("standing for election as ", node_);
      return election_->group_->Refresh();
    }
    state_ = State::kWaiting;
    if (absl::IsUnavailable(path.status())) {
      // It may have been made, and would stand before the next one.
      return election_->client_->GiveUp(path.status());
    }
    log_.Warning("cannot stand for election: ", path.status().message());
    if (absl::IsNotFound(path.status())) election_->group_->Refresh();  // Makes the base.
    election_->loop_->PostAt(election_->loop_->Now() + kFirstRetry + backoff_.Next(),
                             lifetime_.Guard([this] { Begin(); }));
  }

  void End(const absl::Status& why) {
    state_ = State::kOver;
    candidate_->Lost(why);
  }

  ZooKeeperElection* const election_;
  const Logger log_;
  const std::string data_;
  Candidate* const candidate_;
  Backoff backoff_;
  State state_ = State::kWaiting;
  std::string node_;
  Lifetime lifetime_;
  const std::shared_ptr<char> alive_ = std::make_shared<char>();
};

ZooKeeperElection::ZooKeeperElection(ZooKeeperClient* client, MasterGroup* group, EventLoop* loop,
                                     Random* random, LogSink* log)
    : client_(client), group_(group), loop_(loop), random_(random), log_(log) {}

ZooKeeperElection::~ZooKeeperElection() = default;

std::unique_ptr<LeaderElection::Candidacy> ZooKeeperElection::Contend(Leader self,
                                                                      Candidate* candidate) {
  auto standing = std::make_unique<Standing>(this, std::move(self), candidate);
  standing->Begin();
  return standing;
}

template <typename Method, typename... Args>
void ZooKeeperElection::ForEach(Method method, const Args&... args) {
  for (Standing* standing : std::vector<Standing*>(candidacies_)) {
    const bool there =
        std::find(candidacies_.begin(), candidacies_.end(), standing) != candidacies_.end();
    if (there) (standing->*method)(args...);
  }
}

void ZooKeeperElection::SessionBegan() { ForEach(&Standing::Begin); }

void ZooKeeperElection::SessionLost(const absl::Status& why) {
  ForEach(&Standing::HandleSessionLost, why);
}

void ZooKeeperElection::GroupChanged() { ForEach(&Standing::HandleGroup); }

}  // namespace mesos
