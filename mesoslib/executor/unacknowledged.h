// Unacknowledged: the tasks and updates of an executor that its agent may not know of.
#ifndef MESOSLIB_EXECUTOR_UNACKNOWLEDGED_H_
#define MESOSLIB_EXECUTOR_UNACKNOWLEDGED_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos {

class Unacknowledged {
 public:
  // A task was launched. It is kept until the first update of it is acknowledged.
  void AddTask(const v1::TaskInfo& task);

  // An update was made; it has a uuid.
  void AddUpdate(const v1::TaskStatus& status);

  void Acknowledge(absl::string_view task_id, const std::string& uuid);

  // Tasks by id, updates in the order in which they were made.
  void CopyTo(v1::executor::Call::Subscribe* subscribe) const;

 private:
  std::map<std::string, v1::TaskInfo> tasks_;
  uint64_t next_ = 0;
  std::map<uint64_t, v1::TaskStatus> updates_;
  absl::flat_hash_map<std::string, uint64_t> update_by_uuid_;
};

}  // namespace mesos

#endif  // MESOSLIB_EXECUTOR_UNACKNOWLEDGED_H_
