// Agents are drained and taken back, with real masters and agents, also while all kinds of things
// go wrong.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/sim/cluster.h"
#include "mesoslib/sim/nemesis.h"

namespace mesos::sim {
namespace {

using v1::master::Call;
using v1::master::Response;

// Somebody who asks whoever leads.
class Operator {
 public:
  explicit Operator(Cluster* cluster) : cluster_(cluster) {}

  // Within a second; an error where nobody has answered by then.
  absl::StatusOr<Response> Ask(const Call& call) {
    MasterHost* const leader = cluster_->leader();
    if (leader == nullptr || leader->master() == nullptr) {
      return absl::UnavailableError("nobody leads");
    }
    auto answer = std::make_shared<std::optional<absl::StatusOr<Response>>>();
    leader->master()->CallOperator(call, Peer(), [answer](absl::StatusOr<Response> response) {
      *answer = std::move(response);
    });
    for (int i = 0; i < 1000 && !answer->has_value(); ++i) {
      if (absl::Status status = cluster_->Run(absl::Milliseconds(1)); !status.ok()) return status;
    }
    if (!answer->has_value()) return absl::UnavailableError("no answer");
    return **answer;
  }

  absl::Status Drain(const std::string& agent, int64_t grace_seconds) {
    Call call;
    call.set_type(Call::DRAIN_AGENT);
    call.mutable_drain_agent()->mutable_agent_id()->set_value(agent);
    call.mutable_drain_agent()->mutable_max_grace_period()->set_seconds(grace_seconds);
    return Ask(call).status();
  }

  absl::Status Reactivate(const std::string& agent) {
    Call call;
    call.set_type(Call::REACTIVATE_AGENT);
    call.mutable_reactivate_agent()->mutable_agent_id()->set_value(agent);
    return Ask(call).status();
  }

  absl::StatusOr<Response> Agents() {
    Call call;
    call.set_type(Call::GET_AGENTS);
    return Ask(call);
  }

  // Whether the master says that this agent is drained; an error where it does not know it.
  absl::StatusOr<bool> IsDrained(const std::string& agent) {
    const absl::StatusOr<Response> listed = Agents();
    if (!listed.ok()) return listed.status();
    for (const auto& one : listed->get_agents().agents()) {
      if (one.agent_info().id().value() != agent) continue;
      return one.drain_info().state() == v1::DRAINED;
    }
    return absl::NotFoundError(agent);
  }

 private:
  Cluster* const cluster_;
};

size_t TasksOn(Cluster& cluster, const AgentHost& host) {
  size_t tasks = 0;
  for (const auto& [task, number] : cluster.observer().running()) tasks += number == host.host();
  return tasks;
}

TEST(DrainTest, WhatIsDrainedRunsNothingUntilItIsTakenBack) {
  ClusterOptions options;
  options.seed = 1;
  options.agents = 3;
  options.frameworks.resize(2);
  options.frameworks[0].long_tasks = 500;
  options.frameworks[1].partition_aware = false;
  Cluster cluster(options);
  Operator operator_of(&cluster);
  ASSERT_TRUE(cluster.Run(absl::Seconds(60)).ok());
  AgentHost& host = *cluster.agent_hosts()[0];
  ASSERT_GT(TasksOn(cluster, host), 0u);
  const std::string agent = host.machine().agent_id().value();
  ASSERT_EQ(operator_of.Drain(agent, 5), absl::OkStatus());
  absl::StatusOr<bool> drained = false;
  for (int i = 0; i < 60 && !drained.value_or(false); ++i) {
    ASSERT_TRUE(cluster.Run(absl::Seconds(1)).ok());
    drained = operator_of.IsDrained(agent);
  }
  EXPECT_TRUE(drained.value_or(false)) << drained.status();
  for (int i = 0; i < 60; ++i) {
    ASSERT_EQ(TasksOn(cluster, host), 0u);
    ASSERT_TRUE(cluster.Run(absl::Seconds(1)).ok());
  }
  ASSERT_EQ(operator_of.Reactivate(agent), absl::OkStatus());
  ASSERT_TRUE(cluster.Run(absl::Minutes(1)).ok());
  EXPECT_GT(TasksOn(cluster, host), 0u);
}

class DrainSeedsTest : public ::testing::TestWithParam<uint64_t> {};

TEST_P(DrainSeedsTest, DrainsSurviveWhateverGoesWrong) {
  ClusterOptions options;
  options.seed = GetParam();
  options.trace_lines = 100;
  options.masters = GetParam() % 2 == 0 ? 1 : 3;
  options.agents = 3;
  options.frameworks.resize(2);
  options.frameworks[0].long_tasks = 500;
  Cluster cluster(options);
  auto fails = [&](const absl::Status& status) {
    EXPECT_TRUE(status.ok()) << status << "\n" << cluster.world().trace().ToString();
    return !status.ok();
  };
  Operator operator_of(&cluster);
  SmallRandom chance(GetParam() ^ 0xd4a1);
  auto some_agent = [&] {
    auto& hosts = cluster.agent_hosts();
    return hosts[chance.Next() % hosts.size()]->machine().agent_id().value_or("");
  };
  ASSERT_FALSE(fails(cluster.Run(absl::Seconds(10))));
  auto nemesis = std::make_unique<Nemesis>(&cluster);
  nemesis->Start(absl::Seconds(20));
  int drains = 0;
  for (int i = 0; i < 30; ++i) {
    if (chance.Next() % 2 == 0) {
      drains += operator_of.Drain(some_agent(), static_cast<int64_t>(chance.Next() % 10)).ok();
    } else {
      operator_of.Reactivate(some_agent()).IgnoreError();
    }
    ASSERT_FALSE(fails(cluster.Run(absl::Seconds(static_cast<int64_t>(chance.Next() % 20)))));
  }
  EXPECT_GT(drains, 0);
  nemesis->Stop();
  // All are taken back, once they are drained.
  bool all_active = false;
  for (int i = 0; i < 180 && !all_active; ++i) {
    const absl::StatusOr<Response> listed = operator_of.Agents();
    if (listed.ok()) {
      int expected = 0;
      for (const auto& host : cluster.agent_hosts()) expected += !host->retired();
      all_active = listed->get_agents().agents_size() >= expected;
      for (const auto& agent : listed->get_agents().agents()) {
        if (!agent.deactivated()) continue;
        all_active = false;
        operator_of.Reactivate(agent.agent_info().id().value()).IgnoreError();
      }
    }
    ASSERT_FALSE(fails(cluster.Run(absl::Seconds(10))));
  }
  EXPECT_TRUE(all_active) << operator_of.Agents()->DebugString();
  cluster.Quiet();
  ASSERT_FALSE(fails(cluster.Converge(absl::Minutes(15))));
  ASSERT_FALSE(fails(cluster.TearDown(absl::Minutes(2))));
}

INSTANTIATE_TEST_SUITE_P(Seeds, DrainSeedsTest, ::testing::Range<uint64_t>(1, 41));

}  // namespace
}  // namespace mesos::sim
