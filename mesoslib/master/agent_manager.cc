#include "mesoslib/master/agent_manager.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/base/ids_validation.h"
#include "mesoslib/base/mutation.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/master/oversubscription.h"
#include "mesoslib/master/returning_agent.h"

namespace mesos::master {
namespace {

using internal::AgentMessage;
using internal::MasterMessage;

// What the agent has, of which operations may have made other things than it is configured with.
template <typename Message>
absl::StatusOr<Resources> TotalOf(const Message& message) {
  absl::StatusOr<Resources> configured = Resources::FromProto(message.agent().resources());
  if (!configured.ok()) return Annotate(configured.status(), "agent");
  if (message.total().empty()) return configured;
  absl::StatusOr<Resources> total = Resources::FromProto(message.total());
  if (!total.ok()) return Annotate(total.status(), "total");
  total->Unallocate();
  return total;
}

// What an agent says of itself must make sense before anything is written down.
template <typename Message>
absl::StatusOr<Resources> ValidateAgent(const Message& message, const v1::MasterInfo& master) {
  const v1::AgentInfo& info = message.agent();
  if (info.hostname().empty()) return absl::InvalidArgumentError("agent.hostname is missing");
  if (info.has_domain() && !master.has_domain()) {
    return absl::InvalidArgumentError("agent.domain is set, but the master has none");
  }
  RETURN_IF_ERROR(ReadOversubscribed(message.oversubscribed()).status());
  return TotalOf(message);
}

AgentCapabilities CapabilitiesOf(const std::vector<v1::AgentInfo::Capability>& list) {
  AgentCapabilities capabilities;
  for (const auto& capability : list) {
    switch (capability.type()) {
      case v1::AgentInfo::Capability::MULTI_ROLE:
        capabilities.multi_role = true;
        break;
      case v1::AgentInfo::Capability::HIERARCHICAL_ROLE:
        capabilities.hierarchical_role = true;
        break;
      case v1::AgentInfo::Capability::RESERVATION_REFINEMENT:
        capabilities.reservation_refinement = true;
        break;
      case v1::AgentInfo::Capability::AGENT_DRAINING:
        capabilities.agent_draining = true;
        break;
      default:
        break;
    }
  }
  return capabilities;
}

// Register and Reregister have these in common.
template <typename Message>
void TakeDescription(const Message& message, Agent* agent) {
  agent->version = message.version();
  agent->capability_list.assign(message.capabilities().begin(), message.capabilities().end());
  agent->capabilities = CapabilitiesOf(agent->capability_list);
  agent->resource_version_uuid = message.resource_version_uuid();
  agent->oversubscribed = ReadOversubscribed(message.oversubscribed()).value_or(Resources());
  agent->total += agent->oversubscribed;
}

// Two agents cannot be at one place.
std::string AddressOf(const Agent& agent) {
  const absl::string_view peer = agent.peer.address;
  return absl::StrCat(peer.substr(0, peer.rfind(':')), "/", agent.info.hostname(), ":",
                      agent.info.port());
}

}  // namespace

AgentManager::AgentManager(const v1::MasterInfo& master, const MasterOptions& options,
                           EventLoop* loop, Ledger* ledger, Registrar* registrar,
                           OfferManager* offers, TaskManager* tasks, OperationManager* operations,
                           FrameworkManager* frameworks, DrainManager* drains,
                           MaintenanceManager* maintenance, uint64_t* next_agent, Logger log,
                           absl::AnyInvocable<void(absl::Status)> lost)
    : master_(master),
      options_(options),
      loop_(loop),
      ledger_(ledger),
      registrar_(registrar),
      offers_(offers),
      tasks_(tasks),
      operations_(operations),
      frameworks_(frameworks),
      drains_(drains),
      maintenance_(maintenance),
      next_agent_(next_agent),
      log_(log),
      absent_({options.registry_gc_interval, options.registry_max_agent_age,
               options.registry_max_agent_count},
              loop, registrar, log,
              [drains, tasks](const AgentId& id) {
                drains->Forget(id);
                tasks->ForgetAgent(id);
              }),
      removals_({options.agent_removal_rate_limit, options.agent_reregister_timeout,
                 options.agent_ping_timeout},
                loop, [this](const AgentId& id) { RemoveSilent(id); }),
      lost_(std::move(lost)) {}

AgentManager::~AgentManager() {
  for (auto& [id, done] : marking_gone_) {
    done(absl::UnavailableError("this master leads no more; ask the one that does"));
  }
}

// -- Sessions --

void AgentManager::OpenSession(SessionId session, std::shared_ptr<AgentSink> sink, Peer peer) {
  sessions_.emplace(session, Session{std::move(sink), std::move(peer)});
}

void AgentManager::CloseSession(SessionId session) {
  auto found = sessions_.find(session);
  if (found == sessions_.end()) return;
  Agent* agent = found->second.agent;
  sessions_.erase(found);
  if (agent != nullptr) Detach(agent);
}

void AgentManager::CloseAllSessions(const absl::Status& reason) {
  for (auto& [id, session] : sessions_) session.sink->Closed(reason);
  sessions_.clear();
}

void AgentManager::EndSession(SessionId session, absl::Status reason) {
  auto found = sessions_.find(session);
  if (found == sessions_.end()) return;
  std::shared_ptr<AgentSink> sink = std::move(found->second.sink);
  sessions_.erase(found);
  sink->Closed(std::move(reason));
}

void AgentManager::Refuse(SessionId session, absl::string_view why) {
  auto found = sessions_.find(session);
  if (found == sessions_.end()) return;
  log_.Warning("refusing the agent at ", found->second.peer.address, ": ", why);
  MasterMessage message;
  message.mutable_shutdown()->set_message(std::string(why));
  found->second.sink->Deliver(std::move(message));
  EndSession(session, absl::PermissionDeniedError(why));
}

void AgentManager::Receive(SessionId session, AgentMessage message) {
  master::Counters& counters = ledger_->counters();
  counters.Received(message);
  auto found = sessions_.find(session);
  if (found == sessions_.end()) {
    ++counters.dropped;
    return;
  }
  Agent* agent = found->second.agent;
  if (message.has_register_()) {
    Register(session, std::move(*message.mutable_register_()));
  } else if (message.has_reregister()) {
    ComeBack(session, std::move(*message.mutable_reregister()));
  } else if (agent == nullptr) {
    ++counters.dropped;
    log_.Warning("the agent at ", found->second.peer.address,
                 " speaks before it has registered; ignored");
  } else {
    const AgentId id = agent->id;
    Hear(agent, std::move(message));
    LookAtDrain(id);
  }
}

void AgentManager::Hear(Agent* agent, AgentMessage message) {
  if (message.has_pong()) {
    Pong(agent);
  } else if (message.has_status_update()) {
    tasks_->Update(agent, std::move(*message.mutable_status_update()));
  } else if (message.has_exited_executor()) {
    ExecutorExited(agent, message.exited_executor());
  } else if (message.has_executor_message()) {
    Forward(agent, std::move(*message.mutable_executor_message()));
  } else if (message.has_operation_update()) {
    operations_->Update(agent, std::move(*message.mutable_operation_update()));
  } else if (message.has_update_oversubscribed()) {
    Lend(agent, message.update_oversubscribed());
  } else if (message.has_unregister()) {
    Unregister(agent, "The agent has unregistered", &counters_.removed_unregistered);
  }
}

void AgentManager::Lend(Agent* agent, const AgentMessage::UpdateOversubscribed& message) {
  absl::StatusOr<Resources> lent = ReadOversubscribed(message.total());
  if (!lent.ok()) {
    return log_.Warning("agent ", agent->id.value(),
                        " lends out what makes no sense; ignored: ", lent.status().message());
  }
  SetOversubscribed(agent, *std::move(lent), ledger_, offers_);
}

// -- Registration --

void AgentManager::Register(SessionId session, AgentMessage::Register message) {
  Session& opened = sessions_.at(session);
  if (opened.registering) return;
  if (opened.agent != nullptr) {
    SendRegistered(*opened.agent);  // It asks again: the answer may have been lost.
    return;
  }
  if (message.agent().has_id()) {
    Refuse(session, "agent.id is set; an agent with an id re-registers");
    return;
  }
  absl::Status valid = ValidateAgent(message, master_).status();
  if (valid.ok()) valid = maintenance_->CheckUp(message.agent(), opened.peer);
  if (!valid.ok()) {
    Refuse(session, valid.message());
    return;
  }
  opened.registering = true;
  const AgentId id(absl::StrCat(master_.id(), "-S", (*next_agent_)++));
  message.mutable_agent()->mutable_id()->set_value(id.value());
  v1::AgentInfo info = message.agent();
  registrar_->Admit(id, info,
                    lifetime_.Guard([this, session, id,
                                     message = std::move(message)](absl::Status status) mutable {
                      auto found = sessions_.find(session);
                      if (!status.ok()) return;  // The master is about to end.
                      if (found == sessions_.end()) {
                        // It left before it knew its id: nobody will come back with it.
                        registrar_->Remove(id, [](absl::Status) {});
                        return;
                      }
                      found->second.registering = false;
                      if (absl::Status up =
                              maintenance_->CheckUp(message.agent(), found->second.peer);
                          !up.ok()) {
                        registrar_->Remove(id, [](absl::Status) {});
                        Refuse(session, up.message());
                        return;
                      }
                      AddNew(session, std::move(message));
                    }));
}

void AgentManager::AddNew(SessionId session, AgentMessage::Register message) {
  std::unique_ptr<Agent> created =
      NewAgent(session, message.agent(), TotalOf(message).value_or(Resources()));
  TakeDescription(message, created.get());
  created->registered_time = loop_->WallTime();
  ++counters_.registrations;
  Agent* agent = ledger_->AddAgent(std::move(created), {});
  ledger_->changes().AgentAdded(*agent);
  Attach(agent, session);
  SendRegistered(*agent);
  log_.Info("agent ", agent->id.value(), " at ", agent->peer.address, " (", agent->info.hostname(),
            ") has registered with ", agent->total.ToString());
  offers_->Trigger();
}

void AgentManager::SendRegistered(const Agent& agent) {
  MasterMessage answer;
  answer.mutable_registered()->mutable_agent_id()->set_value(agent.id.value());
  *answer.mutable_registered()->mutable_term() = term_;
  answer.mutable_registered()->set_total_ping_timeout_seconds(
      absl::ToDoubleSeconds(options_.agent_ping_timeout * options_.max_agent_ping_timeouts));
  agent.sink->Deliver(std::move(answer));
}

std::unique_ptr<Agent> AgentManager::NewAgent(SessionId session, const v1::AgentInfo& info,
                                              const Resources& total) const {
  const Session& opened = sessions_.at(session);
  auto agent = std::make_unique<Agent>();
  agent->id = AgentId(info.id().value());
  agent->info = info;
  agent->info.clear_resources();  // `total` says it.
  agent->total = total;
  agent->session = session;
  agent->sink = opened.sink;
  agent->peer = opened.peer;
  drains_->Describe(agent.get());
  maintenance_->Describe(agent.get());
  return agent;
}

void AgentManager::Attach(Agent* agent, SessionId session) {
  sessions_.at(session).agent = agent;
  RemoveReplaced(*agent);
  agent->unanswered_pings = 0;
  removals_.Leave(agent->id);
  SchedulePing(agent);
}

// An agent that has lost its memory, and registers anew where another one was.
void AgentManager::RemoveReplaced(const Agent& agent) {
  AgentId& holder = by_address_[AddressOf(agent)];
  Agent* replaced = holder == agent.id ? nullptr : ledger_->FindAgent(holder);
  holder = agent.id;
  if (replaced == nullptr) return;
  Unregister(replaced, "A new agent has registered at its address", &counters_.removed_for_another);
}

void AgentManager::ComeBack(SessionId session, Reregister message) {
  Session& opened = sessions_.at(session);
  if (opened.registering) return;
  const AgentId id(message.agent().id().value());
  absl::Status valid = ValidateId("agent.id", id.value());
  if (valid.ok()) valid = ValidateAgent(message, master_).status();
  if (valid.ok()) valid = maintenance_->CheckUp(message.agent(), opened.peer);
  if (!valid.ok()) {
    Refuse(session, valid.message());
    return;
  }
  if (absent_.IsGone(id) && !Mutated(Mutation::kAdmitGone)) {
    Refuse(session, absl::StrCat("agent ", id.value(), " was marked gone and cannot come back"));
    return;
  }
  Agent* known = ledger_->FindAgent(id);
  if (in_transition_.contains(id) || (known != nullptr && known->leaving)) {
    EndSession(session, absl::UnavailableError("the agent is being removed; come back later"));
    return;
  }
  if (opened.agent != nullptr && opened.agent != known) {
    Refuse(session, "a session is one agent's; expected the id it registered with");
    return;
  }
  if (known != nullptr) {
    if (known->info.hostname() != message.agent().hostname() ||
        known->info.port() != message.agent().port()) {
      Refuse(session,
             absl::StrCat("agent ", id.value(), " comes back as ", message.agent().hostname(), ":",
                          message.agent().port(), "; it was ", known->info.hostname(), ":",
                          known->info.port(), ", and may change that only under a new id"));
      return;
    }
    ReplaceKnown(known, session, message);
    return;
  }
  if (recovered_.erase(id) > 0) {
    removals_.Leave(id);
    AddReturning(session, message, /*given_up=*/false);
    return;
  }
  opened.registering = true;
  in_transition_.insert(id);
  v1::AgentInfo info = message.agent();
  registrar_->MarkReachable(
      id, info,
      lifetime_.Guard([this, session, id, message = std::move(message)](absl::Status status) {
        in_transition_.erase(id);
        if (!status.ok()) return;
        absent_.BecomeReachable(id);
        auto found = sessions_.find(session);
        if (found == sessions_.end()) {
          // It left again; it is expected as after a failover.
          Expect(id, message.agent());
          return;
        }
        found->second.registering = false;
        if (absl::Status up = maintenance_->CheckUp(message.agent(), found->second.peer);
            !up.ok()) {
          Expect(id, message.agent());
          Refuse(session, up.message());
          return;
        }
        AddReturning(session, message, /*given_up=*/true);
      }));
}

void AgentManager::AddReturning(SessionId session, const Reregister& message, bool given_up) {
  std::unique_ptr<Agent> agent =
      NewAgent(session, message.agent(), TotalOf(message).value_or(Resources()));
  agent->registered_time = loop_->WallTime();
  Populate(std::move(agent), session, message, {}, given_up);
}

void AgentManager::ReplaceKnown(Agent* known, SessionId session, const Reregister& message) {
  if (known->session != 0 && known->session != session) {
    EndSession(known->session, absl::AbortedError("the agent has come back on another session"));
  }
  if (known->ping != 0) loop_->Cancel(known->ping);
  known->session = 0;
  offers_->RescindAll(known);
  RemoveExecutors(known);
  std::vector<std::unique_ptr<Task>> tasks;
  for (Task* task : known->tasks.InOrder()) tasks.push_back(ledger_->RemoveTask(task));
  const absl::Time registered_time = known->registered_time;
  ledger_->RemoveAgent(known);
  std::unique_ptr<Agent> agent =
      NewAgent(session, message.agent(), TotalOf(message).value_or(Resources()));
  agent->registered_time = registered_time;
  agent->reregistered_time = loop_->WallTime();
  Populate(std::move(agent), session, message, std::move(tasks), /*given_up=*/true);
}

void AgentManager::Populate(std::unique_ptr<Agent> created, SessionId session,
                            const Reregister& message, std::vector<std::unique_ptr<Task>> known,
                            bool given_up) {
  TakeDescription(message, created.get());
  ReturningAgent returning(created->id, created->total, message, std::move(known), given_up,
                           frameworks_, log_);
  MasterMessage answer;
  MasterMessage::Reregistered* reregistered = answer.mutable_reregistered();
  returning.ListUnreported(reregistered);
  operations_->TakeUp(created->id, message, reregistered);
  const bool is_back = created->reregistered_time == absl::InfinitePast();
  Agent* agent = ledger_->AddAgent(std::move(created), returning.Allocations());
  if (is_back) ledger_->changes().AgentAdded(*agent);
  returning.MoveInto(ledger_, agent);
  ++counters_.reregistrations;
  Attach(agent, session);
  reregistered->mutable_agent_id()->set_value(agent->id.value());
  if (agent->drain.has_value()) *reregistered->mutable_drain() = agent->drain->config();
  *reregistered->mutable_term() = term_;
  reregistered->set_total_ping_timeout_seconds(
      absl::ToDoubleSeconds(options_.agent_ping_timeout * options_.max_agent_ping_timeouts));
  agent->sink->Deliver(std::move(answer));
  for (const FrameworkId& id : returning.unwanted_frameworks()) {
    if (Mutated(Mutation::kForgetEndedFramework)) break;
    MasterMessage shutdown;
    shutdown.mutable_shutdown_framework()->mutable_framework_id()->set_value(id.value());
    agent->sink->Deliver(std::move(shutdown));
  }
  for (const auto& [framework_id, task_id] : returning.unwanted_tasks()) {
    MasterMessage kill;
    kill.mutable_kill_task()->mutable_framework_id()->set_value(framework_id.value());
    kill.mutable_kill_task()->mutable_task_id()->set_value(task_id.value());
    agent->sink->Deliver(std::move(kill));
  }
  for (auto& task : returning.TakeForgotten()) tasks_->Conclude(std::move(task));
  tasks_->EndUnreachable(agent->id, {v1::TASK_GONE, v1::TaskStatus::REASON_AGENT_REREGISTERED,
                                     "The agent is back without the task"});
  for (const Task* task : returning.back()) {
    tasks_->Reject(
        *task->framework, task->id(), agent->id,
        {task->latest_state, v1::TaskStatus::REASON_AGENT_REREGISTERED, "The agent is back"});
  }
  log_.Info("agent ", agent->id.value(), " at ", agent->peer.address, " has re-registered with ",
            agent->tasks.size(), " tasks");
  drains_->Look(agent);
  offers_->Trigger();
}

// -- Health --

void AgentManager::SchedulePing(Agent* agent) {
  const absl::Time when = loop_->Now() + options_.agent_ping_timeout;
  agent->ping =
      loop_->PostAt(when, lifetime_.Guard([this, id = agent->id, when] { Ping(id, when); }));
}

void AgentManager::Ping(const AgentId& id, absl::Time planned) {
  Agent* agent = ledger_->FindAgent(id);
  if (agent == nullptr || agent->leaving) return;
  if (loop_->Now() - planned > options_.agent_ping_timeout) {
    // The loop stood still, perhaps with the machine: that says nothing of the agent.
    agent->unanswered_pings = 0;
  } else if (agent->unanswered_pings >= options_.max_agent_ping_timeouts &&
             !removals_.Contains(id)) {
    ++counters_.unreachable_scheduled;
    removals_.Enter(id);
  }
  ++agent->unanswered_pings;
  if (agent->connected()) {
    MasterMessage message;
    message.mutable_ping()->set_connected(true);
    agent->sink->Deliver(std::move(message));
  }
  SchedulePing(agent);
}

void AgentManager::Pong(Agent* agent) {
  agent->unanswered_pings = 0;
  if (!removals_.Leave(agent->id)) return;
  ++counters_.unreachable_canceled;
  log_.Info("agent ", agent->id.value(), " has answered in time and stays");
}

void AgentManager::RemoveSilent(const AgentId& id) {
  if (Agent* agent = ledger_->FindAgent(id); agent != nullptr) {
    if (!agent->leaving) MarkUnreachable(agent);
  } else if (recovered_.contains(id)) {
    MarkRecoveredUnreachable(id);
  }
}

void AgentManager::Detach(Agent* agent) {
  agent->session = 0;
  agent->sink = nullptr;
  log_.Info("agent ", agent->id.value(), " is disconnected");
  ledger_->UpdateAgent(agent);
  offers_->RescindAll(agent);
  // Tasks of frameworks that do not checkpoint do not outlive the agent's process.
  for (Task* task : agent->tasks.InOrder()) {
    if (task->framework->info.checkpoint()) continue;
    if (IsTerminal(task->state)) {
      tasks_->EndSilently(task, task->state);
    } else {
      tasks_->End(task, {v1::TASK_LOST, v1::TaskStatus::REASON_AGENT_DISCONNECTED,
                         "The agent is disconnected, and the framework does not checkpoint"});
    }
  }
  offers_->Trigger();
}

// -- Leaving --

void AgentManager::BeginLeaving(Agent* agent) {
  agent->leaving = true;
  removals_.Leave(agent->id);
  if (agent->ping != 0) loop_->Cancel(std::exchange(agent->ping, 0));
  ledger_->UpdateAgent(agent);
  offers_->RescindAll(agent);
}

void AgentManager::MarkUnreachable(Agent* agent) {
  BeginLeaving(agent);
  const absl::Time since = loop_->WallTime();
  log_.Warning("agent ", agent->id.value(), " (", agent->info.hostname(),
               ") answers no pings; marking it unreachable");
  registrar_->MarkUnreachable(
      agent->id, since, lifetime_.Guard([this, id = agent->id, since](absl::Status status) {
        Agent* agent = ledger_->FindAgent(id);
        if (!status.ok() || agent == nullptr) return;
        ++counters_.removed_unhealthy;
        ++counters_.unreachable_completed;
        absent_.BecomeUnreachable(id, since);
        RemoveExecutors(agent);
        for (Task* task : agent->tasks.InOrder()) tasks_->MakeUnreachable(task, since);
        operations_->AgentLost(id, v1::OPERATION_UNREACHABLE,
                               "The agent is unreachable: it answers no pings");
        // It has to come back as one that was unreachable.
        const SessionId session = agent->session;
        ledger_->RemoveAgent(agent);
        EndSession(session, absl::UnavailableError("the agent was marked unreachable"));
        TellFrameworksOfLoss(id);
        offers_->Trigger();
      }));
}

void AgentManager::Unregister(Agent* agent, absl::string_view why, uint64_t* counter) {
  if (agent->leaving) return;
  BeginLeaving(agent);
  registrar_->Remove(agent->id, lifetime_.Guard([this, id = agent->id, counter,
                                                 why = std::string(why)](absl::Status status) {
    Agent* agent = ledger_->FindAgent(id);
    if (!status.ok() || agent == nullptr) return;
    log_.Info("removing agent ", id.value(), ": ", why);
    ++*counter;
    ledger_->changes().AgentRemoved(id);
    Remove(agent, {v1::TASK_LOST, v1::TaskStatus::REASON_AGENT_REMOVED, why},
           v1::OPERATION_UNKNOWN);
  }));
}

void AgentManager::RemoveForMaintenance(Agent* agent) {
  if (agent->leaving) return;
  if (agent->connected()) {
    MasterMessage message;
    message.mutable_shutdown()->set_message("Operator initiated 'Machine DOWN'");
    agent->sink->Deliver(std::move(message));
  }
  Unregister(agent, "Its machine is maintained", &counters_.removed_maintenance);
}

AgentManager::Standing AgentManager::StandingOf(const AgentId& id) const {
  const Agent* agent = ledger_->FindAgent(id);
  if (in_transition_.contains(id) || (agent != nullptr && agent->leaving)) {
    return Standing::kChanging;
  }
  const bool present = agent != nullptr || recovered_.contains(id) || absent_.IsUnreachable(id);
  return present ? Standing::kPresent : Standing::kUnknown;
}

void AgentManager::LookAtDrain(const AgentId& id) {
  if (Agent* agent = ledger_->FindAgent(id); agent != nullptr) drains_->Look(agent);
}

void AgentManager::Remove(Agent* agent, const StatusFields& fields, v1::OperationState operations) {
  const AgentId id = agent->id;
  operations_->AgentLost(id, operations, fields.message);
  for (Task* task : agent->tasks.InOrder()) {
    if (IsTerminal(task->state)) {
      tasks_->EndSilently(task, task->state);
    } else {
      tasks_->End(task, fields);
    }
  }
  RemoveExecutors(agent);
  const SessionId session = agent->session;
  ledger_->RemoveAgent(agent);
  drains_->Forget(id);
  EndSession(session, absl::CancelledError(fields.message));
  TellFrameworksOfLoss(id);
  offers_->Trigger();
}

void AgentManager::RemoveExecutors(Agent* agent) {
  while (!agent->executors.empty()) {
    const auto key = agent->executors.begin()->first;
    ledger_->RemoveExecutor(ledger_->FindFramework(key.first), agent, key.second);
  }
}

void AgentManager::MarkGone(const AgentId& id, MarkedGone done) {
  if (absent_.IsGone(id)) {
    done(absl::OkStatus());
    return;
  }
  Agent* agent = ledger_->FindAgent(id);
  if (in_transition_.contains(id) || (agent != nullptr && agent->leaving)) {
    done(absl::UnavailableError(absl::StrCat("agent ", id.value(), " is changing its state")));
    return;
  }
  if (agent == nullptr && !absent_.IsUnreachable(id) && !recovered_.contains(id)) {
    done(absl::NotFoundError(absl::StrCat("there is no agent ", Quoted(id.value()))));
    return;
  }
  if (agent != nullptr) {
    BeginLeaving(agent);
  } else {
    in_transition_.insert(id);
  }
  marking_gone_.emplace(id, std::move(done));
  const absl::Time since = loop_->WallTime();
  registrar_->MarkGone(id, since, lifetime_.Guard([this, id, since](absl::Status status) {
    in_transition_.erase(id);
    auto waiting = marking_gone_.find(id);
    MarkedGone done = std::move(waiting->second);
    marking_gone_.erase(waiting);
    if (status.ok()) BecomeGone(id, since);
    done(status);
  }));
}

void AgentManager::BecomeGone(const AgentId& id, absl::Time since) {
  absent_.BecomeGone(id, since);
  recovered_.erase(id);
  removals_.Leave(id);
  drains_->Forget(id);
  const StatusFields gone = {v1::TASK_GONE_BY_OPERATOR,
                             v1::TaskStatus::REASON_AGENT_REMOVED_BY_OPERATOR,
                             "The agent was marked gone by an operator"};
  tasks_->EndUnreachable(id, gone);
  Agent* agent = ledger_->FindAgent(id);
  if (agent == nullptr) return;
  if (agent->connected()) {
    MasterMessage message;
    message.mutable_shutdown()->set_message(std::string(gone.message));
    agent->sink->Deliver(std::move(message));
  }
  Remove(agent, gone, v1::OPERATION_GONE_BY_OPERATOR);
}

// -- After a failover --

void AgentManager::Recover(Registrar::Contents contents) {
  term_ = std::move(contents.term);
  recovered_ = std::move(contents.admitted);
  admitted_ = recovered_.size();
  absent_.Recover(std::move(contents.unreachable), std::move(contents.gone));
  if (recovered_.empty()) return;
  log_.Info(recovered_.size(), " agents of the former master are expected back within ",
            absl::FormatDuration(options_.agent_reregister_timeout));
  AwaitRecovered(options_.agent_reregister_timeout);
}

void AgentManager::AwaitRecovered(absl::Duration timeout) {
  const absl::Time when = loop_->Now() + timeout;
  loop_->PostAt(when, lifetime_.Guard([this, when] {
    if (loop_->Now() - when > options_.agent_ping_timeout) {
      // The loop stood still: what agents say is yet to come in.
      AwaitRecovered(options_.agent_ping_timeout * options_.max_agent_ping_timeouts);
    } else {
      // What they have said by now is heard first.
      loop_->Post(lifetime_.Guard([this] { RecoveryTimedOut(); }));
    }
  }));
}

void AgentManager::RecoveryTimedOut() {
  const double limit = options_.recovery_agent_removal_limit;
  if (static_cast<double>(recovered_.size()) > limit * static_cast<double>(admitted_)) {
    lost_(absl::FailedPreconditionError(absl::StrCat(
        recovered_.size(), " of ", admitted_, " agents have not come back within ",
        absl::FormatDuration(options_.agent_reregister_timeout), ", which is more than ",
        limit * 100, "% (--recovery_agent_removal_limit); none of them is removed. Find out what ",
        "keeps them from this master, or raise the limit")));
    return;
  }
  for (const auto& [id, info] : recovered_) {
    log_.Warning("agent ", id.value(), " (", info.hostname(), ") has not come back");
    removals_.Enter(id);
  }
}

void AgentManager::Expect(const AgentId& id, const v1::AgentInfo& info) {
  recovered_.emplace(id, info);
  loop_->PostAt(loop_->Now() + options_.agent_reregister_timeout, lifetime_.Guard([this, id] {
    if (recovered_.contains(id)) removals_.Enter(id);
  }));
}

void AgentManager::MarkRecoveredUnreachable(const AgentId& id) {
  if (!in_transition_.insert(id).second) return;
  const absl::Time since = loop_->WallTime();
  registrar_->MarkUnreachable(id, since, lifetime_.Guard([this, id, since](absl::Status status) {
    in_transition_.erase(id);
    if (!status.ok()) return;
    ++counters_.recovery_removals;
    recovered_.erase(id);
    absent_.BecomeUnreachable(id, since);
    TellFrameworksOfLoss(id);
  }));
}

// -- Executors --

void AgentManager::ExecutorExited(Agent* agent, const AgentMessage::ExitedExecutor& exited) {
  Framework* framework = ledger_->FindFramework(FrameworkId(exited.framework_id().value()));
  if (framework == nullptr) return;
  const ExecutorId id(exited.executor_id().value());
  if (!ledger_->HasExecutor(*agent, framework->id, id)) return;
  ledger_->RemoveExecutor(framework, agent, id);
  offers_->Trigger();
  if (!framework->connected()) return;
  v1::scheduler::Event event;
  event.set_type(v1::scheduler::Event::FAILURE);
  event.mutable_failure()->mutable_agent_id()->set_value(agent->id.value());
  event.mutable_failure()->mutable_executor_id()->set_value(id.value());
  event.mutable_failure()->set_status(exited.wait_status());
  framework->sink->Deliver(std::move(event));
}

void AgentManager::Forward(Agent* agent, AgentMessage::ExecutorMessage message) {
  Framework* framework = ledger_->FindFramework(FrameworkId(message.framework_id().value()));
  Verdicts& verdicts = ledger_->counters().from_executors;
  if (framework == nullptr || !framework->connected()) {
    ++verdicts.invalid;
    return;
  }
  ++verdicts.valid;
  v1::scheduler::Event event;
  event.set_type(v1::scheduler::Event::MESSAGE);
  event.mutable_message()->mutable_agent_id()->set_value(agent->id.value());
  *event.mutable_message()->mutable_executor_id() = message.executor_id();
  event.mutable_message()->set_data(std::move(*message.mutable_data()));
  framework->sink->Deliver(std::move(event));
}

void AgentManager::TellFrameworksOfLoss(const AgentId& id) {
  for (const auto& [framework_id, framework] : ledger_->frameworks()) {
    if (!framework->connected()) continue;
    v1::scheduler::Event event;
    event.set_type(v1::scheduler::Event::FAILURE);
    event.mutable_failure()->mutable_agent_id()->set_value(id.value());
    framework->sink->Deliver(std::move(event));
  }
}

}  // namespace mesos::master
