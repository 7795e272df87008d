// What every allocator has without doing anything for it.
#include "mesos/allocator.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mesos {
namespace {

absl::Status Lacks(absl::string_view what) {
  return absl::UnimplementedError(absl::StrCat("this allocator knows no ", what));
}

}  // namespace

absl::Status Allocator::UpdateWeights(const std::map<std::string, double>&) {
  return Lacks("weights");
}

absl::Status Allocator::UpdateQuotas(const std::map<std::string, Quota>&, bool) {
  return Lacks("quotas");
}

absl::Status Allocator::UpdateWhitelist(const std::optional<std::set<std::string>>&) {
  return Lacks("whitelist");
}

absl::Status Allocator::Request(const FrameworkId&, const std::string&, const ResourceQuantities&) {
  return absl::OkStatus();
}

std::vector<InverseAllocation> Allocator::AllocateInverse(absl::Time) { return {}; }

absl::Status Allocator::RecoverInverse(const FrameworkId&, const AgentId&, absl::Duration,
                                       absl::Time) {
  return absl::OkStatus();
}

std::map<std::string, size_t> Allocator::CountFilters() const { return {}; }

absl::StatusOr<AllocationExplanation> Allocator::Explain(const FrameworkId&, absl::Time) {
  return Lacks("reasons");
}

}  // namespace mesos
