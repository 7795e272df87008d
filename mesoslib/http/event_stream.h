// EventStream: the answer to a SUBSCRIBE, which is the sink of the session that it opens. Whether
// the call is answered by a stream is for the session's peer to say:
//
//                           an event, or the call was taken          Closed
//     SUBSCRIBE --> waiting ---------------------------------> open --------> the body has ended
//                      |
//                      | Closed, or the call was refused
//                      +---------------------------------------------------> a refusal (400, 503..)
//
// The session ends with the stream, whichever side ends that. Events are written on a background
// thread, in order; a stream for which more than kMaxBacklogBytes wait to be written is ended.
//
// Ownership: the session's peer holds the stream, as its sink, until the session ends.
#ifndef MESOSLIB_HTTP_EVENT_STREAM_H_
#define MESOSLIB_HTTP_EVENT_STREAM_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "mesos/endpoint.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/http/background.h"
#include "mesoslib/http/content.h"
#include "mesoslib/http/event_records.h"
#include "mesoslib/http/exchange.h"
#include "mesoslib/http/peer.h"
#include "mesoslib/http/replies.h"

namespace mesos::http {

// As protobuf. One event more than that is taken.
inline constexpr size_t kMaxBacklogBytes = 64 << 20;

template <typename Call, typename Event>
class EventStream : public Sink<Event>,
                    public std::enable_shared_from_this<EventStream<Call, Event>> {
 public:
  // `headers` are sent besides the Content-Type.
  EventStream(std::unique_ptr<Exchange> exchange, Encoding encoding, Headers headers,
              Background background)
      : encoding_(encoding),
        background_(std::move(background)),
        exchange_(std::move(exchange)),
        headers_(std::move(headers)) {}

  // Once.
  void Start(Endpoint<Call, Event>* endpoint, Call subscribe) {
    const auto self = this->shared_from_this();
    SessionPtr session = endpoint->Open(self, PeerOf(exchange_->request()));
    if (!Keep(session)) return;  // It is closed already.
    session->Send(std::move(subscribe), [self](absl::Status status) {
      if (!status.ok()) return self->Closed(std::move(status));
      self->Take();
    });
  }

  void Deliver(Event event) override {
    Take();
    const size_t bytes = event.ByteSizeLong();
    bool overflow = false;
    {
      MutexLock lock(&mutex_);
      if (dropped_) return;
      overflow = waiting_.bytes > kMaxBacklogBytes;
      if (!overflow) {
        Heard(event);
        waiting_.bytes += bytes;
        waiting_.events.push_back(std::move(event));
      }
    }
    if (overflow) return Closed(absl::ResourceExhaustedError("too many events wait"));
    WriteLater();
  }

  void Closed(absl::Status reason) override {
    DropSession();
    {
      MutexLock lock(&mutex_);
      if (over_ || waiting_.end.has_value()) return;
      waiting_.end = std::move(reason);
    }
    WriteLater();
  }

 protected:
  using SessionPtr = std::shared_ptr<Session<Call>>;

  // For what derives from this: the session's peer has taken it, as the client is to know next; an
  // event has come, until the session is dropped; it is gone. None of them may call this stream.
  virtual void SessionTaken(const SessionPtr& /*session*/) {}
  virtual void Heard(const Event& /*event*/) {}
  virtual void SessionDropped(const SessionPtr& /*session*/) {}

 private:
  struct Waiting {
    std::deque<Event> events;
    size_t bytes = 0;
    bool taken = false;               // The call was.
    std::optional<absl::Status> end;  // After the events.
  };

  // False: it was closed before it could be kept.
  bool Keep(SessionPtr session) {
    MutexLock lock(&mutex_);
    if (dropped_) return false;
    session_ = std::move(session);
    return true;
  }

  // The head may go out.
  void Take() {
    {
      MutexLock lock(&mutex_);
      if (taken_ || session_ == nullptr) return;
      taken_ = true;
      waiting_.taken = true;
      SessionTaken(session_);
    }
    WriteLater();
  }

  void DropSession() {
    SessionPtr dropped;
    {
      MutexLock lock(&mutex_);
      dropped_ = true;
      dropped = std::move(session_);
      session_ = nullptr;
    }
    if (dropped != nullptr) SessionDropped(dropped);
  }

  // The client has gone, or was cut off.
  void Abandon() {
    DropSession();
    MutexLock lock(&mutex_);
    over_ = true;
    waiting_ = {};
  }

  void WriteLater() {
    {
      MutexLock lock(&mutex_);
      if (std::exchange(writing_, true)) return;
    }
    background_([self = this->shared_from_this()] { self->Write(); });
  }

  // One thread at a time.
  void Write() {
    while (true) {
      Waiting waiting;
      {
        MutexLock lock(&mutex_);
        std::swap(waiting, waiting_);
        if (waiting.events.empty() && !waiting.taken && !waiting.end.has_value()) {
          writing_ = false;
          return;
        }
      }
      if (waiting.taken || !waiting.events.empty()) Open();
      for (Event& event : waiting.events) {
        if (stream_ == nullptr) break;
        for (std::string& record : ToRecords(std::move(event), encoding_)) {
          stream_->Write(std::move(record));
        }
      }
      if (waiting.end.has_value()) End(*waiting.end);
    }
  }

  void Open() {
    if (exchange_ == nullptr) return;
    Response head = EmptyReply(200);
    head.headers = std::move(headers_);
    head.headers.Add("Content-Type", std::string(MediaType(encoding_)));
    stream_ = exchange_->Stream(std::move(head), [weak = this->weak_from_this()](absl::Status) {
      if (const auto self = weak.lock(); self != nullptr) self->Abandon();
    });
    exchange_ = nullptr;
  }

  void End(const absl::Status& reason) {
    if (exchange_ != nullptr) exchange_->Reply(RefusalReply(reason, 403));
    exchange_ = nullptr;
    stream_ = nullptr;
    MutexLock lock(&mutex_);
    over_ = true;
  }

  const Encoding encoding_;
  const Background background_;

  // Used by Start() and, after that, by Write().
  std::unique_ptr<Exchange> exchange_;  // Until it is answered.
  Headers headers_;
  std::unique_ptr<ResponseStream> stream_;

  Mutex mutex_;
  SessionPtr session_ ABSL_GUARDED_BY(mutex_);
  bool dropped_ ABSL_GUARDED_BY(mutex_) = false;
  bool taken_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;  // Nothing is written any more.
  Waiting waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_EVENT_STREAM_H_
