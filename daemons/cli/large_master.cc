// Answers as the master of 1,000 agents and 10,000 tasks does, for measuring the command line:
//
//   bazel run -c opt //daemons/cli:large_master &
//   perf stat -r 20 mesos task list --master=127.0.0.1:5999 >/dev/null
//
// Answers are made and encoded for each request, as a master has to.
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/http/content.h"
#include "mesoslib/http/http_server.h"

namespace mesos::cli {
namespace {

using Call = v1::master::Call;
using v1::master::Response;

constexpr int kAgents = 1000;
constexpr int kTasks = 10'000;
constexpr int kFrameworks = 20;
constexpr char kMaster[] = "3f0c2f34-9d4b-4c52-9d3c-0b8f6d3f7f10";

void AddScalar(const char* name, double value,
               google::protobuf::RepeatedPtrField<v1::Resource>* resources) {
  v1::Resource* resource = resources->Add();
  resource->set_name(name);
  resource->set_type(v1::Value::SCALAR);
  resource->mutable_scalar()->set_value(value);
  resource->mutable_allocation_info()->set_role("web");
}

void GetAgents(Response::GetAgents* agents) {
  for (int i = 0; i < kAgents; ++i) {
    auto* agent = agents->add_agents();
    agent->mutable_agent_info()->mutable_id()->set_value(absl::StrCat(kMaster, "-S", i));
    agent->mutable_agent_info()->set_hostname(absl::StrCat("host-", i, ".example.org"));
    agent->set_pid(absl::StrCat("slave(1)@10.0.", i / 250, ".", i % 250 + 1, ":5051"));
    agent->set_active(true);
    agent->set_version("1.12.0");
    agent->mutable_registered_time()->set_nanoseconds(absl::GetCurrentTimeNanos() -
                                                      3'600'000'000'000);
    for (auto* list : {agent->mutable_total_resources(), agent->mutable_allocated_resources(),
                       agent->mutable_agent_info()->mutable_resources()}) {
      AddScalar("cpus", 16, list);
      AddScalar("mem", 65536, list);
      AddScalar("disk", 1e6, list);
    }
  }
}

void GetTasks(Response::GetTasks* tasks) {
  for (int i = 0; i < kTasks; ++i) {
    v1::Task* task = tasks->add_tasks();
    task->mutable_task_id()->set_value(absl::StrCat("service-", i % 100, ".instance-", i));
    task->set_name(absl::StrCat("service-", i % 100));
    task->mutable_framework_id()->set_value(absl::StrCat(kMaster, "-000", i % kFrameworks));
    task->mutable_agent_id()->set_value(absl::StrCat(kMaster, "-S", i % kAgents));
    task->set_state(v1::TASK_RUNNING);
    AddScalar("cpus", 0.5, task->mutable_resources());
    AddScalar("mem", 256, task->mutable_resources());
    for (const v1::TaskState state : {v1::TASK_STARTING, v1::TASK_RUNNING}) {
      v1::TaskStatus* status = task->add_statuses();
      *status->mutable_task_id() = task->task_id();
      *status->mutable_agent_id() = task->agent_id();
      status->set_state(state);
      status->set_source(v1::TaskStatus::SOURCE_EXECUTOR);
      status->set_timestamp(absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()) - 300);
      status->set_uuid("0123456789abcdef");
      status->mutable_container_status()->mutable_container_id()->set_value(kMaster);
      auto* network = status->mutable_container_status()->add_network_infos();
      network->add_ip_addresses()->set_ip_address("10.0.0.1");
    }
  }
}

void GetFrameworks(Response::GetFrameworks* frameworks) {
  for (int i = 0; i < kFrameworks; ++i) {
    auto* framework = frameworks->add_frameworks();
    v1::FrameworkInfo* info = framework->mutable_framework_info();
    info->mutable_id()->set_value(absl::StrCat(kMaster, "-000", i));
    info->set_name(absl::StrCat("framework-", i));
    info->add_roles("web");
    framework->set_active(true);
    framework->set_connected(true);
    AddScalar("cpus", 250, framework->mutable_allocated_resources());
    AddScalar("mem", 128'000, framework->mutable_allocated_resources());
  }
}

void Answer(std::unique_ptr<http::Exchange> exchange) {
  Call call;
  if (auto refusal = http::ReadCall(exchange->request(), &call); refusal.has_value()) {
    return exchange->Reply(*std::move(refusal));
  }
  const auto accepted = http::AcceptedAnswer(exchange->request().headers);
  if (!accepted.has_value()) return exchange->Reply(http::NotAcceptableReply());
  Response response;
  if (call.type() == Call::GET_AGENTS) GetAgents(response.mutable_get_agents());
  if (call.type() == Call::GET_TASKS) GetTasks(response.mutable_get_tasks());
  if (call.type() == Call::GET_FRAMEWORKS) GetFrameworks(response.mutable_get_frameworks());
  if (call.type() == Call::GET_ROLES) {
    v1::Role* role = response.mutable_get_roles()->add_roles();
    role->set_name("web");
    role->set_weight(1);
    AddScalar("cpus", 5000, role->mutable_resources());
  }
  exchange->Reply(http::MessageReply(response, accepted->encoding));
}

int Main() {
  http::HttpServerOptions options;
  options.address = "127.0.0.1:5999";
  options.handler = Answer;
  const auto server = http::CreateHttpServer(std::move(options));
  if (!server.ok()) {
    std::fprintf(stderr, "large_master: %s\n", server.status().ToString().c_str());
    return 1;
  }
  std::puts("listens at 127.0.0.1:5999");
  std::fflush(stdout);
  while (true) pause();
}

}  // namespace
}  // namespace mesos::cli

int main() { return mesos::cli::Main(); }
