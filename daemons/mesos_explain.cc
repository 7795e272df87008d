// mesos-explain: prints why a framework is offered what it is, and why nothing else. Exit code: 0,
// or 1 where the master does not tell, 2 for wrong use.
#include <cstdio>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "daemons/master_location.h"
#include "daemons/network.h"
#include "daemons/process_flags.h"
#include "mesos/ids.h"
#include "mesos/leader_election.h"
#include "mesos/rpc.h"
#include "mesos/version.h"
#include "mesoslib/base/flags.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

struct ExplainFlags {
  std::optional<MasterLocation> master;
  std::optional<std::string> framework;
  absl::Duration timeout = absl::Seconds(5);
  bool version = false;

  void AddTo(FlagSet* flags) {
    flags->Add(&master, "master",
               "Where the master is: host:port, grpc://host:port, or zk://host:port,.../path.");
    flags->Add(&framework, "framework", "The id of the framework whose offers are explained.");
    flags->Add(&timeout, "timeout", "How long to wait for ZooKeeper, and for the master.");
    flags->Add(&version, "version", "Shows the version and ends.");
  }
};

int Fail(absl::string_view message, int code) {
  std::fprintf(stderr, "mesos-explain: %s\n", std::string(message).c_str());
  return code;
}

absl::Status Check(const ExplainFlags& flags) {
  if (!flags.master.has_value()) return absl::InvalidArgumentError("--master is missing");
  if (!flags.framework.has_value() || flags.framework->empty()) {
    return absl::InvalidArgumentError(
        "--framework is missing: the id that the master has given it");
  }
  if (flags.timeout <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("--timeout is not more than zero");
  }
  return CheckMaster("master", *flags.master);
}

absl::StatusOr<std::string> FindGrpcAddress(const ExplainFlags& flags) {
  if (!flags.master->is_zookeeper()) return MasterGrpcAddress(flags.master->text);
  ASSIGN_OR_RETURN(const Leader leader, FindLeader(*flags.master, flags.timeout, nullptr));
  return LeaderGrpcAddress(leader);
}

absl::StatusOr<std::string> Explain(const ExplainFlags& flags) {
  ASSIGN_OR_RETURN(const std::string address, FindGrpcAddress(flags));
  return ExplainGrpcOffers(address, FrameworkId(*flags.framework), flags.timeout);
}

int Main(int argc, char** argv) {
  FlagSet flag_set("mesos-explain",
                   "Prints why a framework is offered what it is, and why nothing else.");
  ExplainFlags flags;
  flags.AddTo(&flag_set);
  const absl::Status parsed = ParseProcessFlags(argc, argv, &flag_set);
  if (flag_set.help_requested()) {
    std::fputs(flag_set.Help().c_str(), stdout);
    return 0;
  }
  if (flags.version) {
    std::puts("mesos-explain " MESOS_VERSION);
    return 0;
  }
  if (!parsed.ok()) return Fail(parsed.message(), 2);
  if (absl::Status valid = Check(flags); !valid.ok()) return Fail(valid.message(), 2);
  const absl::StatusOr<std::string> table = Explain(flags);
  if (!table.ok()) return Fail(table.status().message(), 1);
  std::fputs(table->c_str(), stdout);
  return 0;
}

}  // namespace
}  // namespace mesos

int main(int argc, char** argv) { return mesos::Main(argc, argv); }
