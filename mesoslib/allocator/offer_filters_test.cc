#include "mesoslib/allocator/offer_filters.h"

#include <vector>

#include "mesoslib/allocator/testing.h"

namespace mesos {
namespace {

class OfferFiltersTest : public ::testing::Test {
 protected:
  bool Filtered(NodeIndex leaf, AgentIndex agent, absl::string_view offer) {
    return filters_.IsFiltered(leaf, agent, ++version_, [&](const Resources& refused) {
      return refused.Contains(R(offer));
    });
  }
  std::vector<AgentIndex> Expire() {
    std::vector<AgentIndex> agents;
    filters_.Expire(now_, [&](AgentIndex agent) { agents.push_back(agent); });
    return agents;
  }

  OfferFilters filters_;
  uint64_t version_ = 0;
  absl::Time now_ = absl::UnixEpoch();
};

TEST_F(OfferFiltersTest, HoldsBackWhatIsContainedInWhatWasRefused) {
  filters_.Add(1, 2, R("cpus:2;mem:2"), now_ + absl::Seconds(1));
  EXPECT_TRUE(Filtered(1, 2, "cpus:2;mem:2"));
  EXPECT_TRUE(Filtered(1, 2, "cpus:1"));
  EXPECT_FALSE(Filtered(1, 2, "cpus:3"));
  EXPECT_FALSE(Filtered(1, 2, "gpus:1"));
  EXPECT_FALSE(Filtered(1, 1, "cpus:1"));
  EXPECT_FALSE(Filtered(2, 2, "cpus:1"));
  now_ += absl::Seconds(1);
  EXPECT_TRUE(Filtered(1, 2, "cpus:1")) << "until it is dropped";
  EXPECT_EQ(Expire(), std::vector<AgentIndex>{2});
  EXPECT_FALSE(Filtered(1, 2, "cpus:1"));
}

TEST_F(OfferFiltersTest, AsksOnceForEachVersion) {
  filters_.Add(1, 2, R("cpus:2"), now_ + absl::Seconds(1));
  int asked = 0;
  auto ask = [&](uint64_t version) {
    return filters_.IsFiltered(1, 2, version, [&](const Resources&) { return ++asked == 1; });
  };
  EXPECT_TRUE(ask(7));
  EXPECT_TRUE(ask(7));
  EXPECT_EQ(asked, 1);
  EXPECT_FALSE(ask(8));
  filters_.ForgetVerdicts(1);
  ask(8);
  EXPECT_EQ(asked, 3);
}

TEST_F(OfferFiltersTest, SeveralFiltersHoldTogetherAndContainedOnesAreDropped) {
  filters_.Add(1, 2, R("cpus:4"), now_ + absl::Seconds(9));
  filters_.Add(1, 2, R("mem:4"), now_ + absl::Seconds(1));
  EXPECT_EQ(filters_.size(), 2u);
  EXPECT_TRUE(Filtered(1, 2, "cpus:4"));
  EXPECT_TRUE(Filtered(1, 2, "mem:4"));
  filters_.Add(1, 2, R("mem:5"), now_ + absl::Seconds(2));
  EXPECT_EQ(filters_.size(), 2u);
  filters_.Add(1, 2, R("cpus:5;mem:5"), now_ + absl::Seconds(8));
  EXPECT_EQ(filters_.size(), 2u) << "the first outlives it";
}

TEST_F(OfferFiltersTest, ExpiresInOrderAndNamesTheAgents) {
  filters_.Add(1, 5, R("cpus:1"), now_ + absl::Seconds(3));
  filters_.Add(1, 6, R("cpus:1"), now_ + absl::Seconds(1));
  filters_.Add(2, 7, R("cpus:1"), now_ + absl::Seconds(1));
  filters_.Add(2, 8, R("cpus:1"), now_ + absl::Seconds(2));
  EXPECT_EQ(Expire(), std::vector<AgentIndex>{});
  filters_.RemoveLeaf(2);
  EXPECT_EQ(filters_.size(), 2u);
  now_ += absl::Seconds(3);
  EXPECT_EQ(Expire(), (std::vector<AgentIndex>{6, 5}));
  EXPECT_EQ(filters_.size(), 0u);
}

TEST_F(OfferFiltersTest, AgentsThatGoTakeTheirFiltersAlong) {
  filters_.Add(1, 5, R("cpus:1"), now_ + absl::Seconds(1));
  filters_.Add(2, 5, R("cpus:1"), now_ + absl::Seconds(1));
  filters_.RemoveAgent(5);
  EXPECT_EQ(filters_.size(), 0u);
  EXPECT_FALSE(Filtered(1, 5, "cpus:1"));
  filters_.Add(1, 5, R("cpus:1"), now_ + absl::Seconds(2));
  now_ += absl::Seconds(1);
  EXPECT_EQ(Expire(), std::vector<AgentIndex>{}) << "those were of the agent before";
  EXPECT_TRUE(Filtered(1, 5, "cpus:1"));
}

TEST_F(OfferFiltersTest, LongFiltersThatAreReplacedDoNotPileUp) {
  for (int i = 0; i < 10000; ++i) {
    filters_.Add(1, i % 3, R("cpus:1"), now_ + absl::Hours(8760) + absl::Seconds(i));
  }
  EXPECT_EQ(filters_.size(), 3u);
  now_ += absl::Hours(8760) + absl::Seconds(10000);
  EXPECT_EQ(Expire(), (std::vector<AgentIndex>{1, 2, 0}));
}

}  // namespace
}  // namespace mesos
