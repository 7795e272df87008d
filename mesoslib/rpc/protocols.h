// The three conversations that cross machines: which service carries them, and in what frames.
#ifndef MESOSLIB_RPC_PROTOCOLS_H_
#define MESOSLIB_RPC_PROTOCOLS_H_

#include "mesos/rpc/services.grpc.pb.h"
#include "mesos/rpc/services.pb.h"
#include "mesos/v1/executor/executor.pb.h"

namespace mesos {

struct SchedulerProtocol {
  using Service = rpc::SchedulerService;
  using Call = v1::scheduler::Call;
  using Event = v1::scheduler::Event;
  using Calls = rpc::SchedulerCalls;
  using Events = rpc::SchedulerEvents;
  static constexpr char kPeer[] = "master";

  // Whether the session is of no use if this is refused.
  static bool Opens(const Call& call) { return call.type() == Call::SUBSCRIBE; }
};

struct ExecutorProtocol {
  using Service = rpc::ExecutorService;
  using Call = v1::executor::Call;
  using Event = v1::executor::Event;
  using Calls = rpc::ExecutorCalls;
  using Events = rpc::ExecutorEvents;
  static constexpr char kPeer[] = "agent";

  static bool Opens(const Call& call) { return call.type() == Call::SUBSCRIBE; }
};

struct AgentProtocol {
  using Service = rpc::AgentLink;
  using Call = internal::AgentMessage;
  using Event = internal::MasterMessage;
  using Calls = rpc::AgentMessages;
  using Events = rpc::MasterMessages;
  static constexpr char kPeer[] = "master";

  static bool Opens(const Call& call) { return call.has_register_() || call.has_reregister(); }
};

}  // namespace mesos

#endif  // MESOSLIB_RPC_PROTOCOLS_H_
