// mesos-execute: runs one task on a cluster and follows it to its end. Exit code: 0 when it is
// TASK_FINISHED, 2 for wrong use, otherwise 1.
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>

#include "daemons/execute_flags.h"
#include "daemons/execute_scheduler.h"
#include "daemons/process_flags.h"
#include "mesos/event_loop.h"
#include "mesos/random.h"
#include "mesos/rpc.h"
#include "mesos/scheduler.h"
#include "mesos/version.h"

namespace mesos {
namespace {

int Fail(const std::string& message, int code) {
  std::fprintf(stderr, "mesos-execute: %s\n", message.c_str());
  return code;
}

int Run(const ExecuteJob& job, const ExecuteFlags& flags) {
  const std::unique_ptr<Random> random = CreateSystemRandom();
  const std::unique_ptr<SchedulerEndpoint> master = CreateGrpcSchedulerEndpoint(job.master_address);
  ExecuteLog log;
  std::unique_ptr<SchedulerDriver> driver;
  const std::unique_ptr<EventLoop> loop = CreateThreadEventLoop("mesos-execute");
  ExecuteScheduler scheduler(loop.get(), job.task, job.resources, flags.kill_after);
  auto created =
      CreateSchedulerDriver({.framework = job.framework, .implicit_acknowledgements = false},
                            {loop.get(), random.get(), master.get(), &scheduler, &log});
  if (!created.ok()) return Fail(std::string(created.status().message()), 1);
  driver = *std::move(created);
  driver->Start();
  const bool ended = scheduler.finished().WaitForNotificationWithTimeout(
      flags.timeout.value_or(absl::InfiniteDuration()));
  if (!ended) loop->Post([&] { scheduler.End(*driver); });
  scheduler.finished().WaitForNotification();
  driver.reset();
  if (!ended) return Fail("gave up after --timeout", 1);
  return scheduler.succeeded() ? 0 : 1;
}

int Main(int argc, char** argv) {
  FlagSet flag_set("mesos-execute", "Runs one task on a cluster and follows it to its end.");
  ExecuteFlags flags;
  flags.AddTo(&flag_set);
  const absl::Status parsed = ParseProcessFlags(argc, argv, &flag_set);
  if (flag_set.help_requested()) {
    std::fputs(flag_set.Help().c_str(), stdout);
    return 0;
  }
  if (flags.version) {
    std::puts("mesos-execute " MESOS_VERSION);
    return 0;
  }
  if (!parsed.ok()) return Fail(std::string(parsed.message()), 2);
  const absl::StatusOr<ExecuteJob> job = ReadExecuteJob(flags);
  if (!job.ok()) return Fail(std::string(job.status().message()), 2);
  return Run(*job, flags);
}

}  // namespace
}  // namespace mesos

// Ends without the destructors of static objects, gRPC's and protobuf's among them, which only cost
// time: all that was sent is out, all that was said is flushed.
int main(int argc, char** argv) {
  const int code = mesos::Main(argc, argv);
  std::fflush(nullptr);
  _exit(code);
}
