#include "mesos/local_cluster.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "mesos/attributes.h"
#include "mesos/containerizer.h"
#include "mesos/event_loop.h"
#include "mesos/random.h"
#include "mesos/resources.h"
#include "mesos/state_store.h"
#include "mesoslib/base/notification.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

// Runs something that answers later, and waits for the answer.
template <typename Begin>
absl::Status Await(Begin begin) {
  Notification answered;
  absl::Status result;
  begin([&](absl::Status status) {
    result = std::move(status);
    answered.Notify();
  });
  answered.WaitForNotification();
  return result;
}

// Members are destroyed from the last to the first: what others use comes first.
struct MasterParts {
  std::unique_ptr<EventLoop> loop;
  std::unique_ptr<Random> random = CreateSystemRandom();
  std::unique_ptr<StateStore> registry;
  std::unique_ptr<Allocator> allocator;
  std::unique_ptr<Master> master;
};

struct AgentParts {
  std::unique_ptr<EventLoop> loop;
  std::unique_ptr<Random> random = CreateSystemRandom();
  std::unique_ptr<StateStore> checkpoints;
  std::unique_ptr<Containerizer> containerizer;
  std::unique_ptr<Agent> agent;
};

absl::StatusOr<std::string> MakeTemporaryFolder() {
  std::error_code error;
  std::string path = (std::filesystem::temp_directory_path(error) / "mesos-XXXXXX").string();
  // The mode is the owner's all, whatever the host's umask.
  if (error || mkdtemp(path.data()) == nullptr || chmod(path.c_str(), 0700) != 0) {
    return absl::UnavailableError(absl::StrCat("cannot make a temporary folder ", path));
  }
  return path;
}

class ThreadedLocalCluster final : public LocalCluster {
 public:
  ThreadedLocalCluster() = default;

  ~ThreadedLocalCluster() override {
    for (AgentParts& parts : agents_) {
      if (parts.agent == nullptr) continue;
      Await([&](Agent::Done done) { parts.agent->Shutdown(std::move(done)); }).IgnoreError();
    }
    agents_.clear();
    master_.reset();
    if (!temporary_.empty()) {
      std::error_code ignored;
      std::filesystem::remove_all(temporary_, ignored);
    }
  }

  absl::Status Start(const LocalClusterOptions& options) {
    work_dir_ = options.work_dir;
    if (work_dir_.empty()) {
      ASSIGN_OR_RETURN(work_dir_, MakeTemporaryFolder());
      temporary_ = work_dir_;
    }
    RETURN_IF_ERROR(StartMaster(options));
    agents_.reserve(options.agents.size());
    for (size_t i = 0; i < options.agents.size(); ++i) RETURN_IF_ERROR(StartAgent(options, i));
    return absl::OkStatus();
  }

  Master& master() override { return *master_->master; }
  Agent& agent(size_t index) override { return *agents_[index].agent; }
  const std::string& work_dir() const override { return work_dir_; }

 private:
  absl::Status StartMaster(const LocalClusterOptions& options) {
    master_ = std::make_unique<MasterParts>();
    ASSIGN_OR_RETURN(master_->loop, CreateThreadEventLoop("mesos-master"));
    ASSIGN_OR_RETURN(master_->registry, CreateMemoryStateStore(master_->loop.get()));
    ASSIGN_OR_RETURN(master_->allocator, CreateHierarchicalAllocator(options.allocator));
    ASSIGN_OR_RETURN(master_->master,
                     CreateMaster(options.master, {master_->loop.get(), master_->random.get(),
                                                   master_->registry.get(),
                                                   master_->allocator.get(), options.log}));
    return Await([&](Master::Started done) { master_->master->Start(std::move(done)); });
  }

  absl::Status StartAgent(const LocalClusterOptions& options, size_t index) {
    AgentParts& parts = agents_.emplace_back();
    ASSIGN_OR_RETURN(parts.loop, CreateThreadEventLoop("mesos-agent"));
    ASSIGN_OR_RETURN(parts.checkpoints, CreateMemoryStateStore(parts.loop.get()));
    const std::string folder = absl::StrCat(work_dir_, "/agent", index);
    ASSIGN_OR_RETURN(parts.containerizer,
                     CreateMesosContainerizer({.runtime_dir = folder + "/run"},
                                              {parts.loop.get(), options.log}));
    AgentOptions agent;
    agent.hostname = options.master.hostname;
    agent.ip = options.master.ip;
    const int port = options.agents[index].port;
    agent.port = port != 0 ? port : 5051 + static_cast<int>(index);
    agent.work_dir = folder;
    agent.executor_endpoint = options.agents[index].executor_endpoint;
    agent.registration_backoff_factor = absl::Milliseconds(100);
    absl::StatusOr<Resources> resources = Resources::Parse(options.agents[index].resources);
    if (!resources.ok()) {
      return Annotate(resources.status(), absl::StrCat("agents[", index, "].resources"));
    }
    agent.resources = *std::move(resources);
    absl::StatusOr<Attributes> attributes = Attributes::Parse(options.agents[index].attributes);
    if (!attributes.ok()) {
      return Annotate(attributes.status(), absl::StrCat("agents[", index, "].attributes"));
    }
    agent.attributes = *std::move(attributes);
    absl::StatusOr<std::unique_ptr<Agent>> created = CreateAgent(
        std::move(agent), {parts.loop.get(), parts.random.get(), &master_->master->agents(),
                           parts.containerizer.get(), parts.checkpoints.get(), options.log});
    if (!created.ok()) return Annotate(created.status(), absl::StrCat("agents[", index, "]"));
    parts.agent = *std::move(created);
    return Await([&](Agent::Done done) { parts.agent->Start(std::move(done)); });
  }

  std::string work_dir_;
  std::string temporary_;
  std::unique_ptr<MasterParts> master_;
  std::vector<AgentParts> agents_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LocalCluster>> CreateLocalCluster(LocalClusterOptions options,
                                                                 HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  auto cluster = std::make_unique<ThreadedLocalCluster>();
  RETURN_IF_ERROR(cluster->Start(options));
  return cluster;
}

}  // namespace mesos
