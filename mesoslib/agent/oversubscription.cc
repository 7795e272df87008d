#include "mesoslib/agent/oversubscription.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesoslib/agent/container_survey.h"

namespace mesos::agent {
namespace {

// An estimate as masters take it.
absl::Status CheckEstimate(const Resources& estimate) {
  for (const ResourceEntry& entry : estimate) {
    const std::string text = entry.ToString();
    if (!entry.IsRevocable()) {
      return absl::InvalidArgumentError(
          absl::StrCat("it has ", text, ", expected revocable resources only"));
    }
    if (!entry.allocation_role().empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("it has ", text, ", expected resources allocated to no role"));
    }
  }
  return absl::OkStatus();
}

std::string NameOf(const QosCorrection& correction) {
  return absl::StrCat("executor ", Quoted(correction.executor.value()), " of framework ",
                      Quoted(correction.framework.value()));
}

}  // namespace

Oversubscription::Oversubscription(const AgentOptions& options, Dependencies dependencies)
    : options_(options),
      deps_(std::move(dependencies)),
      door_(std::make_shared<LoopDoor<Oversubscription>>(deps_.loop, this)) {}

Oversubscription::~Oversubscription() {
  Stop();
  door_->Close();
}

void Oversubscription::Start() {
  if (deps_.estimator != nullptr) AskEstimator();
  if (deps_.controller != nullptr) AskController();
}

void Oversubscription::Stop() {
  for (Question* question : {&estimate_, &correction_}) {
    deps_.loop->Cancel(std::exchange(question->timer, 0));
    // What is answered now belongs to no question.
    question->open = false;
  }
}

void Oversubscription::After(absl::Duration pause, Question* question,
                             void (Oversubscription::*ask)()) {
  question->timer =
      deps_.loop->PostAt(deps_.loop->Now() + pause, lifetime_.Guard([this, question, ask] {
        question->timer = 0;
        (this->*ask)();
      }));
}

// -- What may be lent out --

void Oversubscription::AskEstimator() {
  After(options_.oversubscribed_resources_interval, &estimate_, &Oversubscription::AskEstimator);
  if (estimate_.open) {
    if (!std::exchange(silent_, true)) {
      deps_.log.Warning("the resource estimator has not answered for ",
                        absl::FormatDuration(options_.oversubscribed_resources_interval),
                        "; what is oversubscribed stays as it is");
    }
    return;
  }
  estimate_.open = true;
  deps_.estimator->Estimate(
      MakeUsageSource(), [door = door_, number = ++estimate_.number](absl::StatusOr<Resources> r) {
        door->Post([number, r = std::move(r)](Oversubscription* self) mutable {
          if (self != nullptr) self->Estimated(number, std::move(r));
        });
      });
}

void Oversubscription::Estimated(uint64_t question, absl::StatusOr<Resources> estimate) {
  // It may answer twice.
  if (!estimate_.open || question != estimate_.number) return;
  estimate_.open = false;
  silent_ = false;
  absl::Status status = estimate.status();
  if (status.ok()) status = CheckEstimate(*estimate);
  if (!status.ok()) {
    return deps_.log.Warning(
        "the resource estimator's answer is refused, and what is "
        "oversubscribed stays as it is: ",
        status.ToString());
  }
  if (std::exchange(estimated_, true) && *estimate == total_) return;
  total_ = *std::move(estimate);
  deps_.log.Info("oversubscribed: ", total_.ToString());
  deps_.tell(total_);
}

void Oversubscription::Registered() {
  if (estimated_) deps_.tell(total_);
}

// -- Who has to give way --

void Oversubscription::AskController() {
  correction_.open = true;
  deps_.controller->Correct(
      MakeUsageSource(), [door = door_, number = ++correction_.number](auto corrections) {
        door->Post([number, corrections = std::move(corrections)](Oversubscription* self) mutable {
          if (self != nullptr) {
            self->Corrected(number, std::move(corrections));
          }
        });
      });
}

void Oversubscription::Corrected(uint64_t question,
                                 absl::StatusOr<std::vector<QosCorrection>> corrections) {
  if (!correction_.open || question != correction_.number) return;
  correction_.open = false;
  After(std::max(options_.qos_correction_interval_min, kMinPause), &correction_,
        &Oversubscription::AskController);
  if (!corrections.ok()) {
    return deps_.log.Warning("the QoS controller has no answer: ", corrections.status().ToString());
  }
  size_t ignored = 0;
  std::string why;
  for (const QosCorrection& correction : *corrections) {
    const absl::Status status = Preempt(correction);
    if (status.ok()) continue;
    if (++ignored == 1) why = absl::StrCat(NameOf(correction), ": ", status.message());
  }
  // One line, however many there are: it may say the same ten times a second.
  if (ignored > 0) {
    deps_.log.Warning("ignoring ", ignored, " of ", corrections->size(),
                      " QoS corrections, first that of ", why);
  }
}

absl::Status Oversubscription::Preempt(const QosCorrection& correction) {
  Framework* framework = deps_.ledger->frameworks().Find(correction.framework);
  if (framework == nullptr) return absl::NotFoundError("the framework has nothing here");
  Executor* executor = framework->FindExecutor(correction.executor);
  if (executor == nullptr) return absl::NotFoundError("there is no such executor");
  if (correction.container && *correction.container != executor->container()) {
    return absl::NotFoundError(
        absl::StrCat("it runs in another container than ", Quoted(correction.container->value())));
  }
  // It is on its way out; a controller that looks again before it is gone is right to name it.
  if (!executor->alive()) return absl::OkStatus();
  if (executor->Allocated().Revocable().empty()) {
    return absl::FailedPreconditionError("it holds nothing that is revocable");
  }
  TaskReport report;
  report.state = v1::TASK_GONE;
  report.reason = v1::TaskStatus::REASON_CONTAINER_PREEMPTED;
  report.message = "Container preempted by QoS correction";
  const bool preempted = executor->command_task()
                             ? deps_.commands->Preempt(*executor, std::move(report))
                             : deps_.executors->Preempt(*executor, std::move(report));
  if (!preempted) return absl::OkStatus();
  deps_.log.Info("preempting ", NameOf(correction), ", as the QoS controller wants it");
  ++preempted_;
  return absl::OkStatus();
}

// -- Usage --

ResourceUsageSource Oversubscription::MakeUsageSource() const {
  return [door = door_](UsageDetail detail,
                        absl::AnyInvocable<void(absl::StatusOr<ResourceUsage>)> done) {
    door->Post([detail, done = std::move(done)](Oversubscription* self) mutable {
      if (self == nullptr) return done(absl::UnavailableError("the agent has stopped"));
      self->TellUsage(detail, std::move(done));
    });
  };
}

ResourceUsage Oversubscription::Usage() const {
  ResourceUsage usage;
  usage.total = deps_.operations->total();
  for (const auto& [id, framework] : deps_.ledger->frameworks().all()) {
    for (const auto& [executor_id, executor] : framework->executors()) {
      if (executor->state() == Executor::State::kTerminated) continue;
      ResourceUsage::Executor& told = usage.executors.emplace_back();
      told.info = executor->info();
      told.info.mutable_framework_id()->set_value(id.value());
      told.container = executor->container();
      told.allocated = executor->Allocated();
      for (const auto& [task_id, task] : executor->tasks()) {
        if (task->phase() == Task::Phase::kEnded) continue;
        told.tasks.push_back({task_id, task->info().name(), task->resources()});
      }
    }
  }
  return usage;
}

void Oversubscription::TellUsage(UsageDetail detail,
                                 absl::AnyInvocable<void(absl::StatusOr<ResourceUsage>)> done) {
  ResourceUsage usage = Usage();
  if (detail == UsageDetail::kAllocated) return done(std::move(usage));
  v1::agent::Response containers;
  for (const ResourceUsage::Executor& executor : usage.executors) {
    containers.mutable_get_containers()->add_containers()->mutable_container_id()->set_value(
        executor.container.value());
  }
  SurveyContainers(deps_.loop, deps_.containerizer, std::move(containers),
                   [usage = std::move(usage),
                    done = std::move(done)](absl::StatusOr<v1::agent::Response> response) mutable {
                     if (!response.ok()) return done(response.status());
                     for (int i = 0; i < response->get_containers().containers_size(); ++i) {
                       auto& container = *response->mutable_get_containers()->mutable_containers(i);
                       if (!container.has_resource_statistics()) continue;
                       usage.executors[static_cast<size_t>(i)].statistics =
                           std::move(*container.mutable_resource_statistics());
                     }
                     done(std::move(usage));
                   });
}

}  // namespace mesos::agent
