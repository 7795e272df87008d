// Backoff, and IsTransient: whether to try again and how long to wait before, so that those who
// lost something together do not all come back together.
#ifndef MESOSLIB_BASE_BACKOFF_H_
#define MESOSLIB_BASE_BACKOFF_H_

#include <algorithm>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "mesos/random.h"

namespace mesos {

// A number from [0, 1), any of them as likely.
inline double RandomFraction(Random* random) {
  return static_cast<double>(random->Next() >> 11) * 0x1.0p-53;
}

// Whether trying again may help after a session ended so.
inline bool IsTransient(const absl::Status& reason) {
  switch (reason.code()) {
    case absl::StatusCode::kOk:  // The stream has ended.
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return true;
    default:  // The peer refuses.
      return false;
  }
}

class Backoff {
 public:
  // The first attempt is made at once; later ones after a random part of `step`, 2 * `step`,
  // 4 * `step`, ... but of `max` at most.
  Backoff(Random* random, absl::Duration step, absl::Duration max)
      : random_(random), step_(step), max_(max) {}

  absl::Duration Next() {
    const absl::Duration limit = limit_;
    limit_ = std::min(max_, limit == absl::ZeroDuration() ? step_ : 2 * limit);
    return limit == absl::ZeroDuration() ? limit : RandomFraction(random_) * limit;
  }

  // After a success.
  void Reset() { limit_ = absl::ZeroDuration(); }

 private:
  Random* const random_;
  const absl::Duration step_;
  const absl::Duration max_;
  absl::Duration limit_ = absl::ZeroDuration();
};

}  // namespace mesos

#endif  // MESOSLIB_BASE_BACKOFF_H_
