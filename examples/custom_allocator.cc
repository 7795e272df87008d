// A master with an allocator of one's own: see first_come.h. Three frameworks share an agent that
// has room for one task at a time, and are served in the order in which they came.
//
//   g++ custom_allocator.cc $(pkg-config --cflags --libs mesoslib) -o custom_allocator
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "first_come.h"
#include "mesos/agent.h"
#include "mesos/containerizer.h"
#include "mesos/event_loop.h"
#include "mesos/master.h"
#include "mesos/random.h"
#include "mesos/scheduler.h"
#include "mesos/state_store.h"
#include "mesos/task_states.h"

// Runs two tasks, each on all that it is offered.
class Framework final : public mesos::Scheduler {
 public:
  Framework(const std::string& name, mesos::SchedulerEndpoint* master) : name_(name) {
    mesos::SchedulerDriverOptions options;
    options.framework.set_name(name);
    options.framework.set_user("");
    driver_ =
        mesos::CreateSchedulerDriver(options, {loop_.get(), random_.get(), master, this}).value();
    driver_->Start().IgnoreError();
    registered_.get_future().wait();
  }

  void Registered(mesos::SchedulerDriver&, const mesos::v1::FrameworkID&,
                  const mesos::v1::MasterInfo&) override {
    std::printf("%s is here\n", name_.c_str());
    registered_.set_value();
  }

  void ResourceOffers(mesos::SchedulerDriver& driver,
                      const std::vector<mesos::v1::Offer>& offers) override {
    for (const mesos::v1::Offer& offer : offers) {
      std::printf("%s is offered the agent%s\n", name_.c_str(), left_ > 0 ? "" : ", and declines");
      std::vector<mesos::v1::TaskInfo> tasks;
      if (left_ > 0) {
        mesos::v1::TaskInfo& task = tasks.emplace_back();
        task.set_name(name_);
        task.mutable_task_id()->set_value(name_ + "-" + std::to_string(left_--));
        *task.mutable_agent_id() = offer.agent_id();
        task.mutable_command()->set_value("sleep 0.1");
        *task.mutable_resources() = offer.resources();
      }
      driver.LaunchTasks({offer.id()}, tasks).IgnoreError();  // Without tasks, it declines.
    }
  }

  void StatusUpdate(mesos::SchedulerDriver&, const mesos::v1::TaskStatus& status) override {
    std::printf("%s is %s\n", status.task_id().value().c_str(),
                mesos::v1::TaskState_Name(status.state()).c_str());
    if (mesos::IsTerminal(status.state()) && ++ended_ == 2) done.set_value();
  }

  std::promise<void> done;

 private:
  const std::string name_;
  int left_ = 2, ended_ = 0;
  std::promise<void> registered_;
  std::unique_ptr<mesos::EventLoop> loop_ = mesos::CreateThreadEventLoop("framework").value();
  std::unique_ptr<mesos::Random> random_ = mesos::CreateSystemRandom();
  std::unique_ptr<mesos::SchedulerDriver> driver_;
};

int main() {
  std::string folder = (std::filesystem::temp_directory_path() / "custom-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 1;
  auto loop = mesos::CreateThreadEventLoop("master and agent").value();
  auto random = mesos::CreateSystemRandom();
  auto storage = mesos::CreateMemoryStateStore(loop.get()).value();
  auto checkpoints = mesos::CreateMemoryStateStore(loop.get()).value();
  FirstCome allocator;
  auto master =
      mesos::CreateMaster({}, {loop.get(), random.get(), storage.get(), &allocator}).value();
  master->Start([](absl::Status) {});
  {
    Framework first("first", &master->schedulers());
    Framework second("second", &master->schedulers());
    Framework third("third", &master->schedulers());

    mesos::AgentOptions options;
    options.work_dir = folder;
    options.resources = mesos::Resources::Parse("cpus:1;mem:128").value();
    auto containerizer =
        mesos::CreateMesosContainerizer({.runtime_dir = folder + "/run"}, {loop.get()}).value();
    auto agent = mesos::CreateAgent(options, {loop.get(), random.get(), &master->agents(),
                                              containerizer.get(), checkpoints.get()})
                     .value();
    agent->Start([](absl::Status) {});
    for (Framework* framework : {&first, &second, &third}) framework->done.get_future().wait();
  }
  std::filesystem::remove_all(folder);
}
