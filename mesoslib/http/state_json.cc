#include "mesoslib/http/state_json.h"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "mesos/version.h"
#include "mesoslib/http/json_writer.h"
#include "mesoslib/http/model_json.h"
#include "mesoslib/http/page_note.h"
#include "mesoslib/http/piece_writer.h"

namespace mesos::http {
namespace {

using Agent = MasterState::Agent;
using Framework = MasterState::Framework;
using Offer = MasterState::Offer;
using Task = MasterState::Task;

constexpr size_t kCacheLineBytes = 64;

// -- Tasks --

struct TasksNote {
  std::shared_ptr<const std::string> text;
  Resources used;
};

void Fetch(const void* object, size_t size) {
  const char* bytes = static_cast<const char*>(object);
  for (size_t i = 0; i < size; i += kCacheLineBytes) __builtin_prefetch(bytes + i);
}

// What is told of tasks lies anywhere in memory. Fetched early, it is there when the turn comes to
// those behind `task`; a large state is written in four fifths of the time.
void FetchAhead(const Task* task, const Task* end) {
  if (end - task > 6) {
    Fetch(task[6].description.get(), sizeof(*task->description));
    Fetch(task[6].status.get(), sizeof(*task->status));
  }
  if (end - task > 3) {
    const MasterState::TaskDescription& next = *task[3].description;
    for (const std::string* text : {&next.id.value(), &next.name, &next.agent.value()}) {
      Fetch(text->data(), 1);
    }
    if (!next.resources.empty()) Fetch(&*next.resources.begin(), 2 * sizeof(ResourceEntry));
  }
}

std::shared_ptr<const TasksNote> NoteOfTasks(const MasterState::Page<Task>& page,
                                             const FrameworkId& framework) {
  return NoteOf<TasksNote>(page, [&](const MasterState::Page<Task>& page) {
    TasksNote note;
    note.text = ListText(page.items, [&](const Task& task, JsonWriter* json) {
      FetchAhead(&task, page.items.data() + page.items.size());
      WriteTask(task, framework.value(), json);
    });
    for (const Task& task : page.items) {
      if (task.holds_resources) note.used += task.description->resources;
    }
    return note;
  });
}

void WriteTaskList(const Framework& framework, const MasterState::Pages<Task>& pages,
                   PieceWriter* writer) {
  PieceWriter::List list(writer);
  for (const auto& page : pages) list.Add(NoteOfTasks(*page, framework.id)->text);
}

// -- What frameworks have on agents --

struct Holdings {
  Resources used;
  Resources offered;
  std::vector<std::pair<const Agent*, const Offer*>> offers;
  std::vector<std::pair<const Agent*, const MasterState::Executor*>> executors;
};
using HoldingsByFramework = absl::flat_hash_map<FrameworkId, Holdings>;

HoldingsByFramework HoldingsOf(const MasterState& state) {
  HoldingsByFramework result;
  for (const auto& page : state.agents) {
    for (const Agent& agent : page->items) {
      for (const Offer& offer : agent.offers) {
        Holdings& holdings = result[offer.framework];
        holdings.offered += offer.resources;
        holdings.offers.emplace_back(&agent, &offer);
      }
      for (const MasterState::Executor& executor : agent.executors) {
        Holdings& holdings = result[executor.framework];
        holdings.used += executor.resources;
        holdings.executors.emplace_back(&agent, &executor);
      }
    }
  }
  for (const Framework& framework : state.frameworks) {
    Holdings& holdings = result[framework.id];
    for (const auto& page : framework.tasks) {
      holdings.used += NoteOfTasks(*page, framework.id)->used;
    }
  }
  return result;
}

void WriteOffer(const Agent& agent, const Offer& offer, JsonWriter* json) {
  json->StartObject();
  json->Name("id");
  json->Text(offer.id.value());
  json->Name("framework_id");
  json->Text(offer.framework.value());
  json->Name("allocation_info");
  json->StartObject();
  json->Name("role");
  json->Text(offer.role);
  json->EndObject();
  json->Name("slave_id");
  json->Text(agent.id.value());
  json->Name("resources");
  WriteResources(offer.resources, json);
  json->EndObject();
}

// -- Frameworks --

void WriteTimeMember(absl::string_view name, absl::Time time, JsonWriter* json) {
  json->Name(name);
  if (time == absl::InfinitePast()) {
    json->Number(0);
  } else {
    WriteTime(time, json);
  }
}

bool IsMultiRole(const v1::FrameworkInfo& info) {
  for (const auto& capability : info.capabilities()) {
    if (capability.type() == v1::FrameworkInfo::Capability::MULTI_ROLE) return true;
  }
  return false;
}

void WriteFrameworkMembers(const Framework& framework, const Holdings& holdings, JsonWriter* json) {
  const v1::FrameworkInfo& info = *framework.info;
  json->Name("id");
  json->Text(framework.id.value());
  json->Name("name");
  json->Text(info.name());
  json->Name("used_resources");
  WriteResources(holdings.used, json);
  json->Name("offered_resources");
  WriteResources(holdings.offered, json);
  json->Name("capabilities");
  json->StartArray();
  for (const auto& capability : info.capabilities()) {
    json->Name(v1::FrameworkInfo::Capability::Type_Name(capability.type()));
  }
  json->EndArray();
  json->Name("hostname");
  json->Text(info.hostname());
  json->Name("webui_url");
  json->Text(info.webui_url());
  json->Name("active");
  json->Bool(framework.connected);
  json->Name("connected");
  json->Bool(framework.connected);
  json->Name("recovered");
  json->Bool(framework.recovered);
  json->Name("user");
  json->Text(info.user());
  json->Name("failover_timeout");
  json->Number(info.failover_timeout());
  json->Name("checkpoint");
  json->Bool(info.checkpoint());
  WriteTimeMember("registered_time", framework.registered_time, json);
  WriteTimeMember("unregistered_time", framework.unregistered_time, json);
  if (framework.reregistered_time != absl::InfinitePast()) {
    WriteTimeMember("reregistered_time", framework.reregistered_time, json);
  }
  if (info.has_principal()) {
    json->Name("principal");
    json->Text(info.principal());
  }
  json->Name("resources");
  WriteResources(holdings.used + holdings.offered, json);
  if (IsMultiRole(info)) {
    json->Name("roles");
    json->StartArray();
    for (const std::string& role : framework.roles) json->Text(role);
    json->EndArray();
  } else {
    json->Name("role");
    json->Text(framework.roles.empty() ? "*" : *framework.roles.begin());
  }
  if (info.has_labels()) {
    json->Name("labels");
    WriteLabels(info.labels(), json);
  }
  if (framework.offer_constraints != nullptr) {
    json->Name("offer_constraints");
    WriteMessage(*framework.offer_constraints, json);
  }
}

void WriteFramework(const Framework& framework, const Holdings& holdings, PieceWriter* writer) {
  JsonWriter* json = writer->json();
  json->StartObject();
  WriteFrameworkMembers(framework, holdings, json);
  json->Name("tasks");
  WriteTaskList(framework, framework.tasks, writer);
  json->Name("unreachable_tasks");
  WriteTaskList(framework, framework.unreachable_tasks, writer);
  json->Name("completed_tasks");
  WriteTaskList(framework, framework.completed_tasks, writer);
  json->Name("offers");
  json->StartArray();
  for (const auto& [agent, offer] : holdings.offers) WriteOffer(*agent, *offer, json);
  json->EndArray();
  json->Name("executors");
  json->StartArray();
  for (const auto& [agent, executor] : holdings.executors) {
    WriteExecutor(*executor, agent->id.value(), json);
  }
  json->EndArray();
  json->EndObject();
}

void WriteFrameworkLists(const MasterState& state, absl::string_view only, PieceWriter* writer) {
  JsonWriter* json = writer->json();
  const HoldingsByFramework holdings = HoldingsOf(state);
  const Holdings none;
  const auto write = [&](absl::string_view name, const std::vector<Framework>& frameworks) {
    json->Name(name);
    json->StartArray();
    for (const Framework& framework : frameworks) {
      if (!only.empty() && framework.id.value() != only) continue;
      const auto found = holdings.find(framework.id);
      WriteFramework(framework, found == holdings.end() ? none : found->second, writer);
    }
    json->EndArray();
  };
  write("frameworks", state.frameworks);
  write("completed_frameworks", state.completed_frameworks);
}

// -- Agents --

void WriteByRole(const std::map<std::string, Resources>& resources,
                 void (*write)(const Resources&, JsonWriter*), JsonWriter* json) {
  json->StartObject();
  for (const auto& [role, reserved] : resources) {
    json->Text(role);
    write(reserved, json);
  }
  json->EndObject();
}

void WriteSlaveMembers(const Agent& agent, JsonWriter* json) {
  const v1::AgentInfo& info = *agent.info;
  json->Name("id");
  json->Text(agent.id.value());
  json->Name("hostname");
  json->Text(info.hostname());
  json->Name("port");
  json->Int(info.port());
  json->Name("attributes");
  WriteAttributes(info.attributes(), json);
  if (info.has_domain()) {
    json->Name("domain");
    WriteMessage(info.domain(), json);
  }
  json->Name("pid");
  json->Text(absl::StrCat("slave(1)@", agent.address));
  WriteTimeMember("registered_time", agent.registered_time, json);
  if (agent.reregistered_time != absl::InfinitePast()) {
    WriteTimeMember("reregistered_time", agent.reregistered_time, json);
  }
  json->Name("resources");
  WriteResources(agent.total, json);
  json->Name("used_resources");
  WriteResources(agent.used, json);
  json->Name("offered_resources");
  WriteResources(agent.offered, json);
  json->Name("reserved_resources");
  WriteByRole(agent.total.Reservations(), WriteResources, json);
  json->Name("unreserved_resources");
  WriteResources(agent.total.Unreserved(), json);
  json->Name("active");
  json->Bool(agent.connected && !agent.deactivated);
  json->Name("deactivated");
  json->Bool(agent.deactivated);
  json->Name("version");
  json->Text(agent.version);
  json->Name("capabilities");
  json->StartArray();
  for (const auto& capability : agent.capabilities) {
    json->Name(v1::AgentInfo::Capability::Type_Name(capability.type()));
  }
  json->EndArray();
  if (agent.drain != nullptr) {
    json->Name("drain_info");
    WriteMessage(*agent.drain, json);
  }
  if (agent.drain_start != absl::InfinitePast()) {
    WriteTimeMember("estimated_drain_start_time_seconds", agent.drain_start, json);
  }
}

struct SlavesNote {
  std::shared_ptr<const std::string> text;
};

std::shared_ptr<const std::string> SlavesText(const MasterState::Page<Agent>& page) {
  return NoteOf<SlavesNote>(
             page,
             [](const MasterState::Page<Agent>& page) {
               return SlavesNote{ListText(page.items, [](const Agent& agent, JsonWriter* json) {
                 json->StartObject();
                 WriteSlaveMembers(agent, json);
                 json->EndObject();
               })};
             })
      ->text;
}

void WriteRecoveredSlaves(const MasterState& state, JsonWriter* json) {
  json->Name("recovered_slaves");
  json->StartArray();
  for (const v1::AgentInfo& info : state.recovered_agents) {
    json->StartObject();
    json->Name("id");
    json->Text(info.id().value());
    json->Name("hostname");
    json->Text(info.hostname());
    json->Name("port");
    json->Int(info.port());
    json->Name("attributes");
    WriteAttributes(info.attributes(), json);
    json->EndObject();
  }
  json->EndArray();
}

// -- The master --

void WriteMasterMembers(const MasterState& state, const std::map<std::string, std::string>& flags,
                        JsonWriter* json) {
  size_t active = 0, inactive = 0;
  for (const auto& page : state.agents) {
    for (const Agent& agent : page->items) {
      ++(agent.connected && !agent.deactivated ? active : inactive);
    }
  }
  const v1::MasterInfo& master = state.master;
  json->Name("version");
  json->Text(LibraryVersion());
  WriteTimeMember("start_time", state.start_time, json);
  WriteTimeMember("elected_time", state.elected_time, json);
  json->Name("id");
  json->Text(master.id());
  json->Name("pid");
  json->Text(master.pid());
  json->Name("hostname");
  json->Text(master.hostname());
  json->Name("capabilities");
  json->StartArray();
  for (const auto& capability : master.capabilities()) {
    json->Name(v1::MasterInfo::Capability::Type_Name(capability.type()));
  }
  json->EndArray();
  json->Name("activated_slaves");
  json->Uint64(active);
  json->Name("deactivated_slaves");
  json->Uint64(inactive);
  json->Name("unreachable_slaves");
  json->Uint64(state.unreachable_agents);
  if (master.has_domain()) {
    json->Name("domain");
    WriteMessage(master.domain(), json);
  }
  json->Name("leader");
  json->Text(master.pid());
  json->Name("leader_info");
  json->StartObject();
  json->Name("id");
  json->Text(master.id());
  json->Name("pid");
  json->Text(master.pid());
  json->Name("port");
  json->Uint(master.port());
  json->Name("hostname");
  json->Text(master.hostname());
  json->EndObject();
  if (!state.cluster.empty()) {
    json->Name("cluster");
    json->Text(state.cluster);
  }
  for (const auto& name : {"log_dir", "external_log_file"}) {
    if (const auto found = flags.find(name); found != flags.end() && !found->second.empty()) {
      json->Name(name);
      json->Text(found->second);
    }
  }
  json->Name("flags");
  json->StartObject();
  for (const auto& [name, value] : flags) {
    json->Text(name);
    json->Text(value);
  }
  json->EndObject();
}

// -- Counts --

constexpr v1::TaskState kCounted[] = {
    v1::TASK_STAGING,          v1::TASK_STARTING,    v1::TASK_RUNNING,
    v1::TASK_KILLING,          v1::TASK_FINISHED,    v1::TASK_KILLED,
    v1::TASK_FAILED,           v1::TASK_LOST,        v1::TASK_ERROR,
    v1::TASK_DROPPED,          v1::TASK_UNREACHABLE, v1::TASK_GONE,
    v1::TASK_GONE_BY_OPERATOR, v1::TASK_UNKNOWN};

struct Counts {
  std::map<v1::TaskState, size_t> tasks;
  // Whom they are with: a framework's agents, an agent's frameworks.
  std::set<std::string> others;

  void Write(absl::string_view others_name, JsonWriter* json) const {
    for (const v1::TaskState state : kCounted) {
      json->Name(v1::TaskState_Name(state));
      const auto found = tasks.find(state);
      json->Uint64(found == tasks.end() ? 0 : found->second);
    }
    json->Name(others_name);
    json->StartArray();
    for (const std::string& other : others) json->Text(other);
    json->EndArray();
  }
};

struct AllCounts {
  absl::flat_hash_map<FrameworkId, Counts> frameworks;
  absl::flat_hash_map<AgentId, Counts> agents;
};

AllCounts CountTasks(const MasterState& state) {
  AllCounts counts;
  const auto count = [&](const Framework& framework, const MasterState::Pages<Task>& pages) {
    Counts& of_framework = counts.frameworks[framework.id];
    for (const auto& page : pages) {
      for (const Task& task : page->items) {
        Counts& of_agent = counts.agents[task.description->agent];
        ++of_framework.tasks[task.state];
        ++of_agent.tasks[task.state];
        of_framework.others.insert(task.description->agent.value());
        of_agent.others.insert(framework.id.value());
      }
    }
  };
  for (const auto* frameworks : {&state.frameworks, &state.completed_frameworks}) {
    for (const Framework& framework : *frameworks) {
      count(framework, framework.tasks);
      count(framework, framework.unreachable_tasks);
      count(framework, framework.completed_tasks);
    }
  }
  return counts;
}

template <typename Pages, typename Write>
void WriteFromTheLast(const Pages& pages, const std::atomic<bool>& over, Write write) {
  for (auto page = pages.rbegin(); page != pages.rend() && !over; ++page) write(**page);
}

}  // namespace

void WriteAhead(const MasterState& state, const std::atomic<bool>& over) {
  for (const auto* frameworks : {&state.completed_frameworks, &state.frameworks}) {
    for (auto framework = frameworks->rbegin(); framework != frameworks->rend(); ++framework) {
      for (const auto* pages :
           {&framework->completed_tasks, &framework->unreachable_tasks, &framework->tasks}) {
        WriteFromTheLast(*pages, over, [&](const MasterState::Page<Task>& page) {
          NoteOfTasks(page, framework->id);
        });
      }
    }
  }
  WriteFromTheLast(state.agents, over,
                   [](const MasterState::Page<Agent>& page) { SlavesText(page); });
}

TextPieces StateJson(const MasterState& state, const std::map<std::string, std::string>& flags) {
  PieceWriter writer;
  JsonWriter* json = writer.json();
  json->StartObject();
  WriteMasterMembers(state, flags, json);
  json->Name("slaves");
  {
    PieceWriter::List list(&writer);
    for (const auto& page : state.agents) list.Add(SlavesText(*page));
  }
  WriteRecoveredSlaves(state, json);
  WriteFrameworkLists(state, "", &writer);
  for (const absl::string_view name : {"orphan_tasks", "unregistered_frameworks"}) {
    json->Name(name);  // There are none, but dashboards read them.
    json->StartArray();
    json->EndArray();
  }
  json->EndObject();
  return writer.Take();
}

TextPieces StateSummaryJson(const MasterState& state) {
  const AllCounts counts = CountTasks(state);
  const Counts none;
  const HoldingsByFramework holdings = HoldingsOf(state);
  PieceWriter writer;
  JsonWriter* json = writer.json();
  json->StartObject();
  json->Name("hostname");
  json->Text(state.master.hostname());
  if (!state.cluster.empty()) {
    json->Name("cluster");
    json->Text(state.cluster);
  }
  json->Name("slaves");
  json->StartArray();
  for (const auto& page : state.agents) {
    for (const Agent& agent : page->items) {
      json->StartObject();
      WriteSlaveMembers(agent, json);
      const auto found = counts.agents.find(agent.id);
      (found == counts.agents.end() ? none : found->second).Write("framework_ids", json);
      json->EndObject();
    }
  }
  json->EndArray();
  json->Name("frameworks");
  json->StartArray();
  for (const Framework& framework : state.frameworks) {
    json->StartObject();
    WriteFrameworkMembers(framework, holdings.at(framework.id), json);
    const auto found = counts.frameworks.find(framework.id);
    (found == counts.frameworks.end() ? none : found->second).Write("slave_ids", json);
    json->EndObject();
  }
  json->EndArray();
  json->EndObject();
  return writer.Take();
}

TextPieces SlavesJson(const MasterState& state, const Query& query) {
  const std::optional<std::string> wanted = Parameter(query, "slave_id");
  PieceWriter writer;
  JsonWriter* json = writer.json();
  json->StartObject();
  json->Name("slaves");
  json->StartArray();
  for (const auto& page : state.agents) {
    for (const Agent& agent : page->items) {
      if (wanted.has_value() && agent.id.value() != *wanted) continue;
      json->StartObject();
      WriteSlaveMembers(agent, json);
      json->Name("reserved_resources_full");
      WriteByRole(agent.total.Reservations(), WriteResourcesInFull, json);
      json->Name("unreserved_resources_full");
      WriteResourcesInFull(agent.total.Unreserved(), json);
      json->Name("used_resources_full");
      WriteResourcesInFull(agent.used, json);
      json->Name("offered_resources_full");
      WriteResourcesInFull(agent.offered, json);
      json->EndObject();
    }
  }
  json->EndArray();
  WriteRecoveredSlaves(state, json);
  json->EndObject();
  return writer.Take();
}

TextPieces FrameworksJson(const MasterState& state, const Query& query) {
  PieceWriter writer;
  writer.json()->StartObject();
  WriteFrameworkLists(state, Parameter(query, "framework_id").value_or(""), &writer);
  writer.json()->Name("unregistered_frameworks");
  writer.json()->StartArray();
  writer.json()->EndArray();
  writer.json()->EndObject();
  return writer.Take();
}

}  // namespace mesos::http
