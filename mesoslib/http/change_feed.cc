#include "mesoslib/http/change_feed.h"

#include <utility>

#include "mesos/v1/master/master.pb.h"
#include "mesoslib/http/record_io.h"
#include "mesoslib/http/replies.h"

namespace mesos::http {
namespace {

using Event = v1::master::Event;

// More than these wait only where the machine cannot keep up: subscribers are to come again then.
constexpr size_t kMaxUntold = 100'000;
constexpr size_t kMaxWaitingBytes = 64 << 20;  // For one that waits for its state.
constexpr int kStepsInARow = 100;

std::string Subscribed(const MasterState& state, Encoding encoding) {
  v1::master::Call call;
  call.set_type(v1::master::Call::GET_STATE);
  Event event;
  event.set_type(Event::SUBSCRIBED);
  Event::Subscribed* subscribed = event.mutable_subscribed();
  *subscribed->mutable_get_state() =
      std::move(*AnswerFrom(state, call).value().mutable_get_state());
  subscribed->set_heartbeat_interval_seconds(absl::ToDoubleSeconds(state.heartbeat_interval));
  return EncodeRecord(Encode(event, encoding));
}

std::string Heartbeat(Encoding encoding) {
  Event event;
  event.set_type(Event::HEARTBEAT);
  return EncodeRecord(Encode(event, encoding));
}

Response Head(const AnswerForm& form) {
  Response head = EmptyReply(200);
  const std::string type(MediaType(form.encoding));
  if (form.recordio) {
    head.headers.Add("Content-Type", "application/recordio");
    head.headers.Add("Message-Content-Type", type);
  } else {
    head.headers.Add("Content-Type", type);
  }
  return head;
}

}  // namespace

// -- Steps --

void ChangeFeed::Then(Step step) {
  {
    MutexLock lock(&mutex_);
    steps_.push_back(std::move(step));
    if (std::exchange(running_, true)) return;
  }
  background_([self = shared_from_this()] { self->Run(); });
}

// Not all at once: others have work for the background, too.
void ChangeFeed::Run() {
  for (int i = 0; i < kStepsInARow; ++i) {
    Step step;
    {
      MutexLock lock(&mutex_);
      if (steps_.empty()) {
        running_ = false;
        return;
      }
      step = std::move(steps_.front());
      steps_.pop_front();
    }
    step();
  }
  background_([self = shared_from_this()] { self->Run(); });
}

// -- What comes in --

void ChangeFeed::Subscribe(std::unique_ptr<Exchange> exchange, AnswerForm form) {
  Then([this, exchange = std::move(exchange), form]() mutable { Add(std::move(exchange), form); });
}

void ChangeFeed::Deliver(MasterChange change) {
  bool too_many = false;
  {
    MutexLock lock(&mutex_);
    too_many = untold_ >= kMaxUntold;
    if (!too_many) ++untold_;
  }
  if (too_many) {
    return Closed(absl::ResourceExhaustedError("there are too many changes to keep up with"));
  }
  Then([this, change = std::move(change)] {
    {
      MutexLock lock(&mutex_);
      --untold_;
    }
    Tell(change);
  });
}

void ChangeFeed::Closed(absl::Status reason) {
  Then([this, reason = std::move(reason)] { EndAll(reason); });
}

// -- Within steps --

void ChangeFeed::Add(std::unique_ptr<Exchange> exchange, AnswerForm form) {
  if (session_ == nullptr) {
    session_ = master_->changes().Open(shared_from_this(), {});
    v1::master::Call subscribe;
    subscribe.set_type(v1::master::Call::SUBSCRIBE);
    session_->Send(std::move(subscribe));
  }
  if (subscribers_.size() >= max_subscribers_) subscribers_.erase(subscribers_.begin());
  const uint64_t id = next_id_++;
  Subscriber& subscriber = subscribers_[id];
  subscriber.form = form;
  subscriber.exchange = std::move(exchange);
  const Encoding encoding = form.encoding;
  reads_->Read(
      encoding == Encoding::kJson ? "SUBSCRIBED as JSON" : "SUBSCRIBED as protobuf",
      [encoding](const MasterState& state) {
        return TextPieces{std::make_shared<const std::string>(Subscribed(state, encoding))};
      },
      [self = shared_from_this(), id](absl::StatusOr<StateReads::Told> state) {
        self->Then([self = self.get(), id, state = std::move(state)]() mutable {
          self->Begin(id, std::move(state));
        });
      });
}

void ChangeFeed::Begin(uint64_t id, absl::StatusOr<StateReads::Told> state) {
  const auto found = subscribers_.find(id);
  if (found == subscribers_.end()) return;
  Subscriber& subscriber = found->second;
  if (!state.ok()) {
    subscriber.exchange->Reply(RefusalReply(state.status(), 409));
    return Remove(id);
  }
  subscriber.stream =
      std::exchange(subscriber.exchange, nullptr)
          ->Stream(Head(subscriber.form), [weak = weak_from_this(), id](const absl::Status&) {
            if (const auto self = weak.lock()) {
              self->Then([self = self.get(), id] { self->Remove(id); });
            }
          });
  const Encoding encoding = subscriber.form.encoding;
  for (const auto& piece : state->pieces) subscriber.stream->Write(*piece);
  subscriber.stream->Write(Heartbeat(encoding));
  for (const Change& change : std::exchange(subscriber.waiting, {})) {
    if (change.number > state->version) subscriber.stream->Write(*change.records.at(encoding));
  }
}

void ChangeFeed::Remove(uint64_t id) {
  subscribers_.erase(id);
  if (subscribers_.empty()) session_ = nullptr;
}

void ChangeFeed::Tell(const MasterChange& change) {
  Change told{change.number, {}};
  std::vector<uint64_t> overdue;
  for (auto& [id, subscriber] : subscribers_) {
    const Encoding encoding = subscriber.form.encoding;
    Record& record = told.records[encoding];
    if (record == nullptr) {
      record = std::make_shared<const std::string>(EncodeRecord(Encode(*change.event, encoding)));
    }
    if (subscriber.stream != nullptr) {
      subscriber.stream->Write(*record);
      continue;
    }
    subscriber.waiting_bytes += record->size();
    subscriber.waiting.push_back({change.number, {{encoding, record}}});
    if (subscriber.waiting_bytes > kMaxWaitingBytes) overdue.push_back(id);
  }
  for (const uint64_t id : overdue) {
    subscribers_[id].exchange->Reply(
        RefusalReply(absl::UnavailableError("too much changes while the state is read"), 409));
    Remove(id);
  }
}

void ChangeFeed::EndAll(const absl::Status& reason) {
  session_ = nullptr;
  for (auto& [id, subscriber] : std::exchange(subscribers_, {})) {
    if (subscriber.exchange != nullptr) {
      subscriber.exchange->Reply(RefusalReply(absl::UnavailableError(reason.message()), 409));
    }
  }
}

}  // namespace mesos::http
