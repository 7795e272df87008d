// Measures what embedding the library costs its host: compiling the examples, the size of the
// shared library, and the start and the memory of a process that only holds a master. Everything is
// built outside of Bazel, with g++ and pkg-config, against an installation made for the purpose.
// Prints a table and, last, a line for programs.
//
//   bazel run -c opt //bench:embedding
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/figures.h"

namespace mesos::bench {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Runs it with a shell; ends this program where it fails.
void Run(const std::string& command) {
  if (system(command.c_str()) == 0) return;
  std::fprintf(stderr, "embedding: this has failed: %s\n", command.c_str());
  exit(1);
}

class Installation {
 public:
  Installation() {
    folder_ = (std::filesystem::temp_directory_path() / "mesoslib-bench-XXXXXX").string();
    if (mkdtemp(folder_.data()) == nullptr) exit(1);
    Run("RUNFILES_DIR=\"$(dirname \"$PWD\")\" mesoslib/install/install --prefix=" + folder_ +
        " >/dev/null");
  }
  ~Installation() { std::filesystem::remove_all(folder_); }

  // Compiles and links; how long that took.
  double Compile(const std::string& source, const std::string& flags, const std::string& to) const {
    const Clock::time_point start = Clock::now();
    Run("PKG_CONFIG_PATH=" + folder_ + "/lib/pkgconfig; export PKG_CONFIG_PATH; g++ " + flags +
        " " + source + " $(pkg-config --cflags --libs mesoslib) -o " + folder_ + "/" + to);
    return SecondsSince(start);
  }

  double LibraryMegabytes() const {
    return static_cast<double>(std::filesystem::file_size(folder_ + "/lib/libmesoslib.so.1")) /
           (1 << 20);
  }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

struct Host {
  double start_ms = 0;
  double rss_mb = 0;
};

// Starts the process, waits for its first line, looks at its memory, and ends it.
Host StartHost(const Installation& installation) {
  int input[2], output[2];
  if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0) exit(1);
  const std::string program = installation.path("host");
  const std::string library_path = "LD_LIBRARY_PATH=" + installation.path("lib");
  char* arguments[] = {const_cast<char*>(program.c_str()), nullptr};
  char* environment[] = {const_cast<char*>(library_path.c_str()), nullptr};
  const Clock::time_point start = Clock::now();
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(input[0], STDIN_FILENO);
    dup2(output[1], STDOUT_FILENO);
    execve(program.c_str(), arguments, environment);
    _exit(127);
  }
  close(output[1]);
  char first = 0;
  const bool leads = read(output[0], &first, 1) == 1;
  Host host = {.start_ms = SecondsSince(start) * 1e3, .rss_mb = ResidentBytes(pid) / (1 << 20)};
  for (int fd : {input[0], input[1], output[0]}) close(fd);
  waitpid(pid, nullptr, 0);
  if (!leads) {
    std::fprintf(stderr, "embedding: %s does not start\n", program.c_str());
    exit(1);
  }
  return host;
}

void Measure(Figures* figures) {
  const Installation installation;
  double compile_s = 0;
  for (const char* example : {"embed_cluster", "scheduler", "executor", "embed_agent"}) {
    std::fprintf(stderr, "compiling %s ...\n", example);
    const std::string source = installation.path("share/doc/mesoslib/examples/") + example + ".cc";
    compile_s = std::max(compile_s, installation.Compile(source, "", example));
  }
  figures->Add("compile_s", compile_s, Figures::Goal::kAtMost, 10,
               "the slowest of the four examples, compiled and linked");
  figures->Add("stripped_mb", installation.LibraryMegabytes(), Figures::Goal::kAtMost, 12,
               "libmesoslib.so, stripped");
  installation.Compile("bench/embedded_master_host.cc", "-O2", "host");
  std::vector<double> starts, memories;
  for (int i = 0; i < 21; ++i) {
    const Host host = StartHost(installation);
    starts.push_back(host.start_ms);
    memories.push_back(host.rss_mb);
  }
  figures->Add("embedded_master_start_ms", Median(starts), Figures::Goal::kAtMost, 20,
               "from fork until a master with memory storage leads, median of 21");
  figures->Add("embedded_master_rss_mb", Median(memories), Figures::Goal::kAtMost, 15,
               "resident memory of that process");
}

}  // namespace
}  // namespace mesos::bench

int main() {
  mesos::bench::Figures figures;
  mesos::bench::Measure(&figures);
  figures.Print();
}
