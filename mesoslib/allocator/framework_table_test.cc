#include "mesoslib/allocator/framework_table.h"

#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "mesoslib/allocator/testing.h"

namespace mesos {
namespace {

class FrameworkTableTest : public ::testing::Test {
 protected:
  FrameworkTableTest() {
    kinds_.Quantify(R("cpus:1;mem:1"));
    EXPECT_EQ(absl::OkStatus(), frameworks_.Add(f_, InRoles({"eng"})));
  }

  const FrameworkId f_{"f"};
  FairShareTree tree_{FairShareTree::Options()};
  ResourceKinds kinds_;
  QuotaTree quotas_{tree_, kinds_};
  OfferFilters filters_;
  FrameworkTable frameworks_{AllocatorOptions(), tree_, kinds_, filters_, quotas_};
};

TEST_F(FrameworkTableTest, NamesThatAreOnlyWishedForAreNotRemembered) {
  for (int i = 0; i < 1000; ++i) {
    const ResourceQuantities wish = Q(absl::StrCat("name-", i, ":1;cpus:1"));
    ASSERT_EQ(absl::OkStatus(), frameworks_.Request(f_, "eng", wish));
    FrameworkAllocationState state = InRoles({"eng"});
    state.min_allocatable_resources["eng"] = {wish};
    ASSERT_EQ(absl::OkStatus(), frameworks_.Update(f_, state));
    frameworks_.RecognizeKinds();
  }
  EXPECT_EQ(kinds_.size(), 3u) << "cpus, mem, and one for all that nobody has";
}

TEST_F(FrameworkTableTest, MoreThanCanBeCountedIsNeverEnough) {
  ResourceQuantities most;
  most.Set("cpus", std::numeric_limits<int64_t>::max());
  const NodeIndex leaf = frameworks_.FindLeaf(f_, "eng");
  Quantities one;
  one.Add(0, 1000);
  tree_.Charge(leaf, one);
  ASSERT_EQ(absl::OkStatus(), frameworks_.Request(f_, "eng", most));
  EXPECT_TRUE(frameworks_.leaf(leaf).demands);
}

}  // namespace
}  // namespace mesos
