// Strong identifiers: an AgentId is no TaskId, though both are text on the wire.
//
//   mesos::TaskId task("t1");
//   if (!task.empty() && task < mesos::TaskId("t2")) std::puts(task.value().c_str());
//
// Threads: values; one object is used by one thread at a time.
// Ownership: each holds its text.
// Errors: none; what an id may consist of is checked where it comes in, by masters and agents.
#ifndef MESOS_IDS_H_
#define MESOS_IDS_H_

#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace mesos {

template <typename Tag>
class StrongId {
 public:
  StrongId() = default;
  explicit StrongId(std::string value) : value_(std::move(value)) {}

  const std::string& value() const { return value_; }
  bool empty() const { return value_.empty(); }

  friend bool operator==(const StrongId& a, const StrongId& b) { return a.value_ == b.value_; }
  friend bool operator!=(const StrongId& a, const StrongId& b) { return a.value_ != b.value_; }
  friend bool operator<(const StrongId& a, const StrongId& b) { return a.value_ < b.value_; }

  template <typename H>
  friend H AbslHashValue(H h, const StrongId& id) {
    return H::combine(std::move(h), id.value_);
  }

  friend std::ostream& operator<<(std::ostream& out, const StrongId& id) {
    return out << id.value_;
  }

 private:
  std::string value_;
};

using FrameworkId = StrongId<struct FrameworkIdTag>;
using AgentId = StrongId<struct AgentIdTag>;
using OfferId = StrongId<struct OfferIdTag>;
using TaskId = StrongId<struct TaskIdTag>;
using ExecutorId = StrongId<struct ExecutorIdTag>;
using ContainerId = StrongId<struct ContainerIdTag>;

}  // namespace mesos

#endif  // MESOS_IDS_H_
