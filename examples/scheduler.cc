// A framework of one's own against a running cluster, over gRPC: runs some tasks, each a command
// or, where a custom executor is named, a piece of work for that executor.
//
//   g++ scheduler.cc $(pkg-config --cflags --libs mesoslib) -o scheduler
//   ./scheduler 10.0.0.1:5060                         # gRPC's port: the master's and 10.
//   ./scheduler 10.0.0.1:5060 /usr/local/bin/executor # See executor.cc.
#include "mesos/scheduler.h"

#include <cstdio>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mesos/event_loop.h"
#include "mesos/random.h"
#include "mesos/resources.h"
#include "mesos/rpc.h"
#include "mesos/task_states.h"

constexpr int kTasks = 3;

class CountingScheduler : public mesos::Scheduler {
 public:
  explicit CountingScheduler(std::string executor) : executor_(std::move(executor)) {}

  void Registered(mesos::SchedulerDriver&, const mesos::v1::FrameworkID& id,
                  const mesos::v1::MasterInfo& master) override {
    std::printf("%s at %s\n", id.value().c_str(), master.hostname().c_str());
  }

  // Takes from every offer what fits, and leaves the rest to others.
  void ResourceOffers(mesos::SchedulerDriver& driver,
                      const std::vector<mesos::v1::Offer>& offers) override {
    const mesos::Resources need = mesos::Resources::Parse("cpus:0.1;mem:32").value();
    for (const mesos::v1::Offer& offer : offers) {
      mesos::Resources left = mesos::Resources::FromProto(offer.resources()).value();
      left.Unallocate();
      std::vector<mesos::v1::TaskInfo> tasks;
      // An executor needs something for itself, too.
      if (!executor_.empty() && left.Contains(need)) left -= need;
      for (; launched_ < kTasks && left.Contains(need); left -= need) {
        tasks.push_back(MakeTask(offer, need));
      }
      driver.LaunchTasks({offer.id()}, tasks).IgnoreError();
    }
    if (launched_ == kTasks) driver.SuppressOffers().IgnoreError();
  }

  void StatusUpdate(mesos::SchedulerDriver&, const mesos::v1::TaskStatus& status) override {
    std::printf("%s is %s %s\n", status.task_id().value().c_str(),
                mesos::v1::TaskState_Name(status.state()).c_str(), status.message().c_str());
    if (!mesos::IsTerminal(status.state())) return;
    if (status.state() == mesos::v1::TASK_FINISHED) ++finished_;
    if (++ended_ == kTasks) done.set_value(finished_ == kTasks);
  }

  void Disconnected(mesos::SchedulerDriver&) override { std::puts("looking for the master"); }

  void Error(mesos::SchedulerDriver&, const std::string& message) override {
    std::fprintf(stderr, "the master has ended this: %s\n", message.c_str());
    done.set_value(false);
  }

  std::promise<bool> done;

 private:
  mesos::v1::TaskInfo MakeTask(const mesos::v1::Offer& offer, const mesos::Resources& need) {
    mesos::v1::TaskInfo task;
    task.set_name("task");
    task.mutable_task_id()->set_value("task-" + std::to_string(++launched_));
    *task.mutable_agent_id() = offer.agent_id();
    need.ToProto(task.mutable_resources());
    if (executor_.empty()) {
      task.mutable_command()->set_value("echo $MESOS_TASK_ID; sleep 0.1");
      return task;
    }
    task.set_data("20 22");
    task.mutable_executor()->mutable_executor_id()->set_value("adder");
    task.mutable_executor()->mutable_command()->set_value(executor_);
    need.ToProto(task.mutable_executor()->mutable_resources());
    return task;
  }

  const std::string executor_;
  int launched_ = 0;
  int ended_ = 0;
  int finished_ = 0;
};

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("Usage: scheduler HOST:PORT [EXECUTOR]\n", stderr);
    return 2;
  }
  auto master = mesos::CreateGrpcSchedulerEndpoint(argv[1]);
  if (!master.ok()) {
    std::fprintf(stderr, "%s\n", master.status().ToString().c_str());
    return 2;
  }
  CountingScheduler scheduler(argc > 2 ? argv[2] : "");
  auto loop = mesos::CreateThreadEventLoop("scheduler").value();
  auto random = mesos::CreateSystemRandom();
  mesos::v1::FrameworkInfo info;
  info.set_name("scheduler example");
  info.set_user("root");
  auto driver = mesos::CreateSchedulerDriver({.framework = info},
                                             {loop.get(), random.get(), master->get(), &scheduler})
                    .value();
  if (!driver->Start().ok()) return 1;
  return scheduler.done.get_future().get() ? 0 : 1;
}
