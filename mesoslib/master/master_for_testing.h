// What tests and simulations may see of a master beyond its interface.
#ifndef MESOSLIB_MASTER_MASTER_FOR_TESTING_H_
#define MESOSLIB_MASTER_MASTER_FOR_TESTING_H_

#include "absl/status/status.h"
#include "mesos/master.h"

namespace mesos::master {

// Whether the books agree: on every agent total == free + offered + used, every task and offer
// filed where it belongs. `master` was made by CreateMaster. On its loop.
absl::Status CheckLedger(const Master& master);

// Whether a state that shares what has not changed with those taken before says the same as one
// that was made anew. The next one shares nothing with them. On its loop.
absl::Status CheckStates(const Master& master);

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_MASTER_FOR_TESTING_H_
