#include "mesoslib/http/tasks_json.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/http/model_json.h"
#include "mesoslib/http/piece_writer.h"

namespace mesos::http {
namespace {

using Framework = MasterState::Framework;
using Task = MasterState::Task;

}  // namespace

absl::StatusOr<TasksQuery> ReadTasksQuery(const Query& query) {
  TasksQuery result;
  for (const auto& [name, number] :
       {std::pair<const char*, size_t*>{"limit", &result.limit}, {"offset", &result.offset}}) {
    const std::optional<std::string> text = Parameter(query, name);
    if (text.has_value() && !absl::SimpleAtoi(*text, number)) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, " is ", Quoted(*text), "; expected a number"));
    }
  }
  if (const std::optional<std::string> order = Parameter(query, "order"); order.has_value()) {
    if (*order != "asc" && *order != "des") {
      return absl::InvalidArgumentError(
          absl::StrCat("order is ", Quoted(*order), "; expected 'asc' or 'des'"));
    }
    result.ascending = *order == "asc";
  }
  result.framework_id = Parameter(query, "framework_id").value_or("");
  result.task_id = Parameter(query, "task_id").value_or("");
  return result;
}

TextPieces TasksJson(const MasterState& state, const TasksQuery& query) {
  struct Found {
    double since;  // Of the last update; there is none: the newest.
    const Framework* framework;
    const Task* task;
  };
  std::vector<Found> tasks;
  for (const auto* frameworks : {&state.frameworks, &state.completed_frameworks}) {
    for (const Framework& framework : *frameworks) {
      if (!query.framework_id.empty() && framework.id.value() != query.framework_id) continue;
      for (const auto* pages :
           {&framework.tasks, &framework.unreachable_tasks, &framework.completed_tasks}) {
        for (const auto& page : *pages) {
          for (const Task& task : page->items) {
            if (!query.task_id.empty() && task.description->id.value() != query.task_id) continue;
            tasks.push_back(
                {task.status == nullptr ? 1e18 : task.status->timestamp(), &framework, &task});
          }
        }
      }
    }
  }
  const size_t begin = std::min(query.offset, tasks.size());
  const size_t end = begin + std::min(query.limit, tasks.size() - begin);
  const auto earlier = [&](const Found& a, const Found& b) {
    if (a.since != b.since) return query.ascending ? a.since < b.since : b.since < a.since;
    return a.task->description->id < b.task->description->id;
  };
  std::partial_sort(tasks.begin(), tasks.begin() + end, tasks.end(), earlier);
  PieceWriter writer;
  JsonWriter* json = writer.json();
  json->StartObject();
  json->Name("tasks");
  json->StartArray();
  for (size_t i = begin; i < end; ++i) {
    WriteTask(*tasks[i].task, tasks[i].framework->id.value(), json);
  }
  json->EndArray();
  json->EndObject();
  return writer.Take();
}

}  // namespace mesos::http
