#include "daemons/cli/arguments.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<Option>& Options() {
  static const auto* options = new std::vector<Option>{{"output", 'o', "FORMAT", ""},
                                                       {"all", 'a', "", ""},
                                                       {"watch", 'w', "", ""},
                                                       {"lines", 'n', "N", ""},
                                                       {"timeout", '\0', "TIME", ""}};
  return *options;
}

Arguments Parsed(const std::vector<std::string>& arguments) {
  auto parsed = Arguments::Parse(arguments, Options());
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() ? *parsed : Arguments();
}

std::string ErrorOf(const std::vector<std::string>& arguments) {
  const auto parsed = Arguments::Parse(arguments, Options());
  EXPECT_TRUE(absl::IsInvalidArgument(parsed.status()));
  return std::string(parsed.status().message());
}

TEST(ArgumentsTest, AnOptionsValueComesInFourWays) {
  for (const std::vector<std::string>& way : {std::vector<std::string>{"-o", "json"},
                                              {"-ojson"},
                                              {"--output", "json"},
                                              {"--output=json"},
                                              {"-aojson"},
                                              {"-awo", "json"}}) {
    EXPECT_EQ(Parsed(way).Value("output"), "json");
  }
}

TEST(ArgumentsTest, SwitchesStandTogetherAndMayRepeat) {
  const Arguments arguments = Parsed({"-aw", "-a", "list"});
  EXPECT_TRUE(arguments.Has("all"));
  EXPECT_TRUE(arguments.Has("watch"));
  EXPECT_FALSE(arguments.Has("output"));
  EXPECT_THAT(arguments.words(), ElementsAre("list"));
}

TEST(ArgumentsTest, WordsAreWhatIsNoOption) {
  EXPECT_THAT(Parsed({"a", "-", "--all", "b", "--", "--c", "-d"}).words(),
              ElementsAre("a", "-", "b", "--c", "-d"));
}

TEST(ArgumentsTest, WhatIsWrongIsNamed) {
  EXPECT_EQ(ErrorOf({"--outptu=json"}), "unknown option '--outptu'; did you mean --output?");
  EXPECT_EQ(ErrorOf({"-x"}), "unknown option '-x'");
  EXPECT_EQ(ErrorOf({"-ax"}), "unknown option '-x'");
  EXPECT_EQ(ErrorOf({"--\x1b[2J"}), "unknown option '--\\x1b[2J'");
  EXPECT_EQ(ErrorOf({"-o"}), "-o needs a value: FORMAT");
  EXPECT_EQ(ErrorOf({"--output="}), "--output has an empty value; expected FORMAT");
  EXPECT_EQ(ErrorOf({"--all=yes"}), "--all takes no value");
  EXPECT_EQ(ErrorOf({"-ojson", "--output=yaml"}), "--output is given twice");
}

TEST(ArgumentsTest, NumbersAndTimesAreChecked) {
  EXPECT_EQ(**Parsed({"-n", "10"}).Number("lines"), 10);
  EXPECT_FALSE(Parsed({}).Number("lines")->has_value());
  EXPECT_EQ(**Parsed({"--timeout=2mins"}).Duration("timeout"), absl::Minutes(2));
  for (const char* wrong : {"ten", "-1", "nan", "1e999", "1x"}) {
    const std::string option = std::string("-n") + wrong;
    EXPECT_THAT(std::string(Parsed({option}).Number("lines").status().message()),
                HasSubstr("--lines is '"))
        << wrong;
  }
  EXPECT_THAT(std::string(Parsed({"--timeout=5"}).Duration("timeout").status().message()),
              HasSubstr("--timeout: "));
}

}  // namespace
}  // namespace mesos::cli
