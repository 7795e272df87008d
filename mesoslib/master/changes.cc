#include "mesoslib/master/changes.h"

#include <utility>

#include "mesoslib/master/pictures.h"
#include "mesoslib/master/state_protos.h"
#include "mesoslib/master/task_states.h"

namespace mesos::master {

using Event = v1::master::Event;

void Changes::OpenSession(SessionId id, std::shared_ptr<ChangeSink> sink) {
  sessions_.insert_or_assign(id, Session{std::move(sink)});
}

absl::Status Changes::Receive(SessionId id, const v1::master::Call& call) {
  auto found = sessions_.find(id);
  if (found == sessions_.end()) return absl::UnavailableError("the session has ended");
  if (call.type() != v1::master::Call::SUBSCRIBE) {
    return absl::InvalidArgumentError("a session that hears of changes takes SUBSCRIBE only");
  }
  found->second.subscribed = true;
  if (!std::exchange(beating_, true)) {
    loop_->PostAt(loop_->Now() + heartbeat_interval_, lifetime_.Guard([this] { Heartbeat(); }));
  }
  return absl::OkStatus();
}

void Changes::CloseAllSessions(const absl::Status& reason) {
  auto closed = std::exchange(sessions_, {});
  for (auto& [id, session] : closed) session.sink->Closed(reason);
}

void Changes::Heartbeat() {
  beating_ = AnybodyListens();
  if (!beating_) return;
  Event event;
  event.set_type(Event::HEARTBEAT);
  Tell(std::move(event));
  loop_->PostAt(loop_->Now() + heartbeat_interval_, lifetime_.Guard([this] { Heartbeat(); }));
}

void Changes::Tell(Event event) {
  const MasterChange change{++version_, std::make_shared<const Event>(std::move(event))};
  for (auto& [id, session] : sessions_) {
    if (session.subscribed) session.sink->Deliver(change);
  }
}

void Changes::TaskAdded(Task* task) {
  if (std::exchange(task->told, true) || !AnybodyListens()) return;
  Event event;
  event.set_type(Event::TASK_ADDED);
  ToProto(Picture(*task), task->framework->id, event.mutable_task_added()->mutable_task());
  Tell(std::move(event));
}

void Changes::TaskUpdated(const Task& task) {
  if (!AnybodyListens()) return;
  Event event;
  event.set_type(Event::TASK_UPDATED);
  Event::TaskUpdated* updated = event.mutable_task_updated();
  updated->mutable_framework_id()->set_value(task.framework->id.value());
  updated->set_state(task.latest_state);
  v1::TaskStatus* status = updated->mutable_status();
  if (task.status != nullptr && task.status->state() == task.state) {
    *status = *task.status;
  } else {
    // What was never said to the framework, such as that its end has ended the task.
    status->mutable_task_id()->set_value(task.id().value());
    status->mutable_agent_id()->set_value(task.agent_id().value());
    status->set_state(task.state);
    status->set_source(v1::TaskStatus::SOURCE_MASTER);
    status->set_timestamp(absl::ToDoubleSeconds(loop_->WallTime() - absl::UnixEpoch()));
  }
  Tell(std::move(event));
}

void Changes::AgentAdded(const Agent& agent) {
  if (!AnybodyListens()) return;
  Event event;
  event.set_type(Event::AGENT_ADDED);
  ToProto(Picture(agent), event.mutable_agent_added()->mutable_agent());
  Tell(std::move(event));
}

void Changes::AgentRemoved(const AgentId& id) {
  if (!AnybodyListens()) return;
  Event event;
  event.set_type(Event::AGENT_REMOVED);
  event.mutable_agent_removed()->mutable_agent_id()->set_value(id.value());
  Tell(std::move(event));
}

void Changes::FrameworkAdded(const Framework& framework) {
  if (!AnybodyListens()) return;
  Event event;
  event.set_type(Event::FRAMEWORK_ADDED);
  DescribeToProto(Picture(framework), event.mutable_framework_added()->mutable_framework());
  Tell(std::move(event));
}

void Changes::FrameworkUpdated(const Framework& framework) {
  if (!AnybodyListens()) return;
  Event event;
  event.set_type(Event::FRAMEWORK_UPDATED);
  DescribeToProto(Picture(framework), event.mutable_framework_updated()->mutable_framework());
  Tell(std::move(event));
}

void Changes::FrameworkRemoved(const Framework& framework) {
  if (!AnybodyListens()) return;
  Event event;
  event.set_type(Event::FRAMEWORK_REMOVED);
  *event.mutable_framework_removed()->mutable_framework_info() = framework.info;
  Tell(std::move(event));
}

}  // namespace mesos::master
