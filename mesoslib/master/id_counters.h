// IdCounters: how many ids a master has given. They go on from term to term, so that no id is given
// twice by one master.
#ifndef MESOSLIB_MASTER_ID_COUNTERS_H_
#define MESOSLIB_MASTER_ID_COUNTERS_H_

#include <cstdint>

namespace mesos::master {

struct IdCounters {
  uint64_t offers = 0;
  uint64_t agents = 0;
  uint64_t frameworks = 0;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_ID_COUNTERS_H_
