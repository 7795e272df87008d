#include "mesoslib/master/state_answer.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/master/state_protos.h"

namespace mesos::master {

using Call = v1::master::Call;
using v1::master::Response;

StateAnswer::StateAnswer(const MasterState& state, const Call& call) : state_(state) {
  switch (call.type()) {
    case Call::GET_AGENTS:
      response_.set_type(Response::GET_AGENTS);
      AddAgents(response_.mutable_get_agents());
      break;
    case Call::GET_FRAMEWORKS:
      response_.set_type(Response::GET_FRAMEWORKS);
      AddFrameworks(response_.mutable_get_frameworks());
      break;
    case Call::GET_EXECUTORS:
      response_.set_type(Response::GET_EXECUTORS);
      AddExecutors(response_.mutable_get_executors());
      break;
    case Call::GET_TASKS:
      response_.set_type(Response::GET_TASKS);
      AddTasks(response_.mutable_get_tasks());
      break;
    case Call::GET_ROLES:
      response_.set_type(Response::GET_ROLES);
      AddRoles(response_.mutable_get_roles());
      break;
    default:
      response_.set_type(Response::GET_STATE);
      AddTasks(response_.mutable_get_state()->mutable_get_tasks());
      AddExecutors(response_.mutable_get_state()->mutable_get_executors());
      AddFrameworks(response_.mutable_get_state()->mutable_get_frameworks());
      AddAgents(response_.mutable_get_state()->mutable_get_agents());
  }
}

bool StateAnswer::Advance(size_t records) {
  while (!steps_.empty() && records > 0) {
    records -= std::min(records, std::max<size_t>(1, steps_.front().records));
    steps_.front().run();
    steps_.pop_front();
  }
  return steps_.empty();
}

template <typename Visit>
void StateAnswer::ForEachAgentLater(Visit visit) {
  for (const auto& page : state_.agents) {
    Later(page->items.size(), [&page = page->items, visit] {
      for (const MasterState::Agent& agent : page) visit(agent);
    });
  }
}

void StateAnswer::AddTasks(Response::GetTasks* result) {
  auto add = [this](const MasterState::Framework& framework,
                    const MasterState::Pages<MasterState::Task>& tasks, auto* list) {
    for (const auto& page : tasks) {
      Later(page->items.size(), [&framework, &page = page->items, list] {
        for (const MasterState::Task& task : page) ToProto(task, framework.id, list->Add());
      });
    }
  };
  for (const auto* frameworks : {&state_.frameworks, &state_.completed_frameworks}) {
    for (const MasterState::Framework& framework : *frameworks) {
      add(framework, framework.tasks, result->mutable_tasks());
      add(framework, framework.unreachable_tasks, result->mutable_unreachable_tasks());
      add(framework, framework.completed_tasks, result->mutable_completed_tasks());
    }
  }
}

void StateAnswer::AddAgents(Response::GetAgents* result) {
  ForEachAgentLater(
      [result](const MasterState::Agent& agent) { ToProto(agent, result->add_agents()); });
  for (const v1::AgentInfo& info : state_.recovered_agents) *result->add_recovered_agents() = info;
}

void StateAnswer::AddExecutors(Response::GetExecutors* result) {
  ForEachAgentLater([result](const MasterState::Agent& agent) {
    for (const MasterState::Executor& executor : agent.executors) {
      Response::GetExecutors::Executor* proto = result->add_executors();
      *proto->mutable_executor_info() = *executor.info;
      proto->mutable_agent_id()->set_value(agent.id.value());
    }
  });
}

void StateAnswer::AddFrameworks(Response::GetFrameworks* result) {
  // What they hold is gathered first, agent by agent and page by page.
  ForEachAgentLater([this](const MasterState::Agent& agent) {
    for (const MasterState::Offer& offer : agent.offers) {
      Holdings& holdings = holdings_[offer.framework];
      holdings.offers.push_back(&offer);
      holdings.offer_agents.push_back(&agent);
    }
    for (const MasterState::Executor& executor : agent.executors) {
      holdings_[executor.framework].allocated += executor.resources;
    }
  });
  for (const MasterState::Framework& framework : state_.frameworks) {
    for (const auto& page : framework.tasks) {
      Later(page->items.size(), [this, &framework, &page = page->items] {
        Resources& allocated = holdings_[framework.id].allocated;
        for (const MasterState::Task& task : page) {
          if (task.holds_resources) allocated += task.description->resources;
        }
      });
    }
  }
  for (const MasterState::Framework& framework : state_.frameworks) {
    Later(1, [this, &framework, result] {
      Response::GetFrameworks::Framework* proto = result->add_frameworks();
      DescribeToProto(framework, proto);
      const Holdings holdings = std::move(holdings_[framework.id]);
      holdings.allocated.ToProto(proto->mutable_allocated_resources());
      Resources offered;
      for (size_t i = 0; i < holdings.offers.size(); ++i) {
        const MasterState::Offer& offer = *holdings.offers[i];
        offered += offer.resources;
        v1::Offer* listed = proto->add_offers();
        listed->mutable_id()->set_value(offer.id.value());
        listed->mutable_framework_id()->set_value(framework.id.value());
        listed->mutable_agent_id()->set_value(holdings.offer_agents[i]->id.value());
        listed->set_hostname(holdings.offer_agents[i]->info->hostname());
        listed->mutable_allocation_info()->set_role(offer.role);
        offer.resources.ToProto(listed->mutable_resources());
      }
      offered.ToProto(proto->mutable_offered_resources());
      *proto->mutable_inverse_offers() = framework.inverse_offers;
    });
  }
  for (const MasterState::Framework& framework : state_.completed_frameworks) {
    Later(1,
          [&framework, result] { DescribeToProto(framework, result->add_completed_frameworks()); });
  }
}

void StateAnswer::AddRoles(Response::GetRoles* result) {
  for (const MasterState::Framework& framework : state_.frameworks) {
    for (const std::string& role : framework.roles) roles_[role].frameworks.insert(framework.id);
  }
  for (const auto& [role, quota] : state_.quotas) roles_[role];
  for (const auto& [role, weight] : state_.weights) roles_[role];
  ForEachAgentLater([this](const MasterState::Agent& agent) {
    for (const auto& [role, resources] : (agent.used + agent.offered).Allocations()) {
      roles_[role].held += resources;
    }
    for (const auto& [role, resources] : agent.total.Reservations()) roles_[role];
  });
  Later(1, [this, result] {
    for (const auto& [name, known] : roles_) {
      v1::Role* role = result->add_roles();
      role->set_name(name);
      auto weight = state_.weights.find(name);
      role->set_weight(weight == state_.weights.end() ? 1 : weight->second);
      for (const FrameworkId& id : known.frameworks) role->add_frameworks()->set_value(id.value());
      known.held.ToProto(role->mutable_resources());
    }
  });
}

}  // namespace mesos::master

namespace mesos {

bool IsAnsweredFromState(const v1::master::Call& call) {
  using Call = v1::master::Call;
  switch (call.type()) {
    case Call::GET_STATE:
    case Call::GET_AGENTS:
    case Call::GET_FRAMEWORKS:
    case Call::GET_EXECUTORS:
    case Call::GET_TASKS:
    case Call::GET_ROLES:
      return true;
    default:
      return false;
  }
}

absl::StatusOr<v1::master::Response> AnswerFrom(const MasterState& state,
                                                const v1::master::Call& call) {
  if (!IsAnsweredFromState(call)) {
    return absl::UnimplementedError(absl::StrCat("a state does not answer the call ",
                                                 v1::master::Call::Type_Name(call.type())));
  }
  master::StateAnswer answer(state, call);
  while (!answer.Advance(std::numeric_limits<size_t>::max())) {
  }
  return answer.Take();
}

}  // namespace mesos
