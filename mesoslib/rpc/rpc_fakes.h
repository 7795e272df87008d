// Masters, agents and sinks that remember what they hear, for tests over real connections.
#ifndef MESOSLIB_RPC_RPC_FAKES_H_
#define MESOSLIB_RPC_RPC_FAKES_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mesos/agent.h"
#include "mesos/endpoint.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/master.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/mutex.h"

namespace mesos {

// A value that other threads change and a test waits for.
template <typename T>
class Watched {
 public:
  template <typename F>
  auto With(F f) {
    MutexLock lock(&mutex_);
    struct Notifier {
      Condition* changed;
      ~Notifier() { changed->NotifyAll(); }
    } notifier{&changed_};
    return f(value_);
  }

  // Whether `condition` came true; gives up after a time that only a hung test takes.
  template <typename F>
  bool Await(F condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    MutexLock lock(&mutex_);
    while (!condition(value_)) {
      if (std::chrono::steady_clock::now() >= deadline) return false;
      changed_.WaitUntil(&mutex_, deadline);
    }
    return true;
  }

 private:
  Mutex mutex_;
  Condition changed_;
  T value_ ABSL_GUARDED_BY(mutex_){};
};

// The client's ear.
template <typename Event>
class RecordingSink final : public Sink<Event> {
 public:
  struct Heard {
    std::vector<Event> events;
    std::vector<absl::Status> closed;
  };

  explicit RecordingSink(std::function<void(const Event&)> on_event = nullptr)
      : on_event_(std::move(on_event)) {}

  void Deliver(Event event) override {
    if (on_event_) on_event_(event);
    heard.With([&](Heard& h) { h.events.push_back(std::move(event)); });
  }
  void Closed(absl::Status reason) override {
    heard.With([&](Heard& h) { h.closed.push_back(std::move(reason)); });
  }

  bool AwaitEvents(size_t n) {
    return heard.Await([n](const Heard& h) { return h.events.size() >= n; });
  }
  bool AwaitClosed() {
    return heard.Await([](const Heard& h) { return !h.closed.empty(); });
  }
  absl::Status reason() {
    return heard.With([](Heard& h) { return h.closed.empty() ? absl::OkStatus() : h.closed[0]; });
  }
  size_t times_closed() {
    return heard.With([](Heard& h) { return h.closed.size(); });
  }

  Watched<Heard> heard;

 private:
  const std::function<void(const Event&)> on_event_;
};

// The served side of an endpoint.
template <typename Call, typename Event>
class FakeEndpoint final : public Endpoint<Call, Event> {
 public:
  struct Connection {
    std::shared_ptr<Sink<Event>> sink;
    Peer peer;
    std::vector<Call> calls;
    bool open = true;
  };
  using Connections = std::vector<std::shared_ptr<Connection>>;

  std::unique_ptr<Session<Call>> Open(std::shared_ptr<Sink<Event>> sink, Peer peer) override {
    auto connection = std::make_shared<Connection>();
    connection->sink = std::move(sink);
    connection->peer = std::move(peer);
    connections.With([&](Connections& all) { all.push_back(connection); });
    return std::make_unique<FakeSession>(this, connection);
  }

  // What every call is answered; asked with the connection's sink.
  std::function<absl::Status(const Call&, Sink<Event>&)> answer;

  bool AwaitConnections(size_t n) {
    return connections.Await([n](const Connections& all) { return all.size() >= n; });
  }
  bool AwaitCalls(size_t connection, size_t n) {
    return connections.Await([=](const Connections& all) {
      return all.size() > connection && all[connection]->calls.size() >= n;
    });
  }
  bool AwaitAllGone() {
    return connections.Await([](const Connections& all) {
      for (const auto& c : all) {
        if (c->open) return false;
      }
      return true;
    });
  }
  std::shared_ptr<Sink<Event>> sink(size_t connection) {
    return connections.With([=](Connections& all) { return all[connection]->sink; });
  }
  std::vector<Call> calls(size_t connection) {
    return connections.With([=](Connections& all) { return all[connection]->calls; });
  }

  Watched<Connections> connections;

 private:
  class FakeSession final : public Session<Call> {
   public:
    FakeSession(FakeEndpoint* endpoint, std::shared_ptr<Connection> connection)
        : endpoint_(endpoint), connection_(std::move(connection)) {}
    ~FakeSession() override {
      endpoint_->connections.With([&](Connections&) { connection_->open = false; });
    }
    void Send(Call call, typename Session<Call>::Done done) override {
      const absl::Status status =
          endpoint_->answer ? endpoint_->answer(call, *connection_->sink) : absl::OkStatus();
      endpoint_->connections.With(
          [&](Connections&) { connection_->calls.push_back(std::move(call)); });
      if (done) done(status);
    }

   private:
    FakeEndpoint* const endpoint_;
    const std::shared_ptr<Connection> connection_;
  };
};

using FakeSchedulers = FakeEndpoint<v1::scheduler::Call, v1::scheduler::Event>;
using FakeExecutors = FakeEndpoint<v1::executor::Call, v1::executor::Event>;
using FakeAgents = FakeEndpoint<internal::AgentMessage, internal::MasterMessage>;

class FakeMaster final : public Master {
 public:
  void Start(Started done) override { done(absl::OkStatus()); }
  const v1::MasterInfo& info() const override { return info_; }
  MasterStanding standing() const override { return {}; }
  FakeSchedulers& schedulers() override { return schedulers_; }
  FakeAgents& agents() override { return agents_; }
  void CallOperator(v1::master::Call call, Peer /*peer*/, Called done) override {
    if (on_call) on_call(call, std::move(done));
  }

  void GetState(StateTaken done) override { done(absl::UnimplementedError("not here")); }
  FakeEndpoint<v1::master::Call, MasterChange>& changes() override { return changes_; }

  void UpdateWhitelist(std::optional<std::set<std::string>>, Updated done) override {
    done(absl::OkStatus());
  }

  void ExplainOffers(FrameworkId framework, Explained done) override {
    if (on_explain) on_explain(framework, std::move(done));
  }

  std::function<void(const v1::master::Call&, Called)> on_call;
  std::function<void(const FrameworkId&, Explained)> on_explain;

 private:
  v1::MasterInfo info_;
  FakeSchedulers schedulers_;
  FakeAgents agents_;
  FakeEndpoint<v1::master::Call, MasterChange> changes_;
};

class FakeAgent final : public Agent {
 public:
  void Start(Done done) override { done(absl::OkStatus()); }
  void Shutdown(Done done) override { done(absl::OkStatus()); }
  FakeExecutors& executors() override { return executors_; }
  void CallOperator(v1::agent::Call call, Peer /*peer*/, Called done) override {
    if (on_call) on_call(call, std::move(done));
  }

  std::function<void(const v1::agent::Call&, Called)> on_call;

 private:
  FakeExecutors executors_;
};

inline v1::scheduler::Call SchedulerMessage(const std::string& data) {
  v1::scheduler::Call call;
  call.set_type(v1::scheduler::Call::MESSAGE);
  call.mutable_message()->set_data(data);
  return call;
}

inline v1::scheduler::Call SchedulerSubscribe() {
  v1::scheduler::Call call;
  call.set_type(v1::scheduler::Call::SUBSCRIBE);
  return call;
}

inline v1::scheduler::Event SchedulerEvent(const std::string& data) {
  v1::scheduler::Event event;
  event.set_type(v1::scheduler::Event::MESSAGE);
  event.mutable_message()->set_data(data);
  return event;
}

inline v1::scheduler::Event SchedulerSubscribed() {
  v1::scheduler::Event event;
  event.set_type(v1::scheduler::Event::SUBSCRIBED);
  return event;
}

}  // namespace mesos

#endif  // MESOSLIB_RPC_RPC_FAKES_H_
