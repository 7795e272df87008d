#include "mesoslib/allocator/fair_share_tree.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

Quantities Amounts(std::vector<int64_t> amounts) {
  Quantities quantities;
  for (size_t i = 0; i < amounts.size(); ++i) quantities.Add(i, amounts[i]);
  return quantities;
}

class FairShareTreeTest : public ::testing::Test {
 protected:
  NodeIndex Leaf(const std::string& role, const std::string& name, std::vector<int64_t> usage) {
    const NodeIndex node = tree_.AcquireRole(role);
    const NodeIndex leaf = tree_.AddLeaf(node, name);
    names_[leaf] = name;
    tree_.SetEligible(leaf, true);
    tree_.Charge(leaf, Amounts(std::move(usage)));
    return leaf;
  }

  // All eligible leaves in order.
  std::string Order() {
    std::string order;
    tree_.FindFirst(FairShareTree::kRoot, [&](NodeIndex leaf) {
      absl::StrAppend(&order, names_[leaf], " ");
      return false;
    });
    return order;
  }

  double ShareOf(const std::string& role) { return tree_.Share(tree_.FindRole(role)); }

  FairShareTree tree_;
  std::map<NodeIndex, std::string> names_;
};

TEST_F(FairShareTreeTest, OrdersByDominantShareOverWeight) {
  tree_.SetCapacity(Amounts({10, 100}));
  Leaf("a", "fa", {4, 0});
  Leaf("b", "fb", {1, 30});
  Leaf("c", "fc", {2, 20});
  EXPECT_EQ(Order(), "fc fb fa ");
  tree_.SetWeight("a", 4);
  EXPECT_EQ(Order(), "fa fc fb ");
  EXPECT_DOUBLE_EQ(ShareOf("a"), 0.1);
  tree_.SetWeight("a", 1);
  EXPECT_EQ(Order(), "fc fb fa ");
}

TEST_F(FairShareTreeTest, TiesGoToFewerAllocationsThenToTheLowerName) {
  tree_.SetCapacity(Amounts({10}));
  const NodeIndex x = Leaf("r", "x", {});
  Leaf("r", "z", {});
  Leaf("r", "y", {});
  EXPECT_EQ(Order(), "x y z ");
  tree_.ChargeAllocation(x, Amounts({1}));
  tree_.Credit(x, Amounts({1}));
  EXPECT_EQ(Order(), "y z x ");
}

TEST_F(FairShareTreeTest, AnInnerNodeScalesItsChildrenToTheLowest) {
  tree_.SetCapacity(Amounts({10, 10}));
  Leaf("n", "a", {10, 0});
  const NodeIndex b = Leaf("n", "b", {0, 5});
  EXPECT_DOUBLE_EQ(ShareOf("n"), 0.5);
  tree_.SetEligible(b, false);
  EXPECT_DOUBLE_EQ(ShareOf("n"), 1);
  tree_.SetEligible(b, true);
  tree_.SetExhausted({true, false});
  EXPECT_DOUBLE_EQ(ShareOf("n"), 0.5);
  tree_.Charge(b, Amounts({5, 0}));
  EXPECT_DOUBLE_EQ(ShareOf("n"), 0.5) << "cpus would be 1, but they are exhausted";
  tree_.SetExhausted({});
  EXPECT_DOUBLE_EQ(ShareOf("n"), 1);
}

TEST_F(FairShareTreeTest, RolesGoWhenNobodyNeedsThem) {
  const NodeIndex role = tree_.AcquireRole("a/b/c");
  EXPECT_TRUE(tree_.IsSameOrBelow(role, tree_.FindRole("a")));
  EXPECT_FALSE(tree_.IsSameOrBelow(tree_.FindRole("a"), role));
  tree_.SetWeight("a", 2);
  tree_.ReleaseRole(role);
  EXPECT_EQ(tree_.FindRole("a/b"), kNoNode);
  EXPECT_NE(tree_.FindRole("a"), kNoNode);
  tree_.SetWeight("a", 1);
  EXPECT_EQ(tree_.FindRole("a"), kNoNode);
}

// The rule as it is written, from the leaves' usage alone.
class Reference {
 public:
  struct Node {
    double weight = 1;
    bool eligible = false;       // Leaves.
    std::vector<int64_t> usage;  // Leaves.
    std::map<std::string, Node> below;
  };
  struct Measured {
    bool blocked = true;
    double share = 0;
    std::vector<double> fractions = {0, 0, 0};
  };

  Measured Measure(const Node& node) const {
    return node.usage.empty() ? MeasureInner(node) : MeasureLeaf(node);
  }

  Node root;
  std::vector<int64_t> capacity;
  std::vector<bool> exhausted;

 private:
  Measured MeasureLeaf(const Node& node) const {
    Measured result;
    result.blocked = !node.eligible;
    for (size_t i = 0; i < capacity.size(); ++i) {
      result.fractions[i] = static_cast<double>(node.usage[i]) / static_cast<double>(capacity[i]);
      result.share = std::max(result.share, result.fractions[i]);
    }
    return result;
  }

  Measured MeasureInner(const Node& node) const {
    Measured result;
    std::vector<Measured> children;
    for (const auto& [name, child] : node.below) {
      Measured measured = Measure(child);
      if (!measured.blocked) children.push_back(std::move(measured));
    }
    if (children.empty()) return result;
    result.blocked = false;
    double lowest = children[0].share;
    for (const Measured& child : children) lowest = std::min(lowest, child.share);
    for (const Measured& child : children) {
      if (child.share == 0) continue;
      for (size_t i = 0; i < capacity.size(); ++i) {
        result.fractions[i] += child.fractions[i] * (lowest / child.share);
      }
    }
    for (size_t i = 0; i < capacity.size(); ++i) {
      if (!exhausted[i]) result.share = std::max(result.share, result.fractions[i] / node.weight);
    }
    return result;
  }
};

TEST_F(FairShareTreeTest, KeepsTheSharesThatTheRuleGives) {
  const std::vector<std::string> roles = {"a", "a/x", "a/y", "a/y/z", "b", "b/x", "c"};
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    FairShareTree tree;
    Reference reference;
    reference.capacity = {1000, 2000, 500};
    reference.exhausted = {false, false, false};
    tree.SetCapacity(Amounts(reference.capacity));
    auto place = [&](const std::string& role) -> Reference::Node& {
      Reference::Node* node = &reference.root;
      for (size_t end = role.find('/');; end = role.find('/', end + 1)) {
        node = &node->below[role.substr(0, end)];
        if (end == std::string::npos) return *node;
      }
    };
    std::vector<std::pair<NodeIndex, Reference::Node*>> leaves;
    for (int i = 0; i < 20; ++i) {
      const std::string& role = roles[random() % roles.size()];
      Reference::Node& node = place(role).below["."].below[absl::StrCat("f", i)];
      node.usage = {0, 0, 0};
      leaves.emplace_back(tree.AddLeaf(tree.AcquireRole(role), absl::StrCat("f", i)), &node);
    }
    for (int step = 0; step < 1000; ++step) {
      auto& [leaf, node] = leaves[random() % leaves.size()];
      switch (random() % 8) {
        case 0: {
          const std::string& role = roles[random() % roles.size()];
          const double weight = 0.25 * static_cast<double>(1 + random() % 9);
          tree.SetWeight(role, weight);
          place(role).weight = weight;
          break;
        }
        case 1:
          node->eligible = !node->eligible;
          tree.SetEligible(leaf, node->eligible);
          break;
        case 2:
          if (random() % 10 != 0) break;
          reference.exhausted = {random() % 2 == 0, random() % 2 == 0, false};
          tree.SetExhausted(reference.exhausted);
          break;
        case 3:
          if (random() % 10 != 0) break;
          reference.capacity[random() % 3] += static_cast<int64_t>(random() % 100);
          tree.SetCapacity(Amounts(reference.capacity));
          break;
        default: {
          const size_t kind = random() % 3;
          const int64_t amount = static_cast<int64_t>(random() % 20);
          std::vector<int64_t> amounts = {0, 0, 0};
          amounts[kind] = amount;
          if (node->usage[kind] >= amount && random() % 2 == 0) {
            tree.Credit(leaf, Amounts(amounts));
            node->usage[kind] -= amount;
          } else {
            tree.Charge(leaf, Amounts(amounts));
            node->usage[kind] += amount;
          }
        }
      }
      ASSERT_EQ(tree.CheckInvariants(), absl::OkStatus());
      for (const std::string& role : roles) {
        const NodeIndex index = tree.FindRole(role);
        if (index == kNoNode) continue;
        const Reference::Measured expected = reference.Measure(place(role));
        if (expected.blocked) continue;
        ASSERT_NEAR(tree.Share(index), expected.share, 1e-9) << role << " step " << step;
      }
    }
  }
}

}  // namespace
}  // namespace mesos
