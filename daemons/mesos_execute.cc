// mesos-execute: runs a task, or a group of them, on a cluster and follows it to its end. Exit
// code: 0 when all are TASK_FINISHED, 2 for wrong use, otherwise 1.
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>

#include "daemons/execute_flags.h"
#include "daemons/execute_scheduler.h"
#include "daemons/master_location.h"
#include "daemons/package_upload.h"
#include "daemons/process_flags.h"
#include "mesos/event_loop.h"
#include "mesos/random.h"
#include "mesos/rpc.h"
#include "mesos/scheduler.h"
#include "mesos/version.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

int Fail(const std::string& message, int code) {
  std::fprintf(stderr, "mesos-execute: %s\n", message.c_str());
  return code;
}

absl::StatusOr<bool> Follow(const ExecuteJob& job, const ExecuteFlags& flags) {
  if (job.upload.has_value()) RETURN_IF_ERROR(Upload(*job.upload));
  const std::unique_ptr<Random> random = CreateSystemRandom();
  ExecuteLog log;
  ASSIGN_OR_RETURN(const std::unique_ptr<EventLoop> loop, CreateThreadEventLoop("mesos-execute"));
  ASSIGN_OR_RETURN(const MasterWay<SchedulerEndpoint> master,
                   FindMasterOfSchedulers(flags.master, absl::Seconds(10), loop.get(), &log));
  std::unique_ptr<SchedulerDriver> driver;
  ExecuteScheduler scheduler(loop.get(), job.work, flags.kill_after);
  ASSIGN_OR_RETURN(
      driver,
      CreateSchedulerDriver({.framework = job.framework, .implicit_acknowledgements = false},
                            {loop.get(), random.get(), master.endpoint.get(), &scheduler, &log}));
  RETURN_IF_ERROR(driver->Start());
  const bool ended = scheduler.finished().WaitForNotificationWithTimeout(
      flags.timeout.value_or(absl::InfiniteDuration()));
  if (!ended) loop->Post([&] { scheduler.End(*driver); });
  scheduler.finished().WaitForNotification();
  driver.reset();
  if (!ended) return absl::DeadlineExceededError("gave up after --timeout");
  return scheduler.succeeded();
}

int Main(int argc, char** argv) {
  FlagSet flag_set("mesos-execute",
                   "Runs a task, or a group of them, on a cluster and follows it to its end.");
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
  const absl::StatusOr<bool> succeeded = Follow(*job, flags);
  if (!succeeded.ok()) return Fail(std::string(succeeded.status().message()), 1);
  return *succeeded ? 0 : 1;
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
