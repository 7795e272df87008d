// A master's state as the older endpoints tell it: /state, /state-summary, /slaves, /frameworks,
// /tasks, /roles. The text of a page is kept with the page, so that the next answer is made of what
// has changed, and of pieces that are shared with the last one.
//
// Threads: any; each takes time in proportion to what is told.
#ifndef MESOSLIB_HTTP_STATE_JSON_H_
#define MESOSLIB_HTTP_STATE_JSON_H_

#include <cstddef>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mesos/master_state.h"
#include "mesoslib/http/exchange.h"

namespace mesos::http {

using Query = std::map<std::string, std::string>;

TextPieces StateJson(const MasterState& state, const std::map<std::string, std::string>& flags);
TextPieces StateSummaryJson(const MasterState& state);
// "slave_id": that one only.
TextPieces SlavesJson(const MasterState& state, const Query& query);
// "framework_id": that one only.
TextPieces FrameworksJson(const MasterState& state, const Query& query);
TextPieces RolesJson(const MasterState& state);

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

#endif  // MESOSLIB_HTTP_STATE_JSON_H_
