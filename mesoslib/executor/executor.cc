#include "mesos/executor.h"

namespace mesos {

void Executor::Registered(ExecutorDriver&, const v1::ExecutorInfo&, const v1::FrameworkInfo&,
                          const v1::AgentInfo&) {}
void Executor::Reregistered(ExecutorDriver&, const v1::AgentInfo&) {}
void Executor::Disconnected(ExecutorDriver&) {}
void Executor::LaunchTask(ExecutorDriver&, const v1::TaskInfo&) {}

void Executor::LaunchTaskGroup(ExecutorDriver& driver, const std::vector<v1::TaskInfo>& tasks) {
  for (const v1::TaskInfo& task : tasks) LaunchTask(driver, task);
}

void Executor::KillTask(ExecutorDriver&, const v1::TaskID&, const v1::KillPolicy&) {}
void Executor::FrameworkMessage(ExecutorDriver&, const std::string&) {}
void Executor::Shutdown(ExecutorDriver&) {}
void Executor::Error(ExecutorDriver&, const std::string&) {}

}  // namespace mesos
