// FakeEndpoint: the peer of a session, played by a test: keeps what is sent to it, and delivers,
// closes and refuses when told to.
//
//   FakeEndpoint<Call, Event> master;
//   ... the code under test opens a session and sends calls ...
//   std::vector<Call> calls = master.TakeCalls();
//   master.Deliver(event);
//   master.Close(absl::UnavailableError("gone"));
#ifndef MESOSLIB_TESTING_FAKE_ENDPOINT_H_
#define MESOSLIB_TESTING_FAKE_ENDPOINT_H_

#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "mesos/endpoint.h"
#include "mesoslib/base/mutex.h"

namespace mesos {

// Any thread. What goes to the sink goes there on the thread that says so.
template <typename Call, typename Event>
class FakeEndpoint final : public Endpoint<Call, Event> {
 public:
  std::unique_ptr<Session<Call>> Open(std::shared_ptr<Sink<Event>> sink, Peer peer) override {
    absl::Status refusal;
    {
      MutexLock lock(&state_->mutex);
      ++state_->opened;
      state_->peer = std::move(peer);
      refusal = state_->refusal;
      if (refusal.ok()) state_->sink = sink;
    }
    if (!refusal.ok()) sink->Closed(refusal);
    return std::make_unique<FakeSession>(state_, std::move(sink));
  }

  // Sessions opened from now on hear Closed(reason) at once; OK: they are taken again.
  void RefuseSessions(absl::Status reason) {
    MutexLock lock(&state_->mutex);
    state_->refusal = std::move(reason);
  }

  // What calls sent from now on are answered with; those not answered OK are not kept.
  void AnswerCalls(absl::Status status) {
    MutexLock lock(&state_->mutex);
    state_->answer = std::move(status);
  }

  // To the session opened last, if it is open.
  void Deliver(Event event) {
    if (auto sink = OpenSink()) sink->Deliver(std::move(event));
  }
  void Close(absl::Status reason) {
    if (auto sink = TakeSink()) sink->Closed(std::move(reason));
  }

  // Sessions opened so far.
  int opened() const {
    MutexLock lock(&state_->mutex);
    return state_->opened;
  }
  bool is_open() const { return OpenSink() != nullptr; }
  Peer peer() const {
    MutexLock lock(&state_->mutex);
    return state_->peer;
  }

  // The sink of the session opened last, to deliver to it although it is closed, as a slow peer
  // does.
  std::shared_ptr<Sink<Event>> OpenSink() const {
    MutexLock lock(&state_->mutex);
    return state_->sink;
  }

  // What was sent since the last time, in order, over all sessions.
  std::vector<Call> TakeCalls() {
    MutexLock lock(&state_->mutex);
    return std::exchange(state_->calls, {});
  }

 private:
  struct State {
    Mutex mutex;
    int opened ABSL_GUARDED_BY(mutex) = 0;
    Peer peer ABSL_GUARDED_BY(mutex);
    absl::Status refusal ABSL_GUARDED_BY(mutex);
    absl::Status answer ABSL_GUARDED_BY(mutex);
    std::shared_ptr<Sink<Event>> sink ABSL_GUARDED_BY(mutex);  // Null: not open.
    std::vector<Call> calls ABSL_GUARDED_BY(mutex);
  };

  class FakeSession final : public Session<Call> {
   public:
    FakeSession(std::shared_ptr<State> state, std::shared_ptr<Sink<Event>> sink)
        : state_(std::move(state)), sink_(std::move(sink)) {}

    ~FakeSession() override {
      MutexLock lock(&state_->mutex);
      if (state_->sink == sink_) state_->sink = nullptr;
    }

    void Send(Call call, typename Session<Call>::Done done) override {
      absl::Status answer = Take(std::move(call));
      if (done != nullptr) done(std::move(answer));
    }

   private:
    absl::Status Take(Call call) {
      MutexLock lock(&state_->mutex);
      if (state_->sink != sink_) return absl::UnavailableError("the session is closed");
      if (state_->answer.ok()) state_->calls.push_back(std::move(call));
      return state_->answer;
    }

    const std::shared_ptr<State> state_;
    const std::shared_ptr<Sink<Event>> sink_;
  };

  std::shared_ptr<Sink<Event>> TakeSink() {
    MutexLock lock(&state_->mutex);
    return std::exchange(state_->sink, nullptr);
  }

  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace mesos

#endif  // MESOSLIB_TESTING_FAKE_ENDPOINT_H_
