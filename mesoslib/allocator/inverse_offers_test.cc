// Frameworks are asked to give back what they hold on agents that are to be maintained.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mesoslib/allocator/testing.h"

namespace mesos {
namespace {

using Texts = std::vector<std::string>;

class InverseOffersTest : public AllocatorTest {
 protected:
  static AgentAllocationState Maintained(int64_t start) {
    AgentAllocationState state = With("cpus:2");
    state.unavailability.emplace().mutable_start()->set_nanoseconds(start);
    return state;
  }
  Texts Ask() {
    Texts texts;
    for (const InverseAllocation& inverse : allocator_->AllocateInverse(now_)) {
      texts.push_back(absl::StrCat(inverse.framework.value(), " ", inverse.agent.value(), " ",
                                   inverse.unavailability.start().nanoseconds()));
    }
    return texts;
  }
  void Answer(const std::string& framework, absl::Duration refuse) {
    ASSERT_EQ(absl::OkStatus(), allocator_->RecoverInverse(FrameworkId(framework), AgentId("a"),
                                                           refuse, now_));
  }
};

TEST_F(InverseOffersTest, WhoHoldsSomethingThereIsAskedOnceAtATime) {
  AddFramework("f", InRoles({"r", "s"}));
  AddFramework("other", InRoles({"r"}));
  AddAgent("a", Maintained(7));
  AddAgent("b", With("cpus:1"));
  EXPECT_EQ(Ask(), Texts{}) << "nobody holds anything";
  Triggered();
  EXPECT_EQ(Ask(), Texts{"f a 7"});
  EXPECT_EQ(Ask(), Texts{}) << "it is out";
  Answer("f", absl::Seconds(10));
  EXPECT_EQ(Ask(), Texts{});
  now_ += absl::Seconds(10);
  EXPECT_EQ(Ask(), Texts{"f a 7"});
  Answer("f", absl::ZeroDuration());
  EXPECT_EQ(Ask(), Texts{}) << "not before the next batch interval";
  now_ += absl::Seconds(1);
  EXPECT_EQ(Ask(), Texts{"f a 7"});
}

TEST_F(InverseOffersTest, AnotherWindowIsAskedForAnewAndNoneForNothing) {
  AddFramework("f", InRoles({"r"}));
  AddAgent("a", Maintained(7));
  Triggered();
  EXPECT_EQ(Ask(), Texts{"f a 7"});
  ASSERT_EQ(absl::OkStatus(), allocator_->UpdateAgent(AgentId("a"), Maintained(7)));
  EXPECT_EQ(Ask(), Texts{});
  ASSERT_EQ(absl::OkStatus(), allocator_->UpdateAgent(AgentId("a"), Maintained(8)));
  EXPECT_EQ(Ask(), Texts{"f a 8"});
  ASSERT_EQ(absl::OkStatus(), allocator_->UpdateAgent(AgentId("a"), With("cpus:2")));
  EXPECT_EQ(Ask(), Texts{});
  EXPECT_EQ(allocator_->RecoverInverse(FrameworkId("f"), AgentId("a"), {}, now_).code(),
            absl::StatusCode::kNotFound);
}

TEST_F(InverseOffersTest, InactiveFrameworksAreNotAsked) {
  AddFramework("f", InRoles({"r"}));
  AddAgent("a", Maintained(7));
  Triggered();
  FrameworkAllocationState inactive = InRoles({"r"});
  inactive.active = false;
  ASSERT_EQ(absl::OkStatus(), allocator_->UpdateFramework(FrameworkId("f"), inactive));
  EXPECT_EQ(Ask(), Texts{});
  ASSERT_EQ(absl::OkStatus(), allocator_->UpdateFramework(FrameworkId("f"), InRoles({"r"})));
  EXPECT_EQ(Ask(), Texts{"f a 7"});
  EXPECT_EQ(allocator_->RecoverInverse(FrameworkId("f"), AgentId("a"), -absl::Seconds(1), now_)
                .code(),
            absl::StatusCode::kInvalidArgument);
  ASSERT_EQ(absl::OkStatus(), allocator_->RemoveFramework(FrameworkId("f")));
  EXPECT_EQ(Ask(), Texts{});
}

}  // namespace
}  // namespace mesos
