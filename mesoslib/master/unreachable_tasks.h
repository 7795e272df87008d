// UnreachableTasks: a framework's tasks whose agents are unreachable, the last ones of them. A
// task's id names one of them only: the latest.
#ifndef MESOSLIB_MASTER_UNREACHABLE_TASKS_H_
#define MESOSLIB_MASTER_UNREACHABLE_TASKS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "mesos/ids.h"
#include "mesos/master_state.h"
#include "mesoslib/master/shelf.h"

namespace mesos::master {

struct Task;
using TaskShelf = Shelf<Task, MasterState::Task, 64>;

class UnreachableTasks {
 public:
  UnreachableTasks();
  ~UnreachableTasks();
  UnreachableTasks(UnreachableTasks&&) noexcept;

  size_t size() const { return by_age_.size(); }

  // The oldest are forgotten above `max`.
  void Add(std::unique_ptr<Task> task, size_t max);
  // Null where there is none.
  const Task* Find(const TaskId& id) const;
  std::unique_ptr<Task> Take(const TaskId& id);
  // All that were on this agent, the oldest first.
  std::vector<std::unique_ptr<Task>> TakeOf(const AgentId& agent);

  TaskShelf& shelf() { return shelf_; }

  // The oldest first.
  const absl::btree_map<uint64_t, std::unique_ptr<Task>>& by_age() const { return by_age_; }

 private:
  uint64_t next_ = 0;
  TaskShelf shelf_{TaskShelf::Places::kInAgeOrder};
  absl::btree_map<uint64_t, std::unique_ptr<Task>> by_age_;
  // Keys are views of the tasks' own ids, and their agents'.
  absl::btree_map<absl::string_view, uint64_t> ages_;
  absl::btree_set<std::pair<absl::string_view, uint64_t>> agents_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_UNREACHABLE_TASKS_H_
