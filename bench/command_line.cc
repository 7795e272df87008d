#include "bench/command_line.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/former_cluster.h"

namespace mesos::bench {
namespace {

constexpr int kRounds = 11;

double SecondsOf(const std::string& program, std::vector<std::string> arguments) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  const absl::Time start = absl::Now();
  pid_t pid = 0;
  int status = posix_spawn(&pid, program.c_str(), &actions, nullptr, argv.data(), environ);
  if (status == 0 && waitpid(pid, &status, 0) != pid) status = -1;
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  posix_spawn_file_actions_destroy(&actions);
  if (status != 0) {
    std::fprintf(stderr, "%s %s has failed\n", program.c_str(), arguments[1].c_str());
    std::exit(1);
  }
  return seconds;
}

}  // namespace

void MeasureCommandLine(const std::string& mesos, int port, Figures* figures) {
  const std::string agent = AgentName(7);
  std::string slowest;
  double longest = 0;
  for (const std::string& command :
       {std::string("agent list"), absl::StrCat("agent inspect ", agent),
        std::string("framework list"), std::string("framework inspect framework1"),
        std::string("task list"), std::string("task inspect task-7-3"), std::string("role list"),
        std::string("quota list"), std::string("weight list"), std::string("offer list"),
        std::string("maintenance status"), std::string("reservation list"),
        std::string("volume list"), std::string("master state"), std::string("master leader"),
        std::string("master metrics")}) {
    std::vector<std::string> arguments = absl::StrSplit(command, ' ');
    arguments.insert(arguments.begin(), "mesos");
    arguments.push_back(absl::StrCat("--master=127.0.0.1:", port));
    std::vector<double> taken;
    for (int i = 0; i < kRounds; ++i) taken.push_back(SecondsOf(mesos, arguments));
    std::sort(taken.begin(), taken.end());
    const double median = taken[kRounds / 2];
    std::fprintf(stderr, "%7.1f ms  mesos %s\n", median * 1000, command.c_str());
    if (median > longest) {
      longest = median;
      slowest = command;
    }
  }
  figures->Add("cli_ms", longest * 1000, Figures::Goal::kAtMost, 50,
               absl::StrCat("'mesos ", slowest,
                            "', the slowest of its commands; 1,000 agents, 10,000 running tasks"));
}

}  // namespace mesos::bench
