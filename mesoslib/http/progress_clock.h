// ProgressClock: whether a peer sends, or takes, bytes fast enough.
#ifndef MESOSLIB_HTTP_PROGRESS_CLOCK_H_
#define MESOSLIB_HTTP_PROGRESS_CLOCK_H_

#include <algorithm>
#include <cstddef>

#include "absl/time/time.h"

namespace mesos::http {

// At most `stall` may pass without a byte; and of the whole time, beyond the first `stall`, so much
// as the bytes so far take at `bytes_per_second`.
struct Pace {
  absl::Duration stall;
  size_t bytes_per_second = 0;
};

class ProgressClock {
 public:
  void Start(absl::Time now) {
    started_ = last_ = now;
    bytes_ = 0;
  }

  void Add(size_t bytes, absl::Time now) {
    if (bytes == 0) return;
    bytes_ += bytes;
    last_ = now;
  }

  // When the peer is too slow unless more bytes come before.
  absl::Time Deadline(const Pace& pace) const {
    const absl::Duration earned = absl::Seconds(1) * (static_cast<double>(bytes_) /
                                                      static_cast<double>(pace.bytes_per_second));
    return std::min(last_ + pace.stall, started_ + pace.stall + earned);
  }

 private:
  absl::Time started_;
  absl::Time last_;
  size_t bytes_ = 0;
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_PROGRESS_CLOCK_H_
