#include "mesoslib/agent/recovered_state.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::agent {
namespace {

absl::Status Damaged(absl::string_view key, absl::string_view why) {
  return absl::DataLossError(absl::StrCat("checkpoint ", Quoted(key), ": ", why));
}

template <typename Message>
absl::Status Parse(absl::string_view key, const std::string& value, Message* message) {
  if (message->ParseFromString(value)) return absl::OkStatus();
  return Damaged(key, absl::StrCat("not a ", message->GetTypeName()));
}

// Reads one kind of entry after the other, so that what an entry belongs to is there before it:
// "agent" < "executors/" < "frameworks/" < "tasks/" < "updates/" is not that order.
class Reader {
 public:
  absl::StatusOr<RecoveredState> Read(const StateStore::Snapshot& snapshot) {
    for (const auto& [key, value] : snapshot.entries) RETURN_IF_ERROR(ReadRoot(key, value));
    for (const auto& [key, value] : snapshot.entries) RETURN_IF_ERROR(ReadExecutor(key, value));
    for (const auto& [key, value] : snapshot.entries) RETURN_IF_ERROR(ReadTask(key, value));
    return std::move(state_);
  }

 private:
  using Parts = std::vector<std::string>;

  static Parts Split(absl::string_view key) { return absl::StrSplit(key, '/'); }

  absl::Status ReadRoot(absl::string_view key, const std::string& value) {
    const Parts parts = Split(key);
    if (key == AgentKey()) return Parse(key, value, &state_.agent.emplace());
    if (parts[0] == "frameworks" && parts.size() == 2) {
      return Parse(key, value, &state_.frameworks[FrameworkId(parts[1])].info);
    }
    if ((parts[0] == "executors" && parts.size() == 3) ||
        (parts[0] == "tasks" && parts.size() == 4) ||
        (parts[0] == "updates" && parts.size() == 4)) {
      return absl::OkStatus();
    }
    return Damaged(key, "no agent writes such a key");
  }

  absl::Status ReadExecutor(absl::string_view key, const std::string& value) {
    const Parts parts = Split(key);
    if (parts[0] == "executors") {
      RecoveredFramework* framework = Find(parts[1]);
      if (framework == nullptr) return Damaged(key, "of an unknown framework");
      return Parse(key, value, &framework->executors[ExecutorId(parts[2])].checkpoint);
    }
    if (parts[0] == "updates") return ReadUpdate(key, parts, value);
    return absl::OkStatus();
  }

  absl::Status ReadUpdate(absl::string_view key, const Parts& parts, const std::string& value) {
    RecoveredFramework* framework = Find(parts[1]);
    if (framework == nullptr) return Damaged(key, "of an unknown framework");
    internal::UpdateCheckpoint checkpoint;
    RETURN_IF_ERROR(Parse(key, value, &checkpoint));
    RecoveredUpdate update;
    if (!absl::SimpleAtoi(parts[3], &update.number)) return Damaged(key, "not a number at the end");
    update.status = std::move(*checkpoint.mutable_status());
    update.acknowledged = checkpoint.acknowledged();
    framework->updates[TaskId(parts[2])].push_back(std::move(update));
    return absl::OkStatus();
  }

  absl::Status ReadTask(absl::string_view key, const std::string& value) {
    const Parts parts = Split(key);
    if (parts[0] != "tasks") return absl::OkStatus();
    RecoveredFramework* framework = Find(parts[1]);
    if (framework == nullptr) return Damaged(key, "of an unknown framework");
    auto executor = framework->executors.find(ExecutorId(parts[2]));
    if (executor == framework->executors.end()) return Damaged(key, "of an unknown executor");
    return Parse(key, value, &executor->second.tasks[TaskId(parts[3])]);
  }

  RecoveredFramework* Find(const std::string& framework) {
    auto found = state_.frameworks.find(FrameworkId(framework));
    return found == state_.frameworks.end() ? nullptr : &found->second;
  }

  RecoveredState state_;
};

}  // namespace

std::string AgentKey() { return "agent"; }

std::string FrameworkKey(const FrameworkId& framework) {
  return absl::StrCat("frameworks/", framework.value());
}

std::string ExecutorKey(const FrameworkId& framework, const ExecutorId& executor) {
  return absl::StrCat("executors/", framework.value(), "/", executor.value());
}

std::string TaskKey(const FrameworkId& framework, const ExecutorId& executor, const TaskId& task) {
  return absl::StrCat("tasks/", framework.value(), "/", executor.value(), "/", task.value());
}

std::string UpdateKey(const FrameworkId& framework, const TaskId& task, uint64_t number) {
  return absl::StrFormat("updates/%s/%s/%010d", framework.value(), task.value(), number);
}

absl::StatusOr<RecoveredState> ReadCheckpoints(const StateStore::Snapshot& snapshot) {
  return Reader().Read(snapshot);
}

}  // namespace mesos::agent
