#include "mesoslib/master/maintenance_plan.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::master {
namespace {

absl::Status Invalid(absl::string_view message) { return absl::InvalidArgumentError(message); }

bool IsAddress(absl::string_view text) {
  if (text.find(':') != text.npos) {
    return std::count(text.begin(), text.end(), ':') >= 2 &&
           text.find_first_not_of("0123456789abcdefABCDEF:.") == text.npos;
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '.');
  return parts.size() == 4 && std::all_of(parts.begin(), parts.end(), [](absl::string_view part) {
           uint32_t number = 0;
           return part.size() <= 3 && part.find_first_not_of("0123456789") == part.npos &&
                  absl::SimpleAtoi(part, &number) && number <= 255;
         });
}

// "10.0.0.1" of "10.0.0.1:5051", "::1" of "[::1]:5051".
absl::string_view WithoutPort(absl::string_view address) {
  if (absl::ConsumePrefix(&address, "[")) return address.substr(0, address.find(']'));
  if (std::count(address.begin(), address.end(), ':') > 1) return address;
  return address.substr(0, address.rfind(':'));
}

}  // namespace

MaintenancePlan::Key MaintenancePlan::KeyOf(const v1::MachineID& id) {
  return {absl::AsciiStrToLower(id.hostname()), absl::AsciiStrToLower(id.ip())};
}

std::string MaintenancePlan::Describe(const v1::MachineID& id) {
  if (id.ip().empty()) return Quoted(id.hostname());
  if (id.hostname().empty()) return Quoted(id.ip());
  return absl::StrCat(Quoted(id.hostname()), " at ", Quoted(id.ip()));
}

absl::Status MaintenancePlan::ValidateMachine(const std::string& field, const v1::MachineID& id) {
  if (id.hostname().empty() && id.ip().empty()) {
    return Invalid(absl::StrCat(field, " has neither hostname nor ip; expected at least one"));
  }
  if (id.ip().empty() || IsAddress(id.ip())) return absl::OkStatus();
  return Invalid(
      absl::StrCat(field, ".ip is ", Quoted(id.ip()), "; expected an address such as 10.0.0.1"));
}

absl::Status MaintenancePlan::ValidateWindow(const std::string& field,
                                             const v1::maintenance::Window& window) {
  if (window.machine_ids().empty()) {
    return Invalid(absl::StrCat(field, ".machine_ids is empty; expected at least one machine"));
  }
  if (!window.unavailability().start().has_nanoseconds()) {
    return Invalid(absl::StrCat(field, ".unavailability.start is missing"));
  }
  const int64_t duration = window.unavailability().duration().nanoseconds();
  if (duration >= 0) return absl::OkStatus();
  return Invalid(absl::StrCat(field, ".unavailability.duration is ", duration,
                              " nanoseconds; expected zero or more"));
}

absl::Status MaintenancePlan::Replace(absl::string_view field,
                                      const v1::maintenance::Schedule& schedule) {
  std::map<Key, Machine> machines;
  for (int i = 0; i < schedule.windows_size(); ++i) {
    const v1::maintenance::Window& window = schedule.windows(i);
    const std::string in = absl::StrCat(field, ".windows[", i, "]");
    RETURN_IF_ERROR(ValidateWindow(in, window));
    for (int j = 0; j < window.machine_ids_size(); ++j) {
      const v1::MachineID& id = window.machine_ids(j);
      const std::string where = absl::StrCat(in, ".machine_ids[", j, "]");
      RETURN_IF_ERROR(ValidateMachine(where, id));
      auto known = machines_.find(KeyOf(id));
      const bool down = known != machines_.end() && known->second.down;
      if (!machines.emplace(KeyOf(id), Machine{id, window.unavailability(), down}).second) {
        return Invalid(
            absl::StrCat(where, " is ", Describe(id), " once more; expected each machine once"));
      }
    }
  }
  for (const auto& [key, machine] : machines_) {
    if (!machine.down || machines.contains(key)) continue;
    return Invalid(absl::StrCat(field, " is without ", Describe(machine.id),
                                ", which is DOWN; expected it to stay until STOP_MAINTENANCE"));
  }
  schedule_ = schedule;
  machines_ = std::move(machines);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<MaintenancePlan::Key>> MaintenancePlan::ReadMachines(
    absl::string_view field, const MachineIds& ids) const {
  if (ids.empty()) return Invalid(absl::StrCat(field, " is empty; expected at least one machine"));
  std::vector<Key> keys;
  std::set<Key> seen;
  for (int i = 0; i < ids.size(); ++i) {
    const std::string where = absl::StrCat(field, "[", i, "]");
    RETURN_IF_ERROR(ValidateMachine(where, ids[i]));
    Key key = KeyOf(ids[i]);
    if (!seen.insert(key).second) {
      return Invalid(
          absl::StrCat(where, " is ", Describe(ids[i]), " once more; expected each machine once"));
    }
    if (!machines_.contains(key)) {
      return Invalid(absl::StrCat(where, " is ", Describe(ids[i]),
                                  "; expected a machine that is in the schedule, named as there"));
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

absl::Status MaintenancePlan::Start(absl::string_view field, const MachineIds& ids) {
  ASSIGN_OR_RETURN(const std::vector<Key> keys, ReadMachines(field, ids));
  for (const Key& key : keys) {
    const Machine& machine = machines_.at(key);
    if (!machine.down) continue;
    return Invalid(absl::StrCat(field, " has ", Describe(machine.id),
                                ", which is DOWN already; expected machines that are DRAINING"));
  }
  for (const Key& key : keys) machines_.at(key).down = true;
  return absl::OkStatus();
}

absl::Status MaintenancePlan::Stop(absl::string_view field, const MachineIds& ids) {
  ASSIGN_OR_RETURN(const std::vector<Key> keys, ReadMachines(field, ids));
  for (const Key& key : keys) {
    const Machine& machine = machines_.at(key);
    if (machine.down) continue;
    return Invalid(absl::StrCat(field, " has ", Describe(machine.id),
                                ", which is DRAINING; expected machines that are DOWN"));
  }
  for (const Key& key : keys) machines_.erase(key);
  v1::maintenance::Schedule left;
  for (const v1::maintenance::Window& window : schedule_.windows()) {
    v1::maintenance::Window kept;
    for (const v1::MachineID& id : window.machine_ids()) {
      if (machines_.contains(KeyOf(id))) *kept.add_machine_ids() = id;
    }
    if (kept.machine_ids().empty()) continue;
    *kept.mutable_unavailability() = window.unavailability();
    *left.add_windows() = std::move(kept);
  }
  schedule_ = std::move(left);
  return absl::OkStatus();
}

absl::StatusOr<MaintenancePlan> MaintenancePlan::Read(const internal::Maintenance& maintenance) {
  MaintenancePlan plan;
  RETURN_IF_ERROR(plan.Replace("schedule", maintenance.schedule()));
  if (!maintenance.down().empty()) RETURN_IF_ERROR(plan.Start("down", maintenance.down()));
  return plan;
}

internal::Maintenance MaintenancePlan::ToProto() const {
  internal::Maintenance maintenance;
  *maintenance.mutable_schedule() = schedule_;
  for (const auto& [key, machine] : machines_) {
    if (machine.down) *maintenance.add_down() = machine.id;
  }
  return maintenance;
}

const MaintenancePlan::Machine* MaintenancePlan::Find(absl::string_view hostname,
                                                      absl::string_view address) const {
  if (machines_.empty()) return nullptr;
  const std::string host = absl::AsciiStrToLower(hostname);
  const std::string ip = absl::AsciiStrToLower(WithoutPort(address));
  const Machine* named = nullptr;
  for (const Key& key : {Key(host, ip), Key(host, ""), Key("", ip)}) {
    auto found = machines_.find(key);
    if (found == machines_.end()) continue;
    // Whoever is down by any of its names is down.
    if (named == nullptr || (found->second.down && !named->down)) named = &found->second;
  }
  return named;
}

void MaintenancePlan::ForEach(absl::FunctionRef<void(const Machine&)> visit) const {
  for (const auto& [key, machine] : machines_) visit(machine);
}

}  // namespace mesos::master
