// LocalCluster: a master and agents in this process, wired with the defaults: memory for storage,
// the Mesos containerizer for containers, a loop and a thread for each. For examples, tests and
// development; needs no privileges.
//
//   auto cluster =
//       mesos::CreateLocalCluster({.agents = {{.resources = "cpus:4;mem:4096"}}}).value();
//   mesos::SchedulerEndpoint& master = cluster->master().schedulers();  // For drivers.
//   std::printf("%p %s\n", static_cast<void*>(&master), cluster->work_dir().c_str());
//
// Threads: made and destroyed on a thread that may wait, not on one of its loops; masters and
// agents may be used from any thread.
// Ownership: owns its master, its agents and all they need. Drivers that use it are destroyed
// before it; the log must outlive it.
// Errors: CreateLocalCluster passes on what the parts answer; InvalidArgument names the agent
// ("agents[1].resources") where it is one of theirs.
#ifndef MESOS_LOCAL_CLUSTER_H_
#define MESOS_LOCAL_CLUSTER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mesos/agent.h"
#include "mesos/allocator.h"
#include "mesos/export.h"
#include "mesos/log.h"
#include "mesos/master.h"
#include "mesos/version.h"

namespace mesos {

struct LocalAgentOptions {
  std::string resources;   // Text or JSON, as --resources.
  std::string attributes;  // Text, as --attributes.
  // "ip:port" of the gRPC server that the host makes for this agent, where custom executors find
  // it. Empty: they can't connect.
  std::string executor_endpoint;
  // Of the HTTP server that the host makes for this agent, where tools find its sandboxes. 0: there
  // is none, and 5051 and so on are told.
  int port = 0;
};

struct LocalClusterOptions {
  MasterOptions master;  // Hostname and ip are the agents' too.
  AllocatorOptions allocator;
  std::vector<LocalAgentOptions> agents;
  // Sandboxes and container state are below this folder, an absolute path, those of agents[1] in
  // agent1. Empty: a temporary folder, which is removed with the cluster.
  std::string work_dir;
  LogSink* log = nullptr;  // May be null.
};

class MESOS_EXPORT LocalCluster {
 public:
  // Ends all containers, and then everything else.
  virtual ~LocalCluster() = default;
  virtual Master& master() = 0;
  // `index` as in the options, from 0.
  virtual Agent& agent(size_t index) = 0;
  // As in the options, or the temporary folder.
  virtual const std::string& work_dir() const = 0;
};

// Returns when the master leads and all agents have started (they may not have registered yet).
MESOS_EXPORT absl::StatusOr<std::unique_ptr<LocalCluster>> CreateLocalCluster(
    LocalClusterOptions options, HeaderVersion headers = {});

}  // namespace mesos

#endif  // MESOS_LOCAL_CLUSTER_H_
