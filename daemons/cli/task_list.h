// A master's tasks, read one at a time: ten thousand of them as messages would cost a command more
// than all else it does.
#ifndef DAEMONS_CLI_TASK_LIST_H_
#define DAEMONS_CLI_TASK_LIST_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "daemons/cli/client.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::cli {

class TaskList {
 public:
  using Visit = absl::FunctionRef<void(const v1::Task&)>;

  struct Found {
    v1::Task task;
    bool active = false;
  };

  static absl::StatusOr<TaskList> Ask(Client* client);
  // Of a master's Response to GET_TASKS, as protobuf. DataLoss: it is none.
  static absl::StatusOr<TaskList> Read(std::string response);

  // What is visited is there during the visit. DataLoss: a task cannot be read; those before it
  // were visited. Active ones have not ended; those that still wait come first.
  absl::Status VisitActive(Visit visit) const;
  absl::Status VisitPast(Visit visit) const;

  // The one that is meant by its id or name (see find_id.h): one that is active rather than one of
  // the past, for ids may be used again. `framework`: its whole id; empty: any.
  absl::StatusOr<Found> Find(absl::string_view wanted, absl::string_view framework) const;

 private:
  // Where a task lies in the response.
  struct Span {
    size_t begin;
    size_t size;
  };
  using Spans = std::vector<Span>;

  absl::Status Parse(const Span& span, v1::Task* task) const;
  absl::Status VisitAll(const Spans& spans, Visit visit) const;
  absl::StatusOr<v1::Task> FindIn(const Spans& spans, absl::string_view wanted,
                                  absl::string_view framework) const;

  std::string response_;
  Spans active_;
  Spans past_;
};

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_TASK_LIST_H_
