// What allocation costs. Arguments are agents and frameworks; times are for the whole of what the
// name says, "per_offer" counters for one offer.
#include "mesos/allocator.h"

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "benchmark/benchmark.h"
#include "mesos/resource_quantities.h"
#include "mesos/resources.h"

namespace mesos {
namespace {

void Must(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << status << std::endl;
  std::abort();
}

Resources Parse(absl::string_view text) {
  absl::StatusOr<Resources> resources = Resources::Parse(text);
  Must(resources.status());
  return *resources;
}

AgentAllocationState AgentWith(const Resources& total) {
  AgentAllocationState state;
  state.total = total;
  state.capabilities = {v1::AgentInfo::Capability::MULTI_ROLE,
                        v1::AgentInfo::Capability::HIERARCHICAL_ROLE};
  return state;
}

class Cluster {
 public:
  // Frameworks are all in role "*", or each in its own.
  Cluster(int frameworks, bool own_roles) {
    AllocatorOptions options;
    options.min_allocatable_resources = *ParseMinAllocatable("cpus:0.01|mem:32");
    allocator_ = *CreateHierarchicalAllocator(std::move(options));
    for (int i = 0; i < frameworks; ++i) {
      FrameworkAllocationState state;
      state.capabilities = {v1::FrameworkInfo::Capability::MULTI_ROLE};
      state.roles = {own_roles ? absl::StrCat("role", i) : "*"};
      Must(allocator_->AddFramework(Framework(i), std::move(state)));
    }
  }

  static FrameworkId Framework(int i) {
    return FrameworkId(absl::StrCat("6ed8e6b2-5dbb-43a9-8a54-a55a2b4f9b5d-", i));
  }

  void AddAgents(int agents, const Resources& total, const std::vector<Allocation>& used = {}) {
    for (int i = 0; i < agents; ++i) {
      const AgentId id(absl::StrCat("6ed8e6b2-5dbb-43a9-8a54-a55a2b4f9b5d-S", i));
      std::vector<Allocation> allocations = used;
      for (Allocation& allocation : allocations) allocation.agent = id;
      Must(allocator_->AddAgent(id, AgentWith(total), allocations));
    }
  }

  std::vector<Allocation> Round(bool batch) {
    now_ += absl::Seconds(1);
    return allocator_->Allocate(now_, batch);
  }
  void Recover(const std::vector<Allocation>& allocations) {
    for (const Allocation& allocation : allocations) Must(allocator_->Recover(allocation));
  }
  void Decline(const std::vector<Allocation>& allocations, absl::Duration refuse) {
    for (const Allocation& allocation : allocations) {
      Must(allocator_->Decline(allocation, refuse, now_));
    }
  }
  Allocator& allocator() { return *allocator_; }

 private:
  std::unique_ptr<Allocator> allocator_;
  absl::Time now_ = absl::UnixEpoch();
};

const Resources& Machine() {
  static const Resources* machine = new Resources(Parse("cpus:16;mem:65536;disk:1000000"));
  return *machine;
}

void PerOffer(benchmark::State& state, size_t offers) {
  state.SetItemsProcessed(static_cast<int64_t>(offers));
  state.counters["per_offer"] = benchmark::Counter(
      static_cast<double>(offers), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void BM_AddAgents(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto cluster = std::make_unique<Cluster>(state.range(1), false);
    state.ResumeTiming();
    cluster->AddAgents(state.range(0), Machine());
    state.PauseTiming();
    cluster.reset();
    state.ResumeTiming();
  }
}

void OfferRound(benchmark::State& state, bool own_roles) {
  Cluster cluster(state.range(1), own_roles);
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

void BM_OfferRound(benchmark::State& state) { OfferRound(state, false); }
void BM_OfferRoundRoleEach(benchmark::State& state) { OfferRound(state, true); }

// Everything is refused by everybody for long: there is much that is free, and nothing to offer.
void BM_IdleRound(benchmark::State& state) {
  Cluster cluster(state.range(1), false);
  cluster.AddAgents(state.range(0), Machine());
  for (auto offers = cluster.Round(true); !offers.empty(); offers = cluster.Round(true)) {
    cluster.Decline(offers, absl::Hours(24));
  }
  for (auto _ : state) benchmark::DoNotOptimize(cluster.Round(true));
}

// Everything is in use.
void BM_BusyRound(benchmark::State& state) {
  Cluster cluster(state.range(1), false);
  cluster.AddAgents(state.range(0), Machine());
  cluster.Round(false);
  for (auto _ : state) benchmark::DoNotOptimize(cluster.Round(true));
}

// A hundred rounds, in each of which everything is declined with long filters.
void BM_DeclinedRounds(benchmark::State& state) {
  const Resources total = Parse("cpus:24;mem:4096;disk:4096;ports:[31000-32000]");
  Allocation used{Cluster::Framework(0), AgentId(), "*", {}};
  for (int port = 31000; port < 32000; port += 3) {
    used.resources += Parse(absl::StrCat("ports:[", port, "-", port, "]"));
  }
  used.resources += Parse("cpus:4;mem:512");
  used.resources.Allocate("*");
  size_t offers = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto cluster = std::make_unique<Cluster>(state.range(1), false);
    cluster->AddAgents(state.range(0), total, {used});
    for (int round = 0; round < 100; ++round) {
      state.ResumeTiming();
      const std::vector<Allocation> allocations = cluster->Round(true);
      state.PauseTiming();
      offers += allocations.size();
      cluster->Decline(allocations, absl::Hours(24));
    }
    cluster.reset();
    state.ResumeTiming();
  }
  PerOffer(state, offers);
}

// One agent's resources become free, and are offered again.
void BM_OneAgent(benchmark::State& state) {
  Cluster cluster(state.range(1), state.range(2) != 0);
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
  Cluster cluster(state.range(1), false);
  cluster.AddAgents(state.range(0), Machine());
  Resources task = Parse("cpus:1;mem:1024");
  task.Allocate("*");
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
  Cluster cluster(state.range(1), false);
  cluster.AddAgents(state.range(0), Machine());
  std::vector<Allocation> held = cluster.Round(false);
  for (auto _ : state) {
    state.PauseTiming();
    cluster.Decline(held, absl::Hours(1));
    held.clear();
    state.ResumeTiming();
    for (int i = 0; i < state.range(1); ++i) {
      Must(cluster.allocator().Revive(Cluster::Framework(i), {}));
      for (Allocation& allocation : cluster.Round(false)) held.push_back(std::move(allocation));
    }
  }
}

#define MESOS_BENCHMARK(name) BENCHMARK(name)->Unit(benchmark::kMillisecond)
#define MESOS_GRID(name) \
  MESOS_BENCHMARK(name)->Args({1000, 10})->Args({10000, 1000})->Args({50000, 6000})

MESOS_GRID(BM_AddAgents);
MESOS_GRID(BM_OfferRound);
MESOS_GRID(BM_OfferRoundRoleEach);
// The number of iterations is given where preparing takes longer than what is measured.
MESOS_GRID(BM_BusyRound)->Iterations(1000);
MESOS_BENCHMARK(BM_IdleRound)->Args({1000, 10})->Args({10000, 50})->Iterations(1000);
MESOS_BENCHMARK(BM_DeclinedRounds)
    ->Args({1000, 10})
    ->Args({10000, 50})
    ->Args({10000, 1000})
    ->Iterations(1);
BENCHMARK(BM_OneAgent)
    ->Unit(benchmark::kMicrosecond)
    ->Args({50000, 1000, 0})
    ->Args({50000, 1000, 1})
    ->Iterations(10000);
BENCHMARK(BM_OfferLife)->Unit(benchmark::kMicrosecond)->Args({1000, 10});
MESOS_BENCHMARK(BM_Revive)->Args({10000, 1000})->Iterations(3);

}  // namespace
}  // namespace mesos

BENCHMARK_MAIN();
