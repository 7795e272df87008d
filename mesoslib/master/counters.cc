#include "mesoslib/master/counters.h"

namespace mesos::master {

void Counters::Received(const v1::scheduler::Call& call) {
  using Call = v1::scheduler::Call;
  using Operation = v1::Offer::Operation;
  ++calls[call.type()];
  if (call.type() == Call::SUBSCRIBE && call.subscribe().framework_info().id().value().empty()) {
    ++first_subscribes;
  }
  if (call.type() != Call::ACCEPT) return;
  if (call.accept().operations().empty()) ++implicit_declines;
  for (const Operation& operation : call.accept().operations()) {
    launches += operation.launch().task_infos_size() > 0 ||
                operation.launch_group().task_group().tasks_size() > 0;
  }
}

void Counters::TaskEnded(FrameworkCounts* framework, v1::TaskState state,
                         const v1::TaskStatus* status) {
  ++ended_tasks[state];
  ++framework->ended[state];
  if (status != nullptr && status->has_reason()) {
    ++ended_for[{state, status->source(), status->reason()}];
  }
}

void CountedSink::Deliver(v1::scheduler::Event event) {
  ++counts_->events[event.type()];
  if (event.type() == v1::scheduler::Event::OFFERS) {
    counts_->offers_sent += event.offers().offers_size();
  } else if (event.type() == v1::scheduler::Event::RESCIND) {
    ++counts_->offers_rescinded;
  }
  sink_->Deliver(std::move(event));
}

}  // namespace mesos::master
