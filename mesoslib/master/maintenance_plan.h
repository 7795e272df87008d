// MaintenancePlan: which machines are to be maintained and when, and on which that has begun. A
// plain value; every change is checked as a whole before anything of it is taken over.
//
//          Replace: in the schedule               Start
//   UP -----------------------------> DRAINING ----------> DOWN
//    ^      Replace: not any more        |                   |
//    +-----------------------------------+       Stop        |
//    +-------------------------------------------------------+
//
// A machine is named by its hostname, in any case, by its address, or by both, which then both must
// be the agent's. Whoever is named more closely is meant first.
#ifndef MESOSLIB_MASTER_MAINTENANCE_PLAN_H_
#define MESOSLIB_MASTER_MAINTENANCE_PLAN_H_

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mesos/internal/registry.pb.h"
#include "mesos/v1/maintenance/maintenance.pb.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

class MaintenancePlan {
 public:
  using MachineIds = google::protobuf::RepeatedPtrField<v1::MachineID>;

  struct Machine {
    v1::MachineID id;
    v1::Unavailability unavailability;
    bool down = false;
  };

  // InvalidArgument begins with a field of `maintenance`.
  static absl::StatusOr<MaintenancePlan> Read(const internal::Maintenance& maintenance);
  internal::Maintenance ToProto() const;

  // The whole schedule. InvalidArgument begins with `field`; so it does for a schedule without a
  // machine that is down.
  absl::Status Replace(absl::string_view field, const v1::maintenance::Schedule& schedule);
  // All of these or none. InvalidArgument: one is not scheduled, or is down already.
  absl::Status Start(absl::string_view field, const MachineIds& machines);
  // They leave the schedule. InvalidArgument: one is not down.
  absl::Status Stop(absl::string_view field, const MachineIds& machines);

  const v1::maintenance::Schedule& schedule() const { return schedule_; }
  bool empty() const { return schedule_.windows().empty(); }

  // The machine where an agent of that name and address runs; null where it is UP. `address` may
  // have a port behind it.
  const Machine* Find(absl::string_view hostname, absl::string_view address) const;
  // In the order of their names.
  void ForEach(absl::FunctionRef<void(const Machine&)> visit) const;

 private:
  // The hostname in lower case, and the address; either may be empty.
  using Key = std::pair<std::string, std::string>;

  static Key KeyOf(const v1::MachineID& id);
  static std::string Describe(const v1::MachineID& id);
  static absl::Status ValidateMachine(const std::string& field, const v1::MachineID& id);
  static absl::Status ValidateWindow(const std::string& field,
                                     const v1::maintenance::Window& window);
  absl::StatusOr<std::vector<Key>> ReadMachines(absl::string_view field,
                                                const MachineIds& machines) const;

  v1::maintenance::Schedule schedule_;
  std::map<Key, Machine> machines_;  // All in the schedule.
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_MAINTENANCE_PLAN_H_
