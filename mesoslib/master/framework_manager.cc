#include "mesoslib/master/framework_manager.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/offer_constraints.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/master/call_validation.h"

namespace mesos::master {
namespace {

// So many agents are told of a framework's new description in one turn of the loop.
constexpr int kUpdatesPerTurn = 1000;

void SendHeartbeat(const Framework& framework) {
  v1::scheduler::Event event;
  event.set_type(v1::scheduler::Event::HEARTBEAT);
  framework.sink->Deliver(std::move(event));
}

// What a framework may change when it subscribes again: everything but user and checkpoint.
void TakeOver(const v1::FrameworkInfo& from, v1::FrameworkInfo* to) {
  v1::FrameworkInfo info = from;
  info.set_user(to->user());
  info.clear_checkpoint();
  if (to->has_checkpoint()) info.set_checkpoint(to->checkpoint());
  *info.mutable_id() = to->id();
  *to = std::move(info);
}

}  // namespace

FrameworkManager::FrameworkManager(Options options, EventLoop* loop, Ledger* ledger,
                                   OfferManager* offers, TaskManager* tasks,
                                   uint64_t* next_framework, Logger log)
    : options_(std::move(options)),
      loop_(loop),
      ledger_(ledger),
      offers_(offers),
      tasks_(tasks),
      next_framework_(next_framework),
      log_(log) {}

void FrameworkManager::OpenSession(SessionId session, std::shared_ptr<SchedulerSink> sink,
                                   Peer peer) {
  sessions_.emplace(session, Session{std::move(sink), std::move(peer)});
}

void FrameworkManager::CloseSession(SessionId session) {
  auto found = sessions_.find(session);
  if (found == sessions_.end()) return;
  Framework* framework = found->second.framework;
  sessions_.erase(found);
  if (framework != nullptr) Disconnect(framework);
}

void FrameworkManager::CloseAllSessions(const absl::Status& reason) {
  for (auto& [id, session] : sessions_) session.sink->Closed(reason);
  sessions_.clear();
}

void FrameworkManager::EndSession(SessionId session, absl::Status reason) {
  auto found = sessions_.find(session);
  if (found == sessions_.end()) return;
  std::shared_ptr<SchedulerSink> sink = std::move(found->second.sink);
  sessions_.erase(found);
  sink->Closed(std::move(reason));
}

void FrameworkManager::Refuse(SessionId session, const absl::Status& why) {
  auto found = sessions_.find(session);
  if (found == sessions_.end()) return;
  log_.Warning("refusing the framework at ", found->second.peer.address, ": ", why.message());
  v1::scheduler::Event event;
  event.set_type(v1::scheduler::Event::ERROR);
  event.mutable_error()->set_message(std::string(why.message()));
  found->second.sink->Deliver(std::move(event));
  Framework* framework = found->second.framework;
  EndSession(session, why);
  if (framework != nullptr) Disconnect(framework);
}

absl::Status FrameworkManager::Admit(const v1::FrameworkInfo& info,
                                     std::set<std::string>* roles) const {
  ASSIGN_OR_RETURN(*roles, ValidateFrameworkInfo(info, options_.roles));
  if (!options_.root_submissions && info.user() == "root") {
    return absl::PermissionDeniedError(
        "framework_info.user is 'root', which this master does not admit (--root_submissions)");
  }
  const FrameworkId id(info.id().value());
  if (completed_ids_.contains(id)) {
    return absl::FailedPreconditionError(
        absl::StrCat("Framework ", id.value(), " has been removed; subscribe without an id"));
  }
  return absl::OkStatus();
}

template <typename Body>
absl::StatusOr<FrameworkManager::Terms> FrameworkManager::ReadTerms(const Body& body) const {
  Terms terms;
  RETURN_IF_ERROR(Admit(body.framework_info(), &terms.roles));
  ASSIGN_OR_RETURN(terms.suppressed_roles,
                   ValidateSuppressedRoles(body.suppressed_roles(), terms.roles));
  ASSIGN_OR_RETURN(terms.offer_constraints,
                   CompileOfferConstraints(body.offer_constraints(), terms.roles));
  terms.said_constraints = body.offer_constraints();
  return terms;
}

void FrameworkManager::SetTerms(Terms terms, Framework* framework) {
  framework->roles = std::move(terms.roles);
  framework->suppressed_roles = std::move(terms.suppressed_roles);
  framework->said_constraints = std::move(terms.said_constraints);
  framework->offer_constraints = std::move(terms.offer_constraints);
}

absl::Status FrameworkManager::Subscribe(SessionId session,
                                         const v1::scheduler::Call::Subscribe& subscribe) {
  if (!sessions_.contains(session)) return absl::UnavailableError("the session has ended");
  const v1::FrameworkInfo& info = subscribe.framework_info();
  absl::StatusOr<Terms> terms = ReadTerms(subscribe);
  if (!terms.ok()) {
    Refuse(session, terms.status());
    return terms.status();
  }
  FrameworkId id(info.id().value());
  Framework* framework = id.empty() ? nullptr : ledger_->FindFramework(id);
  const bool is_new = framework == nullptr;
  const absl::Time now = loop_->WallTime();
  if (is_new) {
    auto created = std::make_unique<Framework>();
    created->id =
        id.empty()
            ? FrameworkId(absl::StrFormat("%s-%04d", options_.master.id(), (*next_framework_)++))
            : id;
    created->info = info;
    created->info.mutable_id()->set_value(created->id.value());
    created->capabilities = CapabilitiesOf(info);
    created->roles = terms->roles;
    created->registered_time = now;
    framework = ledger_->AddFramework(std::move(created));
  } else {
    TakeOver(info, &framework->info);
    framework->reregistered_time = now;
    if (framework->session != 0 && framework->session != session) {
      v1::scheduler::Event event;
      event.set_type(v1::scheduler::Event::ERROR);
      event.mutable_error()->set_message("Framework failed over");
      framework->sink->Deliver(std::move(event));
      EndSession(framework->session, absl::AbortedError("Framework failed over"));
    }
    offers_->DropAll(framework);
  }
  framework->capabilities = CapabilitiesOf(framework->info);
  SetTerms(*std::move(terms), framework);
  framework->principal_counts = CountsOf(framework->info.principal());
  CountCall(*framework, v1::scheduler::Call::SUBSCRIBE);
  CountProcessed(*framework);
  Connect(framework, session);
  if (is_new) {
    ledger_->changes().FrameworkAdded(*framework);
  } else {
    ledger_->changes().FrameworkUpdated(*framework);
  }
  return absl::OkStatus();
}

std::shared_ptr<PrincipalCounts> FrameworkManager::CountsOf(const std::string& principal) {
  if (principal.empty()) return nullptr;
  std::weak_ptr<PrincipalCounts>& kept = principals_[principal];
  std::shared_ptr<PrincipalCounts> counts = kept.lock();
  if (counts == nullptr) kept = counts = std::make_shared<PrincipalCounts>();
  return counts;
}

void FrameworkManager::Connect(Framework* framework, SessionId session) {
  Session& opened = sessions_.at(session);
  // A session is one framework's: what was subscribed on it before is disconnected.
  if (opened.framework != nullptr && opened.framework != framework) Disconnect(opened.framework);
  opened.framework = framework;
  const bool returns = framework->recovered || framework->reregistered_time != absl::InfinitePast();
  framework->session = session;
  framework->sink = std::make_shared<CountedSink>(opened.sink, framework->counts);
  framework->peer = opened.peer;
  framework->recovered = false;
  if (framework->failover != 0) loop_->Cancel(std::exchange(framework->failover, 0));
  if (framework->heartbeat != 0) loop_->Cancel(framework->heartbeat);
  v1::scheduler::Event event;
  event.set_type(v1::scheduler::Event::SUBSCRIBED);
  auto* subscribed = event.mutable_subscribed();
  subscribed->mutable_framework_id()->set_value(framework->id.value());
  subscribed->set_heartbeat_interval_seconds(absl::ToDoubleSeconds(options_.heartbeat_interval));
  *subscribed->mutable_master_info() = options_.master;
  framework->sink->Deliver(std::move(event));
  Heartbeat(framework);
  ledger_->UpdateFramework(framework);
  if (returns) SendUpdatedInfoToAgents(*framework);
  log_.Info("framework ", framework->id.value(), " (", Quoted(framework->info.name()), ") ",
            returns ? "is back" : "has subscribed", " from ", framework->peer.address);
  offers_->Trigger();
}

void FrameworkManager::Heartbeat(Framework* framework) {
  SendHeartbeat(*framework);
  framework->heartbeat =
      loop_->PostAt(loop_->Now() + options_.heartbeat_interval,
                    lifetime_.Guard([this, framework] { Heartbeat(framework); }));
}

void FrameworkManager::Disconnect(Framework* framework) {
  framework->session = 0;
  framework->sink = nullptr;
  if (framework->heartbeat != 0) loop_->Cancel(std::exchange(framework->heartbeat, 0));
  offers_->DropAll(framework);
  ledger_->UpdateFramework(framework);
  const absl::Duration timeout = FailoverTimeout(framework->info);
  log_.Info("framework ", framework->id.value(), " is disconnected; it has ",
            absl::FormatDuration(timeout), " to come back");
  if (timeout <= absl::ZeroDuration()) {
    Remove(framework);
    return;
  }
  ledger_->changes().FrameworkUpdated(*framework);
  RemoveLater(framework, timeout);
}

void FrameworkManager::RemoveLater(Framework* framework, absl::Duration timeout) {
  framework->failover = loop_->PostAt(loop_->Now() + timeout, lifetime_.Guard([this, framework] {
    framework->failover = 0;
    // A scheduler that has spoken by now is heard first.
    loop_->Post(lifetime_.Guard([this, id = framework->id] {
      Framework* framework = ledger_->FindFramework(id);
      if (framework != nullptr && !framework->connected() && framework->failover == 0) {
        Remove(framework);
      }
    }));
  }));
}

absl::StatusOr<Framework*> FrameworkManager::Find(SessionId session, const FrameworkId& id) const {
  Framework* framework = ledger_->FindFramework(id);
  if (framework == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("framework_id is ", Quoted(id.value()),
                                                   ", which no framework has; subscribe first"));
  }
  if (framework->session != session) {
    return absl::FailedPreconditionError(
        absl::StrCat("framework ", id.value(), " is not subscribed on this session"));
  }
  return framework;
}

absl::Status FrameworkManager::Update(Framework* framework,
                                      const v1::scheduler::Call::UpdateFramework& update) {
  const v1::FrameworkInfo& info = update.framework_info();
  ASSIGN_OR_RETURN(Terms terms, ReadTerms(update));
  if (info.id().value() != framework->id.value()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "framework_info.id is ", Quoted(info.id().value()), "; expected ", framework->id.value()));
  }
  if (info.user() != framework->info.user()) {
    return absl::InvalidArgumentError(absl::StrCat("framework_info.user is ", Quoted(info.user()),
                                                   "; it cannot change from ",
                                                   Quoted(framework->info.user())));
  }
  if (info.checkpoint() != framework->info.checkpoint()) {
    return absl::InvalidArgumentError("framework_info.checkpoint cannot change");
  }
  if (info.principal() != framework->info.principal()) {
    return absl::InvalidArgumentError("framework_info.principal cannot change");
  }
  framework->info = info;
  framework->capabilities = CapabilitiesOf(info);
  SetTerms(std::move(terms), framework);
  for (Offer* offer : framework->offers.InOrder()) {
    if (!framework->roles.contains(offer->role)) offers_->Rescind(offer);
  }
  ledger_->UpdateFramework(framework);
  ledger_->changes().FrameworkUpdated(*framework);
  SendUpdatedInfoToAgents(*framework);
  offers_->Trigger();
  return absl::OkStatus();
}

std::vector<Agent*> FrameworkManager::AgentsOf(const Framework& framework) const {
  Members<Agent> agents;
  framework.tasks.ForEach([&](const Task& task) { agents.Add(task.agent); });
  const std::pair<FrameworkId, ExecutorId> first(framework.id, ExecutorId());
  ledger_->agents().ForEach([&](Agent& agent) {
    if (agent.executors.empty()) return;
    auto executor = agent.executors.lower_bound(first);
    const bool runs = executor != agent.executors.end() && executor->first.first == framework.id;
    if (runs) agents.Add(&agent);
  });
  return agents.InOrder();
}

void FrameworkManager::SendUpdatedInfoToAgents(const Framework& framework) {
  InfoUpdate update{framework.id, {}};
  for (const Agent* agent : AgentsOf(framework)) {
    if (agent->connected()) update.agents.push_back(agent->id);
  }
  const bool idle = updates_.empty();
  updates_.push_back(std::move(update));
  if (idle) SendSomeUpdates();
}

void FrameworkManager::SendSomeUpdates() {
  for (int sent = 0; sent < kUpdatesPerTurn && !updates_.empty(); ++sent) {
    InfoUpdate& update = updates_.front();
    const Framework* framework = ledger_->FindFramework(update.framework);
    if (framework == nullptr || update.next == update.agents.size()) {
      updates_.pop_front();
      continue;
    }
    // Agents that have come back meanwhile too: what they said may be older.
    Agent* agent = ledger_->FindAgent(update.agents[update.next++]);
    if (agent == nullptr || !agent->connected()) continue;
    internal::MasterMessage message;
    *message.mutable_update_framework()->mutable_framework() = framework->info;
    agent->sink->Deliver(std::move(message));
  }
  if (!updates_.empty()) loop_->Post(lifetime_.Guard([this] { SendSomeUpdates(); }));
}

void FrameworkManager::ShutdownOnAgents(Framework* framework) {
  for (Agent* agent : AgentsOf(*framework)) {
    auto executor = agent->executors.lower_bound({framework->id, ExecutorId()});
    while (executor != agent->executors.end() && executor->first.first == framework->id) {
      const ExecutorId executor_id = executor->first.second;
      ++executor;
      ledger_->RemoveExecutor(framework, agent, executor_id);
    }
    if (!agent->connected()) continue;
    internal::MasterMessage message;
    message.mutable_shutdown_framework()->mutable_framework_id()->set_value(framework->id.value());
    agent->sink->Deliver(std::move(message));
  }
}

void FrameworkManager::Remove(Framework* framework) {
  log_.Info("removing framework ", framework->id.value(), " (", Quoted(framework->info.name()),
            ")");
  if (framework->heartbeat != 0) loop_->Cancel(std::exchange(framework->heartbeat, 0));
  if (framework->failover != 0) loop_->Cancel(std::exchange(framework->failover, 0));
  const SessionId session = std::exchange(framework->session, 0);
  framework->sink = nullptr;
  offers_->DropAll(framework);
  ShutdownOnAgents(framework);
  for (Task* task : framework->tasks.InOrder()) tasks_->EndSilently(task, v1::TASK_KILLED);
  framework->unregistered_time = loop_->WallTime();
  framework->principal_counts = nullptr;
  const auto principal = principals_.find(framework->info.principal());
  if (principal != principals_.end() && principal->second.expired()) principals_.erase(principal);
  framework->offer_constraints = nullptr;  // What it said is history; nobody asks it any more.
  ledger_->changes().FrameworkRemoved(*framework);
  completed_ids_.insert(framework->id);
  completed_.push_back(ledger_->RemoveFramework(framework));
  if (completed_.size() > options_.max_completed_frameworks) {
    completed_ids_.erase(completed_.front()->id);
    completed_.pop_front();
  }
  if (session != 0) EndSession(session, absl::CancelledError("the framework has been torn down"));
  offers_->Trigger();
}

Framework* FrameworkManager::Recover(const v1::FrameworkInfo& info) {
  const FrameworkId id(info.id().value());
  if (Framework* known = ledger_->FindFramework(id); known != nullptr) return known;
  std::set<std::string> roles;
  if (absl::Status status = Admit(info, &roles); !status.ok()) {
    log_.Warning("not recovering framework ", Quoted(id.value()), ": ", status.message());
    return nullptr;
  }
  auto framework = std::make_unique<Framework>();
  framework->id = id;
  framework->info = info;
  framework->capabilities = CapabilitiesOf(info);
  framework->roles = std::move(roles);
  framework->recovered = true;
  framework->registered_time = loop_->WallTime();
  log_.Info("framework ", id.value(), " is known from its tasks; waiting for it to subscribe");
  Framework* added = ledger_->AddFramework(std::move(framework));
  ledger_->changes().FrameworkAdded(*added);
  RemoveLater(added, std::max(FailoverTimeout(info), options_.recovery_timeout));
  return added;
}

}  // namespace mesos::master
