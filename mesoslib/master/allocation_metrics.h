// What a master tells of its allocator, under Mesos's names: rounds, resources, quotas, filters.
#ifndef MESOSLIB_MASTER_ALLOCATION_METRICS_H_
#define MESOSLIB_MASTER_ALLOCATION_METRICS_H_

#include "mesos/allocator.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/offer_manager.h"
#include "mesoslib/master/quota_manager.h"
#include "mesoslib/resources/metrics.h"

namespace mesos::master {

// All below "allocator/mesos/":
//   allocation_runs, allocation_run_ms and allocation_run_latency_ms with their percentiles
//   resources/NAME/total and .../offered_or_allocated, of scalars
//   quota/roles/ROLE/resources/NAME/guarantee, .../limit, .../offered_or_allocated, and
//       .../consumed: without what is only offered
//   offer_filters/roles/ROLE/active
void AddAllocationMetrics(const Ledger& ledger, const OfferManager& offers,
                          const QuotaManager& quotas, const Allocator& allocator,
                          MetricList* metrics);

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_ALLOCATION_METRICS_H_
