#include "mesos/roles.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Repeat(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

TEST(Roles, OrdinaryPathsAreValid) {
  for (const std::string& role :
       {std::string("*"), std::string("eng"), std::string("eng/web"), std::string("a-b/c.d/..."),
        std::string("caf\xc3\xa9"), std::string("*a"), Repeat("a/", 63) + "a",
        std::string(4096, 'x')}) {
    EXPECT_TRUE(ValidateRole(role).ok()) << role;
  }
}

TEST(Roles, BrokenPathsAreRefused) {
  for (const std::string& role :
       {std::string(""), std::string("/"), std::string("/a"), std::string("a/"),
        std::string("a//b"), std::string("."), std::string("a/.."), std::string("a/*"),
        std::string("*/a"), std::string("-a"), std::string("a/-b"), std::string("a b"),
        std::string("a\tb"), std::string("a\\b"), std::string("a\x01"), std::string("a\0b", 3)}) {
    EXPECT_FALSE(ValidateRole(role).ok()) << role;
  }
}

TEST(Roles, Case4_DepthAndLengthAreBounded) {
  EXPECT_FALSE(ValidateRole(Repeat("a/", 64) + "a").ok());
  EXPECT_FALSE(ValidateRole(std::string(4097, 'x')).ok());
  const absl::Status status = ValidateRole(Repeat("a/", 1'000'000));
  EXPECT_FALSE(status.ok());
  EXPECT_LT(status.message().size(), 300u);
}

TEST(Roles, ErrorsNameTheRole) {
  EXPECT_THAT(std::string(ValidateRole("eng//web").message()), HasSubstr("'eng//web'"));
}

TEST(Roles, BelowIsByComponents) {
  EXPECT_TRUE(IsStrictSubroleOf("eng/web", "eng"));
  EXPECT_TRUE(IsStrictSubroleOf("eng/web/a", "eng"));
  EXPECT_FALSE(IsStrictSubroleOf("engine", "eng"));
  EXPECT_FALSE(IsStrictSubroleOf("eng", "eng"));
  EXPECT_FALSE(IsStrictSubroleOf("eng", "eng/web"));
  EXPECT_FALSE(IsStrictSubroleOf("eng", "*"));
  EXPECT_TRUE(IsSubroleOf("eng", "eng"));
  EXPECT_TRUE(IsSubroleOf("eng/web", "eng"));
  EXPECT_FALSE(IsSubroleOf("eng", "ads"));
}

TEST(Roles, AncestorsComeFromTheTop) {
  EXPECT_THAT(AncestorsOf("a/b/c"), ElementsAre("a", "a/b"));
  EXPECT_THAT(AncestorsOf("a"), IsEmpty());
  EXPECT_THAT(AncestorsOf("*"), IsEmpty());
  EXPECT_EQ(ParentRole("a/b/c"), "a/b");
  EXPECT_EQ(ParentRole("a"), "");
  EXPECT_EQ(TopLevelRole("a/b/c"), "a");
  EXPECT_EQ(TopLevelRole("*"), "*");
  EXPECT_EQ(RoleBasename("a/b/c"), "c");
  EXPECT_EQ(RoleBasename("a"), "a");
}

}  // namespace
}  // namespace mesos
