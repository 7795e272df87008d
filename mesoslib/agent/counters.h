// What an agent counts since it was made, for its metrics: plain integers, added to on its loop,
// where things happen; and how long messages wait for the loop and take on it.
#ifndef MESOSLIB_AGENT_COUNTERS_H_
#define MESOSLIB_AGENT_COUNTERS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "mesos/internal/messages.pb.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/base/message_times.h"

namespace mesos::agent {

struct Counters {
  // What executors say of their tasks, and the agent of those it runs itself.
  uint64_t valid_updates = 0;
  uint64_t invalid_updates = 0;
  // Between frameworks and executors, either way.
  uint64_t valid_messages = 0;
  uint64_t invalid_messages = 0;
  uint64_t launch_errors = 0;
  uint64_t destroy_errors = 0;  // Of containers; each attempt.
  uint64_t executors_ended = 0;
  std::array<uint64_t, v1::TaskState_ARRAYSIZE> ended_tasks{};
};

struct Meters {
  // By MasterMessage::message_case().
  std::shared_ptr<MessageTimes> master =
      std::make_shared<MessageTimes>(internal::MasterMessage::kDrain + 1);
  // By Call::type().
  std::shared_ptr<MessageTimes> executors =
      std::make_shared<MessageTimes>(v1::executor::Call::Type_ARRAYSIZE);
  // By Call::type().
  std::shared_ptr<MessageTimes> operators =
      std::make_shared<MessageTimes>(v1::agent::Call::Type_ARRAYSIZE);
};

inline size_t KindOf(const internal::MasterMessage& message) { return message.message_case(); }
inline size_t KindOf(const v1::executor::Call& call) { return call.type(); }
inline size_t KindOf(const v1::agent::Call& call) { return call.type(); }

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_COUNTERS_H_
