// Lender: the resource estimator and the QoS controller of one life of a simulated agent. How much
// there is to lend changes at random, and never passes a limit; answers come at once, late, or not
// at all. Those on lent resources have to give way when there is less than they hold, and now and
// then for no reason.
#ifndef MESOSLIB_SIM_LENDER_H_
#define MESOSLIB_SIM_LENDER_H_

#include <memory>
#include <vector>

#include "mesos/oversubscription.h"
#include "mesos/resources.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/sim/process.h"
#include "mesoslib/sim/world.h"

namespace mesos::sim {

class Lender final : public ResourceEstimator, public QosController {
 public:
  // `most`: revocable scalars.
  Lender(World* world, std::shared_ptr<Process> process, Resources most);

  void Estimate(ResourceUsageSource usage, ResourceEstimator::Done done) override;
  void Correct(ResourceUsageSource usage, QosController::Done done) override;

 private:
  // Runs `answer` at once, later or, seldom, never.
  void Soon(EventLoop::Callback answer);
  std::vector<QosCorrection> WhoGivesWay(const ResourceUsage& usage);

  World* const world_;
  const std::shared_ptr<Process> process_;
  const Resources most_;
  Resources lent_;
  Lifetime lifetime_;
};

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_LENDER_H_
