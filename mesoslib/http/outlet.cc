#include "mesoslib/http/outlet.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos::http {
namespace {

// How much a connection takes at a time: so much is in flight when it is counted as one.
constexpr size_t kTakenBytes = 256 << 10;

}  // namespace

void Outlet::Reply(Response response) {
  {
    MutexLock lock(&mutex_);
    if (answered_ || gone_.has_value()) return;
    answered_ = ended_ = true;
    answer_ = Answer{.response = std::move(response), .streams = false};
    if (!NeedsWake()) return;
  }
  waker_->Wake();
}

void Outlet::Start(Response head, Exchange::Closed closed) {
  bool gone = false;
  {
    MutexLock lock(&mutex_);
    if (answered_) return;
    answered_ = true;
    closed_ = std::move(closed);
    gone = gone_.has_value();
    if (!gone) answer_ = Answer{.response = std::move(head), .streams = true};
    if (!gone && !NeedsWake()) return;
  }
  if (gone) {
    waker_->Post([self = shared_from_this()] { self->TellClosed(); });
  } else {
    waker_->Wake();
  }
}

void Outlet::Write(const std::string& chunk) {
  if (chunk.empty()) return;  // On the wire it would mean the end.
  {
    MutexLock lock(&mutex_);
    if (gone_.has_value() || ended_ || failure_.has_value()) return;
    if (!Fits(chunk.size())) {
      Break(absl::ResourceExhaustedError(absl::StrCat("it reads too slowly: more than ",
                                                      max_backlog_bytes_, " bytes wait for it")));
    } else {
      waiting_.Append(chunked_ ? absl::StrCat(absl::Hex(chunk.size()), "\r\n", chunk, "\r\n")
                               : chunk);
      share_.Set(waiting_.size() + in_flight_);
    }
    if (!NeedsWake()) return;
  }
  waker_->Wake();
}

void Outlet::WhenTaken(absl::AnyInvocable<void()> ready) {
  absl::AnyInvocable<void()> dropped;  // Destroyed after the lock is released.
  {
    MutexLock lock(&mutex_);
    if (gone_.has_value() || ended_ || failure_.has_value()) return;
    dropped = std::exchange(ready_, std::move(ready));
    if (!waiting_.empty()) return;
    ready = std::exchange(ready_, nullptr);
  }
  waker_->Post(std::move(ready));
}

void Outlet::Fail(absl::Status why) {
  {
    MutexLock lock(&mutex_);
    if (gone_.has_value() || ended_ || failure_.has_value()) return;
    Break(std::move(why));
    if (!NeedsWake()) return;
  }
  waker_->Wake();
}

void Outlet::End() {
  absl::AnyInvocable<void()> never;
  Exchange::Closed dropped;
  {
    MutexLock lock(&mutex_);
    if (ended_) return;
    ended_ = true;
    dropped = std::exchange(closed_, nullptr);
    never = std::exchange(ready_, nullptr);
    if (gone_.has_value()) return;
    if (chunked_ && !failure_.has_value()) waiting_.Append("0\r\n\r\n");
    if (!NeedsWake()) return;
  }
  waker_->Wake();
}

bool Outlet::Fits(size_t bytes) const {
  const size_t backlog = waiting_.size() + in_flight_;
  const size_t limit = share_.budget().exceeded()
                           ? std::min(max_backlog_bytes_, BacklogLimit::kScarceBytes)
                           : max_backlog_bytes_;
  return backlog == 0 || backlog + bytes <= limit;
}

void Outlet::Break(absl::Status why) {
  failure_ = std::move(why);
  // The connection is told in any case: it does not look here while it waits for the peer.
  woken_ = false;
  DropBacklog();
}

void Outlet::DropBacklog() {
  waiting_.Clear();
  in_flight_ = 0;
  share_.Set(0);
}

bool Outlet::NeedsWake() { return !std::exchange(woken_, true); }

std::optional<Outlet::Answer> Outlet::TakeAnswer() {
  MutexLock lock(&mutex_);
  woken_ = false;
  return std::exchange(answer_, std::nullopt);
}

std::optional<absl::Status> Outlet::Failure() {
  MutexLock lock(&mutex_);
  return failure_;
}

bool Outlet::TakeChunks(ByteQueue* to) {
  absl::AnyInvocable<void()> ready;
  bool all = false;
  {
    MutexLock lock(&mutex_);
    woken_ = false;
    const size_t before = to->size();
    to->TakeFrom(&waiting_, kTakenBytes);
    in_flight_ = to->size() - before;
    share_.Set(waiting_.size() + in_flight_);
    if (waiting_.empty()) ready = std::exchange(ready_, nullptr);
    all = ended_ && waiting_.empty();
  }
  if (ready != nullptr) waker_->Post(std::move(ready));
  return all;
}

void Outlet::Close(absl::Status reason) {
  absl::AnyInvocable<void()> never;
  {
    MutexLock lock(&mutex_);
    if (gone_.has_value()) return;
    gone_ = std::move(reason);
    never = std::exchange(ready_, nullptr);
    DropBacklog();
  }
  TellClosed();
}

void Outlet::TellClosed() {
  Exchange::Closed closed;
  absl::Status reason;
  {
    MutexLock lock(&mutex_);
    closed = std::exchange(closed_, nullptr);
    reason = *gone_;
  }
  if (closed) closed(std::move(reason));
}

}  // namespace mesos::http
