// Draining: while the master wants the agent drained, nothing new is taken on, what runs is killed
// with grace periods of at most what was asked for, and executors end once they have nothing to do.
//
//              Set(config): durable, then EndAll
//   serving ------------------------------------> draining (also after a restart)
//      ^                Set(nothing)                  |
//      +----------------------------------------------+
//
// The master says which with each registration and whenever that changes. Lives on the agent's
// loop.
#ifndef MESOSLIB_AGENT_DRAINING_H_
#define MESOSLIB_AGENT_DRAINING_H_

#include <functional>
#include <optional>

#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesos/ids.h"
#include "mesos/internal/checkpoint.pb.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/agent/checkpointer.h"
#include "mesoslib/agent/command_tasks.h"
#include "mesoslib/agent/custom_executors.h"
#include "mesoslib/agent/ledger.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"

namespace mesos::agent {

class Draining {
 public:
  struct Dependencies {
    EventLoop* loop = nullptr;
    Checkpointer* checkpointer = nullptr;
    Ledger* ledger = nullptr;
    CommandTasks* commands = nullptr;
    CustomExecutors* executors = nullptr;
    Logger log{nullptr};
    std::function<void()> write;  // The agent's own record, of which this is a part.
  };

  explicit Draining(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  void Recover(const internal::AgentCheckpoint& checkpoint);
  void Write(internal::AgentCheckpoint* checkpoint) const;

  // What the master wants. None: the agent may take on tasks. A negative grace period counts as
  // none.
  void Set(std::optional<v1::DrainConfig> config);
  bool active() const { return config_.has_value(); }
  // As far as it is drained.
  const std::optional<v1::DrainConfig>& config() const { return config_; }
  absl::Time start() const { return start_; }

  // What is killed and does not end is killed again after this long: an executor may not have heard
  // of it.
  static constexpr absl::Duration kRepeat = absl::Minutes(1);

  // Kills all that runs, now and until nothing does. What is being killed already is not given
  // longer.
  void EndAll();
  // Nothing is done any more.
  void Stop();
  // A task's end was acknowledged: its executor may have nothing left to do.
  void EndIdle(const FrameworkId& framework);

 private:
  void End(const FrameworkId& framework, const ExecutorId& executor);
  // How it is to be killed; none where its own way is quick enough.
  std::optional<v1::KillPolicy> PolicyFor(const v1::TaskInfo& task) const;

  const Dependencies deps_;
  std::optional<v1::DrainConfig> config_;
  absl::Time start_ = absl::InfinitePast();
  TimerId repeat_ = 0;
  Lifetime lifetime_;
};

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_DRAINING_H_
