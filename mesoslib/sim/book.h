// Book: what a framework of the simulation has written down about its tasks. It outlives the
// framework's processes, and knows what it must never be told.
#ifndef MESOSLIB_SIM_BOOK_H_
#define MESOSLIB_SIM_BOOK_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/sim/world.h"

namespace mesos::sim {

class Book {
 public:
  struct Task {
    std::string agent;
    v1::TaskState state = v1::TASK_STAGING;
    absl::Duration last_heard;
    // It may yet run, or run again: nothing final was heard of it.
    bool open = true;
    // What its agent said was its end, if it did; nothing else can be after that.
    std::string final_uuid;
    std::set<std::string> uuids;
  };

  Book(World* world, std::string name) : world_(world), name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  const std::string& framework_id() const { return framework_id_; }
  void set_framework_id(std::string id) { framework_id_ = std::move(id); }

  // A name no task has had.
  std::string NewTaskId();
  void Launched(const std::string& task, const std::string& agent);
  void Heard(const v1::TaskStatus& status);
  // The master has ended the framework, and so all of its tasks; it begins anew.
  void FrameworkRemoved();

  const std::map<std::string, Task>& tasks() const { return tasks_; }
  // May be running, by all it knows; in no order that means anything.
  const std::set<std::string>& open() const { return open_; }
  uint64_t launched() const { return next_ - 1; }
  uint64_t finished() const { return finished_; }
  // Under which it ran before it was removed.
  const std::set<std::string>& former_ids() const { return former_ids_; }

 private:
  void Close(const std::string& id, Task& task);

  World* const world_;
  const std::string name_;
  std::string framework_id_;  // Empty: never subscribed.
  std::set<std::string> former_ids_;
  uint64_t next_ = 1;
  uint64_t finished_ = 0;
  std::map<std::string, Task> tasks_;
  std::set<std::string> open_;
};

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_BOOK_H_
