// What of a cluster several commands look for: agents and frameworks by what a user typed.
#ifndef DAEMONS_CLI_CLUSTER_H_
#define DAEMONS_CLI_CLUSTER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "daemons/cli/client.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::cli {

using AgentEntry = v1::master::Response::GetAgents::Agent;
using FrameworkEntry = v1::master::Response::GetFrameworks::Framework;

// Never null.
template <typename Message>
using Listed = absl::StatusOr<std::shared_ptr<const Message>>;

Listed<v1::master::Response::GetAgents> GetAgents(Client* client);
Listed<v1::master::Response::GetFrameworks> GetFrameworks(Client* client);

// The one that is meant by its id or its hostname (see find_id.h).
absl::StatusOr<const AgentEntry*> FindAgent(const v1::master::Response::GetAgents& agents,
                                            absl::string_view wanted);
absl::StatusOr<std::string> FindAgentId(const v1::master::Response::GetAgents& agents,
                                        absl::string_view wanted);
// Those that run first; completed ones only where `completed`.
absl::StatusOr<const FrameworkEntry*> FindFramework(
    const v1::master::Response::GetFrameworks& frameworks, absl::string_view wanted,
    bool completed);

// Where an agent serves HTTP: "10.0.0.1:5051". FailedPrecondition: what the master tells of it is
// no address.
absl::StatusOr<std::string> AddressOf(const AgentEntry& agent);

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_CLUSTER_H_
