#include "mesoslib/testing/fake_containerizer.h"

#include <signal.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos {

template <typename Callback, typename Result>
void FakeContainerizer::Answer(Callback done, Result result) {
  if (done == nullptr) return;
  loop_->Post(lifetime_.Guard(
      [done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); }));
}

void FakeContainerizer::Recover(std::vector<ContainerId> known, Done done) {
  recovered_ = std::move(known);
  for (auto& [id, container] : containers_) {
    container.waiting.clear();
    if (std::count(recovered_.begin(), recovered_.end(), id) == 0) End(id, SIGKILL);
  }
  Answer(std::move(done), recover_status);
}

void FakeContainerizer::Launch(ContainerId id, ContainerConfig config, Done done) {
  ++launches_;
  if (containers_.count(id) > 0) {
    return Answer(std::move(done),
                  absl::AlreadyExistsError(absl::StrCat("container ", id.value())));
  }
  order_.push_back(id);
  Container& container = containers_[id];
  container.resources = config.resources;
  container.config = std::move(config);
  if (hold_launches) {
    held_.push_back({id, std::move(done)});
    return;
  }
  FinishLaunch(id, std::move(done));
}

void FakeContainerizer::ReleaseLaunches() {
  hold_launches = false;
  for (Launching& launching : std::exchange(held_, {})) {
    FinishLaunch(launching.id, std::move(launching.done));
  }
}

void FakeContainerizer::FinishLaunch(const ContainerId& id, Done done) {
  if (!launch_status.ok()) {
    containers_.erase(id);
    order_.erase(std::find(order_.begin(), order_.end(), id));
    return Answer(std::move(done), launch_status);
  }
  containers_[id].started = true;
  Answer(std::move(done), absl::OkStatus());
  if (instant) End(id, 0);
}

void FakeContainerizer::End(const ContainerId& id, int wait_status) {
  ContainerTermination termination;
  termination.wait_status = wait_status;
  End(id, std::move(termination));
}

void FakeContainerizer::End(const ContainerId& id, ContainerTermination termination) {
  Container* container = FindRunning(id);
  if (container == nullptr) return;
  container->termination = termination;
  for (WaitDone& done : std::exchange(container->waiting, {})) {
    Answer(std::move(done), absl::StatusOr<ContainerTermination>(termination));
  }
}

void FakeContainerizer::RunAgain() {
  for (auto& [id, container] : containers_) container.termination.reset();
}

std::vector<ContainerId> FakeContainerizer::Running() const {
  std::vector<ContainerId> running;
  for (const ContainerId& id : order_) {
    const Container& container = containers_.at(id);
    if (container.started && !container.termination) running.push_back(id);
  }
  return running;
}

ContainerId FakeContainerizer::FindByEnvironment(absl::string_view name,
                                                 absl::string_view value) const {
  for (auto id = order_.rbegin(); id != order_.rend(); ++id) {
    const auto& environment = containers_.at(*id).config.environment;
    auto found = environment.find(std::string(name));
    if (found != environment.end() && absl::string_view(found->second) == value) return *id;
  }
  return ContainerId();
}

FakeContainerizer::Container* FakeContainerizer::FindRunning(const ContainerId& id) {
  auto container = containers_.find(id);
  if (container == containers_.end() || container->second.termination) return nullptr;
  return &container->second;
}

void FakeContainerizer::Update(ContainerId id, Resources resources, Done done) {
  if (update_status.ok() && containers_.count(id) > 0) containers_[id].resources = resources;
  Answer(std::move(done), update_status);
}

void FakeContainerizer::Wait(ContainerId id, WaitDone done) {
  auto container = containers_.find(id);
  if (container == containers_.end()) {
    return Answer(std::move(done), absl::StatusOr<ContainerTermination>(absl::NotFoundError(
                                       absl::StrCat("container ", id.value()))));
  }
  if (container->second.termination) {
    return Answer(std::move(done),
                  absl::StatusOr<ContainerTermination>(*container->second.termination));
  }
  container->second.waiting.push_back(std::move(done));
}

void FakeContainerizer::Kill(ContainerId id, int signal, Done done) {
  Container* container = FindRunning(id);
  if (container == nullptr) {
    return Answer(std::move(done), absl::NotFoundError(absl::StrCat("container ", id.value())));
  }
  container->signals.push_back(signal);
  Answer(std::move(done), absl::OkStatus());
  if (!ignore_sigterm || signal != SIGTERM) End(id, signal);
}

void FakeContainerizer::Destroy(ContainerId id, WaitDone done) {
  ++destroys_;
  if (hold_destroys) return;
  if (!destroy_status.ok()) {
    return Answer(std::move(done), absl::StatusOr<ContainerTermination>(destroy_status));
  }
  auto container = containers_.find(id);
  if (container == containers_.end()) {
    return Answer(std::move(done), absl::StatusOr<ContainerTermination>(absl::NotFoundError(
                                       absl::StrCat("container ", id.value()))));
  }
  End(id, SIGKILL);
  Answer(std::move(done), absl::StatusOr<ContainerTermination>(*container->second.termination));
}

void FakeContainerizer::Usage(
    ContainerId id, absl::AnyInvocable<void(absl::StatusOr<v1::ResourceStatistics>)> done) {
  absl::StatusOr<v1::ResourceStatistics> used = usage;
  if (FindRunning(id) == nullptr) used = absl::NotFoundError(id.value());
  if (!hold_usage) return Answer(std::move(done), std::move(used));
  held_usage_.push_back([this, done = std::move(done), used = std::move(used)]() mutable {
    Answer(std::move(done), std::move(used));
  });
}

void FakeContainerizer::ReleaseUsage() {
  for (absl::AnyInvocable<void()>& answer : std::exchange(held_usage_, {})) answer();
}

void FakeContainerizer::Status(ContainerId id,
                               absl::AnyInvocable<void(absl::StatusOr<v1::ContainerStatus>)> done) {
  absl::StatusOr<v1::ContainerStatus> status = v1::ContainerStatus();
  if (FindRunning(id) == nullptr) status = absl::NotFoundError(id.value());
  if (status.ok()) status->mutable_container_id()->set_value(id.value());
  Answer(std::move(done), std::move(status));
}

void FakeContainerizer::CreateVolume(std::string path, Done done) {
  volumes_.push_back(absl::StrCat("create ", path));
  AnswerVolume(std::move(done));
}

void FakeContainerizer::DestroyVolume(std::string path, bool keep, Done done) {
  volumes_.push_back(absl::StrCat(keep ? "empty " : "destroy ", path));
  AnswerVolume(std::move(done));
}

void FakeContainerizer::AnswerVolume(Done done) {
  if (hold_volumes) return held_volumes_.push_back(std::move(done));
  Answer(std::move(done), volume_status);
}

void FakeContainerizer::ReleaseVolumes() {
  hold_volumes = false;
  for (Done& done : std::exchange(held_volumes_, {})) Answer(std::move(done), volume_status);
}

}  // namespace mesos
