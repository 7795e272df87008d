// The workloads of Apache Mesos's own allocator benchmarks, in sizes of today.
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/allocator_cluster.h"
#include "benchmark/benchmark.h"

namespace mesos::bench {
namespace {

using Roles = AllocatorCluster::Roles;

Sorter SorterOf(int64_t random) { return random != 0 ? Sorter::kRandom : Sorter::kFairShare; }

// A hundred batch rounds, in each of which everything is declined with long filters.
void DeclineAll(benchmark::State& state, AllocatorCluster& cluster, bool metrics = false) {
  size_t offers = 0;
  for (auto _ : state) {
    for (int round = 0; round < 100; ++round) {
      const std::vector<Allocation> allocations = cluster.Round(true);
      if (metrics) benchmark::DoNotOptimize(cluster.allocator().CountFilters());
      state.PauseTiming();
      offers += allocations.size();
      cluster.Decline(allocations, absl::Hours(24));
      state.ResumeTiming();
    }
  }
  state.counters["offers"] = static_cast<double>(offers);
}

// Agents' ports are in pieces, for every third is in use. The third argument: whether the
// allocator's metrics are asked for after each round.
void BM_DeclinedRounds(benchmark::State& state) {
  Resources used = Parse("cpus:4;mem:512");
  for (int port = 31000; port < 32000; port += 3) {
    used += Parse(absl::StrCat("ports:[", port, "-", port, "]"));
  }
  AllocatorCluster cluster(state.range(1));
  cluster.AddAgents(
      state.range(0), Parse("cpus:24;mem:4096;disk:4096;ports:[31000-32000]"),
      {{AllocatorCluster::Framework(0), AgentId(), "*", AllocatedTo("*", std::move(used))}});
  DeclineAll(state, cluster, state.range(2) != 0);
}

// So many hundredths of the frameworks are suppressed; the others are offered everything.
void BM_SuppressedFrameworks(benchmark::State& state) {
  AllocatorCluster cluster(state.range(1));
  cluster.AddAgents(state.range(0), Machine());
  for (int64_t i = 0; i < state.range(1) * state.range(2) / 100; ++i) {
    Must(cluster.allocator().Suppress(AllocatorCluster::Framework(i), {}));
  }
  for (auto _ : state) {
    const std::vector<Allocation> allocations = cluster.Round(true);
    state.PauseTiming();
    cluster.Recover(allocations);
    state.ResumeTiming();
  }
}

// One after the other is suppressed, each with a round after it, until nobody is left.
void BM_SuppressAll(benchmark::State& state) {
  AllocatorCluster cluster(state.range(1));
  cluster.AddAgents(state.range(0), Machine());
  for (auto _ : state) {
    for (int i = 0; i < state.range(1); ++i) {
      Must(cluster.allocator().Suppress(AllocatorCluster::Framework(i), {}));
      const std::vector<Allocation> allocations = cluster.Round(true);
      state.PauseTiming();
      cluster.Recover(allocations);
      state.ResumeTiming();
    }
  }
}

// Roles with small and with large quotas; the round in which all get what they are promised.
void BM_LargeAndSmallQuota(benchmark::State& state) {
  size_t offers = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto cluster =
        std::make_unique<QuotaCluster>(state.range(0), state.range(1), SorterOf(state.range(2)));
    state.ResumeTiming();
    offers = cluster->Round(true).size();
    state.PauseTiming();
    cluster.reset();
    state.ResumeTiming();
  }
  state.counters["offers"] = static_cast<double>(offers);
}

// Two agents and two frameworks for each role; so many hundredths of the roles have quotas of two
// agents. Everything is offered in one round, in whole agents, with quotas and without.
void BM_QuotaBesideNone(benchmark::State& state) {
  const int roles = state.range(0);
  std::map<std::string, Quota> quotas;
  for (int i = 0; i < roles * state.range(1) / 100; ++i) {
    quotas[absl::StrCat("role", i)].guarantees = ParseQuantities("cpus:4;mem:4096;disk:4096");
  }
  for (auto _ : state) {
    state.PauseTiming();
    auto cluster = std::make_unique<AllocatorCluster>(0, Roles::kOne, SorterOf(state.range(2)));
    for (int i = 0; i < 2 * roles; ++i) cluster->AddFramework(i, absl::StrCat("role", i % roles));
    cluster->AddAgents(2 * roles, Parse("cpus:2;mem:2048;disk:2048"));
    Must(cluster->allocator().UpdateQuotas(quotas, false));
    state.ResumeTiming();
    benchmark::DoNotOptimize(cluster->Round(true));
    state.PauseTiming();
    cluster.reset();
    state.ResumeTiming();
  }
}

std::string Reserved(absl::string_view name, int64_t amount, absl::string_view label,
                     absl::string_view volume = "") {
  std::string json =
      absl::StrCat(R"({"name": ")", name, R"(", "type": "SCALAR", "scalar": {"value": )", amount,
                   R"(}, "reservations": [{"type": "DYNAMIC", "role": "eng", "principal": "ops")");
  if (!label.empty()) {
    absl::StrAppend(&json, R"(, "labels": {"labels": [{"key": "for", "value": ")", label,
                    R"("}]})");
  }
  absl::StrAppend(&json, "}]");
  if (!volume.empty()) {
    absl::StrAppend(&json, R"(, "disk": {"persistence": {"id": ")", volume,
                    R"("}, "volume": {"container_path": "data", "mode": "RW"}})");
  }
  return absl::StrCat(json, "}");
}

void AddToRole(AllocatorCluster& cluster, int frameworks) {
  for (int i = 0; i < frameworks; ++i) cluster.AddFramework(i, "eng");
}

// The agents' resources are reserved in ten parts, told apart by labels.
void BM_LabeledReservations(benchmark::State& state) {
  Resources total = Machine();
  for (int i = 0; i < 10; ++i) {
    total += Parse(absl::StrCat("[", Reserved("cpus", 1, absl::StrCat("label", i)), "]"));
    total += Parse(absl::StrCat("[", Reserved("mem", 512, absl::StrCat("label", i)), "]"));
  }
  AllocatorCluster cluster;
  AddToRole(cluster, state.range(1));
  cluster.AddAgents(state.range(0), total);
  DeclineAll(state, cluster);
}

// Sixteen volumes on each agent.
void BM_PersistentVolumes(benchmark::State& state) {
  Resources total = Machine();
  for (int i = 0; i < 16; ++i) {
    total += Parse(absl::StrCat("[", Reserved("disk", 64, "", absl::StrCat("volume", i)), "]"));
  }
  AllocatorCluster cluster;
  AddToRole(cluster, state.range(1));
  cluster.AddAgents(state.range(0), total);
  DeclineAll(state, cluster);
}

// 800 reserved resources on an agent, four held by each of 200 frameworks; each makes a volume of
// one of them and destroys it, ten times.
void BM_TransformReservations(benchmark::State& state) {
  AllocatorCluster cluster;
  AddToRole(cluster, 200);
  Resources total = Parse("cpus:16;mem:65536");
  std::vector<Allocation> held, plain, volumes;
  for (int i = 0; i < 200; ++i) {
    Allocation allocation{AllocatorCluster::Framework(i), AllocatorCluster::Agent(0), "eng", {}};
    for (int part = 0; part < 4; ++part) {
      const std::string label = absl::StrCat("reservation", 4 * i + part);
      const Resources one = Parse(absl::StrCat("[", Reserved("disk", 64, label), "]"));
      total += one;
      allocation.resources += AllocatedTo("eng", one);
    }
    held.push_back(allocation);
    const std::string label = absl::StrCat("reservation", 4 * i);
    allocation.resources =
        AllocatedTo("eng", Parse(absl::StrCat("[", Reserved("disk", 64, label), "]")));
    plain.push_back(allocation);
    allocation.resources =
        AllocatedTo("eng", Parse(absl::StrCat("[", Reserved("disk", 64, label, "volume"), "]")));
    volumes.push_back(allocation);
  }
  cluster.AddAgents(1, total, held);
  for (auto _ : state) {
    for (int i = 0; i < 200; ++i) {
      for (int time = 0; time < 10; ++time) {
        Must(cluster.allocator().Transform(plain[i], volumes[i].resources));
        Must(cluster.allocator().Transform(volumes[i], plain[i].resources));
      }
    }
  }
  state.SetItemsProcessed(state.iterations() * 200 * 20);
}

struct Kind {
  absl::string_view role;
  bool role_each;
  int frameworks, tasks, tasks_per_offer;
  absl::string_view task;
};

struct MixedFramework {
  const Kind* kind;
  Resources task;
  int left;
};

// Takes what tasks it can off the offer; what is left is for declining.
int Launch(MixedFramework& framework, Resources* offered) {
  int launched = 0;
  while (framework.left > 0 && launched < framework.kind->tasks_per_offer &&
         offered->Contains(framework.task)) {
    *offered -= framework.task;
    --framework.left;
    ++launched;
  }
  return launched;
}

// Few frameworks with thousands of small services, many with a handful of builds, some with larger
// jobs; rounds until all run. Who has launched everything wants no more offers: by fair shares,
// those with few tasks would get them all, and the others none.
void BM_MultiFrameworkMix(benchmark::State& state) {
  static constexpr Kind kKinds[] = {
      {"services", true, 4, 4000, 100, "cpus:0.07;mem:400"},
      {"builds", false, 500, 5, 1, "cpus:0.1;mem:4000"},
      {"jobs", true, 50, 20, 5, "cpus:1;mem:1000"},
  };
  AllocatorCluster cluster(0, Roles::kOne, SorterOf(state.range(0)));
  cluster.AddAgents(80, Parse("cpus:64;mem:488000"));
  std::map<FrameworkId, MixedFramework> frameworks;
  int tasks = 0;
  for (const Kind& kind : kKinds) {
    for (int i = 0; i < kind.frameworks; ++i) {
      const int number = static_cast<int>(frameworks.size());
      const std::string role = kind.role_each ? absl::StrCat(kind.role, i) : std::string(kind.role);
      cluster.AddFramework(number, role);
      frameworks[AllocatorCluster::Framework(number)] = {&kind, AllocatedTo(role, Parse(kind.task)),
                                                         kind.tasks};
      tasks += kind.tasks;
    }
  }
  int rounds = 0, left = tasks;
  for (auto _ : state) {
    for (; left > 0 && rounds < 10'000; ++rounds) {
      std::vector<Allocation> offers = cluster.Round(true);
      for (Allocation& offer : offers) {
        MixedFramework& framework = frameworks.at(offer.framework);
        left -= Launch(framework, &offer.resources);
        if (framework.left == 0) Must(cluster.allocator().Suppress(offer.framework, {}));
      }
      cluster.Decline(offers, absl::ZeroDuration());
    }
  }
  state.counters["rounds"] = rounds;
  state.counters["tasks"] = tasks - left;
}

#define MESOS_BENCHMARK(name) BENCHMARK(name)->Unit(benchmark::kMillisecond)->Iterations(1)

MESOS_BENCHMARK(BM_DeclinedRounds)
    ->ArgsProduct({{1000}, {10}, {0, 1}})
    ->ArgsProduct({{10000}, {50, 1000}, {0, 1}});
MESOS_BENCHMARK(BM_SuppressedFrameworks)
    ->ArgsProduct({{10000}, {1000}, {1, 10, 50, 90, 100}})
    ->Iterations(5);
MESOS_BENCHMARK(BM_SuppressAll)->Args({1000, 100});
MESOS_BENCHMARK(BM_LargeAndSmallQuota)
    ->Args({25, 5, 0})
    ->Args({250, 50, 0})
    ->Args({2500, 500, 0})
    ->Args({25, 5, 1})
    ->Args({250, 50, 1})
    ->Args({2500, 500, 1});
MESOS_BENCHMARK(BM_QuotaBesideNone)->ArgsProduct({{10, 100, 1000}, {0, 50, 100}, {0, 1}});
MESOS_BENCHMARK(BM_LabeledReservations)->Args({1000, 10})->Args({1000, 200});
MESOS_BENCHMARK(BM_PersistentVolumes)->Args({1000, 10})->Args({1000, 200});
MESOS_BENCHMARK(BM_TransformReservations);
MESOS_BENCHMARK(BM_MultiFrameworkMix)->Arg(0)->Arg(1);

}  // namespace
}  // namespace mesos::bench
