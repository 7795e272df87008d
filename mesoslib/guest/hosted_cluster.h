// What a host embeds: masters, agents and frameworks, each on a loop of its own, made and destroyed
// step by step. For tests only.
#ifndef MESOSLIB_GUEST_HOSTED_CLUSTER_H_
#define MESOSLIB_GUEST_HOSTED_CLUSTER_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/agent.h"
#include "mesos/allocator.h"
#include "mesos/containerizer.h"
#include "mesos/event_loop.h"
#include "mesos/log.h"
#include "mesos/master.h"
#include "mesos/random.h"
#include "mesos/rpc.h"
#include "mesos/scheduler.h"
#include "mesos/state_store.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/notification.h"

namespace mesos {

// A folder for one test, removed with all that is in it.
class TestFolder {
 public:
  // In memory where there is such a place: what is tested here is not how fast a disk is. May be
  // used by every user.
  TestFolder();
  ~TestFolder();
  const std::string& path() const { return path_; }
  // What is in it, and in its folders.
  std::string Listing() const;

 private:
  std::string path_;
};

enum class Transport { kInProcess, kGrpc };

// Something that is told later, once, from another thread. Also of use when nobody waits any more.
class Told {
 public:
  absl::AnyInvocable<void(absl::Status)> Callback();
  bool IsTold() const { return state_->told.HasBeenNotified(); }
  // DeadlineExceeded: not within `timeout`.
  absl::Status Wait(absl::Duration timeout = absl::Seconds(30)) const;

 private:
  struct State {
    Notification told;
    absl::Status status;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

// gRPC opens two descriptors (an epoll set and an eventfd) when it is first used in a process, and
// keeps them for good. After this they are there, and nothing else of it.
void UseGrpcOnce();

// Members are destroyed from the last to the first: what others use comes first.
struct HostedMaster {
  std::unique_ptr<EventLoop> loop;
  std::unique_ptr<Random> random = CreateSystemRandom();
  std::unique_ptr<StateStore> registry;
  std::unique_ptr<Allocator> allocator;
  std::unique_ptr<Master> master;
  std::unique_ptr<GrpcServer> server;  // With Transport::kGrpc.
};
absl::StatusOr<HostedMaster> CreateHostedMaster(const std::string& folder, Transport transport,
                                                LogSink* log = nullptr);

struct HostedAgent {
  std::unique_ptr<EventLoop> loop;
  std::unique_ptr<Random> random = CreateSystemRandom();
  std::unique_ptr<StateStore> checkpoints;
  std::unique_ptr<Containerizer> containerizer;
  std::unique_ptr<AgentEndpoint> link;  // With Transport::kGrpc.
  std::unique_ptr<Agent> agent;
};
// In process, the master outlives the agent.
absl::StatusOr<HostedAgent> CreateHostedAgent(const std::string& folder, HostedMaster& master,
                                              LogSink* log = nullptr);
// For an address at which, perhaps, nobody listens.
absl::StatusOr<HostedAgent> CreateHostedAgent(const std::string& folder, const std::string& master);

// Opens what an agent that was destroyed has left in `folder` as its successor would, at once, and
// ends the containers that it finds.
absl::Status CleanUpAfterAgent(const std::string& folder);
absl::Status ReopenRegistry(const std::string& folder);

// A framework that starts tasks as soon as it is offered something. "kill ..." commands are killed
// once they run.
class HostedFramework final : private Scheduler {
 public:
  static absl::StatusOr<std::unique_ptr<HostedFramework>> Create(
      HostedMaster& master, std::map<std::string, std::string> commands);
  ~HostedFramework() override;

  absl::Status Start() { return driver_->Start(); }
  SchedulerDriver& driver() { return *driver_; }

  // Whether all tasks came to an end before that.
  bool WaitUntilAllHaveEnded(absl::Duration timeout) const;
  // The last state of each task, and its message: "TASK_FAILED Command exited with status 3".
  std::map<std::string, std::string> ends() const;

 private:
  explicit HostedFramework(std::map<std::string, std::string> commands);

  void ResourceOffers(SchedulerDriver& driver, const std::vector<v1::Offer>& offers) override;
  void StatusUpdate(SchedulerDriver& driver, const v1::TaskStatus& status) override;

  const std::map<std::string, std::string> commands_;
  std::map<std::string, std::string> waiting_;  // Used on the loop only.

  mutable Mutex mutex_;
  std::map<std::string, std::string> ends_ ABSL_GUARDED_BY(mutex_);
  Notification all_ended_;

  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Random> random_ = CreateSystemRandom();
  std::unique_ptr<SchedulerEndpoint> link_;  // With Transport::kGrpc.
  std::unique_ptr<SchedulerDriver> driver_;
};

// The sandbox of the task `task`, on any agent whose folder is below `folder`; empty: there is
// none.
std::string SandboxOf(const std::string& folder, const std::string& task);

std::string ReadWholeFile(const std::string& path);

// The processes that work in a folder below this one.
std::string ProcessesIn(const std::string& folder);

}  // namespace mesos

#endif  // MESOSLIB_GUEST_HOSTED_CLUSTER_H_
