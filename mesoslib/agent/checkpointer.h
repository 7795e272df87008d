// Checkpointer: writes down what a restarted agent must find. What changes in one turn of the loop
// becomes durable together, or not at all; commits follow each other without waiting.
//
//   checkpointer.PutTask(framework, executor, task);
//   checkpointer.WhenDurable([] { /* now start it */ });
//
// Lives on the agent's loop. A commit that fails ends it: `failed` is told why, nothing is written
// and no callback runs after that.
#ifndef MESOSLIB_AGENT_CHECKPOINTER_H_
#define MESOSLIB_AGENT_CHECKPOINTER_H_

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message_lite.h"
#include "mesos/event_loop.h"
#include "mesos/ids.h"
#include "mesos/internal/checkpoint.pb.h"
#include "mesos/state_store.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/agent/recovered_state.h"
#include "mesoslib/base/lifetime.h"

namespace mesos::agent {

class Checkpointer {
 public:
  using Loaded = absl::AnyInvocable<void(absl::StatusOr<RecoveredState>)>;
  using Durable = absl::AnyInvocable<void()>;
  using Failed = absl::AnyInvocable<void(absl::Status)>;

  Checkpointer(EventLoop* loop, StateStore* store, Failed failed)
      : loop_(loop), store_(store), failed_(std::move(failed)) {}
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // Once, before anything is put.
  void Load(Loaded done);

  // And the format of everything.
  void PutAgent(const internal::AgentCheckpoint& agent);
  void PutFramework(const v1::FrameworkInfo& framework);
  void PutExecutor(const FrameworkId& framework, const ExecutorId& executor,
                   const internal::ExecutorCheckpoint& checkpoint);
  void PutTask(const FrameworkId& framework, const ExecutorId& executor, const v1::TaskInfo& task);
  void PutUpdate(const FrameworkId& framework, uint64_t number,
                 const internal::UpdateCheckpoint& update);

  // With nothing in it, it is removed.
  void PutResources(const internal::ResourcesCheckpoint& resources);
  void PutOperation(uint64_t number, const v1::Operation& operation);

  void RemoveOperation(uint64_t number);
  void RemoveFramework(const FrameworkId& framework);
  void RemoveExecutor(const FrameworkId& framework, const ExecutorId& executor);
  void RemoveTask(const FrameworkId& framework, const ExecutorId& executor, const TaskId& task);
  void RemoveUpdate(const FrameworkId& framework, const TaskId& task, uint64_t number);

  // Damaged entries, as Load found them: each is moved to DamagedKey, with a number behind it where
  // there is one of that name. Nothing is overwritten.
  void SetAside(const std::vector<DamagedCheckpoint>& damaged);

  // Everything goes but what was set aside, and what operations have made of the resources; the
  // next to start here is a new agent.
  void Clear();

  // `done` runs on the loop, never before this returns, once everything put or removed before is
  // durable. Callbacks run in the order in which they were given.
  void WhenDurable(Durable done);

 private:
  void Put(std::string key, const google::protobuf::MessageLite& message);
  void Remove(std::string key);
  std::string FreeDamagedKey(const std::string& key) const;
  void Change(std::string key, std::optional<std::string> value);
  void ScheduleFlush();
  void Flush();
  void Committed(absl::StatusOr<uint64_t> version);

  EventLoop* const loop_;
  StateStore* const store_;
  Failed failed_;
  bool has_failed_ = false;
  bool flush_scheduled_ = false;
  uint64_t version_ = 0;  // Of the store, once all that was committed is applied.
  std::map<std::string, std::optional<std::string>> pending_;
  std::vector<Durable> waiting_;                // For what is pending.
  std::deque<std::vector<Durable>> in_flight_;  // For each commit that is not answered yet.
  std::set<std::string> keys_;                  // All that are stored, or about to be.
  Lifetime lifetime_;
};

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_CHECKPOINTER_H_
