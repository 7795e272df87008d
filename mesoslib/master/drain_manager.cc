#include "mesoslib/master/drain_manager.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesos/internal/messages.pb.h"
#include "mesoslib/master/state_protos.h"
#include "mesoslib/master/task_states.h"

namespace mesos::master {
namespace {

bool IsToBeGone(const internal::DeactivatedAgent& agent) {
  return agent.drain_info().state() == v1::DRAINED && agent.drain_info().config().mark_gone();
}

}  // namespace

void DrainManager::Recover(absl::btree_map<AgentId, Deactivated> agents) {
  agents_ = std::move(agents);
  for (const auto& [id, agent] : agents_) {
    // The former master may not have got that far.
    if (IsToBeGone(agent)) MarkGoneLater(id);
  }
}

// -- What operators ask for --

absl::Status DrainManager::CheckSettled(const AgentId& id) const {
  if (!writing_.contains(id)) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("agent ", id.value(), " is changing its state; ask again"));
}

void DrainManager::Drain(const AgentId& id, v1::DrainConfig config, Done done) {
  OwedAnswer answer(std::move(done));
  if (absl::Status settled = CheckSettled(id); !settled.ok()) return answer.Give(settled);
  const Agent* agent = ledger_->FindAgent(id);
  if (agent != nullptr && !agent->capabilities.agent_draining) {
    return answer.Give(absl::InvalidArgumentError(absl::StrCat(
        "drain_agent.agent_id is ", Quoted(id.value()),
        ", an agent without the capability AGENT_DRAINING; expected one that has it")));
  }
  Deactivated wanted;
  wanted.mutable_drain_info()->set_state(v1::DRAINING);
  *wanted.mutable_drain_info()->mutable_config() = std::move(config);
  SetTime(loop_->WallTime(), wanted.mutable_drain_start());
  Write(id, std::move(wanted),
        lifetime_.Guard([this, id, answer = std::move(answer)](absl::Status status) mutable {
          log_.Info("agent ", id.value(), " is being drained");
          Agent* agent = ledger_->FindAgent(id);
          if (agent != nullptr) {
            SendDrain(*agent);
            Look(agent);
          }
          answer.Give(std::move(status));
        }));
}

void DrainManager::Deactivate(const AgentId& id, Done done) {
  OwedAnswer answer(std::move(done));
  if (absl::Status settled = CheckSettled(id); !settled.ok()) return answer.Give(settled);
  if (agents_.contains(id)) return answer.Give(absl::OkStatus());
  Write(id, Deactivated(),
        lifetime_.Guard([this, id, answer = std::move(answer)](absl::Status status) mutable {
          log_.Info("agent ", id.value(), " is deactivated");
          answer.Give(std::move(status));
        }));
}

void DrainManager::Reactivate(const AgentId& id, Done done) {
  OwedAnswer answer(std::move(done));
  if (absl::Status settled = CheckSettled(id); !settled.ok()) return answer.Give(settled);
  auto found = agents_.find(id);
  if (found == agents_.end()) {
    return answer.Give(absl::InvalidArgumentError(
        absl::StrCat("reactivate_agent.agent_id is ", Quoted(id.value()),
                     ", which is not deactivated; expected an agent that is")));
  }
  if (found->second.drain_info().state() == v1::DRAINING) {
    return answer.Give(absl::InvalidArgumentError(
        absl::StrCat("reactivate_agent.agent_id is ", Quoted(id.value()),
                     ", which is DRAINING; expected one that is DRAINED, or was not drained")));
  }
  writing_.insert(id);
  registrar_->Reactivate(
      id,
      lifetime_.Guard([this, id, answer = std::move(answer)](const absl::Status& status) mutable {
        writing_.erase(id);
        if (!status.ok()) return;  // The term is about to end.
        const bool drained = agents_[id].has_drain_info();
        agents_.erase(id);
        log_.Info("agent ", id.value(), " is active again");
        Refresh(id);
        Agent* agent = ledger_->FindAgent(id);
        if (agent != nullptr && drained) SendDrain(*agent);
        offers_->Trigger();
        answer.Give(status);
      }));
}

void DrainManager::Write(const AgentId& id, Deactivated agent, Done done) {
  writing_.insert(id);
  registrar_->Deactivate(id, agent,
                         lifetime_.Guard([this, id, agent, done = std::move(done)](
                                             const absl::Status& status) mutable {
                           writing_.erase(id);
                           if (!status.ok()) return;  // The term is about to end.
                           agents_[id] = std::move(agent);
                           Refresh(id);
                           done(status);
                         }));
}

// -- What follows from that --

void DrainManager::Describe(Agent* agent) const {
  auto found = agents_.find(agent->id);
  agent->deactivated = found != agents_.end();
  agent->drain.reset();
  agent->drain_start = absl::InfinitePast();
  if (!agent->deactivated || !found->second.has_drain_info()) return;
  agent->drain = found->second.drain_info();
  agent->drain_start = absl::FromUnixNanos(found->second.drain_start().nanoseconds());
}

void DrainManager::Refresh(const AgentId& id) {
  Agent* agent = ledger_->FindAgent(id);
  if (agent == nullptr) return;
  Describe(agent);
  ledger_->UpdateAgent(agent);
  if (agent->deactivated) offers_->RescindAll(agent);
}

void DrainManager::Forget(const AgentId& id) {
  // It may have come back at that very moment, after it was unreachable for long.
  if (agents_.erase(id) > 0) Refresh(id);
}

void DrainManager::SendDrain(const Agent& agent) const {
  if (!agent.connected()) return;  // It is told when it is back.
  internal::MasterMessage message;
  message.mutable_drain();
  if (agent.drain.has_value()) *message.mutable_drain()->mutable_config() = agent.drain->config();
  agent.sink->Deliver(std::move(message));
}

void DrainManager::Look(Agent* agent) {
  if (!agent->drain.has_value() || !agent->connected() || agent->leaving) return;
  const AgentId id = agent->id;
  if (agent->drain->state() == v1::DRAINED) {
    if (agent->drain->config().mark_gone()) MarkGoneLater(id);
    return;
  }
  // As in Mesos, not the executors: the agent ends those that have nothing to do.
  if (!agent->tasks.empty() || operations_->HasAny(id)) return;
  if (writing_.contains(id)) return;
  Deactivated drained = agents_.at(id);
  drained.mutable_drain_info()->set_state(v1::DRAINED);
  Write(id, std::move(drained), lifetime_.Guard([this, id](const absl::Status&) {
    log_.Info("agent ", id.value(), " is drained");
    if (IsToBeGone(agents_.at(id))) MarkGoneLater(id);
  }));
}

void DrainManager::MarkGoneLater(const AgentId& id) {
  // Not in the middle of what was found out.
  loop_->Post(lifetime_.Guard([this, id] {
    auto found = agents_.find(id);
    if (found != agents_.end() && IsToBeGone(found->second)) mark_gone_(id);
  }));
}

}  // namespace mesos::master
