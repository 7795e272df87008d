#include "daemons/cli/text.h"

#include <limits>
#include <string>

#include "gtest/gtest.h"

namespace mesos::cli {
namespace {

TEST(TextTest, NothingThatDrivesATerminalIsPrintedRaw) {
  EXPECT_EQ(Printable("plain – ünïcode 漢"), "plain – ünïcode 漢");
  EXPECT_EQ(Printable("a\x1b[2Jb\nc\td\re\x07"), "a\\x1b[2Jb\\nc\\td\\re\\x07");
  EXPECT_EQ(Printable("\x7f"), "\\x7f");
  EXPECT_EQ(Printable(std::string(1, '\0')), "\\x00");
  EXPECT_EQ(Printable("\xc2\x9b"), "\\u{9b}") << "the one-character form of ESC [";
  EXPECT_EQ(Printable("\xe2\x80\xae"), "\\u{202e}") << "writes backwards";
  EXPECT_EQ(Printable("\xe2\x80\x8b"), "\\u{200b}") << "cannot be seen";
}

TEST(TextTest, BytesThatAreNoUtf8AreShownAsBytes) {
  EXPECT_EQ(Printable("\xff\xfe"), "\\xff\\xfe");
  EXPECT_EQ(Printable("\xc0\xaf"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(Printable("\xe2\x82"), "\\xe2\\x82") << "cut off";
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(Printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond the last character";
  EXPECT_EQ(Printable("\x9b"), "\\x9b");
}

TEST(TextTest, WidthIsWhatATerminalGives) {
  EXPECT_EQ(Columns(""), 0);
  EXPECT_EQ(Columns("abc"), 3);
  EXPECT_EQ(Columns("漢字"), 4);
  EXPECT_EQ(Columns("e\xcc\x81"), 1) << "a letter and a combining accent";
}

TEST(TextTest, WhatIsTooLongIsCutToTheColumn) {
  EXPECT_EQ(CutEnd("abcdef", 6), "abcdef");
  EXPECT_EQ(CutEnd("abcdef", 4), "abc…");
  EXPECT_EQ(CutEnd("abcdef", 1), "…");
  EXPECT_EQ(CutEnd("abcdef", 0), "");
  EXPECT_EQ(CutEnd("漢字漢字", 4), "漢…") << "half a character is not shown";
  EXPECT_EQ(CutMiddle("0123456789-S42", 9), "0123…-S42");
  EXPECT_EQ(CutMiddle("short", 9), "short");
  EXPECT_EQ(CutMiddle("ab", 1), "…");
}

TEST(TextTest, NumbersAreShort) {
  EXPECT_EQ(NumberText(4), "4");
  EXPECT_EQ(NumberText(0.1), "0.1");
  EXPECT_EQ(NumberText(1.2345), "1.234");
  EXPECT_EQ(NumberText(-0.0001), "0");
  EXPECT_EQ(NumberText(1024), "1024");
  EXPECT_EQ(NumberText(1e300), "1e+300");
  EXPECT_EQ(NumberText(std::numeric_limits<double>::quiet_NaN()), "?");
  EXPECT_EQ(MegabytesText(0), "0M");
  EXPECT_EQ(MegabytesText(512), "512M");
  EXPECT_EQ(MegabytesText(1536), "1.5G");
  EXPECT_EQ(MegabytesText(1024 * 1024), "1T");
  EXPECT_EQ(MegabytesText(250 * 1024 + 100), "250G");
}

TEST(TextTest, TimesAreAges) {
  const absl::Time now = absl::FromUnixSeconds(1'000'000'000);
  EXPECT_EQ(AgeText(now, now), "0s");
  EXPECT_EQ(AgeText(now - absl::Seconds(119), now), "119s");
  EXPECT_EQ(AgeText(now - absl::Minutes(12), now), "12m");
  EXPECT_EQ(AgeText(now - absl::Hours(47), now), "47h");
  EXPECT_EQ(AgeText(now - absl::Hours(24 * 5), now), "5d");
  EXPECT_EQ(AgeText(now - absl::Hours(24 * 800), now), "2y");
  EXPECT_EQ(AgeText(now + absl::Seconds(2), now), "0s") << "the master's clock is ahead";
  EXPECT_EQ(AgeText(now + absl::Hours(2), now), "-");
  EXPECT_EQ(AgeText(absl::UnixEpoch(), now), "-");
}

TEST(TextTest, AWordThatIsNearlyRightIsGuessed) {
  EXPECT_EQ(Nearest("agnet", {"agent", "task"}), "agent");
  EXPECT_EQ(Nearest("lst", {"list", "inspect"}), "list");
  EXPECT_EQ(Nearest("xyz", {"list", "inspect"}), "");
  EXPECT_EQ(Nearest(std::string(10'000, 'a'), {"list"}), "");
}

}  // namespace
}  // namespace mesos::cli
