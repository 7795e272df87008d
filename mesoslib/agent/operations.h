// Operations: what operations make of the agent's resources. The agent's total is kept here.
//
//             ApplyOperation            durable              volumes' directories
//   (master) ---------------> PENDING ----------> file work ---------------------> FINISHED
//       |                        +-- no file work -----------------------------------^
//       +--> DROPPED: the resources are not there                                    |
//                                                          durable: told, 10 s, 20 s .. 10 min,
//                                                          until it is acknowledged: forgotten
//
// The total changes at once and becomes durable before anybody hears of it; what operations have
// made outlives the agent and its id. Where an operation cannot be applied the master takes the
// agent's resources for something else, so the agent registers anew (`disagree`). File work that
// fails is tried again, for the master has told what is free already; until it is done the
// operation is PENDING, and what would use the volume waits.
//
// Its updates go the way of tasks' updates (StatusUpdates), but there is one a stream, and nothing
// that waits behind it. Lives on the agent's loop.
#ifndef MESOSLIB_AGENT_OPERATIONS_H_
#define MESOSLIB_AGENT_OPERATIONS_H_

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/containerizer.h"
#include "mesos/event_loop.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/random.h"
#include "mesos/resources.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/agent/checkpointer.h"
#include "mesoslib/agent/recovered_state.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"

namespace mesos::agent {

class Operations {
 public:
  using MasterMessage = internal::MasterMessage;
  using AgentMessage = internal::AgentMessage;

  // File work that has failed is tried again after this long.
  static constexpr absl::Duration kWorkRetry = absl::Minutes(1);

  struct Dependencies {
    EventLoop* loop = nullptr;
    Random* random = nullptr;
    Checkpointer* checkpointer = nullptr;
    Containerizer* containerizer = nullptr;
    const v1::AgentInfo* info = nullptr;  // With the agent's id, once it has one.
    Logger log{nullptr};
    absl::AnyInvocable<void(AgentMessage::OperationUpdate)> forward;
    absl::AnyInvocable<void()> disagree;
  };

  // `configured`: what the agent has where no operation has made anything of it.
  Operations(std::string work_dir, Resources configured, Dependencies dependencies);
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;
  ~Operations();

  const Resources& total() const { return total_; }
  // Counts what was applied.
  uint64_t generation() const { return generation_; }
  // In the order they came, those that are not acknowledged.
  std::vector<const v1::Operation*> All() const;

  // As it was checkpointed. FailedPrecondition: the agent is no longer configured with what was
  // converted; the message says how to go on.
  absl::Status Recover(const Resources& converted,
                       const std::map<uint64_t, v1::Operation>& operations);

  // The containerizer has recovered: file work that was not done is done.
  void ResumeWork();

  // `version`: of the agent's resources, as it has told it.
  void Apply(MasterMessage::ApplyOperation message, const std::string& version);
  void Acknowledge(const MasterMessage::AcknowledgeOperation& message);
  // The master knows an operation that it was not told of.
  void Answer(const internal::OperationReference& reference);

  // It starts paused. Resuming forwards all updates that wait.
  void Pause();
  void Resume();
  // Nothing is done any more.
  void Stop();

  // NotFound names what of these no operation has made here.
  absl::Status CheckKnown(const Resources& resources) const;

  // Whether the directories of all volumes among these are there.
  bool IsReady(const Resources& resources) const;
  // `done` runs as soon as that is so; at once where it is.
  void WhenReady(const Resources& resources, EventLoop::Callback done);

 private:
  struct Record {
    v1::Operation proto;
    int jobs = 0;          // That are not done.
    bool written = false;  // Its last update is durable.
    TimerId timer = 0;
    absl::Duration retry;
  };
  struct Job {
    uint64_t operation;
    bool create;  // Or destroy.
    bool is_mount;
    bool durable = false;
    bool running = false;
  };
  using Jobs = std::vector<std::pair<std::string, Job>>;  // With their directories.
  struct Waiting {
    Resources resources;
    EventLoop::Callback done;
  };

  absl::Status Check(const MasterMessage::ApplyOperation& message,
                     const std::string& version) const;
  // The directories to make and to remove, in order.
  absl::StatusOr<Jobs> JobsOf(const v1::Offer::Operation& operation) const;
  uint64_t Add(const internal::OperationReference& reference, v1::Offer::Operation info);
  bool IsKnown(const std::string& uuid) const;
  // It has come to its end.
  void End(uint64_t number, v1::OperationState state, absl::string_view message);
  void WriteTotal();

  void Enqueue(uint64_t number, const Jobs& jobs, bool durable);
  void Begin(uint64_t number);
  void RunNext(const std::string& path);
  void JobDone(const std::string& path, const absl::Status& status);
  void TellThoseWhoWait();

  void Forward(uint64_t number);

  const std::string work_dir_;
  const Resources configured_;
  Dependencies deps_;
  Resources total_;
  uint64_t generation_ = 0;
  uint64_t next_ = 0;
  bool paused_ = true;
  bool stopped_ = false;
  std::map<uint64_t, Record> records_;
  std::map<std::string, uint64_t> by_uuid_;
  std::map<std::string, std::deque<Job>> work_;  // By directory; the first is being done.
  std::vector<Waiting> waiting_;
  Lifetime lifetime_;
};

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_OPERATIONS_H_
