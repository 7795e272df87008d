#include "mesoslib/containerizer/mesos_containerizer.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/containerizer/container_config.h"
#include "mesoslib/containerizer/processes.h"
#include "mesoslib/containerizer/sandbox.h"
#include "mesoslib/containerizer/volumes.h"

namespace mesos {
namespace {

// How long an exec may take, say from a slow network file system.
constexpr absl::Duration kLaunchTimeout = absl::Seconds(60);

// How many ended containers' files are kept.
constexpr size_t kRemembered = 64;

absl::Status NoSuchContainer(const ContainerId& id) {
  return absl::NotFoundError(absl::StrCat("there is no container ", Quoted(id.value())));
}

absl::Status HasEnded(const ContainerId& id) {
  return absl::NotFoundError(absl::StrCat("container ", Quoted(id.value()), " has ended"));
}

std::string Describe(int wait_status) {
  if (WIFEXITED(wait_status)) return absl::StrCat("exited with status ", WEXITSTATUS(wait_status));
  const int number = WTERMSIG(wait_status);
  const char* name = sigabbrev_np(number);
  return absl::StrCat("terminated by signal ", number,
                      name == nullptr ? "" : absl::StrCat(" (SIG", name, ")"));
}

// False also where it has ended and nobody has reaped it yet.
bool StillRuns(int pidfd) {
  ReapChild(pidfd);  // Of a host that takes in orphans.
  pollfd wait = {pidfd, POLLIN, 0};
  return poll(&wait, 1, 0) == 0;
}

absl::Status CheckCgroupsRoot(absl::string_view root) {
  for (const absl::string_view part : absl::StrSplit(root, '/')) {
    if (part.empty() || part == "." || part == ".." || part.find('\n') != part.npos) {
      return absl::InvalidArgumentError(absl::StrCat(
          "cgroups_root is ", Quoted(root), ", expected a path such as 'mesos' or 'mesos/agent'"));
    }
  }
  return absl::OkStatus();
}

ContainerTermination Termination(std::optional<int> wait_status, std::string message) {
  ContainerTermination termination;
  termination.wait_status = wait_status;
  termination.message = std::move(message);
  return termination;
}

}  // namespace

MesosContainerizer::MesosContainerizer(MesosContainerizerOptions options,
                                       ContainerizerDependencies dependencies, RuntimeState state,
                                       SupervisorLauncher supervisors,
                                       std::unique_ptr<Launcher> launcher,
                                       std::vector<std::unique_ptr<Isolator>> isolators,
                                       std::unique_ptr<ProcessWatcher> watcher,
                                       std::unique_ptr<WorkerPool> pool)
    : options_(std::move(options)),
      loop_(dependencies.loop),
      log_(dependencies.log),
      state_(std::move(state)),
      supervisors_(std::move(supervisors)),
      launcher_(std::move(launcher)),
      isolators_(std::move(isolators)),
      pool_(std::move(pool)),
      watcher_(std::move(watcher)),
      lifetime_(std::in_place) {}

MesosContainerizer::~MesosContainerizer() {
  stopping_ = true;
  RunOn(loop_, [this] {
    lifetime_.reset();
    for (const auto& [id, container] : containers_) {
      if (container->cancellation != nullptr) container->cancellation->Cancel();
      for (const Destroyer& destroyer : container->destroyers) loop_->Cancel(destroyer.timeout);
      container->jobs.clear();  // They hold their container.
    }
    containers_.clear();
  });
}

template <typename F, typename T>
void MesosContainerizer::Answer(F done, T value) {
  loop_->Post(lifetime_->Guard(
      [done = std::move(done), value = std::move(value)]() mutable { done(std::move(value)); }));
}

template <typename R>
void MesosContainerizer::Work(absl::AnyInvocable<R()> work, absl::AnyInvocable<void(R)> then) {
  pool_->Run([loop = loop_, work = std::move(work),
              reply = lifetime_->Guard(std::move(then))]() mutable {
    loop->Post([reply = std::move(reply), result = work()]() mutable { reply(std::move(result)); });
  });
}

template <typename R>
void MesosContainerizer::WorkFor(const ContainerPtr& container, absl::AnyInvocable<R()> work,
                                 absl::AnyInvocable<void(R)> then) {
  Work<R>(std::move(work), [this, container, then = std::move(then)](R result) mutable {
    then(std::move(result));
    container->busy = false;
    NextJob(container);
  });
  container->busy = true;
}

void MesosContainerizer::NextJob(const ContainerPtr& container) {
  while (!container->busy && !container->jobs.empty()) {
    EventLoop::Callback job = std::move(container->jobs.front());
    container->jobs.pop_front();
    job();
  }
}

MesosContainerizer::ContainerPtr MesosContainerizer::Find(const ContainerId& id) const {
  auto found = containers_.find(id);
  return found == containers_.end() ? nullptr : found->second;
}

// ---- Launch ----

void MesosContainerizer::Launch(ContainerId id, ContainerConfig config, Done done) {
  absl::Status valid = ValidateContainerId(id.value());
  absl::StatusOr<LaunchPlan> plan = MakeLaunchPlan(config);
  if (valid.ok()) valid = plan.status();
  if (valid.ok()) valid = ValidateVolumes(config);
  if (!valid.ok()) return Answer(std::move(done), valid);
  if (containers_.contains(id) || being_removed_.contains(id)) {
    return Answer(std::move(done), absl::AlreadyExistsError(absl::StrCat("container_id is in use: ",
                                                                         Quoted(id.value()))));
  }
  remembered_.erase(std::remove(remembered_.begin(), remembered_.end(), id), remembered_.end());
  auto container = std::make_shared<Container>();
  container->id = id;
  container->resources = config.resources;
  container->cancellation = std::make_shared<LaunchCancellation>();
  containers_.emplace(id, container);
  plan->runtime_dir = state_.Directory(id);
  WorkFor<absl::StatusOr<Launched>>(
      container,
      [this, id = std::move(id), config = std::move(config), plan = *std::move(plan),
       cancellation = container->cancellation]() mutable {
        return LaunchNow(id, config, std::move(plan), cancellation.get());
      },
      [this, container, done = std::move(done)](absl::StatusOr<Launched> launched) mutable {
        LaunchDone(container, std::move(launched), std::move(done));
      });
}

absl::StatusOr<MesosContainerizer::Launched> MesosContainerizer::LaunchNow(
    const ContainerId& id, const ContainerConfig& config, LaunchPlan plan,
    LaunchCancellation* cancellation) const {
  const std::string& name =
      config.user.empty() && config.command.has_user() ? config.command.user() : config.user;
  ASSIGN_OR_RETURN(const std::optional<LaunchUser> user, LookUpUser(name));
  plan.switch_user = user.has_value();
  if (user.has_value()) plan.user = *user;
  RETURN_IF_ERROR(MakeSandbox(plan.sandbox, user));
  RETURN_IF_ERROR(LinkVolumes(config, user));
  RETURN_IF_ERROR(state_.Prepare(id));
  ContainerPids pids;
  // On record before the supervisor knows what to do: whatever happens to us now, the next instance
  // finds it.
  auto record = [&](pid_t pid) -> absl::Status {
    pids.supervisor = pid;
    ASSIGN_OR_RETURN(pids.supervisor_start_time, ProcessStartTime(pid));
    return state_.WritePid(id, pid, pids.supervisor_start_time);
  };
  Launched launched;
  const auto launch = [&]() -> absl::StatusOr<LaunchedSupervisor> {
    RETURN_IF_ERROR(Prepare(id, config, &plan));
    ASSIGN_OR_RETURN(launched.limits, Limits(id));
    return supervisors_.Launch(plan, record, kLaunchTimeout, cancellation);
  };
  absl::StatusOr<LaunchedSupervisor> supervisor = launch();
  if (!supervisor.ok()) {
    const absl::Status cleaned = Clean(id, pids, /*orderly=*/false);
    if (!cleaned.ok()) {
      log_.Warning("launching container ", Quoted(id.value()), " failed, and ", cleaned.message());
    }
    state_.Remove(id);
    return supervisor.status();
  }
  pids.task = supervisor->task;
  launched.pids = pids;
  launched.pidfd = std::make_shared<const UniqueFd>(std::move(supervisor->pidfd));
  return launched;
}

absl::Status MesosContainerizer::Prepare(const ContainerId& id, const ContainerConfig& config,
                                         LaunchPlan* plan) const {
  RETURN_IF_ERROR(launcher_->Prepare(id, plan));
  for (const auto& isolator : isolators_) {
    RETURN_IF_ERROR(isolator->Prepare(id, config, plan));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<MesosContainerizer::Limit>> MesosContainerizer::Limits(
    const ContainerId& id) const {
  std::vector<Limit> limits;
  for (const auto& isolator : isolators_) {
    ASSIGN_OR_RETURN(std::optional<UniqueFd> reached, isolator->Watch(id));
    if (!reached.has_value()) continue;
    limits.push_back({isolator.get(), std::make_shared<const UniqueFd>(*std::move(reached))});
  }
  return limits;
}

// Its processes first: while there is one, no cgroup can be removed.
absl::Status MesosContainerizer::Clean(const ContainerId& id, const ContainerPids& pids,
                                       bool orderly) const {
  absl::Status status = launcher_->Clean(id, pids, orderly, options_.destroy_timeout);
  for (auto isolator = isolators_.rbegin(); isolator != isolators_.rend(); ++isolator) {
    status.Update((*isolator)->Clean(id, options_.destroy_timeout));
  }
  return status;
}

void MesosContainerizer::LaunchDone(const ContainerPtr& container,
                                    absl::StatusOr<Launched> launched, Done done) {
  container->cancellation = nullptr;
  absl::Status status = launched.status();
  if (status.ok()) status = Run(container, *std::move(launched));
  Answer(std::move(done), status);
  if (!status.ok()) {
    LaunchFailed(container, status);
  } else if (!container->destroyers.empty()) {
    KillProcesses(container);  // It was too late to cancel.
  }
}

void MesosContainerizer::LaunchFailed(const ContainerPtr& container, const absl::Status& error) {
  if (absl::IsCancelled(error) || !container->destroyers.empty()) {
    return Ended(container, Termination(std::nullopt, std::string(error.message())));
  }
  container->state = State::kEnded;
  for (WaitDone& waiter : std::exchange(container->waiters, {})) {
    Answer(std::move(waiter), absl::StatusOr<ContainerTermination>(error));
  }
  containers_.erase(container->id);
}

absl::Status MesosContainerizer::Run(const ContainerPtr& container, Launched launched) {
  container->state = State::kRunning;
  container->pids = launched.pids;
  container->pidfd = std::move(launched.pidfd);
  absl::Status watched = watcher_->Watch(
      container->pidfd, loop_,
      lifetime_->Guard([this, container](std::optional<int>) { SupervisorEnded(container); }));
  for (const Limit& limit : launched.limits) {
    watched.Update(watcher_->Watch(
        limit.reached, loop_,
        lifetime_->Guard([this, container, isolator = limit.isolator](std::optional<int>) {
          LimitReached(container, isolator);
        })));
  }
  // At once: a job would find that the launch has failed.
  if (!watched.ok()) KillAll(container->id, container->pids, container->pidfd->get());
  return watched;
}

// It is also told when the container's end takes its cgroup away.
void MesosContainerizer::LimitReached(const ContainerPtr& container, const Isolator* isolator) {
  if (container->state != State::kRunning) return;
  log_.Info("container ", Quoted(container->id.value()), " has run into a limit and is ended");
  container->limited_by.insert(isolator);
  KillProcesses(container);
}

// ---- Volumes ----

void MesosContainerizer::CreateVolume(std::string path, Done done) {
  Work<absl::Status>([path = std::move(path)] { return MakeDirectories(path); },
                     [done = std::move(done)](absl::Status status) mutable { done(status); });
}

void MesosContainerizer::DestroyVolume(std::string path, bool keep, Done done) {
  Work<absl::Status>(
      [this, path = std::move(path), keep] { return RemoveTree(path, keep, stopping_); },
      [done = std::move(done)](absl::Status status) mutable { done(status); });
}

// ---- While it runs ----

void MesosContainerizer::Update(ContainerId id, Resources resources, Done done) {
  const ContainerPtr container = Find(id);
  if (container == nullptr) return Answer(std::move(done), NoSuchContainer(id));
  container->resources = resources;
  container->jobs.push_back(
      [this, container, resources = std::move(resources), done = std::move(done)]() mutable {
        // One that has ended needs nothing.
        if (container->state != State::kRunning || isolators_.empty()) {
          return Answer(std::move(done), absl::OkStatus());
        }
        WorkFor<absl::Status>(
            container,
            [this, id = container->id, resources = std::move(resources)] {
              for (const auto& isolator : isolators_) {
                RETURN_IF_ERROR(isolator->Update(id, resources));
              }
              return absl::OkStatus();
            },
            [this, done = std::move(done)](absl::Status status) mutable {
              Answer(std::move(done), std::move(status));
            });
      });
  NextJob(container);
}

void MesosContainerizer::Kill(ContainerId id, int signal, Done done) {
  const ContainerPtr container = Find(id);
  if (container == nullptr) return Answer(std::move(done), NoSuchContainer(id));
  if (signal < 1 || signal > SIGRTMAX) {
    return Answer(std::move(done), absl::InvalidArgumentError(absl::StrCat(
                                       "signal is ", signal, ", not one of 1 to ", SIGRTMAX)));
  }
  container->jobs.push_back([this, container, signal, done = std::move(done)]() mutable {
    if (container->state != State::kRunning) {
      return Answer(std::move(done), HasEnded(container->id));
    }
    WorkFor<absl::Status>(
        container, [pids = container->pids, signal] { return SignalContainer(pids, signal); },
        [this, done = std::move(done)](absl::Status status) mutable {
          Answer(std::move(done), std::move(status));
        });
  });
  NextJob(container);
}

void MesosContainerizer::Usage(
    ContainerId id, absl::AnyInvocable<void(absl::StatusOr<v1::ResourceStatistics>)> done) {
  using Result = absl::StatusOr<v1::ResourceStatistics>;
  const ContainerPtr container = Find(id);
  if (container == nullptr) return Answer(std::move(done), Result(NoSuchContainer(id)));
  container->jobs.push_back([this, container, done = std::move(done)]() mutable {
    if (container->state != State::kRunning) {
      return Answer(std::move(done), Result(HasEnded(container->id)));
    }
    WorkFor<Result>(
        container,
        [this, id = container->id, pids = container->pids,
         resources = container->resources]() -> Result {
          ASSIGN_OR_RETURN(v1::ResourceStatistics usage, MeasureContainer(pids));
          usage.set_cpus_limit(resources.cpus());
          usage.set_mem_limit_bytes(static_cast<uint64_t>(resources.mem() * 1024 * 1024));
          for (const auto& isolator : isolators_) {
            RETURN_IF_ERROR(isolator->Usage(id, &usage));
          }
          return usage;
        },
        [this, done = std::move(done)](Result usage) mutable {
          if (usage.ok()) {
            usage->set_timestamp(absl::ToDoubleSeconds(loop_->WallTime() - absl::UnixEpoch()));
          }
          Answer(std::move(done), std::move(usage));
        });
  });
  NextJob(container);
}

void MesosContainerizer::Status(
    ContainerId id, absl::AnyInvocable<void(absl::StatusOr<v1::ContainerStatus>)> done) {
  using Result = absl::StatusOr<v1::ContainerStatus>;
  const ContainerPtr container = Find(id);
  if (container == nullptr) return Answer(std::move(done), Result(NoSuchContainer(id)));
  v1::ContainerStatus status;
  status.mutable_container_id()->set_value(id.value());
  if (container->pids.task != 0) {
    status.set_executor_pid(static_cast<uint32_t>(container->pids.task));
  }
  Answer(std::move(done), Result(std::move(status)));
}

// ---- Its end ----

void MesosContainerizer::Wait(ContainerId id, WaitDone done) {
  using Result = absl::StatusOr<ContainerTermination>;
  const ContainerPtr container = Find(id);
  if (container == nullptr) return Answer(std::move(done), Result(NoSuchContainer(id)));
  if (container->state != State::kEnded) {
    container->waiters.push_back(std::move(done));
    return;
  }
  Answer(std::move(done), Result(container->termination));
  Forget(container);
}

void MesosContainerizer::Destroy(ContainerId id, WaitDone done) {
  using Result = absl::StatusOr<ContainerTermination>;
  const ContainerPtr container = Find(id);
  if (container == nullptr) return Answer(std::move(done), Result(NoSuchContainer(id)));
  if (container->state == State::kEnded) return Wait(std::move(id), std::move(done));
  auto timer = std::make_shared<TimerId>();
  *timer = loop_->PostAt(
      loop_->Now() + options_.destroy_timeout,
      lifetime_->Guard([this, container, timer] { DestroyTimedOut(container, *timer); }));
  container->destroyers.push_back({std::move(done), *timer});
  if (container->state == State::kLaunching && container->cancellation != nullptr) {
    container->cancellation->Cancel();
  } else {
    KillProcesses(container);
  }
}

void MesosContainerizer::KillProcesses(const ContainerPtr& container) {
  container->jobs.push_back([this, container] {
    if (container->state != State::kRunning) return;
    WorkFor<bool>(
        container,
        [this, id = container->id, pids = container->pids, pidfd = container->pidfd] {
          KillAll(id, pids, pidfd->get());
          return true;
        },
        [](bool) {});
  });
  NextJob(container);
}

void MesosContainerizer::KillAll(const ContainerId& id, const ContainerPids& pids,
                                 int pidfd) const {
  const absl::Status killed = launcher_->Kill(id, pids, pidfd);
  if (!killed.ok()) log_.Error("container ", Quoted(id.value()), ": ", killed.message());
}

void MesosContainerizer::DestroyTimedOut(const ContainerPtr& container, TimerId timer) {
  auto found = std::find_if(container->destroyers.begin(), container->destroyers.end(),
                            [timer](const Destroyer& d) { return d.timeout == timer; });
  if (found == container->destroyers.end()) return;
  const std::string message =
      absl::StrCat("processes of container ", Quoted(container->id.value()), " are still there ",
                   absl::FormatDuration(options_.destroy_timeout), " after they were killed");
  log_.Error(message);
  WaitDone done = std::move(found->done);
  container->destroyers.erase(found);
  Answer(std::move(done),
         absl::StatusOr<ContainerTermination>(absl::DeadlineExceededError(message)));
}

void MesosContainerizer::SupervisorEnded(const ContainerPtr& container) {
  if (container->state != State::kRunning) return;
  container->state = State::kEnding;
  container->jobs.push_back([this, container] {
    WorkFor<ContainerTermination>(
        container,
        [this, id = container->id, pids = container->pids, limited_by = container->limited_by] {
          return HowItEnded(id, pids, limited_by);
        },
        [this, container](ContainerTermination termination) {
          Ended(container, std::move(termination));
        });
  });
  NextJob(container);
}

ContainerTermination MesosContainerizer::HowItEnded(
    const ContainerId& id, const ContainerPids& pids,
    const std::set<const Isolator*>& limited_by) const {
  absl::StatusOr<int> status = state_.ReadStatus(id);
  std::optional<ContainerLimitation> limitation;
  for (const auto& isolator : isolators_) {
    if (limitation.has_value()) break;
    limitation = isolator->Limitation(id, limited_by.contains(isolator.get()));
  }
  const absl::Status cleaned = Clean(id, pids, /*orderly=*/status.ok());
  const std::string left = cleaned.ok() ? "" : absl::StrCat("; ", cleaned.message());
  if (limitation.has_value()) {
    ContainerTermination ended = Termination(std::nullopt, absl::StrCat(limitation->message, left));
    if (status.ok()) ended.wait_status = *status;
    ended.state = v1::TASK_FAILED;
    ended.reason = limitation->reason;
    return ended;
  }
  if (status.ok()) return Termination(*status, absl::StrCat(Describe(*status), left));
  std::string message = "the container's supervisor was killed: how the command ended is not known";
  if (absl::IsDataLoss(status.status())) message = SetAside(id, "status", status.status());
  message += left;
  log_.Warning("container ", Quoted(id.value()), ": ", message);
  return Termination(std::nullopt, std::move(message));
}

void MesosContainerizer::Ended(const ContainerPtr& container, ContainerTermination termination) {
  using Result = absl::StatusOr<ContainerTermination>;
  container->state = State::kEnded;
  container->termination = std::move(termination);
  container->pidfd = nullptr;
  const bool heard = !container->waiters.empty() || !container->destroyers.empty();
  for (WaitDone& waiter : std::exchange(container->waiters, {})) {
    Answer(std::move(waiter), Result(container->termination));
  }
  for (Destroyer& destroyer : std::exchange(container->destroyers, {})) {
    loop_->Cancel(destroyer.timeout);
    Answer(std::move(destroyer.done), Result(container->termination));
  }
  if (heard) Forget(container);
}

void MesosContainerizer::Forget(const ContainerPtr& container) {
  containers_.erase(container->id);
  remembered_.push_back(container->id);
  if (remembered_.size() <= kRemembered) return;
  const ContainerId oldest = std::move(remembered_.front());
  remembered_.pop_front();
  being_removed_.insert(oldest);
  Work<bool>(
      [this, oldest] {
        state_.Remove(oldest);
        return true;
      },
      [this, oldest](bool) { being_removed_.erase(oldest); });
}

// ---- Recovery ----

void MesosContainerizer::Recover(std::vector<ContainerId> known, Done done) {
  auto wanted =
      std::make_shared<const absl::flat_hash_set<ContainerId>>(known.begin(), known.end());
  Work<std::vector<Found>>([this, wanted] { return FindContainers(*wanted); },
                           [this, wanted, done = std::move(done)](std::vector<Found> all) mutable {
                             auto recovery = std::make_shared<Recovery>();
                             recovery->done = std::move(done);
                             for (Found& found : all) {
                               if (wanted->contains(found.id)) {
                                 TakeUp(std::move(found));
                               } else {
                                 DestroyOrphan(std::move(found), recovery);
                               }
                             }
                             if (recovery->orphans == 0)
                               Answer(std::move(recovery->done), absl::OkStatus());
                           });
}

std::vector<MesosContainerizer::Found> MesosContainerizer::FindContainers(
    const absl::flat_hash_set<ContainerId>& known) const {
  absl::StatusOr<std::vector<ContainerId>> ids = state_.List();
  if (!ids.ok()) {
    log_.Error("cannot recover containers: ", ids.status().message());
    ids = std::vector<ContainerId>();
  }
  std::vector<Found> all;
  for (const ContainerId& id : *ids) {
    Found found = FindContainer(id);
    if (known.contains(id) || found.pidfd != nullptr) {
      all.push_back(std::move(found));
    } else {
      state_.Remove(id);
    }
  }
  const absl::flat_hash_set<ContainerId> listed(ids->begin(), ids->end());
  CleanStrays(listed);
  for (const ContainerId& id : known) {
    if (listed.contains(id)) continue;
    Found lost;
    lost.id = id;
    lost.termination.message =
        "nothing is on record about the container: the machine has restarted, or runtime_dir was "
        "cleared";
    all.push_back(std::move(lost));
  }
  return all;
}

// Of containers of which nothing is on record, say because runtime_dir was cleared: nobody could
// tell how they end.
void MesosContainerizer::CleanStrays(const absl::flat_hash_set<ContainerId>& listed) const {
  std::set<ContainerId> strays;
  const auto add = [&](const absl::StatusOr<std::vector<ContainerId>>& found) {
    if (!found.ok()) return log_.Error("cannot look for strays: ", found.status().message());
    for (const ContainerId& id : *found) {
      if (!listed.contains(id)) strays.insert(id);
    }
  };
  add(launcher_->Find());
  for (const auto& isolator : isolators_) add(isolator->Find());
  for (const ContainerId& id : strays) {
    log_.Warning("container ", Quoted(id.value()), " is not on record and is destroyed");
    const absl::Status cleaned = Clean(id, {}, /*orderly=*/false);
    if (!cleaned.ok()) log_.Error("container ", Quoted(id.value()), ": ", cleaned.message());
  }
}

MesosContainerizer::Found MesosContainerizer::FindContainer(const ContainerId& id) const {
  Found found;
  found.id = id;
  std::string problem;
  absl::StatusOr<ContainerPids> pids = state_.ReadPids(id);
  if (pids.ok()) {
    found.pids = *pids;
    absl::StatusOr<UniqueFd> pidfd = OpenProcess(pids->supervisor, pids->supervisor_start_time);
    if (pidfd.ok() && StillRuns(pidfd->get())) {
      found.pidfd = std::make_shared<const UniqueFd>(*std::move(pidfd));
      absl::StatusOr<std::vector<Limit>> limits = Limits(id);
      if (limits.ok()) {
        found.limits = *std::move(limits);
      } else {
        log_.Error("container ", Quoted(id.value()), ": ", limits.status().message());
      }
      return found;
    }
  } else {
    problem = absl::IsDataLoss(pids.status()) ? SetAside(id, "pid", pids.status())
                                              : std::string(pids.status().message());
  }
  // Looked at last: a supervisor writes it just before it goes.
  found.termination = HowItEnded(id, found.pids, {});
  const bool known =
      found.termination.wait_status.has_value() || found.termination.reason.has_value();
  if (!problem.empty() && !known) found.termination.message = std::move(problem);
  return found;
}

std::string MesosContainerizer::SetAside(const ContainerId& id, absl::string_view file,
                                         const absl::Status& damage) const {
  const absl::Status moved = state_.SetAside(id, file);
  log_.Error(damage.message(), moved.ok() ? "; it has been set aside" : moved.message());
  return std::string(damage.message());
}

void MesosContainerizer::TakeUp(Found found) {
  auto container = std::make_shared<Container>();
  container->id = found.id;
  containers_.emplace(found.id, container);
  if (found.pidfd == nullptr) {
    container->state = State::kEnded;
    container->termination = std::move(found.termination);
    return;
  }
  const absl::Status running =
      Run(container, {found.pids, std::move(found.pidfd), std::move(found.limits)});
  if (!running.ok()) log_.Error("container ", Quoted(found.id.value()), ": ", running.message());
  // Its launch was never answered.
  if (found.pids.task == 0) KillProcesses(container);
}

void MesosContainerizer::DestroyOrphan(Found found, std::shared_ptr<Recovery> recovery) {
  const ContainerId id = found.id;
  log_.Info("container ", Quoted(id.value()), " is unknown to the agent and is destroyed");
  TakeUp(std::move(found));
  ++recovery->orphans;
  Destroy(id, [this, recovery](absl::StatusOr<ContainerTermination>) {
    if (--recovery->orphans == 0) Answer(std::move(recovery->done), absl::OkStatus());
  });
}

absl::StatusOr<std::unique_ptr<Containerizer>> CreateMesosContainerizer(
    MesosContainerizerOptions options, ContainerizerDependencies dependencies,
    HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  if (dependencies.loop == nullptr) return absl::InvalidArgumentError("loop is missing");
  if (options.runtime_dir.empty() || options.runtime_dir[0] != '/') {
    return absl::InvalidArgumentError(
        absl::StrCat("runtime_dir is ", Quoted(options.runtime_dir), ", not an absolute path"));
  }
  if (options.worker_threads < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("worker_threads is ", options.worker_threads, ", less than 1"));
  }
  if (options.destroy_timeout <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "destroy_timeout is ", absl::FormatDuration(options.destroy_timeout), ", not more than 0"));
  }
  ASSIGN_OR_RETURN(RuntimeState state, RuntimeState::Open(options.runtime_dir));
  ASSIGN_OR_RETURN(SupervisorLauncher supervisors, SupervisorLauncher::Create());
  std::unique_ptr<Launcher> launcher = CreatePosixLauncher();
  if (options.launcher == MesosContainerizerOptions::Launcher::kLinux) {
    RETURN_IF_ERROR(CheckCgroupsRoot(options.cgroups_root));
    ASSIGN_OR_RETURN(std::unique_ptr<CgroupHierarchy> hierarchy, CgroupHierarchy::Find());
    ASSIGN_OR_RETURN(launcher, CreateLinuxLauncher(std::move(hierarchy), options.cgroups_root));
  }
  ASSIGN_OR_RETURN(std::vector<std::unique_ptr<Isolator>> isolators, CreateIsolators(options));
  ASSIGN_OR_RETURN(std::unique_ptr<ProcessWatcher> watcher, ProcessWatcher::Create());
  ASSIGN_OR_RETURN(std::unique_ptr<WorkerPool> pool,
                   WorkerPool::Create("containerizer", options.worker_threads));
  return std::make_unique<MesosContainerizer>(
      std::move(options), dependencies, std::move(state), std::move(supervisors),
      std::move(launcher), std::move(isolators), std::move(watcher), std::move(pool));
}

}  // namespace mesos
