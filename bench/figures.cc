#include "bench/figures.h"

#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace mesos::bench {
namespace {

// The rest of the first line of a file that begins with `key`, without colon and blanks.
std::string Lookup(const std::string& path, absl::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!absl::StartsWith(line, key)) continue;
    const size_t start = line.find_first_not_of(" \t:", key.size());
    return start == std::string::npos ? "" : line.substr(start);
  }
  return "";
}

std::string Machine() {
  struct utsname name;
  uname(&name);
  return absl::StrCat(Lookup("/proc/cpuinfo", "model name"), ", ",
                      std::thread::hardware_concurrency(), " cores, ", name.sysname, " ",
                      name.release);
}

}  // namespace

void Figures::Add(absl::string_view name, double value, Goal goal, double target,
                  absl::string_view description) {
  figures_.push_back({std::string(name), value, goal, target, std::string(description)});
}

void Figures::Print() const {
  std::printf("\n%s\n\n%-26s %12s  %-12s  %s\n", Machine().c_str(), "figure", "measured", "target",
              "what");
  std::string json;
  for (const Figure& figure : figures_) {
    const bool at_least = figure.goal == Goal::kAtLeast;
    const bool met = at_least ? figure.value >= figure.target : figure.value <= figure.target;
    std::printf("%-26s %12.6g  %s %-9.6g  %s%s\n", figure.name.c_str(), figure.value,
                at_least ? ">=" : "<=", figure.target, figure.description.c_str(),
                met ? "" : "  (missed)");
    absl::StrAppendFormat(&json, "%s\"%s\": %.6g", json.empty() ? "" : ", ", figure.name,
                          figure.value);
  }
  std::printf("\nFIGURES {%s}\n", json.c_str());
}

double ResidentBytes(int pid) {
  const std::string text =
      Lookup(absl::StrCat("/proc/", pid == 0 ? getpid() : pid, "/status"), "VmRSS");
  double kilobytes = 0;
  if (!absl::SimpleAtod(absl::string_view(text).substr(0, text.find(' ')), &kilobytes)) return 0;
  return kilobytes * 1024;
}

double ThreadCpuSeconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace mesos::bench
