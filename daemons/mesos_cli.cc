// mesos: what operators do with a cluster, at a terminal and in scripts. Called as mesos-ps,
// mesos-cat or mesos-tail it is that command. Exit code: 0, 1 where it failed, 2 for wrong use.
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "daemons/cli/app.h"
#include "daemons/cli/command.h"
#include "daemons/cli/http.h"
#include "daemons/cli/process_world.h"
#include "daemons/cli/terminal.h"
#include "daemons/process_flags.h"

// jemalloc reads this. Answers of some megabytes become many small objects: with large pages a
// tenth of the page faults, and two thirds of the time; the process ends before memory would have
// to be returned.
extern "C" {
__attribute__((visibility("default"))) const char* malloc_conf =
    "narenas:1,thp:always,dirty_decay_ms:-1,muzzy_decay_ms:-1";
}

int main(int argc, char** argv) {
  const std::unique_ptr<mesos::cli::Http> http = mesos::cli::CreateHttp();
  std::unique_ptr<mesos::cli::Terminal> terminal = mesos::cli::CreateProcessTerminal();
  mesos::cli::World world;
  world.environment = mesos::ProcessEnvironment();
  world.http = http.get();
  world.terminal = terminal.get();
  world.find_leader = &mesos::cli::FindLeaderAddress;
  world.become = &mesos::cli::BecomeProgram;

  // By a link of that name; anything else is "mesos".
  std::string program = argc > 0 ? argv[0] : "mesos";
  program = program.substr(program.rfind('/') + 1);
  if (program != "mesos-ps" && program != "mesos-cat" && program != "mesos-tail") {
    program = "mesos";
  }
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  const int code = mesos::cli::RunCommandLine(program, arguments, world);
  terminal.reset();  // It may have to give the screen back.
  // All was written. What is left would only be taken apart piece by piece.
  std::fflush(nullptr);
  _exit(code);
}
