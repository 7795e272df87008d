#include "mesoslib/master/acceptor.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/mutation.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/master/call_validation.h"
#include "mesoslib/master/operation_validation.h"

namespace mesos::master {
namespace {

using Operation = v1::Offer::Operation;
using v1::TaskStatus;

// The tasks of one operation that launches any.
template <typename Visit>
void ForEachTask(const Operation& operation, Visit visit) {
  if (operation.type() == Operation::LAUNCH) {
    for (const v1::TaskInfo& task : operation.launch().task_infos()) visit(task);
  } else if (operation.type() == Operation::LAUNCH_GROUP) {
    for (const v1::TaskInfo& task : operation.launch_group().task_group().tasks()) visit(task);
  }
}

// The agent hands tasks on as they are, so what they hold must say what for.
void SetAllocation(absl::string_view role, Resources::ProtoList* resources) {
  for (v1::Resource& resource : *resources) {
    resource.mutable_allocation_info()->set_role(std::string(role));
  }
}

}  // namespace

struct Acceptor::Stock {
  Framework* framework;
  Agent* agent;
  std::string role;
  Resources offered;
  Resources left;
  // What operations have made that those after them may not use.
  Resources set_aside;
};

absl::StatusOr<Acceptor::Stock> Acceptor::TakeOffers(Framework* framework,
                                                     const v1::scheduler::Call::Accept& accept) {
  if (accept.offer_ids().empty()) return absl::InvalidArgumentError("offer_ids is empty");
  std::vector<Offer*> offers;
  std::string problem;
  for (const v1::OfferID& id : accept.offer_ids()) {
    Offer* offer = ledger_->FindOffer(OfferId(id.value()));
    if (offer == nullptr || offer->framework != framework) {
      problem = absl::StrCat("offer ", Quoted(id.value()),
                             " is not one of the framework's: used, rescinded, or never made");
    } else if (std::find(offers.begin(), offers.end(), offer) != offers.end()) {
      problem = absl::StrCat("offer ", Quoted(id.value()), " is named twice");
    } else {
      offers.push_back(offer);
      if (offer->agent != offers[0]->agent) {
        problem = absl::StrCat("offers are of the agents ", offers[0]->agent->id.value(), " and ",
                               offer->agent->id.value(), "; expected one agent");
      } else if (offer->role != offers[0]->role) {
        problem = absl::StrCat("offers are for the roles ", Quoted(offers[0]->role), " and ",
                               Quoted(offer->role), "; expected one role");
      }
    }
  }
  // Used up either way: a framework that is wrong about one is offered all of them anew.
  Stock stock{framework,
              offers.empty() ? nullptr : offers[0]->agent,
              offers.empty() ? "" : offers[0]->role,
              {},
              {},
              {}};
  if (problem.empty()) framework->counts->offers_accepted += offers.size();
  for (Offer* offer : offers) {
    if (problem.empty()) {
      stock.left += ledger_->TakeOffer(offer);
    } else {
      ledger_->ReturnOffer(offer, std::nullopt);
    }
  }
  stock.offered = stock.left;
  if (problem.empty()) return stock;
  offers_->Trigger();
  return absl::InvalidArgumentError(problem);
}

void Acceptor::Accept(Framework* framework, v1::scheduler::Call::Accept accept) {
  for (const Operation& operation : accept.operations()) {
    ++framework->counts->operations[operation.type()];
  }
  absl::StatusOr<Stock> stock = TakeOffers(framework, accept);
  if (!stock.ok()) {
    RejectAll(*framework, accept,
              {v1::TASK_DROPPED, TaskStatus::REASON_INVALID_OFFERS, stock.status().message()},
              v1::OPERATION_ERROR);
    return;
  }
  if (!stock->agent->connected()) {
    RejectAll(
        *framework, accept,
        {v1::TASK_DROPPED, TaskStatus::REASON_AGENT_DISCONNECTED, "The agent is disconnected"},
        v1::OPERATION_DROPPED);
  } else {
    for (Operation& operation : *accept.mutable_operations()) {
      Perform(&*stock, std::move(operation));
    }
  }
  GiveBack(*stock, RefuseDuration(accept.filters()));
}

void Acceptor::Perform(Stock* stock, Operation operation) {
  const bool group = operation.type() == Operation::LAUNCH_GROUP;
  if (!group && operation.type() != Operation::LAUNCH) {
    const absl::Status applied = Apply(stock, operation);
    if (applied.ok()) return;
    operations_->Reject(*stock->framework, operation, stock->agent->id, v1::OPERATION_ERROR,
                        applied.message());
  } else if (operation.has_id()) {
    RejectTasks(*stock->framework, operation,
                {v1::TASK_ERROR,
                 group ? TaskStatus::REASON_TASK_GROUP_INVALID : TaskStatus::REASON_TASK_INVALID,
                 absl::StrCat("operation.id is ", Quoted(operation.id().value()),
                              "; expected none, for tasks are what tells of a launch")});
  } else if (group) {
    LaunchGroup(stock, std::move(*operation.mutable_launch_group()));
  } else {
    Launch(stock, std::move(*operation.mutable_launch()));
  }
}

absl::Status Acceptor::Apply(Stock* stock, Operation operation) {
  RETURN_IF_ERROR(ValidateOperation(operation, {*stock->agent, stock->framework, stock->role,
                                                stock->framework->info.principal()}));
  RETURN_IF_ERROR(operations_->Admit(*stock->framework, operation));
  SetAllocationRole(stock->role, &operation);
  ASSIGN_OR_RETURN(Resources after, stock->left.Apply(operation));
  const Resources made = after - stock->left;
  ledger_->Transform(stock->framework, stock->agent, stock->role, stock->left - after, made);
  stock->left = std::move(after);
  // As in Mesos, whose agents may be long about these.
  if (operation.type() == Operation::GROW_VOLUME || operation.type() == Operation::SHRINK_VOLUME) {
    stock->left -= made;
    stock->set_aside += made;
  }
  operations_->Send(stock->framework, stock->agent, std::move(operation));
  return absl::OkStatus();
}

void Acceptor::GiveBack(const Stock& stock, absl::Duration refuse) {
  const Resources made = stock.left - stock.offered;
  ledger_->Return(stock.framework, stock.agent, stock.role, stock.left - made, refuse);
  const Resources anew = made + stock.set_aside;
  if (anew.empty()) return;
  ledger_->Return(stock.framework, stock.agent, stock.role, anew, std::nullopt);
  offers_->Trigger();
}

void Acceptor::Record(Stock* stock, v1::TaskInfo* task, LaunchResources resources,
                      const v1::ExecutorInfo* executor) {
  if (!Mutated(Mutation::kReturnWholeOffer)) stock->left -= resources.task;
  ExecutorId executor_id;
  if (executor != nullptr) {
    executor_id = ExecutorId(executor->executor_id().value());
    if (!ledger_->HasExecutor(*stock->agent, stock->framework->id, executor_id)) {
      stock->left -= resources.executor;
      ledger_->AddExecutor(stock->framework, stock->agent, *executor,
                           std::move(resources.executor));
    }
  }
  SetAllocation(stock->role, task->mutable_resources());
  ledger_->changes().TaskAdded(ledger_->AddTask(
      stock->framework, stock->agent, NewTask(*task, executor_id, std::move(resources.task))));
}

void Acceptor::Launch(Stock* stock, Operation::Launch launch) {
  const LaunchContext context{*ledger_, *stock->framework, *stock->agent, stock->role};
  internal::MasterMessage message;
  for (v1::TaskInfo& task : *launch.mutable_task_infos()) {
    absl::StatusOr<LaunchResources> resources = ValidateTask(task, context, stock->left);
    if (!resources.ok()) {
      tasks_->Reject(
          *stock->framework, TaskId(task.task_id().value()), stock->agent->id,
          {v1::TASK_ERROR, TaskStatus::REASON_TASK_INVALID, resources.status().message()});
      continue;
    }
    v1::ExecutorInfo* executor = nullptr;
    if (task.has_executor()) {
      executor = task.mutable_executor();
      executor->mutable_framework_id()->set_value(stock->framework->id.value());
      if (!executor->has_type()) executor->set_type(v1::ExecutorInfo::CUSTOM);
      SetAllocation(stock->role, executor->mutable_resources());
    }
    Record(stock, &task, *std::move(resources), executor);
    *message.mutable_run_tasks()->add_tasks() = std::move(task);
  }
  if (!message.has_run_tasks()) return;
  *message.mutable_run_tasks()->mutable_framework() = stock->framework->info;
  stock->agent->sink->Deliver(std::move(message));
}

void Acceptor::LaunchGroup(Stock* stock, Operation::LaunchGroup launch) {
  const LaunchContext context{*ledger_, *stock->framework, *stock->agent, stock->role};
  v1::TaskGroupInfo* group = launch.mutable_task_group();
  absl::StatusOr<std::vector<LaunchResources>> resources =
      ValidateTaskGroup(launch.executor(), *group, context, stock->left);
  if (!resources.ok()) {
    for (const v1::TaskInfo& task : group->tasks()) {
      tasks_->Reject(
          *stock->framework, TaskId(task.task_id().value()), stock->agent->id,
          {v1::TASK_ERROR, TaskStatus::REASON_TASK_GROUP_INVALID, resources.status().message()});
    }
    return;
  }
  v1::ExecutorInfo* executor = launch.mutable_executor();
  executor->mutable_framework_id()->set_value(stock->framework->id.value());
  SetAllocation(stock->role, executor->mutable_resources());
  internal::MasterMessage message;
  internal::MasterMessage::RunTasks* run = message.mutable_run_tasks();
  for (int i = 0; i < group->tasks_size(); ++i) {
    Record(stock, group->mutable_tasks(i), std::move((*resources)[i]), executor);
    *run->add_tasks() = std::move(*group->mutable_tasks(i));
  }
  *run->mutable_group_executor() = std::move(*executor);
  *run->mutable_framework() = stock->framework->info;
  stock->agent->sink->Deliver(std::move(message));
}

void Acceptor::RejectTasks(const Framework& framework, const Operation& operation,
                           const StatusFields& fields) {
  ForEachTask(operation, [&](const v1::TaskInfo& task) {
    const AgentId id(task.agent_id().value());
    StatusFields told = fields;
    const Agent* agent = ledger_->FindAgent(id);
    // Why the offer is not there any more.
    if (told.reason == TaskStatus::REASON_INVALID_OFFERS && agent != nullptr &&
        agent->drain.has_value()) {
      told.reason = TaskStatus::REASON_AGENT_DRAINING;
    }
    tasks_->Reject(framework, TaskId(task.task_id().value()), id, told);
  });
}

void Acceptor::RejectAll(const Framework& framework, const v1::scheduler::Call::Accept& accept,
                         const StatusFields& fields, v1::OperationState state) {
  for (const Operation& operation : accept.operations()) {
    if (operation.type() == Operation::LAUNCH || operation.type() == Operation::LAUNCH_GROUP) {
      RejectTasks(framework, operation, fields);
    } else {
      operations_->Reject(framework, operation, AgentId(), state, fields.message);
    }
  }
}

}  // namespace mesos::master
