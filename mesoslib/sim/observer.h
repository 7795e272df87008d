// Observer: sees what every part of a cluster does, and says when something happens that never may:
// the invariants that hold after every step. See README.md for the list.
#ifndef MESOSLIB_SIM_OBSERVER_H_
#define MESOSLIB_SIM_OBSERVER_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesoslib/sim/tap.h"
#include "mesoslib/sim/world.h"

namespace mesos::sim {

// A framework's id and a task's.
using TaskName = std::pair<std::string, std::string>;

class Observer final : public Watcher {
 public:
  explicit Observer(World* world) : world_(world) {}

  // A task's process, on `host`.
  void TaskStarts(int host, const std::string& framework, const std::string& task);
  void TaskEnds(const std::string& framework, const std::string& task);

  // An operator was told that the agent is gone.
  void AgentGone(const std::string& agent) { gone_.insert(agent); }
  bool IsGone(const std::string& agent) const { return gone_.count(agent) > 0; }

  // What really runs, and where.
  const std::map<TaskName, int>& running() const { return running_; }
  uint64_t started() const { return started_.size(); }

  // Watcher.
  void AgentSays(const Process& agent, const internal::AgentMessage& message) override;
  void AgentHears(const Process& agent, const internal::MasterMessage& message) override;

 private:
  struct Acknowledged {
    uint64_t process;
    absl::Duration at;
  };
  using Update = std::pair<TaskName, std::string>;  // With its uuid.

  World* const world_;
  std::set<TaskName> started_;
  std::map<std::string, bool> checkpoints_;  // By framework.
  // An agent, by its process's name, that was told to end a framework need not know of its tasks.
  std::set<std::pair<std::string, std::string>> shut_down_;
  std::map<TaskName, int> running_;
  std::map<Update, Acknowledged> acknowledged_;
  // Of agents' processes: heard since they said something. What is heard last on a connection that
  // ends may not reach the agent behind it.
  std::map<uint64_t, std::vector<Update>> heard_;
  std::map<uint64_t, absl::Duration> last_active_;    // Of agents' processes.
  std::set<std::string> gone_;
};

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_OBSERVER_H_
