// An agent on a loop with a thread, used from another one.
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "mesos/agent.h"
#include "mesos/oversubscription.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/notification.h"
#include "mesoslib/testing/fake_containerizer.h"
#include "mesoslib/testing/fake_master.h"
#include "mesoslib/testing/fake_state_store.h"

namespace mesos::agent {
namespace {

class DeafSink final : public Sink<v1::executor::Event> {
 public:
  void Deliver(v1::executor::Event) override {}
  void Closed(absl::Status) override {}
};

absl::Status Send(Session<v1::executor::Call>& session) {
  Notification answered;
  absl::Status result;
  session.Send(v1::executor::Call(), [&](absl::Status status) {
    result = std::move(status);
    answered.Notify();
  });
  answered.WaitForNotification();
  return result;
}

TEST(AgentThreadTest, MayBeUsedFromAnyThreadAndOutlivedByItsSessions) {
  std::unique_ptr<EventLoop> loop = CreateThreadEventLoop("agent").value();
  std::unique_ptr<Random> random = CreateSeededRandom(1);
  FakeContainerizer containerizer(loop.get());
  FakeStateStore store(loop.get());
  FakeMaster master;
  AgentOptions options;
  options.resources = *Resources::Parse("cpus:1");
  options.work_dir = "/work";
  auto agent = CreateAgent(options, {.loop = loop.get(),
                                     .random = random.get(),
                                     .master = &master,
                                     .containerizer = &containerizer,
                                     .checkpoints = &store,
                                     .log = nullptr});
  ASSERT_TRUE(agent.ok()) << agent.status();
  Notification started;
  (*agent)->Start([&](absl::Status status) {
    EXPECT_TRUE(status.ok()) << status;
    started.Notify();
  });
  started.WaitForNotification();

  Notification told;
  v1::agent::Call call;
  call.set_type(v1::agent::Call::GET_HEALTH);
  (*agent)->CallOperator(call, {}, [&](absl::StatusOr<v1::agent::Response> response) {
    EXPECT_TRUE(response.ok() && response->get_health().healthy());
    told.Notify();
  });
  told.WaitForNotification();

  auto session = (*agent)->executors().Open(std::make_shared<DeafSink>(), {});
  EXPECT_TRUE(absl::IsInvalidArgument(Send(*session)));
  agent->reset();
  EXPECT_TRUE(absl::IsUnavailable(Send(*session)));
  session.reset();
  RunOn(loop.get(), [] {});
  EXPECT_EQ(master.opened, 1);
  EXPECT_FALSE(master.connected());
}

// Answers on a thread of its own, some time.
class ThreadedEstimator final : public ResourceEstimator {
 public:
  ~ThreadedEstimator() override {
    for (std::thread& thread : threads_) thread.join();
  }
  void Estimate(ResourceUsageSource usage, Done done) override {
    threads_.emplace_back([usage = std::move(usage), done = std::move(done)]() mutable {
      Notification told;
      Resources total;
      usage(UsageDetail::kAllocated, [&](absl::StatusOr<ResourceUsage> answer) {
        if (answer.ok()) total = answer->total;
        told.Notify();
      });
      told.WaitForNotification();
      done(std::move(total));
    });
  }

 private:
  std::vector<std::thread> threads_;
};

class LogListener final : public LogSink {
 public:
  void Log(LogLevel, absl::string_view line) override {
    if (absl::StrContains(line, "revocable resources only")) heard.Notify();
  }
  Notification heard;
};

TEST(AgentThreadTest, AnEstimatorMayAskAndAnswerOnAnyThread) {
  std::unique_ptr<EventLoop> loop = CreateThreadEventLoop("agent").value();
  std::unique_ptr<Random> random = CreateSeededRandom(1);
  FakeContainerizer containerizer(loop.get());
  FakeStateStore store(loop.get());
  FakeMaster master;
  LogListener log;
  ThreadedEstimator estimator;
  AgentOptions options;
  options.resources = *Resources::Parse("cpus:1");
  options.work_dir = "/work";
  auto agent = CreateAgent(options, {.loop = loop.get(),
                                     .random = random.get(),
                                     .master = &master,
                                     .containerizer = &containerizer,
                                     .checkpoints = &store,
                                     .log = &log,
                                     .resource_estimator = &estimator});
  ASSERT_TRUE(agent.ok()) << agent.status();
  (*agent)->Start([](absl::Status) {});
  // What it answers is what the agent has, which is not revocable.
  log.heard.WaitForNotification();
  agent->reset();
}

}  // namespace
}  // namespace mesos::agent
