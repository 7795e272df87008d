// The gRPC services a master and an agent offer.
#ifndef MESOSLIB_RPC_SERVICES_H_
#define MESOSLIB_RPC_SERVICES_H_

#include <memory>
#include <vector>

#include "grpcpp/impl/service_type.h"
#include "mesos/agent.h"
#include "mesos/master.h"
#include "mesoslib/rpc/server_stream.h"

namespace mesos {

// SchedulerService, AgentLink, MasterOperator.
std::vector<std::unique_ptr<grpc::Service>> MasterServices(Master* master,
                                                           std::shared_ptr<const StreamHost> host);

// ExecutorService, AgentOperator.
std::vector<std::unique_ptr<grpc::Service>> AgentServices(Agent* agent,
                                                          std::shared_ptr<const StreamHost> host);

}  // namespace mesos

#endif  // MESOSLIB_RPC_SERVICES_H_
