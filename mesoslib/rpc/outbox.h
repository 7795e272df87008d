// Outbox: the outgoing half of a stream. One frame is on its way at a time; what is pushed
// meanwhile waits and goes out as one frame, up to kMaxFrameBytes or the frame type's number of
// messages.
//
// Threads: everything may be called from any thread. The Wire is called without a lock held.
#ifndef MESOSLIB_RPC_OUTBOX_H_
#define MESOSLIB_RPC_OUTBOX_H_

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/rpc/frame_traits.h"

namespace mesos {

template <typename Frame>
class Outbox {
 public:
  using Traits = FrameTraits<Frame>;
  using Message = typename Traits::Message;
  using Done = absl::AnyInvocable<void(absl::Status)>;

  static constexpr size_t kMaxFrameBytes = 1 << 20;

  class Wire {
   public:
    // Starts to write; OnWritten() is due once for each call. The frame stays until then.
    virtual void WriteFrame(const Frame* frame) = 0;

    // Nothing is written any more: the last call on this wire. After Finish() everything has been
    // written; after Abort() a frame may still be on its way.
    virtual void EndWriting(absl::Status status) = 0;

   protected:
    ~Wire() = default;
  };

  enum class Pushed { kYes, kEnded, kOverflow };

  Outbox(Wire* wire, size_t max_backlog_bytes)
      : wire_(wire), max_backlog_bytes_(max_backlog_bytes) {}

  // `done` hears OK when the message has been written, or why it never will be. kEnded and
  // kOverflow: the message was dropped. After kOverflow the caller aborts.
  Pushed Push(Message message, Done done = nullptr) {
    const size_t bytes = message.ByteSizeLong();
    absl::Status refused;
    Pushed result = Pushed::kYes;
    const Frame* start = nullptr;
    {
      MutexLock lock(&mutex_);
      if (ending_) {
        result = Pushed::kEnded;
        refused = absl::UnavailableError("the connection is closed");
      } else if (backlog_bytes_ > 0 && backlog_bytes_ + bytes > max_backlog_bytes_) {
        result = Pushed::kOverflow;
        refused = OverflowError();
      } else {
        Append(std::move(message), bytes, std::move(done));
        start = NextFrame();
      }
    }
    if (result != Pushed::kYes && done) done(refused);
    if (start != nullptr) Start(start);
    return result;
  }

  // The frame of the last WriteFrame() is written; or not, and then nothing ever will be.
  void OnWritten(bool ok) {
    if (!ok) Abort(absl::UnavailableError("the connection is lost"));
    Batch written;
    const Frame* start = nullptr;
    std::optional<absl::Status> end;
    {
      MutexLock lock(&mutex_);
      written = std::move(in_flight_);
      in_flight_ = Batch();
      writing_ = false;
      backlog_bytes_ -= written.bytes;
      start = NextFrame();
      end = TakeEnd();
    }
    if (start != nullptr) Start(start);
    if (end.has_value()) wire_->EndWriting(*std::move(end));
    const absl::Status result = ok ? absl::OkStatus() : absl::UnavailableError("connection lost");
    for (Done& done : written.dones) done(result);
  }

  // Writes what waits, then ends. The first Finish() counts.
  void Finish(absl::Status status) {
    std::optional<absl::Status> end;
    {
      MutexLock lock(&mutex_);
      if (ending_) return;
      ending_ = true;
      end_status_ = std::move(status);
      end = TakeEnd();
    }
    if (end.has_value()) wire_->EndWriting(*std::move(end));
  }

  // Drops what waits and ends at once, even in the middle of Finish(). The first Abort() counts.
  void Abort(absl::Status status) {
    std::deque<Batch> dropped;
    std::optional<absl::Status> end;
    {
      MutexLock lock(&mutex_);
      if (aborted_ || ended_) return;
      ending_ = aborted_ = true;
      end_status_ = status;
      dropped.swap(queue_);
      backlog_bytes_ = in_flight_.bytes;
      end = TakeEnd();
    }
    if (end.has_value()) wire_->EndWriting(*std::move(end));
    const absl::Status result =
        status.ok() ? absl::UnavailableError("the connection is closed") : status;
    for (Batch& batch : dropped) {
      for (Done& done : batch.dones) done(result);
    }
  }

  absl::Status OverflowError() const {
    return absl::ResourceExhaustedError(
        absl::StrCat("the peer does not read: more than ", max_backlog_bytes_, " bytes wait"));
  }

 private:
  struct Batch {
    Frame frame;
    size_t messages = 0;
    size_t bytes = 0;
    std::vector<Done> dones;
  };

  void Append(Message message, size_t bytes, Done done) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (queue_.empty() || queue_.back().messages >= Traits::kMaxMessages ||
        queue_.back().bytes + bytes > kMaxFrameBytes) {
      queue_.emplace_back();
    }
    Batch& batch = queue_.back();
    Traits::Append(&batch.frame, std::move(message));
    ++batch.messages;
    batch.bytes += bytes;
    backlog_bytes_ += bytes;
    if (done) batch.dones.push_back(std::move(done));
  }

  // What the caller must give to Start() once the lock is released; null: nothing.
  const Frame* NextFrame() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || queue_.empty()) return nullptr;
    in_flight_ = std::move(queue_.front());
    queue_.pop_front();
    writing_ = true;
    ++starting_;
    return &in_flight_.frame;
  }

  void Start(const Frame* frame) {
    wire_->WriteFrame(frame);
    std::optional<absl::Status> end;
    {
      MutexLock lock(&mutex_);
      --starting_;
      end = TakeEnd();
    }
    if (end.has_value()) wire_->EndWriting(*std::move(end));
  }

  // Set once: when the wire must be ended by the caller. Never while WriteFrame() is running.
  std::optional<absl::Status> TakeEnd() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!ending_ || ended_ || starting_ > 0) return std::nullopt;
    if (!aborted_ && (writing_ || !queue_.empty())) return std::nullopt;
    ended_ = true;
    return std::move(end_status_);
  }

  Wire* const wire_;
  const size_t max_backlog_bytes_;

  Mutex mutex_;
  std::deque<Batch> queue_ ABSL_GUARDED_BY(mutex_);
  Batch in_flight_ ABSL_GUARDED_BY(mutex_);
  size_t backlog_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // Queued and in flight.
  int starting_ ABSL_GUARDED_BY(mutex_) = 0;          // WriteFrame() calls that are running.
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool aborted_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mesos

#endif  // MESOSLIB_RPC_OUTBOX_H_
