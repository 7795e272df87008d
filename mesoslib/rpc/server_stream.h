// The server's side of a stream: a gRPC reactor that is the sink of one session.
//
//   client frames -> OnReadDone -> Session::Send        (the next frame is read after that)
//   Sink::Deliver -> Outbox -> StartWrite -> OnWriteDone
//
// A stream owns itself until OnDone; the session's peer may hold it, as its sink, for longer. The
// session is destroyed as soon as the stream breaks. Nothing here blocks, so silent clients hold no
// thread: memory is bounded by the backlog, and by HTTP/2's flow control for what they send.
#ifndef MESOSLIB_RPC_SERVER_STREAM_H_
#define MESOSLIB_RPC_SERVER_STREAM_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "grpc/grpc.h"
#include "grpcpp/alarm.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "mesos/endpoint.h"
#include "mesos/log.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/rpc/live_count.h"
#include "mesoslib/rpc/outbox.h"
#include "mesoslib/rpc/protocols.h"
#include "mesoslib/rpc/server_peer.h"
#include "mesoslib/rpc/status_mapping.h"

namespace mesos {

// What all streams of a server share.
struct StreamHost {
  size_t max_backlog_bytes = 0;
  LogSink* log_sink = nullptr;  // May be null.
  std::shared_ptr<LiveCount> sessions = std::make_shared<LiveCount>();
};

// A client that does not take the end of its stream within this time is cut off.
inline constexpr std::chrono::seconds kFarewellTimeout{10};

// `Frame` is what is written: a batch of events or one event.
template <typename Reactor, typename Frame, typename Call>
class ServerStream : public Reactor,
                     public Sink<typename FrameTraits<Frame>::Message>,
                     public std::enable_shared_from_this<ServerStream<Reactor, Frame, Call>>,
                     private Outbox<Frame>::Wire {
 public:
  using Event = typename FrameTraits<Frame>::Message;

  ServerStream(grpc::CallbackServerContext* context, std::shared_ptr<const StreamHost> host)
      : host_(std::move(host)),
        outbox_(this, host_->max_backlog_bytes),
        peer_(PeerOf(*context)),
        context_(context) {}

  void Deliver(Event event) override {
    if (outbox_.Push(std::move(event)) == Outbox<Frame>::Pushed::kOverflow) CutOff();
  }

  void Closed(absl::Status reason) override {
    {
      MutexLock lock(&mutex_);
      if (done_ || farewell_.has_value()) return;
      farewell_.emplace();
      farewell_->Set(std::chrono::system_clock::now() + kFarewellTimeout,
                     [weak = this->weak_from_this()](bool expired) {
                       if (auto self = weak.lock(); expired && self != nullptr) self->Cancel();
                     });
    }
    outbox_.Finish(std::move(reason));
  }

  void OnWriteDone(bool ok) override { outbox_.OnWritten(ok); }

  void OnCancel() override { Break(absl::CancelledError("the connection is lost")); }

  void OnDone() override {
    {
      MutexLock lock(&mutex_);
      done_ = true;
      if (farewell_.has_value()) farewell_->Cancel();
    }
    DropSession();
    const std::shared_ptr<ServerStream> self = std::move(self_);
  }

 protected:
  using SessionPtr = std::shared_ptr<Session<Call>>;

  void Open(Endpoint<Call, Event>& endpoint) {
    self_ = this->shared_from_this();
    // The count outlives the session, whoever lets go of it last.
    auto hold = std::make_shared<LiveCount::Hold>(host_->sessions);
    SessionPtr session(endpoint.Open(self_, peer_).release(),
                       [hold = std::move(hold)](Session<Call>* doomed) { delete doomed; });
    MutexLock lock(&mutex_);
    session_ = std::move(session);
  }

  // Null once it is over.
  SessionPtr session() {
    MutexLock lock(&mutex_);
    return session_;
  }

  // The session goes at once, and what waits to be written with it.
  void Break(absl::Status status) {
    DropSession();
    outbox_.Abort(std::move(status));
  }

  // The `done` of a call without which the session is of no use: a refusal ends the stream.
  typename Session<Call>::Done CloseIfRefused() {
    return [weak = this->weak_from_this()](absl::Status status) {
      if (status.ok()) return;
      if (auto self = weak.lock(); self != nullptr) self->Closed(std::move(status));
    };
  }

  // The `done` of all other calls: a stream has no answers, but a developer needs a hint.
  typename Session<Call>::Done LogIfRefused() {
    if (host_->log_sink == nullptr) return nullptr;
    return [weak = this->weak_from_this()](absl::Status status) {
      if (status.ok()) return;
      if (auto self = weak.lock(); self != nullptr) self->LogRefusal(status);
    };
  }

  virtual void SessionDropped(const SessionPtr& /*session*/) {}

  const std::shared_ptr<const StreamHost> host_;

 private:
  void WriteFrame(const Frame* frame) override { this->StartWrite(frame); }
  void EndWriting(absl::Status status) override { this->Finish(ToGrpcStatus(status)); }

  // Queued data must not hold up the bad news: this status overtakes it.
  void CutOff() {
    const absl::Status status = outbox_.OverflowError();
    Logger(host_->log_sink).Warning("cutting off ", peer_.address, ": ", status.message());
    {
      MutexLock lock(&mutex_);
      if (!done_) {
        grpc_call_cancel_with_status(context_->c_call(), GRPC_STATUS_RESOURCE_EXHAUSTED,
                                     std::string(status.message()).c_str(), nullptr);
      }
    }
    outbox_.Abort(status);  // The session goes in OnCancel: its peer is just calling us.
  }

  void Cancel() {
    MutexLock lock(&mutex_);
    if (!done_) context_->TryCancel();
  }

  void DropSession() {
    SessionPtr dropped;
    {
      MutexLock lock(&mutex_);
      dropped = std::move(session_);
      session_ = nullptr;
    }
    if (dropped != nullptr) SessionDropped(dropped);
  }

  void LogRefusal(const absl::Status& status) {
    constexpr int kMaxLogged = 10;  // A peer must not fill the log.
    {
      MutexLock lock(&mutex_);
      if (++refusals_ > kMaxLogged) return;
    }
    Logger(host_->log_sink)
        .Warning("refused a call of ", peer_.address, ": ", Quoted(status.ToString()));
  }

  Outbox<Frame> outbox_;
  const Peer peer_;
  std::shared_ptr<ServerStream> self_;  // Set by Open(), taken by OnDone().

  Mutex mutex_;
  grpc::CallbackServerContext* const context_;  // Gone when done_.
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  int refusals_ ABSL_GUARDED_BY(mutex_) = 0;
  SessionPtr session_ ABSL_GUARDED_BY(mutex_);
  std::optional<grpc::Alarm> farewell_ ABSL_GUARDED_BY(mutex_);
};

// Connect: frames both ways.
template <typename P>
class ConnectStream final
    : public ServerStream<grpc::ServerBidiReactor<typename P::Calls, typename P::Events>,
                          typename P::Events, typename P::Call> {
 public:
  using Base = ServerStream<grpc::ServerBidiReactor<typename P::Calls, typename P::Events>,
                            typename P::Events, typename P::Call>;
  using Base::Base;

  void Start(Endpoint<typename P::Call, typename P::Event>& endpoint) {
    this->Open(endpoint);
    this->StartRead(&frame_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {  // The client has said all it wants to, or is gone.
      this->Break(absl::OkStatus());
      return;
    }
    if (auto session = this->session(); session != nullptr) {
      for (typename P::Call& call : *FrameTraits<typename P::Calls>::Messages(&frame_)) {
        auto done = P::Opens(call) ? this->CloseIfRefused() : this->LogIfRefused();
        session->Send(std::move(call), std::move(done));
      }
    }
    TrimFrame(&frame_);
    this->StartRead(&frame_);
  }

 private:
  typename P::Calls frame_;
};

// The sessions that unary calls may use, by the name their client gives them.
template <typename Call>
class SessionRegistry {
 public:
  // A later session of the same name takes the earlier one's place.
  void Add(const std::string& name, std::shared_ptr<Session<Call>> session) {
    MutexLock lock(&mutex_);
    sessions_[name].swap(session);
  }

  // Nothing happens if another session has the name.
  void Remove(const std::string& name, const std::shared_ptr<Session<Call>>& session) {
    std::shared_ptr<Session<Call>> removed;
    MutexLock lock(&mutex_);
    const auto found = sessions_.find(name);
    if (found == sessions_.end() || found->second != session) return;
    removed.swap(found->second);
    sessions_.erase(found);
  }

  // Null: there is none.
  std::shared_ptr<Session<Call>> Find(const std::string& name) {
    MutexLock lock(&mutex_);
    const auto found = sessions_.find(name);
    return found == sessions_.end() ? nullptr : found->second;
  }

 private:
  Mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<Session<Call>>> sessions_
      ABSL_GUARDED_BY(mutex_);
};

// Subscribe: one call in, then events, one a frame. The session can be used by unary calls from the
// moment its peer says that it is subscribed.
template <typename P>
class SubscribeStream final : public ServerStream<grpc::ServerWriteReactor<typename P::Event>,
                                                  typename P::Event, typename P::Call> {
 public:
  using Base = ServerStream<grpc::ServerWriteReactor<typename P::Event>, typename P::Event,
                            typename P::Call>;
  using Registry = SessionRegistry<typename P::Call>;

  SubscribeStream(grpc::CallbackServerContext* context, std::shared_ptr<const StreamHost> host,
                  std::shared_ptr<Registry> registry, std::string name)
      : Base(context, std::move(host)), registry_(std::move(registry)), name_(std::move(name)) {}

  void Start(Endpoint<typename P::Call, typename P::Event>& endpoint,
             const typename P::Call& subscribe) {
    this->Open(endpoint);
    this->StartSendInitialMetadata();
    if (auto session = this->session(); session != nullptr) {
      session->Send(subscribe, this->CloseIfRefused());
    }
  }

  void Deliver(typename P::Event event) override {
    if (event.type() == P::Event::SUBSCRIBED) {
      if (auto session = this->session(); session != nullptr) {
        registry_->Add(name_, session);
        if (this->session() == nullptr) registry_->Remove(name_, session);  // It went meanwhile.
      }
    }
    Base::Deliver(std::move(event));
  }

 private:
  void SessionDropped(const typename Base::SessionPtr& session) override {
    registry_->Remove(name_, session);
  }

  const std::shared_ptr<Registry> registry_;
  const std::string name_;
};

}  // namespace mesos

#endif  // MESOSLIB_RPC_SERVER_STREAM_H_
