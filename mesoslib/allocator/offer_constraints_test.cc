// What each part of the language of constraints means, and what is refused.
#include "mesos/offer_constraints.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using google::protobuf::TextFormat;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;

const std::set<std::string> kRoles = {"eng", "sci"};

v1::AgentInfo AgentR2() {
  v1::AgentInfo agent;
  EXPECT_TRUE(TextFormat::ParseFromString(R"(
      hostname: "r2n07.example.com"
      attributes { name: "rack" type: TEXT text { value: "r2" } }
      attributes { name: "rack" type: TEXT text { value: "r9" } }
      attributes { name: "level" type: SCALAR scalar { value: 7 } }
      attributes { name: "slots" type: RANGES ranges { range { begin: 1 end: 3 } } }
      attributes { name: "disks" type: SET set { item: "ssd" } }
      domain { fault_domain { region { name: "north" } zone { name: "n1" } } })",
                                          &agent));
  return agent;
}

using Compiled = absl::StatusOr<std::shared_ptr<const OfferConstraints>>;

// `text` is that of the role's constraints. Of maps nothing is parsed: the library's reflection of
// them and code that a sanitizer has instrumented do not go together.
Compiled Compile(const std::string& role, const std::string& text) {
  v1::scheduler::OfferConstraints proto;
  EXPECT_TRUE(TextFormat::ParseFromString(text, &(*proto.mutable_role_constraints())[role]))
      << text;
  return CompileOfferConstraints(proto, kRoles);
}

// Of the role eng; each group is the text of a list of constraints.
Compiled CompileGroups(const std::vector<std::string>& groups) {
  std::string text;
  for (const std::string& group : groups) absl::StrAppend(&text, "groups {", group, "}\n");
  return Compile("eng", text);
}

std::string Constraint(const std::string& selector, const std::string& predicate) {
  return absl::StrCat("attribute_constraints { selector {", selector, "} predicate {", predicate,
                      "} }\n");
}

std::string Attribute(const std::string& name, const std::string& predicate) {
  return Constraint(absl::StrCat("attribute_name: '", name, "'"), predicate);
}

std::string Pseudo(const std::string& type, const std::string& predicate) {
  return Constraint(absl::StrCat("pseudoattribute_type: ", type), predicate);
}

bool AllowsIn(const v1::AgentInfo& agent, const std::string& group) {
  Compiled compiled = CompileGroups({group});
  EXPECT_TRUE(compiled.ok()) << compiled.status();
  return compiled.ok() && (*compiled)->Allow("eng", agent);
}

bool Allows(const std::string& group) { return AllowsIn(AgentR2(), group); }

std::string Error(const Compiled& compiled) {
  EXPECT_EQ(compiled.status().code(), absl::StatusCode::kInvalidArgument) << compiled.status();
  return std::string(compiled.status().message());
}

constexpr char kFirst[] =
    "offer_constraints.role_constraints['eng'].groups[0].attribute_constraints[0]";

TEST(OfferConstraintsTest, PredicatesOnATextHoldForWhatItIs) {
  EXPECT_TRUE(Allows(Attribute("rack", "exists {}")));
  EXPECT_FALSE(Allows(Attribute("rack", "not_exists {}")));
  EXPECT_TRUE(Allows(Attribute("rack", "text_equals { value: 'r2' }")));
  EXPECT_FALSE(Allows(Attribute("rack", "text_equals { value: 'r1' }")));
  EXPECT_FALSE(Allows(Attribute("rack", "text_not_equals { value: 'r2' }")));
  EXPECT_TRUE(Allows(Attribute("rack", "text_not_equals { value: 'r1' }")));
  EXPECT_TRUE(Allows(Attribute("rack", "text_matches { regex: 'r[1-3]' }")));
  EXPECT_FALSE(Allows(Attribute("rack", "text_matches { regex: 'r[4-6]' }")));
  EXPECT_FALSE(Allows(Attribute("rack", "text_not_matches { regex: 'r[1-3]' }")));
  EXPECT_TRUE(Allows(Attribute("rack", "text_not_matches { regex: 'r[4-6]' }")));
}

TEST(OfferConstraintsTest, AnExpressionMatchesTheWholeText) {
  EXPECT_FALSE(Allows(Attribute("rack", "text_matches { regex: 'r' }")));
  EXPECT_FALSE(Allows(Attribute("rack", "text_matches { regex: '2' }")));
  EXPECT_TRUE(Allows(Attribute("rack", "text_matches { regex: 'r2|x' }")));
  EXPECT_FALSE(Allows(Attribute("rack", "text_matches { regex: 'r|2' }")));
}

TEST(OfferConstraintsTest, TheFirstAttributeOfANameCounts) {
  EXPECT_FALSE(Allows(Attribute("rack", "text_equals { value: 'r9' }")));
  EXPECT_TRUE(Allows(Attribute("rack", "text_not_equals { value: 'r9' }")));
}

TEST(OfferConstraintsTest, WhatIsNoTextMeetsAllButItsAbsence) {
  for (const char* name : {"level", "slots", "disks"}) {
    EXPECT_TRUE(Allows(Attribute(name, "exists {}"))) << name;
    EXPECT_FALSE(Allows(Attribute(name, "not_exists {}"))) << name;
    EXPECT_TRUE(Allows(Attribute(name, "text_equals { value: 'x' }"))) << name;
    EXPECT_TRUE(Allows(Attribute(name, "text_not_equals { value: '7' }"))) << name;
    EXPECT_TRUE(Allows(Attribute(name, "text_matches { regex: 'x' }"))) << name;
    EXPECT_TRUE(Allows(Attribute(name, "text_not_matches { regex: '.*' }"))) << name;
  }
}

TEST(OfferConstraintsTest, WhatIsMissingMeetsTheNegativeOnes) {
  v1::AgentInfo bare;
  for (const std::string& selector :
       {std::string("attribute_name: 'none'"), std::string("pseudoattribute_type: REGION"),
        std::string("pseudoattribute_type: ZONE")}) {
    EXPECT_FALSE(AllowsIn(bare, Constraint(selector, "exists {}"))) << selector;
    EXPECT_TRUE(AllowsIn(bare, Constraint(selector, "not_exists {}"))) << selector;
    EXPECT_FALSE(AllowsIn(bare, Constraint(selector, "text_equals { value: '' }"))) << selector;
    EXPECT_TRUE(AllowsIn(bare, Constraint(selector, "text_not_equals { value: '' }"))) << selector;
    EXPECT_FALSE(AllowsIn(bare, Constraint(selector, "text_matches { regex: '.*' }"))) << selector;
    EXPECT_TRUE(AllowsIn(bare, Constraint(selector, "text_not_matches { regex: '.*' }")))
        << selector;
  }
}

TEST(OfferConstraintsTest, HostnameRegionAndZoneAreSelectedByType) {
  EXPECT_TRUE(Allows(Pseudo("HOSTNAME", "text_matches { regex: 'r2n\\\\d+[.]example[.]com' }")));
  EXPECT_FALSE(Allows(Pseudo("HOSTNAME", "text_equals { value: 'r2n08.example.com' }")));
  EXPECT_TRUE(Allows(Pseudo("REGION", "text_equals { value: 'north' }")));
  EXPECT_FALSE(Allows(Pseudo("REGION", "text_equals { value: 'n1' }")));
  EXPECT_TRUE(Allows(Pseudo("ZONE", "text_equals { value: 'n1' }")));
  EXPECT_FALSE(Allows(Pseudo("ZONE", "not_exists {}")));
  EXPECT_FALSE(Allows(Attribute("HOSTNAME", "exists {}"))) << "an attribute of that name";
}

TEST(OfferConstraintsTest, AllOfAGroupAndOneOfTheGroups) {
  const std::string r2 = Attribute("rack", "text_equals { value: 'r2' }");
  const std::string south = Pseudo("REGION", "text_equals { value: 'south' }");
  EXPECT_FALSE(Allows(r2 + south));
  EXPECT_FALSE(Allows(south + r2));
  EXPECT_TRUE(Allows(r2 + r2));
  EXPECT_TRUE((*CompileGroups({south, r2}))->Allow("eng", AgentR2()));
  EXPECT_TRUE((*CompileGroups({r2, south}))->Allow("eng", AgentR2()));
  EXPECT_FALSE((*CompileGroups({south, r2 + south}))->Allow("eng", AgentR2()));
}

TEST(OfferConstraintsTest, RolesWithoutConstraintsHaveAllAgents) {
  Compiled compiled = CompileGroups({Attribute("rack", "not_exists {}")});
  EXPECT_FALSE((*compiled)->Allow("eng", AgentR2()));
  EXPECT_TRUE((*compiled)->Allow("sci", AgentR2()));
  EXPECT_EQ((*compiled)->Explain("sci", AgentR2()), "");
  EXPECT_EQ(*CompileOfferConstraints({}, kRoles), nullptr);
}

TEST(OfferConstraintsTest, NamesWhatIsNotMet) {
  const std::string r1 = Attribute("rack", "text_equals { value: 'r1' }");
  EXPECT_EQ((*CompileGroups({r1}))->Explain("eng", AgentR2()), "rack text_equals 'r1' (is 'r2')");
  EXPECT_EQ((*CompileGroups({Attribute("rack", "exists {}") + r1 +
                                 Attribute("gpu", "text_matches { regex: 'k80.*' }"),
                             Attribute("level", "not_exists {}"),
                             Pseudo("ZONE", "text_not_matches { regex: 'n.' }")}))
                ->Explain("eng", AgentR2()),
            "rack text_equals 'r1' (is 'r2') and gpu text_matches 'k80.*' (is missing), or "
            "level not_exists (is no text), or ZONE text_not_matches 'n.' (is 'n1')");
  EXPECT_EQ((*CompileGroups({Attribute("gpu", "exists {}") +
                             Attribute("rack", "text_not_equals { value: 'r2' }")}))
                ->Explain("eng", AgentR2()),
            "gpu exists (is missing) and rack text_not_equals 'r2' (is 'r2')");
  EXPECT_EQ((*CompileGroups({r1, Attribute("rack", "exists {}")}))->Explain("eng", AgentR2()), "");
}

TEST(OfferConstraintsTest, ExplainsNoMoreThanPeopleRead) {
  std::string group;
  for (int i = 0; i < 20; ++i) group += Attribute("gpu", "exists {}");
  const std::string text =
      (*CompileGroups(std::vector<std::string>(30, group)))->Explain("eng", AgentR2());
  EXPECT_THAT(text, HasSubstr(" and 12 more constraints, or gpu exists"));
  EXPECT_THAT(text, EndsWith(", or 22 more groups"));
}

TEST(OfferConstraintsTest, IncompleteOnesAreRefused) {
  EXPECT_EQ(Error(Compile("ops", "")),
            "offer_constraints.role_constraints['ops'] is of a role that the framework does not "
            "have");
  EXPECT_EQ(Error(Compile("eng", "")),
            "offer_constraints.role_constraints['eng'].groups is empty; expected at least one "
            "group");
  const std::string good = Attribute("rack", "exists {}");
  EXPECT_EQ(Error(CompileGroups({good, ""})),
            "offer_constraints.role_constraints['eng'].groups[1].attribute_constraints is empty; "
            "expected at least one constraint");
  EXPECT_EQ(Error(CompileGroups({good, good + Constraint("", "exists {}")})),
            "offer_constraints.role_constraints['eng'].groups[1].attribute_constraints[1].selector "
            "is missing; expected attribute_name or pseudoattribute_type");
  EXPECT_EQ(Error(CompileGroups({Pseudo("UNKNOWN", "exists {}")})),
            absl::StrCat(kFirst,
                         ".selector.pseudoattribute_type is UNKNOWN; expected HOSTNAME, "
                         "REGION or ZONE"));
  EXPECT_EQ(Error(CompileGroups({Attribute("rack", "")})),
            absl::StrCat(kFirst,
                         ".predicate is missing; expected exists, not_exists, text_equals, "
                         "text_not_equals, text_matches or text_not_matches"));
  EXPECT_EQ(Error(CompileGroups({Attribute("rack", "text_equals {}")})),
            absl::StrCat(kFirst, ".predicate.text_equals.value is missing"));
  EXPECT_EQ(Error(CompileGroups({Attribute("rack", "text_not_equals {}")})),
            absl::StrCat(kFirst, ".predicate.text_not_equals.value is missing"));
  EXPECT_EQ(Error(CompileGroups({Attribute("rack", "text_matches {}")})),
            absl::StrCat(kFirst, ".predicate.text_matches.regex is missing"));
  EXPECT_EQ(Error(CompileGroups({Attribute("rack", "text_not_matches {}")})),
            absl::StrCat(kFirst, ".predicate.text_not_matches.regex is missing"));
}

TEST(OfferConstraintsTest, ExpressionsThatDoNotCompileAreRefused) {
  EXPECT_EQ(Error(CompileGroups({Attribute("rack", "text_matches { regex: 'r(' }")})),
            absl::StrCat(kFirst,
                         ".predicate.text_matches.regex is 'r(': missing ): r(; expected a "
                         "regular expression as RE2 has them"));
  EXPECT_THAT(Error(CompileGroups({Attribute("rack", "text_not_matches { regex: '(a)\\\\1' }")})),
              AllOf(HasSubstr(".predicate.text_not_matches.regex is '(a)\\\\1'"),
                    HasSubstr("invalid escape sequence")));
}

TEST(OfferConstraintsTest, ExpressionsThatTakeTooMuchAreRefused) {
  auto matches = [](const std::string& regex) {
    return CompileGroups(
        {Attribute("rack", absl::StrCat("text_matches { regex: '", regex, "' }"))});
  };
  EXPECT_EQ(Error(matches("((a{30}){30})")),
            absl::StrCat(kFirst,
                         ".predicate.text_matches.regex is '((a{30}){30})', which takes "
                         "more than 4096 bytes of memory; expected a smaller one"));
  EXPECT_TRUE(matches(std::string(96, 'a')).ok());
  EXPECT_THAT(Error(matches(std::string(97, 'a'))),
              EndsWith("', which becomes a program of 101 steps; expected at most 100"));
  EXPECT_THAT(Error(matches(std::string(1025, 'a'))),
              EndsWith("...', of 1025 bytes; expected at most 1024"));
}

TEST(OfferConstraintsTest, TooManyAreRefused) {
  std::string many;
  for (int i = 0; i < 500; ++i) many += Attribute("rack", "exists {}");
  const std::string one = Attribute("rack", "exists {}");
  EXPECT_TRUE(CompileGroups({many, many}).ok());
  EXPECT_EQ(Error(CompileGroups({many, many, one})),
            "offer_constraints.role_constraints['eng'].groups[2].attribute_constraints[0] is one "
            "too many; expected at most 1000 in all roles and groups together");
  std::string regexes;
  for (int i = 0; i < 100; ++i) regexes += Attribute("rack", "text_matches { regex: 'r.' }");
  EXPECT_TRUE(CompileGroups({regexes}).ok());
  EXPECT_THAT(
      Error(CompileGroups({regexes + Attribute("rack", "text_not_matches { regex: 'q' }")})),
      HasSubstr("[100].predicate.text_not_matches.regex is 'q', which is one too many; expected at "
                "most 100"));
}

TEST(OfferConstraintsTest, HeadersOfAnotherLibraryAreRefused) {
  EXPECT_EQ(CompileOfferConstraints({}, kRoles, {.major = 99}).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace mesos
