#include "mesoslib/agent/command_tasks.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/agent/container_config.h"
#include "mesoslib/agent/paths.h"
#include "mesoslib/base/mutation.h"
#include "mesoslib/base/uuid.h"

namespace mesos::agent {
namespace {

// A container that could not be destroyed is tried again after this long.
constexpr absl::Duration kDestroyRetry = absl::Minutes(1);

TaskReport Word(v1::TaskState state, std::string message) {
  return {.state = state,
          .reason = std::nullopt,
          .message = std::move(message),
          .source = v1::TaskStatus::SOURCE_EXECUTOR,
          .container = std::nullopt};
}

TaskReport Failure(v1::TaskState state, v1::TaskStatus::Reason reason, std::string message) {
  return {.state = state,
          .reason = reason,
          .message = std::move(message),
          .source = v1::TaskStatus::SOURCE_AGENT,
          .container = std::nullopt};
}

absl::Duration GraceOf(const v1::TaskInfo& task) {
  if (!task.kill_policy().has_grace_period()) return CommandTasks::kDefaultKillGrace;
  return FromProto(task.kill_policy().grace_period());
}

v1::ExecutorInfo CommandExecutorInfo(const FrameworkId& framework, const v1::TaskInfo& task) {
  v1::ExecutorInfo info;
  info.mutable_executor_id()->set_value(task.task_id().value());
  info.mutable_framework_id()->set_value(framework.value());
  info.set_name(absl::StrCat("Command Executor (Task: ", task.task_id().value(), ")"));
  info.set_source(task.task_id().value());
  if (task.has_container()) *info.mutable_container() = task.container();
  return info;
}

}  // namespace

std::string DescribeExit(int wait_status) {
  if (WIFEXITED(wait_status)) {
    return absl::StrCat("exited with status ", WEXITSTATUS(wait_status));
  }
  if (WIFSIGNALED(wait_status)) {
    const char* name = sigabbrev_np(WTERMSIG(wait_status));
    if (name != nullptr) return absl::StrCat("terminated with signal SIG", name);
    return absl::StrCat("terminated with signal ", WTERMSIG(wait_status));
  }
  return absl::StrCat("ended with wait status ", wait_status);
}

TaskReport ReportOfExit(int wait_status) {
  const bool success = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
  return Word(success ? v1::TASK_FINISHED : v1::TASK_FAILED,
              absl::StrCat("Command ", DescribeExit(wait_status)));
}

CommandTasks::CommandTasks(const AgentOptions& options, EventLoop* loop, Random* random,
                           Containerizer* containerizer, Ledger* ledger, Operations* operations,
                           Logger log)
    : options_(options),
      loop_(loop),
      random_(random),
      containerizer_(containerizer),
      ledger_(ledger),
      operations_(operations),
      log_(log) {}

CommandTasks::~CommandTasks() { Stop(); }

void CommandTasks::Stop() {
  for (auto& [container, run] : runs_) {
    loop_->Cancel(run.grace_timer);
    loop_->Cancel(run.completion_timer);
  }
  // What comes back from the containerizer and the checkpoints finds nothing here.
  runs_.clear();
}

void CommandTasks::Launch(Framework& framework, v1::TaskInfo info, Resources resources) {
  const ContainerId container(NewUuidText(random_));
  const ExecutorId id(info.task_id().value());
  Executor::Spec spec;
  spec.info = CommandExecutorInfo(framework.id(), info);
  spec.command_task = true;
  spec.container = container;
  spec.directory =
      SandboxPath(options_.work_dir, ledger_->agent_id(), framework.id(), id, container);
  Executor* executor = ledger_->AddExecutor(framework, std::move(spec));
  ledger_->AddTask(framework, *executor, std::move(info), std::move(resources));
  Run& run = runs_[container];
  run.framework = framework.id();
  run.executor = id;
  auto start = lifetime_.Guard([this, container] { Start(container); });
  if (Mutated(Mutation::kLaunchBeforeCheckpoint)) return start();
  ledger_->WhenDurable(framework, std::move(start));
}

CommandTasks::Run* CommandTasks::FindRun(const ContainerId& container) {
  auto run = runs_.find(container);
  return run == runs_.end() ? nullptr : &run->second;
}

CommandTasks::Subject CommandTasks::Find(const Run& run) {
  Subject subject;
  subject.framework = ledger_->frameworks().Find(run.framework);
  if (subject.framework != nullptr)
    subject.executor = subject.framework->FindExecutor(run.executor);
  if (subject.executor != nullptr) {
    subject.task = subject.executor->FindTask(TaskId(run.executor.value()));
  }
  return subject;
}

void CommandTasks::Start(const ContainerId& container) {
  Run* run = FindRun(container);
  if (run == nullptr) return;
  const Subject subject = Find(*run);
  if (!operations_->IsReady(subject.task->resources())) {
    return operations_->WhenReady(subject.task->resources(),
                                  lifetime_.Guard([this, container] { Start(container); }));
  }
  run->phase = Phase::kStarting;
  subject.task->HandOver().IgnoreError();
  containerizer_->Launch(
      container,
      CommandContainer(options_, ledger_->agent_id(), subject.framework->info(), *subject.executor,
                       *subject.task),
      lifetime_.Guard([this, container](absl::Status status) { Started(container, status); }));
}

void CommandTasks::Started(const ContainerId& container, const absl::Status& status) {
  Run* run = FindRun(container);
  if (run == nullptr) return;
  if (!status.ok()) {
    ++ledger_->counters().launch_errors;
    if (run->killed_during_launch || run->verdict)
      return Finish(container, Verdict(*run, *Find(*run).task, status));
    return Finish(container,
                  Failure(v1::TASK_FAILED, v1::TaskStatus::REASON_CONTAINER_LAUNCH_FAILED,
                          absl::StrCat("The container could not be launched: ", status.message())));
  }
  const Subject subject = Find(*run);
  run->phase = Phase::kRunning;
  subject.executor->Move(Executor::State::kRunning).IgnoreError();
  Watch(container);
  if (run->killed_during_launch || run->verdict) return DestroyContainer(container, *run);
  TaskReport running = Word(v1::TASK_RUNNING, "");
  running.container = container;
  LimitTime(container, *run, *subject.task, absl::ZeroDuration());
  ledger_->Report(*subject.framework, subject.executor, subject.task->id(), std::move(running));
}

void CommandTasks::Watch(const ContainerId& container) {
  containerizer_->Wait(
      container,
      lifetime_.Guard([this, container](absl::StatusOr<ContainerTermination> termination) {
        Ended(container, std::move(termination));
      }));
}

void CommandTasks::LimitTime(const ContainerId& container, Run& run, const Task& task,
                             absl::Duration passed) {
  if (!task.info().has_max_completion_time()) return;
  const absl::Duration left = FromProto(task.info().max_completion_time()) - passed;
  run.completion_timer = loop_->PostAt(loop_->Now() + std::max(left, absl::ZeroDuration()),
                                       lifetime_.Guard([this, container] {
                                         Run* run = FindRun(container);
                                         if (run == nullptr) return;
                                         run->completion_timer = 0;
                                         if (run->killed) return;
                                         run->overtime = true;
                                         DestroyContainer(container, *run);
                                       }));
}

void CommandTasks::Kill(Framework& framework, Executor& executor, const v1::KillPolicy* policy) {
  const ContainerId container = executor.container();
  Run* run = FindRun(container);
  const Subject subject = run == nullptr ? Subject() : Find(*run);
  if (subject.task == nullptr || subject.task->phase() == Task::Phase::kEnded) return;
  if (run->phase == Phase::kWriting) {
    run->killed_during_launch = true;
    return Finish(container, Verdict(*run, *subject.task, absl::CancelledError()));
  }
  if (run->phase == Phase::kStarting) {
    run->killed_during_launch = true;
    return;
  }
  absl::Duration grace = policy != nullptr && policy->has_grace_period()
                             ? FromProto(policy->grace_period())
                             : GraceOf(subject.task->info());
  // A framework that goes away gives its tasks no longer than it would give an executor.
  if (framework.terminating()) grace = std::min(grace, options_.executor_shutdown_grace_period);
  if (!run->killed && !run->overtime && !run->verdict) AskToEnd(container, *run, subject);
  EndBy(container, *run, loop_->Now() + std::max(grace, absl::ZeroDuration()));
}

void CommandTasks::AskToEnd(const ContainerId& container, Run& run, const Subject& subject) {
  run.killed = true;
  subject.executor->Move(Executor::State::kTerminating).IgnoreError();
  containerizer_->Kill(container, SIGTERM, [log = log_, container](absl::Status status) {
    if (!status.ok() && !absl::IsNotFound(status)) {
      log.Warning("container ", container.value(), " got no SIGTERM: ", status.message());
    }
  });
  if (subject.framework->Has(v1::FrameworkInfo::Capability::TASK_KILLING_STATE)) {
    TaskReport killing = Word(v1::TASK_KILLING, "");
    killing.container = container;
    ledger_->Report(*subject.framework, subject.executor, subject.task->id(), std::move(killing));
  }
}

void CommandTasks::EndBy(const ContainerId& container, Run& run, absl::Time end) {
  if (end >= run.grace_end || run.destroying) return;
  run.grace_end = end;
  loop_->Cancel(run.grace_timer);
  run.grace_timer = loop_->PostAt(end, lifetime_.Guard([this, container] {
    Run* run = FindRun(container);
    if (run == nullptr) return;
    run->grace_timer = 0;
    DestroyContainer(container, *run);
  }));
}

void CommandTasks::Destroy(Framework&, Executor& executor) {
  const ContainerId container = executor.container();
  Run* run = FindRun(container);
  if (run == nullptr) return;
  if (run->phase != Phase::kRunning) {
    const bool writing = run->phase == Phase::kWriting;
    run->killed_during_launch = true;
    if (writing) Finish(container, Verdict(*run, *Find(*run).task, absl::CancelledError()));
    return;
  }
  run->killed = true;
  DestroyContainer(container, *run);
}

bool CommandTasks::Preempt(Executor& executor, TaskReport report) {
  const ContainerId container = executor.container();
  Run* run = FindRun(container);
  if (run == nullptr || run->destroying || run->killed_during_launch || run->verdict) return false;
  run->verdict = std::move(report);
  if (run->phase == Phase::kWriting) {
    Finish(container, *run->verdict);
  } else if (run->phase == Phase::kRunning) {
    DestroyContainer(container, *run);
  }
  return true;
}

void CommandTasks::DestroyContainer(const ContainerId& container, Run& run) {
  if (run.destroying) return;
  run.destroying = true;
  if (Executor* executor = Find(run).executor; executor != nullptr) {
    executor->Move(Executor::State::kTerminating).IgnoreError();
  }
  containerizer_->Destroy(
      container,
      lifetime_.Guard([this, container](absl::StatusOr<ContainerTermination> termination) {
        if (termination.ok() || absl::IsNotFound(termination.status())) {
          return Ended(container, std::move(termination));
        }
        ++ledger_->counters().destroy_errors;
        log_.Error("container ", container.value(),
                   " can't be destroyed, trying again later: ", termination.status().ToString());
        loop_->PostAt(loop_->Now() + kDestroyRetry, lifetime_.Guard([this, container] {
          Run* run = FindRun(container);
          if (run == nullptr) return;
          run->destroying = false;
          DestroyContainer(container, *run);
        }));
      }));
}

void CommandTasks::Ended(const ContainerId& container,
                         absl::StatusOr<ContainerTermination> termination) {
  Run* run = FindRun(container);
  if (run == nullptr) return;
  const Subject subject = Find(*run);
  if (subject.task == nullptr) return Finish(container, {});
  Finish(container, Verdict(*run, *subject.task, termination));
}

TaskReport CommandTasks::Verdict(const Run& run, const Task& task,
                                 const absl::StatusOr<ContainerTermination>& termination) const {
  if (run.killed_during_launch) {
    return Failure(v1::TASK_KILLED, v1::TaskStatus::REASON_TASK_KILLED_DURING_LAUNCH,
                   "Killed before it was launched");
  }
  if (run.verdict) return *run.verdict;
  if (run.overtime) {
    return Failure(v1::TASK_FAILED, v1::TaskStatus::REASON_MAX_COMPLETION_TIME_REACHED,
                   absl::StrCat("Still running after its max_completion_time of ",
                                DurationText(FromProto(task.info().max_completion_time()))));
  }
  const bool known = termination.ok() && termination->wait_status.has_value();
  if (run.killed || task.state() == v1::TASK_KILLING) {
    return Word(v1::TASK_KILLED,
                known ? absl::StrCat("Command ", DescribeExit(*termination->wait_status)) : "");
  }
  if (termination.ok() && termination->state.has_value()) {
    return Failure(*termination->state,
                   termination->reason.value_or(v1::TaskStatus::REASON_CONTAINER_LIMITATION),
                   termination->message);
  }
  if (known) return ReportOfExit(*termination->wait_status);
  if (run.recovered && task.state() == v1::TASK_STAGING) {
    return Failure(v1::TASK_DROPPED, v1::TaskStatus::REASON_AGENT_RESTARTED,
                   "The agent was restarted before the task was launched");
  }
  return Failure(v1::TASK_FAILED, v1::TaskStatus::REASON_EXECUTOR_TERMINATED,
                 absl::StrCat("It is not known how the command ended: ",
                              termination.ok() ? absl::string_view(termination->message)
                                               : termination.status().message()));
}

void CommandTasks::Finish(const ContainerId& container, TaskReport report) {
  auto run = runs_.find(container);
  loop_->Cancel(run->second.grace_timer);
  loop_->Cancel(run->second.completion_timer);
  const Subject subject = Find(run->second);
  runs_.erase(run);
  if (subject.executor == nullptr) return;
  if (subject.task != nullptr) {
    ledger_->Report(*subject.framework, subject.executor, subject.task->id(), std::move(report));
  }
  ledger_->ExecutorEnded(*subject.framework, *subject.executor);
}

void CommandTasks::Recover(Framework& framework, Executor& executor) {
  const ContainerId container = executor.container();
  Run& run = runs_[container];
  run.framework = framework.id();
  run.executor = executor.id();
  run.phase = Phase::kRunning;
  run.recovered = true;
  executor.Move(Executor::State::kRunning).IgnoreError();
  if (!Mutated(Mutation::kForgetRecoveredEnd)) Watch(container);
  const Task* task = Find(run).task;
  if (task == nullptr || task->phase() == Task::Phase::kEnded) {
    return DestroyContainer(container, run);
  }
  if (task->state() == v1::TASK_STAGING) return Probe(container);
  LimitTime(container, run, *task, task->Age(loop_->WallTime()));
  if (task->state() == v1::TASK_KILLING) {
    run.killed = true;
    EndBy(container, run, loop_->Now() + GraceOf(task->info()));
  }
}

void CommandTasks::Probe(const ContainerId& container) {
  containerizer_->Status(
      container, lifetime_.Guard([this, container](absl::StatusOr<v1::ContainerStatus> status) {
        Run* run = FindRun(container);
        // If it has ended, the watch tells.
        if (run == nullptr || !status.ok()) return;
        const Subject subject = Find(*run);
        if (subject.task == nullptr || subject.task->state() != v1::TASK_STAGING) return;
        TaskReport running = Word(v1::TASK_RUNNING, "");
        running.container = container;
        LimitTime(container, *run, *subject.task, absl::ZeroDuration());
        ledger_->Report(*subject.framework, subject.executor, subject.task->id(),
                        std::move(running));
      }));
}

}  // namespace mesos::agent
