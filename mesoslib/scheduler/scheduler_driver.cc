#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "mesos/scheduler.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/run_state.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/scheduler/scheduler_core.h"

namespace mesos {
namespace {

using Call = v1::scheduler::Call;

// The core's door: builds calls on the caller's thread and hands them over to the loop.
class LoopSchedulerDriver final : public SchedulerDriver {
 public:
  LoopSchedulerDriver(SchedulerDriverOptions options, SchedulerDriverDependencies dependencies)
      : loop_(dependencies.loop),
        core_(std::make_shared<SchedulerCore>(this, std::move(options), dependencies)) {}

  ~LoopSchedulerDriver() override {
    RunOn(loop_, [this] { core_->Close(); });
  }

  absl::Status Start() override {
    RETURN_IF_ERROR(core_->run_state().Begin());
    return Post(&SchedulerCore::Start);
  }

  absl::Status Stop(bool failover) override {
    RETURN_IF_ERROR(core_->run_state().End());
    RunOn(loop_, [this, failover] { core_->Stop(failover); });
    return absl::OkStatus();
  }

  absl::Status LaunchTasks(const std::vector<v1::OfferID>& offers,
                           const std::vector<v1::TaskInfo>& tasks,
                           const v1::Filters& filters) override {
    Call call = AcceptCall(offers, filters);
    v1::Offer::Operation* operation = call.mutable_accept()->add_operations();
    operation->set_type(v1::Offer::Operation::LAUNCH);
    *operation->mutable_launch()->mutable_task_infos() = {tasks.begin(), tasks.end()};
    return Send(std::move(call));
  }

  absl::Status AcceptOffers(const std::vector<v1::OfferID>& offers,
                            const std::vector<v1::Offer::Operation>& operations,
                            const v1::Filters& filters) override {
    Call call = AcceptCall(offers, filters);
    *call.mutable_accept()->mutable_operations() = {operations.begin(), operations.end()};
    return Send(std::move(call));
  }

  absl::Status DeclineOffers(const std::vector<v1::OfferID>& offers,
                             const v1::Filters& filters) override {
    Call call;
    call.set_type(Call::DECLINE);
    *call.mutable_decline()->mutable_offer_ids() = {offers.begin(), offers.end()};
    if (filters.has_refuse_seconds()) *call.mutable_decline()->mutable_filters() = filters;
    return Send(std::move(call));
  }

  absl::Status ReviveOffers(const std::vector<std::string>& roles) override {
    Call call;
    call.set_type(Call::REVIVE);
    *call.mutable_revive()->mutable_roles() = {roles.begin(), roles.end()};
    return Send(std::move(call));
  }

  absl::Status SuppressOffers(const std::vector<std::string>& roles) override {
    Call call;
    call.set_type(Call::SUPPRESS);
    *call.mutable_suppress()->mutable_roles() = {roles.begin(), roles.end()};
    return Send(std::move(call));
  }

  absl::Status KillTask(const v1::TaskID& task) override {
    Call call;
    call.set_type(Call::KILL);
    *call.mutable_kill()->mutable_task_id() = task;
    return Send(std::move(call));
  }

  absl::Status ReconcileTasks(const std::vector<v1::TaskStatus>& tasks) override {
    Call call;
    call.set_type(Call::RECONCILE);
    call.mutable_reconcile();
    for (const v1::TaskStatus& status : tasks) {
      Call::Reconcile::Task* task = call.mutable_reconcile()->add_tasks();
      *task->mutable_task_id() = status.task_id();
      if (status.has_agent_id()) *task->mutable_agent_id() = status.agent_id();
    }
    return Send(std::move(call));
  }

  absl::Status AcknowledgeStatusUpdate(const v1::TaskStatus& status) override {
    RETURN_IF_ERROR(core_->run_state().Running());
    if (status.uuid().empty()) return absl::OkStatus();  // Nobody waits for an acknowledgement.
    Call call;
    call.set_type(Call::ACKNOWLEDGE);
    *call.mutable_acknowledge()->mutable_agent_id() = status.agent_id();
    *call.mutable_acknowledge()->mutable_task_id() = status.task_id();
    call.mutable_acknowledge()->set_uuid(status.uuid());
    return Post(&SchedulerCore::AcknowledgeExplicitly, std::move(call));
  }

  absl::Status SendFrameworkMessage(const v1::ExecutorID& executor, const v1::AgentID& agent,
                                    const std::string& data) override {
    Call call;
    call.set_type(Call::MESSAGE);
    *call.mutable_message()->mutable_executor_id() = executor;
    *call.mutable_message()->mutable_agent_id() = agent;
    call.mutable_message()->set_data(data);
    return Send(std::move(call));
  }

  absl::Status Send(Call call) override {
    return Post(&SchedulerCore::Send, std::move(call));
  }

 private:
  static Call AcceptCall(const std::vector<v1::OfferID>& offers, const v1::Filters& filters) {
    Call call;
    call.set_type(Call::ACCEPT);
    *call.mutable_accept()->mutable_offer_ids() = {offers.begin(), offers.end()};
    if (filters.has_refuse_seconds()) *call.mutable_accept()->mutable_filters() = filters;
    return call;
  }

  template <typename Method, typename... Args>
  absl::Status Post(Method method, Args... args) {
    return CallWhileRunning(loop_, core_, method, std::move(args)...);
  }

  EventLoop* const loop_;
  const std::shared_ptr<SchedulerCore> core_;
};

absl::Status Missing(absl::string_view name) {
  return absl::InvalidArgumentError(absl::StrCat("SchedulerDriverDependencies.", name, " is null"));
}

absl::Status Check(const SchedulerDriverOptions& options,
                   const SchedulerDriverDependencies& dependencies) {
  if (dependencies.loop == nullptr) return Missing("loop");
  if (dependencies.random == nullptr) return Missing("random");
  if (dependencies.master == nullptr) return Missing("master");
  if (dependencies.scheduler == nullptr) return Missing("scheduler");
  if (options.registration_backoff_factor <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "registration_backoff_factor is ",
        absl::FormatDuration(options.registration_backoff_factor), ", it must be greater than 0"));
  }
  if (options.max_registration_backoff < options.registration_backoff_factor ||
      options.max_registration_backoff == absl::InfiniteDuration()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "max_registration_backoff is ", absl::FormatDuration(options.max_registration_backoff),
        ", it must be finite and at least registration_backoff_factor, ",
        absl::FormatDuration(options.registration_backoff_factor)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SchedulerDriver>> CreateSchedulerDriver(
    SchedulerDriverOptions options, SchedulerDriverDependencies dependencies,
    HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  RETURN_IF_ERROR(Check(options, dependencies));
  return std::make_unique<LoopSchedulerDriver>(std::move(options), dependencies);
}

}  // namespace mesos
