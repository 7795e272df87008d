#include "bench/large_master.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/former_cluster.h"

namespace mesos::bench {
namespace {

using v1::scheduler::Call;

Call NewFramework(const std::string& name) {
  Call call;
  call.set_type(Call::SUBSCRIBE);
  v1::FrameworkInfo* info = call.mutable_subscribe()->mutable_framework_info();
  info->set_user("nobody");
  info->set_name(name);
  info->set_failover_timeout(86400);
  return call;
}

}  // namespace

void LargeMaster::Warnings::Log(LogLevel level, absl::string_view line) {
  if (level == LogLevel::kInfo) return;
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

LargeMaster::LargeMaster(int agents, int running, int finished)
    : loop_(CreateThreadEventLoop("master").value()),
      random_(CreateSeededRandom(1)),
      store_(CreateMemoryStateStore(loop_.get()).value()),
      allocator_(CreateHierarchicalAllocator({}).value()) {
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
                            .max_event_subscribers = 10'000,
                            .log = &log_})
              .value();
  for (int i = 0; i < kFormerFrameworks; ++i) Subscribe(MakeSubscribe(i));
  for (int agent = 0; agent < agents; ++agent) {
    agents_.push_back(std::make_unique<BareAgent>(
        master_.get(), MakeReregister(agent, running / agents, finished / agents),
        absl::StrCat("10.0.0.1:", agent), BareAgent::Tasks::kFinish));
    for (int i = running / agents; i < running / agents + finished / agents; ++i) {
      frameworks_[static_cast<size_t>(i % kFormerFrameworks)]->Send(MakeAcknowledge(agent, i));
    }
    // The loop's queue stays short.
    while (agent >= 50 && !agents_[static_cast<size_t>(agent - 50)]->registered()) {
      absl::SleepFor(absl::Microseconds(100));
    }
  }
  while (!agents_.back()->registered()) absl::SleepFor(absl::Milliseconds(1));
  OnLoop([] {});
}

LargeMaster::~LargeMaster() {
  http_ = nullptr;
  OnLoop([this] {
    frameworks_.clear();
    agents_.clear();
  });
  master_ = nullptr;
}

void LargeMaster::OnLoop(const std::function<void()>& run) {
  absl::Notification done;
  loop_->Post([&] {
    run();
    done.Notify();
  });
  done.WaitForNotification();
}

void LargeMaster::Subscribe(Call call) {
  frameworks_.push_back(
      master_->schedulers().Open(std::make_shared<DeafScheduler>(), {"", "bench"}));
  frameworks_.back()->Send(std::move(call));
}

void LargeMaster::AddFrameworks(int count) {
  for (int i = 0; i < count; ++i) Subscribe(NewFramework(absl::StrCat("small-", i)));
  OnLoop([] {});
}

void LargeMaster::RemoveFrameworks() {
  OnLoop([this] { frameworks_.clear(); });
  OnLoop([] {});
}

void LargeMaster::Change(const std::string& name) { Subscribe(NewFramework(name)); }

}  // namespace mesos::bench
