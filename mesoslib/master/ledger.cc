#include "mesoslib/master/ledger.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesos/values.h"
#include "mesoslib/base/mutation.h"
#include "mesoslib/master/task_states.h"

namespace mesos::master {
namespace {

// Whether both say the same of the task's health and checks; `before`: null where nothing was said.
bool SameChecks(const v1::TaskStatus& now, const v1::TaskStatus* before) {
  if (before == nullptr) return !now.has_healthy() && !now.has_check_status();
  return now.has_healthy() == before->has_healthy() && now.healthy() == before->healthy() &&
         now.has_check_status() == before->has_check_status() &&
         (!now.has_check_status() || now.check_status().SerializeAsString() ==
                                         before->check_status().SerializeAsString());
}

}  // namespace

Framework* Ledger::FindFramework(const FrameworkId& id) const {
  auto found = frameworks_.find(id);
  return found == frameworks_.end() ? nullptr : found->second.get();
}

Agent* Ledger::FindAgent(const AgentId& id) const { return agents_.Find(id); }
Offer* Ledger::FindOffer(const OfferId& id) const { return offers_.Find(id); }

Task* Ledger::FindTask(const Framework& framework, const TaskId& id) const {
  return framework.tasks.Find(absl::string_view(id.value()));
}

void Ledger::Expect(const absl::Status& status, absl::string_view what) const {
  if (!status.ok())
    log_.Error("the allocator and the master disagree: ", what, ": ", status.ToString());
}

FrameworkAllocationState Ledger::AllocationStateOf(const Framework& framework) const {
  FrameworkAllocationState state;
  state.roles = framework.roles;
  state.suppressed_roles = framework.suppressed_roles;
  for (const auto& capability : framework.info.capabilities()) {
    state.capabilities.push_back(capability.type());
  }
  for (const auto& [role, filters] : framework.info.offer_filters()) {
    std::vector<ResourceQuantities>& minima = state.min_allocatable_resources[role];
    for (const auto& listed : filters.min_allocatable_resources().quantities()) {
      ResourceQuantities quantities;
      for (const auto& [name, scalar] : listed.quantities()) {
        quantities.Add(name, MillisFromDouble(scalar.value()).value_or(0));
      }
      minima.push_back(std::move(quantities));
    }
  }
  state.offer_constraints = framework.offer_constraints;
  state.active = framework.connected() && MayBeOffered(framework);
  return state;
}

AgentAllocationState Ledger::AllocationStateOf(const Agent& agent) const {
  AgentAllocationState state;
  state.info = agent.info;
  state.info.clear_resources();
  for (const auto& capability : agent.capability_list) {
    state.capabilities.push_back(capability.type());
  }
  state.total = agent.total;
  state.unavailability = agent.unavailability;
  state.active = agent.connected() && !agent.leaving && !agent.deactivated;
  if (!agent.connected()) {
    state.why_inactive = "disconnected";
  } else if (agent.leaving) {
    state.why_inactive = "leaving";
  } else if (agent.deactivated) {
    state.why_inactive = agent.drain.has_value() ? "draining" : "deactivated";
  }
  return state;
}

Framework* Ledger::AddFramework(std::unique_ptr<Framework> framework) {
  Framework* added = framework.get();
  frameworks_.emplace(added->id, std::move(framework));
  Expect(allocator_->AddFramework(added->id, AllocationStateOf(*added)), "AddFramework");
  return added;
}

void Ledger::UpdateFramework(Framework* framework) {
  framework->shown_info = nullptr;
  Expect(allocator_->UpdateFramework(framework->id, AllocationStateOf(*framework)),
         "UpdateFramework");
}

void Ledger::SetSuppressed(Framework* framework, const std::set<std::string>& roles,
                           bool suppressed) {
  for (const std::string& role : roles.empty() ? framework->roles : roles) {
    if (suppressed) {
      framework->suppressed_roles.insert(role);
    } else {
      framework->suppressed_roles.erase(role);
    }
  }
  if (suppressed) {
    Expect(allocator_->Suppress(framework->id, roles), "Suppress");
  } else {
    Expect(allocator_->Revive(framework->id, roles), "Revive");
  }
}

void Ledger::Request(Framework* framework,
                     const std::map<std::string, ResourceQuantities>& wanted) {
  for (const auto& [role, quantities] : wanted) {
    Expect(allocator_->Request(framework->id, role, quantities), "Request");
  }
}

std::unique_ptr<Framework> Ledger::RemoveFramework(Framework* framework) {
  Expect(allocator_->RemoveFramework(framework->id), "RemoveFramework");
  auto found = frameworks_.find(framework->id);
  std::unique_ptr<Framework> removed = std::move(found->second);
  frameworks_.erase(found);
  return removed;
}

Agent* Ledger::AddAgent(std::unique_ptr<Agent> agent, const std::vector<Allocation>& allocations) {
  const AgentId id = agent->id;
  Agent* added = agents_.Add(id, std::move(agent));
  added->place = agent_shelf_.Put(added);
  Expect(allocator_->AddAgent(added->id, AllocationStateOf(*added), allocations), "AddAgent");
  return added;
}

void Ledger::UpdateAgent(Agent* agent) {
  Spoil(*agent);
  Expect(allocator_->UpdateAgent(agent->id, AllocationStateOf(*agent)), "UpdateAgent");
}

void Ledger::RemoveAgent(Agent* agent) {
  Expect(allocator_->RemoveAgent(agent->id), "RemoveAgent");
  agent_shelf_.Take(agent->place);
  agents_.Take(agent->id);
}

void Ledger::EmptyAllocator() {
  for (const Agent* agent : agents_.InOrder()) {
    Expect(allocator_->RemoveAgent(agent->id), "RemoveAgent");
  }
  for (const auto& [id, framework] : frameworks_) {
    Expect(allocator_->RemoveFramework(id), "RemoveFramework");
  }
}

Offer* Ledger::AddOffer(OfferId id, const Allocation& allocation) {
  auto offer = std::make_unique<Offer>();
  offer->id = id;
  offer->framework = FindFramework(allocation.framework);
  offer->agent = FindAgent(allocation.agent);
  offer->role = allocation.role;
  offer->resources = allocation.resources;
  Offer* added = offers_.Add(std::move(id), std::move(offer));
  added->framework->offers.Add(added);
  added->agent->offers.Add(added);
  added->agent->offered += added->resources;
  Spoil(*added->agent);
  if (!MayBeOffered(*added->framework)) UpdateFramework(added->framework);
  return added;
}

Resources Ledger::TakeOffer(Offer* offer) {
  if (offer->timeout != 0) loop_->Cancel(offer->timeout);
  offer->agent->offered -= offer->resources;
  const bool had_enough = !MayBeOffered(*offer->framework);
  offer->framework->offers.Remove(offer);
  if (had_enough && MayBeOffered(*offer->framework)) UpdateFramework(offer->framework);
  offer->agent->offers.Remove(offer);
  Spoil(*offer->agent);
  return std::move(offers_.Take(offer->id)->resources);
}

void Ledger::ReturnOffer(Offer* offer, std::optional<absl::Duration> refuse) {
  Framework* framework = offer->framework;
  Agent* agent = offer->agent;
  const std::string role = offer->role;
  Return(framework, agent, role, TakeOffer(offer), refuse);
}

void Ledger::Return(Framework* framework, Agent* agent, const std::string& role,
                    const Resources& resources, std::optional<absl::Duration> refuse) {
  if (resources.empty()) return;
  Allocation allocation{framework->id, agent->id, role, resources};
  if (refuse.has_value()) {
    Expect(allocator_->Decline(allocation, *refuse, loop_->Now()), "Decline");
  } else {
    Expect(allocator_->Recover(allocation), "Recover");
  }
}

void Ledger::Transform(Framework* framework, Agent* agent, const std::string& role,
                       const Resources& before, const Resources& after) {
  Resources gone = before;
  Resources come = after;
  gone.Unallocate();
  come.Unallocate();
  agent->total -= gone;
  agent->total += come;
  Spoil(*agent);
  Expect(allocator_->Transform({framework->id, agent->id, role, before}, after), "Transform");
}

void Ledger::TransformFree(Agent* agent, const Resources& before, const Resources& after) {
  agent->total -= before;
  agent->total += after;
  UpdateAgent(agent);
}

Resources Ledger::FreeOn(const Agent& agent) {
  Resources held = agent.used + agent.offered;
  held.Unallocate();
  return agent.total - held;
}

void Ledger::Recover(Framework* framework, Agent* agent, const Resources& resources) {
  // Everything a task or an executor has is of one role.
  Return(framework, agent, resources.AllocationRole().value_or(""), resources, std::nullopt);
}

Task* Ledger::AddTask(Framework* framework, Agent* agent, std::unique_ptr<Task> task) {
  const absl::string_view id = task->id().value();
  Task* added = framework->tasks.Add(id, std::move(task));
  added->framework = framework;
  added->agent = agent;
  agent->tasks.Add(added);
  added->place = framework->task_shelf.Put(added);
  Spoil(*agent);
  if (!IsTerminal(added->latest_state) && !added->unfounded) {
    added->holds_resources = true;
    agent->used += added->resources();
  }
  return added;
}

void Ledger::SetState(Task* task, v1::TaskState state, v1::TaskState latest,
                      std::shared_ptr<const v1::TaskStatus> status) {
  const bool changed = state != task->state || latest != task->latest_state ||
                       (status != nullptr && !SameChecks(*status, task->status.get()));
  if (IsTerminal(state) && !IsTerminal(task->state)) {
    counters_.TaskEnded(task->framework->counts.get(), state, status.get());
  }
  task->state = state;
  task->latest_state = latest;
  if (status != nullptr) task->status = std::move(status);
  if (task->place != kNoPlace) task->framework->task_shelf.Spoil(task->place);
  if (changed) changes_->TaskUpdated(*task);
}

void Ledger::ReleaseTask(Task* task) {
  if (!task->holds_resources) return;
  task->holds_resources = false;
  task->agent->used -= task->resources();
  if (Mutated(Mutation::kReleaseTwice)) task->agent->used -= task->resources();
  Recover(task->framework, task->agent, task->resources());
  task->framework->task_shelf.Spoil(task->place);
  Spoil(*task->agent);
}

std::unique_ptr<Task> Ledger::RemoveTask(Task* task) {
  ReleaseTask(task);
  if (task->agent != nullptr) task->agent->tasks.Remove(task);
  task->agent = nullptr;
  task->framework->task_shelf.Take(std::exchange(task->place, kNoPlace));
  return task->framework->tasks.Take(task->id().value());
}

void Ledger::AddExecutor(Framework* framework, Agent* agent, v1::ExecutorInfo info,
                         Resources resources) {
  ExecutorId id(info.executor_id().value());
  agent->used += resources;
  agent->executors.insert_or_assign(
      {framework->id, std::move(id)},
      Executor{std::make_shared<const v1::ExecutorInfo>(std::move(info)), std::move(resources)});
  Spoil(*agent);
}

bool Ledger::HasExecutor(const Agent& agent, const FrameworkId& framework,
                         const ExecutorId& id) const {
  return FindExecutor(agent, framework, id) != nullptr;
}

const Executor* Ledger::FindExecutor(const Agent& agent, const FrameworkId& framework,
                                     const ExecutorId& id) const {
  auto found = agent.executors.find({framework, id});
  return found == agent.executors.end() ? nullptr : &found->second;
}

void Ledger::RemoveExecutor(Framework* framework, Agent* agent, const ExecutorId& id) {
  auto found = agent->executors.find({framework->id, id});
  if (found == agent->executors.end()) return;
  agent->used -= found->second.resources;
  Recover(framework, agent, found->second.resources);
  agent->executors.erase(found);
  Spoil(*agent);
}

absl::Status Ledger::CheckAgent(const Agent& agent) const {
  std::string misfiled;
  Resources used;
  agent.tasks.ForEach([&](const Task& task) {
    if (task.agent != &agent || FindTask(*task.framework, task.id()) != &task) {
      misfiled = absl::StrCat("task ", task.id().value(), " is misfiled");
    }
    if (task.holds_resources) used += task.resources();
  });
  for (const auto& [key, executor] : agent.executors) used += executor.resources;
  Resources offered;
  agent.offers.ForEach([&](const Offer& offer) {
    if (offer.agent != &agent || FindOffer(offer.id) != &offer) {
      misfiled = absl::StrCat("offer ", offer.id.value(), " is misfiled");
    }
    offered += offer.resources;
  });
  if (!misfiled.empty()) return absl::InternalError(misfiled);
  if (used != agent.used || offered != agent.offered) {
    return absl::InternalError(absl::StrCat(
        "agent ", agent.id.value(), " uses ", used.ToString(), " and offers ", offered.ToString(),
        ", its record says ", agent.used.ToString(), " and ", agent.offered.ToString()));
  }
  Resources held = used + offered;
  held.Unallocate();
  if (agent.total.Contains(held)) return absl::OkStatus();
  // What is used may be more than is still lent out; what is offered may not.
  used.Unallocate();
  offered.Unallocate();
  const Resources left = agent.total.Revocable() - used.Revocable();
  if (!left.Contains(offered.Revocable()) ||
      !agent.total.NonRevocable().Contains(held.NonRevocable())) {
    return absl::InternalError(absl::StrCat("agent ", agent.id.value(), " has ",
                                            agent.total.ToString(), ", but ", held.ToString(),
                                            " are used or offered"));
  }
  return absl::OkStatus();
}

absl::Status Ledger::Check() const {
  absl::Status result;
  agents_.ForEach([&](const Agent& agent) { result.Update(CheckAgent(agent)); });
  for (const auto& [id, owned] : frameworks_) {
    const Framework* framework = owned.get();
    framework->tasks.ForEach([&](Task& task) {
      if (task.framework != framework || task.agent == nullptr ||
          !task.agent->tasks.Contains(&task)) {
        result.Update(
            absl::InternalError(absl::StrCat("task ", task.id().value(), " is misfiled")));
      }
    });
    framework->offers.ForEach([&](const Offer& offer) {
      if (offer.framework != framework) {
        result.Update(
            absl::InternalError(absl::StrCat("offer ", offer.id.value(), " is misfiled")));
      }
    });
  }
  return result;
}

}  // namespace mesos::master
