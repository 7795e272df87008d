// mesos-agent: an agent, its containerizer and checkpoints, and its HTTP and gRPC servers.
#include <signal.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemons/agent_flags.h"
#include "daemons/agent_modules.h"
#include "daemons/checkpoints_folder.h"
#include "daemons/daemon.h"
#include "daemons/folders.h"
#include "daemons/master_location.h"
#include "daemons/network.h"
#include "mesos/agent.h"
#include "mesos/containerizer.h"
#include "mesos/event_loop.h"
#include "mesos/http.h"
#include "mesos/random.h"
#include "mesos/rpc.h"
#include "mesos/state_store.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/unique_fd.h"

namespace mesos {
namespace {

// Destroyed from the last to the first.
struct Parts {
  std::unique_ptr<EventLoop> loop;
  std::unique_ptr<Random> random = CreateSystemRandom();
  UniqueFd runtime_dir;
  std::unique_ptr<StateStore> checkpoints;
  MasterWay<AgentEndpoint> master;
  std::unique_ptr<Containerizer> containerizer;
  AgentModules modules;
  std::unique_ptr<Agent> agent;
  std::unique_ptr<GrpcServer> grpc;
  std::unique_ptr<HttpServer> http;
};

// Takes all that another agent might hold before anything is touched.
absl::Status Build(const AgentFlags& flags, Daemon* daemon, Parts* parts) {
  ASSIGN_OR_RETURN(parts->modules, CreateAgentModules(flags.modules));
  ASSIGN_OR_RETURN(AgentSettings settings, ReadAgentSettings(flags));
  ASSIGN_OR_RETURN(parts->loop, CreateThreadEventLoop("mesos-agent"));
  const NetworkIdentity& identity = settings.identity;
  ASSIGN_OR_RETURN(const std::string meta,
                   MakeFolder("work_dir", settings.agent.work_dir + "/meta"));
  ASSIGN_OR_RETURN(parts->checkpoints, OpenCheckpoints(meta + "/checkpoints", settings.agent.strict,
                                                       parts->loop.get(), daemon->log()));
  ASSIGN_OR_RETURN(parts->runtime_dir, HoldFolder(settings.containerizer.runtime_dir));
  ASSIGN_OR_RETURN(const PortReservation http,
                   PortReservation::ForHttp(flags.network, identity.listen_ip));
  ASSIGN_OR_RETURN(const PortReservation grpc,
                   PortReservation::ForGrpc(flags.network, identity.listen_ip));
  settings.agent.port = http.port();
  const std::string listen = JoinAddress(identity.listen_ip, grpc.port());
  const bool anywhere = identity.listen_ip == "0.0.0.0" || identity.listen_ip == "::";
  settings.agent.executor_endpoint =
      anywhere ? JoinAddress(identity.advertised_ip, grpc.port()) : listen;
  ASSIGN_OR_RETURN(parts->master, FindMasterOfAgents(flags.master, flags.zk_session_timeout,
                                                     parts->loop.get(), daemon->log()));
  ASSIGN_OR_RETURN(parts->containerizer,
                   CreateMesosContainerizer(settings.containerizer,
                                            {parts->loop.get(), daemon->log()}));
  ASSIGN_OR_RETURN(
      parts->agent,
      CreateAgent(settings.agent,
                  {parts->loop.get(), parts->random.get(), parts->master.endpoint.get(),
                   parts->containerizer.get(), parts->checkpoints.get(), daemon->log(),
                   [daemon](absl::Status why) { daemon->End(std::move(why)); },
                   parts->modules.resource_estimator.get(), parts->modules.qos_controller.get()}));
  ASSIGN_OR_RETURN(
      parts->grpc,
      CreateGrpcServer({.address = listen, .agent = parts->agent.get(), .log = daemon->log()}));
  HttpServerOptions served = daemon->HttpOptions("/slave/log");
  served.address = JoinAddress(identity.listen_ip, http.port());
  served.agent = parts->agent.get();
  served.work_dir = settings.agent.work_dir;
  ASSIGN_OR_RETURN(parts->http, CreateHttpServer(std::move(served)));
  daemon->LogFlags();
  LogSink* log = daemon->log();
  log->Log(LogLevel::kInfo, absl::StrCat("resources: ", settings.agent.resources.ToString()));
  daemon->LogPorts(http.port(), grpc.port());
  if (flags.switch_user && !settings.agent.switch_user) {
    log->Log(LogLevel::kInfo, "not root: all tasks run under this process's account");
  }
  return absl::OkStatus();
}

void Start(const Parts& parts, Daemon* daemon) {
  parts.agent->Start([daemon](absl::Status status) {
    if (!status.ok()) return daemon->End(Annotate(status, "cannot recover"));
    daemon->log()->Log(LogLevel::kInfo, "the agent has recovered");
  });
}

int Main(int argc, char** argv) {
  Daemon daemon("mesos-agent", "Runs tasks on this machine.");
  AgentFlags flags;
  flags.AddTo(&daemon.flags());
  if (std::optional<int> code = daemon.ReadFlags(argc, argv)) return *code;
  RaiseFileLimit();
  Parts parts;
  if (absl::Status built = Build(flags, &daemon, &parts); !built.ok()) return daemon.Fail(built);
  Start(parts, &daemon);
  const int signal = daemon.WaitForEnd();
  daemon.StopWithin(absl::Seconds(10));
  if (signal == SIGUSR1) {
    daemon.log()->Log(LogLevel::kInfo, "leaving the cluster");
    daemon.StopWithin(flags.agent.executor_shutdown_grace_period + absl::Seconds(10));
    parts.agent->Shutdown([&daemon](absl::Status status) { daemon.End(std::move(status)); });
    daemon.WaitForEnd();
  } else {
    daemon.log()->Log(LogLevel::kInfo, "stopping; containers go on");
  }
  return daemon.ExitCode();
}

}  // namespace
}  // namespace mesos

int main(int argc, char** argv) { return mesos::Main(argc, argv); }
