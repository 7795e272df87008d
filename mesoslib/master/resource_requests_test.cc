#include "mesoslib/master/resource_requests.h"

#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace mesos::master {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using Texts = std::map<std::string, std::string>;

absl::StatusOr<std::map<std::string, ResourceQuantities>> Read(const std::string& text,
                                                               const std::set<std::string>& roles) {
  v1::scheduler::Call::Request request;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
  return WantedByRole(request, roles);
}

// By role, as text.
Texts Wanted(const std::string& text, const std::set<std::string>& roles) {
  auto wanted = Read(text, roles);
  EXPECT_TRUE(wanted.ok()) << wanted.status();
  Texts texts;
  if (!wanted.ok()) return texts;
  for (const auto& [role, quantities] : *wanted) texts[role] = quantities.ToString();
  return texts;
}

constexpr char kCpus[] = "resources { name: 'cpus' type: SCALAR scalar { value: 2 } }";

TEST(ResourceRequestsTest, TheSumIsWantedInTheOnlyRole) {
  EXPECT_THAT(Wanted(absl::StrCat("requests {", kCpus, R"(
                         resources { name: 'mem' type: SCALAR scalar { value: 64 } } }
                     requests { agent_id { value: 'a1' })",
                                  kCpus, "}"),
                     {"eng"}),
              ElementsAre(Pair("eng", "cpus:4; mem:64")));
}

TEST(ResourceRequestsTest, WithoutRequestsAllRolesWantWhatThereIs) {
  EXPECT_THAT(Wanted("", {"eng", "sci"}), ElementsAre(Pair("eng", ""), Pair("sci", "")));
  EXPECT_THAT(Wanted("", {}), IsEmpty());
}

TEST(ResourceRequestsTest, ARoleIsNamedByAllocationOrReservation) {
  const std::string allocated = R"(requests { resources { name: 'cpus' type: SCALAR
      scalar { value: 1 } allocation_info { role: 'eng' } } })";
  const std::string reserved = R"(requests { resources { name: 'cpus' type: SCALAR
      scalar { value: 2 } reservations { type: STATIC role: 'sci' } } })";
  EXPECT_THAT(Wanted(allocated + reserved, {"eng", "sci"}),
              ElementsAre(Pair("eng", "cpus:1"), Pair("sci", "cpus:2")));
  EXPECT_THAT(Wanted(allocated, {"eng", "sci"}), ElementsAre(Pair("eng", "cpus:1")))
      << "the other role wants what it wanted before";
  EXPECT_THAT(Wanted(allocated + reserved, {"ops"}), ElementsAre(Pair("ops", "cpus:3")))
      << "of roles that it does not have";
}

TEST(ResourceRequestsTest, WithoutARoleAllOfThemWantTheWhole) {
  EXPECT_THAT(Wanted(absl::StrCat("requests {", kCpus, "}"), {"eng", "sci"}),
              ElementsAre(Pair("eng", "cpus:2"), Pair("sci", "cpus:2")));
}

TEST(ResourceRequestsTest, WhatIsNoScalarDoesNotCount) {
  EXPECT_THAT(Wanted(R"(requests { resources { name: 'ports' type: RANGES
                                               ranges { range { begin: 1 end: 2 } } } })",
                     {"eng"}),
              IsEmpty());
}

TEST(ResourceRequestsTest, WhatMakesNoSenseIsRefusedByItsPlace) {
  const auto negative = Read(absl::StrCat("requests {", kCpus, R"(} requests {
      resources { name: 'mem' type: SCALAR scalar { value: -1 } } })"),
                             {"eng"});
  EXPECT_EQ(negative.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(
      std::string(negative.status().message()),
      AllOf(HasSubstr("request.requests[1].resources[0]: "), HasSubstr("mem"), HasSubstr("-1")));
  std::string many;
  for (int i = 0; i < 1001; ++i) many += kCpus;
  EXPECT_EQ(Read(absl::StrCat("requests {", many, "}"), {"eng"}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace mesos::master
