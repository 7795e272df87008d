// What dominant resource fairness promises (Ghodsi et al., NSDI 2011), over random clusters. Tasks
// are small against the cluster; what they cannot divide is the tolerance: one task or two.
#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mesoslib/allocator/testing.h"

namespace mesos {
namespace {

struct Demand {
  int cpus = 0;
  int mem = 0;
};

using Demands = std::map<std::string, Demand>;
using Tasks = std::map<std::string, int>;

class FairnessPropertiesTest : public AllocatorTest, public ::testing::WithParamInterface<int> {
 protected:
  FairnessPropertiesTest() : random_(GetParam()) {
    cluster_ = {200 + Pick(600), 200 + Pick(600)};
    const int users = 2 + Pick(4);
    for (int i = 0; i < users; ++i) {
      demands_[absl::StrCat("user", i)] = {1 + Pick(6), 1 + Pick(6)};
    }
  }

  int Pick(int n) { return static_cast<int>(random_() % n); }

  // Everybody takes one task's worth of each offer, until nobody can.
  Tasks Fill(const Demand& cluster, const Demands& demands) {
    Create();
    Tasks tasks;
    for (const auto& [user, demand] : demands) AddFramework(user, Demanding(user, Text(demand)));
    AddAgent("agent", With(Text(cluster)));
    for (std::vector<Allocation> offers = Allocate(); !offers.empty(); offers = Allocate()) {
      for (Allocation& offer : offers) {
        ++tasks[offer.role];
        offer.resources -= AllocatedTo(offer.role, R(Text(demands.at(offer.role))));
        Decline(offer, absl::ZeroDuration());
      }
    }
    return tasks;
  }

  static std::string Text(const Demand& demand) {
    return absl::StrCat("cpus:", demand.cpus, ";mem:", demand.mem);
  }
  // How many tasks fit into so much.
  static int Fit(const Demand& demand, int cpus, int mem) {
    int fit = 1'000'000;
    if (demand.cpus > 0) fit = std::min(fit, cpus / demand.cpus);
    if (demand.mem > 0) fit = std::min(fit, mem / demand.mem);
    return fit;
  }
  double Share(const Demand& demand, int tasks) const {
    return std::max(static_cast<double>(demand.cpus) * tasks / cluster_.cpus,
                    static_cast<double>(demand.mem) * tasks / cluster_.mem);
  }

  std::mt19937 random_;
  Demand cluster_;
  Demands demands_;

 private:
  std::vector<Allocation> Allocate() {
    now_ += absl::Seconds(1);
    return allocator_->Allocate(now_, true);
  }
};

TEST_P(FairnessPropertiesTest, SharingIncentiveNobodyDoesWorseThanWithAnEqualPart) {
  const int n = static_cast<int>(demands_.size());
  const Tasks tasks = Fill(cluster_, demands_);
  for (const auto& [user, demand] : demands_) {
    EXPECT_GE(tasks.at(user) + 1, Fit(demand, cluster_.cpus / n, cluster_.mem / n)) << user;
  }
}

TEST_P(FairnessPropertiesTest, EnvyFreenessNobodyPrefersAnothersPart) {
  const Tasks tasks = Fill(cluster_, demands_);
  for (const auto& [user, demand] : demands_) {
    for (const auto& [other, theirs] : demands_) {
      const int fit = Fit(demand, tasks.at(other) * theirs.cpus, tasks.at(other) * theirs.mem);
      // Others may be one of their tasks ahead.
      const int ahead = Fit(demand, theirs.cpus + demand.cpus, theirs.mem + demand.mem);
      EXPECT_LE(fit, tasks.at(user) + ahead + 1) << user << " envies " << other;
    }
  }
}

TEST_P(FairnessPropertiesTest, ParetoEfficiencyNothingIsLeftThatAnybodyCouldUse) {
  const Tasks tasks = Fill(cluster_, demands_);
  Demand left = cluster_;
  for (const auto& [user, demand] : demands_) {
    left.cpus -= tasks.at(user) * demand.cpus;
    left.mem -= tasks.at(user) * demand.mem;
  }
  EXPECT_GE(left.cpus, 0);
  EXPECT_GE(left.mem, 0);
  for (const auto& [user, demand] : demands_) {
    EXPECT_EQ(Fit(demand, left.cpus, left.mem), 0) << user;
  }
}

TEST_P(FairnessPropertiesTest, StrategyProofnessAFalseDemandNeverGains) {
  const Tasks honest = Fill(cluster_, demands_);
  for (const auto& [user, demand] : demands_) {
    Demands lied = demands_;
    lied[user] = {demand.cpus + Pick(4), demand.mem + Pick(4)};
    const Tasks tasks = Fill(cluster_, lied);
    const Demand& said = lied.at(user);
    const int useful = Fit(demand, tasks.at(user) * said.cpus, tasks.at(user) * said.mem);
    // A larger task is one that is rounded up more.
    const int rounding = Fit(demand, said.cpus + demand.cpus, said.mem + demand.mem);
    EXPECT_LE(useful, honest.at(user) + rounding) << user;
  }
}

TEST_P(FairnessPropertiesTest, SingleResourceFairnessIsMaxMin) {
  for (auto& [user, demand] : demands_) demand.mem = 0;
  const Tasks tasks = Fill(cluster_, demands_);
  int least = 1'000'000;
  int most = 0;
  int largest = 0;
  for (const auto& [user, demand] : demands_) {
    least = std::min(least, tasks.at(user) * demand.cpus);
    most = std::max(most, tasks.at(user) * demand.cpus);
    largest = std::max(largest, demand.cpus);
  }
  EXPECT_LE(most - least, 2 * largest);
}

TEST_P(FairnessPropertiesTest, BottleneckFairnessSharesOfWhatAllWantMostAreEqual) {
  // Everybody's dominant resource is cpus.
  cluster_.mem = cluster_.cpus * 10;
  const Tasks tasks = Fill(cluster_, demands_);
  double least = 1;
  double most = 0;
  double step = 0;
  for (const auto& [user, demand] : demands_) {
    least = std::min(least, Share(demand, tasks.at(user)));
    most = std::max(most, Share(demand, tasks.at(user)));
    step = std::max(step, Share(demand, 1));
  }
  EXPECT_LE(most - least, 2 * step);
}

TEST_P(FairnessPropertiesTest, PopulationMonotonicityNobodyLosesWhenSomebodyLeaves) {
  const Tasks tasks = Fill(cluster_, demands_);
  Demands fewer = demands_;
  fewer.erase(fewer.begin());
  const Tasks then = Fill(cluster_, fewer);
  for (const auto& [user, demand] : fewer) {
    EXPECT_GE(then.at(user) + 1, tasks.at(user)) << user;
  }
}

INSTANTIATE_TEST_SUITE_P(Clusters, FairnessPropertiesTest, ::testing::Range(1, 21));

}  // namespace
}  // namespace mesos
