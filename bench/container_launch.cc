// What it costs to run /bin/true in a container: sandbox, supervisor, task, status, all real.
#include <dirent.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "benchmark/benchmark.h"
#include "mesos/containerizer.h"
#include "mesos/event_loop.h"

namespace mesos {
namespace {

double CpuSeconds(int who) {
  rusage usage;
  getrusage(who, &usage);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Launcher {
 public:
  Launcher() {
    std::string root =
        (std::filesystem::temp_directory_path() / "container_launch.XXXXXX").string();
    root_ = mkdtemp(root.data());
    loop_ = CreateThreadEventLoop("bench").value();
    MesosContainerizerOptions options;
    options.runtime_dir = absl::StrCat(root_, "/run");
    containerizer_ = *CreateMesosContainerizer(options, {loop_.get(), nullptr});
  }
  ~Launcher() {
    containerizer_.reset();
    std::filesystem::remove_all(root_);
  }

  // `count` containers at once, from their launch until their ends are known. False: one failed.
  bool RunAll(int count) {
    absl::BlockingCounter left(count);
    std::atomic<bool> good = true;
    loop_->Post([&] {
      for (int i = 0; i < count; ++i) {
        const ContainerId id(absl::StrCat("c", ++last_));
        containerizer_->Launch(id, Config(id), [&](absl::Status status) {
          if (!status.ok()) good = false;
        });
        containerizer_->Wait(id, [&](absl::StatusOr<ContainerTermination> end) {
          if (!end.ok() || end->wait_status != 0) good = false;
          left.DecrementCount();
        });
      }
    });
    left.Wait();
    return good;
  }

 private:
  ContainerConfig Config(const ContainerId& id) const {
    ContainerConfig config;
    config.command.set_shell(false);
    config.command.set_value("/bin/true");
    config.environment["PATH"] = "/usr/bin:/bin";
    config.directory = absl::StrCat(root_, "/executors/e/runs/", id.value());
    return config;
  }

  std::string root_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Containerizer> containerizer_;
  int last_ = 0;
};

void BM_RunTrue(benchmark::State& state) {
  Launcher launcher;
  const int at_once = static_cast<int>(state.range(0));
  const double own = CpuSeconds(RUSAGE_SELF);
  const double children = CpuSeconds(RUSAGE_CHILDREN);
  for (auto _ : state) {
    if (!launcher.RunAll(at_once)) state.SkipWithError("a container failed");
  }
  const double runs = static_cast<double>(state.iterations()) * at_once;
  state.SetItemsProcessed(static_cast<int64_t>(runs));
  state.counters["host_cpu_us"] = (CpuSeconds(RUSAGE_SELF) - own) / runs * 1e6;
  state.counters["container_cpu_us"] = (CpuSeconds(RUSAGE_CHILDREN) - children) / runs * 1e6;
}
BENCHMARK(BM_RunTrue)->Arg(1)->Arg(8)->Arg(100)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mesos

BENCHMARK_MAIN();
