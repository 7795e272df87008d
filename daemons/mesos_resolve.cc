// mesos-resolve: prints where the leading master is: "10.0.0.1:5050". Exit code: 0, or 1 where that
// is not known in time, 2 for wrong use.
#include <unistd.h>

#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "daemons/leader_location.h"
#include "daemons/process_flags.h"
#include "mesos/leader_election.h"
#include "mesos/log.h"
#include "mesos/version.h"
#include "mesoslib/base/flags.h"

namespace mesos {
namespace {

struct ResolveFlags {
  absl::Duration timeout = absl::Seconds(5);
  bool verbose = false;
  bool version = false;

  void AddTo(FlagSet* flags) {
    flags->AllowArguments("<master>");
    flags->Add(&timeout, "timeout", "How long to look for a leader.");
    flags->Add(&verbose, "verbose", "Whether to tell of what happens, on stderr.");
    flags->Add(&version, "version", "Shows the version and ends.");
  }
};

class StderrLog final : public LogSink {
 public:
  void Log(LogLevel /*level*/, absl::string_view line) override {
    std::fprintf(stderr, "mesos-resolve: %.*s\n", static_cast<int>(line.size()), line.data());
  }
};

int Fail(absl::string_view message, int code) {
  std::fprintf(stderr, "mesos-resolve: %s\n", std::string(message).c_str());
  return code;
}

absl::StatusOr<std::string> Resolve(const MasterLocation& master, const ResolveFlags& flags) {
  StderrLog log;
  const absl::StatusOr<Leader> leader =
      FindLeader(master, flags.timeout, flags.verbose ? &log : nullptr);
  if (leader.ok()) return LeaderAddress(*leader);
  if (!absl::IsDeadlineExceeded(leader.status())) return leader.status();
  return absl::DeadlineExceededError(
      absl::StrCat(leader.status().message(), "; with --verbose it is told what happens"));
}

int Main(int argc, char** argv) {
  FlagSet flag_set("mesos-resolve",
                   "Prints where the leading master is, which zk://host:port,.../path knows.");
  ResolveFlags flags;
  flags.AddTo(&flag_set);
  const absl::Status parsed = ParseProcessFlags(argc, argv, &flag_set);
  if (flag_set.help_requested()) {
    std::fputs(flag_set.Help().c_str(), stdout);
    return 0;
  }
  if (flags.version) {
    std::puts("mesos-resolve " MESOS_VERSION);
    return 0;
  }
  if (!parsed.ok()) return Fail(parsed.message(), 2);
  if (flag_set.arguments().size() != 1) {
    return Fail("one argument is expected: the master, such as zk://host:2181/mesos", 2);
  }
  MasterLocation master;
  ParseFlag(flag_set.arguments().front(), &master).IgnoreError();
  if (!master.is_zookeeper()) {
    // It is resolved already.
    const absl::Status valid = CheckMaster("master", master);
    if (!valid.ok()) return Fail(valid.message(), 1);
    std::puts(master.text.c_str());
    return 0;
  }
  const absl::StatusOr<std::string> address = Resolve(master, flags);
  if (!address.ok()) return Fail(address.status().message(), 1);
  std::puts(address->c_str());
  return 0;
}

}  // namespace
}  // namespace mesos

int main(int argc, char** argv) { return mesos::Main(argc, argv); }
