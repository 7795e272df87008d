// LeaderSessions: the sessions of an endpoint that goes where the leader is, on their loop.
//
//     waiting --a leader is seen--> connected --another one leads, or it closes--> closed
//
// A leader that is not seen any more may well be there: connected sessions stay, new ones wait.
#ifndef MESOSLIB_COORDINATION_LEADER_SESSIONS_H_
#define MESOSLIB_COORDINATION_LEADER_SESSIONS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesos/leader_election.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/loop_sink.h"

namespace mesos {

// Whether both are the same announcement of the same master.
bool IsSameLeader(const Leader& left, const Leader& right);

// What may wait for a leader, over all sessions of one endpoint.
inline constexpr size_t kMaxCallsWaitingForLeader = 10'000;
inline constexpr size_t kMaxBytesWaitingForLeader = 16 << 20;

// A former leader's endpoint is destroyed so much later: a destructor that waits until what was
// sent last is out has nothing left to wait for then.
inline constexpr absl::Duration kLeaderRetirement = absl::Seconds(10);

// One session with the leader.
template <typename Call, typename Event>
class LeaderSession final : public LoopSink<Event>::Handler {
 public:
  using Done = typename Session<Call>::Done;
  using Ended = std::function<void(absl::Status)>;

  // `ended` is called when the leader has closed the session; it may destroy this.
  LeaderSession(EventLoop* loop, std::shared_ptr<Sink<Event>> sink, Peer peer, Ended ended)
      : loop_(loop), sink_(std::move(sink)), peer_(std::move(peer)), ended_(std::move(ended)) {}
  ~LeaderSession() override {
    if (relay_ != nullptr) relay_->Detach();
  }

  bool connected() const { return session_ != nullptr; }
  std::shared_ptr<Sink<Event>> sink() const { return sink_; }

  void Connect(Endpoint<Call, Event>* leader) {
    relay_ = std::make_shared<LoopSink<Event>>(loop_, this);
    session_ = leader->Open(relay_, peer_);
  }
  void Send(Call call, Done done) { session_->Send(std::move(call), std::move(done)); }

 private:
  void HandleEvent(Event event) override {
    const std::shared_ptr<Sink<Event>> sink = sink_;  // This may go.
    sink->Deliver(std::move(event));
  }
  void HandleRefused(const absl::Status& /*reason*/) override {}
  void HandleClosed(const absl::Status& reason) override {
    const Ended ended = ended_;
    ended(reason);
  }

  EventLoop* const loop_;
  const std::shared_ptr<Sink<Event>> sink_;
  const Peer peer_;
  const Ended ended_;
  std::shared_ptr<LoopSink<Event>> relay_;  // Null: it waits.
  std::unique_ptr<Session<Call>> session_;
};

// Whatever it calls may destroy the endpoint, and so let go of this.
template <typename Call, typename Event>
class LeaderSessions : public std::enable_shared_from_this<LeaderSessions<Call, Event>> {
 public:
  using Id = uint64_t;
  using Done = typename Session<Call>::Done;
  using Master = std::unique_ptr<Endpoint<Call, Event>>;
  using Connector = std::function<Master(const Leader&)>;

  LeaderSessions(Connector connect, EventLoop* loop) : loop_(loop), connect_(std::move(connect)) {}

  // On the loop, like all that follows.
  void Start(LeaderDetector* detector) {
    detection_ = detector->Watch([this](const std::optional<Leader>& leader) { LeaderIs(leader); });
  }

  // The sessions end, unheard. What is returned waits when it is destroyed.
  std::vector<Master> Stop() {
    detection_.reset();
    lifetime_.reset();
    std::vector<Master> masters = std::move(retired_);
    masters.push_back(std::move(master_));
    sessions_.clear();
    Drop(std::exchange(waiting_, {}));
    return masters;
  }

  void Open(Id id, std::shared_ptr<Sink<Event>> sink, Peer peer) {
    auto session =
        std::make_unique<Talk>(loop_, sink, std::move(peer),
                               [this, id](absl::Status why) { EndedByLeader(id, std::move(why)); });
    if (seen_ && master_ == nullptr) return sink->Closed(Unreachable());
    if (seen_) session->Connect(master_.get());
    sessions_.emplace(id, std::move(session));
  }

  void Send(Id id, Call call, Done done) {
    auto session = sessions_.find(id);
    if (session == sessions_.end()) return Answer(&done, ClosedSession());
    if (session->second->connected())
      return session->second->Send(std::move(call), std::move(done));
    const size_t bytes = call.ByteSizeLong();
    if (waiting_.size() >= kMaxCallsWaitingForLeader ||
        waiting_bytes_ + bytes > kMaxBytesWaitingForLeader) {
      return Answer(&done, absl::UnavailableError(
                               absl::StrCat("no master is known to lead, and ", waiting_.size(),
                                            " calls of ", waiting_bytes_, " bytes wait for one")));
    }
    waiting_bytes_ += bytes;
    waiting_.push_back({id, std::move(call), std::move(done)});
  }

  // Its owner has destroyed it.
  void Close(Id id) {
    auto session = sessions_.find(id);
    if (session == sessions_.end()) return;
    const bool waited = !session->second->connected();
    sessions_.erase(session);
    if (waited) DropWaiting(id);
  }

 private:
  using Talk = LeaderSession<Call, Event>;

  struct WaitingCall {
    Id session;
    Call call;
    Done done;
  };

  static void Answer(Done* done, absl::Status status) {
    if (*done != nullptr) (*done)(std::move(status));
  }
  static void Drop(std::deque<WaitingCall> calls) {
    for (WaitingCall& call : calls) Answer(&call.done, ClosedSession());
  }
  static absl::Status ClosedSession() {
    return absl::UnavailableError("the session with the leading master is closed");
  }
  static absl::Status Unreachable() {
    return absl::UnavailableError("there is no way to the master that leads");
  }

  void LeaderIs(const std::optional<Leader>& leader) {
    const auto self = this->shared_from_this();
    seen_ = leader.has_value();
    if (!seen_) return;
    std::vector<std::shared_ptr<Sink<Event>>> closed;
    if (!leader_.has_value() || !IsSameLeader(*leader_, *leader)) {
      leader_ = leader;
      closed = TakeSinks(/*waiting_too=*/false);
      Retire();
      master_ = connect_(*leader);
    }
    for (const auto& sink : closed) sink->Closed(absl::UnavailableError("another master leads"));
    if (master_ != nullptr) return ConnectWaiting();
    for (const auto& sink : TakeSinks(/*waiting_too=*/true)) sink->Closed(Unreachable());
    Drop(std::exchange(waiting_, {}));
  }

  // Ends sessions, whose sinks are to be told.
  std::vector<std::shared_ptr<Sink<Event>>> TakeSinks(bool waiting_too) {
    std::vector<std::shared_ptr<Sink<Event>>> sinks;
    for (auto session = sessions_.begin(); session != sessions_.end();) {
      if (!waiting_too && !session->second->connected()) {
        ++session;
        continue;
      }
      sinks.push_back(session->second->sink());
      session = sessions_.erase(session);
    }
    return sinks;
  }

  void Retire() {
    if (master_ == nullptr) return;
    retired_.push_back(std::move(master_));
    loop_->PostAt(loop_->Now() + kLeaderRetirement,
                  lifetime_->Guard([this] { retired_.erase(retired_.begin()); }));
  }

  void ConnectWaiting() {
    for (auto& [id, session] : sessions_) {
      if (!session->connected()) session->Connect(master_.get());
    }
    waiting_bytes_ = 0;
    for (WaitingCall& call : std::exchange(waiting_, {})) {
      Send(call.session, std::move(call.call), std::move(call.done));
    }
  }

  void EndedByLeader(Id id, absl::Status why) {
    auto session = sessions_.find(id);
    if (session == sessions_.end()) return;
    const std::shared_ptr<Sink<Event>> sink = session->second->sink();
    sessions_.erase(session);
    sink->Closed(std::move(why));
  }

  void DropWaiting(Id id) {
    std::deque<WaitingCall> dropped;
    std::deque<WaitingCall> kept;
    waiting_bytes_ = 0;
    for (WaitingCall& call : std::exchange(waiting_, {})) {
      if (call.session == id) {
        dropped.push_back(std::move(call));
      } else {
        waiting_bytes_ += call.call.ByteSizeLong();
        kept.push_back(std::move(call));
      }
    }
    waiting_ = std::move(kept);
    Drop(std::move(dropped));
  }

  EventLoop* const loop_;
  const Connector connect_;
  std::unique_ptr<LeaderDetector::Detection> detection_;

  bool seen_ = false;             // Whether leader_ leads as far as one can see.
  std::optional<Leader> leader_;  // Who was seen last.
  Master master_;                 // leader_'s; null: nobody was seen, or there is no way there.
  std::vector<Master> retired_;   // Without sessions, the oldest first.

  std::map<Id, std::unique_ptr<Talk>> sessions_;
  std::deque<WaitingCall> waiting_;  // Of sessions that are not connected.
  size_t waiting_bytes_ = 0;

  std::optional<Lifetime> lifetime_{std::in_place};
};

}  // namespace mesos

#endif  // MESOSLIB_COORDINATION_LEADER_SESSIONS_H_
