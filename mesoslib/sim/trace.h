// Trace: what has happened in a simulation, one line each. The last lines are kept for people; the
// hash covers all of them, so that two runs can be told to be the same.
#ifndef MESOSLIB_SIM_TRACE_H_
#define MESOSLIB_SIM_TRACE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos::sim {

class Trace {
 public:
  // Keeps the last `kept` lines; at least 1.
  explicit Trace(size_t kept) : lines_(kept) {}

  // `at` is the time since the simulation began.
  void Add(absl::Duration at, absl::string_view line);

  uint64_t hash() const { return hash_; }
  uint64_t count() const { return count_; }

  // The lines kept, the oldest first, each with its time and a newline.
  std::string ToString() const;

 private:
  struct Line {
    absl::Duration at;
    std::string text;
  };

  std::vector<Line> lines_;  // A ring.
  uint64_t count_ = 0;
  uint64_t hash_ = 14695981039346656037u;
};

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_TRACE_H_
