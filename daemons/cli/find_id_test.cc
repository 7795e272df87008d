#include "daemons/cli/find_id.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::cli {
namespace {

using ::testing::HasSubstr;

const std::vector<Candidate>& Agents() {
  static const auto* agents = new std::vector<Candidate>{{"aa11-S1", "one.example.org"},
                                                         {"aa11-S12", "two.example.org"},
                                                         {"bb22-S2", "two"},
                                                         {"bb22-S3", "same"},
                                                         {"bb22-S4", "same"}};
  return *agents;
}

size_t Found(absl::string_view wanted) {
  const auto found = FindId("agent", wanted, Agents());
  EXPECT_TRUE(found.ok()) << found.status();
  return found.value_or(99);
}

std::string ErrorOf(absl::string_view wanted, const std::vector<Candidate>& candidates = Agents()) {
  return std::string(FindId("agent", wanted, candidates).status().message());
}

TEST(FindIdTest, AnIdIsMeantByItselfAlsoWhereOthersBeginSo) { EXPECT_EQ(Found("aa11-S1"), 0u); }

TEST(FindIdTest, ABeginningOrAnEndingIsEnoughWhereItIsTheOnlyOne) {
  EXPECT_EQ(Found("aa11-S12"), 1u);
  EXPECT_EQ(Found("bb22-S2"), 2u);
  EXPECT_EQ(Found("S3"), 3u);
  EXPECT_EQ(Found("S1"), 0u) << "not S12";
}

TEST(FindIdTest, ANameIsTaken) {
  EXPECT_EQ(Found("one.example.org"), 0u);
  EXPECT_EQ(Found("two"), 2u);
}

TEST(FindIdTest, WhatATableHasCutIsUnderstood) {
  EXPECT_EQ(Found("aa…S12"), 1u);
  EXPECT_EQ(Found("…2-S2"), 2u);
  EXPECT_THAT(ErrorOf("bb…"), HasSubstr("may be 3 agents"));
  EXPECT_THAT(ErrorOf("aa11-S1…11-S1"), HasSubstr("no agent's id")) << "the ends do not overlap";
}

TEST(FindIdTest, WhatIsAmbiguousIsAnsweredWithTheCandidates) {
  EXPECT_EQ(ErrorOf("aa"),
            "'aa' may be 2 agents: aa11-S1 (one.example.org), aa11-S12 (two.example.org)");
  EXPECT_THAT(ErrorOf("same"), HasSubstr("bb22-S3 (same), bb22-S4 (same)"));
  std::vector<Candidate> many;
  for (int i = 0; i < 1000; ++i) many.push_back({"x" + std::to_string(i), ""});
  EXPECT_EQ(ErrorOf("x", many), "'x' may be 1000 agents: x0, x1, x2, x3, x4, and 995 more");
}

TEST(FindIdTest, WhatIsNotThereIsSaidSo) {
  EXPECT_EQ(ErrorOf("S"), "no agent's id begins with 'S'; 'mesos agent list' shows them");
  EXPECT_EQ(ErrorOf("\x1b[m"),
            "no agent's id begins with '\\x1b[m'; 'mesos agent list' shows them");
  EXPECT_TRUE(absl::IsInvalidArgument(FindId("agent", "", Agents()).status()));
  EXPECT_TRUE(absl::IsNotFound(FindId("agent", "x", {}).status()));
}

}  // namespace
}  // namespace mesos::cli
