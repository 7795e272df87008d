// Who the agent is, and whom it obeys: ids, terms of masters, changes of its options, cleaning up.
#include <string>

#include "mesoslib/agent/agent_fixture.h"

namespace mesos::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Event = v1::executor::Event;

class IdentityTest : public AgentTest {
 protected:
  static internal::MasterMessage::Term Term(const std::string& registry, uint64_t number) {
    internal::MasterMessage::Term term;
    term.set_registry_id(registry);
    term.set_number(number);
    return term;
  }

  bool registered() {
    v1::agent::Call call;
    call.set_type(v1::agent::Call::GET_METRICS);
    call.mutable_get_metrics();
    bool registered = false;
    agent_->CallOperator(call, {}, [&](absl::StatusOr<v1::agent::Response> response) {
      for (const auto& metric : response->get_metrics().metrics()) {
        if (metric.name() == "slave/registered") registered = metric.value() == 1;
      }
    });
    loop_.Settle();
    return registered;
  }
};

// -- Terms --

TEST_F(IdentityTest, Case34_AMasterOfALowerTermIsRefusedAlsoAfterARestart) {
  master_.term = Term("R", 7);
  StartAgent();
  EXPECT_TRUE(registered());
  RestartAgent();
  EXPECT_TRUE(registered());
  master_.term = Term("R", 6);
  RestartAgent();
  EXPECT_FALSE(registered());
  EXPECT_THAT(log_.text, HasSubstr("term.number: 6, but a master of term 7 has led since"));
  Run({Command("t1")});
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
  // It goes on asking, ever more seldom, and takes up with the one that leads.
  const int opened = master_.opened;
  Advance(absl::Minutes(5));
  EXPECT_LT(master_.opened - opened, 20);
  EXPECT_GT(master_.opened - opened, 3);
  master_.term = Term("R", 8);
  Advance(absl::Minutes(2));
  EXPECT_TRUE(registered());
}

TEST_F(IdentityTest, Case34_AnotherRegistryAndMastersWithoutTermsAreTaken) {
  master_.term = Term("R", 7);
  StartAgent();
  master_.term.reset();
  RestartAgent();
  EXPECT_TRUE(registered());
  master_.term = Term("R", 6);
  RestartAgent();
  EXPECT_FALSE(registered());
  master_.term = Term("Q", 1);
  RestartAgent();
  EXPECT_TRUE(registered());
}

TEST_F(IdentityTest, Case34_NothingIsDoneForAMasterBeforeItsTermIsDurable) {
  framework_.set_checkpoint(false);
  StartAgent();
  master_.term = Term("R", 1);
  store_.hold = true;
  master_.Cut();
  Advance(absl::Seconds(3));
  Run({Command("t1")});
  EXPECT_EQ(containerizer_.launches(), 0);
  store_.Release();
  loop_.Settle();
  EXPECT_EQ(containerizer_.launches(), 1);
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING));
}

TEST_F(IdentityTest, Case34_WhatIsSaidBeforeTheRegistrationIsNotHeard) {
  StartAgent();
  Run({Command("t1")});
  master_.answer_registrations = false;
  master_.Cut();
  Advance(absl::Seconds(3));
  ASSERT_TRUE(master_.connected());
  Kill("t1");
  Run({Command("t2")});
  EXPECT_THAT(containerizer_.Running(), ElementsAre(ContainerOf("t1")));
}

// -- Changes --

TEST_F(IdentityTest, AChangeThatThePolicyRefusesEndsTheStart) {
  StartAgent();
  Run({Command("t1")});
  agent_.reset();
  options_.resources = *Resources::Parse("cpus:8;mem:4096");
  StartAgent();
  EXPECT_EQ(started_->code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(started_->message(), HasSubstr("resources was"));
  EXPECT_THAT(started_->message(), HasSubstr("--reconfiguration_policy=additive"));
  EXPECT_THAT(containerizer_.Running(), SizeIs(1));
  EXPECT_EQ(master_.reregisters, 0);
  options_.reconfiguration_policy = ReconfigurationPolicy::kAdditive;
  RestartAgent();
  EXPECT_EQ(started_, absl::OkStatus());
  EXPECT_THAT(containerizer_.Running(), SizeIs(1));
  const AgentMessage::Reregister& introduction = master_.messages.back().reregister();
  EXPECT_EQ(*Resources::FromProto(introduction.agent().resources()), options_.resources);
  // And that is what it is from now on.
  options_.reconfiguration_policy = ReconfigurationPolicy::kEqual;
  RestartAgent();
  EXPECT_EQ(started_, absl::OkStatus());
}

TEST_F(IdentityTest, AChangedMachineIsANewAgentAfterAReboot) {
  options_.boot_id = "first";
  StartAgent();
  Run({Command("t1")});
  agent_.reset();
  options_.boot_id = "second";
  options_.resources = *Resources::Parse("cpus:2;mem:4096");
  master_.agent_id = "S1";
  StartAgent();
  EXPECT_EQ(started_, absl::OkStatus());
  EXPECT_EQ(master_.registers, 2);
  EXPECT_EQ(master_.reregisters, 0);
  EXPECT_THAT(Kept(), ElementsAre("agent"));
  EXPECT_THAT(containerizer_.recovered(), IsEmpty());
  EXPECT_THAT(log_.text, HasSubstr("so this is a new agent: resources was"));
}

// -- Cleaning up --

TEST_F(IdentityTest, CleaningUpEndsEverythingTellsTheMasterAndForgets) {
  StartAgent();
  Run({Command("t1"), Custom("t2")});
  Subscribe();
  Tell(MakeUpdate("t2", v1::TASK_RUNNING));
  session_.reset();
  agent_.reset();
  options_.recover = AgentRecovery::kCleanup;
  // A change is no obstacle.
  options_.resources = *Resources::Parse("cpus:3;mem:4096");
  StartAgent();
  EXPECT_EQ(started_, absl::OkStatus());
  EXPECT_EQ(ended_, absl::OkStatus());
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_KILLED);
  EXPECT_EQ(master_.LatestOf("t2").state(), v1::TASK_FAILED);
  EXPECT_TRUE(master_.messages.back().has_unregister());
  EXPECT_THAT(store_.snapshot().entries, IsEmpty());
}

TEST_F(IdentityTest, CleaningUpWaitsForAcknowledgementsButNotForEver) {
  StartAgent();
  Run({Command("t1")});
  agent_.reset();
  options_.recover = AgentRecovery::kCleanup;
  master_.acknowledge = false;
  StartAgent();
  EXPECT_FALSE(ended_.has_value());
  Run({Command("t2")});
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
  Advance(absl::Seconds(61));
  ASSERT_TRUE(ended_.has_value());
  EXPECT_TRUE(absl::IsDeadlineExceeded(*ended_));
  // Nothing that the master does not know is forgotten.
  ended_.reset();
  master_.acknowledge = true;
  RestartAgent();
  EXPECT_EQ(ended_, absl::OkStatus());
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_KILLED);
  EXPECT_THAT(store_.snapshot().entries, IsEmpty());
}

TEST_F(IdentityTest, WithoutTasksAnUnreachableMasterIsNoReasonToStay) {
  StartAgent();
  agent_.reset();
  options_.recover = AgentRecovery::kCleanup;
  master_.refuse_connections = true;
  StartAgent();
  EXPECT_FALSE(ended_.has_value());
  Advance(absl::Seconds(61));
  EXPECT_EQ(ended_, absl::OkStatus());
  EXPECT_THAT(store_.snapshot().entries, IsEmpty());
}

TEST_F(IdentityTest, WithNothingToCleanUpItIsANewAgent) {
  options_.recover = AgentRecovery::kCleanup;
  StartAgent();
  Run({Command("t1")});
  EXPECT_FALSE(ended_.has_value());
  EXPECT_THAT(containerizer_.Running(), SizeIs(1));
}

}  // namespace
}  // namespace mesos::agent
