// The shared library offers what the committed lists say: a break of the interface is seen here.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/install/shell.h"

namespace mesos {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kHelp[] =
    "\nWhere programs that were compiled earlier go on working, and where they need not, accept "
    "the "
    "new lists:\n  bazel run //mesoslib/install:accept_abi\n";

// The part of abi.py's output below "== NAME".
std::vector<std::string> Now(const std::string& name) {
  static const auto* const output = new Ran(
      Shell("cd " + std::string(getenv("TEST_SRCDIR")) +
            "/mesoslib/mesoslib && python3 install/abi.py install/libmesoslib.so.1 include proto"));
  EXPECT_EQ(output->code, 0) << output->output;
  std::vector<std::string> lines;
  bool inside = false;
  for (absl::string_view line : absl::StrSplit(output->output, '\n', absl::SkipEmpty())) {
    if (line.substr(0, 3) == "== ") {
      inside = line == "== " + name;
    } else if (inside) {
      lines.emplace_back(line);
    }
  }
  return lines;
}

std::vector<std::string> Committed(const std::string& name) {
  return absl::StrSplit(ReadFile("mesoslib/install/abi/" + name + ".txt"), '\n', absl::SkipEmpty());
}

// What is in one of the two only, with "-" or "+" in front.
std::string Difference(const std::vector<std::string>& before,
                       const std::vector<std::string>& now) {
  const std::multiset<std::string> old_lines(before.begin(), before.end());
  const std::multiset<std::string> new_lines(now.begin(), now.end());
  std::vector<std::string> gone, come;
  std::set_difference(old_lines.begin(), old_lines.end(), new_lines.begin(), new_lines.end(),
                      std::back_inserter(gone));
  std::set_difference(new_lines.begin(), new_lines.end(), old_lines.begin(), old_lines.end(),
                      std::back_inserter(come));
  std::string text;
  for (const std::string& line : gone) absl::StrAppend(&text, "- ", line, "\n");
  for (const std::string& line : come) absl::StrAppend(&text, "+ ", line, "\n");
  return text;
}

TEST(AbiTest, TheExportedSymbolsAreTheCommittedOnes) {
  EXPECT_EQ(Difference(Committed("symbols"), Now("symbols")), "") << kHelp;
}

TEST(AbiTest, TheLayoutsOfPublicTypesAreTheCommittedOnes) {
  EXPECT_EQ(Committed("types"), Now("types"))
      << Difference(Committed("types"), Now("types")) << kHelp;
}

TEST(AbiTest, NothingButThePublicFaceIsExported) {
  const std::vector<std::string> symbols = Now("symbols");
  EXPECT_THAT(symbols, Contains(HasSubstr("mesos::CreateMaster(")));
  EXPECT_THAT(symbols, Contains(HasSubstr("vtable for mesos::Scheduler@")));
  EXPECT_THAT(symbols, Contains(HasSubstr("mesos::v1::Offer:")));
  std::vector<std::string> strangers;
  for (const std::string& symbol : symbols) {
    // The wire types, and what has an address: kind, then a name in mesos or about one in it.
    if (absl::StrContains(symbol, ": ") && absl::StrContains(symbol, " symbols, ")) continue;
    const std::string name = symbol.substr(2);
    const bool ours = name.rfind("mesos::", 0) == 0 || absl::StrContains(name, " for mesos::") ||
                      absl::StrContains(name, " name for mesos::") || name == "MESOSLIB_1";
    if (!ours) strangers.push_back(symbol);
  }
  EXPECT_THAT(strangers, IsEmpty());
  for (const char* inner : {"mesos::master::", "mesos::agent::", "mesos::rpc::", "mesos::LoopDoor",
                            "mesos::HierarchicalAllocator::", "mesos::MesosContainerizer::"}) {
    EXPECT_THAT(symbols, Not(Contains(HasSubstr(inner))));
  }
}

TEST(AbiTest, TheListingSeesMembersAndVirtualFunctions) {
  const std::vector<std::string> types = Now("types");
  EXPECT_THAT(types, Contains(HasSubstr("mesos::HeaderVersion size 12")));
  EXPECT_THAT(types, Contains("  4 int minor"));
  EXPECT_THAT(types, Contains(HasSubstr("virtual 2 void mesos::Master::Start(")));
  EXPECT_THAT(types, Contains(HasSubstr("mesos::v1::Offer size ")));
}

}  // namespace
}  // namespace mesos
