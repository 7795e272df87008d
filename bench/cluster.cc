// Measures a whole cluster: throughput in process and over gRPC, latency and throughput of real
// processes through the daemons, and memory. Prints a table and, last, a line for programs.
//
//   bazel run -c opt //bench:cluster
//   bazel run -c opt //bench:cluster -- --only=inprocess,grpc,memory,daemons
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "bench/cluster_parts.h"
#include "bench/figures.h"

int main(int argc, char** argv) {
  std::string only = "memory,inprocess,grpc,daemons";
  for (int i = 1; i < argc; ++i) {
    const absl::string_view argument = argv[i];
    int port = 0;
    if (absl::StartsWith(argument, "--only=")) {
      only = std::string(argument.substr(7));
    } else if (absl::StartsWith(argument, "--peer=") &&
               absl::SimpleAtoi(argument.substr(7), &port)) {
      return mesos::bench::RunGrpcPeer(port);
    } else {
      std::fprintf(stderr,
                   "cluster: unknown argument %s; there is --only=inprocess,grpc,memory,daemons\n",
                   argv[i]);
      return 1;
    }
  }
  const std::vector<std::string> parts = absl::StrSplit(only, ',');
  mesos::bench::Figures figures;
  for (const std::string& part : parts) {
    std::fprintf(stderr, "measuring %s ...\n", part.c_str());
    if (part == "inprocess") {
      mesos::bench::MeasureInProcess(&figures);
    } else if (part == "grpc") {
      mesos::bench::MeasureGrpc("/proc/self/exe", &figures);
    } else if (part == "memory") {
      mesos::bench::MeasureMemory(&figures);
    } else if (part == "daemons") {
      mesos::bench::MeasureDaemons("daemons", &figures);
    } else {
      std::fprintf(stderr, "cluster: --only knows no %s\n", part.c_str());
      return 1;
    }
  }
  figures.Print();
  return 0;
}
