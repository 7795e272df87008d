// A master's tasks as /tasks tells them: so many of those that are asked for, by the times of their
// last updates.
//
// Threads: any; takes time in proportion to the tasks.
#ifndef MESOSLIB_HTTP_TASKS_JSON_H_
#define MESOSLIB_HTTP_TASKS_JSON_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "mesos/master_state.h"
#include "mesoslib/http/exchange.h"
#include "mesoslib/http/query.h"

namespace mesos::http {

// What /tasks is asked for.
struct TasksQuery {
  size_t limit = 100;
  size_t offset = 0;
  bool ascending = false;  // The oldest first.
  std::string framework_id;
  std::string task_id;
};
// InvalidArgument names the parameter: "limit is 'many'; expected a number".
absl::StatusOr<TasksQuery> ReadTasksQuery(const Query& query);
TextPieces TasksJson(const MasterState& state, const TasksQuery& query);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_TASKS_JSON_H_
