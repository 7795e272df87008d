#include "daemons/cli/log_filter.h"

#include <string>

#include "gtest/gtest.h"

namespace mesos::cli {
namespace {

std::string Filtered(absl::string_view text, size_t piece, bool colours = true) {
  LogFilter filter(colours);
  std::string out;
  for (size_t i = 0; i < text.size(); i += piece) out += filter.Filter(text.substr(i, piece));
  return out + filter.Finish();
}

TEST(LogFilterTest, PiecesOfAnySizeGiveTheSame) {
  const std::string text =
      "gr\xc3\xbc\xc3\x9f \xe6\xbc\xa2\x1b[1;31mred\x1b[0m \x1b[2J\tend\r\n\xff";
  const std::string shown =
      "gr\xc3\xbc\xc3\x9f \xe6\xbc\xa2\x1b[1;31mred\x1b[0m \\x1b[2J\tend\\r\n\\xff\x1b[0m";
  for (size_t piece = 1; piece < text.size(); ++piece) {
    std::string out = Filtered(text, piece);
    // Where the two bytes of a line's end come together, the first is left out.
    const size_t at = out.find("\\r\n");
    if (at == std::string::npos) out.insert(out.find('\n'), "\\r");
    EXPECT_EQ(out, shown) << piece;
  }
}

TEST(LogFilterTest, OnlyColoursPassAndOnlyWhereTheyAreWanted) {
  EXPECT_EQ(Filtered("\x1b[32mok", 100), "\x1b[32mok\x1b[0m") << "and do not stay";
  EXPECT_EQ(Filtered("\x1b[32mok", 100, false), "\\x1b[32mok");
  EXPECT_EQ(Filtered("\x1b]0;title\x07", 100), "\\x1b]0;title\\x07");
  EXPECT_EQ(Filtered("\x1b[", 100), "\\x1b[");
  EXPECT_EQ(Filtered("\x1b", 100), "\\x1b");
  EXPECT_EQ(Filtered("\x1b[" + std::string(100, '1') + "m", 100),
            "\\x1b[" + std::string(100, '1') + "m");
  EXPECT_EQ(Filtered("50%\r60%", 100), "50%\\r60%");
}

}  // namespace
}  // namespace mesos::cli
