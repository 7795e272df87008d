#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "mesos/executor.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/run_state.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/executor/executor_core.h"

namespace mesos {
namespace {

// The core's door: from any thread to the loop.
class LoopExecutorDriver final : public ExecutorDriver {
 public:
  LoopExecutorDriver(ExecutorDriverOptions options, ExecutorDriverDependencies dependencies)
      : loop_(dependencies.loop),
        core_(std::make_shared<ExecutorCore>(this, std::move(options), dependencies)) {}

  ~LoopExecutorDriver() override {
    RunOn(loop_, [this] { core_->Stop(); });
  }

  absl::Status Start() override {
    RETURN_IF_ERROR(core_->run_state().Begin());
    return Post(&ExecutorCore::Start);
  }

  absl::Status Stop() override {
    RETURN_IF_ERROR(core_->run_state().End());
    RunOn(loop_, [this] { core_->Stop(); });
    return absl::OkStatus();
  }

  absl::Status SendStatusUpdate(v1::TaskStatus status) override {
    return Post(&ExecutorCore::Update, std::move(status));
  }

  absl::Status SendFrameworkMessage(const std::string& data) override {
    return Post(&ExecutorCore::SendMessage, data);
  }

 private:
  template <typename Method, typename... Args>
  absl::Status Post(Method method, Args... args) {
    return CallWhileRunning(loop_, core_, method, std::move(args)...);
  }

  EventLoop* const loop_;
  const std::shared_ptr<ExecutorCore> core_;
};

absl::Status Wrong(absl::string_view what) { return absl::InvalidArgumentError(what); }

absl::Status Check(const ExecutorDriverOptions& options,
                   const ExecutorDriverDependencies& dependencies) {
  if (dependencies.loop == nullptr) return Wrong("ExecutorDriverDependencies.loop is null");
  if (dependencies.random == nullptr) return Wrong("ExecutorDriverDependencies.random is null");
  if (dependencies.agent == nullptr) return Wrong("ExecutorDriverDependencies.agent is null");
  if (dependencies.executor == nullptr) {
    return Wrong("ExecutorDriverDependencies.executor is null");
  }
  if (options.framework_id.value().empty()) return Wrong("framework_id is empty");
  if (options.executor_id.value().empty()) return Wrong("executor_id is empty");
  if (options.recovery_timeout < absl::ZeroDuration()) return Wrong("recovery_timeout is negative");
  if (options.subscription_backoff_max <= absl::ZeroDuration() ||
      options.subscription_backoff_max == absl::InfiniteDuration()) {
    return Wrong(absl::StrCat("subscription_backoff_max is ",
                              absl::FormatDuration(options.subscription_backoff_max),
                              ", it must be finite and greater than 0"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ExecutorDriver>> CreateExecutorDriver(
    ExecutorDriverOptions options, ExecutorDriverDependencies dependencies, HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  RETURN_IF_ERROR(Check(options, dependencies));
  return std::make_unique<LoopExecutorDriver>(std::move(options), dependencies);
}

}  // namespace mesos
