// OwedAnswer: an operator's answer that must be given once, whatever happens. If it is dropped with
// its holder, because the term ends, it is Unavailable: what was asked for may or may not be done.
#ifndef MESOSLIB_MASTER_OWED_ANSWER_H_
#define MESOSLIB_MASTER_OWED_ANSWER_H_

#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"

namespace mesos::master {

class OwedAnswer {
 public:
  using Done = absl::AnyInvocable<void(absl::Status)>;

  explicit OwedAnswer(Done done) : done_(std::move(done)) {}
  OwedAnswer(OwedAnswer&& other) noexcept : done_(std::exchange(other.done_, nullptr)) {}
  OwedAnswer& operator=(OwedAnswer&&) = delete;
  ~OwedAnswer() {
    Give(absl::UnavailableError(
        "this master leads no more; ask the one that does whether it was done"));
  }

  void Give(absl::Status status) {
    if (done_ != nullptr) std::exchange(done_, nullptr)(std::move(status));
  }

 private:
  Done done_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_OWED_ANSWER_H_
