#include "daemons/cli/task_list.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "daemons/cli/find_id.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::cli {
namespace {

using google::protobuf::internal::WireFormatLite;
using v1::master::Response;

absl::Status NoTasks() { return absl::DataLossError("the master's tasks cannot be read"); }

// Calls with number, place and size of each field that has a length.
bool VisitFields(absl::string_view message,
                 absl::FunctionRef<void(int number, size_t begin, size_t size)> visit) {
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const uint8_t*>(message.data()),
                                               static_cast<int>(message.size()));
  while (const uint32_t tag = input.ReadTag()) {
    if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!WireFormatLite::SkipField(&input, tag)) return false;
      continue;
    }
    uint32_t size = 0;
    if (!input.ReadVarint32(&size)) return false;
    const size_t begin = input.CurrentPosition();
    if (size > message.size() - begin || !input.Skip(static_cast<int>(size))) return false;
    visit(WireFormatLite::GetTagFieldNumber(tag), begin, size);
  }
  return input.ConsumedEntireMessage();
}

}  // namespace

absl::StatusOr<TaskList> TaskList::Ask(Client* client) {
  ASSIGN_OR_RETURN(std::string response, client->AskForBytes(v1::master::Call::GET_TASKS));
  return Read(std::move(response));
}

absl::StatusOr<TaskList> TaskList::Read(std::string response) {
  TaskList list;
  list.response_ = std::move(response);
  const absl::string_view whole = list.response_;
  Spans running, unreachable, completed;
  bool read = true;
  read &= VisitFields(whole, [&](int field, size_t tasks_begin, size_t tasks_size) {
    if (field != Response::kGetTasksFieldNumber) return;
    read &= VisitFields(whole.substr(tasks_begin, tasks_size),
                        [&](int kind, size_t begin, size_t size) {
                          const Span span = {tasks_begin + begin, size};
                          switch (kind) {
                            case Response::GetTasks::kPendingTasksFieldNumber:
                              return list.active_.push_back(span);
                            case Response::GetTasks::kTasksFieldNumber:
                              return running.push_back(span);
                            case Response::GetTasks::kUnreachableTasksFieldNumber:
                              return unreachable.push_back(span);
                            case Response::GetTasks::kCompletedTasksFieldNumber:
                              return completed.push_back(span);
                          }
                        });
  });
  if (!read) return NoTasks();
  list.active_.insert(list.active_.end(), running.begin(), running.end());
  list.past_ = std::move(unreachable);
  list.past_.insert(list.past_.end(), completed.begin(), completed.end());
  return list;
}

absl::Status TaskList::VisitActive(Visit visit) const { return VisitAll(active_, visit); }

absl::Status TaskList::VisitPast(Visit visit) const { return VisitAll(past_, visit); }

absl::Status TaskList::Parse(const Span& span, v1::Task* task) const {
  const bool parsed =
      task->ParseFromArray(response_.data() + span.begin, static_cast<int>(span.size));
  return parsed ? absl::OkStatus() : NoTasks();
}

absl::Status TaskList::VisitAll(const Spans& spans, Visit visit) const {
  v1::Task task;  // One for all: it keeps its memory.
  for (const Span& span : spans) {
    RETURN_IF_ERROR(Parse(span, &task));
    visit(task);
  }
  return absl::OkStatus();
}

absl::StatusOr<TaskList::Found> TaskList::Find(absl::string_view wanted,
                                               absl::string_view framework) const {
  absl::StatusOr<v1::Task> found = FindIn(active_, wanted, framework);
  const bool active = !absl::IsNotFound(found.status());
  if (!active) found = FindIn(past_, wanted, framework);
  RETURN_IF_ERROR(found.status());
  return Found{*std::move(found), active};
}

absl::StatusOr<v1::Task> TaskList::FindIn(const Spans& spans, absl::string_view wanted,
                                          absl::string_view framework) const {
  std::vector<Candidate> candidates;
  std::vector<Span> places;
  v1::Task task;
  for (const Span& span : spans) {
    RETURN_IF_ERROR(Parse(span, &task));
    if (!framework.empty() && task.framework_id().value() != framework) continue;
    candidates.push_back({task.task_id().value(), task.name()});
    places.push_back(span);
  }
  ASSIGN_OR_RETURN(const size_t index, FindId("task", wanted, candidates));
  RETURN_IF_ERROR(Parse(places[index], &task));
  return task;
}

}  // namespace mesos::cli
