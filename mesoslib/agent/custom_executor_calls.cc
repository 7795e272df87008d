// What executors say, and what they are told: the sessions of CustomExecutors.
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "mesos/task_states.h"
#include "mesoslib/agent/custom_executors.h"
#include "mesoslib/agent/validation.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::agent {

void CustomExecutors::Open(uint64_t session, std::shared_ptr<Sink<Event>> sink) {
  sessions_[session].sink = std::move(sink);
}

void CustomExecutors::Close(uint64_t session) {
  auto found = sessions_.find(session);
  if (found == sessions_.end()) return;
  Life* life = FindLife(found->second.container);
  if (life != nullptr && life->session == session) {
    life->session = 0;
    deps_.log.Info("executor ", Quoted(life->executor.value()), " of framework ",
                   Quoted(life->framework.value()), " has disconnected");
  }
  sessions_.erase(found);
}

void CustomExecutors::Receive(uint64_t session, Call call, Done done) {
  const absl::Status status = [&]() -> absl::Status {
    RETURN_IF_ERROR(ValidateExecutorCall(call));
    ASSIGN_OR_RETURN(const Subject caller, FindCaller(call));
    auto found = sessions_.find(session);
    if (found == sessions_.end()) return absl::UnavailableError("the session has ended");
    if (call.type() == Call::SUBSCRIBE) return Subscribe(session, caller, call.subscribe());
    if (found->second.container != caller.executor->container()) {
      return absl::PermissionDeniedError(
          absl::StrCat("executor ", Quoted(call.executor_id().value()), " is not subscribed"));
    }
    if (call.type() == Call::UPDATE) {
      Update(caller, std::move(*call.mutable_update()->mutable_status()));
    } else if (call.type() == Call::MESSAGE) {
      ++deps_.ledger->counters().valid_messages;
      deps_.message(caller.framework->id(), caller.executor->id(),
                    std::move(*call.mutable_message()->mutable_data()));
    }
    return absl::OkStatus();
  }();
  if (!status.ok()) {
    Counters& counters = deps_.ledger->counters();
    counters.invalid_messages += call.type() == Call::MESSAGE;
    counters.invalid_updates += call.type() == Call::UPDATE;
    deps_.log.Warning("refusing an executor's call: ", status.message());
  }
  if (done != nullptr) done(status);
}

absl::StatusOr<CustomExecutors::Subject> CustomExecutors::FindCaller(const Call& call) {
  Framework* framework = deps_.ledger->frameworks().Find(FrameworkId(call.framework_id().value()));
  if (framework == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "framework_id: ", Quoted(call.framework_id().value()), " has nothing on this agent"));
  }
  Executor* executor = framework->FindExecutor(ExecutorId(call.executor_id().value()));
  // A command task has no process that could speak.
  if (executor == nullptr || executor->command_task() ||
      FindLife(executor->container()) == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "executor_id: ", Quoted(call.executor_id().value()), " is no executor of framework ",
        Quoted(call.framework_id().value()), " here"));
  }
  return Subject{framework, executor};
}

absl::Status CustomExecutors::Subscribe(uint64_t session, Subject caller,
                                        const Call::Subscribe& subscribe) {
  const ContainerId container = caller.executor->container();
  Life& life = *FindLife(container);
  // A session speaks for one executor; who held that executor before is gone.
  OpenSession& open = sessions_.at(session);
  if (!open.container.empty() && open.container != container) {
    return absl::FailedPreconditionError(
        "another executor has subscribed on this session; open one for each");
  }
  if (life.session != session) EndSession(life.session, "the executor has subscribed again");
  open.container = container;
  life.session = session;
  if (!caller.executor->alive()) {
    Event event;
    event.set_type(Event::SHUTDOWN);
    Deliver(life, std::move(event));
    return absl::OkStatus();
  }
  deps_.log.Info("executor ", Quoted(life.executor.value()), " of framework ",
                 Quoted(life.framework.value()), " has subscribed");
  // It may be faster than the answer that it has been started.
  if (life.phase == Phase::kUp) Activate(container, subscribe);
  return absl::OkStatus();
}

void CustomExecutors::Activate(const ContainerId& container, const Call::Subscribe& subscribe) {
  Life& life = *FindLife(container);
  const Subject subject = Find(life);
  deps_.loop->Cancel(std::exchange(life.registration_timer, 0));
  subject.executor->Move(Executor::State::kRunning).IgnoreError();
  Event event;
  event.set_type(Event::SUBSCRIBED);
  *event.mutable_subscribed()->mutable_executor_info() = subject.executor->info();
  *event.mutable_subscribed()->mutable_framework_info() = subject.framework->info();
  *event.mutable_subscribed()->mutable_agent_info() = *deps_.agent;
  event.mutable_subscribed()->mutable_container_id()->set_value(container.value());
  Deliver(life, std::move(event));
  Heartbeat(container);
  for (const Call::Update& update : subscribe.unacknowledged_updates()) {
    Update(subject, update.status());
  }
  DropForgotten(subject, subscribe);
  for (const auto& [task, policy] : std::exchange(life.kills, {})) SendKill(life, task, policy);
  Reconnected(life);
  Settle(container);
}

void CustomExecutors::DropForgotten(Subject subject, const Call::Subscribe& subscribe) {
  absl::flat_hash_set<std::string> known;
  for (const v1::TaskInfo& task : subscribe.unacknowledged_tasks()) {
    known.insert(task.task_id().value());
  }
  for (const TaskId& id : subject.executor->LiveTasks()) {
    const Task& task = *subject.executor->FindTask(id);
    if (task.phase() != Task::Phase::kLaunched || task.state() != v1::TASK_STAGING ||
        known.contains(id.value())) {
      continue;
    }
    TaskReport report;
    report.state = v1::TASK_DROPPED;
    report.reason = v1::TaskStatus::REASON_AGENT_RESTARTED;
    report.message = "The task did not reach its executor";
    deps_.ledger->Report(*subject.framework, subject.executor, id, std::move(report));
  }
}

void CustomExecutors::Update(Subject caller, v1::TaskStatus status) {
  const ContainerId container = caller.executor->container();
  if (status.state() == v1::TASK_STAGING) {
    deps_.log.Error("executor ", Quoted(caller.executor->id().value()),
                    " sent TASK_STAGING, which is not for executors to say; shutting it down");
    return Shutdown(*caller.framework, *caller.executor);
  }
  const TaskId task(status.task_id().value());
  const std::string uuid = status.uuid();
  const bool ended = IsTerminal(status.state());
  const absl::Status taken = deps_.ledger->Update(
      *caller.framework, *caller.executor, std::move(status),
      lifetime_.Guard([this, container, task, uuid] { Acknowledge(container, task, uuid); }));
  if (!taken.ok()) deps_.log.Warning("ignoring an executor's update: ", taken.message());
  // Without the tasks that have ended it needs less.
  if (ended) SettleSoon(container);
}

void CustomExecutors::SettleSoon(const ContainerId& container) {
  Life* life = FindLife(container);
  if (life == nullptr || std::exchange(life->settling, true)) return;
  deps_.loop->Post(lifetime_.Guard([this, container] {
    Life* life = FindLife(container);
    if (life == nullptr) return;
    life->settling = false;
    Settle(container);
  }));
}

void CustomExecutors::Acknowledge(const ContainerId& container, const TaskId& task,
                                  const std::string& uuid) {
  Life* life = FindLife(container);
  if (life == nullptr) return;
  Event event;
  event.set_type(Event::ACKNOWLEDGED);
  event.mutable_acknowledged()->mutable_task_id()->set_value(task.value());
  event.mutable_acknowledged()->set_uuid(uuid);
  Deliver(*life, std::move(event));
}

void CustomExecutors::SendKill(Life& life, const TaskId& task,
                               const std::optional<v1::KillPolicy>& policy) {
  Event event;
  event.set_type(Event::KILL);
  event.mutable_kill()->mutable_task_id()->set_value(task.value());
  if (policy) *event.mutable_kill()->mutable_kill_policy() = *policy;
  if (!Deliver(life, std::move(event))) life.kills[task] = policy;
}

bool CustomExecutors::Deliver(const Life& life, Event event) {
  auto session = sessions_.find(life.session);
  if (session == sessions_.end()) return false;
  session->second.sink->Deliver(std::move(event));
  return true;
}

void CustomExecutors::EndSession(uint64_t session, absl::string_view why) {
  auto found = sessions_.find(session);
  if (found == sessions_.end()) return;
  const std::shared_ptr<Sink<Event>> sink = std::move(found->second.sink);
  sessions_.erase(found);
  sink->Closed(absl::FailedPreconditionError(why));
}

void CustomExecutors::Heartbeat(const ContainerId& container) {
  Life* life = FindLife(container);
  if (life == nullptr) return;
  deps_.loop->Cancel(life->heartbeat_timer);
  life->heartbeat_timer =
      deps_.loop->PostAt(deps_.loop->Now() + kHeartbeatInterval, lifetime_.Guard([this, container] {
        Life* life = FindLife(container);
        if (life == nullptr) return;
        life->heartbeat_timer = 0;
        Event event;
        event.set_type(Event::HEARTBEAT);
        Deliver(*life, std::move(event));
        Heartbeat(container);
      }));
}

}  // namespace mesos::agent
