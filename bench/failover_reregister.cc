#include "bench/failover_reregister.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "bench/figures.h"
#include "bench/former_cluster.h"
#include "mesos/allocator.h"
#include "mesos/event_loop.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/internal/registry.pb.h"
#include "mesos/master.h"
#include "mesos/random.h"
#include "mesos/resources.h"
#include "mesos/state_store.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/simulated_event_loop.h"
#include "mesoslib/master/registrar.h"

namespace mesos::bench {
namespace {

using internal::AgentMessage;
using internal::MasterMessage;
using v1::scheduler::Call;

// Counts, and forgets.
struct Ear final : Sink<MasterMessage> {
  explicit Ear(int* back) : registered(back) {}
  void Deliver(MasterMessage message) override { *registered += message.has_reregistered(); }
  void Closed(absl::Status) override {}
  int* registered;
};

class Scene {
 public:
  Scene(int agents, int64_t tasks, int64_t history)
      : agent_count_(agents), tasks_each_(tasks / agents), finished_each_(history / agents) {
    CommitRegistry(agent_count_, store_.get());
    loop_.Settle();
    MasterOptions options;
    options.max_completed_tasks_per_framework =
        std::max<int64_t>(1000, history / kFormerFrameworks);
    master_ =
        CreateMaster(options, {&loop_, random_.get(), store_.get(), allocator_.get()}).value();
    master_->Start([](absl::Status status) {
      if (!status.ok()) std::abort();
    });
    loop_.Settle();
  }

  ~Scene() {
    sessions_.clear();
    frameworks_.clear();
    loop_.Settle();
    master_ = nullptr;
    loop_.Settle();
  }

  ReregisterResult Run() {
    if (finished_each_ > 0) MakeHistory();
    for (int i = 0; i < kFormerFrameworks / 2; ++i) Subscribe(i);
    loop_.Settle();
    std::vector<AgentMessage> messages;
    for (int i = 0; i < agent_count_; ++i) messages.push_back(MakeReregister(i, tasks_each_, 0));
    back_ = 0;
    const double start = ThreadCpuSeconds();
    for (int i = 0; i < agent_count_; ++i) Send(i, std::move(messages[i]));
    double longest = Settle();
    for (int i = kFormerFrameworks / 2; i < kFormerFrameworks; ++i) Subscribe(i);
    longest = std::max(longest, Settle());
    const double seconds = ThreadCpuSeconds() - start;
    if (back_ != agent_count_) std::abort();
    return {seconds, longest * 1000};
  }

 private:
  // Runs what is posted, and what that posts; the longest callback, in seconds.
  double Settle() {
    double longest = 0;
    double last = ThreadCpuSeconds();
    // A marker goes round the queue; no chain of messages here is longer than these rounds.
    for (int round = 0; round < 200; ++round) {
      bool passed = false;
      loop_.Post([&passed] { passed = true; });
      while (!passed) {
        loop_.Step();
        const double now = ThreadCpuSeconds();
        longest = std::max(longest, now - std::exchange(last, now));
      }
    }
    return longest;
  }

  void Send(int agent, AgentMessage message) {
    sessions_.resize(agent_count_);
    sessions_[agent] =
        master_->agents().Open(std::make_shared<Ear>(&back_), {"", absl::StrCat(agent, ":0")});
    sessions_[agent]->Send(std::move(message));
  }

  void Subscribe(int number) {
    frameworks_.resize(kFormerFrameworks);
    if (frameworks_[number] != nullptr) return;
    frameworks_[number] =
        master_->schedulers().Open(std::make_shared<DeafScheduler>(), {"", "bench"});
    frameworks_[number]->Send(MakeSubscribe(number));
  }

  // Agents tell of finished tasks, and their frameworks acknowledge them.
  void MakeHistory() {
    for (int i = 0; i < kFormerFrameworks; ++i) Subscribe(i);
    loop_.Settle();
    for (int agent = 0; agent < agent_count_; ++agent) {
      Send(agent, MakeReregister(agent, tasks_each_, finished_each_));
      loop_.Settle();
      for (int64_t i = tasks_each_; i < tasks_each_ + finished_each_; ++i) {
        const int number = static_cast<int>(i);
        frameworks_[number % kFormerFrameworks]->Send(MakeAcknowledge(agent, number));
      }
      loop_.Settle();
    }
    sessions_.clear();
    loop_.Settle();
  }

  const int agent_count_;
  const int64_t tasks_each_;
  const int64_t finished_each_;
  SimulatedEventLoop loop_;
  std::unique_ptr<Random> random_ = CreateSeededRandom(1);
  std::unique_ptr<StateStore> store_ = CreateMemoryStateStore(&loop_).value();
  std::unique_ptr<Allocator> allocator_ = CreateHierarchicalAllocator({}).value();
  std::unique_ptr<Master> master_;
  int back_ = 0;
  std::vector<std::unique_ptr<Session<Call>>> frameworks_;
  std::vector<std::unique_ptr<Session<AgentMessage>>> sessions_;
};

// Runs `change` for each agent, one call after the other, and waits until all are durable.
double TimeChanges(EventLoop* loop, int agents,
                   const std::function<void(int, master::Registrar::Done)>& change) {
  absl::Notification finished;
  int left = agents;
  const absl::Time start = absl::Now();
  loop->Post([&] {
    for (int i = 0; i < agents; ++i) {
      change(i, [&](const absl::Status& status) {
        if (!status.ok()) std::abort();
        if (--left == 0) finished.Notify();
      });
    }
  });
  finished.WaitForNotification();
  return absl::ToDoubleSeconds(absl::Now() - start);
}

}  // namespace

ReregisterResult Reregister(int agents, int64_t tasks, int64_t history) {
  return Scene(agents, tasks, history).Run();
}

void MeasureReregister(Figures* figures) {
  const ReregisterResult result = Reregister(40'000, 400'000, 0);
  figures->Add("reregister_40k_400k_s", result.seconds, Figures::Goal::kAtMost, 5,
               "40,000 agents with 400,000 tasks are back after a failover, seconds of one core");
  figures->Add("reregister_max_turn_ms", result.max_turn_ms, Figures::Goal::kAtMost, 100,
               "the longest turn of the master's loop meanwhile, ms");
  figures->Add("reregister_with_history_s", Reregister(40'000, 400'000, 4'000'000).seconds,
               Figures::Goal::kAtMost, 10, "the same with 4,000,000 finished tasks in history");
}

void MeasureRegistry(Figures* figures) {
  constexpr int kAgents = 50'000;
  const std::string path =
      absl::StrCat(std::filesystem::temp_directory_path().string(), "/bench-registry-", getpid());
  std::unique_ptr<EventLoop> loop = CreateThreadEventLoop("bench").value();
  std::unique_ptr<StateStore> store = CreateLevelDbStateStore(path, loop.get()).value();
  std::unique_ptr<master::Registrar> registrar;
  absl::Notification recovered;
  loop->Post([&] {
    registrar = std::make_unique<master::Registrar>(master::Registrar::Options{}, store.get(),
                                                    loop.get(), Logger(nullptr),
                                                    [](const absl::Status&) { std::abort(); });
    registrar->Recover(v1::MasterInfo(), "bench", [&](const auto& contents) {
      if (!contents.ok()) std::abort();
      recovered.Notify();
    });
  });
  recovered.WaitForNotification();
  std::vector<v1::AgentInfo> infos;
  for (int i = 0; i < kAgents; ++i) infos.push_back(MakeAgentInfo(i));
  const double admitted = TimeChanges(loop.get(), kAgents, [&](int i, auto done) {
    registrar->Admit(AgentId(AgentName(i)), infos[i], std::move(done));
  });
  const double marked = TimeChanges(loop.get(), kAgents, [&](int i, auto done) {
    registrar->MarkUnreachable(AgentId(AgentName(i)), absl::Now(), std::move(done));
  });
  RunOn(loop.get(), [&] { registrar = nullptr; });
  store = nullptr;
  std::filesystem::remove_all(path);
  figures->Add(
      "registry_50k_s", std::max(admitted, marked), Figures::Goal::kAtMost, 2,
      "50,000 agents admitted, then marked unreachable, on LevelDB: the slower of both, s");
}

}  // namespace mesos::bench
