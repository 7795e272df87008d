// What a state says, as the messages of the operator's API say it.
#ifndef MESOSLIB_MASTER_STATE_PROTOS_H_
#define MESOSLIB_MASTER_STATE_PROTOS_H_

#include "absl/time/time.h"
#include "mesos/ids.h"
#include "mesos/master_state.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

void ToProto(const MasterState::Task& task, const FrameworkId& framework, v1::Task* proto);
void ToProto(const MasterState::Agent& agent, v1::master::Response::GetAgents::Agent* proto);
// Without what it holds: offers and resources.
void DescribeToProto(const MasterState::Framework& framework,
                     v1::master::Response::GetFrameworks::Framework* proto);

void SetTime(absl::Time time, v1::TimeInfo* proto);

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_STATE_PROTOS_H_
