#include "mesoslib/agent/reconfiguration.h"

#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/attributes.h"
#include "mesos/resources.h"

namespace mesos::agent {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr auto kEqual = ReconfigurationPolicy::kEqual;
constexpr auto kAdditive = ReconfigurationPolicy::kAdditive;

v1::AgentInfo Make(const std::string& resources, const std::string& attributes) {
  v1::AgentInfo info;
  info.set_hostname("h");
  info.set_port(5051);
  Resources::Parse(resources)->ToProto(info.mutable_resources());
  Attributes::Parse(attributes)->ToProto(info.mutable_attributes());
  return info;
}

v1::AgentInfo Usual() { return Make("cpus:4;ports:[1-10]", "rack:a;level:3;range:[1-5]"); }

v1::DomainInfo Domain(const std::string& zone) {
  v1::DomainInfo domain;
  domain.mutable_fault_domain()->mutable_region()->set_name("r");
  domain.mutable_fault_domain()->mutable_zone()->set_name(zone);
  return domain;
}

absl::Status Change(ReconfigurationPolicy policy, const v1::AgentInfo& after) {
  return CheckReconfiguration(policy, Usual(), after);
}

TEST(ReconfigurationTest, NothingChangesNothing) {
  v1::AgentInfo before = Usual();
  before.mutable_id()->set_value("S0");
  for (auto policy : {kEqual, kAdditive}) {
    EXPECT_TRUE(CheckReconfiguration(policy, before, Usual()).ok());
  }
}

TEST(ReconfigurationTest, AdditiveTakesMoreOfEverything) {
  const v1::AgentInfo more = Make("cpus:5;ports:[1-20];mem:10", "rack:a;level:3;range:[1-9];x:y");
  EXPECT_TRUE(Change(kAdditive, more).ok());
  const absl::Status refused = Change(kEqual, more);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(refused.message(), HasSubstr("--reconfiguration_policy=additive"));
}

TEST(ReconfigurationTest, AdditiveTakesAFirstDomain) {
  v1::AgentInfo after = Usual();
  *after.mutable_domain() = Domain("a");
  EXPECT_TRUE(Change(kAdditive, after).ok());
  EXPECT_FALSE(Change(kEqual, after).ok());
  v1::AgentInfo other = Usual();
  *other.mutable_domain() = Domain("b");
  EXPECT_THAT(CheckReconfiguration(kAdditive, after, other).message(),
              HasSubstr("domain was 'r/a' and is now 'r/b'"));
  EXPECT_FALSE(CheckReconfiguration(kAdditive, after, Usual()).ok());
}

TEST(ReconfigurationTest, ARefusalNamesTheFieldBothValuesAndWaysOn) {
  v1::AgentInfo hostname = Usual();
  hostname.set_hostname("g");
  v1::AgentInfo port = Usual();
  port.set_port(1);
  const struct {
    v1::AgentInfo after;
    std::string message;
  } refusals[] = {
      {hostname, "hostname was 'h' and is now 'g'"},
      {port, "port was '5051' and is now '1'"},
      {Make("cpus:3;ports:[1-10]", "rack:a;level:3;range:[1-5]"), "and is now 'cpus:3"},
      {Make("cpus:4;ports:[2-10]", "rack:a;level:3;range:[1-5]"), "nothing may be taken away"},
      {Make("cpus:4;ports:[1-10]", "rack:b;level:3;range:[1-5]"), "'rack:a' must stay"},
      {Make("cpus:4;ports:[1-10]", "rack:a;level:4;range:[1-5]"), "must stay"},
      {Make("cpus:4;ports:[1-10]", "rack:a;level:3;range:[2-5]"), "must stay"},
      {Make("cpus:4;ports:[1-10]", "level:3;range:[1-5]"), "'rack:a' must stay"},
  };
  for (const auto& refusal : refusals) {
    const absl::Status status = Change(kAdditive, refusal.after);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(status.message(), AllOf(HasSubstr(refusal.message), HasSubstr("additive has it"),
                                        HasSubstr("--recover=cleanup")));
    EXPECT_FALSE(Change(kEqual, refusal.after).ok());
  }
}

}  // namespace
}  // namespace mesos::agent
