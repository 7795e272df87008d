// BodyBudget: how much memory the bodies of all requests of a server may take together, and
// BodyShare, what one of them takes.
//
// Threads: a budget may be used from any thread; a share from one at a time.
// Ownership: shares keep their budget alive, for requests may outlive the server.
#ifndef MESOSLIB_HTTP_BODY_BUDGET_H_
#define MESOSLIB_HTTP_BODY_BUDGET_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace mesos::http {

class BodyBudget {
 public:
  explicit BodyBudget(size_t max_bytes) : max_bytes_(max_bytes) {}

  bool Take(size_t bytes) {
    if (taken_.fetch_add(bytes) + bytes <= max_bytes_) return true;
    taken_.fetch_sub(bytes);
    return false;
  }
  void GiveBack(size_t bytes) { taken_.fetch_sub(bytes); }
  size_t taken() const { return taken_; }

 private:
  const size_t max_bytes_;
  std::atomic<size_t> taken_{0};
};

class BodyShare {
 public:
  explicit BodyShare(std::shared_ptr<BodyBudget> budget) : budget_(std::move(budget)) {}
  BodyShare(BodyShare&& other) noexcept
      : budget_(std::move(other.budget_)), bytes_(std::exchange(other.bytes_, 0)) {}
  ~BodyShare() {
    if (bytes_ > 0) budget_->GiveBack(bytes_);
  }

  // False: the budget is spent; the share stays as it was.
  bool GrowTo(size_t bytes) {
    if (bytes <= bytes_) return true;
    if (!budget_->Take(bytes - bytes_)) return false;
    bytes_ = bytes;
    return true;
  }

 private:
  std::shared_ptr<BodyBudget> budget_;
  size_t bytes_ = 0;
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_BODY_BUDGET_H_
