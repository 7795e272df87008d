// MemoryBudget: how much memory what peers cause may take in a whole server, and MemoryShare, what
// one of them takes of it. Where there is a limit for each peer, this is the one for all together.
//
// Threads: a budget may be used from any thread; a share from one at a time.
// Ownership: shares keep their budget alive, for what they are for may outlive the server.
#ifndef MESOSLIB_HTTP_MEMORY_BUDGET_H_
#define MESOSLIB_HTTP_MEMORY_BUDGET_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace mesos::http {

class MemoryBudget {
 public:
  explicit MemoryBudget(size_t max_bytes) : max_bytes_(max_bytes) {}

  size_t taken() const { return taken_; }
  bool exceeded() const { return taken_ > max_bytes_; }

 private:
  friend class MemoryShare;

  const size_t max_bytes_;
  std::atomic<size_t> taken_{0};
};

class MemoryShare {
 public:
  explicit MemoryShare(std::shared_ptr<MemoryBudget> budget) : budget_(std::move(budget)) {}
  MemoryShare(MemoryShare&& other) noexcept
      : budget_(std::move(other.budget_)), bytes_(std::exchange(other.bytes_, 0)) {}
  ~MemoryShare() {
    if (bytes_ > 0) Set(0);
  }

  // The share has so many bytes now, within the budget or not. (Unsigned numbers wrap around, so
  // that adding the difference is right both ways.)
  void Set(size_t bytes) {
    budget_->taken_ += bytes - bytes_;
    bytes_ = bytes;
  }

  // False: that is more than the budget has; the share stays as it was.
  bool GrowTo(size_t bytes) {
    const size_t before = bytes_;
    Set(bytes);
    if (!budget_->exceeded()) return true;
    Set(before);
    return false;
  }

  const MemoryBudget& budget() const { return *budget_; }

 private:
  std::shared_ptr<MemoryBudget> budget_;
  size_t bytes_ = 0;
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_MEMORY_BUDGET_H_
