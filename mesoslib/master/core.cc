#include "mesoslib/master/core.h"

#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/base/ids_validation.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/uuid.h"
#include "mesoslib/master/call_validation.h"
#include "mesoslib/master/resource_requests.h"

namespace mesos::master {

Core::Core(const MasterOptions& options, const MasterDependencies& dependencies,
           const v1::MasterInfo& info, absl::Time started, IdCounters* counters,
           const Meters* meters, std::function<void(absl::Status)> lost)
    : loop_(dependencies.loop),
      random_(dependencies.random),
      allocator_(dependencies.allocator),
      recovery_timeout_(options.allocator_recovery_timeout),
      log_(dependencies.log),
      lost_(std::move(lost)),
      info_(info),
      farewell_(absl::UnavailableError("the master is shutting down")),
      changes_(options.heartbeat_interval, loop_),
      ledger_(options.max_offers_per_framework, loop_, dependencies.allocator, &changes_, log_),
      inverse_offers_({info.id(), options.offer_timeout}, loop_, dependencies.allocator, &ledger_,
                      &counters->offers, log_),
      offers_({info.id(), options.allocation_interval, options.offer_timeout}, loop_,
              dependencies.allocator, &ledger_, &inverse_offers_, &counters->offers, log_),
      tasks_(
          {options.max_completed_tasks_per_framework, options.max_unreachable_tasks_per_framework},
          loop_, &ledger_, &offers_, log_),
      frameworks_({info, options.root_submissions, options.roles, options.heartbeat_interval,
                   options.agent_reregister_timeout, options.max_completed_frameworks},
                  loop_, &ledger_, &offers_, &tasks_, &counters->frameworks, log_),
      operations_(loop_, random_, &ledger_, &frameworks_, log_),
      registrar_({options.strict_registry, options.registry_store_timeout, options.weights},
                 dependencies.registry, loop_, log_,
                 [this](absl::Status status) {
                   Lose(Annotate(status, "the registry cannot be written"));
                 }),
      quotas_(dependencies.allocator, &ledger_, &registrar_, &offers_, log_),
      weights_(dependencies.allocator, &ledger_, &registrar_, &offers_, log_),
      drains_(loop_, &ledger_, &registrar_, &offers_, &operations_, log_,
              [this](const AgentId& id) {
                agents_.MarkGone(id, [log = log_, id](const absl::Status& status) {
                  if (status.ok()) return;
                  log.Warning("agent ", id.value(), " is not marked gone yet: ", status.message());
                });
              }),
      maintenance_(&ledger_, &registrar_, &offers_, &inverse_offers_, log_,
                   [this](Agent* agent) { agents_.RemoveForMaintenance(agent); }),
      agents_(info, options, loop_, &ledger_, &registrar_, &offers_, &tasks_, &operations_,
              &frameworks_, &drains_, &maintenance_, &counters->agents, log_,
              [this](absl::Status status) { Lose(status); }),
      acceptor_(&ledger_, &offers_, &tasks_, &operations_),
      reconciler_(loop_, &ledger_, &tasks_, &operations_, &agents_),
      snapshots_({info, options.cluster, started, loop_->WallTime(), options.heartbeat_interval},
                 loop_, &ledger_, &frameworks_, &agents_, &quotas_, &weights_, &inverse_offers_,
                 &changes_),
      operator_api_(&snapshots_, loop_, &ledger_, &offers_, &operations_, &frameworks_, &agents_,
                    allocator_, &quotas_, &weights_, &drains_, &maintenance_, &registrar_, meters) {
}

Core::~Core() {
  frameworks_.CloseAllSessions(farewell_);
  agents_.CloseAllSessions(farewell_);
  changes_.CloseAllSessions(farewell_);
  ledger_.EmptyAllocator();
  quotas_.EmptyAllocator();
  weights_.EmptyAllocator();
}

// The operator's policy is in force before anybody is there to be offered anything.
absl::Status Core::TakeUp(Registrar::Contents contents) {
  RETURN_IF_ERROR(weights_.Recover(std::move(contents.weights)));
  OfferManager::HoldOff hold_off;
  if (!contents.quotas.empty()) {
    hold_off = {contents.admitted.size() * 4 / 5, loop_->Now() + recovery_timeout_};
  }
  RETURN_IF_ERROR(quotas_.Recover(std::move(contents.quotas)));
  if (hold_off.agents > 0) {
    log_.Info("no offers are made before ", hold_off.agents, " agents are there, or for ",
              absl::FormatDuration(recovery_timeout_), ", for there are quotas");
  }
  drains_.Recover(std::move(contents.deactivated));
  maintenance_.Recover(std::move(contents.maintenance));
  agents_.Recover(std::move(contents));
  serving_ = true;
  offers_.Start(hold_off);
  return absl::OkStatus();
}

void Core::Recover(absl::AnyInvocable<void(absl::Status)> done) {
  registrar_.Recover(
      info_, NewUuidText(random_),
      lifetime_.Guard(
          [this, done = std::move(done)](absl::StatusOr<Registrar::Contents> contents) mutable {
            absl::Status status = contents.status();
            if (status.ok()) status = TakeUp(*std::move(contents));
            if (status.ok()) log_.Info("master ", info_.id(), " leads at ", info_.pid());
            loop_->Post(lifetime_.Guard(
                [done = std::move(done), status = std::move(status)]() mutable { done(status); }));
          }));
}

void Core::Lose(const absl::Status& why) {
  if (!std::exchange(serving_, false)) return;
  log_.Error("this master leads no more: ", why.ToString());
  offers_.Stop();
  // Not from within the callback of a manager that is in the middle of something.
  loop_->Post(lifetime_.Guard([lost = lost_, why] { lost(why); }));
}

void Core::OpenScheduler(SessionId id, std::shared_ptr<SchedulerSink> sink, Peer peer) {
  frameworks_.OpenSession(id, std::move(sink), std::move(peer));
}

void Core::CloseScheduler(SessionId id) { frameworks_.CloseSession(id); }

void Core::OpenAgent(SessionId id, std::shared_ptr<AgentSink> sink, Peer peer) {
  agents_.OpenSession(id, std::move(sink), std::move(peer));
}

void Core::Receive(SessionId session, internal::AgentMessage message) {
  agents_.Receive(session, std::move(message));
  offers_.CatchUp();
}

void Core::CloseAgent(SessionId id) { agents_.CloseSession(id); }

void Core::OpenChanges(SessionId id, std::shared_ptr<Changes::ChangeSink> sink) {
  changes_.OpenSession(id, std::move(sink));
}

absl::Status Core::Receive(SessionId session, const v1::master::Call& call) {
  return changes_.Receive(session, call);
}

void Core::CloseChanges(SessionId id) { changes_.CloseSession(id); }

void Core::CallOperator(const v1::master::Call& call, const Peer& peer, Master::Called done) {
  operator_api_.Call(call, peer, std::move(done));
}

absl::StatusOr<AllocationExplanation> Core::ExplainOffers(const FrameworkId& framework) const {
  RETURN_IF_ERROR(ValidateId("framework_id", framework.value()));
  ASSIGN_OR_RETURN(AllocationExplanation told, allocator_->Explain(framework, loop_->Now()));
  // The allocator knows the loop's time, people know the time of day.
  for (AllocationExplanation::Role& role : told.roles) {
    for (AllocationExplanation::Agents& agents : role.agents) {
      agents.until = loop_->WallTime() + (agents.until - loop_->Now());
    }
  }
  return told;
}

absl::Status Core::Receive(SessionId session, SchedulerCall call) {
  ledger_.counters().Received(call);
  RETURN_IF_ERROR(ValidateCall(call));
  if (call.type() == SchedulerCall::SUBSCRIBE) {
    return frameworks_.Subscribe(session, call.subscribe());
  }
  const absl::StatusOr<Framework*> framework =
      frameworks_.Find(session, FrameworkId(call.framework_id().value()));
  if (!framework.ok()) {
    ++ledger_.counters().dropped;
    return framework.status();
  }
  CountCall(**framework, call.type());
  // It may end the framework.
  const std::shared_ptr<PrincipalCounts> counts = (*framework)->principal_counts;
  const absl::Status status = Act(*framework, std::move(call));
  if (counts != nullptr) ++counts->processed;
  return status;
}

absl::Status Core::Act(Framework* framework, SchedulerCall call) {
  switch (call.type()) {
    case SchedulerCall::TEARDOWN:
      frameworks_.Remove(framework);
      return absl::OkStatus();
    case SchedulerCall::ACCEPT:
      acceptor_.Accept(framework, std::move(*call.mutable_accept()));
      return absl::OkStatus();
    case SchedulerCall::DECLINE:
      offers_.Decline(framework, call.decline());
      return absl::OkStatus();
    case SchedulerCall::ACCEPT_INVERSE_OFFERS:
      inverse_offers_.Accept(framework, call.accept_inverse_offers());
      return absl::OkStatus();
    case SchedulerCall::DECLINE_INVERSE_OFFERS:
      inverse_offers_.Decline(framework, call.decline_inverse_offers());
      return absl::OkStatus();
    case SchedulerCall::REVIVE:
    case SchedulerCall::SUPPRESS:
      return Suppress(framework, call);
    case SchedulerCall::KILL:
      Kill(framework, call.kill());
      return absl::OkStatus();
    case SchedulerCall::SHUTDOWN:
      ShutdownExecutor(framework, call.shutdown());
      return absl::OkStatus();
    case SchedulerCall::ACKNOWLEDGE:
      tasks_.Acknowledge(framework, call.acknowledge());
      agents_.LookAtDrain(AgentId(call.acknowledge().agent_id().value()));
      return absl::OkStatus();
    case SchedulerCall::RECONCILE:
      reconciler_.Reconcile(framework, call.reconcile());
      return absl::OkStatus();
    case SchedulerCall::ACKNOWLEDGE_OPERATION_STATUS:
      operations_.Acknowledge(*framework, call.acknowledge_operation_status());
      agents_.LookAtDrain(AgentId(call.acknowledge_operation_status().agent_id().value()));
      return absl::OkStatus();
    case SchedulerCall::RECONCILE_OPERATIONS:
      reconciler_.ReconcileOperations(*framework, call.reconcile_operations());
      return absl::OkStatus();
    case SchedulerCall::MESSAGE:
      SendMessage(framework, std::move(*call.mutable_message()));
      return absl::OkStatus();
    case SchedulerCall::REQUEST:
      return Request(framework, call.request());
    case SchedulerCall::UPDATE_FRAMEWORK:
      return frameworks_.Update(framework, call.update_framework());
    default:
      return absl::UnimplementedError(absl::StrCat("this master does not answer the call ",
                                                   SchedulerCall::Type_Name(call.type())));
  }
}

void Core::Kill(Framework* framework, const SchedulerCall::Kill& kill) {
  if (tasks_.Kill(framework, kill)) return;
  reconciler_.ReconcileTask(framework, TaskId(kill.task_id().value()),
                            AgentId(kill.agent_id().value()));
}

absl::Status Core::Request(Framework* framework, const SchedulerCall::Request& request) {
  ASSIGN_OR_RETURN(const auto wanted, WantedByRole(request, framework->roles));
  ledger_.Request(framework, wanted);
  offers_.Trigger();
  return absl::OkStatus();
}

absl::Status Core::Suppress(Framework* framework, const SchedulerCall& call) {
  const bool revive = call.type() == SchedulerCall::REVIVE;
  const auto& named = revive ? call.revive().roles() : call.suppress().roles();
  std::set<std::string> roles(named.begin(), named.end());
  for (const std::string& role : roles) {
    if (!framework->roles.contains(role)) {
      // As in Mesos the whole call is dropped, and not refused.
      log_.Warning("framework ", framework->id.value(), revive ? " revives" : " suppresses",
                   " the role ", Quoted(role), ", which it does not have; ignored");
      return absl::OkStatus();
    }
  }
  ledger_.SetSuppressed(framework, roles, !revive);
  offers_.Trigger();
  return absl::OkStatus();
}

void Core::ShutdownExecutor(Framework* framework, const SchedulerCall::Shutdown& shutdown) {
  Agent* agent = ledger_.FindAgent(AgentId(shutdown.agent_id().value()));
  if (agent == nullptr || !agent->connected()) return;
  internal::MasterMessage message;
  message.mutable_shutdown_executor()->mutable_framework_id()->set_value(framework->id.value());
  *message.mutable_shutdown_executor()->mutable_executor_id() = shutdown.executor_id();
  agent->sink->Deliver(std::move(message));
}

void Core::SendMessage(Framework* framework, SchedulerCall::Message message) {
  Agent* agent = ledger_.FindAgent(AgentId(message.agent_id().value()));
  Verdicts& verdicts = ledger_.counters().to_executors;
  if (agent == nullptr || !agent->connected()) {
    ++verdicts.invalid;
    return;
  }
  ++verdicts.valid;
  internal::MasterMessage forwarded;
  forwarded.mutable_framework_message()->mutable_framework_id()->set_value(framework->id.value());
  *forwarded.mutable_framework_message()->mutable_executor_id() = message.executor_id();
  forwarded.mutable_framework_message()->set_data(std::move(*message.mutable_data()));
  agent->sink->Deliver(std::move(forwarded));
}

}  // namespace mesos::master
