// The algebra on the allocator's and the master's hot paths:
//   bazel run -c opt //bench:resources
#include <malloc.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "mesos/resources.h"
#include "mesoslib/testing/test_resources.h"

namespace mesos {
namespace {

Resources Task() { return MustParse("cpus:1;mem:128"); }

Resources Agent() { return MustParse("cpus:64;mem:262144;disk:1000000;ports:[31000-32000]"); }

// Fifty resources of five names, each with ten reservations.
Resources Mixed() {
  Resources result = MustParse("cpus:10;mem:10;disk:10;ports:[1-100];bays:{a,b,c}");
  for (int i = 1; i < 10; ++i) {
    const std::string role = absl::StrCat("(department-", i, ")");
    result += MustParse(absl::StrCat("cpus", role, ":10;mem", role, ":10;disk", role, ":10;ports",
                                     role, ":[1-100];bays", role, ":{a,b,c}"));
  }
  return result;
}

void Add(benchmark::State& state, const Resources& a, const Resources& b) {
  for (auto _ : state) benchmark::DoNotOptimize(a + b);
}

void Subtract(benchmark::State& state, const Resources& a, const Resources& b) {
  for (auto _ : state) benchmark::DoNotOptimize(a - b);
}

void Contains(benchmark::State& state, const Resources& a, const Resources& b) {
  for (auto _ : state) benchmark::DoNotOptimize(a.Contains(b));
}

// As the allocator does: the agent's free resources, changed in place.
void AddAndSubtractInPlace(benchmark::State& state, Resources a, const Resources& b) {
  for (auto _ : state) {
    a -= b;
    a += b;
    benchmark::DoNotOptimize(a);
  }
}

BENCHMARK_CAPTURE(AddAndSubtractInPlace, task_on_agent, Agent(), Task());
BENCHMARK_CAPTURE(Contains, task_on_agent, Agent(), Task());

// Added, half of the other's ranges fill gaps and close them; subtracted, half of them are there.
BENCHMARK_CAPTURE(Add, ports_1000_ranges, PortRanges(1000, 0), PortRanges(1000, 2002));
BENCHMARK_CAPTURE(Subtract, ports_1000_ranges, PortRanges(1000, 0), PortRanges(1000, 2000));
BENCHMARK_CAPTURE(Contains, ports_1000_ranges, PortRanges(1000, 0), PortRanges(1000, 0));

BENCHMARK_CAPTURE(Add, mixed_50, Mixed(), Mixed());
BENCHMARK_CAPTURE(Subtract, mixed_50, Mixed() + Mixed(), Mixed());
BENCHMARK_CAPTURE(Contains, mixed_50, Mixed(), Mixed());

void ReadProto(benchmark::State& state) {
  Resources resources = Task();
  resources.Allocate("engineering");
  Resources::ProtoList protos;
  resources.ToProto(&protos);
  for (auto _ : state) benchmark::DoNotOptimize(Resources::FromProto(protos));
}
BENCHMARK(ReadProto);

void Allocate(benchmark::State& state) {
  const Resources agent = Agent();
  for (auto _ : state) {
    Resources offer = agent;
    offer.Allocate("engineering");
    benchmark::DoNotOptimize(offer);
  }
}
BENCHMARK(Allocate);

// The heap that each of many tasks' resources takes, as the master keeps them.
void BytesPerTask(benchmark::State& state) {
  constexpr int kTasks = 100'000;
  Resources resources = Task();
  resources.Allocate("engineering");
  Resources::ProtoList protos;
  resources.ToProto(&protos);
  for (auto _ : state) {
    std::vector<Resources> tasks;
    tasks.reserve(kTasks);
    const auto before = mallinfo2().uordblks;
    for (int i = 0; i < kTasks; ++i) tasks.push_back(*Resources::FromProto(protos));
    const double heap = static_cast<double>(mallinfo2().uordblks - before) / kTasks;
    state.counters["bytes"] = heap + sizeof(Resources);
  }
}
BENCHMARK(BytesPerTask)->Iterations(1);

}  // namespace
}  // namespace mesos

BENCHMARK_MAIN();
