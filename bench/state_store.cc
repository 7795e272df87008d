// Durable commits per second of the LevelDB state store: one at a time, and many in flight.
#include "mesos/state_store.h"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "mesos/event_loop.h"
#include "mesoslib/base/lifetime.h"

namespace mesos {
namespace {

// Keeps `in_flight` commits under way until `total` are answered.
class Committer {
 public:
  Committer(EventLoop* loop, StateStore* store) : loop_(loop), store_(store) {}

  void Run(uint64_t total, uint64_t in_flight) {
    absl::Notification done;
    RunOn(loop_, [&] {
      done_ = &done;
      answers_left_ = total;
      commits_left_ = total;
      for (uint64_t i = 0; i < in_flight && commits_left_ > 0; ++i) CommitNext();
    });
    done.WaitForNotification();
  }

 private:
  void CommitNext() {
    --commits_left_;
    std::string key = absl::StrCat("agents/", version_ % 1000);
    store_->Commit({{std::move(key), std::string(300, 'x')}}, version_++,
                   [this](absl::StatusOr<uint64_t> result) { Answered(result); });
  }

  void Answered(const absl::StatusOr<uint64_t>& result) {
    if (!result.ok()) {
      std::fprintf(stderr, "%s\n", result.status().ToString().c_str());
      std::abort();
    }
    if (commits_left_ > 0) CommitNext();
    if (--answers_left_ == 0) done_->Notify();
  }

  EventLoop* const loop_;
  StateStore* const store_;
  uint64_t version_ = 0;
  uint64_t commits_left_ = 0;
  uint64_t answers_left_ = 0;
  absl::Notification* done_ = nullptr;
};

void BM_Commit(benchmark::State& state) {
  const char* parent = std::getenv("TMPDIR");
  std::string path = absl::StrCat(parent != nullptr ? parent : "/tmp", "/state_store_XXXXXX");
  if (mkdtemp(path.data()) == nullptr) {
    state.SkipWithError("cannot make a temporary folder");
    return;
  }
  auto loop = CreateThreadEventLoop("bench").value();
  auto store = CreateLevelDbStateStore(path, loop.get());
  if (!store.ok()) {
    state.SkipWithError(store.status().ToString().c_str());
    return;
  }
  Committer committer(loop.get(), store->get());
  constexpr uint64_t kCommits = 1000;
  for (auto _ : state) committer.Run(kCommits, static_cast<uint64_t>(state.range(0)));
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kCommits));
  RunOn(loop.get(), [&store] { store->reset(); });
  std::filesystem::remove_all(path);
}
BENCHMARK(BM_Commit)->ArgName("in_flight")->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->UseRealTime();

}  // namespace
}  // namespace mesos

BENCHMARK_MAIN();
