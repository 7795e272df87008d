#include "mesoslib/master/maintenance_manager.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"

namespace mesos::master {
namespace {

using google::protobuf::util::MessageDifferencer;
using Machine = MaintenancePlan::Machine;

bool Same(const std::optional<v1::Unavailability>& a, const std::optional<v1::Unavailability>& b) {
  if (!a.has_value() || !b.has_value()) return a.has_value() == b.has_value();
  return MessageDifferencer::Equals(*a, *b);
}

std::optional<v1::Unavailability> UnavailabilityOf(const Machine* machine) {
  if (machine == nullptr) return std::nullopt;
  return machine->unavailability;
}

}  // namespace

void MaintenanceManager::Recover(MaintenancePlan plan) {
  accepted_ = plan;
  current_ = std::move(plan);
}

void MaintenanceManager::Replace(absl::string_view field, const v1::maintenance::Schedule& schedule,
                                 Done done) {
  absl::StatusOr<MaintenancePlan> plan = accepted_;
  if (absl::Status valid = plan->Replace(field, schedule); !valid.ok()) plan = std::move(valid);
  Accept(std::move(plan), std::move(done));
}

void MaintenanceManager::Start(absl::string_view field, const MaintenancePlan::MachineIds& machines,
                               Done done) {
  absl::StatusOr<MaintenancePlan> plan = accepted_;
  if (absl::Status valid = plan->Start(field, machines); !valid.ok()) plan = std::move(valid);
  Accept(std::move(plan), std::move(done));
}

void MaintenanceManager::Stop(absl::string_view field, const MaintenancePlan::MachineIds& machines,
                              Done done) {
  absl::StatusOr<MaintenancePlan> plan = accepted_;
  if (absl::Status valid = plan->Stop(field, machines); !valid.ok()) plan = std::move(valid);
  Accept(std::move(plan), std::move(done));
}

void MaintenanceManager::Accept(absl::StatusOr<MaintenancePlan> plan, Done done) {
  OwedAnswer answer(std::move(done));
  if (!plan.ok()) return answer.Give(plan.status());
  accepted_ = *plan;
  registrar_->UpdateMaintenance(
      accepted_, lifetime_.Guard([this, plan = *std::move(plan),
                                  answer = std::move(answer)](const absl::Status& status) mutable {
        if (!status.ok()) return;  // The term is about to end.
        Apply(std::move(plan));
        answer.Give(status);
      }));
}

void MaintenanceManager::Apply(MaintenancePlan plan) {
  current_ = std::move(plan);
  log_.Info("maintenance is scheduled in ", current_.schedule().windows_size(), " windows");
  for (Agent* agent : ledger_->agents().InOrder()) {
    const Machine* machine = MachineOf(*agent);
    if (machine != nullptr && machine->down) {
      remove_(agent);
      continue;
    }
    std::optional<v1::Unavailability> when = UnavailabilityOf(machine);
    if (Same(agent->unavailability, when)) continue;
    agent->unavailability = std::move(when);
    inverse_->ForgetReplies(agent->id);
    offers_->RescindAll(agent);
    ledger_->UpdateAgent(agent);
  }
  offers_->Trigger();
}

const Machine* MaintenanceManager::MachineOf(const Agent& agent) const {
  return current_.Find(agent.info.hostname(), agent.peer.address);
}

absl::Status MaintenanceManager::CheckUp(const v1::AgentInfo& info, const Peer& peer) const {
  const Machine* machine = current_.Find(info.hostname(), peer.address);
  if (machine == nullptr || !machine->down) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("Machine is `DOWN`: ", Quoted(info.hostname()),
                                                    " is being maintained; its agents may ",
                                                    "register once an operator has stopped that"));
}

void MaintenanceManager::Describe(Agent* agent) const {
  agent->unavailability = UnavailabilityOf(MachineOf(*agent));
}

v1::maintenance::ClusterStatus MaintenanceManager::Status() const {
  std::map<const Machine*, std::vector<const Agent*>> agents;
  for (const Agent* agent : ledger_->agents().InOrder()) {
    if (const Machine* machine = MachineOf(*agent)) agents[machine].push_back(agent);
  }
  v1::maintenance::ClusterStatus status;
  current_.ForEach([&](const Machine& machine) {
    if (machine.down) {
      *status.add_down_machines() = machine.id;
      return;
    }
    auto* draining = status.add_draining_machines();
    *draining->mutable_id() = machine.id;
    for (const Agent* agent : agents[&machine]) {
      for (auto& reply : inverse_->StatusesOf(agent->id)) {
        *draining->add_statuses() = std::move(reply);
      }
    }
  });
  return status;
}

}  // namespace mesos::master
