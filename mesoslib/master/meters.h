// Meters: how long messages of each kind wait for the master's loop, and how long it is busy with
// them. What is answered in later turns of the loop (a state, a write to the registry) counts with
// its first turn only.
#ifndef MESOSLIB_MASTER_METERS_H_
#define MESOSLIB_MASTER_METERS_H_

#include <memory>

#include "mesos/internal/messages.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/message_times.h"

namespace mesos::master {

struct Meters {
  // By Call::type().
  std::shared_ptr<MessageTimes> schedulers =
      std::make_shared<MessageTimes>(v1::scheduler::Call::Type_ARRAYSIZE);
  // By AgentMessage::message_case().
  std::shared_ptr<MessageTimes> agents =
      std::make_shared<MessageTimes>(internal::AgentMessage::kOperationUpdate + 1);
  // By Call::type().
  std::shared_ptr<MessageTimes> operators =
      std::make_shared<MessageTimes>(v1::master::Call::Type_ARRAYSIZE);
};

inline size_t KindOf(const v1::scheduler::Call& call) { return call.type(); }
inline size_t KindOf(const internal::AgentMessage& message) { return message.message_case(); }
inline size_t KindOf(const v1::master::Call& call) { return call.type(); }

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_METERS_H_
