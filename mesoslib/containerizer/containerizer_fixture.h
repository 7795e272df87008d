// What tests of the Mesos containerizer share: real processes, a real loop, waiting on
// notifications and named pipes only.
#ifndef MESOSLIB_CONTAINERIZER_CONTAINERIZER_FIXTURE_H_
#define MESOSLIB_CONTAINERIZER_CONTAINERIZER_FIXTURE_H_

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mesos/containerizer.h"
#include "mesos/event_loop.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/notification.h"
#include "mesoslib/containerizer/supervisor/proc.h"

namespace mesos {

// An answer that is waited for.
template <typename T>
class Pending {
 public:
  absl::AnyInvocable<void(T)> Callback() {
    return [state = state_](T value) {
      state->value = std::move(value);
      state->done.Notify();
    };
  }
  T Get() {
    state_->done.WaitForNotification();
    return *std::move(state_->value);
  }
  bool HasBeenNotified() const { return state_->done.HasBeenNotified(); }

 private:
  struct State {
    Notification done;
    std::optional<T> value;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

using PendingStatus = Pending<absl::Status>;
using PendingEnd = Pending<absl::StatusOr<ContainerTermination>>;

inline std::string ReadWholeFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline bool IsAlive(pid_t pid) {
  ProcStat stat;
  return ReadProcStat(pid, &stat) && stat.state != 'Z';
}

inline ContainerConfig Shell(const std::string& command) {
  ContainerConfig config;
  config.command.set_value(command);
  config.environment["PATH"] = "/usr/bin:/bin";
  return config;
}

class ContainerizerFixture : public ::testing::Test {
 protected:
  ContainerizerFixture() {
    std::string name = absl::StrCat(::testing::TempDir(), "/containerizer.XXXXXX");
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    chmod(name.c_str(), 0755);
    root_ = name;
    options_.runtime_dir = absl::StrCat(root_, "/run");
    Start();
  }

  ~ContainerizerFixture() override {
    for (const std::string& id : launched_) Destroy(id).IgnoreError();
  }

  void Start() {
    auto created = CreateMesosContainerizer(options_, {loop_.get(), nullptr});
    ASSERT_TRUE(created.ok()) << created.status();
    containerizer_ = *std::move(created);
  }

  // As an agent that dies and comes back.
  absl::Status Restart(const std::vector<std::string>& known) {
    containerizer_.reset();
    Start();
    std::vector<ContainerId> ids;
    for (const std::string& id : known) ids.emplace_back(id);
    PendingStatus done;
    loop_->Post([&] { containerizer_->Recover(ids, done.Callback()); });
    return done.Get();
  }

  std::string Sandbox(const std::string& id) const {
    return absl::StrCat(root_, "/executors/e/runs/", id);
  }
  std::string RuntimeFile(const std::string& id, const std::string& name) const {
    return absl::StrCat(options_.runtime_dir, "/containers/", id, "/", name);
  }
  std::string Output(const std::string& id) const {
    return ReadWholeFile(absl::StrCat(Sandbox(id), "/stdout"));
  }

  PendingStatus StartLaunch(const std::string& id, ContainerConfig config) {
    PendingStatus done;
    if (config.directory.empty()) config.directory = Sandbox(id);
    loop_->Post([this, id, config = std::move(config), callback = done.Callback()]() mutable {
      containerizer_->Launch(ContainerId(id), std::move(config), std::move(callback));
    });
    launched_.push_back(id);
    return done;
  }
  absl::Status Launch(const std::string& id, ContainerConfig config) {
    return StartLaunch(id, std::move(config)).Get();
  }

  PendingEnd StartWait(const std::string& id) {
    PendingEnd done;
    loop_->Post([this, id, callback = done.Callback()]() mutable {
      containerizer_->Wait(ContainerId(id), std::move(callback));
    });
    return done;
  }
  absl::StatusOr<ContainerTermination> Wait(const std::string& id) { return StartWait(id).Get(); }

  // The wait status; -1 and a failure where there is none.
  int WaitStatus(const std::string& id) {
    absl::StatusOr<ContainerTermination> termination = Wait(id);
    EXPECT_TRUE(termination.ok()) << termination.status();
    if (!termination.ok()) return -1;
    EXPECT_TRUE(termination->wait_status.has_value()) << termination->message;
    return termination->wait_status.value_or(-1);
  }

  int Run(const std::string& id, ContainerConfig config) {
    const absl::Status launched = Launch(id, std::move(config));
    EXPECT_TRUE(launched.ok()) << launched;
    return launched.ok() ? WaitStatus(id) : -1;
  }

  PendingEnd StartDestroy(const std::string& id) {
    PendingEnd done;
    loop_->Post([this, id, callback = done.Callback()]() mutable {
      containerizer_->Destroy(ContainerId(id), std::move(callback));
    });
    return done;
  }
  absl::StatusOr<ContainerTermination> Destroy(const std::string& id) {
    return StartDestroy(id).Get();
  }

  absl::Status Kill(const std::string& id, int signal) {
    PendingStatus done;
    loop_->Post([&] { containerizer_->Kill(ContainerId(id), signal, done.Callback()); });
    return done.Get();
  }

  absl::StatusOr<v1::ResourceStatistics> Usage(const std::string& id) {
    Pending<absl::StatusOr<v1::ResourceStatistics>> done;
    loop_->Post([&] { containerizer_->Usage(ContainerId(id), done.Callback()); });
    return done.Get();
  }

  absl::StatusOr<v1::ContainerStatus> Status(const std::string& id) {
    Pending<absl::StatusOr<v1::ContainerStatus>> done;
    loop_->Post([&] { containerizer_->Status(ContainerId(id), done.Callback()); });
    return done.Get();
  }

  // A named pipe through which a task says something: reading waits for it.
  std::string MakePipe(const std::string& name) const {
    const std::string path = absl::StrCat(root_, "/", name);
    EXPECT_EQ(mkfifo(path.c_str(), 0666), 0);
    chmod(path.c_str(), 0666);
    return path;
  }
  static pid_t ReadPid(const std::string& pipe) {
    std::string line;
    std::ifstream file(pipe);
    std::getline(file, line);
    pid_t pid = 0;
    EXPECT_TRUE(absl::SimpleAtoi(line, &pid)) << line;
    return pid;
  }

  // The supervisor's pid.
  pid_t SupervisorOf(const std::string& id) const {
    return static_cast<pid_t>(atoi(ReadWholeFile(RuntimeFile(id, "pid")).c_str()));
  }

  std::string root_;
  MesosContainerizerOptions options_;
  std::unique_ptr<EventLoop> loop_ = CreateThreadEventLoop("test").value();
  std::unique_ptr<Containerizer> containerizer_;
  std::vector<std::string> launched_;
};

}  // namespace mesos

#endif  // MESOSLIB_CONTAINERIZER_CONTAINERIZER_FIXTURE_H_
