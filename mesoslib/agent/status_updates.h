// StatusUpdates: brings every task's updates to the master, in order and at least once.
//
// Each task has a stream. Its first update is forwarded once it is durable, and again after 10 s,
// 20 s, ... 10 min, until it is acknowledged; then comes the next. While the agent is disconnected
// nothing is forwarded. A stream ends when its terminal update is acknowledged. Updates of
// frameworks that checkpoint outlive the agent; those of others live in memory only. Where very
// many wait, a new one takes the place of the last that waits, unless that is terminal.
//
//               Add             durable                Acknowledge
//   (executor) -----> written ----------> first: forwarded ------> gone; the next is first
//                                             ^    | 10 s ... 10 min
//                                             +----+
//
// Lives on the agent's loop.
#ifndef MESOSLIB_AGENT_STATUS_UPDATES_H_
#define MESOSLIB_AGENT_STATUS_UPDATES_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesos/ids.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/agent/checkpointer.h"
#include "mesoslib/base/latency_histogram.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"

namespace mesos::agent {

class StatusUpdates {
 public:
  // To the master; `latest` is where the task has got to meanwhile.
  using Forward = absl::AnyInvocable<void(const FrameworkId& framework,
                                          const v1::TaskStatus& status, v1::TaskState latest)>;
  // The task's terminal update was acknowledged; its stream is gone.
  using Ended = absl::AnyInvocable<void(const FrameworkId& framework, const TaskId& task)>;
  using Durable = absl::AnyInvocable<void()>;

  static constexpr absl::Duration kFirstRetry = absl::Seconds(10);
  static constexpr absl::Duration kMaxRetry = absl::Minutes(10);
  // Of one task, but for the terminal one.
  static constexpr size_t kMaxPending = 256;

  StatusUpdates(EventLoop* loop, Checkpointer* checkpointer, Logger log, Forward forward,
                Ended ended)
      : loop_(loop),
        checkpointer_(checkpointer),
        log_(log),
        forward_(std::move(forward)),
        ended_(std::move(ended)) {}
  StatusUpdates(const StatusUpdates&) = delete;
  StatusUpdates& operator=(const StatusUpdates&) = delete;
  ~StatusUpdates();

  // Takes an update with task_id, state and uuid. `durable` (may be null) runs once a restart would
  // not lose it; for frameworks that do not checkpoint that is at once. AlreadyExists: the stream
  // has seen this uuid. FailedPrecondition: a terminal update came before it. In both cases
  // `durable` runs too, for there is nothing to wait for, and nothing else happens.
  absl::Status Add(const FrameworkId& framework, bool checkpoint, v1::TaskStatus status,
                   Durable durable);

  // What is not the first update of a stream is ignored.
  void Acknowledge(const FrameworkId& framework, const TaskId& task, absl::string_view uuid);

  // It starts paused. Resuming forwards the first update of every stream at once.
  void Pause();
  void Resume();

  // A stream as it was checkpointed. Before the first Resume.
  void Recover(const FrameworkId& framework, const TaskId& task,
               std::vector<RecoveredUpdate> updates);

  // The framework is gone, nobody waits for its updates; `ended` is not called.
  void RemoveFramework(const FrameworkId& framework);

  bool HasStreams(const FrameworkId& framework) const { return streams_.count(framework) > 0; }
  bool HasStream(const FrameworkId& framework, const TaskId& task) const;
  // From when an update was forwarded first, by this agent, to its acknowledgement.
  const LatencyHistogram& latency() const { return latency_; }
  // The state of the update that was forwarded last, or acknowledged last.
  std::optional<v1::TaskState> ForwardedState(const FrameworkId& framework,
                                              const TaskId& task) const;

 private:
  struct Pending {
    uint64_t number;
    v1::TaskStatus status;
    // Its own, and its predecessor's acknowledgement's: it is forwarded when all are durable, or an
    // agent that is killed in between would send the predecessor again, after it.
    int writes;
    absl::Time forwarded = absl::InfinitePast();  // First.
  };
  struct Stream {
    bool checkpoint = false;
    bool terminal = false;  // The last one is terminal.
    v1::TaskState latest = v1::TASK_STAGING;
    v1::TaskState forwarded = v1::TASK_STAGING;
    uint64_t next_number = 0;
    std::deque<uint64_t> acknowledged;  // Those kept in the checkpoints.
    std::vector<Pending> pending;
    std::vector<std::string> seen;  // The uuids that came last.
    TimerId timer = 0;
    absl::Duration retry = kFirstRetry;
  };

  Stream* Find(const FrameworkId& framework, const TaskId& task);
  static void Remember(Stream& stream, const std::string& uuid);
  void Written(const FrameworkId& framework, const TaskId& task, uint64_t number);
  // The last of too many makes room for the next.
  void MakeRoom(const FrameworkId& framework, const TaskId& task, Stream& stream);
  // If the first update can go now, it goes.
  void ForwardFirst(const FrameworkId& framework, const TaskId& task, Stream& stream);
  void Retry(const FrameworkId& framework, const TaskId& task);
  void Popped(const FrameworkId& framework, const TaskId& task, Stream& stream, Pending first);
  void Forget(const FrameworkId& framework, const TaskId& task, Stream& stream);
  void StopTimer(Stream& stream);

  EventLoop* const loop_;
  Checkpointer* const checkpointer_;
  const Logger log_;
  Forward forward_;
  Ended ended_;
  bool paused_ = true;
  std::map<FrameworkId, std::map<TaskId, Stream>> streams_;
  LatencyHistogram latency_;
  Lifetime lifetime_;
};

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_STATUS_UPDATES_H_
