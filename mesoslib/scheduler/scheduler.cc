#include "mesos/scheduler.h"

namespace mesos {

void Scheduler::Registered(SchedulerDriver&, const v1::FrameworkID&, const v1::MasterInfo&) {}
void Scheduler::Reregistered(SchedulerDriver&, const v1::MasterInfo&) {}
void Scheduler::Disconnected(SchedulerDriver&) {}

void Scheduler::ResourceOffers(SchedulerDriver& driver, const std::vector<v1::Offer>& offers) {
  std::vector<v1::OfferID> ids;
  ids.reserve(offers.size());
  for (const v1::Offer& offer : offers) ids.push_back(offer.id());
  driver.DeclineOffers(ids).IgnoreError();
}

void Scheduler::OfferRescinded(SchedulerDriver&, const v1::OfferID&) {}
void Scheduler::StatusUpdate(SchedulerDriver&, const v1::TaskStatus&) {}
void Scheduler::OperationStatusUpdate(SchedulerDriver&, const v1::OperationStatus&) {}
void Scheduler::FrameworkMessage(SchedulerDriver&, const v1::ExecutorID&, const v1::AgentID&,
                                 const std::string&) {}
void Scheduler::AgentLost(SchedulerDriver&, const v1::AgentID&) {}
void Scheduler::ExecutorLost(SchedulerDriver&, const v1::ExecutorID&, const v1::AgentID&, int) {}
void Scheduler::Error(SchedulerDriver&, const std::string&) {}

}  // namespace mesos
