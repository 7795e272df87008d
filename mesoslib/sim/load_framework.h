// LoadFramework: a framework as its author would write it: it launches tasks, hears of them,
// reconciles what it has not heard of, and comes back under its id when its process has died.
#ifndef MESOSLIB_SIM_LOAD_FRAMEWORK_H_
#define MESOSLIB_SIM_LOAD_FRAMEWORK_H_

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mesos/scheduler.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/sim/book.h"
#include "mesoslib/sim/process.h"

namespace mesos::sim {

struct LoadPlan {
  std::string role = "*";
  size_t tasks = 20;              // It keeps so many going.
  uint64_t tasks_per_offer = 3;   // At most.
  uint64_t long_tasks = 200;      // Thousandths that run for the whole simulation.
  uint64_t executor_tasks = 200;  // Thousandths that run under an executor.
  absl::Duration longest = absl::Seconds(30);  // Of the others.
  // Thousandths that run on what is lent, as far as it is offered; more than 0: it takes that.
  uint64_t revocable_tasks = 0;
  bool partition_aware = true;
  bool checkpoint = true;
  absl::Duration failover_timeout = absl::Hours(1);
  bool explicit_acknowledgements = false;
  // It keeps offers for a while before it answers them.
  bool hoards = false;
  // It suppresses offers while it has all its tasks, and kills none; others do both at random.
  bool steady = false;
};

// One life of it.
class LoadFramework final : public Scheduler {
 public:
  LoadFramework(World* world, std::shared_ptr<Process> process, LoadPlan plan, Book* book,
                SchedulerEndpoint* master);
  ~LoadFramework() override;

  // No new tasks from now on; what runs for long goes on.
  void set_quiet(bool quiet) { quiet_ = quiet; }
  // The offers it has and has not answered.
  const std::map<std::string, v1::Offer>& offers() const { return offers_; }
  bool connected() const { return connected_; }
  // It is to end: the master has refused it, or has given its id to somebody else.
  bool refused() const { return refused_; }
  // The master has ended the framework: it is to begin anew.
  bool removed() const { return removed_; }

  // Scheduler.
  void Registered(SchedulerDriver& driver, const v1::FrameworkID& id,
                  const v1::MasterInfo& master) override;
  void Reregistered(SchedulerDriver& driver, const v1::MasterInfo& master) override;
  void Disconnected(SchedulerDriver& driver) override;
  void ResourceOffers(SchedulerDriver& driver, const std::vector<v1::Offer>& offers) override;
  void OfferRescinded(SchedulerDriver& driver, const v1::OfferID& offer) override;
  void StatusUpdate(SchedulerDriver& driver, const v1::TaskStatus& status) override;
  void Error(SchedulerDriver& driver, const std::string& message) override;

 private:
  void Tick();
  void SetSuppressed(bool suppressed);
  void Connected();
  void AnswerOffer(const v1::Offer& offer);
  v1::TaskInfo NewTask(const v1::Offer& offer);
  void Reconcile(absl::Duration silent_for);
  void KillSomeTask();
  void AcknowledgeLater(const v1::TaskStatus& status);

  World* const world_;
  const std::shared_ptr<Process> process_;
  const LoadPlan plan_;
  Book* const book_;
  bool quiet_ = false;
  bool connected_ = false;
  bool refused_ = false;
  bool removed_ = false;
  bool suppressed_ = false;
  std::map<std::string, v1::Offer> offers_;
  std::unique_ptr<SchedulerDriver> driver_;
  Lifetime lifetime_;
};

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_LOAD_FRAMEWORK_H_
