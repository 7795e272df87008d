#include "bench/former_cluster.h"

#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mesos/internal/registry.pb.h"
#include "mesos/resources.h"

namespace mesos::bench {
namespace {

using internal::AgentMessage;
using v1::scheduler::Call;

constexpr char kUuid[] = "\x01\x23\x45\x67\x89\xab\x4d\xef\x81\x23\x45\x67\x89\xab\xcd\xef";

std::string FrameworkName(int number) { return absl::StrCat("former-master-000", number); }

std::string TaskName(int agent, int number) { return absl::StrCat("task-", agent, "-", number); }

v1::FrameworkInfo MakeFrameworkInfo(int number) {
  v1::FrameworkInfo info;
  info.set_user("nobody");
  info.set_name(absl::StrCat("framework", number));
  info.mutable_id()->set_value(FrameworkName(number));
  info.set_failover_timeout(86400);
  info.set_checkpoint(true);
  info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::PARTITION_AWARE);
  return info;
}

void FillTask(int agent, int number, v1::TaskState state, v1::Task* task) {
  static const auto* const resources = [] {
    auto* const made = new Resources(Resources::Parse("cpus:0.1;mem:32").value());
    made->Allocate("*");
    return made;
  }();
  task->set_name("task");
  task->mutable_task_id()->set_value(TaskName(agent, number));
  task->mutable_framework_id()->set_value(FrameworkName(number % kFormerFrameworks));
  task->mutable_agent_id()->set_value(AgentName(agent));
  task->set_state(state);
  task->set_status_update_state(state);
  resources->ToProto(task->mutable_resources());
  v1::TaskStatus* status = task->add_statuses();
  *status->mutable_task_id() = task->task_id();
  *status->mutable_agent_id() = task->agent_id();
  status->set_state(state);
  status->set_uuid(kUuid);
  status->set_timestamp(1.7e9);
}

// Register or Reregister.
template <typename Message>
void Describe(Message* message) {
  message->set_version("1.12.0");
  for (auto type :
       {v1::AgentInfo::Capability::MULTI_ROLE, v1::AgentInfo::Capability::HIERARCHICAL_ROLE,
        v1::AgentInfo::Capability::RESERVATION_REFINEMENT}) {
    message->add_capabilities()->set_type(type);
  }
}

}  // namespace

std::string AgentName(int number) { return absl::StrCat("former-master-S", number); }

v1::AgentInfo MakeAgentInfo(int number) {
  v1::AgentInfo info;
  info.mutable_id()->set_value(AgentName(number));
  info.set_hostname(absl::StrCat("host", number, ".example.com"));
  info.set_port(5051);
  Resources::Parse("cpus:16;mem:16384;disk:100000;ports:[31000-32000]")
      .value()
      .ToProto(info.mutable_resources());
  v1::Attribute* rack = info.add_attributes();
  rack->set_name("rack");
  rack->set_type(v1::Value::TEXT);
  rack->mutable_text()->set_value(absl::StrCat("r", number / 40));
  return info;
}

void DeafScheduler::Closed(absl::Status reason) {
  std::fprintf(stderr, "a framework was closed: %s\n", std::string(reason.message()).c_str());
  std::abort();
}

AgentMessage MakeRegister(int agent) {
  AgentMessage message;
  *message.mutable_register_()->mutable_agent() = MakeAgentInfo(agent);
  message.mutable_register_()->mutable_agent()->clear_id();
  Describe(message.mutable_register_());
  return message;
}

Call MakeSubscribe(int framework) {
  Call call;
  call.set_type(Call::SUBSCRIBE);
  *call.mutable_subscribe()->mutable_framework_info() = MakeFrameworkInfo(framework);
  *call.mutable_framework_id() = call.subscribe().framework_info().id();
  return call;
}

void CommitRegistry(int agents, StateStore* store) {
  std::vector<StateStore::Mutation> mutations;
  for (int i = 0; i < agents; ++i) {
    internal::RegisteredAgent registered;
    *registered.mutable_agent() = MakeAgentInfo(i);
    mutations.push_back({absl::StrCat("agents/", AgentName(i)), registered.SerializeAsString()});
  }
  store->Commit(std::move(mutations), 0, [](const absl::StatusOr<uint64_t>& version) {
    if (!version.ok()) std::abort();
  });
}

AgentMessage MakeReregister(int agent, int64_t running, int64_t finished) {
  AgentMessage message;
  AgentMessage::Reregister* reregister = message.mutable_reregister();
  *reregister->mutable_agent() = MakeAgentInfo(agent);
  Describe(reregister);
  for (int i = 0; i < kFormerFrameworks; ++i) {
    *reregister->add_frameworks() = MakeFrameworkInfo(i);
  }
  for (int64_t i = 0; i < running + finished; ++i) {
    const v1::TaskState state = i < running ? v1::TASK_RUNNING : v1::TASK_FINISHED;
    FillTask(agent, static_cast<int>(i), state, reregister->add_tasks());
  }
  return message;
}

Call MakeAcknowledge(int agent, int task) {
  Call call;
  call.set_type(Call::ACKNOWLEDGE);
  call.mutable_framework_id()->set_value(FrameworkName(task % kFormerFrameworks));
  call.mutable_acknowledge()->mutable_agent_id()->set_value(AgentName(agent));
  call.mutable_acknowledge()->mutable_task_id()->set_value(TaskName(agent, task));
  call.mutable_acknowledge()->set_uuid(kUuid);
  return call;
}

}  // namespace mesos::bench
