#include "mesoslib/agent/recovered_state.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "mesos/resources.h"
#include "mesos/task_states.h"
#include "mesoslib/base/ids_validation.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/resources/conversions.h"

namespace mesos::agent {
namespace {

constexpr uint64_t kFormat = 1;
constexpr char kDamagedPrefix[] = "damaged/";
constexpr size_t kNumberDigits = 10;
constexpr size_t kUuidBytes = 16;
// An error does not name more.
constexpr size_t kNamedDamages = 5;

absl::Status Bad(absl::string_view why) { return absl::DataLossError(why); }

template <typename Message>
absl::Status Parse(const std::string& value, Message* message) {
  if (message->ParseFromString(value)) return absl::OkStatus();
  return Bad(absl::StrCat("not a ", message->GetTypeName()));
}

absl::Status Expect(absl::string_view field, absl::string_view value, absl::string_view expected) {
  if (value == expected) return absl::OkStatus();
  return Bad(absl::StrCat(field, " is ", Quoted(value), ", expected ", Quoted(expected)));
}

template <typename ResourceList>
absl::Status CheckResources(const ResourceList& resources) {
  return Annotate(Resources::FromProto(resources).status(), "resources");
}

// Reads one kind of entry after the other, so that what an entry belongs to is there before it.
class Reader {
 public:
  explicit Reader(const StateStore::Snapshot& snapshot) : entries_(snapshot.entries) {}

  RecoveredState Read() && {
    ReadUnknown();
    ReadFormat();
    ReadAgent();
    ReadResources();
    ReadOperations();
    ReadFrameworks();
    ReadExecutors();
    ReadTasks();
    ReadUpdates();
    FindAgent();
    if (state_.agent) FindLostTasks();
    std::sort(state_.damaged.begin(), state_.damaged.end(),
              [](const auto& a, const auto& b) { return a.key < b.key; });
    return std::move(state_);
  }

 private:
  using Entries = std::map<std::string, std::string>;
  using Parts = std::vector<std::string>;

  static Parts Split(absl::string_view key) { return absl::StrSplit(key, '/'); }

  static bool IsKnown(const std::string& key) {
    if (key == AgentKey() || key == FormatKey() || key == ResourcesKey() || IsDamagedKey(key)) {
      return true;
    }
    const Parts parts = Split(key);
    const bool known = (parts[0] == "operations" && parts.size() == 2) ||
                       (parts[0] == "frameworks" && parts.size() == 2) ||
                       (parts[0] == "executors" && parts.size() == 3) ||
                       (parts[0] == "tasks" && parts.size() == 4) ||
                       (parts[0] == "updates" && parts.size() == 4);
    return known && std::all_of(parts.begin(), parts.end(),
                                [](const std::string& part) { return ValidateId("", part).ok(); });
  }

  // `read` is called with the parts of the key behind `prefix` and the value.
  template <typename Read>
  void ReadEach(const std::string& prefix, Read read) {
    for (auto entry = entries_.lower_bound(prefix);
         entry != entries_.end() && absl::StartsWith(entry->first, prefix); ++entry) {
      if (!IsKnown(entry->first)) continue;
      const absl::Status status = read(Split(entry->first), entry->second);
      if (!status.ok()) Damaged(entry->first, status.message());
    }
  }

  void ReadUnknown() {
    for (const auto& [key, value] : entries_) {
      if (!IsKnown(key)) Damaged(key, "no agent of this version writes such a key");
    }
  }

  void ReadFormat() {
    auto entry = entries_.find(FormatKey());
    if (entry == entries_.end()) return;
    uint64_t format = 0;
    if (!absl::SimpleAtoi(entry->second, &format) || format == 0) {
      return Damaged(entry->first, absl::StrCat(Quoted(entry->second), " is not a number"));
    }
    if (format > kFormat) {
      Damaged(entry->first, absl::StrCat("a newer version wrote these checkpoints, in format ",
                                         format, "; this one reads formats up to ", kFormat));
    }
  }

  void ReadAgent() {
    auto entry = entries_.find(AgentKey());
    if (entry == entries_.end()) return;
    internal::AgentCheckpoint agent;
    absl::Status status = Parse(entry->second, &agent);
    if (status.ok()) status = ValidateId("agent.id", agent.agent().id().value());
    if (status.ok()) status = CheckResources(agent.agent().resources());
    if (!status.ok()) return Damaged(entry->first, status.message());
    state_.agent = std::move(agent);
  }

  void ReadResources() {
    auto entry = entries_.find(ResourcesKey());
    if (entry == entries_.end()) return;
    internal::ResourcesCheckpoint checkpoint;
    absl::Status status = Parse(entry->second, &checkpoint);
    if (status.ok()) status = CheckResources(checkpoint.converted());
    if (!status.ok()) return Damaged(entry->first, status.message());
    state_.converted = ConvertedPart(*Resources::FromProto(checkpoint.converted()));
  }

  void ReadOperations() {
    ReadEach("operations/", [this](const Parts& parts, const std::string& value) -> absl::Status {
      uint64_t number = 0;
      RETURN_IF_ERROR(ParseNumber(parts[1], &number));
      v1::Operation operation;
      RETURN_IF_ERROR(Parse(value, &operation));
      if (operation.uuid().value().size() != kUuidBytes) return Bad("uuid: not 16 bytes");
      if (!uuids_.insert(operation.uuid().value()).second) {
        return Bad("uuid: another operation has it, too");
      }
      const v1::OperationStatus& status = operation.latest_status();
      if (status.state() != v1::OPERATION_PENDING && status.uuid().value().size() != kUuidBytes) {
        return Bad("latest_status.uuid: not 16 bytes");
      }
      state_.operations[number] = std::move(operation);
      return absl::OkStatus();
    });
  }

  static absl::Status ParseNumber(const std::string& text, uint64_t* number) {
    if (text.size() == kNumberDigits && absl::SimpleAtoi(text, number)) return absl::OkStatus();
    return Bad("its key does not end in a number of ten digits");
  }

  void ReadFrameworks() {
    ReadEach("frameworks/", [this](const Parts& parts, const std::string& value) -> absl::Status {
      v1::FrameworkInfo info;
      RETURN_IF_ERROR(Parse(value, &info));
      RETURN_IF_ERROR(Expect("id", info.id().value(), parts[1]));
      state_.frameworks[FrameworkId(parts[1])].info = std::move(info);
      return absl::OkStatus();
    });
  }

  void ReadExecutors() {
    ReadEach("executors/", [this](const Parts& parts, const std::string& value) -> absl::Status {
      ASSIGN_OR_RETURN(RecoveredFramework * framework, Find(parts[1]));
      internal::ExecutorCheckpoint checkpoint;
      RETURN_IF_ERROR(Parse(value, &checkpoint));
      RETURN_IF_ERROR(
          Expect("executor.executor_id", checkpoint.executor().executor_id().value(), parts[2]));
      RETURN_IF_ERROR(ValidateId("container_id", checkpoint.container_id()));
      RETURN_IF_ERROR(CheckResources(checkpoint.executor().resources()));
      if (!containers_.insert(checkpoint.container_id()).second) {
        return Bad(absl::StrCat("container_id: another executor has ",
                                Quoted(checkpoint.container_id()), ", too"));
      }
      framework->executors[ExecutorId(parts[2])].checkpoint = std::move(checkpoint);
      return absl::OkStatus();
    });
  }

  void ReadTasks() {
    ReadEach("tasks/", [this](const Parts& parts, const std::string& value) -> absl::Status {
      const TaskId id(parts[3]);
      ASSIGN_OR_RETURN(RecoveredFramework * framework, Find(parts[1]));
      auto executor = framework->executors.find(ExecutorId(parts[2]));
      if (executor == framework->executors.end()) return Bad("of an unknown executor");
      v1::TaskInfo info;
      RETURN_IF_ERROR(Parse(value, &info));
      RETURN_IF_ERROR(Expect("task_id", info.task_id().value(), parts[3]));
      RETURN_IF_ERROR(CheckResources(info.resources()));
      if (executor->second.checkpoint.command_task() && parts[3] != parts[2]) {
        return Bad("its executor is that of another task");
      }
      if (!tasks_.insert({parts[1], parts[3]}).second) return Bad("another executor has it, too");
      agents_.insert(info.agent_id().value());
      executor->second.tasks[id] = std::move(info);
      return absl::OkStatus();
    });
  }

  void ReadUpdates() {
    ReadEach("updates/", [this](const Parts& parts, const std::string& value) -> absl::Status {
      ASSIGN_OR_RETURN(RecoveredFramework * framework, Find(parts[1]));
      RecoveredUpdate update;
      RETURN_IF_ERROR(ParseNumber(parts[3], &update.number));
      internal::UpdateCheckpoint checkpoint;
      RETURN_IF_ERROR(Parse(value, &checkpoint));
      RETURN_IF_ERROR(Expect("status.task_id", checkpoint.status().task_id().value(), parts[2]));
      if (!checkpoint.status().has_state()) return Bad("status.state: missing or unknown");
      if (checkpoint.status().uuid().size() != kUuidBytes) return Bad("status.uuid: not 16 bytes");
      std::vector<RecoveredUpdate>& updates = framework->updates[TaskId(parts[2])];
      RETURN_IF_ERROR(CheckOrder(updates, checkpoint));
      agents_.insert(checkpoint.status().agent_id().value());
      update.status = std::move(*checkpoint.mutable_status());
      update.acknowledged = checkpoint.acknowledged();
      updates.push_back(std::move(update));
      return absl::OkStatus();
    });
  }

  static absl::Status CheckOrder(const std::vector<RecoveredUpdate>& before,
                                 const internal::UpdateCheckpoint& update) {
    if (update.acknowledged() && IsTerminal(update.status().state())) {
      return Bad("the last update is not kept once it is acknowledged");
    }
    if (before.empty()) return absl::OkStatus();
    if (IsTerminal(before.back().status.state())) return Bad("it comes after the task's end");
    if (update.acknowledged() && !before.back().acknowledged) {
      return Bad("it is acknowledged and the one before it is not");
    }
    return absl::OkStatus();
  }

  // Where the agent's own entry is gone, all that it wrote knows its id.
  void FindAgent() {
    const bool anything = !state_.frameworks.empty();
    if (state_.agent || !anything) return;
    if (entries_.count(AgentKey()) == 0) {
      state_.damaged.push_back({AgentKey(), std::nullopt, "missing", "the agent's id"});
    }
    agents_.erase("");
    if (agents_.size() == 1 && ValidateId("", *agents_.begin()).ok()) {
      state_.agent.emplace().mutable_agent()->mutable_id()->set_value(*agents_.begin());
      state_.agent_inferred = true;
      return;
    }
    // Under another id nobody can be told of these.
    state_.frameworks.clear();
    std::set<std::string> told = {FormatKey(), ResourcesKey()};
    for (const DamagedCheckpoint& damaged : state_.damaged) told.insert(damaged.key);
    for (const auto& [key, value] : entries_) {
      if (told.count(key) > 0 || IsDamagedKey(key)) continue;
      Damaged(key, "it is not known of which agent");
    }
  }

  // Those whose entries are damaged, unless their last update says how they have ended.
  void FindLostTasks() {
    std::set<std::pair<std::string, std::string>> lost;
    for (const DamagedCheckpoint& damaged : state_.damaged) {
      const Parts parts = Split(damaged.key);
      if (!IsKnown(damaged.key) || parts.size() != 4) continue;
      const bool update = parts[0] == "updates";
      const std::string& task = update ? parts[2] : parts[3];
      if ((update && Watches(parts[1], task)) || HasEnded(parts[1], task)) continue;
      if (!lost.insert({parts[1], task}).second) continue;
      state_.lost_tasks.push_back(
          {FrameworkId(parts[1]), ExecutorId(update ? "" : parts[2]), TaskId(task)});
    }
  }

  // The container itself tells how such a task fares.
  bool Watches(const std::string& framework, const std::string& task) {
    absl::StatusOr<RecoveredFramework*> found = Find(framework);
    if (!found.ok()) return false;
    auto executor = (*found)->executors.find(ExecutorId(task));
    return executor != (*found)->executors.end() && executor->second.checkpoint.command_task() &&
           executor->second.tasks.count(TaskId(task)) > 0;
  }

  bool HasEnded(const std::string& framework, const std::string& task) {
    absl::StatusOr<RecoveredFramework*> found = Find(framework);
    if (!found.ok()) return false;
    auto updates = (*found)->updates.find(TaskId(task));
    return updates != (*found)->updates.end() && !updates->second.empty() &&
           IsTerminal(updates->second.back().status.state());
  }

  absl::StatusOr<RecoveredFramework*> Find(const std::string& framework) {
    auto found = state_.frameworks.find(FrameworkId(framework));
    if (found == state_.frameworks.end()) return Bad("of an unknown framework");
    return &found->second;
  }

  void Damaged(const std::string& key, absl::string_view why) {
    state_.damaged.push_back({key, entries_.at(key), std::string(why), Lost(key)});
  }

  static std::string Lost(const std::string& key) {
    if (key == AgentKey()) return "what the agent was registered with";
    if (key == ResourcesKey()) {
      return "what was reserved here, and which volumes there are; their contents stay";
    }
    const Parts parts = Split(key);
    if (!IsKnown(key) || parts.size() < 2) return "";
    if (parts[0] == "operations") return "how an operation on the agent's resources has fared";
    const std::string of = absl::StrCat(" of framework ", Quoted(parts[1]));
    if (parts[0] == "frameworks") return absl::StrCat("all", of);
    if (parts[0] == "executors") {
      return absl::StrCat("executor ", Quoted(parts[2]), of, " and its tasks");
    }
    if (parts[0] == "tasks") return absl::StrCat("task ", Quoted(parts[3]), of);
    return absl::StrCat("an update of task ", Quoted(parts[2]), of);
  }

  const Entries& entries_;
  std::set<std::string> uuids_;
  std::set<std::string> containers_;
  std::set<std::pair<std::string, std::string>> tasks_;
  std::set<std::string> agents_;  // Ids of agents that entries mention.
  RecoveredState state_;
};

}  // namespace

std::string AgentKey() { return "agent"; }

std::string FormatKey() { return "format"; }

std::string CurrentFormat() { return absl::StrCat(kFormat); }

std::string ResourcesKey() { return "resources"; }

std::string OperationKey(uint64_t number) { return absl::StrFormat("operations/%010d", number); }

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

std::string DamagedKey(absl::string_view key) { return absl::StrCat(kDamagedPrefix, key); }

bool IsDamagedKey(absl::string_view key) { return absl::StartsWith(key, kDamagedPrefix); }

RecoveredState ReadCheckpoints(const StateStore::Snapshot& snapshot) {
  return Reader(snapshot).Read();
}

std::string Describe(const DamagedCheckpoint& damaged) {
  return absl::StrCat("checkpoint ", Quoted(damaged.key), ": ", damaged.why,
                      damaged.lost.empty() ? "" : "; lost: ", damaged.lost);
}

absl::Status DamageError(const std::vector<DamagedCheckpoint>& damaged) {
  std::string text;
  for (size_t i = 0; i < damaged.size() && i < kNamedDamages; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ". ", Describe(damaged[i]));
  }
  if (damaged.size() > kNamedDamages) {
    absl::StrAppend(&text, ". And ", damaged.size() - kNamedDamages, " more");
  }
  return absl::DataLossError(absl::StrCat(
      text,
      ". Nothing was changed. To go on without what is lost, start once with --strict=false: it is "
      "set aside in the checkpoints under damaged/, and all else recovers"));
}

}  // namespace mesos::agent
