#include "mesoslib/sim/machine.h"

#include <signal.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mesos/internal/checkpoint.pb.h"
#include "mesoslib/base/lifetime.h"

namespace mesos::sim {
namespace {

std::string Variable(const ContainerConfig& config, const std::string& name) {
  auto found = config.environment.find(name);
  return found == config.environment.end() ? "" : found->second;
}

}  // namespace

Work ParseWork(absl::string_view text) {
  Work work;
  for (absl::string_view part : absl::StrSplit(text, ';')) {
    part = absl::StripAsciiWhitespace(part);
    double seconds = 0;
    int status = 0;
    if (absl::ConsumePrefix(&part, "sleep ") && absl::SimpleAtod(part, &seconds) && seconds >= 0 &&
        seconds < 1e9) {
      work.duration += absl::Seconds(seconds);
    } else if (absl::ConsumePrefix(&part, "exit ") && absl::SimpleAtoi(part, &status)) {
      work.exit_status = status & 255;
    }
  }
  return work;
}

// Answers in the agent's time, and never after the agent's death.
class MachineContainerizer final : public Containerizer {
 public:
  MachineContainerizer(Machine* machine, std::shared_ptr<Process> agent)
      : machine_(machine), agent_(std::move(agent)) {
    machine_->containerizer_ = this;
  }
  ~MachineContainerizer() override {
    if (machine_->containerizer_ == this) machine_->containerizer_ = nullptr;
  }

  void Recover(std::vector<ContainerId> known, Done done) override {
    std::vector<ContainerId> orphans;
    for (const auto& [id, container] : machine_->containers_) {
      if (std::count(known.begin(), known.end(), id) == 0) orphans.push_back(id);
    }
    for (const ContainerId& id : orphans) {
      machine_->Signal(id, SIGKILL);
      machine_->containers_.erase(id);
    }
    Answer(std::move(done), absl::OkStatus());
  }

  void Launch(ContainerId id, ContainerConfig config, Done done) override {
    if (!agent_->Acts()) return;
    // Starting takes its time; what has been asked for happens even if the agent dies meanwhile.
    SimulatedEventLoop* const loop = machine_->world_->loop();
    launching_.insert(id);
    loop->PostAt(loop->Now() + machine_->world_->Between(absl::Milliseconds(1), absl::Milliseconds(30)),
                 [this, machine = machine_, alive = std::weak_ptr<int>(alive_), id,
                  boot = machine_->boots_, config = std::move(config),
                  done = std::move(done)]() mutable {
                   if (alive.expired()) {
                     // The agent has died: it happens, or it does not.
                     if (boot != machine->boots_ || machine->world_->Chance(500)) return;
                     machine->Start(id, std::move(config)).IgnoreError();
                     return;
                   }
                   if (launching_.erase(id) == 0) return;
                   absl::Status status = machine->Start(id, std::move(config));
                   Answer(std::move(done), std::move(status));
                   Waited(id);
                 });
  }

  void Update(ContainerId id, Resources resources, Done done) override {
    auto container = machine_->containers_.find(id);
    if (container != machine_->containers_.end()) {
      container->second.config.resources = std::move(resources);
      machine_->CheckResources();
    }
    Answer(std::move(done), absl::OkStatus());
  }

  void Wait(ContainerId id, WaitDone done) override {
    if (launching_.count(id) == 0 && machine_->containers_.count(id) == 0) {
      return Answer(std::move(done), absl::StatusOr<ContainerTermination>(absl::NotFoundError(
                                         absl::StrCat("no container ", id.value()))));
    }
    waiting_.emplace(id, std::move(done));
    Waited(id);
  }

  void Kill(ContainerId id, int signal, Done done) override {
    auto container = machine_->containers_.find(id);
    if (container == machine_->containers_.end() || container->second.termination.has_value()) {
      return Answer(std::move(done),
                    absl::NotFoundError(absl::StrCat("no running container ", id.value())));
    }
    if (!agent_->Acts()) return;
    machine_->Signal(id, signal);
    Answer(std::move(done), absl::OkStatus());
  }

  void Destroy(ContainerId id, WaitDone done) override {
    if (launching_.erase(id) > 0) {
      ContainerTermination termination;
      termination.wait_status = SIGKILL;
      return Answer(std::move(done), absl::StatusOr<ContainerTermination>(termination));
    }
    auto container = machine_->containers_.find(id);
    if (container == machine_->containers_.end()) {
      return Answer(std::move(done), absl::StatusOr<ContainerTermination>(absl::NotFoundError(
                                         absl::StrCat("no container ", id.value()))));
    }
    if (!agent_->Acts()) return;
    waiting_.emplace(id, std::move(done));
    machine_->Signal(id, SIGKILL);
    Waited(id);
  }

  void Usage(ContainerId id,
             absl::AnyInvocable<void(absl::StatusOr<v1::ResourceStatistics>)> done) override {
    absl::StatusOr<v1::ResourceStatistics> usage = v1::ResourceStatistics();
    if (machine_->containers_.count(id) == 0) usage = absl::NotFoundError(id.value());
    Answer(std::move(done), std::move(usage));
  }

  void Status(ContainerId id,
              absl::AnyInvocable<void(absl::StatusOr<v1::ContainerStatus>)> done) override {
    absl::StatusOr<v1::ContainerStatus> status = v1::ContainerStatus();
    if (machine_->containers_.count(id) == 0) {
      status = absl::NotFoundError(id.value());
    } else {
      status->mutable_container_id()->set_value(id.value());
    }
    Answer(std::move(done), std::move(status));
  }

  // What is in volumes, nobody here looks at.
  void CreateVolume(std::string, Done done) override { Answer(std::move(done), absl::OkStatus()); }
  void DestroyVolume(std::string, bool, Done done) override {
    Answer(std::move(done), absl::OkStatus());
  }

  using Tell = absl::AnyInvocable<void(ContainerTermination)>;

  // Tells those who wait for a container that has ended.
  void Waited(const ContainerId& id) {
    auto container = machine_->containers_.find(id);
    if (container == machine_->containers_.end() || !container->second.termination.has_value()) {
      return;
    }
    auto [first, last] = waiting_.equal_range(id);
    if (first == last) return;
    std::vector<WaitDone> waiting;
    for (auto each = first; each != last; ++each) waiting.push_back(std::move(each->second));
    waiting_.erase(first, last);
    Tell tell = [this, id, waiting = std::move(waiting)](ContainerTermination end) mutable {
      machine_->Heard(id);
      const std::weak_ptr<int> alive = alive_;
      for (WaitDone& done : waiting) {
        if (alive.expired()) return;
        done(end);
      }
    };
    Answer(std::move(tell), *container->second.termination);
  }

 private:
  template <typename Callback, typename Result>
  void Answer(Callback done, Result result) {
    if (done == nullptr) return;
    agent_->PostAt(agent_->Now() + machine_->world_->Between(absl::Microseconds(10),
                                                             absl::Milliseconds(2)),
                   lifetime_.Guard([done = std::move(done), result = std::move(result)]() mutable {
                     done(std::move(result));
                   }));
  }

  Machine* const machine_;
  const std::shared_ptr<Process> agent_;
  const std::shared_ptr<int> alive_ = std::make_shared<int>(0);
  std::set<ContainerId> launching_;
  std::multimap<ContainerId, WaitDone> waiting_;
  Lifetime lifetime_;
};

Machine::~Machine() = default;

std::string Machine::boot_id() const { return absl::StrCat("boot-", host_, "-", boots_); }

std::optional<std::string> Machine::agent_id() const {
  auto found = disk_.state.entries.find("agent");
  internal::AgentCheckpoint checkpoint;
  if (found == disk_.state.entries.end() || !checkpoint.ParseFromString(found->second) ||
      !checkpoint.agent().has_id()) {
    return std::nullopt;
  }
  return checkpoint.agent().id().value();
}

std::unique_ptr<Containerizer> Machine::NewContainerizer(std::shared_ptr<Process> agent) {
  return std::make_unique<MachineContainerizer>(this, std::move(agent));
}

absl::Status Machine::Start(const ContainerId& id, ContainerConfig config) {
  if (containers_.count(id) > 0) {
    return absl::AlreadyExistsError(absl::StrCat("container ", id.value(), " exists"));
  }
  if (world_->Chance(failing_launches)) {
    return absl::UnavailableError("the container could not be started");
  }
  Container& container = containers_[id];
  container.number = ++started_;
  container.framework = Variable(config, "MESOS_FRAMEWORK_ID");
  container.task = Variable(config, "MESOS_TASK_ID");
  container.config = std::move(config);
  CheckResources();
  const uint64_t number = container.number;
  if (container.task.empty()) {
    container.executor = owner_->StartExecutor(
        *this, container.config,
        [this, id, number](int wait_status) { End(id, number, wait_status); });
    return absl::OkStatus();
  }
  owner_->TaskStarts(*this, container.framework, container.task);
  const Work work = ParseWork(container.config.command.value());
  container.timer = world_->loop()->PostAt(
      world_->loop()->Now() + work.duration,
      [this, id, number, status = work.exit_status << 8] { End(id, number, status); });
  return absl::OkStatus();
}

void Machine::End(const ContainerId& id, uint64_t number, int wait_status) {
  auto found = containers_.find(id);
  if (found == containers_.end() || found->second.number != number) return;
  Container& container = found->second;
  if (container.termination.has_value()) return;
  world_->Log("host ", host_, ": container of ",
              container.task.empty() ? "an executor" : container.task, " ends with ", wait_status);
  container.termination.emplace().wait_status = wait_status;
  Stop(container);
  if (containerizer_ != nullptr) containerizer_->Waited(id);
}

void Machine::Stop(Container& container) {
  world_->loop()->Cancel(container.timer);
  container.config = ContainerConfig();
  if (!container.task.empty()) owner_->TaskEnds(container.framework, container.task);
  // Its end may have been told by the process itself, which is still at work.
  if (container.executor != nullptr) {
    container.executor->Signal(SIGKILL);
    world_->loop()->Post(
        [executor = std::shared_ptr<ExecutorProcess>(std::move(container.executor))] {});
  }
}

// As a containerizer does, it remembers how the last ones ended: an agent may die before it has
// written down what it heard.
void Machine::Heard(const ContainerId& id) {
  constexpr size_t kRemembered = 64;
  remembered_.push_back(id);
  if (remembered_.size() <= kRemembered) return;
  containers_.erase(remembered_.front());
  remembered_.pop_front();
}

void Machine::KillSomeExecutor() {
  for (const auto& [id, container] : containers_) {
    if (container.executor == nullptr || container.termination.has_value()) continue;
    return Signal(ContainerId(id), SIGKILL);
  }
}

void Machine::Signal(const ContainerId& id, int signal) {
  auto found = containers_.find(id);
  if (found == containers_.end() || found->second.termination.has_value()) return;
  if (signal != SIGKILL && found->second.executor != nullptr) {
    return found->second.executor->Signal(signal);
  }
  // Some processes don't heed a SIGTERM.
  if (signal == SIGTERM && world_->Chance(50)) return;
  End(id, found->second.number, signal);
}

void Machine::Reboot() {
  for (auto& [id, container] : containers_) {
    if (!container.termination.has_value()) Stop(container);
  }
  containers_.clear();
  remembered_.clear();
  ++boots_;
}

void Machine::CheckResources() {
  Resources used;
  for (const auto& [id, container] : containers_) {
    if (!container.termination.has_value()) used += container.config.resources;
  }
  used.Unallocate();
  const Resources most = total_ + lendable_;
  if (most.Contains(used)) return;
  world_->Violation(absl::StrCat("host ", host_, " has ", most.ToString(), ", its containers hold ",
                                 used.ToString()));
}

}  // namespace mesos::sim
