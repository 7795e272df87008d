#include "mesoslib/http/agent_state.h"

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mesos/resources.h"
#include "mesos/version.h"
#include "mesoslib/http/json_writer.h"
#include "mesoslib/http/jsonp.h"
#include "mesoslib/http/model_json.h"
#include "mesoslib/http/peer.h"
#include "mesoslib/http/replies.h"

namespace mesos::http {
namespace {

using v1::agent::Call;
using AgentResponse = v1::agent::Response;
using Tasks = google::protobuf::RepeatedPtrField<v1::Task>;

// -- Values --

void WriteText(absl::string_view name, absl::string_view text, JsonWriter* json) {
  json->Name(name);
  json->Text(text);
}

void WriteMessage(absl::string_view name, const google::protobuf::Message& message,
                  JsonWriter* json) {
  json->Name(name);
  WriteMessage(message, json);
}

void WriteSummary(absl::string_view name, const Resources& resources, JsonWriter* json) {
  json->Name(name);
  WriteResources(resources, json);
}

Resources ReadResources(const Resources::ProtoList& protos) {
  return Resources::FromProto(protos).value_or(Resources());
}

// -- Tasks --

void WriteTask(const v1::Task& task, JsonWriter* json) {
  json->StartObject();
  WriteText("id", task.task_id().value(), json);
  WriteText("name", task.name(), json);
  WriteText("framework_id", task.framework_id().value(), json);
  WriteText("executor_id", task.executor_id().value(), json);
  WriteText("slave_id", task.agent_id().value(), json);
  WriteText("state", v1::TaskState_Name(task.state()), json);
  const Resources resources = ReadResources(task.resources());
  WriteSummary("resources", resources, json);
  if (const auto role = resources.AllocationRole()) WriteText("role", *role, json);
  json->Name("statuses");
  json->StartArray();
  for (const v1::TaskStatus& status : task.statuses()) WriteStatus(status, json);
  json->EndArray();
  if (task.has_user()) WriteText("user", task.user(), json);
  if (task.has_labels()) {
    json->Name("labels");
    WriteLabels(task.labels(), json);
  }
  if (task.has_discovery()) WriteMessage("discovery", task.discovery(), json);
  if (task.has_container()) WriteMessage("container", task.container(), json);
  if (task.has_health_check()) WriteMessage("health_check", task.health_check(), json);
  json->EndObject();
}

void WriteTasks(absl::string_view name, const std::vector<const v1::Task*>& tasks,
                JsonWriter* json) {
  json->Name(name);
  json->StartArray();
  for (const v1::Task* task : tasks) WriteTask(*task, json);
  json->EndArray();
}

// -- Frameworks and executors --

using ExecutorKey = std::pair<std::string, std::string>;  // Its framework's id, and its own.

struct ExecutorTasks {
  std::vector<const v1::Task*> queued;
  std::vector<const v1::Task*> launched;
  std::vector<const v1::Task*> completed;  // Also those that wait for an acknowledgement.
};

struct FrameworkExecutors {
  std::vector<const v1::ExecutorInfo*> running;
  std::vector<const v1::ExecutorInfo*> completed;
};

// An agent's answers, by whom they belong to.
class Index {
 public:
  explicit Index(const AgentAnswers& answers) : agent_(answers.agent.get_agent().agent_info()) {
    const AgentResponse::GetState& state = answers.state.get_state();
    const AgentResponse::GetTasks& tasks = state.get_tasks();
    Add(tasks.pending_tasks(), &ExecutorTasks::queued);
    Add(tasks.queued_tasks(), &ExecutorTasks::queued);
    Add(tasks.launched_tasks(), &ExecutorTasks::launched);
    Add(tasks.terminated_tasks(), &ExecutorTasks::completed);
    Add(tasks.completed_tasks(), &ExecutorTasks::completed);
    for (const auto& executor : state.get_executors().executors()) {
      const v1::ExecutorInfo& info = executor.executor_info();
      executors_[info.framework_id().value()].running.push_back(&info);
    }
    for (const auto& executor : state.get_executors().completed_executors()) {
      const v1::ExecutorInfo& info = executor.executor_info();
      executors_[info.framework_id().value()].completed.push_back(&info);
    }
    for (const auto& container : answers.containers.get_containers().containers()) {
      containers_[{container.framework_id().value(), container.executor_id().value()}] =
          container.container_id().value();
    }
  }

  const v1::AgentInfo& agent() const { return agent_; }
  const FrameworkExecutors& ExecutorsOf(const std::string& framework) const {
    static const auto* const none = new FrameworkExecutors();
    const auto found = executors_.find(framework);
    return found == executors_.end() ? *none : found->second;
  }
  const ExecutorTasks& TasksOf(const v1::ExecutorInfo& executor) const {
    static const auto* const none = new ExecutorTasks();
    const auto found = tasks_.find(Key(executor));
    return found == tasks_.end() ? *none : found->second;
  }
  // "": it has none any more.
  std::string ContainerOf(const v1::ExecutorInfo& executor) const {
    const auto found = containers_.find(Key(executor));
    return found == containers_.end() ? "" : found->second;
  }
  // What is held: by executors, and by their tasks.
  Resources AllocatedTo(const v1::ExecutorInfo& executor) const {
    Resources held = ReadResources(executor.resources());
    const ExecutorTasks& tasks = TasksOf(executor);
    for (const auto* list : {&tasks.queued, &tasks.launched}) {
      for (const v1::Task* task : *list) held += ReadResources(task->resources());
    }
    return held;
  }
  Resources Allocated() const {
    Resources held;
    for (const auto& [framework, executors] : executors_) {
      for (const v1::ExecutorInfo* executor : executors.running) held += AllocatedTo(*executor);
    }
    return held;
  }

 private:
  static ExecutorKey Key(const v1::ExecutorInfo& executor) {
    return {executor.framework_id().value(), executor.executor_id().value()};
  }
  void Add(const Tasks& tasks, std::vector<const v1::Task*> ExecutorTasks::*kind) {
    for (const v1::Task& task : tasks) {
      (tasks_[{task.framework_id().value(), task.executor_id().value()}].*kind).push_back(&task);
    }
  }

  const v1::AgentInfo& agent_;
  std::map<ExecutorKey, ExecutorTasks> tasks_;
  std::map<std::string, FrameworkExecutors> executors_;
  std::map<ExecutorKey, std::string> containers_;
};

// Where /files shows its sandbox: Mesos's layout below work_dir.
std::string Directory(const Index& index, const v1::ExecutorInfo& executor, const Host& host) {
  const std::string container = index.ContainerOf(executor);
  return absl::StrCat(host.work_dir, "/slaves/", index.agent().id().value(), "/frameworks/",
                      executor.framework_id().value(), "/executors/",
                      executor.executor_id().value(), "/runs/",
                      container.empty() ? "latest" : container);
}

void WriteExecutor(const Index& index, const v1::ExecutorInfo& executor, const Host& host,
                   JsonWriter* json) {
  const ExecutorTasks& tasks = index.TasksOf(executor);
  json->StartObject();
  WriteText("id", executor.executor_id().value(), json);
  WriteText("name", executor.name(), json);
  WriteText("source", executor.source(), json);
  WriteText("container", index.ContainerOf(executor), json);
  if (!host.work_dir.empty()) WriteText("directory", Directory(index, executor, host), json);
  const Resources held = index.AllocatedTo(executor);
  WriteSummary("resources", held, json);
  if (const auto role = held.AllocationRole()) WriteText("role", *role, json);
  if (executor.has_labels()) {
    json->Name("labels");
    WriteLabels(executor.labels(), json);
  }
  if (executor.has_type()) {
    WriteText("type", v1::ExecutorInfo::Type_Name(executor.type()), json);
  }
  WriteTasks("tasks", tasks.launched, json);
  WriteTasks("queued_tasks", tasks.queued, json);
  WriteTasks("completed_tasks", tasks.completed, json);
  json->EndObject();
}

void WriteFramework(const Index& index, const v1::FrameworkInfo& framework, const Host& host,
                    JsonWriter* json) {
  json->StartObject();
  WriteText("id", framework.id().value(), json);
  WriteText("name", framework.name(), json);
  WriteText("user", framework.user(), json);
  WriteText("hostname", framework.hostname(), json);
  WriteText("principal", framework.principal(), json);
  json->Name("failover_timeout");
  json->Number(framework.failover_timeout());
  json->Name("checkpoint");
  json->Bool(framework.checkpoint());
  if (framework.roles_size() > 0) {
    json->Name("roles");
    json->StartArray();
    for (const std::string& role : framework.roles()) json->Text(role);
    json->EndArray();
  } else {
    WriteText("role", framework.has_role() ? framework.role() : "*", json);
  }
  const FrameworkExecutors& executors = index.ExecutorsOf(framework.id().value());
  json->Name("executors");
  json->StartArray();
  for (const auto* executor : executors.running) WriteExecutor(index, *executor, host, json);
  json->EndArray();
  json->Name("completed_executors");
  json->StartArray();
  for (const auto* executor : executors.completed) WriteExecutor(index, *executor, host, json);
  json->EndArray();
  json->EndObject();
}

template <typename List>
void WriteFrameworks(absl::string_view name, const Index& index, const List& frameworks,
                     const Host& host, JsonWriter* json) {
  json->Name(name);
  json->StartArray();
  for (const auto& framework : frameworks) {
    WriteFramework(index, framework.framework_info(), host, json);
  }
  json->EndArray();
}

// -- The agent --

// All of it, by role and without one; as sums and in full.
void WriteAllResources(const Resources& total, const Resources& allocated, JsonWriter* json) {
  WriteSummary("resources", total, json);
  WriteSummary("unreserved_resources", total.Unreserved(), json);
  json->Name("reserved_resources");
  json->StartObject();
  for (const auto& [role, resources] : total.Reservations()) {
    json->Text(role);
    WriteResources(resources, json);
  }
  json->EndObject();
  WriteSummary("unreserved_resources_allocated", allocated.Unreserved(), json);
  json->Name("reserved_resources_allocated");
  json->StartObject();
  for (const auto& [role, resources] : allocated.Reservations()) {
    json->Text(role);
    WriteResources(resources, json);
  }
  json->EndObject();
  json->Name("unreserved_resources_full");
  WriteResourcesInFull(total.Unreserved(), json);
  json->Name("reserved_resources_full");
  json->StartObject();
  for (const auto& [role, resources] : total.Reservations()) {
    json->Text(role);
    WriteResourcesInFull(resources, json);
  }
  json->EndObject();
}

void WriteHost(const Host& host, JsonWriter* json) {
  json->Name("flags");
  json->StartObject();
  for (const auto& [name, value] : host.flags) {
    json->Text(name);
    json->Text(value);
  }
  json->EndObject();
  for (const char* name : {"log_dir", "external_log_file"}) {
    const auto flag = host.flags.find(name);
    if (flag != host.flags.end() && !flag->second.empty()) WriteText(name, flag->second, json);
  }
}

void WriteContainer(const AgentResponse::GetContainers::Container& container, bool in_full,
                    JsonWriter* json) {
  json->StartObject();
  if (in_full) WriteText("container_id", container.container_id().value(), json);
  WriteText("executor_id", container.executor_id().value(), json);
  WriteText("executor_name", container.executor_name(), json);
  WriteText("framework_id", container.framework_id().value(), json);
  WriteText("source", container.executor_id().value(), json);
  if (container.has_resource_statistics()) {
    WriteMessage("statistics", container.resource_statistics(), json);
  }
  if (in_full && container.has_container_status()) {
    WriteMessage("status", container.container_status(), json);
  }
  json->EndObject();
}

// -- Asking --

Call OfType(Call::Type type) {
  Call call;
  call.set_type(type);
  return call;
}

// Answers with what `write` makes of the containers.
Handler OfContainers(Agent* agent, Background background,
                     std::string (*write)(const AgentResponse& containers)) {
  return [agent, background = std::move(background), write](std::unique_ptr<Exchange> exchange) {
    Peer peer = PeerOf(exchange->request());
    agent->CallOperator(
        OfType(Call::GET_CONTAINERS), std::move(peer),
        [exchange = std::move(exchange), background,
         write](absl::StatusOr<AgentResponse> response) mutable {
          if (!response.ok()) return exchange->Reply(RefusalReply(response.status(), 409));
          background([exchange = std::move(exchange), response = *std::move(response), write] {
            ReplyJson(exchange.get(), write(response));
          });
        });
  };
}

}  // namespace

std::string AgentStateAsJson(const AgentAnswers& answers, const Host& host) {
  const v1::agent::Response::GetAgent& agent = answers.agent.get_agent();
  const v1::AgentInfo& info = agent.agent_info();
  const Index index(answers);
  std::string text;
  JsonOutput output(&text);
  JsonWriter json(&output);
  json.StartObject();
  WriteText("version", LibraryVersion(), &json);
  json.Name("start_time");
  json.Number(absl::ToDoubleSeconds(host.start_time - absl::UnixEpoch()));
  WriteText("id", info.id().value(), &json);
  WriteText("pid", absl::StrCat("slave(1)@", info.hostname(), ":", info.port()), &json);
  WriteText("hostname", info.hostname(), &json);
  if (info.has_domain()) WriteMessage("domain", info.domain(), &json);
  if (agent.has_drain_config()) WriteMessage("drain_config", agent.drain_config(), &json);
  if (agent.has_estimated_drain_start_time()) {
    json.Name("estimated_drain_start_time_seconds");
    json.Number(static_cast<double>(agent.estimated_drain_start_time().nanoseconds()) / 1e9);
  }
  WriteAllResources(ReadResources(info.resources()), index.Allocated(), &json);
  json.Name("attributes");
  WriteAttributes(info.attributes(), &json);
  WriteHost(host, &json);
  const AgentResponse::GetFrameworks& frameworks = answers.state.get_state().get_frameworks();
  WriteFrameworks("frameworks", index, frameworks.frameworks(), host, &json);
  WriteFrameworks("completed_frameworks", index, frameworks.completed_frameworks(), host, &json);
  json.EndObject();
  return text;
}

std::string ContainersAsJson(const AgentResponse& containers) {
  std::string text;
  JsonOutput output(&text);
  JsonWriter json(&output);
  json.StartArray();
  for (const auto& container : containers.get_containers().containers()) {
    WriteContainer(container, /*in_full=*/true, &json);
  }
  json.EndArray();
  return text;
}

std::string StatisticsAsJson(const AgentResponse& containers) {
  std::string text;
  JsonOutput output(&text);
  JsonWriter json(&output);
  json.StartArray();
  for (const auto& container : containers.get_containers().containers()) {
    if (!container.has_resource_statistics()) continue;
    WriteContainer(container, /*in_full=*/false, &json);
  }
  json.EndArray();
  return text;
}

Handler CreateAgentState(Agent* agent, Background background, HostPtr host) {
  return [agent, background = std::move(background),
          host = std::move(host)](std::unique_ptr<Exchange> exchange) {
    // Answers come in the order of the questions, on the agent's loop but for those of an agent
    // that has gone; the last of the three has the exchange. Containers take longest.
    auto answers = std::make_shared<AgentAnswers>();
    const Peer peer = PeerOf(exchange->request());
    const auto keep = [answers](AgentResponse AgentAnswers::*part) {
      return [answers, part](absl::StatusOr<AgentResponse> response) {
        if (response.ok()) (*answers).*part = *std::move(response);
      };
    };
    agent->CallOperator(OfType(Call::GET_AGENT), peer, keep(&AgentAnswers::agent));
    agent->CallOperator(OfType(Call::GET_STATE), peer, keep(&AgentAnswers::state));
    agent->CallOperator(OfType(Call::GET_CONTAINERS), peer,
                        [exchange = std::move(exchange), answers, background,
                         host](absl::StatusOr<AgentResponse> response) mutable {
                          if (!response.ok())
                            return exchange->Reply(RefusalReply(response.status(), 409));
                          answers->containers = *std::move(response);
                          background([exchange = std::move(exchange), answers, host] {
                            ReplyJson(exchange.get(), AgentStateAsJson(*answers, *host));
                          });
                        });
  };
}

Handler CreateContainers(Agent* agent, Background background) {
  return OfContainers(agent, std::move(background), ContainersAsJson);
}

Handler CreateMonitorStatistics(Agent* agent, Background background) {
  return OfContainers(agent, std::move(background), StatisticsAsJson);
}

}  // namespace mesos::http
