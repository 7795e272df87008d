#include "mesoslib/agent/core.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "mesos/version.h"
#include "mesoslib/agent/container_survey.h"
#include "mesoslib/agent/operator_calls.h"
#include "mesoslib/base/ids_validation.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::agent {

using google::protobuf::util::MessageDifferencer;

namespace {

v1::AgentInfo MakeInfo(const AgentOptions& options) {
  v1::AgentInfo info;
  info.set_hostname(options.hostname);
  info.set_port(options.port);
  options.resources.ToProto(info.mutable_resources());
  options.attributes.ToProto(info.mutable_attributes());
  if (options.domain) *info.mutable_domain() = *options.domain;
  return info;
}

template <typename Message>
void AddCapabilities(Message* message) {
  using Capability = v1::AgentInfo::Capability;
  for (Capability::Type type : {Capability::MULTI_ROLE, Capability::HIERARCHICAL_ROLE,
                                Capability::RESERVATION_REFINEMENT, Capability::RESIZE_VOLUME,
                                Capability::AGENT_OPERATION_FEEDBACK, Capability::AGENT_DRAINING}) {
    message->add_capabilities()->set_type(type);
  }
}

}  // namespace

AgentCore::AgentCore(AgentOptions options, AgentDependencies dependencies)
    : options_(std::move(options)),
      deps_(std::move(dependencies)),
      log_(deps_.log),
      info_(MakeInfo(options_)),
      created_(deps_.loop->Now()),
      checkpointer_(deps_.loop, deps_.checkpoints,
                    [this](absl::Status status) {
                      Fail(Annotate(status, "the agent's checkpoints can't be written"));
                    }),
      ledger_({options_.max_completed_frameworks, options_.max_completed_executors_per_framework},
              {deps_.loop, deps_.random, &checkpointer_, log_,
               [this](const FrameworkId& framework, const v1::TaskStatus& status,
                      v1::TaskState latest) { ForwardUpdate(framework, status, latest); }}),
      operations_(options_.work_dir, options_.resources,
                  {deps_.loop, deps_.random, &checkpointer_, deps_.containerizer, &info_, log_,
                   [this](AgentMessage::OperationUpdate update) {
                     AgentMessage message;
                     *message.mutable_operation_update() = std::move(update);
                     registration_.Send(std::move(message));
                   },
                   [this] { registration_.Restart(); }}),
      commands_(options_, deps_.loop, deps_.random, deps_.containerizer, &ledger_, &operations_,
                log_),
      executors_(
          options_,
          {deps_.loop, deps_.random, deps_.containerizer, &ledger_, &operations_, &info_, log_,
           [this](const FrameworkId& framework, const ExecutorId& executor, int status) {
             AgentMessage message;
             auto* exited = message.mutable_exited_executor();
             exited->mutable_framework_id()->set_value(framework.value());
             exited->mutable_executor_id()->set_value(executor.value());
             exited->set_wait_status(status);
             registration_.Send(std::move(message));
           },
           [this](const FrameworkId& framework, const ExecutorId& executor, std::string data) {
             AgentMessage message;
             auto* passed = message.mutable_executor_message();
             passed->mutable_framework_id()->set_value(framework.value());
             passed->mutable_executor_id()->set_value(executor.value());
             passed->set_data(std::move(data));
             registration_.Send(std::move(message));
           }}),
      draining_({deps_.loop, &checkpointer_, &ledger_, &commands_, &executors_, log_,
                 [this] { WriteAgent(); }}),
      oversubscription_(options_,
                        {deps_.loop, deps_.resource_estimator, deps_.qos_controller,
                         deps_.containerizer, &ledger_, &operations_, &commands_, &executors_, log_,
                         [this](const Resources& total) {
                           if (!acting_) return;  // It is told once it is registered.
                           AgentMessage message;
                           total.ToProto(message.mutable_update_oversubscribed()->mutable_total());
                           registration_.Send(std::move(message));
                         }}),
      registration_(deps_.loop, deps_.random, deps_.master, options_.registration_backoff_factor,
                    log_, this, meters_.master) {}

AgentCore::~AgentCore() { deps_.loop->Cancel(cleanup_timer_); }

void AgentCore::Fail(const absl::Status& status) {
  if (state_ == State::kStopped) return;
  if (state_ == State::kRecovering || state_ == State::kReconnecting) {
    return RecoveryFailed(status);
  }
  log_.Error("the agent stops acting: ", status.ToString());
  state_ = State::kStopped;
  end_ = status;
  StopActing();
  if (shutdown_ != nullptr) std::exchange(shutdown_, nullptr)(status);
  if (deps_.ended != nullptr) deps_.ended(status);
}

void AgentCore::StopActing() {
  registration_.Stop();
  ledger_.updates().Pause();
  operations_.Stop();
  ledger_.WhenEmpty(nullptr);
  commands_.Stop();
  executors_.Stop();
  draining_.Stop();
  oversubscription_.Stop();
  deps_.loop->Cancel(cleanup_timer_);
}

absl::Status AgentCore::Stopped() const {
  return absl::FailedPreconditionError(
      end_.ok() ? "the agent has stopped"
                : absl::StrCat("the agent has stopped: ", end_.ToString()));
}

void AgentCore::Shutdown(Agent::Done done) {
  switch (state_) {
    case State::kNew:
      state_ = State::kStopped;
      return done(absl::OkStatus());
    case State::kStopped:
      return done(Stopped());
    case State::kRecovering:
    case State::kReconnecting:
      shutdown_ = std::move(done);
      return;
    case State::kStopping:
      return done(absl::FailedPreconditionError("the agent is shutting down already"));
    case State::kRunning:
      break;
  }
  AgentMessage farewell;
  farewell.mutable_unregister();
  registration_.Stop(std::move(farewell));
  Leave(std::move(done));
}

void AgentCore::Leave(Agent::Done done) {
  state_ = State::kStopping;
  registration_.Stop();
  oversubscription_.Stop();
  cleaning_up_ = false;
  deps_.loop->Cancel(cleanup_timer_);
  shutdown_ = std::move(done);
  ledger_.ShutdownAll([this] {
    // The master may know this id no more: whoever starts here next asks for another one.
    checkpointer_.Clear();
    checkpointer_.WhenDurable([this] {
      state_ = State::kStopped;
      std::exchange(shutdown_, nullptr)(absl::OkStatus());
    });
  });
  EndAllContainers();
}

void AgentCore::EndAllContainers() {
  std::vector<FrameworkId> frameworks;
  for (const auto& [id, framework] : ledger_.frameworks().all()) frameworks.push_back(id);
  for (const FrameworkId& id : frameworks) EndContainers(id, /*at_once=*/true);
}

void AgentCore::EndContainers(const FrameworkId& id, bool at_once) {
  Framework* framework = ledger_.frameworks().Find(id);
  if (framework == nullptr) return;
  for (const ExecutorId& executor_id : framework->ExecutorIds()) {
    // With its last executor the framework goes.
    if (ledger_.frameworks().Find(id) == nullptr) return;
    Executor* executor = framework->FindExecutor(executor_id);
    if (executor == nullptr) continue;
    if (executor->command_task()) {
      at_once ? commands_.Destroy(*framework, *executor)
              : commands_.Kill(*framework, *executor, nullptr);
    } else {
      at_once ? executors_.Destroy(*framework, *executor)
              : executors_.Shutdown(*framework, *executor);
    }
  }
}

// -- Registration --

internal::AgentMessage AgentCore::Introduce() {
  AgentMessage message;
  introduced_ = operations_.generation();
  if (!info_.has_id()) {
    AgentMessage::Register& introduction = *message.mutable_register_();
    *introduction.mutable_agent() = info_;
    introduction.set_version(MESOS_VERSION);
    introduction.set_resource_version_uuid(resource_version_);
    AddCapabilities(&introduction);
    operations_.total().ToProto(introduction.mutable_total());
    oversubscription_.total().ToProto(introduction.mutable_oversubscribed());
    return message;
  }
  AgentMessage::Reregister& introduction = *message.mutable_reregister();
  *introduction.mutable_agent() = info_;
  introduction.set_version(MESOS_VERSION);
  introduction.set_resource_version_uuid(resource_version_);
  AddCapabilities(&introduction);
  operations_.total().ToProto(introduction.mutable_total());
  oversubscription_.total().ToProto(introduction.mutable_oversubscribed());
  for (const v1::Operation* operation : operations_.All()) {
    *introduction.add_operations() = *operation;
  }
  for (const auto& [id, framework] : ledger_.frameworks().all()) {
    *introduction.add_frameworks() = framework->info();
    for (const auto& [unused, executor] : framework->executors()) {
      if (!executor->command_task() && executor->state() != Executor::State::kTerminated) {
        v1::ExecutorInfo& info = *introduction.add_executors() = executor->info();
        *info.mutable_framework_id() = framework->info().id();
      }
      for (const auto& [task_id, task] : executor->tasks()) {
        v1::Task& told = *introduction.add_tasks() =
            task->ToProto(id, executor->id(), ledger_.agent_id());
        if (auto forwarded = ledger_.updates().ForwardedState(id, task_id)) {
          told.set_status_update_state(*forwarded);
        }
      }
    }
  }
  return message;
}

absl::Status AgentCore::CheckTerm(const MasterMessage::Term& term) const {
  if (!term.has_number() || !term_ || term.registry_id() != term_->registry_id() ||
      term.number() >= term_->number()) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat("term.number: ", term.number(),
                                                    ", but a master of term ", term_->number(),
                                                    " has led since: this one leads no more"));
}

// Where an introduction has crossed an operation on its way, the master's books are without it.
absl::Status AgentCore::CheckIntroduction() const {
  if (introduced_ == operations_.generation()) return absl::OkStatus();
  return absl::AbortedError("operations have come in since the agent has told what it has");
}

absl::Status AgentCore::Registered(const MasterMessage::Registered& message) {
  RETURN_IF_ERROR(CheckTerm(message.term()));
  RETURN_IF_ERROR(CheckIntroduction());
  RETURN_IF_ERROR(ValidateId("agent_id", message.agent_id().value()));
  if (info_.has_id() && info_.id().value() != message.agent_id().value()) {
    return absl::InvalidArgumentError(absl::StrCat("agent_id: ", Quoted(message.agent_id().value()),
                                                   ", but this agent is ",
                                                   Quoted(info_.id().value())));
  }
  *info_.mutable_id() = message.agent_id();
  ledger_.set_agent_id(AgentId(info_.id().value()));
  if (message.term().has_number()) term_ = message.term();
  WriteAgent();
  Resume(MasterMessage::Reregistered());
  return absl::OkStatus();
}

absl::Status AgentCore::Reregistered(const MasterMessage::Reregistered& message) {
  RETURN_IF_ERROR(CheckTerm(message.term()));
  RETURN_IF_ERROR(CheckIntroduction());
  if (!info_.has_id() || info_.id().value() != message.agent_id().value()) {
    return absl::InvalidArgumentError(absl::StrCat("agent_id: ", Quoted(message.agent_id().value()),
                                                   ", but this agent is ",
                                                   Quoted(info_.id().value())));
  }
  if (message.term().has_number() &&
      (!term_ || !MessageDifferencer::Equals(*term_, message.term()))) {
    term_ = message.term();
    WriteAgent();
  }
  draining_.Set(message.has_drain() ? std::optional(message.drain()) : std::nullopt);
  Resume(message);
  return absl::OkStatus();
}

void AgentCore::WriteAgent() {
  internal::AgentCheckpoint checkpoint;
  *checkpoint.mutable_agent() = info_;
  if (!options_.boot_id.empty()) checkpoint.set_boot_id(options_.boot_id);
  if (term_) *checkpoint.mutable_term() = *term_;
  draining_.Write(&checkpoint);
  checkpointer_.PutAgent(checkpoint);
}

void AgentCore::Resume(const MasterMessage::Reregistered& message) {
  // Not before a restarted agent would have the id under which it reports, and would know whom it
  // has obeyed.
  checkpointer_.WhenDurable([this, registration = registrations_, message] {
    if (registration != registrations_ || !registration_.registered()) return;
    log_.Info("registered as agent ", Quoted(info_.id().value()));
    acting_ = true;
    for (const MasterMessage::TaskReference& task : message.unreported_tasks()) Answer(task);
    for (const auto& operation : message.unreported_operations()) operations_.Answer(operation);
    ledger_.updates().Resume();
    operations_.Resume();
    oversubscription_.Registered();
    for (MasterMessage& early : std::exchange(early_, {})) Receive(std::move(early));
    FinishCleanup();
  });
}

void AgentCore::Disconnected() {
  ++registrations_;
  acting_ = false;
  early_.clear();
  ledger_.updates().Pause();
  operations_.Pause();
}

void AgentCore::ForwardUpdate(const FrameworkId& framework, const v1::TaskStatus& status,
                              v1::TaskState latest) {
  AgentMessage message;
  AgentMessage::StatusUpdate& update = *message.mutable_status_update();
  update.mutable_framework_id()->set_value(framework.value());
  *update.mutable_status() = status;
  update.set_latest_state(latest);
  registration_.Send(std::move(message));
}

// -- Executors and operators --

void AgentCore::OpenExecutor(uint64_t session, std::shared_ptr<ExecutorSink> sink) {
  executors_.Open(session, std::move(sink));
}

void AgentCore::ReceiveFromExecutor(uint64_t session, v1::executor::Call call, ExecutorDone done) {
  if (state_ == State::kReconnecting || state_ == State::kRunning) {
    return executors_.Receive(session, std::move(call), std::move(done));
  }
  if (done == nullptr) return;
  const bool stopped = state_ == State::kStopping || state_ == State::kStopped;
  done(absl::UnavailableError(stopped ? "the agent has stopped" : "the agent is recovering"));
}

void AgentCore::CloseExecutor(uint64_t session) { executors_.Close(session); }

void AgentCore::CallOperator(const v1::agent::Call& call, Agent::Called done) {
  // One that has stopped by itself still tells what it knows.
  if (state_ == State::kStopped && end_.ok()) return done(Stopped());
  absl::StatusOr<v1::agent::Response> response =
      AnswerOperator(call, {.info = info_,
                            .ledger = ledger_,
                            .operations = operations_,
                            .total = operations_.total(),
                            .draining = draining_,
                            .meters = meters_,
                            .oversubscription = oversubscription_,
                            .uptime = deps_.loop->Now() - created_,
                            .registered = registration_.registered(),
                            .recovery_errors = recovery_errors_,
                            .recovery_time = recovery_time_,
                            .healthy = state_ != State::kStopped,
                            .recovered = state_ != State::kNew && state_ != State::kRecovering});
  if (response.ok() && response->type() == v1::agent::Response::GET_CONTAINERS) {
    return SurveyContainers(deps_.loop, deps_.containerizer, *std::move(response), std::move(done));
  }
  done(std::move(response));
}

}  // namespace mesos::agent
