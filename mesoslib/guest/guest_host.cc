// A host that is not what one might expect, as a program, for what it changes concerns a whole
// process:
//
//   guest_host MODE TRANSPORT FOLDER
//
// It makes itself as MODE says, runs a cluster with tasks, and writes into FOLDER/report what was
// wrong: nothing, if all is well. It prints nothing.
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "mesos/resources.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/guest/host_state.h"
#include "mesoslib/guest/hosted_cluster.h"

namespace mesos {
namespace {

// What is wrong.
std::string report;

void Expect(bool fine, const std::string& what) {
  if (!fine) absl::StrAppend(&report, what, "\n");
}

void ExpectEqual(const std::string& actual, const std::string& expected, const std::string& what) {
  Expect(actual == expected, absl::StrCat(what, " is '", actual, "', not '", expected, "'"));
}

void ExpectHas(const std::string& text, const std::string& part, const std::string& what) {
  Expect(absl::StrContains(text, part),
         absl::StrCat(what, " is '", text, "', without '", part, "'"));
}

// ---- What hosts do to themselves ----

void Nothing() {}

// Without O_CLOEXEC, as a careless host would.
void OpenManyFiles() {
  rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 12'000);
  setrlimit(RLIMIT_NOFILE, &limit);
  for (rlim_t count = 0; count < 10'000 && count + 500 < limit.rlim_cur; ++count) {
    Expect(open("/dev/null", O_RDONLY) >= 0, "cannot open many files");
  }
}

void CloseStandardDescriptors() {
  for (int fd : {0, 1, 2}) close(fd);
}

void BlockAllSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

void SetAction(int number, void (*handler)(int), int flags) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(number, &action, nullptr);
}

void IgnoreChildren() { SetAction(SIGCHLD, SIG_IGN, 0); }
void KeepNoZombies() { SetAction(SIGCHLD, SIG_DFL, SA_NOCLDWAIT); }
void IgnorePipes() { SetAction(SIGPIPE, SIG_IGN, 0); }

std::atomic<int> signals_handled{0};

void HandleAllSignals() {
  for (int number = 1; number <= SIGSYS; ++number) {
    if (number == SIGKILL || number == SIGSTOP || number == SIGSEGV) continue;
    SetAction(
        number, [](int) { ++signals_handled; }, 0);
  }
}

void AllowEverything() { umask(0); }
void AllowNothing() { umask(0777); }

void SpeakGerman() {
  if (setlocale(LC_ALL, "de_DE.UTF-8") == nullptr) setlocale(LC_ALL, "C.UTF-8");
}

void WorkElsewhere() { Expect(chdir("/proc/self") == 0, "cannot change the working directory"); }

// Waits for whatever child there is, all the time.
class ImpatientParent {
 public:
  ImpatientParent() : thread_([this] { Wait(); }) {}
  ~ImpatientParent() {
    stop_ = true;
    thread_.join();
    Expect(found_ == 0, absl::StrCat("waitpid(-1) found ", found_.load(), " children"));
  }

 private:
  void Wait() {
    while (!stop_) {
      if (waitpid(-1, nullptr, WNOHANG) > 0) ++found_;
      poll(nullptr, 0, 1);
    }
  }

  std::atomic<bool> stop_{false};
  std::atomic<int> found_{0};
  std::thread thread_;
};

// What few programs can do: root's rights would hide what is wrong with modes.
void BecomeNobody() {
  if (geteuid() == 0) {
    Expect(setgid(65534) == 0 && setuid(65534) == 0, "cannot become nobody");
  }
  AllowNothing();
}

struct HostMode {
  void (*prepare)();
  bool impatient = false;
};

const std::map<std::string, HostMode>& Modes() {
  static const auto* const modes = new std::map<std::string, HostMode>{
      {"ordinary", {Nothing}},
      {"many-files", {OpenManyFiles}},
      {"closed-stdio", {CloseStandardDescriptors}},
      {"blocked-signals", {BlockAllSignals}},
      {"handled-signals", {HandleAllSignals}},
      {"ignored-sigchld", {IgnoreChildren}},
      {"no-zombies", {KeepNoZombies}},
      {"impatient-parent", {Nothing, true}},
      {"ignored-sigpipe", {IgnorePipes}},
      {"umask-0", {AllowEverything}},
      {"umask-0777", {AllowNothing}},
      {"nobody-umask-0777", {BecomeNobody}},
      {"german", {SpeakGerman}},
      {"elsewhere", {WorkElsewhere}},
  };
  return *modes;
}

// ---- What a cluster does in them ----

// What the task finds itself with: no descriptors but its own (and the one that ls reads with), an
// empty stdin, signals of which none is blocked or ignored, and the usual umask.
constexpr char kLook[] =
    "ls /proc/self/fd | tr '\\n' ' '; cat; "
    "grep -c '^Sig\\(Blk\\|Ign\\):.0*$' /proc/self/status; umask; echo err >&2";
constexpr char kLooks[] = "0 1 2 3 2\n0022\n";

std::map<std::string, std::string> Commands() {
  return {{"finish", "true"},
          {"fail", "exit 3"},
          {"signal", "kill -9 $$"},
          {"kill", "exec sleep 1000"},
          {"look", kLook}};
}

int ModeOf(const std::string& path) {
  struct stat info = {};
  return lstat(path.c_str(), &info) == 0 ? static_cast<int>(info.st_mode & 07777) : -1;
}

void ExpectMode(const std::string& path, int mode) {
  Expect(ModeOf(path) == mode,
         absl::StrFormat("%s has the mode %o, not %o", path, ModeOf(path), mode));
}

void CheckFiles(const std::string& folder) {
  ExpectMode(absl::StrCat(folder, "/deep"), 0755);
  ExpectMode(absl::StrCat(folder, "/deep/registry"), 0700);
  ExpectMode(absl::StrCat(folder, "/deep/registry/HOLDER"), 0600);
  ExpectMode(absl::StrCat(folder, "/deep/registry/CURRENT"), 0600);
  ExpectMode(absl::StrCat(folder, "/deep/registry/LOCK"), 0600);
  ExpectMode(absl::StrCat(folder, "/deep/agent0/work"), 0755);
  ExpectMode(absl::StrCat(folder, "/deep/agent0/run/containers"), 0755);
  const std::string sandbox = SandboxOf(folder, "look");
  ExpectMode(sandbox, 0750);
  ExpectMode(absl::StrCat(sandbox, "/stdout"), 0644);
  ExpectMode(absl::StrCat(sandbox, "/stderr"), 0644);
}

void CheckEnds(const std::map<std::string, std::string>& ends, const std::string& folder) {
  if (ends.size() != Commands().size()) return Expect(false, "not all tasks have ended");
  ExpectHas(ends.at("finish"), "TASK_FINISHED", "finish");
  ExpectHas(ends.at("fail"), "TASK_FAILED Command exited with status 3", "fail");
  ExpectHas(ends.at("signal"), "TASK_FAILED Command terminated with signal SIGKILL", "signal");
  ExpectHas(ends.at("kill"), "TASK_KILLED Command terminated with signal SIGTERM", "kill");
  ExpectHas(ends.at("look"), "TASK_FINISHED", "look");
  ExpectEqual(ReadWholeFile(absl::StrCat(SandboxOf(folder, "look"), "/stdout")), kLooks,
              "what a task finds");
  ExpectEqual(ReadWholeFile(absl::StrCat(SandboxOf(folder, "look"), "/stderr")), "err\n", "stderr");
}

void CheckNumbers() {
  const auto resources = Resources::Parse("cpus:0.5;mem:1234.25");
  Expect(resources.ok() && resources->cpus() == 0.5 && resources->mem() == 1234.25,
         "numbers are not read as they are written");
  if (resources.ok()) ExpectHas(resources->ToString(), "0.5", "a number");
}

struct Cluster {
  HostedMaster master;
  std::vector<HostedAgent> agents;
};

absl::StatusOr<Cluster> StartCluster(const std::string& folder, Transport transport) {
  Cluster cluster;
  ASSIGN_OR_RETURN(cluster.master, CreateHostedMaster(folder, transport));
  Told leads;
  cluster.master.master->Start(leads.Callback());
  RETURN_IF_ERROR(leads.Wait());
  for (int i = 0; i < 2; ++i) {
    ASSIGN_OR_RETURN(HostedAgent agent,
                     CreateHostedAgent(absl::StrCat(folder, "/agent", i), cluster.master));
    cluster.agents.push_back(std::move(agent));
    Told started;
    cluster.agents.back().agent->Start(started.Callback());
    RETURN_IF_ERROR(started.Wait());
  }
  return cluster;
}

absl::Status RunCluster(const std::string& folder, Transport transport, const HostState& before) {
  ASSIGN_OR_RETURN(Cluster cluster, StartCluster(absl::StrCat(folder, "/deep"), transport));
  ASSIGN_OR_RETURN(const std::unique_ptr<HostedFramework> framework,
                   HostedFramework::Create(cluster.master, Commands()));
  const absl::Time begin = absl::Now();
  RETURN_IF_ERROR(framework->Start());
  framework->WaitUntilAllHaveEnded(absl::Seconds(20));
  Expect(absl::Now() - begin < absl::Seconds(5), "launching is slow");
  CheckEnds(framework->ends(), folder);
  ExpectEqual(ThreadsThatTakeSignals(TakeHostState(), before), "", "threads that take signals");
  // The peers find out when they write.
  cluster.master.server.reset();
  return absl::OkStatus();
}

void Run(const HostMode& mode, Transport transport, const std::string& folder) {
  if (transport == Transport::kGrpc) UseGrpcOnce();
  mode.prepare();
  const HostState before = TakeHostState();
  {
    std::unique_ptr<ImpatientParent> parent;
    if (mode.impatient) parent = std::make_unique<ImpatientParent>();
    const absl::Status status = RunCluster(folder, transport, TakeHostState());
    Expect(status.ok(), status.ToString());
    CheckFiles(folder);
    // A later instance can read and write what this one has left.
    for (const char* agent : {"/deep/agent0", "/deep/agent1"}) {
      const absl::Status again = CleanUpAfterAgent(absl::StrCat(folder, agent));
      Expect(again.ok(), again.ToString());
    }
    const absl::Status again = ReopenRegistry(absl::StrCat(folder, "/deep"));
    Expect(again.ok(), again.ToString());
    CheckNumbers();
  }
  Expect(signals_handled == 0, absl::StrCat(signals_handled.load(), " signals came"));
  ExpectEqual(DifferenceOnceSettled(before, absl::Seconds(10)), "", "the difference");
  ExpectEqual(ProcessesIn(folder), "", "the processes left");
}

// ---- A system that gives no more than `limit` threads ----

absl::Status RunWithFewThreads(const std::string& folder) {
  ASSIGN_OR_RETURN(Cluster cluster, StartCluster(folder, Transport::kInProcess));
  ASSIGN_OR_RETURN(const std::unique_ptr<HostedFramework> framework,
                   HostedFramework::Create(cluster.master, Commands()));
  RETURN_IF_ERROR(framework->Start());
  // In whatever way: for some, there was no process.
  Expect(framework->WaitUntilAllHaveEnded(absl::Seconds(20)), "not all tasks have ended");
  return absl::OkStatus();
}

// False: there were too few. Root and its like have no limit, so this one is somebody else, of whom
// nothing else runs.
bool TryFewThreads(rlim_t limit, const std::string& folder) {
  const HostState before = TakeHostState();
  const absl::Status status = RunWithFewThreads(folder);
  Expect(status.ok() || absl::IsResourceExhausted(status),
         absl::StrCat(limit, " threads: ", status.ToString()));
  ExpectEqual(DifferenceOnceSettled(before, absl::Seconds(10)), "", "the difference");
  return status.ok();
}

void RunFewThreads(const std::string& folder) {
  constexpr rlim_t kMost = 40;
  constexpr uid_t kSomebody = 61'234;
  if (setgid(kSomebody) != 0 || setuid(kSomebody) != 0) return;
  for (rlim_t limit = 1; limit <= kMost; ++limit) {
    const rlimit threads = {limit, kMost};
    setrlimit(RLIMIT_NPROC, &threads);
    if (TryFewThreads(limit, absl::StrCat(folder, "/", limit))) {
      return Expect(limit > 1, "the limit has no effect");
    }
  }
  Expect(false, "a cluster needs more threads than it should");
}

int Main(const std::string& name, const std::string& transport, const std::string& folder) {
  const auto mode = Modes().find(name);
  if (name == "few-threads") {
    RunFewThreads(folder);
  } else if (mode != Modes().end()) {
    Run(mode->second, transport == "grpc" ? Transport::kGrpc : Transport::kInProcess, folder);
  } else {
    return 2;
  }
  umask(022);
  std::ofstream file(absl::StrCat(folder, "/report"));
  file << report;
  return file.flush() ? 0 : 1;
}

}  // namespace
}  // namespace mesos

int main(int argc, char** argv) { return argc == 4 ? mesos::Main(argv[1], argv[2], argv[3]) : 2; }
