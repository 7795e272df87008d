// MachineApi: the operator's calls about machines and agents: maintenance, draining, deactivation.
// What is asked for is checked as a whole before anything is done.
#ifndef MESOSLIB_MASTER_MACHINE_API_H_
#define MESOSLIB_MASTER_MACHINE_API_H_

#include "mesos/ids.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/master/agent_manager.h"
#include "mesoslib/master/drain_manager.h"
#include "mesoslib/master/maintenance_manager.h"
#include "mesoslib/master/owed_answer.h"
#include "mesoslib/master/records.h"

namespace mesos::master {

class MachineApi {
 public:
  using Done = OwedAnswer::Done;

  MachineApi(const AgentManager* agents, DrainManager* drains, MaintenanceManager* maintenance)
      : agents_(agents), drains_(drains), maintenance_(maintenance) {}

  // Whether Call is for this one.
  static bool Answers(v1::master::Call::Type type);
  // `done` runs once, with InvalidArgument for what makes no sense and FailedPrecondition for an
  // agent that is being removed; see the managers for the rest.
  void Call(const v1::master::Call& call, Done done);

  void GetSchedule(v1::master::Response::GetMaintenanceSchedule* result) const {
    *result->mutable_schedule() = maintenance_->plan().schedule();
  }
  void GetStatus(v1::master::Response::GetMaintenanceStatus* result) const {
    *result->mutable_status() = maintenance_->Status();
  }

 private:
  absl::Status CheckAgent(absl::string_view field, const v1::AgentID& agent) const;
  void Drain(const v1::master::Call::DrainAgent& drain, Done done);

  const AgentManager* const agents_;
  DrainManager* const drains_;
  MaintenanceManager* const maintenance_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_MACHINE_API_H_
