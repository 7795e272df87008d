#include "bench/allocator_figures.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "bench/allocator_cluster.h"
#include "bench/figures.h"

namespace mesos::bench {
namespace {

using Goal = Figures::Goal;
using Roles = AllocatorCluster::Roles;

double ProcessorMilliseconds() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

// Of the processor: the allocator has one thread and waits for nothing, so what others do on the
// machine need not count.
double Milliseconds(absl::FunctionRef<void()> work) {
  const double start = ProcessorMilliseconds();
  work();
  return ProcessorMilliseconds() - start;
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

// What `measure` writes into its array, measured in a process of its own: resident memory grows
// only where nothing that was used before can be used again.
template <size_t kCount>
std::array<double, kCount> InChild(absl::FunctionRef<void(std::array<double, kCount>&)> measure) {
  std::array<double, kCount> values = {};
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  std::fflush(stdout);
  const pid_t child = fork();
  if (child < 0) std::abort();
  if (child == 0) {
    close(ends[0]);
    measure(values);
    _exit(write(ends[1], values.data(), sizeof(values)) == sizeof(values) ? 0 : 1);
  }
  close(ends[1]);
  const ssize_t size = read(ends[0], values.data(), sizeof(values));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (size != sizeof(values) || status != 0) std::abort();
  return values;
}

// ---- Growth ----

constexpr int kAgents[] = {1'000, 5'000, 10'000, 20'000, 50'000};
constexpr int kFrameworks[] = {1, 50, 200, 1'000, 3'000, 6'000};

using Grid = double[std::size(kAgents)][std::size(kFrameworks)];

// A round in which every agent is offered whole.
double OfferRoundMilliseconds(int agents, int frameworks) {
  AllocatorCluster cluster(frameworks);
  cluster.AddAgents(agents, Machine());
  std::vector<double> times;
  for (int i = 0; i < 5; ++i) {
    std::vector<Allocation> offers;
    times.push_back(Milliseconds([&] { offers = cluster.Round(false); }));
    cluster.Recover(offers);
  }
  return Median(std::move(times));
}

void MeasureGrid(Grid& grid) {
  std::printf("\nA round of one offer an agent, in milliseconds:\n\n%12s", "frameworks");
  for (int frameworks : kFrameworks) std::printf("%9d", frameworks);
  for (size_t row = 0; row < std::size(kAgents); ++row) {
    std::printf("\n%5d agents", kAgents[row]);
    for (size_t column = 0; column < std::size(kFrameworks); ++column) {
      grid[row][column] = OfferRoundMilliseconds(kAgents[row], kFrameworks[column]);
      std::printf("%9.2f", grid[row][column]);
      std::fflush(stdout);
    }
  }
  std::printf("\n");
}

// The slope of the line through (log x, log y) with the least squares. In a full grid that of
// one argument does not depend on the other.
class Slope {
 public:
  void Add(double x, double y) {
    x = std::log(x);
    y = std::log(y);
    count_ += 1;
    x_ += x;
    y_ += y;
    xx_ += x * x;
    xy_ += x * y;
  }
  double value() const { return (count_ * xy_ - x_ * y_) / (count_ * xx_ - x_ * x_); }

 private:
  double count_ = 0, x_ = 0, y_ = 0, xx_ = 0, xy_ = 0;
};

void AddGrid(Figures* figures) {
  Grid grid;
  MeasureGrid(grid);
  Slope by_agents, by_frameworks;
  for (size_t row = 0; row < std::size(kAgents); ++row) {
    for (size_t column = 0; column < std::size(kFrameworks); ++column) {
      by_agents.Add(kAgents[row], grid[row][column]);
      by_frameworks.Add(kFrameworks[column], grid[row][column]);
    }
  }
  figures->Add("round_10k_1k_ms", grid[2][3], Goal::kAtMost, 48,
               "10,000 agents offered in one round to 1,000 frameworks");
  figures->Add("round_50k_6k_ms", grid[4][5], Goal::kAtMost, 1000,
               "50,000 agents offered in one round to 6,000 frameworks");
  figures->Add("exponent_agents", by_agents.value(), Goal::kAtMost, 1.2,
               "how a round's time grows with agents: as this power of them");
  figures->Add("exponent_frameworks", by_frameworks.value(), Goal::kAtMost, 0.5,
               "and with frameworks");
}

// ---- Single figures ----

double AddAgentsMilliseconds() {
  std::vector<double> times;
  for (int i = 0; i < 3; ++i) {
    AllocatorCluster cluster(1'000);
    times.push_back(Milliseconds([&] { cluster.AddAgents(10'000, Machine()); }));
  }
  return Median(std::move(times));
}

double ReviveMilliseconds() {
  AllocatorCluster cluster(1'000);
  cluster.AddAgents(10'000, Machine());
  std::vector<Allocation> offers = cluster.Round(false);
  std::vector<double> times;
  for (int i = 0; i < 3; ++i) {
    cluster.Decline(offers, absl::Hours(1));
    times.push_back(Milliseconds([&] {
      for (int framework = 0; framework < 1'000; ++framework) {
        Must(cluster.allocator().Revive(AllocatorCluster::Framework(framework), {}));
      }
      offers = cluster.Round(false);
    }));
  }
  return Median(std::move(times));
}

double OneAgentMicroseconds(Roles roles) {
  constexpr int kTimes = 10'000;
  AllocatorCluster cluster(1'000, roles);
  cluster.AddAgents(50'000, Machine());
  std::vector<Allocation> one = {cluster.Round(false).front()};
  const double milliseconds = Milliseconds([&] {
    for (int i = 0; i < kTimes; ++i) {
      cluster.Recover(one);
      one = cluster.Round(false);
    }
  });
  return milliseconds * 1000 / kTimes;
}

// Of many rounds; the first may find out what the others know.
double IdleMilliseconds(AllocatorCluster& cluster) {
  std::vector<double> times;
  for (int i = 0; i < 100; ++i) {
    times.push_back(Milliseconds([&] {
      if (!cluster.Round(true).empty()) std::abort();
    }));
  }
  return Median(std::move(times));
}

double DeclinedIdleMilliseconds() {
  return InChild<1>([](std::array<double, 1>& values) {
    AllocatorCluster cluster;
    // Ten million refusals take a while to make; what is refused makes no difference.
    cluster.AddAgents(10'000, Parse("cpus:16"));
    cluster.AddDecliningFrameworks(1'000);
    values[0] = IdleMilliseconds(cluster);
  })[0];
}

double BytesPerAgent() {
  return InChild<1>([](std::array<double, 1>& values) {
    constexpr int kCount = 50'000;
    const double before = ResidentBytes(0);
    AllocatorCluster cluster(1'000);
    cluster.AddAgents(kCount, Machine());
    cluster.Round(false);
    values[0] = (ResidentBytes(0) - before) / kCount;
  })[0];
}

struct QuotaCase {
  double seconds, megabytes, second_round, idle_round;
};

QuotaCase MeasureQuotaCase() {
  const auto [seconds, megabytes, second, idle] = InChild<4>([](std::array<double, 4>& values) {
    const double before = ResidentBytes(0);
    values[0] = Milliseconds([&] {
                  QuotaCluster cluster(2'500, 500);
                  // Some of the large ones are served in three pieces.
                  if (cluster.Round(true).size() < 3'500) std::abort();
                  values[2] = Milliseconds([&] { cluster.Round(true); });
                  values[3] = IdleMilliseconds(cluster);
                  values[1] = (ResidentBytes(0) - before) / 1e6;
                }) /
                1000;
  });
  return {seconds, megabytes, second, idle};
}

}  // namespace

void MeasureAllocator() {
  Figures figures;
  const QuotaCase quotas = MeasureQuotaCase();
  figures.Add("quota_case_s", quotas.seconds, Goal::kAtMost, 2,
              "2,500 small and 500 large quotas, 3,000 agents: all that is to be done");
  figures.Add("quota_second_round_ms", quotas.second_round, Goal::kAtMost, 100,
              "of it, the round that finds that all have what they are promised");
  figures.Add("quota_case_mb", quotas.megabytes, Goal::kAtMost, 200, "memory that this takes");
  figures.Add("bytes_per_agent", BytesPerAgent(), Goal::kAtMost, 4096,
              "memory per agent, 50,000 agents offered to 1,000 frameworks");
  figures.Add("add_agents_10k_ms", AddAgentsMilliseconds(), Goal::kAtMost, 60,
              "adding 10,000 agents where 1,000 frameworks are");
  figures.Add("revive_1k_ms", ReviveMilliseconds(), Goal::kAtMost, 100,
              "all 1,000 frameworks revive, and are offered 10,000 agents");
  figures.Add("one_agent_us",
              std::max(OneAgentMicroseconds(Roles::kOne), OneAgentMicroseconds(Roles::kEach)),
              Goal::kAtMost, 50, "an agent freed among 50,000, until it is offered again");
  AddGrid(&figures);
  figures.Add("idle_round_ms", std::max(quotas.idle_round, DeclinedIdleMilliseconds()),
              Goal::kAtMost, 1,
              "a round with nothing to offer: all declined, 10,000 x 1,000; or all quotas met");
  figures.Print();
}

}  // namespace mesos::bench
