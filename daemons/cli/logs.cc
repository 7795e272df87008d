// task logs, and what Mesos calls mesos-cat and mesos-tail.
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "daemons/cli/cluster.h"
#include "daemons/cli/log_filter.h"
#include "daemons/cli/nouns.h"
#include "daemons/cli/sandbox.h"
#include "daemons/cli/task_list.h"
#include "daemons/cli/text.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::cli {
namespace {

constexpr absl::Duration kFollowInterval = absl::Milliseconds(300);
// How often it is asked whether more may come.
constexpr int kRoundsBetweenLooks = 5;

struct LogRequest {
  std::string task;
  std::string framework;
  std::string file = "stdout";
  std::optional<uint64_t> lines;  // None: all.
  bool follow = false;
};

// What the file says, as it comes.
class LogReader {
 public:
  LogReader(Context* context, SandboxFile file, uint64_t offset)
      : terminal_(context->terminal),
        file_(std::move(file)),
        offset_(offset),
        filter_(!context->world.environment.contains("NO_COLOR")) {}

  // Up to the present end.
  absl::StatusOr<bool> ReadOn() {
    bool any = false;
    while (true) {
      ASSIGN_OR_RETURN(const FilePiece piece, file_.Read(offset_));
      if (piece.size < offset_) {
        terminal_.WriteError("mesos: the file has become shorter; it is shown from its start\n");
        offset_ = 0;
        continue;
      }
      if (piece.data.empty()) return any;
      any = true;
      offset_ += piece.data.size();
      RETURN_IF_ERROR(
          terminal_.Write(terminal_.is_screen() ? filter_.Filter(piece.data) : piece.data));
    }
  }

  absl::Status Follow() {
    for (int round = 1;; ++round) {
      if (terminal_.Wait(kFollowInterval) < 0) return absl::OkStatus();
      const bool looks = round % kRoundsBetweenLooks == 0;
      // In this order: what is written before the end is read after it.
      const bool ended = looks && !file_.HasWriter();
      const absl::StatusOr<bool> any = ReadOn();
      if (!any.ok() && !absl::IsUnavailable(any.status())) return any.status();
      if (!any.ok() && !told_) {
        terminal_.WriteError(
            absl::StrCat("mesos: ", Printable(any.status().message()), "; still trying\n"));
      }
      told_ = !any.ok();
      if (any.ok() && ended) return absl::OkStatus();
    }
  }

  absl::Status Finish() {
    return terminal_.is_screen() ? terminal_.Write(filter_.Finish()) : absl::OkStatus();
  }

 private:
  Terminal& terminal_;
  SandboxFile file_;
  uint64_t offset_;
  LogFilter filter_;
  bool told_ = false;
};

absl::Status CheckFile(const std::string& file) {
  if (!file.empty() && file[0] != '/' && file.find("..") == std::string::npos) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "the file is '", Printable(file), "'; expected a path within the sandbox, such as stdout"));
}

absl::Status Show(Context& context, const LogRequest& request) {
  if (request.task.empty()) return absl::InvalidArgumentError("the task is missing: --task=ID");
  RETURN_IF_ERROR(CheckFile(request.file));
  std::string framework;
  if (!request.framework.empty()) {
    ASSIGN_OR_RETURN(const auto all, GetFrameworks(&context.client));
    ASSIGN_OR_RETURN(const FrameworkEntry* found, FindFramework(*all, request.framework, true));
    framework = found->framework_info().id().value();
  }
  ASSIGN_OR_RETURN(const TaskList tasks, TaskList::Ask(&context.client));
  ASSIGN_OR_RETURN(const TaskList::Found found, tasks.Find(request.task, framework));
  ASSIGN_OR_RETURN(SandboxFile file, SandboxFile::Find(&context.client, found.task, request.file));
  uint64_t offset = 0;
  if (request.lines.has_value()) {
    ASSIGN_OR_RETURN(offset, file.FindLines(*request.lines));
  }
  LogReader reader(&context, std::move(file), offset);
  absl::Status status = reader.ReadOn().status();
  if (status.ok() && request.follow) status = reader.Follow();
  RETURN_IF_ERROR(reader.Finish());
  return status;
}

absl::StatusOr<LogRequest> ReadRequest(const Context& context) {
  const Arguments& arguments = context.arguments;
  LogRequest request;
  request.framework = arguments.Value("framework");
  request.follow = arguments.Has("follow");
  if (arguments.Has("file")) request.file = arguments.Value("file");
  if (arguments.Has("stderr")) {
    if (arguments.Has("file")) {
      return absl::InvalidArgumentError("--stderr and --file are both given; expected one of them");
    }
    request.file = "stderr";
  }
  ASSIGN_OR_RETURN(const std::optional<double> lines, arguments.Number("lines"));
  if (lines.has_value()) {
    if (*lines != std::floor(*lines) || *lines > 1e9) {
      return absl::InvalidArgumentError(absl::StrCat("--lines is '", arguments.Value("lines"),
                                                     "'; expected a whole number, at most 1e9"));
    }
    request.lines = static_cast<uint64_t>(*lines);
  }
  return request;
}

absl::Status Logs(Context& context) {
  ASSIGN_OR_RETURN(LogRequest request, ReadRequest(context));
  request.task = context.word(0);
  return Show(context, request);
}

// Task and file are flags, as Mesos has it, or words.
absl::StatusOr<LogRequest> ReadOlderRequest(const Context& context) {
  ASSIGN_OR_RETURN(LogRequest request, ReadRequest(context));
  const Arguments& arguments = context.arguments;
  size_t next = 0;
  request.task = arguments.Has("task") ? arguments.Value("task") : context.word(next++);
  if (!arguments.Has("file") && !context.word(next).empty()) request.file = context.word(next++);
  if (next < arguments.words().size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", Printable(context.word(next)), "' is too much"));
  }
  return request;
}

absl::Status Cat(Context& context) {
  ASSIGN_OR_RETURN(const LogRequest request, ReadOlderRequest(context));
  return Show(context, request);
}

absl::Status Tail(Context& context) {
  ASSIGN_OR_RETURN(LogRequest request, ReadOlderRequest(context));
  if (!request.lines.has_value()) request.lines = 10;
  return Show(context, request);
}

}  // namespace

std::vector<Command> LogCommands() {
  const Option framework = {"framework", '\0', "FRAMEWORK", "Of a task of this framework"};
  const Option file = {"file", '\0', "FILE", "Another file of its sandbox"};
  const Option task = {"task", '\0', "TASK", "Of this task"};
  const Option follow = {"follow", 'f', "", "Goes on with what is written, until the task ends"};
  const Option lines = {"lines", 'n', "N", "Only the last N lines"};
  return {
      {.noun = "task",
       .verb = "logs",
       .arguments = "TASK",
       .least = 1,
       .most = 1,
       .summary = "Shows what a task has written to its standard output",
       .options = {follow, lines, {"stderr", '\0', "", "Its standard error"}, file, framework},
       .run = Logs},
      {.noun = "cat",
       .arguments = "TASK [FILE]",
       .most = 2,
       .summary = "Shows a file of a task's sandbox (mesos-cat)",
       .options = {task, file, framework},
       .run = Cat},
      {.noun = "tail",
       .arguments = "TASK [FILE]",
       .most = 2,
       .summary = "Shows the end of a file of a task's sandbox (mesos-tail)",
       .options = {follow, lines, task, file, framework},
       .run = Tail},
  };
}

}  // namespace mesos::cli
