// Messages as JSON and as protobuf, in bytes of JSON a second for both directions:
//   bazel run -c opt //bench:json
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/http/message_json.h"

namespace mesos {
namespace {

void AddScalar(const std::string& name, double value, v1::Resource* resource) {
  resource->set_name(name);
  resource->set_type(v1::Value::SCALAR);
  resource->mutable_scalar()->set_value(value);
  resource->mutable_allocation_info()->set_role("services/web");
}

template <typename List>
void AddResources(List* resources) {
  AddScalar("cpus", 0.25, resources->Add());
  AddScalar("mem", 512, resources->Add());
  AddScalar("disk", 1024.5, resources->Add());
  v1::Resource* ports = resources->Add();
  ports->set_name("ports");
  ports->set_type(v1::Value::RANGES);
  v1::Value::Range* range = ports->mutable_ranges()->add_range();
  range->set_begin(31000);
  range->set_end(31007);
}

// What GET_STATE answers: tasks with three statuses each, and an agent for every ten.
v1::master::Response State(int tasks) {
  v1::master::Response response;
  response.set_type(v1::master::Response::GET_STATE);
  auto* state = response.mutable_get_state();
  for (int i = 0; i < tasks; ++i) {
    v1::Task* task = state->mutable_get_tasks()->add_tasks();
    task->set_name(absl::StrCat("web.", i));
    task->mutable_task_id()->set_value(absl::StrCat("web.instance-", i));
    task->mutable_framework_id()->set_value("6d8d30e9-5a8c-4dc0-94bc-30ab18c37c3d-0000");
    task->mutable_agent_id()->set_value(
        absl::StrCat("6d8d30e9-5a8c-4dc0-94bc-30ab18c37c3d-S", i / 10));
    task->set_state(v1::TASK_RUNNING);
    AddResources(task->mutable_resources());
    for (v1::TaskState reached : {v1::TASK_STAGING, v1::TASK_STARTING, v1::TASK_RUNNING}) {
      v1::TaskStatus* status = task->add_statuses();
      *status->mutable_task_id() = task->task_id();
      *status->mutable_agent_id() = task->agent_id();
      status->set_state(reached);
      status->set_source(v1::TaskStatus::SOURCE_EXECUTOR);
      status->set_timestamp(1700000000.123456 + i);
      status->set_uuid("0123456789abcdef");
      auto* network = status->mutable_container_status()->add_network_infos();
      network->add_ip_addresses()->set_ip_address("10.1.2.3");
    }
    if (i % 10 != 0) continue;
    auto* agent = state->mutable_get_agents()->add_agents();
    agent->mutable_agent_info()->set_hostname(absl::StrCat("host-", i, ".example.com"));
    *agent->mutable_agent_info()->mutable_id() = task->agent_id();
    AddResources(agent->mutable_total_resources());
    AddResources(agent->mutable_allocated_resources());
  }
  return response;
}

void CountJson(benchmark::State& state, size_t bytes) {
  state.SetBytesProcessed(static_cast<int64_t>(bytes) * state.iterations());
  state.counters["json_bytes"] = static_cast<double>(bytes);
}

void WriteJson(benchmark::State& state) {
  const v1::master::Response response = State(static_cast<int>(state.range(0)));
  size_t bytes = 0;
  for (auto _ : state) bytes = http::MessageToJson(response).size();
  CountJson(state, bytes);
}

void ReadJson(benchmark::State& state) {
  const std::string json = http::MessageToJson(State(static_cast<int>(state.range(0))));
  for (auto _ : state) {
    v1::master::Response response;
    if (!http::JsonToMessage(json, &response, {.messages = json.size()}).ok())
      state.SkipWithError("not read");
  }
  CountJson(state, json.size());
}

void WriteProtobuf(benchmark::State& state) {
  const v1::master::Response response = State(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(response.SerializeAsString());
  CountJson(state, http::MessageToJson(response).size());
}

BENCHMARK(WriteJson)->Arg(1)->Arg(1000)->Arg(30000)->Unit(benchmark::kMillisecond);
BENCHMARK(ReadJson)->Arg(1)->Arg(1000)->Arg(30000)->Unit(benchmark::kMillisecond);
BENCHMARK(WriteProtobuf)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mesos

BENCHMARK_MAIN();
