// What it costs to look at a large master over HTTP, and to run tasks through it.
//
//   bazel run -c opt //bench:api [-- <agents> <running tasks> <finished tasks>]
//
// The clients are threads of the same process: what they compute is counted against the server.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/api_client.h"
#include "bench/command_line.h"
#include "bench/figures.h"
#include "bench/http_scheduler.h"
#include "bench/large_master.h"
#include "bench/load_framework.h"
#include "bench/loopback.h"
#include "mesos/event_loop.h"
#include "mesos/random.h"
#include "mesoslib/base/lifetime.h"

namespace mesos::bench {
namespace {

constexpr int kSubscribers = 2000;
constexpr int kPollers = 20;
constexpr int kManyFrameworks = 10'000;
constexpr int kConnections = 8;

double SecondsOf(const std::function<void()>& run) {
  const absl::Time start = absl::Now();
  run();
  return absl::ToDoubleSeconds(absl::Now() - start);
}

// The longest that a loop was busy without a break, in seconds of its processor time. Callbacks
// that come within a millisecond may be counted as one.
class TurnWatch {
 public:
  explicit TurnWatch(EventLoop* loop) : loop_(loop) {
    loop_->Post([this] { Look(); });
  }
  ~TurnWatch() {
    absl::Notification stopped;
    loop_->Post([&] {
      loop_->Cancel(timer_);
      stopped.Notify();
    });
    stopped.WaitForNotification();
  }
  double longest() const { return longest_; }

 private:
  void Look() {
    const double now = ThreadCpuSeconds();
    if (last_ > 0) longest_ = std::max(longest_.load(), now - last_);
    last_ = now;
    timer_ = loop_->PostAt(loop_->Now() + absl::Milliseconds(1), [this] { Look(); });
  }

  EventLoop* const loop_;
  std::atomic<double> longest_{0};
  double last_ = 0;
  TimerId timer_ = 0;
};

// Clients that look at the state as dashboards do: each once in ten seconds, at a time of its own.
class Pollers {
 public:
  explicit Pollers(int port) {
    for (int i = 0; i < kPollers; ++i) {
      threads_.emplace_back([this, port, i] {
        ApiClient client(port);
        absl::SleepFor(absl::Milliseconds(500 * i));
        while (!stopping_) {
          const double seconds = SecondsOf([&] { client.Get("/state"); });
          samples_[i].push_back(seconds);
          absl::SleepFor(absl::Seconds(10) - absl::Seconds(seconds));
        }
      });
    }
  }
  // Ends them; how long each look has taken.
  std::vector<double> Take() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    std::vector<double> all;
    for (const auto& some : samples_) all.insert(all.end(), some.begin(), some.end());
    return all;
  }

 private:
  std::atomic<bool> stopping_{false};
  std::vector<double> samples_[kPollers];
  std::vector<std::thread> threads_;
};

double Percentile99(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  return samples[std::min(samples.size() - 1, samples.size() * 99 / 100)];
}

void MeasureState(LargeMaster* master, Figures* figures) {
  TurnWatch watch(master->loop());
  ApiClient client(master->port());
  size_t bytes = 0;
  const double first = SecondsOf([&] { bytes = client.Get("/state"); });
  std::vector<double> alone;
  for (int i = 0; i < 10; ++i) alone.push_back(SecondsOf([&] { client.Get("/state"); }));
  figures->Add("state_json_s", first, Figures::Goal::kAtMost, 1,
               absl::StrCat("the first /state, ", bytes >> 20, " MB, end to end"));
  figures->Add("state_again_s", alone[0], Figures::Goal::kAtMost, 1,
               "the next one, of which nothing has changed");
  figures->Add("state_max_turn_ms", watch.longest() * 1000, Figures::Goal::kAtMost, 20,
               "the longest that the master's loop was busy meanwhile");
  Pollers pollers(master->port());
  absl::SleepFor(absl::Seconds(15));
  figures->Add("pollers_p99_ratio", Percentile99(pollers.Take()) / Percentile99(alone),
               Figures::Goal::kAtMost, 2, "20 clients, each once in 10 s, against one");
}

// Frameworks launch so many tasks and hear that each runs and has finished; how many a second.
double LaunchesPerSecond(SchedulerEndpoint* endpoint, int frameworks, int64_t tasks) {
  std::unique_ptr<EventLoop> loop = CreateThreadEventLoop("frameworks").value();
  std::unique_ptr<Random> random = CreateSeededRandom(2);
  std::vector<std::unique_ptr<LoadFramework>> load;
  absl::Notification finished;
  int left = frameworks;
  RunOn(loop.get(), [&] {
    for (int i = 0; i < frameworks; ++i) {
      load.push_back(std::make_unique<LoadFramework>(
          LoadFramework::Options{.name = absl::StrCat("load", i), .tasks = tasks / frameworks},
          loop.get(), random.get(), endpoint, [&] {
            if (--left == 0) finished.Notify();
          }));
    }
  });
  const double seconds = SecondsOf([&] {
    for (auto& framework : load) framework->Start();
    finished.WaitForNotification();
  });
  int64_t failed = 0;
  RunOn(loop.get(), [&] {
    for (const auto& framework : load) failed += framework->failed();
    load.clear();
  });
  if (failed > 0) {
    std::fprintf(stderr, "%lld tasks have failed\n", static_cast<long long>(failed));
    std::exit(1);
  }
  return static_cast<double>(tasks) / seconds;
}

void MeasureLaunchLoss(LargeMaster* master, Figures* figures) {
  constexpr int64_t kTasks = 300'000;
  master->RemoveFrameworks();
  SchedulerEndpoint* endpoint = &master->master()->schedulers();
  LaunchesPerSecond(endpoint, 10, kTasks / 3);  // What the first ones find cold.
  const double alone = LaunchesPerSecond(endpoint, 10, kTasks);
  Pollers pollers(master->port());
  const double polled = LaunchesPerSecond(endpoint, 10, kTasks);
  pollers.Take();
  figures->Add("pollers_launch_loss", 1 - polled / alone, Figures::Goal::kAtMost, 0.2,
               absl::StrCat("of ", static_cast<int>(alone), " launches/s, with 20 such clients"));
}

void MeasureHttpLaunches(LargeMaster* master, Figures* figures) {
  constexpr int64_t kTasks = 50'000;
  using Encoding = HttpSchedulerEndpoint::Encoding;
  master->RemoveFrameworks();
  HttpSchedulerEndpoint json(master->port(), Encoding::kJson);
  HttpSchedulerEndpoint protobuf(master->port(), Encoding::kProtobuf);
  figures->Add("http_json_launches_per_s", LaunchesPerSecond(&json, 10, kTasks),
               Figures::Goal::kAtLeast, 5'000,
               "10 frameworks over HTTP; each task runs, finishes, and is acknowledged twice");
  figures->Add("http_protobuf_launches_per_s", LaunchesPerSecond(&protobuf, 10, kTasks),
               Figures::Goal::kAtLeast, 8'000, "the same with protobuf");
}

void MeasureStreams(LargeMaster* master, Figures* figures) {
  const std::string subscribe = R"({"type":"SUBSCRIBE"})";
  std::vector<std::unique_ptr<ApiClient>> clients;
  const auto open = [&] {
    clients.push_back(std::make_unique<ApiClient>(master->port()));
    clients.back()->Subscribe({.path = "/api/v1", .body = subscribe});
    clients.back()->AwaitChunk("SUBSCRIBED");
    clients.back()->AwaitChunk("HEARTBEAT");
  };
  open();
  const double before = ResidentBytes(0);
  while (clients.size() < kSubscribers) open();
  figures->Add("bytes_per_stream", (ResidentBytes(0) - before) / (kSubscribers - 1),
               Figures::Goal::kAtMost, 100 << 10,
               "resident memory of an operator's stream, its client's included");
  std::vector<double> fanouts;
  for (int i = 0; i < 10; ++i) {
    const std::string name = absl::StrCat("change-", i);
    fanouts.push_back(SecondsOf([&] {
      master->Change(name);
      for (const auto& client : clients) client->AwaitChunk(name);
    }));
  }
  std::sort(fanouts.begin(), fanouts.end());
  figures->Add("fanout_2000_ms", fanouts.back() * 1000, Figures::Goal::kAtMost, 200,
               "until all 2,000 operators have read a change, the slowest of ten");
}

void MeasureSmallRequests(LargeMaster* master, Figures* figures) {
  RequestPump clients(master->port(), "/health", kConnections);
  clients.Run(absl::Milliseconds(200));
  int64_t answered = 0;
  const double seconds = SecondsOf([&] { answered = clients.Run(absl::Seconds(3)); });
  figures->Add("health_requests_per_s", static_cast<double>(answered) / seconds,
               Figures::Goal::kAtLeast, 30'000, "8 kept connections, one thread of clients");
}

void MeasureMetrics(LargeMaster* master, Figures* figures) {
  master->AddFrameworks(kManyFrameworks);
  ApiClient client(master->port());
  std::vector<double> taken;
  for (int i = 0; i < 10; ++i) {
    taken.push_back(SecondsOf([&] { client.Get("/metrics/snapshot"); }));
  }
  std::sort(taken.begin(), taken.end());
  figures->Add("metrics_10k_frameworks_ms", taken[taken.size() / 2] * 1000, Figures::Goal::kAtMost,
               100, "/metrics/snapshot, the median of ten");
}

int Run(int agents, int running, int finished) {
  Figures figures;
  {
    LargeMaster master(10, 100, 100);  // First: what a large one leaves behind would be counted.
    MeasureStreams(&master, &figures);
    MeasureSmallRequests(&master, &figures);
    MeasureMetrics(&master, &figures);
  }
  {
    LargeMaster master(1000, 10'000, 0);
    MeasureCommandLine("daemons/mesos", master.port(), &figures);
    MeasureHttpLaunches(&master, &figures);
  }
  {
    LargeMaster master(agents, running, finished);
    MeasureState(&master, &figures);
    MeasureLaunchLoss(&master, &figures);
  }
  figures.Print();
  return 0;
}

}  // namespace
}  // namespace mesos::bench

int main(int argc, char** argv) {
  const auto number = [&](int index, int otherwise) {
    return argc > index ? std::max(1, std::atoi(argv[index])) : otherwise;
  };
  return mesos::bench::Run(number(1, 20'000), number(2, 200'000), number(3, 200'000));
}
