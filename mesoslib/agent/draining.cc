#include "mesoslib/agent/draining.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "google/protobuf/util/message_differencer.h"
#include "mesoslib/agent/container_config.h"

namespace mesos::agent {

using google::protobuf::util::MessageDifferencer;

void Draining::Recover(const internal::AgentCheckpoint& checkpoint) {
  if (!checkpoint.has_drain()) return;
  config_ = checkpoint.drain();
  start_ = absl::FromUnixNanos(checkpoint.drain_start().nanoseconds());
  deps_.ledger->set_drain(config_);
}

void Draining::Write(internal::AgentCheckpoint* checkpoint) const {
  if (!config_) return;
  *checkpoint->mutable_drain() = *config_;
  checkpoint->mutable_drain_start()->set_nanoseconds(absl::ToUnixNanos(start_));
}

void Draining::Set(std::optional<v1::DrainConfig> config) {
  if (config && config->max_grace_period().nanoseconds() < 0) {
    config->mutable_max_grace_period()->set_nanoseconds(0);
  }
  const bool same = config && config_ ? MessageDifferencer::Equals(*config, *config_)
                                      : config.has_value() == config_.has_value();
  if (same) return;
  if (config && !config_) start_ = deps_.loop->WallTime();
  config_ = std::move(config);
  deps_.ledger->set_drain(config_);
  deps_.write();
  if (!config_) return deps_.log.Info("the agent takes on tasks again");
  deps_.log.Info("the agent is drained");
  // A restarted agent would go on with it.
  deps_.checkpointer->WhenDurable(lifetime_.Guard([this] { EndAll(); }));
}

std::optional<v1::KillPolicy> Draining::PolicyFor(const v1::TaskInfo& task) const {
  if (!config_->has_max_grace_period()) return std::nullopt;
  const absl::Duration own = task.kill_policy().has_grace_period()
                                 ? FromProto(task.kill_policy().grace_period())
                                 : CommandTasks::kDefaultKillGrace;
  const absl::Duration grace = std::min(own, FromProto(config_->max_grace_period()));
  v1::KillPolicy policy;
  policy.mutable_grace_period()->set_nanoseconds(absl::ToInt64Nanoseconds(grace));
  return policy;
}

void Draining::Stop() {
  if (repeat_ != 0) deps_.loop->Cancel(std::exchange(repeat_, 0));
}

void Draining::EndAll() {
  Stop();
  if (!config_) return;
  repeat_ = deps_.loop->PostAt(deps_.loop->Now() + kRepeat, lifetime_.Guard([this] {
    repeat_ = 0;
    EndAll();
  }));
  std::vector<std::pair<FrameworkId, ExecutorId>> all;
  for (const auto& [id, framework] : deps_.ledger->frameworks().all()) {
    for (const ExecutorId& executor : framework->ExecutorIds()) all.emplace_back(id, executor);
  }
  // With its last task an executor may go, and its framework with it.
  for (const auto& [framework, executor] : all) End(framework, executor);
}

void Draining::End(const FrameworkId& framework_id, const ExecutorId& executor_id) {
  auto find = [&]() -> std::pair<Framework*, Executor*> {
    Framework* framework = deps_.ledger->frameworks().Find(framework_id);
    return {framework, framework == nullptr ? nullptr : framework->FindExecutor(executor_id)};
  };
  auto [known, run] = find();
  if (run == nullptr) return;
  for (const TaskId& id : run->LiveTasks()) {
    const auto [framework, executor] = find();
    Task* task = executor == nullptr ? nullptr : executor->FindTask(id);
    if (task == nullptr || task->phase() == Task::Phase::kEnded) continue;
    const std::optional<v1::KillPolicy> policy = PolicyFor(task->info());
    const v1::KillPolicy* said = policy ? &*policy : nullptr;
    if (executor->command_task()) {
      deps_.commands->Kill(*framework, *executor, said);
    } else {
      deps_.executors->Kill(*framework, *executor, id, said);
    }
  }
  EndIdle(framework_id);
}

void Draining::EndIdle(const FrameworkId& id) {
  if (!config_) return;
  Framework* framework = deps_.ledger->frameworks().Find(id);
  if (framework == nullptr) return;
  for (const ExecutorId& executor_id : framework->ExecutorIds()) {
    framework = deps_.ledger->frameworks().Find(id);
    Executor* executor = framework == nullptr ? nullptr : framework->FindExecutor(executor_id);
    if (executor == nullptr || executor->command_task() || !executor->tasks().empty()) continue;
    deps_.executors->Shutdown(*framework, *executor);
  }
}

}  // namespace mesos::agent
