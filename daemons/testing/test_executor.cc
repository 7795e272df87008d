// An executor that finishes each task with the task's data as the message. Where the data is "wait"
// the task runs until it is killed.
#include <cstdio>
#include <string>

#include "absl/synchronization/notification.h"
#include "daemons/process_flags.h"
#include "mesos/event_loop.h"
#include "mesos/executor.h"
#include "mesos/random.h"
#include "mesos/rpc.h"

namespace {

class EchoExecutor final : public mesos::Executor {
 public:
  void LaunchTask(mesos::ExecutorDriver& driver, const mesos::v1::TaskInfo& task) override {
    mesos::v1::TaskStatus status;
    *status.mutable_task_id() = task.task_id();
    status.set_state(mesos::v1::TASK_RUNNING);
    driver.SendStatusUpdate(status).IgnoreError();
    if (task.data() == "wait") return;
    status.set_state(mesos::v1::TASK_FINISHED);
    status.set_message("echo " + task.data());
    driver.SendStatusUpdate(status).IgnoreError();
  }
  void KillTask(mesos::ExecutorDriver& driver, const mesos::v1::TaskID& task,
                const mesos::v1::KillPolicy&) override {
    mesos::v1::TaskStatus status;
    *status.mutable_task_id() = task;
    status.set_state(mesos::v1::TASK_KILLED);
    driver.SendStatusUpdate(status).IgnoreError();
  }
  void Shutdown(mesos::ExecutorDriver&) override { End(); }
  void Error(mesos::ExecutorDriver&, const std::string& message) override {
    std::fprintf(stderr, "%s\n", message.c_str());
    End();
  }
  void WaitForEnd() { end_.WaitForNotification(); }

 private:
  void End() {
    if (!end_.HasBeenNotified()) end_.Notify();
  }
  absl::Notification end_;
};

}  // namespace

int main() {
  auto environment = mesos::ParseExecutorEnvironment(mesos::ProcessEnvironment());
  if (!environment.ok()) {
    std::fprintf(stderr, "%s\n", environment.status().ToString().c_str());
    return 1;
  }
  EchoExecutor executor;
  auto random = mesos::CreateSystemRandom();
  auto agent = mesos::CreateGrpcExecutorEndpoint(environment->agent_address).value();
  auto loop = mesos::CreateThreadEventLoop("executor").value();
  auto driver = mesos::CreateExecutorDriver(
      environment->options, {loop.get(), random.get(), agent.get(), &executor, nullptr});
  (*driver)->Start().IgnoreError();
  executor.WaitForEnd();
  (*driver)->Stop().IgnoreError();
  return 0;
}
