// The estimator and the controller that are built in.
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/oversubscription.h"
#include "mesos/resources.h"

namespace mesos {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kRevocable[] =
    R"([{"name": "cpus", "type": "SCALAR", "scalar": {"value": 2}, "revocable": {}}])";

std::string EstimatorError(Resources resources) {
  return std::string(CreateFixedResourceEstimator(std::move(resources)).status().message());
}

TEST(FixedResourceEstimatorTest, AnswersTheSameRevocableEachTime) {
  for (const char* text : {"cpus:2", kRevocable}) {
    auto estimator = CreateFixedResourceEstimator(Resources::Parse(text).value()).value();
    for (int i = 0; i < 2; ++i) {
      std::optional<Resources> estimate;
      estimator->Estimate(nullptr, [&](auto answer) { estimate = answer.value(); });
      ASSERT_TRUE(estimate.has_value());
      EXPECT_EQ(*estimate, Resources::Parse(kRevocable).value());
    }
  }
}

TEST(FixedResourceEstimatorTest, RefusesWhatCannotBeRevocable) {
  EXPECT_THAT(EstimatorError(Resources()), HasSubstr("resources: there are none"));
  Resources allocated = Resources::Parse("cpus:2").value();
  allocated.Allocate("eng");
  EXPECT_THAT(EstimatorError(allocated), HasSubstr("expected none that is allocated"));
  v1::Resource::ReservationInfo reservation;
  reservation.set_type(v1::Resource::ReservationInfo::DYNAMIC);
  reservation.set_role("eng");
  const Resources two = Resources::Parse("cpus:2").value();
  EXPECT_THAT(EstimatorError(two.PushReservation(reservation).value()), HasSubstr("revocable"));
}

class LoadQosControllerTest : public ::testing::Test {
 protected:
  void Create(LoadQosControllerOptions options) {
    controller_ = CreateLoadQosController(options, {[this] { return load_; }}).value();
  }

  absl::StatusOr<std::vector<QosCorrection>> Ask() {
    absl::StatusOr<std::vector<QosCorrection>> answer = absl::UnknownError("no answer");
    ResourceUsageSource usage = [this](UsageDetail detail, auto done) {
      EXPECT_EQ(detail, UsageDetail::kAllocated);
      ++usage_asked_;
      done(usage_);
    };
    controller_->Correct(usage, [&](auto corrections) { answer = std::move(corrections); });
    return answer;
  }

  static ResourceUsage::Executor Holding(const std::string& id, const std::string& resources) {
    ResourceUsage::Executor executor;
    executor.info.mutable_framework_id()->set_value("F");
    executor.info.mutable_executor_id()->set_value(id);
    executor.container = ContainerId("c-" + id);
    executor.allocated = Resources::Parse(resources).value();
    return executor;
  }

  absl::StatusOr<SystemLoad> load_ = SystemLoad{0, 0, 0};
  absl::StatusOr<ResourceUsage> usage_ = ResourceUsage();
  int usage_asked_ = 0;
  std::unique_ptr<QosController> controller_;
};

TEST_F(LoadQosControllerTest, SaysNothingWhileTheLoadIsNotAboveItsThreshold) {
  Create({.load_threshold_5min = 4, .load_threshold_15min = 8});
  usage_->executors.push_back(Holding("e", kRevocable));
  for (const SystemLoad load : {SystemLoad{100, 0, 0}, SystemLoad{100, 4, 8}}) {
    load_ = load;
    EXPECT_THAT(Ask().value(), IsEmpty());
  }
  EXPECT_EQ(usage_asked_, 0) << "nobody needs to add it up";
}

TEST_F(LoadQosControllerTest, NamesAllWhoHoldSomethingRevocableWhileOneIs) {
  Create({.load_threshold_5min = 4, .load_threshold_15min = 8});
  usage_->executors = {Holding("a", kRevocable), Holding("b", "cpus:1"), Holding("c", kRevocable)};
  for (const SystemLoad load : {SystemLoad{0, 4.01, 0}, SystemLoad{0, 0, 8.01}}) {
    load_ = load;
    const std::vector<QosCorrection> corrections = Ask().value();
    ASSERT_THAT(corrections, SizeIs(2));
    EXPECT_EQ(corrections[0].framework, FrameworkId("F"));
    EXPECT_EQ(corrections[0].executor, ExecutorId("a"));
    EXPECT_EQ(corrections[0].container, ContainerId("c-a"));
    EXPECT_EQ(corrections[1].executor, ExecutorId("c"));
  }
}

TEST_F(LoadQosControllerTest, AThresholdThatIsNotSetIsNeverPassed) {
  usage_->executors = {Holding("a", kRevocable)};
  Create({.load_threshold_15min = 0});
  load_ = SystemLoad{100, 100, 0};
  EXPECT_THAT(Ask().value(), IsEmpty());
  Create({.load_threshold_5min = 0});
  EXPECT_THAT(Ask().value(), SizeIs(1));
}

TEST_F(LoadQosControllerTest, WhatIsNotKnownIsAnError) {
  Create({.load_threshold_5min = 1});
  load_ = absl::UnavailableError("no /proc");
  EXPECT_THAT(std::string(Ask().status().message()), HasSubstr("load is not known: no /proc"));
  load_ = SystemLoad{0, 2, 0};
  usage_ = absl::UnavailableError("the agent has stopped");
  EXPECT_THAT(std::string(Ask().status().message()), HasSubstr("has stopped"));
}

TEST_F(LoadQosControllerTest, RefusesOptionsThatMakeNoSense) {
  auto error = [this](LoadQosControllerOptions options) {
    return std::string(
        CreateLoadQosController(options, {[this] { return load_; }}).status().message());
  };
  EXPECT_THAT(error({}), HasSubstr("load_threshold_5min: missing"));
  EXPECT_THAT(error({.load_threshold_5min = -1}), HasSubstr("load_threshold_5min: -1"));
  EXPECT_THAT(error({.load_threshold_15min = std::numeric_limits<double>::quiet_NaN()}),
              HasSubstr("load_threshold_15min: nan"));
  EXPECT_THAT(error({.load_threshold_15min = std::numeric_limits<double>::infinity()}),
              HasSubstr("load_threshold_15min: inf"));
  EXPECT_THAT(
      std::string(CreateLoadQosController({.load_threshold_5min = 1}, {}).status().message()),
      HasSubstr("load: missing"));
}

}  // namespace
}  // namespace mesos
