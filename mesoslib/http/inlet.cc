#include "mesoslib/http/inlet.h"

#include <utility>

#include "absl/status/statusor.h"

namespace mesos::http {
namespace {

constexpr size_t kMuch = 64 << 10;

}  // namespace

void Inlet::Read(Next next) {
  {
    MutexLock lock(&mutex_);
    next_ = std::move(next);
  }
  waker_->Post([self = shared_from_this()] { self->Deliver(); });
  waker_->Wake();
}

void Inlet::Add(std::string bytes) {
  {
    MutexLock lock(&mutex_);
    waiting_ += bytes;
  }
  Deliver();
}

void Inlet::End(absl::Status status) {
  {
    MutexLock lock(&mutex_);
    if (end_.has_value()) return;
    end_ = std::move(status);
  }
  Deliver();
}

bool Inlet::IsFull() {
  MutexLock lock(&mutex_);
  return waiting_.size() >= kMuch;
}

void Inlet::Deliver() {
  Next next;
  absl::StatusOr<std::string> piece = std::string();
  {
    MutexLock lock(&mutex_);
    if (!next_ || (waiting_.empty() && !end_.has_value())) return;
    next = std::exchange(next_, nullptr);
    if (!waiting_.empty()) {
      piece = std::exchange(waiting_, {});
    } else if (!end_->ok()) {
      piece = *end_;
    }
  }
  next(std::move(piece));
}

}  // namespace mesos::http
