// mesos-master: a master, its registry, and its HTTP and gRPC servers.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemons/daemon.h"
#include "daemons/folders.h"
#include "daemons/master_flags.h"
#include "daemons/network.h"
#include "daemons/whitelist_file.h"
#include "mesos/allocator.h"
#include "mesos/event_loop.h"
#include "mesos/http.h"
#include "mesos/master.h"
#include "mesos/random.h"
#include "mesos/rpc.h"
#include "mesos/state_store.h"
#include "mesos/zookeeper.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

// Destroyed from the last to the first.
struct Parts {
  std::unique_ptr<EventLoop> loop;
  std::unique_ptr<Random> random = CreateSystemRandom();
  std::unique_ptr<ZooKeeper> zookeeper;  // Null: the master leads alone.
  std::unique_ptr<StateStore> registry;  // Null: ZooKeeper's.
  std::unique_ptr<Allocator> allocator;
  std::unique_ptr<Master> master;
  std::unique_ptr<EventLoop> whitelist_loop;  // Reading files may take a while.
  std::unique_ptr<WhitelistFile> whitelist;
  std::unique_ptr<GrpcServer> grpc;
  std::unique_ptr<HttpServer> http;
};

// The registry to use.
absl::StatusOr<StateStore*> OpenRegistry(const MasterFlags& flags, Parts* parts) {
  ASSIGN_OR_RETURN(const MasterFlags::Registry registry, flags.WhichRegistry());
  if (registry == MasterFlags::Registry::kZooKeeper) return &parts->zookeeper->registry();
  if (registry == MasterFlags::Registry::kMemory) {
    ASSIGN_OR_RETURN(parts->registry, CreateMemoryStateStore(parts->loop.get()));
  } else {
    ASSIGN_OR_RETURN(const std::string work_dir, MakeFolder("work_dir", *flags.work_dir));
    ASSIGN_OR_RETURN(parts->registry, CreateLevelDbStateStore(absl::StrCat(work_dir, "/registry"),
                                                              parts->loop.get()));
  }
  return parts->registry.get();
}

absl::Status BuildMaster(const MasterFlags& flags, const MasterSettings& settings, Daemon* daemon,
                         Parts* parts) {
  if (flags.zk.has_value()) {
    ASSIGN_OR_RETURN(parts->zookeeper, CreateZooKeeper({.url = flags.zk->text,
                                                        .session_timeout = flags.zk_session_timeout,
                                                        .log = daemon->log()},
                                                       parts->loop.get()));
  }
  ASSIGN_OR_RETURN(StateStore* const registry, OpenRegistry(flags, parts));
  MasterDependencies on = {parts->loop.get(), parts->random.get(), registry, parts->allocator.get(),
                           daemon->log()};
  on.ended = [daemon](absl::Status why) { daemon->End(std::move(why)); };
  if (parts->zookeeper != nullptr) {
    on.election = &parts->zookeeper->election();
    on.detector = &parts->zookeeper->detector();
  }
  ASSIGN_OR_RETURN(parts->master, CreateMaster(settings.master, std::move(on)));
  return absl::OkStatus();
}

absl::Status WatchWhitelist(const std::string& flag, Daemon* daemon, Parts* parts) {
  if (!WhitelistFile::IsNamedBy(flag)) return absl::OkStatus();
  ASSIGN_OR_RETURN(parts->whitelist_loop, CreateThreadEventLoop("whitelist"));
  auto changed = [master = parts->master.get()](WhitelistFile::Hostnames hostnames) {
    // Hierarchical allocators have a whitelist: this is not refused.
    master->UpdateWhitelist(std::move(hostnames), [](const absl::Status&) {});
  };
  ASSIGN_OR_RETURN(parts->whitelist, WhitelistFile::Open(flag, parts->whitelist_loop.get(),
                                                         daemon->log(), std::move(changed)));
  return absl::OkStatus();
}

absl::Status Serve(const MasterFlags& flags, const std::string& ip, int http_port, int grpc_port,
                   Daemon* daemon, Parts* parts) {
  Master* const master = parts->master.get();
  ASSIGN_OR_RETURN(parts->grpc, CreateGrpcServer({.address = JoinAddress(ip, grpc_port),
                                                  .master = master,
                                                  .log = daemon->log()}));
  HttpServerOptions served = daemon->HttpOptions("/master/log");
  served.address = JoinAddress(ip, http_port);
  served.master = master;
  served.max_event_subscribers = flags.max_operator_event_stream_subscribers;
  ASSIGN_OR_RETURN(parts->http, CreateHttpServer(std::move(served)));
  daemon->LogPorts(http_port, grpc_port);
  return absl::OkStatus();
}

absl::Status Build(const MasterFlags& flags, Daemon* daemon, Parts* parts) {
  ASSIGN_OR_RETURN(MasterSettings settings, ReadMasterSettings(flags));
  ASSIGN_OR_RETURN(parts->loop, CreateThreadEventLoop("mesos-master"));
  const std::string ip = settings.identity.listen_ip;
  ASSIGN_OR_RETURN(const PortReservation http, PortReservation::ForHttp(flags.network, ip));
  ASSIGN_OR_RETURN(const PortReservation grpc, PortReservation::ForGrpc(flags.network, ip));
  settings.master.port = flags.network.advertise_port.value_or(http.port());
  settings.master.grpc_port = grpc.port();
  ASSIGN_OR_RETURN(parts->allocator, CreateHierarchicalAllocator(settings.allocator));
  RETURN_IF_ERROR(BuildMaster(flags, settings, daemon, parts));
  RETURN_IF_ERROR(WatchWhitelist(flags.whitelist, daemon, parts));
  daemon->LogFlags();
  return Serve(flags, ip, http.port(), grpc.port(), daemon, parts);
}

void Start(const Parts& parts, Daemon* daemon) {
  const bool alone = parts.zookeeper == nullptr;
  parts.master->Start([daemon, alone](absl::Status status) {
    if (!status.ok()) return daemon->End(Annotate(status, "cannot lead"));
    daemon->log()->Log(LogLevel::kInfo,
                       alone ? "the master leads" : "the master stands for election");
  });
}

int Main(int argc, char** argv) {
  Daemon daemon("mesos-master", "Keeps a cluster's books and offers its resources.");
  MasterFlags flags;
  flags.AddTo(&daemon.flags());
  if (std::optional<int> code = daemon.ReadFlags(argc, argv)) return *code;
  RaiseFileLimit();
  Parts parts;
  if (absl::Status built = Build(flags, &daemon, &parts); !built.ok()) {
    return daemon.Fail(built);
  }
  Start(parts, &daemon);
  daemon.WaitForEnd();
  daemon.log()->Log(LogLevel::kInfo, "stopping");
  daemon.StopWithin(absl::Seconds(10));
  return daemon.ExitCode();
}

}  // namespace
}  // namespace mesos

int main(int argc, char** argv) { return mesos::Main(argc, argv); }
