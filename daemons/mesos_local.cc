// mesos-local: a master and agents in one process, for development. It ends its tasks when it ends.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemons/daemon.h"
#include "daemons/flag_values.h"
#include "daemons/folders.h"
#include "daemons/network.h"
#include "mesos/http.h"
#include "mesos/local_cluster.h"
#include "mesos/resource_quantities.h"
#include "mesos/rpc.h"
#include "mesoslib/base/flags.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/unique_fd.h"

namespace mesos {
namespace {

struct LocalFlags {
  NetworkFlags network{.port = 5050};
  uint16_t num_agents = 1;
  std::string resources;
  std::string work_dir = "/tmp/mesos/work";

  void AddTo(FlagSet* flags) {
    flags->Add(&network.ip, "ip", "The address to listen at; by default all of this machine's.");
    flags->Add(&network.port, "port", "The port of the master's HTTP API.");
    flags->Add(&network.grpc_port, "grpc_port",
               "The port of the master's gRPC API; by default 10 above --port. 0: any free one, "
               "which is logged.");
    flags->Add(&num_agents, "num_agents", "How many agents there are.").Alias("num_slaves");
    flags->Add(&resources, "resources",
               "What each agent offers, as mesos-agent's flag has it: what is not named is taken "
               "from the machine.");
    flags->Add(&work_dir, "work_dir", "Where sandboxes are kept.");
  }
};

// Destroyed from the last to the first: servers, the cluster with its tasks, then the folder.
struct Parts {
  UniqueFd work_dir;
  std::unique_ptr<LocalCluster> cluster;
  std::vector<std::unique_ptr<GrpcServer>> servers;
  std::vector<std::unique_ptr<HttpServer>> http;  // The master's, then each agent's.
};

absl::Status Build(const LocalFlags& flags, Daemon* daemon, Parts* parts) {
  ASSIGN_OR_RETURN(const NetworkIdentity identity, IdentifyHost(flags.network));
  const std::string ip = identity.listen_ip;
  LocalClusterOptions options;
  options.log = daemon->log();
  options.master.hostname = identity.hostname;
  options.master.ip = identity.advertised_ip;
  ASSIGN_OR_RETURN(PortReservation http, PortReservation::ForHttp(flags.network, ip));
  options.master.port = http.port();
  ASSIGN_OR_RETURN(options.allocator.min_allocatable_resources,
                   ParseMinAllocatable("cpus:0.01|mem:32"));
  ASSIGN_OR_RETURN(options.work_dir, MakeFolder("work_dir", flags.work_dir));
  ASSIGN_OR_RETURN(const Resources resources,
                   AgentResources(flags.resources, "*", MeasureMachine(options.work_dir)));
  ASSIGN_OR_RETURN(parts->work_dir, HoldFolder(options.work_dir));

  // The first is the master's.
  std::vector<PortReservation> grpc_ports, http_ports;
  ASSIGN_OR_RETURN(PortReservation master_port, PortReservation::ForGrpc(flags.network, ip));
  grpc_ports.push_back(std::move(master_port));
  http_ports.push_back(std::move(http));
  for (int i = 0; i < flags.num_agents; ++i) {
    ASSIGN_OR_RETURN(PortReservation grpc_port, PortReservation::ForGrpc({.grpc_port = 0}, ip));
    ASSIGN_OR_RETURN(PortReservation http_port, PortReservation::ForHttp({.port = 0}, ip));
    options.agents.push_back(
        {.resources = resources.ToJson(),
         .executor_endpoint = JoinAddress(identity.advertised_ip, grpc_port.port()),
         .port = http_port.port()});
    grpc_ports.push_back(std::move(grpc_port));
    http_ports.push_back(std::move(http_port));
  }
  daemon->LogFlags();
  ASSIGN_OR_RETURN(parts->cluster, CreateLocalCluster(options));
  for (size_t i = 0; i < grpc_ports.size(); ++i) {
    GrpcServerOptions grpc{.address = JoinAddress(ip, grpc_ports[i].port()), .log = daemon->log()};
    HttpServerOptions served = daemon->HttpOptions(i == 0 ? "/master/log" : "/slave/log");
    served.address = JoinAddress(ip, http_ports[i].port());
    if (i == 0) {
      grpc.master = served.master = &parts->cluster->master();
    } else {
      grpc.agent = served.agent = &parts->cluster->agent(i - 1);
      served.work_dir = absl::StrCat(options.work_dir, "/agent", i - 1);
    }
    ASSIGN_OR_RETURN(parts->servers.emplace_back(), CreateGrpcServer(grpc));
    ASSIGN_OR_RETURN(parts->http.emplace_back(), CreateHttpServer(std::move(served)));
  }
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  Daemon daemon("mesos-local", "A master and agents in one process, for development.");
  LocalFlags flags;
  flags.AddTo(&daemon.flags());
  if (std::optional<int> code = daemon.ReadFlags(argc, argv)) return *code;
  RaiseFileLimit();
  Parts parts;
  if (absl::Status built = Build(flags, &daemon, &parts); !built.ok()) return daemon.Fail(built);
  daemon.LogPorts(parts.http.front()->port(), parts.servers.front()->port());
  daemon.WaitForEnd();
  daemon.log()->Log(LogLevel::kInfo, "stopping");
  daemon.StopWithin(absl::Seconds(10));
  return daemon.ExitCode();
}

}  // namespace
}  // namespace mesos

int main(int argc, char** argv) { return mesos::Main(argc, argv); }
