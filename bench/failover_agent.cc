#include "bench/failover_agent.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "bench/load_framework.h"
#include "mesos/agent.h"
#include "mesos/event_loop.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/random.h"
#include "mesos/resources.h"
#include "mesos/rpc.h"
#include "mesos/state_store.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/uuid.h"
#include "mesoslib/testing/fake_containerizer.h"

namespace mesos::bench {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kPatience = absl::Seconds(60);

class Folder {
 public:
  Folder() {
    std::string path = (fs::temp_directory_path() / "mesos-bench-XXXXXX").string();
    if (mkdtemp(path.data()) != nullptr) path_ = path;
  }
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// ---- Recovery of a real agent ----

constexpr int kContainers = 100;

// A program; its output goes to `log`, anew with each start.
class Program {
 public:
  Program(std::vector<std::string> arguments, std::string log)
      : arguments_(std::move(arguments)), log_(std::move(log)) {
    Start();
  }
  ~Program() { Stop(SIGTERM); }

  void Start() {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log_.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    std::vector<char*> argv;
    for (std::string& argument : arguments_) argv.push_back(argument.data());
    argv.push_back(nullptr);
    if (posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ) != 0) pid_ = 0;
    posix_spawn_file_actions_destroy(&actions);
  }

  void Stop(int signal) {
    if (pid_ == 0) return;
    kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  // The rest of the line that begins with `text` somewhere; empty: it did not come.
  std::string WaitFor(absl::string_view text) const {
    for (const absl::Time end = absl::Now() + kPatience; absl::Now() < end;) {
      std::ifstream file(log_);
      const std::string log(std::istreambuf_iterator<char>(file), {});
      const size_t at = log.find(std::string(text));
      const size_t line = at == log.npos ? log.npos : log.find('\n', at);
      if (line != log.npos) return log.substr(at + text.size(), line - at - text.size());
      absl::SleepFor(absl::Milliseconds(2));
    }
    std::fprintf(stderr, "%s did not say: %s\n", arguments_[0].c_str(), std::string(text).c_str());
    return "";
  }

 private:
  std::vector<std::string> arguments_;
  const std::string log_;
  pid_t pid_ = 0;
};

// Has kContainers tasks running; false: they do not run.
class RunningTasks {
 public:
  explicit RunningTasks(const std::string& master)
      : endpoint_(CreateGrpcSchedulerEndpoint(master).value()) {
    RunOn(loop_.get(), [this] {
      framework_ = std::make_unique<LoadFramework>(
          LoadFramework::Options{.name = "recovery",
                                 .tasks = kContainers,
                                 .resources = "cpus:0.1;mem:32",
                                 .command = "exec sleep 1000"},
          loop_.get(), random_.get(), endpoint_.get(), [this] { running_.Notify(); },
          /*until_running=*/true);
    });
    framework_->Start();
  }
  ~RunningTasks() {
    RunOn(loop_.get(), [this] { framework_.reset(); });
  }

  bool Wait() { return running_.WaitForNotificationWithTimeout(kPatience); }

 private:
  std::unique_ptr<EventLoop> loop_ = CreateThreadEventLoop("framework").value();
  std::unique_ptr<Random> random_ = CreateSystemRandom();
  std::unique_ptr<SchedulerEndpoint> endpoint_;
  absl::Notification running_;
  std::unique_ptr<LoadFramework> framework_;
};

// ---- Updates ----

constexpr int kTasks = 500;
constexpr int kUpdatesPerTask = 100;

// A master that acknowledges every update.
class AcknowledgingMaster final : public AgentEndpoint {
 public:
  using AgentMessage = internal::AgentMessage;
  using MasterMessage = internal::MasterMessage;

  std::unique_ptr<Session<AgentMessage>> Open(std::shared_ptr<Sink<MasterMessage>> sink,
                                              Peer) override {
    sink_ = std::move(sink);
    return std::make_unique<MasterSession>(this);
  }

  void Say(MasterMessage message) { sink_->Deliver(std::move(message)); }
  absl::Notification& registered() { return registered_; }
  absl::Notification& finished() { return finished_; }

 private:
  class MasterSession final : public Session<AgentMessage> {
   public:
    explicit MasterSession(AcknowledgingMaster* master) : master_(master) {}
    void Send(AgentMessage message, Done) override { master_->Hear(message); }

   private:
    AcknowledgingMaster* const master_;
  };

  void Hear(const AgentMessage& message) {
    if (message.has_register_()) {
      MasterMessage answer;
      answer.mutable_registered()->mutable_agent_id()->set_value("S0");
      Say(std::move(answer));
      if (!registered_.HasBeenNotified()) registered_.Notify();
    } else if (message.has_status_update()) {
      MasterMessage answer;
      auto* acknowledgement = answer.mutable_acknowledge_update();
      *acknowledgement->mutable_framework_id() = message.status_update().framework_id();
      *acknowledgement->mutable_task_id() = message.status_update().status().task_id();
      acknowledgement->set_uuid(message.status_update().status().uuid());
      Say(std::move(answer));
      if (++updates_ == kTasks * kUpdatesPerTask) finished_.Notify();
    }
  }

  std::shared_ptr<Sink<MasterMessage>> sink_;
  int updates_ = 0;
  absl::Notification registered_;
  absl::Notification finished_;
};

// An executor each of whose tasks sends its next update when the agent has acknowledged the one
// before.
class UpdatingExecutor final : public Sink<v1::executor::Event> {
 public:
  using Call = v1::executor::Call;
  using Event = v1::executor::Event;

  UpdatingExecutor(EventLoop* loop, Random* random) : loop_(loop), random_(random) {}

  void Connect(ExecutorEndpoint* agent, std::shared_ptr<UpdatingExecutor> self) {
    session_ = agent->Open(std::move(self), {});
    Call call = MakeCall(Call::SUBSCRIBE);
    call.mutable_subscribe();
    session_->Send(std::move(call), nullptr);
  }
  void Disconnect() { session_.reset(); }

  void Deliver(Event event) override {
    if (event.type() == Event::LAUNCH) Update(event.launch().task().task_id().value());
    if (event.type() == Event::ACKNOWLEDGED) Update(event.acknowledged().task_id().value());
  }
  void Closed(absl::Status) override {}

 private:
  static Call MakeCall(Call::Type type) {
    Call call;
    call.set_type(type);
    call.mutable_framework_id()->set_value("F");
    call.mutable_executor_id()->set_value("E");
    return call;
  }

  void Update(const std::string& task) {
    const int number = ++sent_[task];
    if (number > kUpdatesPerTask) return;
    Call call = MakeCall(Call::UPDATE);
    v1::TaskStatus& status = *call.mutable_update()->mutable_status();
    status.mutable_task_id()->set_value(task);
    status.set_state(number == kUpdatesPerTask ? v1::TASK_FINISHED : v1::TASK_RUNNING);
    status.set_uuid(NewUuidBytes(random_));
    // As a transport does, not from within the agent's call.
    loop_->Post([this, call = std::move(call)]() mutable {
      if (session_ != nullptr) session_->Send(std::move(call), nullptr);
    });
  }

  EventLoop* const loop_;
  Random* const random_;
  std::map<std::string, int> sent_;
  std::unique_ptr<Session<Call>> session_;
};

internal::MasterMessage Tasks() {
  internal::MasterMessage message;
  auto& run = *message.mutable_run_tasks();
  run.mutable_framework()->mutable_id()->set_value("F");
  run.mutable_framework()->set_name("updates");
  run.mutable_framework()->set_user("nobody");
  run.mutable_framework()->set_checkpoint(true);
  for (int i = 0; i < kTasks; ++i) {
    v1::TaskInfo& task = *run.add_tasks();
    task.set_name("updating");
    task.mutable_task_id()->set_value(absl::StrCat("task-", i));
    task.mutable_agent_id()->set_value("S0");
    Resources::Parse("cpus:0.01;mem:1")->ToProto(task.mutable_resources());
    task.mutable_executor()->mutable_executor_id()->set_value("E");
    task.mutable_executor()->mutable_command()->set_value("executor");
  }
  return message;
}

}  // namespace

double MeasureAgentRecovery(const std::string& binaries) {
  const Folder folder;
  Program master({binaries + "/mesos-master", "--ip=127.0.0.1", "--port=0", "--grpc_port=0",
                  "--work_dir=" + folder / "master"},
                 folder / "master.log");
  const std::string port = master.WaitFor("gRPC listens on port ");
  if (port.empty()) return -1;
  Program agent({binaries + "/mesos-agent", "--ip=127.0.0.1", "--port=0", "--grpc_port=0",
                 "--master=grpc://127.0.0.1:" + port, "--work_dir=" + folder / "agent",
                 "--runtime_dir=" + folder / "run", "--no-switch_user",
                 "--resources=cpus:16;mem:16384;disk:1000"},
                folder / "agent.log");
  double seconds = -1;
  {
    RunningTasks tasks("127.0.0.1:" + port);
    if (!tasks.Wait()) {
      std::fprintf(stderr, "%d tasks do not run\n", kContainers);
      return -1;
    }
    agent.Stop(SIGKILL);
    const absl::Time start = absl::Now();
    agent.Start();
    const bool registered = !agent.WaitFor("registered as agent ").empty();
    seconds = absl::ToDoubleSeconds(absl::Now() - start);
    const std::string recovered = agent.WaitFor("recovered agent ");
    if (!registered || recovered.find(absl::StrCat(kContainers, " containers")) == recovered.npos) {
      std::fprintf(stderr, "the agent has recovered %s\n", recovered.c_str());
      seconds = -1;
    }
  }
  agent.Stop(SIGUSR1);  // With its containers.
  return seconds;
}

double MeasureCheckpointedUpdates() {
  const Folder folder;
  auto loop = CreateThreadEventLoop("agent").value();
  auto random = CreateSystemRandom();
  auto checkpoints = CreateLevelDbStateStore(folder / "checkpoints", loop.get()).value();
  FakeContainerizer containerizer(loop.get());
  AcknowledgingMaster master;
  AgentOptions options;
  options.resources = Resources::Parse("cpus:100;mem:10000").value();
  options.work_dir = folder / "work";
  auto agent =
      CreateAgent(options, {loop.get(), random.get(), &master, &containerizer, checkpoints.get()})
          .value();
  agent->Start([](absl::Status) {});
  auto executor = std::make_shared<UpdatingExecutor>(loop.get(), random.get());
  double rate = -1;
  if (master.registered().WaitForNotificationWithTimeout(kPatience)) {
    RunOn(loop.get(), [&] { master.Say(Tasks()); });
    absl::SleepFor(absl::Milliseconds(100));  // The executor is started meanwhile.
    const absl::Time start = absl::Now();
    RunOn(loop.get(), [&] { executor->Connect(&agent->executors(), executor); });
    if (master.finished().WaitForNotificationWithTimeout(kPatience)) {
      const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
      rate = kTasks * kUpdatesPerTask / seconds;
    } else {
      std::fprintf(stderr, "not all updates have come\n");
    }
  }
  RunOn(loop.get(), [&] {
    executor->Disconnect();
    agent.reset();
    checkpoints.reset();
  });
  return rate;
}

}  // namespace mesos::bench
