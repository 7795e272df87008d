// The client's side of a stream: a gRPC reactor behind one session.
//
// A stream owns itself until OnDone. Its session and it hold each other loosely: destroying the
// session takes the sink away, lets what was sent go out, and then ends the stream, at the latest
// after kGoodbyeTimeout.
#ifndef MESOSLIB_RPC_CLIENT_STREAM_H_
#define MESOSLIB_RPC_CLIENT_STREAM_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/alarm.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/client_callback.h"
#include "mesos/endpoint.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/rpc/live_count.h"
#include "mesoslib/rpc/outbox.h"
#include "mesoslib/rpc/protocols.h"
#include "mesoslib/rpc/status_mapping.h"

namespace mesos {

// How long calls that were sent just before the end may take to go out.
inline constexpr std::chrono::seconds kGoodbyeTimeout{1};

// What may wait for a peer that does not read.
inline constexpr size_t kMaxClientBacklogBytes = 64 << 20;

template <typename P>
class ClientStream final : public grpc::ClientBidiReactor<typename P::Calls, typename P::Events>,
                           public std::enable_shared_from_this<ClientStream<P>>,
                           private Outbox<typename P::Calls>::Wire {
 public:
  using Call = typename P::Call;
  using Event = typename P::Event;
  using Out = Outbox<typename P::Calls>;

  // `peer`: what errors call the other end.
  ClientStream(std::shared_ptr<Sink<Event>> sink, std::string peer, LiveCount::Hold hold)
      : hold_(std::move(hold)),
        peer_(std::move(peer)),
        outbox_(this, kMaxClientBacklogBytes),
        sink_(std::move(sink)) {}

  void Start(typename P::Service::StubInterface::async_interface* stub) {
    self_ = this->shared_from_this();
    stub->Connect(&context_, this);
    this->AddHold();  // Given back by EndWriting(): writes are started outside reactions.
    this->StartRead(&frame_);
    this->StartCall();
  }

  void Send(Call call, typename Out::Done done) {
    if (outbox_.Push(std::move(call), std::move(done)) != Out::Pushed::kOverflow) return;
    Fail(outbox_.OverflowError());
  }

  // The owner is not interested any more.
  void Close() {
    std::shared_ptr<Sink<Event>> released;
    {
      MutexLock lock(&mutex_);
      released.swap(sink_);
      if (!done_) {
        goodbye_.emplace();
        goodbye_->Set(std::chrono::system_clock::now() + kGoodbyeTimeout,
                      [weak = this->weak_from_this()](bool expired) {
                        if (auto self = weak.lock(); expired && self != nullptr) {
                          self->context_.TryCancel();
                        }
                      });
      }
    }
    outbox_.Finish(absl::OkStatus());
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      outbox_.Abort(absl::UnavailableError(absl::StrCat(peer_, ": the connection is lost")));
      return;
    }
    for (Event& event : *FrameTraits<typename P::Events>::Messages(&frame_)) {
      const std::shared_ptr<Sink<Event>> sink = this->sink();
      if (sink == nullptr) break;
      sink->Deliver(std::move(event));
    }
    TrimFrame(&frame_);
    this->StartRead(&frame_);
  }

  void OnWriteDone(bool ok) override { outbox_.OnWritten(ok); }

  void OnDone(const grpc::Status& status) override {
    std::shared_ptr<Sink<Event>> sink;
    absl::Status reason;
    {
      MutexLock lock(&mutex_);
      done_ = true;
      sink.swap(sink_);
      reason = failure_.ok() ? StreamEndStatus(status, peer_) : failure_;
      if (goodbye_.has_value()) goodbye_->Cancel();
    }
    if (sink != nullptr) sink->Closed(std::move(reason));
    const std::shared_ptr<ClientStream> self = std::move(self_);
  }

 private:
  void WriteFrame(const typename P::Calls* frame) override { this->StartWrite(frame); }

  void EndWriting(absl::Status status) override {
    if (status.ok()) this->StartWritesDone();
    this->RemoveHold();
  }

  std::shared_ptr<Sink<Event>> sink() {
    MutexLock lock(&mutex_);
    return sink_;
  }

  void Fail(absl::Status reason) {
    {
      MutexLock lock(&mutex_);
      if (failure_.ok()) failure_ = reason;
    }
    context_.TryCancel();
    outbox_.Abort(std::move(reason));
  }

  const LiveCount::Hold hold_;
  const std::string peer_;
  grpc::ClientContext context_;
  typename P::Events frame_;
  Out outbox_;
  std::shared_ptr<ClientStream> self_;  // Set by Start(), taken by OnDone().

  Mutex mutex_;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);               // Ours, not the transport's.
  std::shared_ptr<Sink<Event>> sink_ ABSL_GUARDED_BY(mutex_);  // Null: it hears nothing more.
  std::optional<grpc::Alarm> goodbye_ ABSL_GUARDED_BY(mutex_);
};

// What the opener holds.
template <typename P>
class ClientSession final : public Session<typename P::Call> {
 public:
  explicit ClientSession(std::shared_ptr<ClientStream<P>> stream) : stream_(std::move(stream)) {}
  ~ClientSession() override { stream_->Close(); }

  void Send(typename P::Call call, typename Session<typename P::Call>::Done done) override {
    stream_->Send(std::move(call), std::move(done));
  }

 private:
  const std::shared_ptr<ClientStream<P>> stream_;
};

}  // namespace mesos

#endif  // MESOSLIB_RPC_CLIENT_STREAM_H_
