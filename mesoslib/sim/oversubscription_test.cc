// Agents lend out resources, now more and now fewer, and preempt who uses them, with real masters
// and agents, also while all kinds of things go wrong.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesoslib/sim/cluster.h"
#include "mesoslib/sim/nemesis.h"

namespace mesos::sim {
namespace {

Resources Lendable() {
  Resources::ProtoList protos;
  Resources::Parse("cpus:3;mem:4096").value().ToProto(&protos);
  for (v1::Resource& resource : protos) resource.mutable_revocable();
  return Resources::FromProto(protos).value();
}

ClusterOptions Lenders(uint64_t seed) {
  ClusterOptions options;
  options.seed = seed;
  options.trace_lines = 100;
  options.agents = 3;
  options.lendable = Lendable();
  options.agent.qos_correction_interval_min = absl::Seconds(1);
  options.frameworks.resize(3);
  options.frameworks[0].revocable_tasks = 1000;
  options.frameworks[0].long_tasks = 800;
  options.frameworks[0].executor_tasks = 0;
  options.frameworks[1].revocable_tasks = 500;
  options.frameworks[1].executor_tasks = 600;
  options.frameworks[1].partition_aware = false;
  return options;
}

// Of all agents together.
double Metric(Cluster& cluster, const std::string& name) {
  double sum = 0;
  v1::agent::Call call;
  call.set_type(v1::agent::Call::GET_METRICS);
  call.mutable_get_metrics();
  for (const auto& host : cluster.agent_hosts()) {
    if (host->agent() == nullptr) continue;
    auto answer = std::make_shared<std::optional<absl::StatusOr<v1::agent::Response>>>();
    host->agent()->CallOperator(call, Peer(),
                                [answer](auto response) { answer->emplace(std::move(response)); });
    for (int i = 0; i < 100 && !answer->has_value(); ++i) {
      EXPECT_TRUE(cluster.Run(absl::Milliseconds(1)).ok());
    }
    if (!answer->has_value() || !(*answer)->ok()) continue;
    for (const v1::Metric& metric : (**answer)->get_metrics().metrics()) {
      if (metric.name() == name) sum += metric.value();
    }
  }
  return sum;
}

TEST(OversubscriptionSimulationTest, WhatIsLentIsUsedAndTakenBack) {
  ClusterOptions options = Lenders(1);
  options.frameworks.resize(2);
  Cluster cluster(options);
  double most_used = 0;
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(cluster.Run(absl::Seconds(5)).ok()) << cluster.world().trace().ToString();
    most_used = std::max(most_used, Metric(cluster, "slave/cpus_revocable_used"));
  }
  EXPECT_GT(most_used, 1);
  EXPECT_GT(Metric(cluster, "slave/executors_preempted"), 10);
  cluster.Quiet();
  const absl::Status converged = cluster.Converge(absl::Minutes(2));
  EXPECT_TRUE(converged.ok()) << converged;
  EXPECT_TRUE(cluster.TearDown(absl::Minutes(2)).ok());
}

class OversubscriptionSeedsTest : public ::testing::TestWithParam<uint64_t> {};

TEST_P(OversubscriptionSeedsTest, NothingIsLostDoubledOrLentTwice) {
  ClusterOptions options = Lenders(GetParam());
  options.masters = GetParam() % 2 == 0 ? 1 : 3;
  options.rogue = GetParam() % 5 == 0;
  options.frameworks[1].checkpoint = GetParam() % 3 != 0;
  Cluster cluster(options);
  auto fails = [&](const absl::Status& status) {
    EXPECT_TRUE(status.ok()) << status << "\n" << cluster.world().trace().ToString();
    return !status.ok();
  };
  ASSERT_FALSE(fails(cluster.Run(absl::Seconds(20))));
  Nemesis nemesis(&cluster);
  nemesis.Start(absl::Seconds(20));
  ASSERT_FALSE(fails(cluster.Run(absl::Minutes(8))));
  nemesis.Stop();
  ASSERT_FALSE(fails(cluster.Run(absl::Seconds(30))));
  cluster.Quiet();
  ASSERT_FALSE(fails(cluster.Converge(absl::Minutes(15))));
  ASSERT_FALSE(fails(cluster.TearDown(absl::Minutes(2))));
}

INSTANTIATE_TEST_SUITE_P(Seeds, OversubscriptionSeedsTest, ::testing::Range<uint64_t>(1, 41));

}  // namespace
}  // namespace mesos::sim
