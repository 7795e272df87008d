#include "mesoslib/sim/lender.h"

#include <utility>

namespace mesos::sim {
namespace {

QosCorrection CorrectionOf(const ResourceUsage::Executor& executor) {
  return {FrameworkId(executor.info.framework_id().value()),
          ExecutorId(executor.info.executor_id().value()), executor.container};
}

}  // namespace

Lender::Lender(World* world, std::shared_ptr<Process> process, Resources most)
    : world_(world), process_(std::move(process)), most_(std::move(most)) {}

void Lender::Soon(EventLoop::Callback answer) {
  if (world_->Chance(2)) return;
  if (world_->Chance(700)) return answer();
  process_->PostAt(process_->Now() + world_->Between(absl::ZeroDuration(), absl::Seconds(40)),
                   lifetime_.Guard([answer = std::move(answer)]() mutable { answer(); }));
}

void Lender::Estimate(ResourceUsageSource, ResourceEstimator::Done done) {
  Resources::ProtoList protos;
  most_.ToProto(&protos);
  const double part = static_cast<double>(world_->Pick(5)) / 4;
  for (v1::Resource& resource : protos) {
    resource.mutable_scalar()->set_value(resource.scalar().value() * part);
  }
  if (part == 0) protos.Clear();
  lent_ = Resources::FromProto(protos).value();
  Soon([done = std::move(done), lent = lent_]() mutable { done(std::move(lent)); });
}

void Lender::Correct(ResourceUsageSource usage, QosController::Done done) {
  const UsageDetail detail =
      world_->Chance(500) ? UsageDetail::kAllocated : UsageDetail::kStatistics;
  usage(detail, lifetime_.Guard(
                    [this, done = std::move(done)](absl::StatusOr<ResourceUsage> answer) mutable {
                      if (!answer.ok()) return done(answer.status());
                      Soon([done = std::move(done), corrections = WhoGivesWay(*answer)]() mutable {
                        done(std::move(corrections));
                      });
                    }));
}

std::vector<QosCorrection> Lender::WhoGivesWay(const ResourceUsage& usage) {
  std::vector<QosCorrection> corrections;
  Resources held;
  for (const ResourceUsage::Executor& executor : usage.executors) {
    Resources its = executor.allocated.Revocable();
    its.Unallocate();
    // What holds nothing that is lent is named, too, which is to have no effect.
    if (world_->Chance(its.empty() ? 5 : 20)) {
      corrections.push_back(CorrectionOf(executor));
      continue;
    }
    held += its;
    if (!its.empty() && !lent_.Contains(held)) corrections.push_back(CorrectionOf(executor));
  }
  return corrections;
}

}  // namespace mesos::sim
