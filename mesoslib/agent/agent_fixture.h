// AgentTest: an agent in virtual time, between a fake master, fake containers and a fake store.
#ifndef MESOSLIB_AGENT_AGENT_FIXTURE_H_
#define MESOSLIB_AGENT_AGENT_FIXTURE_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/agent.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesoslib/base/simulated_event_loop.h"
#include "mesoslib/testing/fake_containerizer.h"
#include "mesoslib/testing/fake_master.h"
#include "mesoslib/testing/fake_state_store.h"

namespace mesos::agent {

// What one executor hears.
struct ExecutorLog {
  std::vector<v1::executor::Event> events;
  std::optional<absl::Status> closed;

  std::vector<v1::executor::Event::Type> Types() const {
    std::vector<v1::executor::Event::Type> types;
    for (const auto& event : events) types.push_back(event.type());
    return types;
  }
};

class ExecutorEar final : public Sink<v1::executor::Event> {
 public:
  explicit ExecutorEar(std::shared_ptr<ExecutorLog> log) : log_(std::move(log)) {}
  void Deliver(v1::executor::Event event) override { log_->events.push_back(std::move(event)); }
  void Closed(absl::Status reason) override { log_->closed = std::move(reason); }

 private:
  const std::shared_ptr<ExecutorLog> log_;
};

class RecordingLog final : public LogSink {
 public:
  void Log(LogLevel, absl::string_view line) override { text += std::string(line) + "\n"; }
  std::string text;
};

class AgentTest : public ::testing::Test {
 protected:
  using MasterMessage = internal::MasterMessage;
  using AgentMessage = internal::AgentMessage;
  using ExecutorCall = v1::executor::Call;
  using ExecutorEvent = v1::executor::Event;

  AgentTest() : random_(CreateSeededRandom(7)), containerizer_(&loop_), store_(&loop_) {
    options_.resources = *Resources::Parse("cpus:4;mem:4096");
    options_.work_dir = "/work";
    framework_.mutable_id()->set_value("F");
    framework_.set_name("framework");
    framework_.set_user("alice");
    framework_.set_checkpoint(true);
    framework_.add_capabilities()->set_type(v1::FrameworkInfo::Capability::PARTITION_AWARE);
  }

  absl::StatusOr<std::unique_ptr<Agent>> Create() {
    return CreateAgent(options_, {.loop = agent_loop_,
                                  .random = random_.get(),
                                  .master = &master_,
                                  .containerizer = &containerizer_,
                                  .checkpoints = &store_,
                                  .log = &log_,
                                  .ended = [this](absl::Status status) { ended_ = status; },
                                  .resource_estimator = estimator_,
                                  .qos_controller = controller_});
  }

  // Up to and with the registration, if that is answered.
  void StartAgent() {
    absl::StatusOr<std::unique_ptr<Agent>> agent = Create();
    ASSERT_TRUE(agent.ok()) << agent.status();
    agent_ = *std::move(agent);
    started_.reset();
    agent_->Start([this](absl::Status status) { started_ = status; });
    loop_.Settle();
  }

  void RestartAgent() {
    agent_.reset();
    StartAgent();
  }

  // The keys of what is checkpointed, but for the format.
  std::vector<std::string> Kept() const {
    std::vector<std::string> keys;
    for (const auto& [key, value] : store_.snapshot().entries) {
      if (key != "format") keys.push_back(key);
    }
    return keys;
  }

  static v1::TaskInfo Command(const std::string& id, const std::string& command = "true") {
    v1::TaskInfo task;
    task.set_name(id);
    task.mutable_task_id()->set_value(id);
    task.mutable_agent_id()->set_value("S0");
    task.mutable_command()->set_value(command);
    Resources::Parse("cpus:1;mem:128")->ToProto(task.mutable_resources());
    return task;
  }

  static v1::TaskInfo Custom(const std::string& id, const std::string& executor = "E") {
    v1::TaskInfo task = Command(id);
    task.clear_command();
    task.mutable_executor()->mutable_executor_id()->set_value(executor);
    task.mutable_executor()->set_type(v1::ExecutorInfo::CUSTOM);
    task.mutable_executor()->mutable_command()->set_value("executor");
    Resources::Parse("cpus:0.5;mem:64")->ToProto(task.mutable_executor()->mutable_resources());
    return task;
  }

  void Run(std::vector<v1::TaskInfo> tasks) {
    MasterMessage message;
    *message.mutable_run_tasks()->mutable_framework() = framework_;
    for (v1::TaskInfo& task : tasks) *message.mutable_run_tasks()->add_tasks() = std::move(task);
    Say(std::move(message));
  }

  void Kill(const std::string& task, std::optional<absl::Duration> grace = std::nullopt) {
    MasterMessage message;
    message.mutable_kill_task()->mutable_framework_id()->set_value("F");
    message.mutable_kill_task()->mutable_task_id()->set_value(task);
    if (grace) {
      message.mutable_kill_task()->mutable_kill_policy()->mutable_grace_period()->set_nanoseconds(
          absl::ToInt64Nanoseconds(*grace));
    }
    Say(std::move(message));
  }

  void Say(MasterMessage message) {
    master_.Say(std::move(message));
    loop_.Settle();
    ExpectResourcesSuffice();
  }

  void Advance(absl::Duration duration) {
    loop_.Advance(duration);
    ExpectResourcesSuffice();
  }

  void End(const ContainerId& container, int wait_status) {
    containerizer_.End(container, wait_status);
    loop_.Settle();
  }

  ContainerId ContainerOf(const std::string& task) {
    return containerizer_.FindByEnvironment("MESOS_TASK_ID", task);
  }
  ContainerId ContainerOfExecutor(const std::string& executor) {
    return containerizer_.FindByEnvironment("MESOS_EXECUTOR_ID", executor);
  }

  // -- An executor of the framework's own --

  std::shared_ptr<ExecutorLog> OpenSession() {
    auto log = std::make_shared<ExecutorLog>();
    session_ = agent_->executors().Open(std::make_shared<ExecutorEar>(log), {});
    return log;
  }

  static ExecutorCall MakeCall(ExecutorCall::Type type, const std::string& executor = "E") {
    ExecutorCall call;
    call.set_type(type);
    call.mutable_framework_id()->set_value("F");
    call.mutable_executor_id()->set_value(executor);
    return call;
  }

  absl::Status Send(ExecutorCall call) {
    absl::Status result = absl::UnknownError("not answered");
    session_->Send(std::move(call), [&result](absl::Status status) { result = status; });
    loop_.Settle();
    return result;
  }

  // The same where it is sure to be taken.
  void Tell(ExecutorCall call) { EXPECT_EQ(Send(std::move(call)), absl::OkStatus()); }

  std::shared_ptr<ExecutorLog> Subscribe(const std::string& executor = "E") {
    std::shared_ptr<ExecutorLog> log = OpenSession();
    EXPECT_EQ(Send(MakeCall(ExecutorCall::SUBSCRIBE, executor)), absl::OkStatus());
    return log;
  }

  ExecutorCall MakeUpdate(const std::string& task, v1::TaskState state) {
    ExecutorCall call = MakeCall(ExecutorCall::UPDATE);
    v1::TaskStatus& status = *call.mutable_update()->mutable_status();
    status.mutable_task_id()->set_value(task);
    status.set_state(state);
    status.set_uuid(NextUuid());
    return call;
  }

  std::string NextUuid() {
    std::string uuid(16, '\0');
    uuid[6] = 0x40;
    uuid[8] = static_cast<char>(0x80);
    uuid[15] = static_cast<char>(++uuids_);
    return uuid;
  }

  v1::agent::Response Ask(v1::agent::Call::Type type) {
    v1::agent::Call call;
    call.set_type(type);
    v1::agent::Response result;
    agent_->CallOperator(call, {}, [&](absl::StatusOr<v1::agent::Response> response) {
      EXPECT_TRUE(response.ok()) << response.status();
      if (response.ok()) result = *std::move(response);
    });
    loop_.Settle();
    return result;
  }

  // What runs never holds more than there is.
  void ExpectResourcesSuffice() {
    if (agent_ == nullptr || !check_resources_) return;
    v1::agent::Call call;
    call.set_type(v1::agent::Call::GET_STATE);
    v1::agent::Response response;  // Empty once it was shut down.
    agent_->CallOperator(call, {}, [&](absl::StatusOr<v1::agent::Response> answer) {
      if (answer.ok()) response = *std::move(answer);
    });
    loop_.Settle();
    Resources used;
    for (const auto* tasks : {&response.get_state().get_tasks().launched_tasks(),
                              &response.get_state().get_tasks().queued_tasks()}) {
      for (const v1::Task& task : *tasks) used += *Resources::FromProto(task.resources());
    }
    for (const auto& executor : response.get_state().get_executors().executors()) {
      used += *Resources::FromProto(executor.executor_info().resources());
    }
    EXPECT_TRUE(options_.resources.Contains(used)) << used.ToString();
  }

  SimulatedEventLoop loop_;
  EventLoop* agent_loop_ = &loop_;  // The agent's, where its clocks are not everybody's.
  std::unique_ptr<Random> random_;
  FakeContainerizer containerizer_;
  FakeStateStore store_;
  FakeMaster master_;
  ResourceEstimator* estimator_ = nullptr;
  QosController* controller_ = nullptr;
  AgentOptions options_;
  v1::FrameworkInfo framework_;
  RecordingLog log_;
  std::optional<absl::Status> started_;
  std::optional<absl::Status> ended_;
  std::unique_ptr<Agent> agent_;
  std::unique_ptr<Session<ExecutorCall>> session_;
  bool check_resources_ = true;
  int uuids_ = 0;
};

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_AGENT_FIXTURE_H_
