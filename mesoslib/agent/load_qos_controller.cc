// CreateLoadQosController: all that is lent goes when the machine is overloaded.
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mesos/oversubscription.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

bool IsAbove(double load, const std::optional<double>& threshold) {
  return threshold.has_value() && load > *threshold;
}

std::vector<QosCorrection> AllRevocable(const ResourceUsage& usage) {
  std::vector<QosCorrection> corrections;
  for (const ResourceUsage::Executor& executor : usage.executors) {
    if (executor.allocated.Revocable().empty()) continue;
    corrections.push_back({FrameworkId(executor.info.framework_id().value()),
                           ExecutorId(executor.info.executor_id().value()), executor.container});
  }
  return corrections;
}

class LoadQosController final : public QosController {
 public:
  LoadQosController(LoadQosControllerOptions options, LoadQosControllerDependencies dependencies)
      : options_(options), deps_(std::move(dependencies)) {}

  void Correct(ResourceUsageSource usage, Done done) override {
    const absl::StatusOr<SystemLoad> load = deps_.load();
    if (!load.ok()) return done(Annotate(load.status(), "the machine's load is not known"));
    const bool overloaded = IsAbove(load->five, options_.load_threshold_5min) ||
                            IsAbove(load->fifteen, options_.load_threshold_15min);
    if (!overloaded) return done(std::vector<QosCorrection>());
    usage(UsageDetail::kAllocated,
          [done = std::move(done)](absl::StatusOr<ResourceUsage> answer) mutable {
            if (!answer.ok()) return done(answer.status());
            done(AllRevocable(*answer));
          });
  }

 private:
  const LoadQosControllerOptions options_;
  const LoadQosControllerDependencies deps_;
};

absl::Status CheckThreshold(absl::string_view name, const std::optional<double>& threshold) {
  if (!threshold.has_value() || (std::isfinite(*threshold) && *threshold >= 0)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(name, ": ", *threshold, ", expected a finite number, not negative"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<QosController>> CreateLoadQosController(
    LoadQosControllerOptions options, LoadQosControllerDependencies dependencies,
    HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  RETURN_IF_ERROR(CheckThreshold("load_threshold_5min", options.load_threshold_5min));
  RETURN_IF_ERROR(CheckThreshold("load_threshold_15min", options.load_threshold_15min));
  if (!options.load_threshold_5min.has_value() && !options.load_threshold_15min.has_value()) {
    return absl::InvalidArgumentError(
        "load_threshold_5min: missing, expected it or load_threshold_15min, or both");
  }
  if (dependencies.load == nullptr) return absl::InvalidArgumentError("load: missing");
  return std::make_unique<LoadQosController>(options, std::move(dependencies));
}

}  // namespace mesos
