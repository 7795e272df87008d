#include "mesoslib/sim/task_executor.h"

#include <signal.h>

#include <utility>

namespace mesos::sim {

TaskExecutor::TaskExecutor(World* world, std::shared_ptr<Process> process,
                           const ContainerConfig& config, std::unique_ptr<ExecutorEndpoint> agent,
                           Listener listener)
    : world_(world),
      process_(std::move(process)),
      agent_(std::move(agent)),
      listener_(std::move(listener)) {
  absl::StatusOr<ExecutorEnvironment> environment = ParseExecutorEnvironment(config.environment);
  if (!environment.ok()) {
    world_->Violation(environment.status().ToString());
    return;
  }
  driver_ = CreateExecutorDriver(environment->options, {process_.get(), process_->random(),
                                                        agent_.get(), this, process_->log()})
                .value();
  driver_->Start().IgnoreError();
}

TaskExecutor::~TaskExecutor() {
  Stop();
  driver_ = nullptr;
}

void TaskExecutor::Stop() {
  process_->Kill();
  for (const std::string& task : std::exchange(running_, {})) listener_.ends(task);
}

void TaskExecutor::LaunchTask(ExecutorDriver&, const v1::TaskInfo& task) {
  const std::string& id = task.task_id().value();
  listener_.starts(id);
  running_.insert(id);
  Report(id, v1::TASK_RUNNING);
  const Work work = ParseWork(task.data());
  process_->PostAt(process_->Now() + work.duration, [this, id, work] {
    if (running_.erase(id) > 0) {
      Report(id, work.exit_status == 0 ? v1::TASK_FINISHED : v1::TASK_FAILED);
    }
  });
}

void TaskExecutor::KillTask(ExecutorDriver&, const v1::TaskID& task, const v1::KillPolicy&) {
  if (running_.erase(task.value()) > 0) Report(task.value(), v1::TASK_KILLED);
}

void TaskExecutor::Report(const std::string& task, v1::TaskState state) {
  v1::TaskStatus status;
  status.mutable_task_id()->set_value(task);
  status.set_state(state);
  if (state != v1::TASK_RUNNING) listener_.ends(task);
  driver_->SendStatusUpdate(std::move(status)).IgnoreError();
}

void TaskExecutor::Shutdown(ExecutorDriver&) {
  for (const std::string& task : std::exchange(running_, {})) Report(task, v1::TASK_KILLED);
  process_->PostAt(process_->Now() + world_->Between(absl::ZeroDuration(), absl::Seconds(1)),
                   [this] { Exit(0); });
}

void TaskExecutor::Error(ExecutorDriver&, const std::string&) { Exit(1 << 8); }

void TaskExecutor::Signal(int signal) {
  if (signal == SIGKILL) return Stop();
  process_->Post([this, signal] { Exit(signal); });
}

void TaskExecutor::Exit(int wait_status) {
  if (!process_->alive()) return;
  Stop();
  listener_.exits(wait_status);
}

}  // namespace mesos::sim
