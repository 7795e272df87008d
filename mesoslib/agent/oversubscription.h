// Oversubscription: asks the resource estimator what may be lent out, and the QoS controller who
// has to give way.
//
//            interval, unless it owes an answer
//      +-----------------------------------------+
//      v                 answer                  |
//   Estimate ----------------------------> total() changes: the master is told
//
//      +------ at least qos_correction_interval_min, at least kMinPause ------+
//      v                 answer                                               |
//   Correct -----------------------------> executors are destroyed -----------+
//
// Nothing of this is written down: a restarted agent asks anew, and what it recovers may be
// preempted as before. An estimator that does not answer leaves everything as it is. Lives on the
// agent's loop; answers and questions after usage may come from any thread.
#ifndef MESOSLIB_AGENT_OVERSUBSCRIPTION_H_
#define MESOSLIB_AGENT_OVERSUBSCRIPTION_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/agent.h"
#include "mesos/containerizer.h"
#include "mesos/event_loop.h"
#include "mesos/oversubscription.h"
#include "mesos/resources.h"
#include "mesoslib/agent/command_tasks.h"
#include "mesoslib/agent/custom_executors.h"
#include "mesoslib/agent/ledger.h"
#include "mesoslib/agent/operations.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/loop_door.h"

namespace mesos::agent {

class Oversubscription {
 public:
  // A controller that answers at once must not keep the loop busy.
  static constexpr absl::Duration kMinPause = absl::Milliseconds(100);

  struct Dependencies {
    EventLoop* loop = nullptr;
    ResourceEstimator* estimator = nullptr;  // May be null.
    QosController* controller = nullptr;     // May be null.
    Containerizer* containerizer = nullptr;
    Ledger* ledger = nullptr;
    Operations* operations = nullptr;
    CommandTasks* commands = nullptr;
    CustomExecutors* executors = nullptr;
    Logger log{nullptr};
    absl::AnyInvocable<void(const Resources& total)> tell;  // The master.
  };

  Oversubscription(const AgentOptions& options, Dependencies dependencies);
  Oversubscription(const Oversubscription&) = delete;
  Oversubscription& operator=(const Oversubscription&) = delete;
  ~Oversubscription();

  // The agent runs: asks both, and goes on asking.
  void Start();
  // Nothing is asked and done any more.
  void Stop();
  // The agent has registered: the master is told once more, for what an introduction said may have
  // crossed a change.
  void Registered();

  // All that is lent out, by the latest estimate that made sense.
  const Resources& total() const { return total_; }
  // How many executors have had to give way since this was made.
  uint64_t preempted() const { return preempted_; }

 private:
  // One that is not answered is not asked again.
  struct Question {
    uint64_t number = 0;
    bool open = false;
    TimerId timer = 0;  // Of the next.
  };

  void AskEstimator();
  void Estimated(uint64_t question, absl::StatusOr<Resources> estimate);
  void AskController();
  void Corrected(uint64_t question, absl::StatusOr<std::vector<QosCorrection>> corrections);
  // Not OK: why it is ignored.
  absl::Status Preempt(const QosCorrection& correction);
  void After(absl::Duration pause, Question* question, void (Oversubscription::*ask)());

  ResourceUsageSource MakeUsageSource() const;
  ResourceUsage Usage() const;
  void TellUsage(UsageDetail detail, absl::AnyInvocable<void(absl::StatusOr<ResourceUsage>)> done);

  const AgentOptions& options_;
  Dependencies deps_;
  const std::shared_ptr<LoopDoor<Oversubscription>> door_;
  Question estimate_;
  Question correction_;
  bool silent_ = false;     // The estimator owes an answer, and that was logged.
  bool estimated_ = false;  // At least once.
  Resources total_;
  uint64_t preempted_ = 0;
  Lifetime lifetime_;
};

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_OVERSUBSCRIPTION_H_
