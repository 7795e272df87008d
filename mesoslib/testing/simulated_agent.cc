#include "mesoslib/testing/simulated_agent.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "mesos/resources.h"
#include "mesoslib/base/uuid.h"

namespace mesos {

// Takes what the master says over to the agent's loop; deaf once the agent has closed it.
class SimulatedAgent::Inbox final : public Sink<internal::MasterMessage>,
                                    public std::enable_shared_from_this<Inbox> {
 public:
  Inbox(SimulatedAgent* agent, EventLoop* loop) : agent_(agent), loop_(loop) {}

  void Deliver(internal::MasterMessage message) override {
    loop_->Post([self = shared_from_this(), message = std::move(message)]() mutable {
      if (self->agent_ != nullptr) self->agent_->Hear(std::move(message));
    });
  }
  void Closed(absl::Status) override {
    loop_->Post([self = shared_from_this()] {
      if (self->agent_ != nullptr) self->agent_->registered_ = false;
    });
  }
  void Close() { agent_ = nullptr; }

 private:
  SimulatedAgent* agent_;  // Null once closed; used on the loop.
  EventLoop* const loop_;
};

SimulatedAgent::SimulatedAgent(Options options, EventLoop* loop, Random* random,
                               AgentEndpoint* master)
    : options_(std::move(options)), loop_(loop), random_(random), master_(master) {
  info_.set_hostname(options_.hostname);
  info_.set_port(5051);
  set_resources(options_.resources);
}

SimulatedAgent::~SimulatedAgent() { Disconnect(); }

void SimulatedAgent::Connect() {
  Disconnect();
  inbox_ = std::make_shared<Inbox>(this, loop_);
  session_ = master_->Open(
      inbox_, {"", absl::StrCat(options_.ip.empty() ? options_.hostname : options_.ip, ":0")});
  internal::AgentMessage message;
  auto describe = [&](auto* registration) {
    *registration->mutable_agent() = info_;
    oversubscribed_.ToProto(registration->mutable_oversubscribed());
    registration->set_version("1.12.0");
    for (auto type :
         {v1::AgentInfo::Capability::MULTI_ROLE, v1::AgentInfo::Capability::HIERARCHICAL_ROLE,
          v1::AgentInfo::Capability::RESERVATION_REFINEMENT,
          v1::AgentInfo::Capability::RESIZE_VOLUME,
          v1::AgentInfo::Capability::AGENT_OPERATION_FEEDBACK}) {
      registration->add_capabilities()->set_type(type);
    }
    if (options_.can_limit) {
      registration->add_capabilities()->set_type(v1::AgentInfo::Capability::TASK_RESOURCE_LIMITS);
    }
    if (options_.can_drain) {
      registration->add_capabilities()->set_type(v1::AgentInfo::Capability::AGENT_DRAINING);
    }
  };
  if (info_.has_id()) {
    auto* reregister = message.mutable_reregister();
    describe(reregister);
    total_.ToProto(reregister->mutable_total());
    for (const auto& [uuid, operation] : operations_) *reregister->add_operations() = operation;
    for (const auto& [id, framework] : frameworks_) *reregister->add_frameworks() = framework;
    for (const auto& [key, task] : tasks_) {
      v1::Task* proto = reregister->add_tasks();
      proto->set_name(task.info.name());
      *proto->mutable_task_id() = task.info.task_id();
      proto->mutable_framework_id()->set_value(task.framework);
      *proto->mutable_agent_id() = info_.id();
      *proto->mutable_resources() = task.info.resources();
      *proto->mutable_limits() = task.info.limits();
      proto->set_state(task.state);
    }
  } else {
    describe(message.mutable_register_());
  }
  session_->Send(std::move(message));
}

void SimulatedAgent::ConnectTo(AgentEndpoint* master) {
  Disconnect();
  master_ = master;
  Connect();
}

void SimulatedAgent::Disconnect() {
  if (inbox_ != nullptr) inbox_->Close();
  inbox_ = nullptr;
  session_ = nullptr;
  registered_ = false;
}

void SimulatedAgent::Send(internal::AgentMessage message) {
  if (session_ != nullptr && !mute_) session_->Send(std::move(message));
}

void SimulatedAgent::set_resources(const std::string& resources) {
  info_.clear_resources();
  total_ = Resources::Parse(resources).value_or(Resources());
  total_.ToProto(info_.mutable_resources());
}

void SimulatedAgent::set_oversubscribed(const Resources& resources) {
  oversubscribed_ = resources;
  if (!registered_) return;
  internal::AgentMessage message;
  resources.ToProto(message.mutable_update_oversubscribed()->mutable_total());
  Send(std::move(message));
}

void SimulatedAgent::Hear(internal::MasterMessage message) {
  if (deaf_) return;
  if (message.has_run_tasks()) {
    Run(std::move(*message.mutable_run_tasks()));
    return;
  }
  if (message.has_acknowledge_update()) {
    Acknowledged(message.acknowledge_update());
    return;
  }
  if (message.has_apply_operation()) {
    Apply(*message.mutable_apply_operation());
  } else if (message.has_acknowledge_operation()) {
    operations_.erase(message.acknowledge_operation().operation_uuid());
  }
  if (message.has_ping()) {
    if (!options_.answer_pings) return;
    internal::AgentMessage pong;
    pong.mutable_pong();
    Send(std::move(pong));
    return;
  }
  if (message.has_registered()) {
    *info_.mutable_id() = message.registered().agent_id();
    term_ = message.registered().term();
    registered_ = true;
  } else if (message.has_reregistered()) {
    term_ = message.reregistered().term();
    registered_ = true;
    for (const auto& reference : message.reregistered().unreported_operations()) {
      Keep(reference, {}, absl::NotFoundError("The agent has no such operation"));
    }
    if (options_.report_operations) ReportOperations();
    drain_.reset();
    if (message.reregistered().has_drain()) drain_ = message.reregistered().drain();
    Drain();
  } else if (message.has_drain()) {
    drain_.reset();
    if (message.drain().has_config()) drain_ = message.drain().config();
    Drain();
  } else if (message.has_kill_task()) {
    Kill(message.kill_task());
  } else if (message.has_shutdown()) {
    shut_down_ = true;
  } else if (message.has_shutdown_framework()) {
    const std::string& id = message.shutdown_framework().framework_id().value();
    absl::erase_if(tasks_, [&](const auto& entry) { return entry.second.framework == id; });
    frameworks_.erase(id);
  }
  heard_.push_back(std::move(message));
}

void SimulatedAgent::Run(internal::MasterMessage::RunTasks run) {
  const std::string framework = run.framework().id().value();
  frameworks_[framework] = std::move(*run.mutable_framework());
  for (v1::TaskInfo& info : *run.mutable_tasks()) {
    RunningTask task;
    task.framework = framework;
    task.executor =
        info.has_executor() ? info.executor().executor_id().value() : info.task_id().value();
    task.info = std::move(info);
    task.state = v1::TASK_RUNNING;
    Report(task, options_.finish_at_once ? v1::TASK_FINISHED : v1::TASK_RUNNING);
    tasks_[absl::StrCat(framework, "/", task.info.task_id().value())] = std::move(task);
  }
}

void SimulatedAgent::Report(const RunningTask& task, v1::TaskState latest) {
  internal::AgentMessage message;
  auto* update = message.mutable_status_update();
  update->mutable_framework_id()->set_value(task.framework);
  update->set_latest_state(latest);
  v1::TaskStatus* status = update->mutable_status();
  *status->mutable_task_id() = task.info.task_id();
  *status->mutable_agent_id() = info_.id();
  status->mutable_executor_id()->set_value(task.executor);
  status->set_state(task.state);
  status->set_source(v1::TaskStatus::SOURCE_EXECUTOR);
  status->set_timestamp(absl::ToDoubleSeconds(loop_->WallTime() - absl::UnixEpoch()));
  status->set_uuid(NewUuidBytes(random_));
  Send(std::move(message));
}

void SimulatedAgent::Apply(internal::MasterMessage::ApplyOperation message) {
  absl::StatusOr<Resources> after = total_.Apply(message.operation());
  if (after.ok()) total_ = *after;
  Keep(message.reference(), std::move(*message.mutable_operation()), after.status());
  if (options_.report_operations) ReportOperations();
}

void SimulatedAgent::Keep(const internal::OperationReference& reference, v1::Offer::Operation info,
                          const absl::Status& status) {
  v1::Operation& operation = operations_[reference.uuid()];
  operation.mutable_uuid()->set_value(reference.uuid());
  *operation.mutable_info() = std::move(info);
  if (reference.has_framework_id()) *operation.mutable_framework_id() = reference.framework_id();
  v1::OperationStatus* latest = operation.mutable_latest_status();
  if (reference.has_operation_id()) *latest->mutable_operation_id() = reference.operation_id();
  latest->set_state(status.ok() ? v1::OPERATION_FINISHED : v1::OPERATION_DROPPED);
  latest->set_message(std::string(status.message()));
  latest->mutable_uuid()->set_value(NewUuidBytes(random_));
  *latest->mutable_agent_id() = info_.id();
}

void SimulatedAgent::ReportOperations() {
  for (const auto& [uuid, operation] : operations_) {
    internal::AgentMessage message;
    auto* update = message.mutable_operation_update();
    update->mutable_operation()->set_uuid(uuid);
    *update->mutable_status() = operation.latest_status();
    Send(std::move(message));
  }
}

void SimulatedAgent::Finish(const std::string& framework, const std::string& task,
                            v1::TaskState state) {
  auto found = tasks_.find(absl::StrCat(framework, "/", task));
  if (found == tasks_.end()) return;
  found->second.state = state;
  Report(found->second, state);
}

void SimulatedAgent::Kill(const internal::MasterMessage::KillTask& kill) {
  Finish(kill.framework_id().value(), kill.task_id().value(), v1::TASK_KILLED);
}

void SimulatedAgent::Drain() {
  if (!drain_.has_value() || !options_.end_tasks_on_drain) return;
  for (auto& [key, task] : tasks_) {
    if (task.state != v1::TASK_RUNNING) continue;
    task.state = v1::TASK_KILLED;
    Report(task, task.state);
  }
}

void SimulatedAgent::Acknowledged(const internal::MasterMessage::AcknowledgeUpdate& update) {
  ++acknowledged_;
  auto found =
      tasks_.find(absl::StrCat(update.framework_id().value(), "/", update.task_id().value()));
  if (found == tasks_.end()) return;
  RunningTask& task = found->second;
  if (task.state != v1::TASK_RUNNING) {
    tasks_.erase(found);
  } else if (options_.finish_at_once) {
    task.state = v1::TASK_FINISHED;
    Report(task, v1::TASK_FINISHED);
  }
}

}  // namespace mesos
