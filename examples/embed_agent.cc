// An agent inside a service that has an event loop, a log and metrics of its own: the agent runs on
// the service's main thread, writes to its log, and its numbers are among the service's.
//
//   g++ embed_agent.cc $(pkg-config --cflags --libs mesoslib) -o embed_agent
//   ./embed_agent 10.0.0.1:5060 /var/lib/agent   # The master's gRPC port; SIGINT ends it.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "mesos/agent.h"
#include "mesos/containerizer.h"
#include "mesos/event_loop.h"
#include "mesos/log.h"
#include "mesos/random.h"
#include "mesos/rpc.h"
#include "mesos/state_store.h"
#include "mesos/v1/agent/agent.pb.h"

std::atomic<bool> interrupted = false;

// The service's loop: its main thread, which runs what is due, one thing after the other.
class MainLoop final : public mesos::EventLoop {
 public:
  absl::Time Now() const override {
    return start_ + absl::FromChrono(std::chrono::steady_clock::now() - steady_start_);
  }
  absl::Time WallTime() const override { return absl::Now(); }
  void Post(Callback callback) override { PostAt(absl::InfinitePast(), std::move(callback)); }
  mesos::TimerId PostAt(absl::Time when, Callback callback) override {
    const std::lock_guard lock(mutex_);
    queue_.emplace(std::pair(when, ++last_), std::move(callback));
    wake_.notify_one();
    return last_;
  }
  void Cancel(mesos::TimerId timer) override {
    Queue::node_type cancelled;  // Destroyed after the lock is.
    const std::lock_guard lock(mutex_);
    auto found = queue_.begin();
    while (found != queue_.end() && found->first.second != timer) ++found;
    if (found != queue_.end()) cancelled = queue_.extract(found);
  }
  bool InLoop() const override { return std::this_thread::get_id() == thread_; }

  void RunUntil(const std::atomic<bool>& end) {
    while (!end) {
      std::unique_lock lock(mutex_);
      const auto due_now = [&] { return !queue_.empty() && queue_.begin()->first.first <= Now(); };
      if (!wake_.wait_for(lock, std::chrono::milliseconds(5), due_now)) continue;  // A signal?
      auto due = queue_.extract(queue_.begin());
      lock.unlock();
      due.mapped()();
    }
  }

 private:
  using Queue = std::map<std::pair<absl::Time, mesos::TimerId>, Callback>;  // As due, as posted.
  const absl::Time start_ = absl::Now();
  const std::chrono::steady_clock::time_point steady_start_ = std::chrono::steady_clock::now();
  const std::thread::id thread_ = std::this_thread::get_id();
  std::mutex mutex_;
  std::condition_variable wake_;
  mesos::TimerId last_ = 0;
  Queue queue_;
};

class ServiceLog final : public mesos::LogSink {
  void Log(mesos::LogLevel level, absl::string_view line) override {
    std::printf("[%s] %.*s\n", level == mesos::LogLevel::kInfo ? "info" : "PROBLEM",
                static_cast<int>(line.size()), line.data());
  }
};

void ReportMetrics(MainLoop* loop, mesos::Agent* agent) {
  mesos::v1::agent::Call call;
  call.set_type(mesos::v1::agent::Call::GET_METRICS);
  call.mutable_get_metrics();
  agent->CallOperator(call, {}, [](absl::StatusOr<mesos::v1::agent::Response> response) {
    if (!response.ok()) return;
    for (const mesos::v1::Metric& metric : response->get_metrics().metrics()) {
      std::printf("service/%s %g\n", metric.name().c_str(), metric.value());
    }
  });
  loop->PostAt(loop->Now() + absl::Seconds(1), [=] { ReportMetrics(loop, agent); });
}

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("Usage: embed_agent HOST:PORT WORK_DIR\n", stderr), 2;
  std::signal(SIGINT, [](int) { interrupted = true; });
  MainLoop loop;
  ServiceLog log;
  auto random = mesos::CreateSystemRandom();
  auto master = mesos::CreateGrpcAgentEndpoint(argv[1]).value();
  mesos::AgentOptions options;
  options.work_dir = argv[2];
  auto checkpoints = mesos::CreateLevelDbStateStore(options.work_dir + "/meta", &loop).value();
  auto containerizer =
      mesos::CreateMesosContainerizer({.runtime_dir = options.work_dir + "/run"}, {&loop, &log})
          .value();
  options.resources = mesos::Resources::Parse("cpus:2;mem:512").value();
  auto agent = mesos::CreateAgent(options, {&loop, random.get(), master.get(), containerizer.get(),
                                            checkpoints.get(), &log})
                   .value();
  agent->Start([&](absl::Status status) { std::printf("agent: %s\n", status.ToString().c_str()); });
  ReportMetrics(&loop, agent.get());
  loop.RunUntil(interrupted);

  std::atomic<bool> gone = false;  // Its containers end with the service.
  agent->Shutdown([&](absl::Status) { gone = true; });
  loop.RunUntil(gone);
}
