#include "mesoslib/containerizer/mesos_containerizer.h"

#include <limits.h>
#include <signal.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/containerizer/containerizer_fixture.h"

namespace mesos {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class MesosContainerizerTest : public ContainerizerFixture {};

TEST_F(MesosContainerizerTest, ExitCodesAreTold) {
  EXPECT_EQ(Run("zero", Shell("true")), 0);
  EXPECT_EQ(Run("three", Shell("exit 3")), W_EXITCODE(3, 0));
}

TEST_F(MesosContainerizerTest, TheEndIsDescribed) {
  ASSERT_TRUE(Launch("a", Shell("exit 3")).ok());
  EXPECT_EQ(Wait("a")->message, "exited with status 3");
  ASSERT_TRUE(Launch("b", Shell("kill -9 $$")).ok());
  EXPECT_EQ(Wait("b")->message, "terminated by signal 9 (SIGKILL)");
}

TEST_F(MesosContainerizerTest, DeathBySignalIsTold) {
  const int status = Run("a", Shell("kill -TERM $$"));
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
}

TEST_F(MesosContainerizerTest, OutputGoesToTheSandbox) {
  ASSERT_EQ(Run("a", Shell("echo out; echo err >&2")), 0);
  EXPECT_EQ(ReadWholeFile(Sandbox("a") + "/stdout"), "out\n");
  EXPECT_EQ(ReadWholeFile(Sandbox("a") + "/stderr"), "err\n");
}

TEST_F(MesosContainerizerTest, TheTaskStartsInTheSandboxAndLatestLeadsThere) {
  ASSERT_EQ(Run("a", Shell("pwd -P > where")), 0);
  ASSERT_EQ(Run("b", Shell("pwd -P > where")), 0);
  char resolved[PATH_MAX];
  ASSERT_NE(realpath(Sandbox("b").c_str(), resolved), nullptr);
  const std::string latest = absl::StrCat(root_, "/executors/e/runs/latest/where");
  EXPECT_EQ(ReadWholeFile(latest), absl::StrCat(resolved, "\n"));
}

TEST_F(MesosContainerizerTest, TheEnvironmentIsTheConfigsAndTheCommandsOverIt) {
  ContainerConfig config = Shell("env | grep -v ^PWD= | sort");
  config.environment = {{"PATH", "/usr/bin:/bin"}, {"KEPT", "1"}, {"REPLACED", "old"}};
  auto* variable = config.command.mutable_environment()->add_variables();
  variable->set_name("REPLACED");
  variable->set_value("new");
  ASSERT_EQ(Run("a", config), 0);
  EXPECT_EQ(Output("a"), "KEPT=1\nPATH=/usr/bin:/bin\nREPLACED=new\n");
}

TEST_F(MesosContainerizerTest, ACommandWithoutShellGetsItsArgumentsAsTheyAre) {
  ContainerConfig config = Shell("printf");
  config.command.set_shell(false);
  for (const char* argument : {"printf", "%s|", "a b", "$HOME", ""}) {
    config.command.add_arguments(argument);
  }
  ASSERT_EQ(Run("a", config), 0);
  EXPECT_EQ(Output("a"), "a b|$HOME||");
}

TEST_F(MesosContainerizerTest, AScriptWithoutInterpreterLineRuns) {
  const std::string script = root_ + "/script";
  std::ofstream(script) << "echo script $1\n";
  chmod(script.c_str(), 0755);
  ContainerConfig config = Shell("script");
  config.command.set_shell(false);
  config.environment["PATH"] = "/nonexistent:" + root_;
  config.command.add_arguments("script");
  config.command.add_arguments("x");
  ASSERT_EQ(Run("a", config), 0);
  EXPECT_EQ(Output("a"), "script x\n");
}

TEST_F(MesosContainerizerTest, AProgramThatDoesNotExistFailsTheLaunchByName) {
  ContainerConfig config = Shell("no-such-program");
  config.command.set_shell(false);
  const absl::Status status = Launch("a", config);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "cannot execute 'no-such-program': No such file or directory");
  EXPECT_EQ(Wait("a").status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(std::ifstream(RuntimeFile("a", "pid")).good());
  EXPECT_TRUE(Launch("a", Shell("true")).ok());  // The id is free again.
}

TEST_F(MesosContainerizerTest, AProgramThatMayNotBeExecutedFailsTheLaunch) {
  ContainerConfig config = Shell("/etc/passwd");
  config.command.set_shell(false);
  EXPECT_THAT(std::string(Launch("a", config).message()),
              HasSubstr("'/etc/passwd': Permission denied"));
}

TEST_F(MesosContainerizerTest, AShellThatDoesNotFindItsCommandExitsWith127) {
  EXPECT_EQ(Run("a", Shell("no-such-program")), W_EXITCODE(127, 0));
}

TEST_F(MesosContainerizerTest, AWaiterOfAFailedLaunchHearsTheError) {
  ContainerConfig config = Shell("no-such-program");
  config.command.set_shell(false);
  PendingStatus launch = StartLaunch("a", config);
  PendingEnd wait = StartWait("a");
  EXPECT_EQ(wait.Get().status(), launch.Get());
}

TEST_F(MesosContainerizerTest, AnUnknownUserFailsTheLaunchByName) {
  ContainerConfig config = Shell("true");
  config.user = "no-such-user";
  const absl::Status status = Launch("a", config);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("'no-such-user'"));
}

TEST_F(MesosContainerizerTest, ATaskOfAnotherUserRunsAsItInASandboxOfItsOwn) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can run tasks as other users";
  ContainerConfig config = Shell("id -u; id -G; touch mine; umask");
  config.user = "nobody";
  ASSERT_EQ(Run("a", config), 0);
  const std::vector<std::string> lines = absl::StrSplit(Output("a"), '\n');
  EXPECT_EQ(lines[0], "65534");
  EXPECT_EQ(lines[1], "65534");
  EXPECT_EQ(lines[2], "0022");
  for (const char* name : {"", "/stdout", "/stderr", "/mine"}) {
    struct stat info;
    ASSERT_EQ(stat((Sandbox("a") + name).c_str(), &info), 0) << name;
    EXPECT_EQ(info.st_uid, 65534u) << name;
  }
}

TEST_F(MesosContainerizerTest, TheSandboxIsOursAndClosedToOthers) {
  ASSERT_EQ(Run("a", Shell("true")), 0);
  struct stat info;
  ASSERT_EQ(stat(Sandbox("a").c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, geteuid());
  EXPECT_EQ(info.st_mode & 07777, 0750u);
}

TEST_F(MesosContainerizerTest, OutputIsNotWrittenThroughLinksAndPipes) {
  const std::string victim = root_ + "/victim";
  std::ofstream(victim) << "precious";
  ASSERT_TRUE(Launch("first", Shell("true")).ok());
  WaitStatus("first");
  const std::string output = Sandbox("first") + "/stdout";
  unlink(output.c_str());
  ASSERT_EQ(symlink(victim.c_str(), output.c_str()), 0);
  EXPECT_THAT(std::string(Launch("first", Shell("echo overwritten")).message()),
              HasSubstr("stdout"));
  unlink(output.c_str());
  ASSERT_EQ(link(victim.c_str(), output.c_str()), 0);
  EXPECT_FALSE(Launch("first", Shell("echo overwritten")).ok());
  unlink(output.c_str());
  ASSERT_EQ(mkfifo(output.c_str(), 0600), 0);
  EXPECT_FALSE(Launch("first", Shell("echo overwritten")).ok());
  EXPECT_EQ(ReadWholeFile(victim), "precious");
}

TEST_F(MesosContainerizerTest, RlimitsAreSet) {
  ContainerConfig config = Shell("ulimit -Sn; ulimit -Hn; ulimit -c");
  config.container.emplace();
  config.container->set_type(v1::ContainerInfo::MESOS);
  auto* files = config.container->mutable_rlimit_info()->add_rlimits();
  files->set_type(v1::RLimitInfo::RLimit::RLMT_NOFILE);
  files->set_soft(100);
  files->set_hard(200);
  auto* core = config.container->mutable_rlimit_info()->add_rlimits();
  core->set_type(v1::RLimitInfo::RLimit::RLMT_CORE);
  core->set_soft(0);
  core->set_hard(0);
  ASSERT_EQ(Run("a", config), 0);
  EXPECT_EQ(Output("a"), "100\n200\n0\n");
}

TEST_F(MesosContainerizerTest, AnIdIsUsedOnce) {
  ASSERT_TRUE(Launch("a", Shell("exec sleep 1000")).ok());
  EXPECT_EQ(Launch("a", Shell("true")).code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(MesosContainerizerTest, UnknownContainersAreNotFound) {
  EXPECT_EQ(Wait("x").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Kill("x", SIGTERM).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Destroy("x").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Usage("x").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Status("x").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(MesosContainerizerTest, ATerminationIsKeptForALateWaiterAndThenForgotten) {
  const std::string pipe = MakePipe("pipe");
  ASSERT_TRUE(Launch("a", Shell("echo $$ > " + pipe + "; exit 4")).ok());
  const pid_t supervisor = SupervisorOf("a");
  ReadPid(pipe);
  // A second container's full life: by its end the first one's has surely been noticed or will be.
  EXPECT_EQ(
      Run("b", Shell("while kill -0 " + std::to_string(supervisor) + " 2> /dev/null; do :; done")),
      0);
  EXPECT_EQ(WaitStatus("a"), W_EXITCODE(4, 0));
  EXPECT_EQ(Wait("a").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(MesosContainerizerTest, SeveralWaitersHearTheSame) {
  ASSERT_TRUE(Launch("a", Shell("exec sleep 1000")).ok());
  PendingEnd first = StartWait("a");
  PendingEnd second = StartWait("a");
  absl::StatusOr<ContainerTermination> destroyed = Destroy("a");
  ASSERT_TRUE(destroyed.ok());
  EXPECT_EQ(first.Get()->wait_status, SIGKILL);
  EXPECT_EQ(second.Get()->wait_status, SIGKILL);
  EXPECT_EQ(destroyed->wait_status, SIGKILL);
}

TEST_F(MesosContainerizerTest, KillSendsTheSignalSoThatTheTaskCanSayGoodbye) {
  const std::string pipe = MakePipe("pipe");
  ASSERT_TRUE(Launch("a", Shell("trap 'echo goodbye; exit 5' TERM; echo $$ > " + pipe +
                                "; while :; do sleep 0.01; done"))
                  .ok());
  ReadPid(pipe);
  ASSERT_TRUE(Kill("a", SIGTERM).ok());
  EXPECT_EQ(WaitStatus("a"), W_EXITCODE(5, 0));
  EXPECT_EQ(Output("a"), "goodbye\n");
  EXPECT_EQ(Kill("a", SIGTERM).code(), absl::StatusCode::kNotFound);
}

TEST_F(MesosContainerizerTest, KillReachesDescendantsInOtherSessions) {
  const std::string pipe = MakePipe("pipe");
  // The task survives the signal, and ends only when the other one has ended.
  ASSERT_TRUE(Launch("a", Shell("trap : TERM; setsid sh -c 'echo $$ > " + pipe +
                                "; exec sleep 1000' & wait; wait; exit 6"))
                  .ok());
  const pid_t other = ReadPid(pipe);
  ASSERT_TRUE(Kill("a", SIGTERM).ok());
  EXPECT_EQ(WaitStatus("a"), W_EXITCODE(6, 0));
  EXPECT_FALSE(IsAlive(other));
}

TEST_F(MesosContainerizerTest, ATaskThatIgnoresSigtermIsDestroyed) {
  const std::string pipe = MakePipe("pipe");
  ASSERT_TRUE(
      Launch("a", Shell("trap '' TERM; echo $$ > " + pipe + "; while :; do sleep 1; done")).ok());
  const pid_t task = ReadPid(pipe);
  ASSERT_TRUE(Kill("a", SIGTERM).ok());
  EXPECT_TRUE(IsAlive(task));
  absl::StatusOr<ContainerTermination> end = Destroy("a");
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(end->wait_status, SIGKILL);
  EXPECT_FALSE(IsAlive(task));
}

TEST_F(MesosContainerizerTest, ASignalThatIsNoneIsRefused) {
  ASSERT_TRUE(Launch("a", Shell("exec sleep 1000")).ok());
  EXPECT_EQ(Kill("a", 0).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Kill("a", 1000).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(MesosContainerizerTest, DaemonsThatATaskLeavesBehindDieWithIt) {
  const std::string pipe = MakePipe("pipe");
  // Forks twice, in a session of its own: the usual way to get away.
  ASSERT_EQ(Run("a", Shell("(setsid sh -c 'sleep 1000 & echo $! > " + pipe +
                           "; wait' &); read pid < " + pipe + "; echo $pid; exit 7")),
            W_EXITCODE(7, 0));
  const pid_t daemon = atoi(Output("a").c_str());
  EXPECT_GT(daemon, 0);
  EXPECT_FALSE(IsAlive(daemon));
}

TEST_F(MesosContainerizerTest, AStoppedTreeOfProcessesIsDestroyed) {
  const std::string pipe = MakePipe("pipe");
  ASSERT_TRUE(Launch("a", Shell("sh -c 'sh -c \"sleep 1000 & echo \\$! > " + pipe +
                                "; kill -STOP 0; wait\"; wait'; wait"))
                  .ok());
  const pid_t leaf = ReadPid(pipe);
  ASSERT_TRUE(Destroy("a").ok());
  EXPECT_FALSE(IsAlive(leaf));
}

TEST_F(MesosContainerizerTest, DestroyDuringLaunchLeavesNothing) {
  for (int i = 0; i < 20; ++i) {
    const std::string id = absl::StrCat("a", i);
    PendingStatus launch = StartLaunch(id, Shell("exec sleep 1000"));
    PendingEnd destroy = StartDestroy(id);
    const absl::Status launched = launch.Get();
    EXPECT_TRUE(launched.ok() || absl::IsCancelled(launched)) << launched;
    absl::StatusOr<ContainerTermination> end = destroy.Get();
    EXPECT_TRUE(end.ok()) << end.status();
    EXPECT_EQ(Wait(id).status().code(), absl::StatusCode::kNotFound);
  }
  EXPECT_TRUE(ReadChildren(getpid()).empty());
}

TEST_F(MesosContainerizerTest, AKilledSupervisorTakesItsContainerAlong) {
  const std::string pipe = MakePipe("pipe");
  ASSERT_TRUE(Launch("a", Shell("sleep 1000 & echo $! > " + pipe + "; wait")).ok());
  const pid_t child = ReadPid(pipe);
  const pid_t task = static_cast<pid_t>(Status("a")->executor_pid());
  EXPECT_TRUE(IsAlive(task));
  PendingEnd end = StartWait("a");
  kill(SupervisorOf("a"), SIGKILL);
  absl::StatusOr<ContainerTermination> termination = end.Get();
  ASSERT_TRUE(termination.ok());
  EXPECT_EQ(termination->wait_status, std::nullopt);
  EXPECT_THAT(termination->message, HasSubstr("supervisor was killed"));
  EXPECT_FALSE(IsAlive(task));
  EXPECT_FALSE(IsAlive(child));
}

TEST_F(MesosContainerizerTest, OtherSignalsLeaveTheSupervisorAlone) {
  const std::string pipe = MakePipe("pipe");
  ASSERT_TRUE(Launch("a", Shell("read line < " + pipe + "; exit 8")).ok());
  for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1}) kill(SupervisorOf("a"), signal);
  std::ofstream(pipe) << "go\n";
  EXPECT_EQ(WaitStatus("a"), W_EXITCODE(8, 0));
}

TEST_F(MesosContainerizerTest, DestroyOfAnEndedContainerTellsHowItEnded) {
  ASSERT_TRUE(Launch("a", Shell("exit 9")).ok());
  // The end may come before or after Destroy; either way nothing was killed by it that mattered.
  const pid_t supervisor = SupervisorOf("a");
  while (IsAlive(supervisor)) std::this_thread::yield();
  EXPECT_EQ(Destroy("a")->wait_status, W_EXITCODE(9, 0));
}

TEST_F(MesosContainerizerTest, TheTaskHasNoDescriptorsButItsStandardOnes) {
  ASSERT_EQ(Run("a", Shell("exec ls -l /proc/self/fd")), 0);
  // ls opens 3 itself, to read the directory.
  const std::string listing = Output("a");
  EXPECT_THAT(listing, HasSubstr(" 0 -> /dev/null\n"));
  EXPECT_THAT(listing, HasSubstr(" 1 -> "));
  EXPECT_THAT(listing, HasSubstr(" 3 -> /proc/"));
  EXPECT_THAT(listing, ::testing::Not(HasSubstr(" 4 -> ")));
}

TEST_F(MesosContainerizerTest, TheTaskHasCleanSignalsAndAGroupOfItsOwn) {
  ASSERT_EQ(Run("a", Shell("grep -E '^Sig(Blk|Ign)' /proc/self/status")), 0);
  EXPECT_EQ(Output("a"), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  ASSERT_TRUE(Launch("b", Shell("exec sleep 1000")).ok());
  ProcStat stat;
  ASSERT_TRUE(ReadProcStat(static_cast<pid_t>(Status("b")->executor_pid()), &stat));
  EXPECT_EQ(stat.group, stat.pid);
  EXPECT_EQ(stat.session, SupervisorOf("b"));
}

TEST_F(MesosContainerizerTest, TheSupervisorIsASealedFileInMemory) {
  ASSERT_TRUE(Launch("a", Shell("exec sleep 1000")).ok());
  const std::string exe = absl::StrCat("/proc/", SupervisorOf("a"), "/exe");
  char target[PATH_MAX] = {};
  if (readlink(exe.c_str(), target, sizeof(target) - 1) > 0) {
    EXPECT_THAT(target, StartsWith("/memfd:mesos-containerizer"));
  }
  EXPECT_LT(open(exe.c_str(), O_WRONLY | O_CLOEXEC), 0);
  EXPECT_LT(open(exe.c_str(), O_RDWR | O_TRUNC | O_CLOEXEC), 0);
}

TEST_F(MesosContainerizerTest, UsageCountsProcessesMemoryAndTime) {
  const std::string pipe = MakePipe("pipe");
  ContainerConfig config = Shell(
      "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; "
      "sleep 1000 & echo $! > " +
      pipe + "; wait");
  config.resources = *Resources::Parse("cpus:0.5;mem:32");
  ASSERT_TRUE(Launch("a", config).ok());
  ReadPid(pipe);
  absl::StatusOr<v1::ResourceStatistics> usage = Usage("a");
  ASSERT_TRUE(usage.ok()) << usage.status();
  EXPECT_EQ(usage->processes(), 2u);
  EXPECT_EQ(usage->threads(), 2u);
  EXPECT_GT(usage->mem_rss_bytes(), 100'000u);
  EXPECT_GT(usage->cpus_user_time_secs() + usage->cpus_system_time_secs(), 0);
  EXPECT_EQ(usage->cpus_limit(), 0.5);
  EXPECT_EQ(usage->mem_limit_bytes(), 32u << 20);
  EXPECT_GT(usage->timestamp(), 0);
  PendingStatus updated;
  loop_->Post([&] {
    containerizer_->Update(ContainerId("a"), *Resources::Parse("cpus:2;mem:64"),
                           updated.Callback());
  });
  ASSERT_TRUE(updated.Get().ok());
  EXPECT_EQ(Usage("a")->cpus_limit(), 2);
}

TEST_F(MesosContainerizerTest, StatusNamesTheTasksPid) {
  const std::string pipe = MakePipe("pipe");
  ASSERT_TRUE(Launch("a", Shell("echo $$ > " + pipe + "; exec sleep 1000")).ok());
  absl::StatusOr<v1::ContainerStatus> status = Status("a");
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status->container_id().value(), "a");
  EXPECT_EQ(static_cast<pid_t>(status->executor_pid()), ReadPid(pipe));
}

TEST_F(MesosContainerizerTest, ALargeEnvironmentArrives) {
  ContainerConfig config = Shell("echo ${#V0} ${#V9}");
  for (int i = 0; i < 10; ++i) config.environment[absl::StrCat("V", i)] = std::string(100'000, 'x');
  ASSERT_EQ(Run("a", config), 0);
  EXPECT_EQ(Output("a"), "100000 100000\n");
}

TEST_F(MesosContainerizerTest, AHundredLaunchesAtOnceAllSucceed) {
  std::vector<PendingStatus> launches;
  std::vector<PendingEnd> ends;
  for (int i = 0; i < 100; ++i) {
    const std::string id = absl::StrCat("c", i);
    launches.push_back(StartLaunch(id, Shell(absl::StrCat("exit ", i))));
    ends.push_back(StartWait(id));
  }
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(launches[i].Get().ok());
    absl::StatusOr<ContainerTermination> end = ends[i].Get();
    ASSERT_TRUE(end.ok()) << end.status();
    EXPECT_EQ(end->wait_status, W_EXITCODE(i, 0));
  }
  EXPECT_TRUE(ReadChildren(getpid()).empty());
}

TEST_F(MesosContainerizerTest, ADestroyedContainerizerCallsNobodyAndLeavesContainersRunning) {
  ASSERT_TRUE(Launch("a", Shell("exec sleep 1000")).ok());
  PendingEnd end = StartWait("a");
  const pid_t task = static_cast<pid_t>(Status("a")->executor_pid());
  containerizer_.reset();
  EXPECT_TRUE(IsAlive(task));
  EXPECT_FALSE(end.HasBeenNotified());
  ASSERT_TRUE(Restart({"a"}).ok());
}

TEST(CreateMesosContainerizerTest, OptionsAreChecked) {
  auto loop = CreateThreadEventLoop("test").value();
  MesosContainerizerOptions options;
  EXPECT_THAT(std::string(CreateMesosContainerizer(options, {loop.get()}).status().message()),
              StartsWith("runtime_dir is ''"));
  options.runtime_dir = "/dev/null/x";
  EXPECT_THAT(std::string(CreateMesosContainerizer(options, {loop.get()}).status().message()),
              StartsWith("runtime_dir: cannot make the directory"));
  options.worker_threads = 0;
  EXPECT_FALSE(CreateMesosContainerizer(options, {loop.get()}).ok());
}

}  // namespace
}  // namespace mesos
