// ReturningAgent: puts together what an agent that comes back says with what the master knew of it,
// before it is in the books: which tasks and executors it will be added with, what they hold, and
// what it has not named.
#ifndef MESOSLIB_MASTER_RETURNING_AGENT_H_
#define MESOSLIB_MASTER_RETURNING_AGENT_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "mesos/allocator.h"
#include "mesos/internal/messages.pb.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/master/framework_manager.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/records.h"

namespace mesos::master {

class ReturningAgent {
 public:
  // `total`: what it has now. `known`: the tasks the master had for it. `given_up`: this master has
  // known the agent before, so frameworks may have been told that what it brings is lost.
  // Frameworks it names and nobody knows are recovered.
  ReturningAgent(AgentId id, const Resources& total,
                 const internal::AgentMessage::Reregister& message,
                 std::vector<std::unique_ptr<Task>> known, bool given_up,
                 FrameworkManager* frameworks, const Logger& log);

  // The known tasks that had ended and that it does not name: it has forgotten them, and repeats
  // their last update no more. Once.
  std::vector<std::unique_ptr<Task>> TakeForgotten() { return std::move(forgotten_); }

  // What it has not named of the known tasks: it answers for each with an update, and until then
  // they stay.
  void ListUnreported(internal::MasterMessage::Reregistered* answer) const;

  // By framework and role, what all of that holds.
  std::vector<Allocation> Allocations() const;

  // Puts tasks and executors into the books; `agent` is there, with these allocations. Once.
  void MoveInto(Ledger* ledger, Agent* agent);

  // After MoveInto: tasks whose frameworks were told that they are unreachable or lost.
  const std::vector<const Task*>& back() const { return back_; }

  // Tasks that are the framework's elsewhere by now, under the same ids: the agent is to kill them.
  const std::vector<std::pair<FrameworkId, TaskId>>& unwanted_tasks() const {
    return unwanted_tasks_;
  }

  // Frameworks that have ended meanwhile: the agent is to shut them down.
  const std::vector<FrameworkId>& unwanted_frameworks() const { return unwanted_; }

 private:
  struct ReturningExecutor {
    Framework* framework;
    v1::ExecutorInfo info;
    Resources resources;
  };

  void AddReported(const v1::Task& proto);
  void AddExecutor(const v1::ExecutorInfo& info);
  // Tasks that are not named hold what they did, where the agent has it.
  void HoldUnreported(const Resources& total);
  Framework* FindFramework(const std::string& id) const;
  void Hold(Framework* framework, const Resources& resources);

  const AgentId id_;
  const bool given_up_;
  const Logger& log_;
  absl::btree_map<FrameworkId, Framework*> frameworks_;
  std::map<std::pair<FrameworkId, TaskId>, std::unique_ptr<Task>> unreported_;
  // Looked up only; views of the tasks' own ids.
  absl::btree_set<std::pair<const Framework*, absl::string_view>> reported_;
  std::vector<std::unique_ptr<Task>> tasks_;
  std::vector<ReturningExecutor> executors_;
  absl::btree_set<std::pair<const Framework*, std::string>> named_executors_;  // Looked up only.
  std::map<std::pair<FrameworkId, std::string>, Resources> held_;
  std::vector<const Task*> back_;
  std::vector<std::unique_ptr<Task>> forgotten_;
  std::vector<FrameworkId> unwanted_;
  std::vector<std::pair<FrameworkId, TaskId>> unwanted_tasks_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_RETURNING_AGENT_H_
