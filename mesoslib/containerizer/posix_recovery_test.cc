// What a restarted agent finds.
#include <signal.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/containerizer/containerizer_fixture.h"

namespace mesos {
namespace {

using ::testing::HasSubstr;

class PosixRecoveryTest : public ContainerizerFixture {};

TEST_F(PosixRecoveryTest, NothingIsThereAtFirst) { EXPECT_TRUE(Restart({}).ok()); }

TEST_F(PosixRecoveryTest, ARunningContainerIsTakenUpAgain) {
  const std::string pipe = MakePipe("pipe");
  ASSERT_TRUE(Launch("a", Shell("read line < " + pipe + "; exit 3")).ok());
  const uint32_t task = Status("a")->executor_pid();
  ASSERT_TRUE(Restart({"a"}).ok());
  EXPECT_EQ(Status("a")->executor_pid(), task);
  EXPECT_EQ(Usage("a")->processes(), 1u);
  PendingEnd end = StartWait("a");
  std::ofstream(pipe) << "go\n";
  EXPECT_EQ(end.Get()->wait_status, W_EXITCODE(3, 0));
}

TEST_F(PosixRecoveryTest, ARecoveredContainerIsKilledAndDestroyed) {
  ASSERT_TRUE(Launch("a", Shell("exec sleep 1000")).ok());
  ASSERT_TRUE(Launch("b", Shell("exec sleep 1000")).ok());
  ASSERT_TRUE(Restart({"a", "b"}).ok());
  ASSERT_TRUE(Kill("a", SIGTERM).ok());
  EXPECT_EQ(WaitStatus("a"), SIGTERM);
  EXPECT_EQ(Destroy("b")->wait_status, SIGKILL);
}

TEST_F(PosixRecoveryTest, AContainerThatEndedMeanwhileTellsHow) {
  const std::string pipe = MakePipe("pipe");
  ASSERT_TRUE(Launch("a", Shell("read line < " + pipe + "; exit 4")).ok());
  const pid_t supervisor = SupervisorOf("a");
  containerizer_.reset();
  std::ofstream(pipe) << "go\n";
  while (IsAlive(supervisor)) std::this_thread::yield();
  ASSERT_TRUE(Restart({"a"}).ok());
  EXPECT_EQ(WaitStatus("a"), W_EXITCODE(4, 0));
}

TEST_F(PosixRecoveryTest, AContainerWhoseEndWasToldJustBeforeTellsItAgain) {
  ASSERT_EQ(Run("a", Shell("exit 5")), W_EXITCODE(5, 0));
  ASSERT_TRUE(Restart({"a"}).ok());
  EXPECT_EQ(WaitStatus("a"), W_EXITCODE(5, 0));
}

TEST_F(PosixRecoveryTest, UnknownContainersAreGoneWhenRecoveryHasFinished) {
  ASSERT_TRUE(Launch("known", Shell("exec sleep 1000")).ok());
  ASSERT_TRUE(Launch("orphan", Shell("exec sleep 1000")).ok());
  ASSERT_EQ(Run("ended", Shell("true")), 0);
  const pid_t known = static_cast<pid_t>(Status("known")->executor_pid());
  const pid_t orphan = static_cast<pid_t>(Status("orphan")->executor_pid());
  ASSERT_TRUE(Restart({"known"}).ok());
  EXPECT_TRUE(IsAlive(known));
  EXPECT_FALSE(IsAlive(orphan));
  EXPECT_EQ(Wait("orphan").status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(access(RuntimeFile("ended", "pid").c_str(), F_OK), 0);
}

TEST_F(PosixRecoveryTest, AKnownContainerWithoutTraceHasEndedNobodyKnowsHow) {
  ASSERT_TRUE(Restart({"lost"}).ok());
  absl::StatusOr<ContainerTermination> end = Wait("lost");
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(end->wait_status, std::nullopt);
  EXPECT_THAT(end->message, HasSubstr("nothing is on record"));
}

TEST_F(PosixRecoveryTest, ASupervisorThatWasKilledMeanwhileTakesItsContainerAlong) {
  const std::string pipe = MakePipe("pipe");
  ASSERT_TRUE(Launch("a", Shell("sleep 1000 & echo $! > " + pipe + "; wait")).ok());
  const pid_t child = ReadPid(pipe);
  const pid_t supervisor = SupervisorOf("a");
  containerizer_.reset();
  kill(supervisor, SIGKILL);
  waitpid(supervisor, nullptr, 0);
  ASSERT_TRUE(Restart({"a"}).ok());
  absl::StatusOr<ContainerTermination> end = Wait("a");
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(end->wait_status, std::nullopt);
  EXPECT_FALSE(IsAlive(child));
}

TEST_F(PosixRecoveryTest, AnotherProcessWithTheSupervisorsNumberIsLeftAlone) {
  // As if the numbers had gone round: the record names a process of ours, but its start is another.
  const pid_t bystander = fork();
  if (bystander == 0) {
    setsid();
    execl("/bin/sleep", "sleep", "1000", nullptr);
    _exit(127);
  }
  ASSERT_EQ(Run("a", Shell("true")), 0);
  const std::string record = ReadWholeFile(RuntimeFile("a", "pid"));
  const std::string boot = record.substr(record.find(' ', record.find(' ') + 1));
  ASSERT_EQ(unlink(RuntimeFile("a", "status").c_str()), 0);
  std::ofstream(RuntimeFile("a", "pid")) << bystander << " 1" << boot;
  ASSERT_TRUE(Restart({"a"}).ok());
  EXPECT_EQ(Wait("a")->wait_status, std::nullopt);
  EXPECT_TRUE(IsAlive(bystander));
  kill(bystander, SIGKILL);
  waitpid(bystander, nullptr, 0);
}

TEST_F(PosixRecoveryTest, DamagedFilesAreSetAside) {
  ASSERT_EQ(Run("pid", Shell("true")), 0);
  ASSERT_EQ(Run("status", Shell("true")), 0);
  ASSERT_EQ(Run("torn", Shell("true")), 0);
  std::ofstream(RuntimeFile("pid", "pid")) << "garbage\n";
  std::ofstream(RuntimeFile("status", "status")) << "1x\n";
  std::ofstream(RuntimeFile("torn", "pid")) << "12 3";
  ASSERT_TRUE(Restart({"pid", "status", "torn"}).ok());
  EXPECT_EQ(WaitStatus("pid"), 0);  // The status is still good.
  EXPECT_EQ(WaitStatus("torn"), 0);
  absl::StatusOr<ContainerTermination> end = Wait("status");
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(end->wait_status, std::nullopt);
  EXPECT_THAT(end->message, HasSubstr("is damaged"));
  EXPECT_EQ(access(RuntimeFile("pid", "pid.damaged").c_str(), F_OK), 0);
  EXPECT_EQ(access(RuntimeFile("status", "status.damaged").c_str(), F_OK), 0);
}

TEST_F(PosixRecoveryTest, ARecordFromBeforeTheMachineStartedIsNoProcessOfToday) {
  const pid_t bystander = fork();
  if (bystander == 0) {
    execl("/bin/sleep", "sleep", "1000", nullptr);
    _exit(127);
  }
  ProcStat stat;
  ASSERT_TRUE(ReadProcStat(bystander, &stat));
  ASSERT_EQ(Run("a", Shell("true")), 0);
  unlink(RuntimeFile("a", "status").c_str());
  std::ofstream(RuntimeFile("a", "pid"))
      << bystander << " " << stat.start_time << " 00000000-0000-0000-0000-000000000000\n";
  ASSERT_TRUE(Restart({}).ok());
  EXPECT_TRUE(IsAlive(bystander));
  kill(bystander, SIGKILL);
  waitpid(bystander, nullptr, 0);
}

}  // namespace
}  // namespace mesos
