// What allocation costs, step by step. Arguments are agents and frameworks; times are for the whole
// of what the name says, "per_offer" counters for one offer.
#include <memory>
#include <utility>
#include <vector>

#include "bench/allocator_cluster.h"
#include "benchmark/benchmark.h"

namespace mesos::bench {
namespace {

using Roles = AllocatorCluster::Roles;

void PerOffer(benchmark::State& state, size_t offers) {
  state.SetItemsProcessed(static_cast<int64_t>(offers));
  state.counters["per_offer"] = benchmark::Counter(
      static_cast<double>(offers), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void BM_AddAgents(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto cluster = std::make_unique<AllocatorCluster>(state.range(1));
    state.ResumeTiming();
    cluster->AddAgents(state.range(0), Machine());
    state.PauseTiming();
    cluster.reset();
    state.ResumeTiming();
  }
}

// Each agent in turn has more that is revocable than before.
void BM_UpdateAgents(benchmark::State& state) {
  AllocatorCluster cluster(state.range(1));
  cluster.AddAgents(state.range(0), Machine());
  const Resources spare =
      Parse(R"([{"name": "cpus", "type": "SCALAR", "scalar": {"value": 1}, "revocable": {}}])");
  Resources total = Machine();
  for (auto _ : state) {
    total += spare;
    for (int i = 0; i < state.range(0); ++i) {
      Must(cluster.allocator().UpdateAgent(AllocatorCluster::Agent(i),
                                           AllocatorCluster::AgentWith(i, total)));
    }
  }
}

void OfferRound(benchmark::State& state, Roles roles, Sorter sorter) {
  AllocatorCluster cluster(state.range(1), roles, sorter);
  cluster.AddAgents(state.range(0), Machine());
  size_t offers = 0;
  for (auto _ : state) {
    const std::vector<Allocation> allocations = cluster.Round(false);
    state.PauseTiming();
    offers += allocations.size();
    cluster.Recover(allocations);
    state.ResumeTiming();
  }
  PerOffer(state, offers);
}

void BM_OfferRound(benchmark::State& state) { OfferRound(state, Roles::kOne, Sorter::kFairShare); }
void BM_OfferRoundRoleEach(benchmark::State& state) {
  OfferRound(state, Roles::kEach, Sorter::kFairShare);
}
void BM_OfferRoundRandom(benchmark::State& state) {
  OfferRound(state, Roles::kOne, Sorter::kRandom);
}
void BM_OfferRoundRandomRoleEach(benchmark::State& state) {
  OfferRound(state, Roles::kEach, Sorter::kRandom);
}

// Everything is refused by everybody for long: there is much that is free, and nothing to offer.
void BM_IdleRound(benchmark::State& state) {
  AllocatorCluster cluster;
  cluster.AddAgents(state.range(0), Machine());
  cluster.AddDecliningFrameworks(state.range(1));
  for (auto _ : state) benchmark::DoNotOptimize(cluster.Round(true));
}

// All quotas are met, and what is still free is above everybody's limit.
void BM_IdleRoundQuotas(benchmark::State& state) {
  QuotaCluster cluster(state.range(0), state.range(1));
  cluster.Round(true);
  for (auto _ : state) benchmark::DoNotOptimize(cluster.Round(true));
}

// Everything is in use.
void BM_BusyRound(benchmark::State& state) {
  AllocatorCluster cluster(state.range(1));
  cluster.AddAgents(state.range(0), Machine());
  cluster.Round(false);
  for (auto _ : state) benchmark::DoNotOptimize(cluster.Round(true));
}

// One agent's resources become free, and are offered again. The last argument: a role for each.
void BM_OneAgent(benchmark::State& state) {
  AllocatorCluster cluster(state.range(1), state.range(2) != 0 ? Roles::kEach : Roles::kOne);
  cluster.AddAgents(state.range(0), Machine());
  const std::vector<Allocation> held = cluster.Round(false);
  std::vector<Allocation> one = {held.front()};
  for (auto _ : state) {
    cluster.Recover(one);
    one = cluster.Round(false);
  }
}

// What an offer costs over its life in the master: made, a task's worth kept, the rest declined,
// the task finished.
void BM_OfferLife(benchmark::State& state) {
  AllocatorCluster cluster(state.range(1));
  cluster.AddAgents(state.range(0), Machine());
  const Resources task = AllocatedTo("*", Parse("cpus:1;mem:1024"));
  size_t offers = 0;
  for (auto _ : state) {
    std::vector<Allocation> allocations = cluster.Round(true);
    offers += allocations.size();
    for (Allocation& allocation : allocations) {
      allocation.resources -= task;
      Must(cluster.allocator().Decline(allocation, absl::ZeroDuration(), absl::UnixEpoch()));
      allocation.resources = task;
      Must(cluster.allocator().Recover(allocation));
    }
  }
  PerOffer(state, offers);
}

// Each framework revives in turn, with a round after each.
void BM_Revive(benchmark::State& state) {
  AllocatorCluster cluster(state.range(1));
  cluster.AddAgents(state.range(0), Machine());
  std::vector<Allocation> held = cluster.Round(false);
  for (auto _ : state) {
    state.PauseTiming();
    cluster.Decline(held, absl::Hours(1));
    held.clear();
    state.ResumeTiming();
    for (int i = 0; i < state.range(1); ++i) {
      Must(cluster.allocator().Revive(AllocatorCluster::Framework(i), {}));
      for (Allocation& allocation : cluster.Round(false)) held.push_back(std::move(allocation));
    }
  }
}

#define MESOS_BENCHMARK(name) BENCHMARK(name)->Unit(benchmark::kMillisecond)
#define MESOS_GRID(name) \
  MESOS_BENCHMARK(name)->Args({1000, 10})->Args({10000, 1000})->Args({50000, 6000})

// The number of iterations is given where preparing takes longer than what is measured.
MESOS_GRID(BM_AddAgents)->Iterations(2);
MESOS_GRID(BM_UpdateAgents)->Iterations(3);
MESOS_GRID(BM_OfferRound)->Iterations(5);
MESOS_GRID(BM_OfferRoundRoleEach)->Iterations(5);
MESOS_GRID(BM_OfferRoundRandom)->Iterations(5);
MESOS_GRID(BM_OfferRoundRandomRoleEach)->Iterations(5);
MESOS_GRID(BM_BusyRound)->Iterations(1000);
MESOS_BENCHMARK(BM_IdleRound)->Args({1000, 10})->Args({10000, 50})->Iterations(1000);
MESOS_BENCHMARK(BM_IdleRoundQuotas)->Args({250, 50})->Args({2500, 500})->Iterations(1000);
BENCHMARK(BM_OneAgent)
    ->Unit(benchmark::kMicrosecond)
    ->Args({50000, 1000, 0})
    ->Args({50000, 1000, 1})
    ->Iterations(10000);
BENCHMARK(BM_OfferLife)->Unit(benchmark::kMicrosecond)->Args({1000, 10});
MESOS_BENCHMARK(BM_Revive)->Args({10000, 1000})->Iterations(1);

}  // namespace
}  // namespace mesos::bench
