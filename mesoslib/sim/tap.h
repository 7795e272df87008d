// Tap: sees every message of a simulation at the moment it is heard, writes it into the trace, and
// hands it to whoever watches. Also: what a transport of single requests may do to a call.
#ifndef MESOSLIB_SIM_TAP_H_
#define MESOSLIB_SIM_TAP_H_

#include "mesos/internal/messages.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/sim/process.h"
#include "mesoslib/sim/world.h"

namespace mesos::sim {

// Who watches.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual void AgentSays(const Process& agent, const internal::AgentMessage& message) = 0;
  // Before the agent does.
  virtual void AgentHears(const Process& agent, const internal::MasterMessage& message) = 0;
};

class Tap {
 public:
  Tap(World* world, Watcher* watcher) : world_(world), watcher_(watcher) {}

  void Heard(const Process& from, const Process& to, const v1::scheduler::Call& call);
  void Heard(const Process& from, const Process& to, const v1::scheduler::Event& event);
  void Heard(const Process& from, const Process& to, const v1::executor::Call& call);
  void Heard(const Process& from, const Process& to, const v1::executor::Event& event);
  void Heard(const Process& from, const Process& to, const internal::AgentMessage& message);
  void Heard(const Process& from, const Process& to, const internal::MasterMessage& message);

  void Said(const Process&, const v1::scheduler::Call&) {}
  void Said(const Process&, const v1::executor::Call&) {}
  void Said(const Process& from, const internal::AgentMessage& message) {
    watcher_->AgentSays(from, message);
  }

  // A call that travels by itself may overtake others; only what begins a session is first.
  static bool MayBeReordered(const v1::scheduler::Call& call) {
    return call.type() != v1::scheduler::Call::SUBSCRIBE;
  }
  static bool MayBeReordered(const v1::executor::Call&) { return false; }
  static bool MayBeReordered(const internal::AgentMessage&) { return false; }

  // A client that heard no answer sends a call again; not so where that would do it twice.
  static bool MayBeRepeated(const v1::scheduler::Call& call) {
    return call.type() != v1::scheduler::Call::ACCEPT &&
           call.type() != v1::scheduler::Call::MESSAGE &&
           call.type() != v1::scheduler::Call::TEARDOWN;
  }
  static bool MayBeRepeated(const v1::executor::Call&) { return false; }
  static bool MayBeRepeated(const internal::AgentMessage&) { return false; }

 private:
  World* const world_;
  Watcher* const watcher_;
};

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_TAP_H_
