// What allocation costs: benchmarks of its steps and of Apache Mesos's own workloads, then, over
// sizes of clusters, the figures that are promised. The last line is for programs.
//
//   third_party/with-deps bazel run -c opt //bench:allocator
//
// With --figures_only, or a --benchmark_filter, only the figures, or those benchmarks.
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "bench/allocator_figures.h"
#include "benchmark/benchmark.h"

int main(int argc, char** argv) {
  bool benchmarks = true, figures = true;
  std::vector<char*> arguments;
  for (int i = 0; i < argc; ++i) {
    const absl::string_view argument = argv[i];
    if (argument == "--figures_only") {
      benchmarks = false;
      continue;
    }
    if (absl::StartsWith(argument, "--benchmark_")) figures = false;
    arguments.push_back(argv[i]);
  }
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 1;
  if (benchmarks) benchmark::RunSpecifiedBenchmarks();
  if (figures) mesos::bench::MeasureAllocator();
}
