// Outlet: the way of one answer from its handler, on any thread, to its connection, on one.
//
//   handler's side                               connection's side
//   Reply ------------------------------------->  TakeAnswer
//   Start, Write, Write, ... End -------------->  TakeAnswer, TakeChunks, TakeChunks, ...
//   WhenTaken(ready), ready <-------------------  TakeChunks that finds nothing more
//   Fail(why) --------------------------------->  Failure, Close
//   closed(reason) <----------------------------  Close
//
// Threads: the handler's side may be called from any thread, the connection's from its own. No lock
// is held while somebody is called.
#ifndef MESOSLIB_HTTP_OUTLET_H_
#define MESOSLIB_HTTP_OUTLET_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/http/byte_queue.h"
#include "mesoslib/http/exchange.h"
#include "mesoslib/http/memory_budget.h"

namespace mesos::http {

// How much a stream's chunks that wait or are on their way may have together. While all streams
// together have more than their budget, each may have kScarceBytes.
struct BacklogLimit {
  static constexpr size_t kScarceBytes = 64 << 10;

  size_t bytes = 64 << 20;
  std::shared_ptr<MemoryBudget> all;
};

class Outlet : public std::enable_shared_from_this<Outlet> {
 public:
  // The connection's thread, as others reach it: from any thread, also when both are gone; then
  // nothing happens.
  class Waker {
   public:
    virtual ~Waker() = default;
    // Tells the connection to look here. Its first look needs no telling.
    virtual void Wake() = 0;
    virtual void Post(absl::AnyInvocable<void()> callback) = 0;
  };

  struct Answer {
    Response response;
    bool streams = false;  // Chunks follow.
  };

  // `chunked`: what is written becomes chunks of the wire; otherwise it is sent as it is.
  Outlet(std::shared_ptr<Waker> waker, bool chunked, BacklogLimit limit)
      : waker_(std::move(waker)),
        chunked_(chunked),
        max_backlog_bytes_(limit.bytes),
        share_(std::move(limit.all)) {}

  // The handler's side. The first answer counts.
  void Reply(Response response);
  void Start(Response head, Exchange::Closed closed);
  void Write(const std::string& chunk);
  // The latest counts.
  void WhenTaken(absl::AnyInvocable<void()> ready);
  // The first reason counts; nothing happens after the end.
  void Fail(absl::Status why);
  void End();

  // The connection's side.
  std::optional<Answer> TakeAnswer();
  // Why the rest never comes: too much waited (ResourceExhausted), or whoever wrote has failed. All
  // that waited was dropped, and the connection calls Close.
  std::optional<absl::Status> Failure();
  // Moves some of what waits to `to`; what was moved before has been sent. True: that was all.
  bool TakeChunks(ByteQueue* to);
  // The answer goes nowhere from here on; a handler whose stream is open, or is opened later, is
  // told why. The first reason counts.
  void Close(absl::Status reason);

 private:
  // After the connection has gone; unless the stream ended before that, or somebody was told.
  void TellClosed();
  bool Fits(size_t bytes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Break(absl::Status why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropBacklog() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether the caller is to wake the connection.
  bool NeedsWake() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<Waker> waker_;
  const bool chunked_;
  const size_t max_backlog_bytes_;

  Mutex mutex_;
  std::optional<Answer> answer_ ABSL_GUARDED_BY(mutex_);
  Exchange::Closed closed_ ABSL_GUARDED_BY(mutex_);
  absl::AnyInvocable<void()> ready_ ABSL_GUARDED_BY(mutex_);
  ByteQueue waiting_ ABSL_GUARDED_BY(mutex_);
  size_t in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  MemoryShare share_ ABSL_GUARDED_BY(mutex_);  // What waits and what is in flight.
  bool answered_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> failure_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> gone_ ABSL_GUARDED_BY(mutex_);  // The connection; why.
  bool woken_ ABSL_GUARDED_BY(mutex_) = true;                 // It will look here.
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_OUTLET_H_
