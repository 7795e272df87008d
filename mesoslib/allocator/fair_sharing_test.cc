// Fair sharing against the published examples: one task's worth is taken from each offer, and the
// rest declined without a filter.
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mesoslib/allocator/testing.h"

namespace mesos {
namespace {

using Texts = std::vector<std::string>;

class FairSharingTest : public AllocatorTest {
 protected:
  void AddDemand(const std::string& role, const std::string& task) {
    AddFramework(role, Demanding(role, task));
    tasks_of_[role] = R(task);
  }

  // Takes one task from each offer until there are none; returns the order.
  std::string Fill(bool batch_first) {
    std::string order;
    for (bool batch = batch_first;; batch = true) {
      std::vector<Allocation> offers = Run(batch);
      if (offers.empty() && batch) return order;
      for (const Allocation& offer : offers) Accept(offer, order);
      now_ += absl::Seconds(1);
    }
  }

  void Accept(const Allocation& offer, std::string& order) {
    Allocation task = offer;
    task.resources = AllocatedTo(offer.role, tasks_of_.at(offer.role));
    ASSERT_TRUE(offer.resources.Contains(task.resources)) << Describe(offer);
    Allocation rest = offer;
    rest.resources -= task.resources;
    Decline(rest, absl::ZeroDuration());
    running_.push_back(task);
    absl::StrAppend(&order, offer.role, " ");
  }

  void Finish(size_t i) {
    Recover(running_[i]);
    std::swap(running_[i], running_.back());
    running_.pop_back();
  }

  int Running(const std::string& role) const {
    int count = 0;
    for (const Allocation& task : running_) count += task.role == role;
    return count;
  }

  // `at_once` random tasks finish, their resources are offered again, and so on.
  void Churn(int steps, int at_once, uint32_t seed) {
    std::mt19937 random(seed);
    for (int step = 0; step < steps; ++step) {
      for (int i = 0; i < at_once; ++i) Finish(random() % running_.size());
      Fill(false);
    }
  }

  std::map<std::string, Resources> tasks_of_;
  std::vector<Allocation> running_;
};

TEST_F(FairSharingTest, TwoUsersEndWithEqualDominantShares) {
  AddAgent("agent", With("cpus:9;mem:18"));
  AddDemand("a", "cpus:1;mem:4");
  AddDemand("b", "cpus:3;mem:1");
  EXPECT_EQ(Fill(false), "a b a b a ");
}

TEST_F(FairSharingTest, TheOrderDependsOnTiesAndTheEndDoesNot) {
  AddAgent("agent", With("cpus:9;mem:18"));
  AddDemand("b", "cpus:1;mem:4");
  AddDemand("a", "cpus:3;mem:1");
  EXPECT_EQ(Fill(false), "a b b a b ");
}

TEST_F(FairSharingTest, WeightsDivideShares) {
  // In 130ths of the published cluster a task is small enough to count as divisible.
  AddAgent("agent", With("cpus:1170;mem:2340"));
  AddDemand("a", "cpus:1;mem:4");
  AddDemand("b", "cpus:3;mem:1");
  ASSERT_TRUE(allocator_->UpdateWeights({{"a", 2}, {"b", 1}}).ok());
  Fill(false);
  EXPECT_EQ(Running("a"), 54 * 130 / 13);
  EXPECT_EQ(Running("b"), 18 * 130 / 13);
}

TEST_F(FairSharingTest, OneResourceIsSharedMaxMin) {
  AddAgent("agent", With("cpus:36"));
  AddDemand("one", "cpus:1");
  AddDemand("three", "cpus:3");
  AddDemand("two", "cpus:2");
  Fill(false);
  EXPECT_EQ(Running("one"), 12);
  EXPECT_EQ(Running("two"), 6);
  EXPECT_EQ(Running("three"), 4);
}

TEST_F(FairSharingTest, ThreeUsersOfTwoResources) {
  AddAgent("agent", With("cpus:10;mem:10"));
  AddDemand("a", "cpus:1");
  AddDemand("b", "mem:1");
  AddDemand("c", "cpus:1;mem:1");
  Fill(false);
  EXPECT_EQ(Running("a"), 5);
  EXPECT_EQ(Running("b"), 5);
  EXPECT_EQ(Running("c"), 5);
}

TEST_F(FairSharingTest, HierarchyKeepsSharesUnderChurn) {
  for (int at_once : {1, 2, 5}) {
    Create();
    running_.clear();
    AddAgent("agent", With("cpus:10;mem:10"));
    AddDemand("n1", "mem:1");
    AddDemand("n2/n21", "cpus:1");
    AddDemand("n2/n22", "mem:1");
    Fill(false);
    Churn(1500, at_once, at_once);
    EXPECT_EQ(Running("n1"), 5) << at_once;
    EXPECT_EQ(Running("n2/n21"), 10) << at_once;
    EXPECT_EQ(Running("n2/n22"), 5) << at_once;
  }
}

TEST_F(FairSharingTest, ComplementaryChildrenAreNotPunishedUnderChurn) {
  for (int at_once : {1, 2, 5}) {
    Create();
    running_.clear();
    AddAgent("agent", With("cpus:10;mem:10"));
    AddDemand("sci", "cpus:1;mem:1");
    AddDemand("eng/dev", "cpus:1");
    AddDemand("eng/prod", "mem:1");
    Fill(false);
    EXPECT_EQ(Running("sci"), 5);
    EXPECT_EQ(Running("eng/dev"), 5);
    EXPECT_EQ(Running("eng/prod"), 5);
    Churn(1500, at_once, at_once);
    EXPECT_EQ(Running("sci"), 5) << at_once;
    EXPECT_EQ(Running("eng/dev"), 5) << at_once;
    EXPECT_EQ(Running("eng/prod"), 5) << at_once;
  }
}

TEST_F(FairSharingTest, SharesHoldOverManyAgentsUnderChurn) {
  for (int i = 0; i < 10; ++i) AddAgent(absl::StrCat("agent", i), With("cpus:1;mem:1"));
  AddDemand("n1", "mem:1");
  AddDemand("n2/n21", "cpus:1");
  AddDemand("n2/n22", "mem:1");
  Fill(false);
  Churn(1500, 3, 7);
  EXPECT_EQ(Running("n1"), 5);
  EXPECT_EQ(Running("n2/n21"), 10);
  EXPECT_EQ(Running("n2/n22"), 5);
}

TEST_F(FairSharingTest, WeightsCanBeChangedWhileRunning) {
  AddAgent("agent", With("cpus:90"));
  AddDemand("a", "cpus:1");
  AddDemand("b", "cpus:1");
  Fill(false);
  EXPECT_EQ(Running("a"), 45);
  ASSERT_TRUE(allocator_->UpdateWeights({{"a", 2}}).ok());
  Churn(1500, 3, 3);
  EXPECT_EQ(Running("a"), 60);
  EXPECT_EQ(Running("b"), 30);
  ASSERT_TRUE(allocator_->UpdateWeights({{"a", 1}}).ok());
  Churn(1500, 3, 3);
  EXPECT_EQ(Running("a"), 45);
}

TEST_F(FairSharingTest, ReservedResourcesMakeAShareWhenTheyAreHeldAndOnlyThen) {
  // What is reserved to it and held puts "kept" behind; what is reserved and free does not.
  AddFramework("k", InRoles({"kept"}));
  AddFramework("p", InRoles({"plain"}));
  AddAgent("a1", With("cpus(kept):2"));
  ASSERT_EQ(Triggered(), Texts{"k kept a1 cpus(kept):2"});
  const Allocation held = allocations_[0];
  AddAgent("a2", With("cpus:1"));
  EXPECT_EQ(Triggered(), Texts{"p plain a2 cpus:1"});
  AddAgent("a3", With("cpus:1"));
  EXPECT_EQ(Triggered(), Texts{"p plain a3 cpus:1"}) << "one of four against two";
  AgentAllocationState away = With("cpus(kept):2");
  away.active = false;
  ASSERT_TRUE(allocator_->UpdateAgent(AgentId("a1"), away).ok());
  Recover(held);
  AddAgent("a4", With("cpus:1"));
  EXPECT_EQ(Triggered(), Texts{"k kept a4 cpus:1"});
}

TEST_F(FairSharingTest, ExcludedResourcesDoNotCount) {
  AllocatorOptions options;
  options.fair_sharing_excluded_resource_names = {"gpus"};
  options.filter_gpu_resources = false;
  Create(options);
  AddAgent("agent", With("cpus:10;gpus:4"));
  AddDemand("a", "cpus:1;gpus:1");
  AddDemand("b", "cpus:1");
  Fill(false);
  EXPECT_EQ(Running("a"), 4);
  EXPECT_EQ(Running("b"), 6);
}

TEST_F(FairSharingTest, FrameworksOfARoleCompeteAsOneWithTheRolesBelowIt) {
  AddAgent("agent", With("cpus:120"));
  AddDemand("eng", "cpus:1");
  AddFramework("second", Demanding("eng", "cpus:1"));
  AddDemand("eng/web", "cpus:1");
  AddDemand("sci", "cpus:1");
  Fill(false);
  // Between two tasks of its frameworks a role counts by the lower one: whole tasks leave a slack.
  EXPECT_NEAR(Running("sci"), 60, 1);
  EXPECT_NEAR(Running("eng/web"), 30, 1);
  EXPECT_NEAR(Running("eng"), 30, 1);
}

}  // namespace
}  // namespace mesos
