// A whole cluster in one process, put together by hand: a master, two agents, and a framework that
// runs one command on each. mesos/local_cluster.h does the same in one call; here is what it does.
//
//   g++ embed_cluster.cc $(pkg-config --cflags --libs mesoslib) -o embed_cluster && ./embed_cluster
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <future>
#include <memory>
#include <set>
#include <string>

#include "mesos/agent.h"
#include "mesos/allocator.h"
#include "mesos/containerizer.h"
#include "mesos/event_loop.h"
#include "mesos/master.h"
#include "mesos/random.h"
#include "mesos/scheduler.h"
#include "mesos/state_store.h"
#include "mesos/task_states.h"

// Members are destroyed from the last to the first: what others use comes first.
struct MasterHost {
  std::unique_ptr<mesos::EventLoop> loop = mesos::CreateThreadEventLoop("master").value();
  std::unique_ptr<mesos::Random> random = mesos::CreateSystemRandom();
  std::unique_ptr<mesos::StateStore> registry = mesos::CreateMemoryStateStore(loop.get()).value();
  std::unique_ptr<mesos::Allocator> allocator = mesos::CreateHierarchicalAllocator({}).value();
  std::unique_ptr<mesos::Master> master =
      mesos::CreateMaster({}, {loop.get(), random.get(), registry.get(), allocator.get()}).value();
};

struct AgentHost {
  AgentHost(mesos::Master& master, const std::string& work_dir, int port) {
    mesos::AgentOptions options;
    options.port = port;  // Tells agents of one machine from each other.
    options.work_dir = work_dir;
    options.resources = mesos::Resources::Parse("cpus:1;mem:128").value();
    containerizer =
        mesos::CreateMesosContainerizer({.runtime_dir = work_dir + "/run"}, {loop.get()}).value();
    agent = mesos::CreateAgent(options, {loop.get(), random.get(), &master.agents(),
                                         containerizer.get(), checkpoints.get()})
                .value();
  }

  std::unique_ptr<mesos::EventLoop> loop = mesos::CreateThreadEventLoop("agent").value();
  std::unique_ptr<mesos::Random> random = mesos::CreateSystemRandom();
  std::unique_ptr<mesos::StateStore> checkpoints =
      mesos::CreateMemoryStateStore(loop.get()).value();
  std::unique_ptr<mesos::Containerizer> containerizer;
  std::unique_ptr<mesos::Agent> agent;
};

// Runs one task on every agent it hears of, until two have ended.
class TwoTasks : public mesos::Scheduler {
 public:
  void ResourceOffers(mesos::SchedulerDriver& driver,
                      const std::vector<mesos::v1::Offer>& offers) override {
    for (const mesos::v1::Offer& offer : offers) {
      if (!agents_.insert(offer.agent_id().value()).second) {
        driver.DeclineOffers({offer.id()}).IgnoreError();
        continue;
      }
      mesos::v1::TaskInfo task;
      task.set_name("hello");
      task.mutable_task_id()->set_value("hello-" + std::to_string(agents_.size()));
      *task.mutable_agent_id() = offer.agent_id();
      task.mutable_command()->set_value("echo hello from $PWD");
      *task.mutable_resources() = offer.resources();
      driver.LaunchTasks({offer.id()}, {task}).IgnoreError();
    }
  }

  void StatusUpdate(mesos::SchedulerDriver&, const mesos::v1::TaskStatus& status) override {
    std::printf("%s is %s\n", status.task_id().value().c_str(),
                mesos::v1::TaskState_Name(status.state()).c_str());
    if (mesos::IsTerminal(status.state()) && ++ended_ == 2) done.set_value();
  }

  std::promise<void> done;

 private:
  std::set<std::string> agents_;
  int ended_ = 0;
};

int main() {
  std::string folder = (std::filesystem::temp_directory_path() / "embed-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 1;

  MasterHost host;
  host.master->Start(
      [](absl::Status status) { std::printf("master: %s\n", status.ToString().c_str()); });
  AgentHost first(*host.master, folder + "/first", 5051);
  AgentHost second(*host.master, folder + "/second", 5052);
  for (AgentHost* agent : {&first, &second}) agent->agent->Start([](absl::Status) {});

  TwoTasks scheduler;
  auto loop = mesos::CreateThreadEventLoop("framework").value();
  auto random = mesos::CreateSystemRandom();
  mesos::v1::FrameworkInfo info;
  info.set_name("two tasks");
  info.set_user("");
  auto driver =
      mesos::CreateSchedulerDriver(
          {.framework = info}, {loop.get(), random.get(), &host.master->schedulers(), &scheduler})
          .value();
  if (!driver->Start().ok()) return 1;
  scheduler.done.get_future().wait();
  driver.reset();
  std::filesystem::remove_all(folder);
}
