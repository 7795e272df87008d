// TaskExecutor: an executor's process on a simulated machine. Each task does what its data says
// (see machine.h), several at a time.
#ifndef MESOSLIB_SIM_TASK_EXECUTOR_H_
#define MESOSLIB_SIM_TASK_EXECUTOR_H_

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "absl/functional/any_invocable.h"
#include "mesos/executor.h"
#include "mesoslib/sim/machine.h"
#include "mesoslib/sim/process.h"

namespace mesos::sim {

class TaskExecutor final : public ExecutorProcess, public Executor {
 public:
  // What a TaskExecutor tells.
  struct Listener {
    std::function<void(const std::string& task)> starts;
    std::function<void(const std::string& task)> ends;
    absl::AnyInvocable<void(int wait_status)> exits;
  };

  // `agent` is how it reaches its agent.
  TaskExecutor(World* world, std::shared_ptr<Process> process, const ContainerConfig& config,
               std::unique_ptr<ExecutorEndpoint> agent, Listener listener);
  ~TaskExecutor() override;

  // ExecutorProcess. SIGKILL takes effect at once and is not told.
  void Signal(int signal) override;

  // Executor.
  void LaunchTask(ExecutorDriver& driver, const v1::TaskInfo& task) override;
  void KillTask(ExecutorDriver& driver, const v1::TaskID& task,
                const v1::KillPolicy& policy) override;
  void Shutdown(ExecutorDriver& driver) override;
  void Error(ExecutorDriver& driver, const std::string& message) override;

 private:
  void Report(const std::string& task, v1::TaskState state);
  void Exit(int wait_status);
  void Stop();

  World* const world_;
  const std::shared_ptr<Process> process_;
  const std::unique_ptr<ExecutorEndpoint> agent_;
  Listener listener_;
  std::set<std::string> running_;
  std::unique_ptr<ExecutorDriver> driver_;
};

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_TASK_EXECUTOR_H_
