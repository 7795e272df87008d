// The classic example, in one process: a master, an agent with 4 cpus and 4 GB, and two frameworks.
//
//   1. The agent offers all it has; the master offers it to framework 1.
//   2. Framework 1 launches two tasks: 2 cpus with 1 GB, and 1 cpu with 2 GB.
//   3. Framework 2 is offered exactly what is left, 1 cpu and 1 GB, and uses it.
//   4. When tasks finish, what they held is offered again.
//
// The tasks are real processes with real sandboxes.
#include <cstdio>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "mesos/event_loop.h"
#include "mesos/local_cluster.h"
#include "mesos/random.h"
#include "mesos/resources.h"
#include "mesos/scheduler.h"

namespace {

std::string Show(const google::protobuf::RepeatedPtrField<mesos::v1::Resource>& protos) {
  mesos::Resources resources = mesos::Resources::FromProto(protos).value_or(mesos::Resources());
  return absl::StrFormat("%g cpus, %g MB", resources.cpus(), resources.mem());
}

// Prints what happens, when it happens, and who holds what.
class Timeline {
 public:
  void Say(const std::string& who, const std::string& what) {
    std::printf("%6.3f s  %-12s %s\n", absl::ToDoubleSeconds(absl::Now() - start_), who.c_str(),
                what.c_str());
    std::fflush(stdout);
  }

 private:
  const absl::Time start_ = absl::Now();
};

struct Wish {
  std::string id;
  std::string command;
  std::string resources;
};

// Launches what it wishes for when an offer has room for it, and is done when all has finished.
class WishfulScheduler : public mesos::Scheduler {
 public:
  WishfulScheduler(std::string name, std::vector<Wish> wishes, Timeline* timeline)
      : name_(std::move(name)), wishes_(std::move(wishes)), timeline_(timeline) {}

  void ResourceOffers(mesos::SchedulerDriver& driver,
                      const std::vector<mesos::v1::Offer>& offers) override {
    for (const mesos::v1::Offer& offer : offers) {
      timeline_->Say(name_, "is offered " + Show(offer.resources()));
      if (wishes_.empty()) {
        mesos::v1::Filters filters;
        filters.set_refuse_seconds(3600);
        driver.DeclineOffers({offer.id()}, filters).IgnoreError();
        if (done_ && !offered_again_.HasBeenNotified()) offered_again_.Notify();
        continue;
      }
      std::vector<mesos::v1::TaskInfo> tasks;
      for (const Wish& wish : std::exchange(wishes_, {})) tasks.push_back(Task(wish, offer));
      for (const mesos::v1::TaskInfo& task : tasks) {
        timeline_->Say(name_, absl::StrCat("launches ", task.task_id().value(), " with ",
                                           Show(task.resources())));
        active_.insert(task.task_id().value());
      }
      // What is left over is for others: this framework wants no more of it.
      mesos::v1::Filters filters;
      filters.set_refuse_seconds(1);
      driver.LaunchTasks({offer.id()}, tasks, filters).IgnoreError();
      if (!launched_.HasBeenNotified()) launched_.Notify();
    }
  }

  void StatusUpdate(mesos::SchedulerDriver&, const mesos::v1::TaskStatus& status) override {
    timeline_->Say(name_,
                   absl::StrCat(status.task_id().value(), " is ",
                                mesos::v1::TaskState_Name(status.state()), " ", status.message()));
    if (status.state() == mesos::v1::TASK_RUNNING) return;
    failed_ |= status.state() != mesos::v1::TASK_FINISHED;
    active_.erase(status.task_id().value());
    if (!active_.empty() || done_) return;
    done_ = true;
    finished_.Notify();
  }

  absl::Notification& launched() { return launched_; }
  absl::Notification& finished() { return finished_; }
  absl::Notification& offered_again() { return offered_again_; }
  bool failed() const { return failed_; }

 private:
  static mesos::v1::TaskInfo Task(const Wish& wish, const mesos::v1::Offer& offer) {
    mesos::v1::TaskInfo task;
    task.set_name(wish.id);
    task.mutable_task_id()->set_value(wish.id);
    *task.mutable_agent_id() = offer.agent_id();
    task.mutable_command()->set_value(wish.command);
    mesos::Resources::Parse(wish.resources).value().ToProto(task.mutable_resources());
    return task;
  }

  const std::string name_;
  std::vector<Wish> wishes_;
  Timeline* const timeline_;
  std::set<std::string> active_;
  bool done_ = false;
  bool failed_ = false;
  absl::Notification launched_;
  absl::Notification finished_;
  absl::Notification offered_again_;
};

// A framework: its scheduler, and the driver that speaks for it.
struct Framework {
  Framework(const std::string& name, std::vector<Wish> wishes, mesos::Master& master,
            Timeline* timeline)
      : scheduler(name, std::move(wishes), timeline),
        loop(mesos::CreateThreadEventLoop(name).value()) {
    mesos::v1::FrameworkInfo info;
    info.set_name(name);
    info.set_user("");
    driver = mesos::CreateSchedulerDriver(
                 {.framework = info},
                 {loop.get(), random.get(), &master.schedulers(), &scheduler, nullptr})
                 .value();
    driver->Start().IgnoreError();
  }

  WishfulScheduler scheduler;
  std::unique_ptr<mesos::EventLoop> loop;
  std::unique_ptr<mesos::Random> random = mesos::CreateSystemRandom();
  std::unique_ptr<mesos::SchedulerDriver> driver;
};

bool Wait(absl::Notification& event, const char* what) {
  if (event.WaitForNotificationWithTimeout(absl::Seconds(10))) return true;
  std::fprintf(stderr, "quickstart: gave up waiting until %s\n", what);
  return false;
}

}  // namespace

int main() {
  Timeline timeline;
  mesos::LocalClusterOptions options;
  options.agents = {{.resources = "cpus:4;mem:4096"}};
  auto cluster = mesos::CreateLocalCluster(options);
  if (!cluster.ok()) {
    std::fprintf(stderr, "quickstart: %s\n", cluster.status().ToString().c_str());
    return 1;
  }
  mesos::Master& master = (*cluster)->master();
  timeline.Say("cluster", "a master, and an agent with cpus:4; mem:4096; sandboxes are below " +
                              (*cluster)->work_dir());

  Framework first("framework-1",
                  {{"task-1", "echo task-1 works in $MESOS_SANDBOX; sleep 1", "cpus:2;mem:1024"},
                   {"task-2", "echo task-2 works; sleep 2", "cpus:1;mem:2048"}},
                  master, &timeline);
  if (!Wait(first.scheduler.launched(), "framework 1 is offered the agent")) return 1;
  Framework second("framework-2", {{"task-3", "echo task-3 works; sleep 1", "cpus:1;mem:1024"}},
                   master, &timeline);
  if (!Wait(second.scheduler.finished(), "framework 2's task has finished")) return 1;
  if (!Wait(first.scheduler.finished(), "framework 1's tasks have finished")) return 1;
  if (!Wait(first.scheduler.offered_again(), "what they held is offered again")) return 1;
  const bool failed = first.scheduler.failed() || second.scheduler.failed();
  first.driver->Stop().IgnoreError();
  second.driver->Stop().IgnoreError();
  timeline.Say("cluster", failed ? "a task has failed" : "all tasks have finished");
  return failed ? 1 : 0;
}
