// Containers that cgroups keep together: on this machine's cgroups, as root.
#include <signal.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/containerizer/cgroup_fixture.h"

namespace mesos {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class LinuxLauncherTest : public CgroupFixture {};

// What a task says to `pipe` is its pid, from a session of its own: nobody's child but the
// supervisor's.
std::string Escape(const std::string& pipe) {
  return absl::StrCat("(setsid sh -c 'echo $$ > ", pipe, "; exec sleep 1000' &); exec sleep 1000");
}

TEST_F(LinuxLauncherTest, ATaskIsInItsCgroupAndItsSupervisorIsNot) {
  const std::string pipe = MakePipe("pid");
  ASSERT_EQ(Launch("c1", Shell(absl::StrCat("cat /proc/self/cgroup; ", Escape(pipe)))),
            absl::OkStatus());
  const pid_t pid = ReadPid(pipe);
  const std::string cgroup = absl::StrCat(":/", root_name_, "/c1");
  EXPECT_THAT(Output("c1"), HasSubstr(cgroup));
  EXPECT_THAT(ReadWholeFile(absl::StrCat("/proc/", pid, "/cgroup")), HasSubstr(cgroup));
  EXPECT_THAT(ReadWholeFile(absl::StrCat("/proc/", SupervisorOf("c1"), "/cgroup")),
              Not(HasSubstr(root_name_)));
  EXPECT_THAT(Cgroups(), ElementsAre("c1"));
  EXPECT_TRUE(Destroy("c1").ok());
  AwaitDeath(pid);
}

TEST_F(LinuxLauncherTest, NoCgroupIsLeftWhenACommandEnds) {
  EXPECT_EQ(WEXITSTATUS(Run("c1", Shell("exit 3"))), 3);
  EXPECT_THAT(Cgroups(), IsEmpty());
}

TEST_F(LinuxLauncherTest, NoCgroupIsLeftWhenALaunchFails) {
  ContainerConfig config = Shell("");
  config.command.set_shell(false);
  config.command.set_value("/nowhere");
  EXPECT_FALSE(Launch("c1", config).ok());
  EXPECT_THAT(Cgroups(), IsEmpty());
}

TEST_F(LinuxLauncherTest, HowADestroyedCommandEndedIsKnown) {
  ASSERT_EQ(Launch("c1", Shell("exec sleep 1000")), absl::OkStatus());
  const auto end = Destroy("c1");
  ASSERT_TRUE(end.ok()) << end.status();
  ASSERT_TRUE(end->wait_status.has_value()) << end->message;
  EXPECT_EQ(WTERMSIG(*end->wait_status), SIGKILL);
}

TEST_F(LinuxLauncherTest, WhoLeavesTheSessionDiesWithASupervisorThatIsKilled) {
  const std::string pipe = MakePipe("pid");
  ASSERT_EQ(Launch("c1", Shell(Escape(pipe))), absl::OkStatus());
  const pid_t pid = ReadPid(pipe);
  PendingEnd end = StartWait("c1");
  kill(SupervisorOf("c1"), SIGKILL);
  const auto ended = end.Get();
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_FALSE(ended->wait_status.has_value());
  EXPECT_FALSE(IsAlive(pid));
  EXPECT_THAT(Cgroups(), IsEmpty());
}

TEST_F(LinuxLauncherTest, ARestartedAgentFindsItsContainersAndDestroysOthers) {
  const std::string pipe = MakePipe("pid"), other_pipe = MakePipe("other_pid");
  ASSERT_EQ(Launch("known", Shell(Escape(pipe))), absl::OkStatus());
  ASSERT_EQ(Launch("other", Shell(Escape(other_pipe))), absl::OkStatus());
  const pid_t pid = ReadPid(pipe), other = ReadPid(other_pipe);
  EXPECT_EQ(Restart({"known"}), absl::OkStatus());
  EXPECT_TRUE(IsAlive(pid));
  AwaitDeath(other);
  EXPECT_THAT(Cgroups(), ElementsAre("known"));
}

TEST_F(LinuxLauncherTest, AContainerOfWhichNothingIsOnRecordIsDestroyed) {
  const std::string pipe = MakePipe("pid");
  ASSERT_EQ(Launch("c1", Shell(Escape(pipe))), absl::OkStatus());
  const pid_t pid = ReadPid(pipe);
  containerizer_.reset();
  std::filesystem::remove_all(options_.runtime_dir);
  EXPECT_EQ(Restart({}), absl::OkStatus());
  AwaitDeath(pid);
  EXPECT_THAT(Cgroups(), IsEmpty());
}

TEST_F(LinuxLauncherTest, TwoOnOneMachineNeedRootsOfTheirOwn) {
  MesosContainerizerOptions options = options_;
  options.runtime_dir = absl::StrCat(root_, "/other");
  const auto created = CreateMesosContainerizer(options, {loop_.get(), nullptr});
  EXPECT_TRUE(absl::IsAlreadyExists(created.status())) << created.status();
  EXPECT_THAT(std::string(created.status().message()), HasSubstr("cgroups_root: "));
}

TEST_F(LinuxLauncherTest, TheRootIsChecked) {
  for (const char* root : {"", "/mesos", "mesos/", "a//b", "a/../b", "."}) {
    options_.cgroups_root = root;
    const auto created = CreateMesosContainerizer(options_, {loop_.get(), nullptr});
    EXPECT_TRUE(absl::IsInvalidArgument(created.status())) << root;
    EXPECT_THAT(std::string(created.status().message()), HasSubstr("cgroups_root is ")) << root;
  }
}

}  // namespace
}  // namespace mesos
