// What it costs to look at a large master over HTTP.
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
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/api_client.h"
#include "bench/figures.h"
#include "bench/former_cluster.h"
#include "mesos/allocator.h"
#include "mesos/event_loop.h"
#include "mesos/http.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/master.h"
#include "mesos/random.h"
#include "mesos/state_store.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::bench {
namespace {

constexpr int kSubscribers = 2000;
constexpr int kPollers = 20;
constexpr int kManyFrameworks = 10'000;

struct Ear final : Sink<internal::MasterMessage> {
  explicit Ear(std::atomic<int>* back) : registered(back) {}
  void Deliver(internal::MasterMessage message) override {
    *registered += message.has_reregistered();
  }
  void Closed(absl::Status) override {}
  std::atomic<int>* registered;
};

struct Deaf final : Sink<v1::scheduler::Event> {
  void Deliver(v1::scheduler::Event) override {}
  void Closed(absl::Status) override {}
};

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

// A master with all that, served over HTTP.
class LargeMaster {
 public:
  LargeMaster(int agents, int running, int finished) {
    loop_ = CreateThreadEventLoop("master").value();
    store_ = CreateMemoryStateStore(loop_.get()).value();
    OnLoop([&] { CommitRegistry(agents, store_.get()); });
    MasterOptions options;
    options.max_completed_tasks_per_framework = std::max(1000, finished);
    master_ =
        CreateMaster(options, {loop_.get(), random_.get(), store_.get(), allocator_.get()}).value();
    absl::Notification started;
    master_->Start([&](const absl::Status& status) {
      if (!status.ok()) std::abort();
      started.Notify();
    });
    started.WaitForNotification();
    http_ = CreateHttpServer({.address = "127.0.0.1:0",
                              .master = master_.get(),
                              .max_connections = 20'000,
                              .max_event_subscribers = 10'000})
                .value();
    for (int i = 0; i < kFormerFrameworks; ++i) Subscribe(MakeSubscribe(i));
    for (int agent = 0; agent < agents; ++agent) {
      agents_.push_back(master_->agents().Open(std::make_shared<Ear>(&back_),
                                               {"", absl::StrCat("10.0.0.1:", agent)}));
      agents_.back()->Send(MakeReregister(agent, running / agents, finished / agents));
      for (int i = running / agents; i < running / agents + finished / agents; ++i) {
        frameworks_[i % kFormerFrameworks]->Send(MakeAcknowledge(agent, i));
      }
      while (back_ + 50 < agent) absl::SleepFor(absl::Microseconds(100));
    }
    while (back_ < agents) absl::SleepFor(absl::Milliseconds(1));
    OnLoop([] {});
  }

  ~LargeMaster() {
    http_ = nullptr;
    frameworks_.clear();
    agents_.clear();
    master_ = nullptr;
  }

  int port() const { return http_->port(); }
  EventLoop* loop() { return loop_.get(); }

  void AddFrameworks(int count) {
    for (int i = 0; i < count; ++i) {
      v1::scheduler::Call call;
      call.set_type(v1::scheduler::Call::SUBSCRIBE);
      v1::FrameworkInfo* info = call.mutable_subscribe()->mutable_framework_info();
      info->set_user("nobody");
      info->set_name(absl::StrCat("small-", i));
      info->set_failover_timeout(86400);
      Subscribe(std::move(call));
    }
    OnLoop([] {});
  }

  // Something changes that everybody hears of.
  void Change(int number) {
    v1::scheduler::Call call;
    call.set_type(v1::scheduler::Call::SUBSCRIBE);
    v1::FrameworkInfo* info = call.mutable_subscribe()->mutable_framework_info();
    info->set_user("nobody");
    info->set_name(absl::StrCat("change-", number));
    Subscribe(std::move(call));
  }

 private:
  void OnLoop(const std::function<void()>& run) {
    absl::Notification done;
    loop_->Post([&] {
      run();
      done.Notify();
    });
    done.WaitForNotification();
  }

  void Subscribe(v1::scheduler::Call call) {
    frameworks_.push_back(master_->schedulers().Open(std::make_shared<Deaf>(), {"", "bench"}));
    frameworks_.back()->Send(std::move(call));
  }

  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Random> random_ = CreateSeededRandom(1);
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<Allocator> allocator_ = CreateHierarchicalAllocator({}).value();
  std::unique_ptr<Master> master_;
  std::unique_ptr<HttpServer> http_;
  std::atomic<int> back_{0};
  std::vector<std::unique_ptr<Session<v1::scheduler::Call>>> frameworks_;
  std::vector<std::unique_ptr<Session<internal::AgentMessage>>> agents_;
};

double Percentile99(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  return samples[std::min(samples.size() - 1, samples.size() * 99 / 100)];
}

void MeasureState(LargeMaster* master, Figures* figures) {
  TurnWatch watch(master->loop());
  ApiClient client(master->port());
  size_t bytes = 0;
  const double first = SecondsOf([&] { bytes = client.Ask("GET /state"); });
  std::vector<double> alone;
  for (int i = 0; i < 10; ++i) {
    alone.push_back(SecondsOf([&] { client.Ask("GET /state"); }));
  }
  figures->Add("state_json_s", first, Figures::Goal::kAtMost, 1,
               absl::StrCat("the first /state, ", bytes >> 20, " MB, end to end"));
  figures->Add("state_again_s", alone[0], Figures::Goal::kAtMost, 1,
               "the next one, of which nothing has changed");
  figures->Add("state_max_turn_ms", watch.longest() * 1000, Figures::Goal::kAtMost, 20,
               "the longest that the master's loop was busy meanwhile");
  // As dashboards do: each once in ten seconds, at times of their own.
  std::vector<std::vector<double>> samples(kPollers);
  std::vector<std::thread> pollers;
  for (int i = 0; i < kPollers; ++i) {
    pollers.emplace_back([&, i] {
      ApiClient poller(master->port());
      absl::SleepFor(absl::Milliseconds(500 * i));
      for (int round = 0; round < 2; ++round) {
        const double seconds = SecondsOf([&] { poller.Ask("GET /state"); });
        samples[i].push_back(seconds);
        absl::SleepFor(absl::Seconds(10) - absl::Seconds(seconds));
      }
    });
  }
  for (std::thread& poller : pollers) poller.join();
  std::vector<double> together;
  for (const auto& some : samples) together.insert(together.end(), some.begin(), some.end());
  figures->Add("pollers_p99_ratio", Percentile99(together) / Percentile99(alone),
               Figures::Goal::kAtMost, 2, "20 clients, each once in 10 s, against one");
}

void MeasureStreams(LargeMaster* master, Figures* figures) {
  const std::string subscribe = R"({"type":"SUBSCRIBE"})";
  std::vector<std::unique_ptr<ApiClient>> clients;
  const auto open = [&] {
    clients.push_back(std::make_unique<ApiClient>(master->port()));
    clients.back()->Subscribe("/api/v1", subscribe, 2);
  };
  open();
  const double before = ResidentBytes(0);
  while (clients.size() < kSubscribers) open();
  figures->Add("bytes_per_stream", (ResidentBytes(0) - before) / (kSubscribers - 1),
               Figures::Goal::kAtMost, 100 << 10,
               "resident memory of an operator's stream, its client's included");
  std::vector<double> fanouts;
  for (int i = 0; i < 10; ++i) {
    fanouts.push_back(SecondsOf([&] {
      master->Change(i);
      for (const auto& client : clients) client->AwaitChunk(absl::StrCat("change-", i));
    }));
  }
  std::sort(fanouts.begin(), fanouts.end());
  figures->Add("fanout_2000_ms", fanouts.back() * 1000, Figures::Goal::kAtMost, 200,
               "until all 2,000 operators have read a change, the slowest of ten");
}

void MeasureSmallRequests(LargeMaster* master, Figures* figures) {
  constexpr int kConnections = 8;
  constexpr int kRequests = 10'000;
  std::vector<std::thread> clients;
  const double seconds = SecondsOf([&] {
    for (int i = 0; i < kConnections; ++i) {
      clients.emplace_back([&] {
        ApiClient client(master->port());
        for (int n = 0; n < kRequests; ++n) client.Ask("GET /health");
      });
    }
    for (std::thread& client : clients) client.join();
  });
  figures->Add("health_requests_per_s", kConnections * kRequests / seconds, Figures::Goal::kAtLeast,
               30'000, "8 kept connections, a thread each");
}

void MeasureMetrics(LargeMaster* master, Figures* figures) {
  master->AddFrameworks(kManyFrameworks);
  ApiClient client(master->port());
  std::vector<double> taken;
  for (int i = 0; i < 10; ++i) {
    taken.push_back(SecondsOf([&] { client.Ask("GET /metrics/snapshot"); }));
  }
  std::sort(taken.begin(), taken.end());
  figures->Add("metrics_10k_frameworks_ms", taken[taken.size() / 2] * 1000, Figures::Goal::kAtMost,
               100, "/metrics/snapshot, the median of ten");
}

int Run(int agents, int running, int finished) {
  Figures figures;
  {
    LargeMaster master(agents, running, finished);
    MeasureState(&master, &figures);
  }
  {
    LargeMaster master(10, 100, 100);
    MeasureSmallRequests(&master, &figures);
    MeasureStreams(&master, &figures);
    MeasureMetrics(&master, &figures);
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
