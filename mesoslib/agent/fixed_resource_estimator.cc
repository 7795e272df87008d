// CreateFixedResourceEstimator: the same every time.
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesos/oversubscription.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

class FixedResourceEstimator final : public ResourceEstimator {
 public:
  explicit FixedResourceEstimator(Resources resources) : resources_(std::move(resources)) {}

  void Estimate(ResourceUsageSource, Done done) override { done(resources_); }

 private:
  const Resources resources_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ResourceEstimator>> CreateFixedResourceEstimator(
    Resources resources, HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  if (resources.empty()) {
    return absl::InvalidArgumentError("resources: there are none, expected some, as cpus:2");
  }
  Resources::ProtoList protos;
  resources.ToProto(&protos);
  for (v1::Resource& resource : protos) {
    if (resource.has_allocation_info()) {
      return absl::InvalidArgumentError(
          absl::StrCat("resources: ", resources.ToString(), ", expected none that is allocated"));
    }
    resource.mutable_revocable();
  }
  absl::StatusOr<Resources> revocable = Resources::FromProto(protos);
  if (!revocable.ok()) return Annotate(revocable.status(), "resources");
  return std::make_unique<FixedResourceEstimator>(*std::move(revocable));
}

}  // namespace mesos
