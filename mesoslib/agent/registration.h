// Registration: the agent's session with the master. It introduces the agent until the master
// answers, notices when the master falls silent or the connection breaks, and begins again.
//
//              Start                    registered / reregistered
//   kStopped ---------> kRegistering ------------------------------> kRegistered
//      ^                 |       ^                                    |      |
//      |  Stop           |       +------------------------------------+      |
//      +-----------------+   closed, no ping, ping with connected=false      |
//      +---------------------------------------------------------------------+
//
// The first attempt is made at once. After that attempt n waits a random time of at most
// backoff * 2^n, at most a minute; at least half of that where the connection stands and the master
// just has not answered yet. Lives on the agent's loop.
#ifndef MESOSLIB_AGENT_REGISTRATION_H_
#define MESOSLIB_AGENT_REGISTRATION_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/random.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/loop_door.h"
#include "mesoslib/base/message_times.h"

namespace mesos::agent {

class Registration {
 public:
  using AgentMessage = internal::AgentMessage;
  using MasterMessage = internal::MasterMessage;

  // Who registers. Called on the loop.
  class Registrant {
   public:
    virtual ~Registrant() = default;
    // A Register or a Reregister with everything as it is now.
    virtual AgentMessage Introduce() = 0;
    // The session is on. A non-OK status: the answer makes no sense; the session is given up.
    virtual absl::Status Registered(const MasterMessage::Registered& message) = 0;
    virtual absl::Status Reregistered(const MasterMessage::Reregistered& message) = 0;
    // It was on and is no more.
    virtual void Disconnected() = 0;
    // Everything but Registered, Reregistered and Ping.
    virtual void Receive(MasterMessage message) = 0;
  };

  // `times`: how long what the master says waits and takes, by MasterMessage::message_case().
  Registration(EventLoop* loop, Random* random, AgentEndpoint* master, absl::Duration backoff,
               Logger log, Registrant* registrant, std::shared_ptr<MessageTimes> times);
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  ~Registration();

  void Start(Peer self);
  // Sends `farewell` if the master is there, and closes the session.
  void Stop();
  void Stop(AgentMessage farewell);

  // Gives the session up and begins again, with a new introduction. Posted.
  void Restart();

  // At most once, and only while registered: otherwise it is dropped.
  void Send(AgentMessage message);

  bool registered() const { return state_ == State::kRegistered; }

 private:
  enum class State { kStopped, kRegistering, kRegistered };
  class MasterSink;

  void Attempt();
  void Connect();
  void Disconnect();
  // Back to kRegistering.
  void Lost();
  void ScheduleAttempt(absl::Duration delay);
  absl::Duration Window() const;
  absl::Duration RandomBelow(absl::Duration limit);
  void Deliver(uint64_t session, MasterMessage message);
  void Closed(uint64_t session, absl::Status reason);
  void Answered(absl::Status status, double ping_timeout_seconds);
  void Pinged(const MasterMessage::Ping& ping);
  void ExpectPing();
  void StopTimer(TimerId& timer);

  EventLoop* const loop_;
  Random* const random_;
  AgentEndpoint* const master_;
  const absl::Duration backoff_;
  const Logger log_;
  Registrant* const registrant_;
  const std::shared_ptr<MessageTimes> times_;
  const std::shared_ptr<LoopDoor<Registration>> door_;

  Peer self_;
  State state_ = State::kStopped;
  int attempts_ = 0;
  uint64_t session_number_ = 0;  // What a former session still says is not heard.
  std::unique_ptr<Session<AgentMessage>> session_;
  TimerId attempt_timer_ = 0;
  TimerId ping_timer_ = 0;
  absl::Duration ping_timeout_ = absl::InfiniteDuration();
  Lifetime lifetime_;
};

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_REGISTRATION_H_
