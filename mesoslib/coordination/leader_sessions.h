// LeaderSessions: the sessions of an endpoint that goes where the leader is, on their loop.
//
//     waiting --a leader is seen--> connected --it answers--> heard --another leads, it closes-->
//     closed
//        ^-----it does not answer, another leads----/
//
// A leader that is not seen any more may well be there: sessions with it stay, new ones wait.
// Whoever waits here hears at once when another one leads, which a driver that pauses between
// attempts of its own does not.
#ifndef MESOSLIB_COORDINATION_LEADER_SESSIONS_H_
#define MESOSLIB_COORDINATION_LEADER_SESSIONS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
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
#include "mesos/random.h"
#include "mesoslib/base/backoff.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/loop_sink.h"

namespace mesos {

// Whether both are the same announcement of the same master.
bool IsSameLeader(const Leader& left, const Leader& right);

// Whether it begins what a session is for. Who is not answered says it again and again: of those
// that wait, the last one counts.
bool IsBeginning(const v1::scheduler::Call& call);
bool IsBeginning(const internal::AgentMessage& message);

// What may wait for a leader, over all sessions of one endpoint.
inline constexpr size_t kMaxCallsWaitingForLeader = 10'000;
inline constexpr size_t kMaxBytesWaitingForLeader = 16 << 20;

// A former leader's endpoint is destroyed so much later: a destructor that waits until what was
// sent last is out has nothing left to wait for then.
inline constexpr absl::Duration kLeaderRetirement = absl::Seconds(10);

// The pauses between attempts to reach a leader that does not answer grow from one to the other.
inline constexpr absl::Duration kFirstLeaderPause = absl::Milliseconds(100);
inline constexpr absl::Duration kLongestLeaderPause = absl::Seconds(5);

// A call's `done`, which is called once, on any thread.
template <typename Done>
class CallAnswer {
 public:
  explicit CallAnswer(Done done) : done_(std::move(done)) {}
  void Give(absl::Status status) {
    if (!given_.exchange(true) && done_ != nullptr) done_(std::move(status));
  }

 private:
  std::atomic<bool> given_{false};
  Done done_;
};

// One session with the leader. Until the leader has said something, its calls are kept: they are
// sent again where the connection does not come about.
template <typename Call, typename Event>
class LeaderSession final : public LoopSink<Event>::Handler {
 public:
  using Done = typename Session<Call>::Done;

  // On the loop. Each may destroy the session.
  struct Handlers {
    std::function<void()> heard;  // The first event of a connection.
    std::function<void()> unreached;
    std::function<void(absl::Status)> ended;
  };

  LeaderSession(EventLoop* loop, std::shared_ptr<Sink<Event>> sink, Peer peer, Handlers handlers)
      : loop_(loop),
        sink_(std::move(sink)),
        peer_(std::move(peer)),
        handlers_(std::move(handlers)) {}
  ~LeaderSession() override {
    Disconnect();
    for (Kept& kept : kept_) {
      kept.answer->Give(absl::UnavailableError("the session with the leading master is closed"));
    }
  }

  bool connected() const { return session_ != nullptr; }
  bool heard() const { return heard_; }
  size_t kept_calls() const { return kept_.size(); }
  size_t kept_bytes() const { return kept_bytes_; }
  std::shared_ptr<Sink<Event>> sink() const { return sink_; }

  void Connect(Endpoint<Call, Event>* leader) {
    relay_ = std::make_shared<LoopSink<Event>>(loop_, this);
    session_ = leader->Open(relay_, peer_);
    for (const Kept& kept : kept_) Forward(kept);
  }
  void Disconnect() {
    if (relay_ != nullptr) std::exchange(relay_, nullptr)->Detach();
    session_.reset();
    heard_ = false;
  }

  void Send(Call call, Done done) {
    if (heard_) return session_->Send(std::move(call), std::move(done));
    if (IsBeginning(call)) DropBeginnings();
    kept_bytes_ += call.ByteSizeLong();
    kept_.push_back({std::move(call), std::make_shared<CallAnswer<Done>>(std::move(done))});
    if (connected()) Forward(kept_.back());
  }

 private:
  struct Kept {
    Call call;
    std::shared_ptr<CallAnswer<Done>> answer;
  };

  void Forward(const Kept& kept) {
    session_->Send(kept.call, [answer = kept.answer](absl::Status status) {
      if (!absl::IsUnavailable(status)) answer->Give(std::move(status));
    });
  }

  void DropBeginnings() {
    std::deque<Kept> kept;
    for (Kept& old : std::exchange(kept_, {})) {
      if (IsBeginning(old.call)) {
        kept_bytes_ -= old.call.ByteSizeLong();
        old.answer->Give(absl::OkStatus());
      } else {
        kept.push_back(std::move(old));
      }
    }
    kept_ = std::move(kept);
  }

  void HandleEvent(Event event) override {
    const std::shared_ptr<Sink<Event>> sink = sink_;  // This may go.
    if (!std::exchange(heard_, true)) {
      kept_bytes_ = 0;
      for (Kept& kept : std::exchange(kept_, {})) kept.answer->Give(absl::OkStatus());
      handlers_.heard();
    }
    sink->Deliver(std::move(event));
  }
  void HandleRefused(const absl::Status& /*reason*/) override {}
  void HandleClosed(const absl::Status& reason) override {
    const Handlers handlers = handlers_;
    if (heard_ || !absl::IsUnavailable(reason)) return handlers.ended(reason);
    Disconnect();
    handlers.unreached();
  }

  EventLoop* const loop_;
  const std::shared_ptr<Sink<Event>> sink_;
  const Peer peer_;
  const Handlers handlers_;
  std::shared_ptr<LoopSink<Event>> relay_;  // Null: it waits.
  std::unique_ptr<Session<Call>> session_;
  bool heard_ = false;
  std::deque<Kept> kept_;
  size_t kept_bytes_ = 0;
};

// Whatever it calls may destroy the endpoint, and so let go of this.
template <typename Call, typename Event>
class LeaderSessions : public std::enable_shared_from_this<LeaderSessions<Call, Event>> {
 public:
  using Id = uint64_t;
  using Done = typename Session<Call>::Done;
  using Master = std::unique_ptr<Endpoint<Call, Event>>;
  using Connector = std::function<Master(const Leader&)>;

  LeaderSessions(Connector connect, EventLoop* loop)
      : loop_(loop),
        connect_(std::move(connect)),
        random_(CreateSeededRandom(static_cast<uint64_t>(absl::ToUnixNanos(loop->Now())))),
        backoff_(random_.get(), kFirstLeaderPause, kLongestLeaderPause) {}

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
    for (auto& [id, session] : sessions_) session->Disconnect();
    std::exchange(sessions_, {}).clear();
    return masters;
  }

  void Open(Id id, std::shared_ptr<Sink<Event>> sink, Peer peer) {
    if (seen_ && master_ == nullptr) return sink->Closed(Unreachable());
    auto session = std::make_unique<Talk>(
        loop_, std::move(sink), std::move(peer),
        typename Talk::Handlers{[this] { backoff_.Reset(); }, [this] { TryAgainLater(); },
                                [this, id](absl::Status why) { End(id, std::move(why)); }});
    Talk* const opened = sessions_.emplace(id, std::move(session)).first->second.get();
    if (seen_ && !pausing_) opened->Connect(master_.get());
  }

  void Send(Id id, Call call, Done done) {
    auto found = sessions_.find(id);
    if (found == sessions_.end()) {
      return Answer(&done, absl::UnavailableError("the session with the leading master is closed"));
    }
    if (found->second->heard()) return found->second->Send(std::move(call), std::move(done));
    size_t calls = 0;
    size_t bytes = 0;
    for (const auto& [other, session] : sessions_) {
      calls += session->kept_calls();
      bytes += session->kept_bytes();
    }
    if (calls >= kMaxCallsWaitingForLeader ||
        bytes + call.ByteSizeLong() > kMaxBytesWaitingForLeader) {
      return Answer(&done, absl::UnavailableError(
                               absl::StrCat("no master that leads has answered, and ", calls,
                                            " calls of ", bytes, " bytes wait for one")));
    }
    found->second->Send(std::move(call), std::move(done));
  }

  // Its owner has destroyed it.
  void Close(Id id) {
    if (auto node = sessions_.extract(id)) node.mapped().reset();
  }

 private:
  using Talk = LeaderSession<Call, Event>;
  using Sinks = std::vector<std::shared_ptr<Sink<Event>>>;

  static void Answer(Done* done, absl::Status status) {
    if (*done != nullptr) (*done)(std::move(status));
  }
  static absl::Status Unreachable() {
    return absl::UnavailableError("there is no way to the master that leads");
  }

  void LeaderIs(const std::optional<Leader>& leader) {
    const auto self = this->shared_from_this();
    seen_ = leader.has_value();
    if (!seen_) return;
    Sinks closed;
    if (!leader_.has_value() || !IsSameLeader(*leader_, *leader)) {
      leader_ = leader;
      closed = LeaveMaster();
      backoff_.Reset();
      master_ = connect_(*leader);
    }
    for (const auto& sink : closed) sink->Closed(absl::UnavailableError("another master leads"));
    if (master_ != nullptr) return ConnectWaiting();
    for (const auto& sink : TakeSinks([](const Talk&) { return true; })) {
      sink->Closed(Unreachable());
    }
  }

  // Sessions that the former master has answered end; the others wait for the next one.
  Sinks LeaveMaster() {
    Sinks closed = TakeSinks([](const Talk& session) { return session.heard(); });
    for (auto& [id, session] : sessions_) session->Disconnect();
    if (master_ == nullptr) return closed;
    retired_.push_back(std::move(master_));
    loop_->PostAt(loop_->Now() + kLeaderRetirement,
                  lifetime_->Guard([this] { retired_.erase(retired_.begin()); }));
    return closed;
  }

  // Ends sessions, whose sinks are to be told.
  template <typename Predicate>
  Sinks TakeSinks(Predicate ends) {
    Sinks sinks;
    std::vector<std::unique_ptr<Talk>> taken;  // They go when nothing is iterated over.
    for (auto session = sessions_.begin(); session != sessions_.end();) {
      auto next = std::next(session);
      if (ends(*session->second)) {
        sinks.push_back(session->second->sink());
        taken.push_back(std::move(session->second));
        sessions_.erase(session);
      }
      session = next;
    }
    return sinks;
  }

  // What is called may change the sessions.
  void ConnectWaiting() {
    std::vector<Id> waiting;
    for (auto& [id, session] : sessions_) {
      if (!session->connected()) waiting.push_back(id);
    }
    for (Id id : waiting) {
      auto found = sessions_.find(id);
      if (found != sessions_.end() && master_ != nullptr) found->second->Connect(master_.get());
    }
  }

  // The leader did not answer: it may be gone, or not ready yet.
  void TryAgainLater() {
    if (std::exchange(pausing_, true)) return;
    absl::Duration pause = backoff_.Next();
    if (pause == absl::ZeroDuration()) pause = backoff_.Next();  // Never at once.
    loop_->PostAt(loop_->Now() + pause, lifetime_->Guard([this] {
      pausing_ = false;
      if (seen_ && master_ != nullptr) ConnectWaiting();
    }));
  }

  void End(Id id, absl::Status why) {
    auto node = sessions_.extract(id);
    if (!node) return;
    const std::shared_ptr<Sink<Event>> sink = node.mapped()->sink();
    node.mapped().reset();
    sink->Closed(std::move(why));
  }

  EventLoop* const loop_;
  const Connector connect_;
  const std::unique_ptr<Random> random_;  // For pauses.
  Backoff backoff_;
  std::unique_ptr<LeaderDetector::Detection> detection_;

  bool seen_ = false;             // Whether leader_ leads as far as one can see.
  bool pausing_ = false;          // It did not answer a moment ago.
  std::optional<Leader> leader_;  // Who was seen last.
  Master master_;                 // leader_'s; null: nobody was seen, or there is no way there.
  std::vector<Master> retired_;   // Without sessions, the oldest first.

  std::map<Id, std::unique_ptr<Talk>> sessions_;

  std::optional<Lifetime> lifetime_{std::in_place};
};

}  // namespace mesos

#endif  // MESOSLIB_COORDINATION_LEADER_SESSIONS_H_
