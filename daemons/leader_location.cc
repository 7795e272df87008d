#include "daemons/leader_location.h"

#include <memory>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "daemons/network.h"
#include "mesos/event_loop.h"
#include "mesos/zookeeper.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/notification.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/coordination/zookeeper_url.h"

namespace mesos {
namespace {

std::string HostOf(const Leader& leader) {
  const v1::Address& address = leader.info.address();
  return address.ip().empty() ? address.hostname() : address.ip();
}

}  // namespace

bool MasterLocation::is_zookeeper() const {
  absl::string_view rest = text;
  return absl::ConsumePrefix(&rest, "zk:") || IsZooKeeperUrl(text);
}

absl::Status ParseFlag(absl::string_view text, MasterLocation* value) {
  value->text = std::string(absl::StripAsciiWhitespace(text));
  return absl::OkStatus();
}

std::string FormatFlag(const MasterLocation& value) {
  const size_t begin = value.text.find("://");
  const size_t at = value.text.rfind('@');
  if (begin == std::string::npos || at == std::string::npos || at < begin) return value.text;
  return absl::StrCat(value.text.substr(0, begin + 3), "..", value.text.substr(at));
}

absl::string_view FlagTypeName(const MasterLocation*) { return "text"; }

absl::Status CheckMaster(absl::string_view flag, const MasterLocation& master) {
  if (master.is_zookeeper()) return CheckZooKeeper(flag, master);
  return MasterGrpcAddress(master.text).status();
}

absl::Status CheckZooKeeper(absl::string_view flag, const MasterLocation& zookeeper) {
  return Annotate(ParseZooKeeperUrl(zookeeper.text).status(), absl::StrCat("--", flag));
}

std::string LeaderAddress(const Leader& leader) {
  return JoinAddress(HostOf(leader), leader.info.address().port());
}

std::string LeaderGrpcAddress(const Leader& leader) {
  const int port =
      leader.grpc_port != 0 ? leader.grpc_port : leader.info.address().port() + kGrpcPortOffset;
  return JoinAddress(HostOf(leader), port);
}

absl::StatusOr<Leader> FindLeader(const MasterLocation& zookeeper, absl::Duration timeout,
                                  LogSink* log) {
  ASSIGN_OR_RETURN(const std::unique_ptr<EventLoop> loop, CreateThreadEventLoop("resolve"));
  ASSIGN_OR_RETURN(const std::unique_ptr<ZooKeeper> asked,
                   CreateZooKeeper({.url = zookeeper.text, .log = log}, loop.get()));
  Leader known;
  Notification found;
  std::unique_ptr<LeaderDetector::Detection> detection;
  RunOn(loop.get(), [&] {
    detection = asked->detector().Watch([&](const std::optional<Leader>& leader) {
      if (!leader.has_value() || found.HasBeenNotified()) return;
      known = *leader;
      found.Notify();
    });
  });
  const bool in_time = found.WaitForNotificationWithTimeout(timeout);
  RunOn(loop.get(), [&] { detection.reset(); });
  if (in_time) return known;
  return absl::DeadlineExceededError(absl::StrCat("no leading master was found at ",
                                                  FormatFlag(zookeeper), " within ",
                                                  absl::FormatDuration(timeout)));
}

}  // namespace mesos
