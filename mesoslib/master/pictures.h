// Pictures: what a master's records look like to those who ask for its state.
#ifndef MESOSLIB_MASTER_PICTURES_H_
#define MESOSLIB_MASTER_PICTURES_H_

#include "mesos/master_state.h"
#include "mesoslib/master/records.h"

namespace mesos::master {

MasterState::Task Picture(const Task& task);
MasterState::Agent Picture(const Agent& agent);
// Without its tasks.
MasterState::Framework Picture(const Framework& framework);

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_PICTURES_H_
