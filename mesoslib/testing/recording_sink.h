// RecordingSink: keeps what a session hears, for a test to look at. For one thread.
#ifndef MESOSLIB_TESTING_RECORDING_SINK_H_
#define MESOSLIB_TESTING_RECORDING_SINK_H_

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "mesos/endpoint.h"

namespace mesos {

template <typename Event>
class RecordingSink final : public Sink<Event> {
 public:
  void Deliver(Event event) override { events.push_back(std::move(event)); }
  void Closed(absl::Status reason) override { closed = std::move(reason); }

  // What was heard since the last call.
  std::vector<Event> Take() { return std::exchange(events, {}); }

  std::vector<Event> events;
  std::optional<absl::Status> closed;
};

}  // namespace mesos

#endif  // MESOSLIB_TESTING_RECORDING_SINK_H_
