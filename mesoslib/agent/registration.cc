#include "mesoslib/agent/registration.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace mesos::agent {
namespace {

constexpr absl::Duration kMaxBackoff = absl::Minutes(1);
// Without backoff, a master that is down must not keep the loop busy, and a slow one is not asked
// again and again.
constexpr absl::Duration kMinReconnect = absl::Milliseconds(10);
constexpr absl::Duration kMinRepeat = absl::Milliseconds(500);

}  // namespace

class Registration::MasterSink final : public Sink<MasterMessage> {
 public:
  MasterSink(std::shared_ptr<LoopDoor<Registration>> door, uint64_t session,
             std::shared_ptr<MessageTimes> times)
      : door_(std::move(door)), session_(session), times_(std::move(times)) {}

  void Deliver(MasterMessage message) override {
    times_->Waits();
    door_->PostTimed([session = session_, message = std::move(message)](Registration* self,
                                                                        absl::Time posted) mutable {
      if (self == nullptr) return;
      const MessageTimes::Turn turn(self->times_, message.message_case(), posted, self->loop_);
      self->Deliver(session, std::move(message));
    });
  }

  void Closed(absl::Status reason) override {
    door_->Post([session = session_, reason = std::move(reason)](Registration* self) {
      if (self != nullptr) self->Closed(session, reason);
    });
  }

 private:
  const std::shared_ptr<LoopDoor<Registration>> door_;
  const uint64_t session_;
  const std::shared_ptr<MessageTimes> times_;
};

Registration::Registration(EventLoop* loop, Random* random, AgentEndpoint* master,
                           absl::Duration backoff, Logger log, Registrant* registrant,
                           std::shared_ptr<MessageTimes> times)
    : loop_(loop),
      random_(random),
      master_(master),
      backoff_(backoff),
      log_(log),
      registrant_(registrant),
      times_(std::move(times)),
      door_(std::make_shared<LoopDoor<Registration>>(loop, this)) {}

Registration::~Registration() {
  Stop();
  door_->Close();
}

void Registration::Start(Peer self) {
  self_ = std::move(self);
  state_ = State::kRegistering;
  attempts_ = 0;
  Attempt();
}

void Registration::Stop() {
  state_ = State::kStopped;
  Disconnect();
}

void Registration::Stop(AgentMessage farewell) {
  Send(std::move(farewell));
  Stop();
}

void Registration::Restart() {
  if (state_ != State::kRegistered) return;
  loop_->Post(lifetime_.Guard([this] {
    if (state_ != State::kRegistered) return;
    Disconnect();
    Lost();
    ScheduleAttempt(std::max(RandomBelow(Window()), kMinReconnect));
  }));
}

void Registration::Send(AgentMessage message) {
  if (state_ == State::kRegistered) session_->Send(std::move(message));
}

void Registration::Attempt() {
  StopTimer(attempt_timer_);
  if (session_ == nullptr) Connect();
  session_->Send(registrant_->Introduce());
  ++attempts_;
  const absl::Duration half = std::max(Window(), kMinRepeat) / 2;
  ScheduleAttempt(half + RandomBelow(half));
}

void Registration::Connect() {
  session_ = master_->Open(std::make_shared<MasterSink>(door_, ++session_number_, times_), self_);
}

void Registration::Disconnect() {
  StopTimer(attempt_timer_);
  StopTimer(ping_timer_);
  ++session_number_;
  session_.reset();
}

void Registration::Lost() {
  StopTimer(ping_timer_);
  if (state_ != State::kRegistered) return;
  state_ = State::kRegistering;
  attempts_ = 0;
  registrant_->Disconnected();
}

void Registration::ScheduleAttempt(absl::Duration delay) {
  StopTimer(attempt_timer_);
  attempt_timer_ = loop_->PostAt(loop_->Now() + delay, lifetime_.Guard([this] {
    attempt_timer_ = 0;
    Attempt();
  }));
}

absl::Duration Registration::Window() const {
  const double factor = std::exp2(std::min(attempts_, 30));
  return std::min(backoff_ * factor, kMaxBackoff);
}

absl::Duration Registration::RandomBelow(absl::Duration limit) {
  const double fraction = static_cast<double>(random_->Next() >> 11) * 0x1.0p-53;
  return limit * fraction;
}

void Registration::Closed(uint64_t session, absl::Status reason) {
  if (session != session_number_ || state_ == State::kStopped) return;
  if (absl::IsUnavailable(reason)) {
    log_.Info("no connection to the master: ", reason.message());
  } else {
    log_.Error("the master refuses this agent: ", reason.ToString());
  }
  ++session_number_;
  session_.reset();
  Lost();
  ScheduleAttempt(std::max(RandomBelow(Window()), kMinReconnect));
}

void Registration::Deliver(uint64_t session, MasterMessage message) {
  if (session != session_number_ || state_ == State::kStopped) return;
  switch (message.message_case()) {
    case MasterMessage::kRegistered:
      state_ = State::kRegistered;
      return Answered(registrant_->Registered(message.registered()),
                      message.registered().total_ping_timeout_seconds());
    case MasterMessage::kReregistered:
      state_ = State::kRegistered;
      return Answered(registrant_->Reregistered(message.reregistered()),
                      message.reregistered().total_ping_timeout_seconds());
    case MasterMessage::kPing:
      return Pinged(message.ping());
    default:
      registrant_->Receive(std::move(message));
  }
}

void Registration::Answered(absl::Status status, double ping_timeout_seconds) {
  if (state_ == State::kStopped) return;
  if (!status.ok()) {
    log_.Error("the master's answer to the registration is refused: ", status.message());
    // One that answers at once, and always wrong, is asked ever more seldom, too.
    const int attempts = attempts_;
    Disconnect();
    Lost();
    attempts_ = attempts;
    ScheduleAttempt(std::max(Window(), kMinRepeat));
    return;
  }
  StopTimer(attempt_timer_);
  const bool bounded = std::isfinite(ping_timeout_seconds) && ping_timeout_seconds > 0;
  ping_timeout_ = bounded ? absl::Seconds(ping_timeout_seconds) : absl::InfiniteDuration();
  ExpectPing();
}

void Registration::Pinged(const MasterMessage::Ping& ping) {
  AgentMessage pong;
  pong.mutable_pong();
  session_->Send(std::move(pong));
  if (state_ != State::kRegistered) return;
  if (!ping.has_connected() || ping.connected()) return ExpectPing();
  log_.Warning("the master takes this agent for disconnected; registering again");
  Lost();
  Attempt();
}

void Registration::ExpectPing() {
  StopTimer(ping_timer_);
  if (ping_timeout_ == absl::InfiniteDuration()) return;
  ping_timer_ = loop_->PostAt(loop_->Now() + ping_timeout_, lifetime_.Guard([this] {
    ping_timer_ = 0;
    log_.Warning("no ping from the master for ", absl::FormatDuration(ping_timeout_),
                 "; connecting again");
    Disconnect();
    Lost();
    ScheduleAttempt(std::max(RandomBelow(Window()), kMinReconnect));
  }));
}

void Registration::StopTimer(TimerId& timer) {
  if (timer != 0) loop_->Cancel(timer);
  timer = 0;
}

}  // namespace mesos::agent
