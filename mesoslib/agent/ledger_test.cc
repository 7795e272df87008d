#include "mesoslib/agent/ledger.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/base/simulated_event_loop.h"
#include "mesoslib/testing/fake_state_store.h"

namespace mesos::agent {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest()
      : random_(CreateSeededRandom(1)),
        store_(&loop_),
        checkpointer_(&loop_, &store_, [](absl::Status) {}),
        ledger_({}, {.loop = &loop_,
                     .random = random_.get(),
                     .checkpointer = &checkpointer_,
                     .log = Logger(nullptr),
                     .forward = [this](const FrameworkId&, const v1::TaskStatus& status,
                                       v1::TaskState) { forwarded_.push_back(status); }}) {
    ledger_.set_agent_id(AgentId("S0"));
    ledger_.updates().Resume();
    info_.mutable_id()->set_value("F");
    info_.set_checkpoint(true);
  }

  Executor& AddExecutorWithTask(Framework& framework) {
    Executor::Spec spec;
    spec.info.mutable_executor_id()->set_value("E");
    spec.container = ContainerId("C");
    Executor* executor = ledger_.AddExecutor(framework, std::move(spec));
    v1::TaskInfo task;
    task.mutable_task_id()->set_value("t");
    ledger_.AddTask(framework, *executor, task, Resources());
    return *executor;
  }

  void Report(Framework& framework, Executor& executor, v1::TaskState state) {
    TaskReport report;
    report.state = state;
    ledger_.Report(framework, &executor, TaskId("t"), std::move(report));
    loop_.Settle();
  }

  void AcknowledgeLast() {
    ledger_.Acknowledge(FrameworkId("F"), TaskId("t"), forwarded_.back().uuid());
    loop_.Settle();
  }

  SimulatedEventLoop loop_;
  std::unique_ptr<Random> random_;
  FakeStateStore store_;
  Checkpointer checkpointer_;
  std::vector<v1::TaskStatus> forwarded_;
  Ledger ledger_;
  v1::FrameworkInfo info_;
};

TEST_F(LedgerTest, EverythingGoesInOneCommitWithTheLastAcknowledgement) {
  Framework& framework = ledger_.Admit(info_);
  Executor& executor = AddExecutorWithTask(framework);
  Report(framework, executor, v1::TASK_FINISHED);
  EXPECT_THAT(store_.snapshot().entries, SizeIs(4));
  ledger_.ExecutorEnded(framework, executor);
  loop_.Settle();
  EXPECT_THAT(store_.snapshot().entries, SizeIs(4));
  const int commits = store_.commits();
  AcknowledgeLast();
  EXPECT_THAT(store_.snapshot().entries, IsEmpty());
  EXPECT_EQ(store_.commits(), commits + 1);
  EXPECT_EQ(ledger_.frameworks().Find(FrameworkId("F")), nullptr);
}

TEST_F(LedgerTest, AReportIsComplete) {
  Framework& framework = ledger_.Admit(info_);
  Report(framework, AddExecutorWithTask(framework), v1::TASK_RUNNING);
  ASSERT_THAT(forwarded_, SizeIs(1));
  EXPECT_EQ(forwarded_[0].agent_id().value(), "S0");
  EXPECT_EQ(forwarded_[0].executor_id().value(), "E");
  EXPECT_EQ(forwarded_[0].uuid().size(), 16u);
  EXPECT_GT(forwarded_[0].timestamp(), 0);
}

TEST_F(LedgerTest, ATaskThatHasEndedIsNotReportedAgain) {
  Framework& framework = ledger_.Admit(info_);
  Executor& executor = AddExecutorWithTask(framework);
  Report(framework, executor, v1::TASK_KILLED);
  Report(framework, executor, v1::TASK_FAILED);
  AcknowledgeLast();
  ASSERT_THAT(forwarded_, SizeIs(1));
  EXPECT_EQ(forwarded_[0].state(), v1::TASK_KILLED);
}

TEST_F(LedgerTest, WhetherAFrameworkCheckpointsStaysAsItWas) {
  ledger_.Admit(info_);
  info_.set_checkpoint(false);
  info_.set_name("renamed");
  Framework& framework = ledger_.Admit(info_);
  EXPECT_TRUE(framework.checkpoint());
  EXPECT_EQ(framework.info().name(), "renamed");
}

TEST_F(LedgerTest, AFrameworkThatIsShutDownIsSilentAndGoesWithItsLastExecutor) {
  Framework& framework = ledger_.Admit(info_);
  Executor& executor = AddExecutorWithTask(framework);
  bool empty = false;
  ledger_.ShutdownAll([&] { empty = true; });
  Report(framework, executor, v1::TASK_KILLED);
  EXPECT_THAT(forwarded_, IsEmpty());
  EXPECT_FALSE(empty);
  ledger_.ExecutorEnded(framework, executor);
  loop_.Settle();
  EXPECT_TRUE(empty);
  EXPECT_THAT(store_.snapshot().entries, IsEmpty());
}

}  // namespace
}  // namespace mesos::agent
