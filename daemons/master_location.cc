#include "daemons/master_location.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemons/network.h"
#include "mesos/rpc.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

// How each kind of endpoint is made.
struct Agents {
  using Endpoint = AgentEndpoint;
  static auto Connect(const std::string& address) { return CreateGrpcAgentEndpoint(address); }
  static auto Follow(LeaderDetector* detector, AgentConnector connect, EventLoop* loop) {
    return CreateLeaderAgentEndpoint(detector, std::move(connect), loop);
  }
};

struct Schedulers {
  using Endpoint = SchedulerEndpoint;
  static auto Connect(const std::string& address) { return CreateGrpcSchedulerEndpoint(address); }
  static auto Follow(LeaderDetector* detector, SchedulerConnector connect, EventLoop* loop) {
    return CreateLeaderSchedulerEndpoint(detector, std::move(connect), loop);
  }
};

template <typename Kind>
absl::StatusOr<MasterWay<typename Kind::Endpoint>> FindMaster(const MasterLocation& master,
                                                              absl::Duration zk_session_timeout,
                                                              EventLoop* loop, LogSink* log) {
  RETURN_IF_ERROR(CheckMaster("master", master));
  MasterWay<typename Kind::Endpoint> way;
  if (!master.is_zookeeper()) {
    ASSIGN_OR_RETURN(const std::string address, MasterGrpcAddress(master.text));
    ASSIGN_OR_RETURN(way.endpoint, Kind::Connect(address));
    return way;
  }
  ASSIGN_OR_RETURN(
      way.zookeeper,
      CreateZooKeeper({.url = master.text, .session_timeout = zk_session_timeout, .log = log},
                      loop));
  const auto connect = [log](const Leader& leader) -> std::unique_ptr<typename Kind::Endpoint> {
    const std::string address = LeaderGrpcAddress(leader);
    log->Log(LogLevel::kInfo, absl::StrCat("the leading master is at ", address));
    auto endpoint = Kind::Connect(address);
    if (endpoint.ok()) return *std::move(endpoint);
    log->Log(LogLevel::kWarning, endpoint.status().message());
    return nullptr;
  };
  ASSIGN_OR_RETURN(way.endpoint, Kind::Follow(&way.zookeeper->detector(), connect, loop));
  return way;
}

}  // namespace

absl::StatusOr<MasterWay<AgentEndpoint>> FindMasterOfAgents(const MasterLocation& master,
                                                            absl::Duration zk_session_timeout,
                                                            EventLoop* loop, LogSink* log) {
  return FindMaster<Agents>(master, zk_session_timeout, loop, log);
}

absl::StatusOr<MasterWay<SchedulerEndpoint>> FindMasterOfSchedulers(
    const MasterLocation& master, absl::Duration zk_session_timeout, EventLoop* loop,
    LogSink* log) {
  return FindMaster<Schedulers>(master, zk_session_timeout, loop, log);
}

}  // namespace mesos
