// What a master counts while it leads, for its metrics: plain integers, added to on its loop, where
// things happen. They begin anew with each term, as those of a Mesos master do, which ends with it.
#ifndef MESOSLIB_MASTER_COUNTERS_H_
#define MESOSLIB_MASTER_COUNTERS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <tuple>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "mesos/endpoint.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/latency_histogram.h"

namespace mesos::master {

template <size_t kKinds>
using CountByKind = std::array<uint64_t, kKinds>;
using CallCounts = CountByKind<v1::scheduler::Call::Type_ARRAYSIZE>;
using EventCounts = CountByKind<v1::scheduler::Event::Type_ARRAYSIZE>;
using TaskCounts = CountByKind<v1::TaskState_ARRAYSIZE>;
using OperationCounts = CountByKind<v1::Offer::Operation::Type_ARRAYSIZE>;

// Of one framework; they go when it does.
struct FrameworkCounts {
  CallCounts calls{};    // Taken, of frameworks that are subscribed.
  EventCounts events{};  // Sent.
  uint64_t offers_sent = 0;
  uint64_t offers_accepted = 0;
  uint64_t offers_declined = 0;
  uint64_t offers_rescinded = 0;
  TaskCounts ended{};
  OperationCounts operations{};  // Asked for, launches among them.
};

// Of all frameworks with one principal, as long as there is any.
struct PrincipalCounts {
  uint64_t received = 0;
  uint64_t processed = 0;
};

struct Verdicts {
  uint64_t valid = 0;
  uint64_t invalid = 0;
};

struct Counters {
  CallCounts calls{};              // Received, whatever became of them.
  uint64_t first_subscribes = 0;   // Of the SUBSCRIBEs: those without an id.
  uint64_t launches = 0;           // Operations with tasks, in ACCEPTs.
  uint64_t implicit_declines = 0;  // ACCEPTs without any operation.
  std::array<uint64_t, internal::AgentMessage::kOperationUpdate + 1>
      said{};            // By agents, by AgentMessage::message_case().
  uint64_t dropped = 0;  // From those who are not subscribed or registered.

  Verdicts status_updates;
  Verdicts acknowledgements;
  Verdicts operation_updates;
  Verdicts operation_acknowledgements;
  Verdicts to_executors;
  Verdicts from_executors;

  TaskCounts ended_tasks{};
  // Those of which a reason is known: by state, TaskStatus::Source and ::Reason.
  absl::btree_map<std::tuple<int, int, int>, uint64_t> ended_for;
  // By type and state.
  std::array<std::array<uint64_t, v1::OperationState_ARRAYSIZE>,
             v1::Offer::Operation::Type_ARRAYSIZE>
      ended_operations{};

  // From when an update came to when its framework acknowledged it.
  LatencyHistogram update_latency;

  void Received(const v1::scheduler::Call& call);
  void Received(const internal::AgentMessage& message) {
    const size_t kind = static_cast<size_t>(message.message_case());
    if (kind < said.size()) ++said[kind];
  }
  // `status`: what says so; may be null.
  void TaskEnded(FrameworkCounts* framework, v1::TaskState state, const v1::TaskStatus* status);
  void OperationEnded(const v1::Offer::Operation& operation, v1::OperationState state) {
    ++ended_operations[operation.type()][state];
  }
};

// Counts what a framework is sent, on its way there.
class CountedSink final : public Sink<v1::scheduler::Event> {
 public:
  CountedSink(std::shared_ptr<Sink<v1::scheduler::Event>> sink,
              std::shared_ptr<FrameworkCounts> counts)
      : sink_(std::move(sink)), counts_(std::move(counts)) {}

  void Deliver(v1::scheduler::Event event) override;
  void Closed(absl::Status reason) override { sink_->Closed(std::move(reason)); }

 private:
  const std::shared_ptr<Sink<v1::scheduler::Event>> sink_;
  const std::shared_ptr<FrameworkCounts> counts_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_COUNTERS_H_
