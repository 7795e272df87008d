#include "daemons/cli/table.h"

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "daemons/cli/text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Table Agents() {
  Table table;
  table.columns = {{.heading = "ID", .cut = Column::Cut::kMiddle, .least = 8},
                   {.heading = "HOSTNAME", .cut = Column::Cut::kEnd, .least = 8, .rank = 1},
                   {.heading = "CPUS", .right = true, .rank = 2},
                   {.heading = "VERSION", .wide = true}};
  table.rows = {{"0123456789abcdef-S1", "a", "1.5", "1.12.0"},
                {"0123456789abcdef-S12", "a-host-with-a-long-name", "16", "1.12.0"}};
  return table;
}

TEST(TableTest, WithoutALimitEverythingIsThereInFull) {
  EXPECT_EQ(Agents().Render({}),
            "ID                    HOSTNAME                 CPUS\n"
            "0123456789abcdef-S1   a                         1.5\n"
            "0123456789abcdef-S12  a-host-with-a-long-name    16\n");
  EXPECT_THAT(Agents().Render({.wide = true}), HasSubstr("CPUS  VERSION\n"));
}

TEST(TableTest, WhatIsWidestIsCutFirstAndIdsKeepTheirEnds) {
  EXPECT_EQ(Agents().Render({.width = 40}),
            "ID                HOSTNAME          CPUS\n"
            "0123456…bcdef-S1  a                  1.5\n"
            "0123456…cdef-S12  a-host-with-a-l…    16\n");
}

TEST(TableTest, WhatMattersLeastIsLeftOutFirst) {
  const std::string narrow = Agents().Render({.width = 20});
  EXPECT_THAT(narrow, Not(HasSubstr("CPUS")));
  EXPECT_THAT(narrow, HasSubstr("HOSTNAME"));
  const std::string narrower = Agents().Render({.width = 10});
  EXPECT_THAT(narrower, Not(HasSubstr("HOSTNAME")));
  EXPECT_THAT(narrower, HasSubstr("…"));
}

TEST(TableTest, NoLineIsLongerThanTheTerminal) {
  for (int width = 8; width < 80; ++width) {
    for (absl::string_view line : absl::StrSplit(Agents().Render({.width = width}), '\n')) {
      EXPECT_LE(Columns(line), width) << line;
    }
  }
}

TEST(TableTest, AHeadingStaysWhereThereIsNothing) {
  Table table = Agents();
  table.rows.clear();
  EXPECT_EQ(table.Render({}), "ID  HOSTNAME  CPUS\n");
}

TEST(TableTest, ColoursDoNotCountAndTextIsMadePrintable) {
  Table table;
  table.columns = {{.heading = "A"}, {.heading = "B"}};
  table.rows = {{Cell("x\x1b[31m", Colour::kGreen), "y"}};
  EXPECT_EQ(table.Render({}), "A          B\nx\\x1b[31m  y\n");
  EXPECT_EQ(table.Render({.colours = true}),
            "\x1b[1mA\x1b[0m          \x1b[1mB\x1b[0m\n\x1b[32mx\\x1b[31m\x1b[0m  y\n");
}

}  // namespace
}  // namespace mesos::cli
