// COMPATIBILITY.md keeps its word: every feature is in it once, and the tests it names exist.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// One line of the table.
struct Feature {
  std::string id;
  std::string state;
  std::string evidence;
};

std::vector<Feature> ReadTable(const std::string& text) {
  std::vector<Feature> features;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::ConsumePrefix(&line, "| ") || !absl::ConsumeSuffix(&line, " |")) continue;
    const std::vector<std::string> cells = absl::StrSplit(line, " | ");
    if (cells[0] == "id" || cells[0] == "---") continue;
    features.push_back(cells.size() == 4 ? Feature{cells[0], cells[2], cells[3]}
                                         : Feature{cells[0], "(not four cells)", ""});
  }
  return features;
}

// The tests that are named, "target Suite.Name": everything in backquotes that has a space in it.
std::vector<std::string> TestsNamedIn(const std::string& evidence) {
  std::vector<std::string> tests;
  const std::vector<std::string> parts = absl::StrSplit(evidence, '`');
  for (size_t i = 1; i < parts.size(); i += 2) {
    if (absl::StrContains(parts[i], ' ')) tests.push_back(parts[i]);
  }
  return tests;
}

// "TEST_F(\n    Suite, Name)" becomes "TEST_F(Suite,Name)".
std::string WithoutSpaces(std::string text) {
  text.erase(std::remove_if(text.begin(), text.end(), absl::ascii_isspace), text.end());
  return text;
}

// What is wrong with the name of a test; empty: nothing. Sources are named as their targets are.
std::string CheckTest(const fs::path& workspace, const std::string& test) {
  const std::vector<std::string> words = absl::StrSplit(test, ' ');
  if (words.size() != 2) return "is not of the form `folder:target Suite.Name`";
  const std::vector<std::string> label = absl::StrSplit(words[0], ':');
  const std::vector<std::string> name = absl::StrSplit(words[1], '.');
  if (label.size() != 2 || name.size() != 2) return "is not of the form `folder:target Suite.Name`";
  absl::string_view folder = label[0];
  const fs::path package = absl::ConsumePrefix(&folder, "//")
                               ? workspace / std::string(folder)
                               : workspace / "mesoslib" / std::string(folder);
  if (!absl::StrContains(ReadFile(package / "BUILD.bazel"),
                         absl::StrCat("name = \"", label[1], "\""))) {
    return absl::StrCat("is in a target that ", package.string(), "/BUILD.bazel does not have");
  }
  const std::string source = WithoutSpaces(ReadFile(package / absl::StrCat(label[1], ".cc")));
  for (const char* macro : {"TEST", "TEST_F", "TEST_P"}) {
    if (absl::StrContains(source, absl::StrCat(macro, "(", name[0], ",", name[1], "){"))) return "";
  }
  return absl::StrCat("is not in ", label[1], ".cc");
}

// All that is wrong in the table.
std::vector<std::string> CheckTable(const std::vector<Feature>& features,
                                    const std::set<std::string>& ids, const fs::path& workspace) {
  std::vector<std::string> problems;
  std::map<std::string, int> lines;
  for (const Feature& feature : features) {
    if (++lines[feature.id] == 2) problems.push_back(feature.id + " is there twice");
    if (!ids.contains(feature.id)) problems.push_back(feature.id + " is no feature");
    if (feature.state != "yes" && feature.state != "partly" && feature.state != "no") {
      problems.push_back(absl::StrCat(feature.id, " is '", feature.state, "'"));
    }
    const std::vector<std::string> tests = TestsNamedIn(feature.evidence);
    if (feature.state == "yes" && tests.empty()) problems.push_back(feature.id + " has no test");
    if (feature.evidence.empty()) problems.push_back(feature.id + " does not say what is missing");
    for (const std::string& test : tests) {
      const std::string problem = CheckTest(workspace, test);
      if (!problem.empty()) problems.push_back(absl::StrCat(feature.id, ": ", test, " ", problem));
    }
  }
  for (const std::string& id : ids) {
    if (!lines.contains(id)) problems.push_back(id + " is missing");
  }
  return problems;
}

class CompatibilityTest : public ::testing::Test {
 protected:
  // This file among the test's data is a link to the one in the workspace.
  const fs::path workspace_ =
      fs::canonical("mesoslib/compatibility_test.cc").parent_path().parent_path();
};

TEST_F(CompatibilityTest, EveryFeatureIsThereOnceAndEveryTestItNamesExists) {
  std::set<std::string> ids;
  for (absl::string_view id : absl::StrSplit(
           ReadFile(workspace_ / "mesoslib/testdata/feature_ids.txt"), '\n', absl::SkipEmpty())) {
    ids.insert(std::string(id));
  }
  const std::vector<Feature> features =
      ReadTable(ReadFile(workspace_ / "mesoslib/COMPATIBILITY.md"));
  EXPECT_GE(ids.size(), 396u);
  EXPECT_EQ(absl::StrJoin(CheckTable(features, ids, workspace_), "\n"), "");
}

TEST_F(CompatibilityTest, TheSumsInItsHeadAreRight) {
  const std::string text = ReadFile(workspace_ / "mesoslib/COMPATIBILITY.md");
  std::map<std::string, int> sums;
  const std::vector<Feature> features = ReadTable(text);
  for (const Feature& feature : features) ++sums[feature.state];
  const std::string sentence =
      absl::StrCat("Of ", features.size(), " capabilities ", sums["yes"], " are there, ",
                   sums["partly"], " partly, ", sums["no"], " not.");
  EXPECT_TRUE(absl::StrContains(WithoutSpaces(text), WithoutSpaces(sentence))) << sentence;
}

TEST_F(CompatibilityTest, FindsWhatIsWrong) {
  const std::string good =
      "`//mesoslib:compatibility_test CompatibilityTest.FindsWhatIsWrong`, and `/state` is missing";
  EXPECT_THAT(CheckTable({{"A1", "yes", good}, {"A2", "no", "nothing"}}, {"A1", "A2"}, workspace_),
              IsEmpty());
  EXPECT_THAT(CheckTable({{"A1", "yes", "no test"}}, {"A1"}, workspace_),
              ElementsAre("A1 has no test"));
  EXPECT_THAT(CheckTable({{"A1", "maybe", "x"}}, {"A1"}, workspace_), ElementsAre("A1 is 'maybe'"));
  EXPECT_THAT(CheckTable({{"A1", "no", "x"}, {"A1", "no", "x"}}, {"A1", "A2"}, workspace_),
              ElementsAre("A1 is there twice", "A2 is missing"));
  EXPECT_THAT(CheckTable({{"B1", "no", "x"}}, {}, workspace_), ElementsAre("B1 is no feature"));
  for (const char* test :
       {"compatibility_test CompatibilityTest.FindsWhatIsWrong", "base:nothing_test A.B",
        "//mesoslib:compatibility_test CompatibilityTest.FindsWhat",
        "//mesoslib:compatibility_test FindsWhatIsWrong"}) {
    EXPECT_EQ(
        CheckTable({{"A1", "partly", absl::StrCat("`", test, "`")}}, {"A1"}, workspace_).size(), 1u)
        << test;
  }
}

}  // namespace
}  // namespace mesos
