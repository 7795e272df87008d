#include "mesoslib/guest/hosted_cluster.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "mesos/resources.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/guest/host_state.h"

namespace mesos {
namespace {

namespace fs = std::filesystem;

constexpr char kTaskResources[] = "cpus:0.1;mem:1";

absl::StatusOr<HostedAgent> CreateParts(const std::string& folder, LogSink* log) {
  HostedAgent parts;
  ASSIGN_OR_RETURN(parts.loop, CreateThreadEventLoop("test-agent"));
  ASSIGN_OR_RETURN(parts.checkpoints,
                   CreateLevelDbStateStore(absl::StrCat(folder, "/meta"), parts.loop.get()));
  ASSIGN_OR_RETURN(parts.containerizer,
                   CreateMesosContainerizer({.runtime_dir = absl::StrCat(folder, "/run")},
                                            {parts.loop.get(), log}));
  return parts;
}

absl::Status AddAgent(const std::string& folder, AgentEndpoint* master, LogSink* log,
                      HostedAgent* parts) {
  AgentOptions options;
  ASSIGN_OR_RETURN(options.resources, Resources::Parse("cpus:4;mem:1024"));
  options.work_dir = absl::StrCat(folder, "/work");
  // A master takes an agent at the same address for a successor. Nobody listens there.
  static std::atomic<int> last_port{20'000};
  options.port = ++last_port;
  options.registration_backoff_factor = absl::Milliseconds(10);
  ASSIGN_OR_RETURN(
      parts->agent,
      CreateAgent(std::move(options), {parts->loop.get(), parts->random.get(), master,
                                       parts->containerizer.get(), parts->checkpoints.get(), log}));
  return absl::OkStatus();
}

std::string AddressOf(const HostedMaster& master) {
  return absl::StrCat("127.0.0.1:", master.server->port());
}

}  // namespace

TestFolder::TestFolder()
    : path_(access("/dev/shm", W_OK) == 0 ? "/dev/shm/guest.XXXXXX" : "/tmp/guest.XXXXXX") {
  if (mkdtemp(path_.data()) == nullptr) abort();
  chmod(path_.c_str(), 0777);
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string TestFolder::Listing() const {
  std::string listing;
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(path_, ignored)) {
    absl::StrAppend(&listing, entry.path().string(), "\n");
  }
  return listing;
}

absl::AnyInvocable<void(absl::Status)> Told::Callback() {
  return [state = state_](absl::Status status) {
    state->status = std::move(status);
    state->told.Notify();
  };
}

absl::Status Told::Wait(absl::Duration timeout) const {
  if (state_->told.WaitForNotificationWithTimeout(timeout)) return state_->status;
  return absl::DeadlineExceededError("nothing was told");
}

void UseGrpcOnce() {
  const HostState before = TakeHostState();
  v1::master::Call call;
  call.set_type(v1::master::Call::GET_HEALTH);
  // Nobody listens there.
  CallGrpcMaster("127.0.0.1:1", call, absl::Seconds(30)).status().IgnoreError();
  // The rest of it goes after the call, on a thread of its own.
  HostState now = TakeHostState();
  for (const absl::Time deadline = absl::Now() + absl::Seconds(10);
       absl::Now() < deadline &&
       (now.threads != before.threads || now.descriptors.size() > before.descriptors.size() + 2);
       now = TakeHostState()) {
  }
}

absl::StatusOr<HostedMaster> CreateHostedMaster(const std::string& folder, Transport transport,
                                                LogSink* log) {
  HostedMaster parts;
  ASSIGN_OR_RETURN(parts.loop, CreateThreadEventLoop("test-master"));
  ASSIGN_OR_RETURN(parts.registry,
                   CreateLevelDbStateStore(absl::StrCat(folder, "/registry"), parts.loop.get()));
  ASSIGN_OR_RETURN(parts.allocator, CreateHierarchicalAllocator({}));
  MasterOptions options;
  options.allocation_interval = absl::Milliseconds(50);
  ASSIGN_OR_RETURN(parts.master,
                   CreateMaster(options, {parts.loop.get(), parts.random.get(),
                                          parts.registry.get(), parts.allocator.get(), log}));
  if (transport == Transport::kGrpc) {
    ASSIGN_OR_RETURN(
        parts.server,
        CreateGrpcServer({.address = "127.0.0.1:0", .master = parts.master.get(), .log = log}));
  }
  return parts;
}

absl::StatusOr<HostedAgent> CreateHostedAgent(const std::string& folder, HostedMaster& master,
                                              LogSink* log) {
  ASSIGN_OR_RETURN(HostedAgent parts, CreateParts(folder, log));
  AgentEndpoint* endpoint = &master.master->agents();
  if (master.server != nullptr) {
    ASSIGN_OR_RETURN(parts.link, CreateGrpcAgentEndpoint(AddressOf(master)));
    endpoint = parts.link.get();
  }
  RETURN_IF_ERROR(AddAgent(folder, endpoint, log, &parts));
  return parts;
}

absl::StatusOr<HostedAgent> CreateHostedAgent(const std::string& folder,
                                              const std::string& master) {
  ASSIGN_OR_RETURN(HostedAgent parts, CreateParts(folder, nullptr));
  ASSIGN_OR_RETURN(parts.link, CreateGrpcAgentEndpoint(master));
  RETURN_IF_ERROR(AddAgent(folder, parts.link.get(), nullptr, &parts));
  return parts;
}

absl::Status CleanUpAfterAgent(const std::string& folder) {
  ASSIGN_OR_RETURN(const HostedAgent successor, CreateParts(folder, nullptr));
  Told recovered;
  successor.loop->Post([&] { successor.containerizer->Recover({}, recovered.Callback()); });
  return recovered.Wait();
}

absl::Status ReopenRegistry(const std::string& folder) {
  ASSIGN_OR_RETURN(const std::unique_ptr<EventLoop> loop, CreateThreadEventLoop("test-registry"));
  return CreateLevelDbStateStore(absl::StrCat(folder, "/registry"), loop.get()).status();
}

// ---- HostedFramework ----

HostedFramework::HostedFramework(std::map<std::string, std::string> commands)
    : commands_(std::move(commands)), waiting_(commands_) {}

absl::StatusOr<std::unique_ptr<HostedFramework>> HostedFramework::Create(
    HostedMaster& master, std::map<std::string, std::string> commands) {
  std::unique_ptr<HostedFramework> framework(new HostedFramework(std::move(commands)));
  ASSIGN_OR_RETURN(framework->loop_, CreateThreadEventLoop("test-framework"));
  SchedulerEndpoint* endpoint = &master.master->schedulers();
  if (master.server != nullptr) {
    ASSIGN_OR_RETURN(framework->link_, CreateGrpcSchedulerEndpoint(AddressOf(master)));
    endpoint = framework->link_.get();
  }
  SchedulerDriverOptions options;
  options.framework.set_name("guest");
  options.framework.set_user("");
  options.registration_backoff_factor = absl::Milliseconds(10);
  ASSIGN_OR_RETURN(framework->driver_,
                   CreateSchedulerDriver(options, {framework->loop_.get(), framework->random_.get(),
                                                   endpoint, framework.get()}));
  return framework;
}

// No callback after the driver.
HostedFramework::~HostedFramework() { driver_.reset(); }

void HostedFramework::ResourceOffers(SchedulerDriver& driver,
                                     const std::vector<v1::Offer>& offers) {
  const Resources each = Resources::Parse(kTaskResources).value();
  for (const v1::Offer& offer : offers) {
    std::vector<v1::TaskInfo> tasks;
    // Every agent gets some.
    while (!waiting_.empty() && tasks.size() < 1 + commands_.size() / 2) {
      const auto next = waiting_.begin();
      v1::TaskInfo& task = tasks.emplace_back();
      task.set_name(next->first);
      task.mutable_task_id()->set_value(next->first);
      *task.mutable_agent_id() = offer.agent_id();
      task.mutable_command()->set_value(next->second);
      each.ToProto(task.mutable_resources());
      waiting_.erase(next);
    }
    driver.LaunchTasks({offer.id()}, tasks).IgnoreError();
  }
}

void HostedFramework::StatusUpdate(SchedulerDriver& driver, const v1::TaskStatus& status) {
  const std::string& task = status.task_id().value();
  if (status.state() == v1::TASK_RUNNING) {
    if (absl::StartsWith(task, "kill")) driver.KillTask(status.task_id()).IgnoreError();
    return;
  }
  MutexLock lock(&mutex_);
  ends_[task] = absl::StrCat(v1::TaskState_Name(status.state()), " ", status.message());
  if (ends_.size() == commands_.size()) all_ended_.Notify();
}

bool HostedFramework::WaitUntilAllHaveEnded(absl::Duration timeout) const {
  return all_ended_.WaitForNotificationWithTimeout(timeout);
}

std::map<std::string, std::string> HostedFramework::ends() const {
  MutexLock lock(&mutex_);
  return ends_;
}

// ---- What is left ----

std::string SandboxOf(const std::string& folder, const std::string& task) {
  std::error_code ignored;
  const std::string wanted = absl::StrCat("/executors/", task, "/runs/");
  for (const auto& entry : fs::recursive_directory_iterator(folder, ignored)) {
    if (entry.path().filename() == "stdout" && absl::StrContains(entry.path().string(), wanted)) {
      return entry.path().parent_path().string();
    }
  }
  return "";
}

std::string ReadWholeFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string ProcessesIn(const std::string& folder) {
  std::string processes;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const fs::path where = fs::read_symlink(entry.path() / "cwd", ignored);
    if (absl::StartsWith(where.string(), folder)) {
      absl::StrAppend(&processes, entry.path().string(), " in ", where.string(), "\n");
    }
  }
  return processes;
}

}  // namespace mesos
