// chaos_scheduler: a framework that keeps 200 short tasks and 20 long ones going, whatever happens
// to it and to everybody else. Killed and started again it comes back under its id, and knows from
// its journal what it has launched.
//
// In --folder: `journal`; where `drain` appears, no short task is launched any more; where `end`
// appears, the framework is torn down and the program ends.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemons/master_location.h"
#include "daemons/process_flags.h"
#include "daemons/testing/chaos_journal.h"
#include "mesos/event_loop.h"
#include "mesos/random.h"
#include "mesos/resources.h"
#include "mesos/scheduler.h"
#include "mesos/task_states.h"
#include "mesoslib/base/flags.h"
#include "mesoslib/base/notification.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

constexpr size_t kShortTasks = 200;
constexpr size_t kLongTasks = 20;
constexpr size_t kTasksAtOnce = 20;
constexpr double kCpus = 0.1;
constexpr double kMegabytes = 8;
constexpr absl::Duration kTick = absl::Seconds(1);
constexpr int kTicksToReconcile = 3;

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

class StdoutLog final : public LogSink {
 public:
  void Log(LogLevel /*level*/, absl::string_view line) override {
    std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
    std::fflush(stdout);
  }
};

class ChaosScheduler final : public Scheduler {
 public:
  ChaosScheduler(const std::string& folder, EventLoop* loop, Random* random)
      : folder_(folder), journal_(folder + "/journal"), loop_(loop), random_(random) {}

  const std::string& framework() const { return journal_.framework(); }
  Notification& ended() { return ended_; }

  // On the loop, every second.
  void Tick(SchedulerDriver& driver) {
    if (Exists(folder_ + "/end")) {
      driver.Stop().IgnoreError();
      return ended_.Notify();
    }
    draining_ = Exists(folder_ + "/drain");
    if (subscribed_ && ++ticks_ % kTicksToReconcile == 0) Reconcile(driver);
    if (subscribed_ && !draining_) KillOne(driver);
    if (subscribed_ && Needed() > 0) driver.ReviveOffers().IgnoreError();
    loop_->PostAt(loop_->Now() + kTick, [this, &driver] { Tick(driver); });
  }

  void Registered(SchedulerDriver& driver, const v1::FrameworkID& id,
                  const v1::MasterInfo&) override {
    if (journal_.framework() != id.value()) journal_.SetFramework(id.value());
    subscribed_ = true;
    Reconcile(driver);
  }
  void Reregistered(SchedulerDriver& driver, const v1::MasterInfo&) override {
    subscribed_ = true;
    Reconcile(driver);
  }
  void Disconnected(SchedulerDriver&) override { subscribed_ = false; }

  void ResourceOffers(SchedulerDriver& driver, const std::vector<v1::Offer>& offers) override {
    for (const v1::Offer& offer : offers) Use(driver, offer);
  }

  void StatusUpdate(SchedulerDriver& driver, const v1::TaskStatus& status) override {
    journal_.Update(status);
    if (!status.uuid().empty()) driver.AcknowledgeStatusUpdate(status).IgnoreError();
  }

  void Error(SchedulerDriver&, const std::string& message) override {
    std::printf("ERROR: %s\n", message.c_str());
    std::fflush(stdout);
    ended_.Notify();
  }

 private:
  size_t Needed() const {
    const size_t long_tasks = journal_.active(/*is_long=*/true).size();
    const size_t short_tasks = journal_.active(/*is_long=*/false).size();
    size_t needed = kLongTasks - std::min(kLongTasks, long_tasks);
    if (!draining_) needed += kShortTasks - std::min(kShortTasks, short_tasks);
    return needed;
  }

  void Use(SchedulerDriver& driver, const v1::Offer& offer) {
    Resources offered = Resources::FromProto(offer.resources()).value();
    offered.Unallocate();
    const Resources one =
        Resources::Parse(absl::StrCat("cpus:", kCpus, ";mem:", kMegabytes)).value();
    std::vector<v1::TaskInfo> tasks;
    const size_t needed = std::min(Needed(), kTasksAtOnce);
    while (tasks.size() < needed && offered.Contains(one)) {
      offered -= one;
      tasks.push_back(MakeTask(offer.agent_id(), one));
    }
    v1::Filters filters;
    filters.set_refuse_seconds(1);
    if (tasks.empty()) {
      driver.DeclineOffers({offer.id()}, filters).IgnoreError();
    } else {
      driver.LaunchTasks({offer.id()}, tasks, filters).IgnoreError();
    }
  }

  // Long tasks first.
  v1::TaskInfo MakeTask(const v1::AgentID& agent, const Resources& resources) {
    const bool is_long = journal_.active(/*is_long=*/true).size() < kLongTasks;
    v1::TaskInfo task;
    const std::string id = absl::StrCat(is_long ? "long-" : "short-", random_->Next());
    task.mutable_task_id()->set_value(id);
    task.set_name(id);
    *task.mutable_agent_id() = agent;
    resources.ToProto(task.mutable_resources());
    const uint64_t seconds = is_long ? 100'000 : 2 + random_->Next() % 9;
    task.mutable_command()->set_value(absl::StrCat("exec sleep ", seconds));
    auto* variable = task.mutable_command()->mutable_environment()->add_variables();
    variable->set_name("CHAOS_TASK");
    variable->set_value(absl::StrCat(folder_, "|", id));
    journal_.Launch(id, agent.value(), is_long);
    return task;
  }

  void Reconcile(SchedulerDriver& driver) {
    std::vector<v1::TaskStatus> tasks;
    for (bool is_long : {false, true}) {
      for (const std::string& id : journal_.active(is_long)) {
        v1::TaskStatus& status = tasks.emplace_back();
        status.mutable_task_id()->set_value(id);
        status.mutable_agent_id()->set_value(journal_.tasks().at(id).agent);
        status.set_state(journal_.tasks().at(id).state);
      }
    }
    if (!tasks.empty()) driver.ReconcileTasks(tasks).IgnoreError();
  }

  void KillOne(SchedulerDriver& driver) {
    const std::set<std::string> active = journal_.active(/*is_long=*/false);
    if (active.empty()) return;
    v1::TaskID id;
    id.set_value(
        *std::next(active.begin(), static_cast<ptrdiff_t>(random_->Next() % active.size())));
    journal_.Kill(id.value());
    driver.KillTask(id).IgnoreError();
  }

  const std::string folder_;
  ChaosJournal journal_;
  EventLoop* const loop_;
  Random* const random_;
  bool subscribed_ = false;
  bool draining_ = false;
  int ticks_ = 0;
  Notification ended_;
};

absl::Status Run(const MasterLocation& master, const std::string& folder) {
  StdoutLog log;
  const std::unique_ptr<Random> random = CreateSystemRandom();
  ASSIGN_OR_RETURN(const std::unique_ptr<EventLoop> loop, CreateThreadEventLoop("chaos"));
  ASSIGN_OR_RETURN(const MasterWay<SchedulerEndpoint> way,
                   FindMasterOfSchedulers(master, absl::Seconds(2), loop.get(), &log));
  ChaosScheduler scheduler(folder, loop.get(), random.get());
  v1::FrameworkInfo framework;
  framework.set_name("chaos");
  framework.set_user("");
  framework.set_checkpoint(true);
  framework.set_failover_timeout(3600);
  framework.add_capabilities()->set_type(v1::FrameworkInfo::Capability::PARTITION_AWARE);
  if (!scheduler.framework().empty()) framework.mutable_id()->set_value(scheduler.framework());
  ASSIGN_OR_RETURN(
      const std::unique_ptr<SchedulerDriver> driver,
      CreateSchedulerDriver({.framework = framework,
                             .implicit_acknowledgements = false,
                             .max_registration_backoff = absl::Seconds(1)},
                            {loop.get(), random.get(), way.endpoint.get(), &scheduler, &log}));
  RETURN_IF_ERROR(driver->Start());
  loop->Post([&] { scheduler.Tick(*driver); });
  scheduler.ended().WaitForNotification();
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  FlagSet flags("chaos_scheduler", "Keeps tasks going.");
  MasterLocation master;
  std::string folder;
  flags.Add(&master, "master", "The master.").Required();
  flags.Add(&folder, "folder", "Where the journal is.").Required();
  absl::Status status = ParseProcessFlags(argc, argv, &flags);
  if (status.ok()) status = Run(master, folder);
  if (!status.ok()) std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return status.ok() ? 0 : 1;
}

}  // namespace
}  // namespace mesos

int main(int argc, char** argv) { return mesos::Main(argc, argv); }
