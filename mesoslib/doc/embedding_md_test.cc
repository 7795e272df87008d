// What embedding.md and README.md show is true: each block of C++ is found in one of the examples,
// line for line but for the indentation, or compiles by itself.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/testing/syntax_check.h"

namespace mesos {
namespace {

using testing::ElementsAre;

using Lines = std::vector<std::string>;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Without indentation and what is empty.
Lines Normalize(const Lines& lines) {
  Lines result;
  for (const std::string& line : lines) {
    std::string stripped(absl::StripAsciiWhitespace(line));
    if (!stripped.empty()) result.push_back(std::move(stripped));
  }
  return result;
}

// The blocks between ```cpp and ```.
std::vector<Lines> CppBlocks(const std::string& markdown) {
  std::vector<Lines> blocks;
  std::optional<Lines> block;
  for (absl::string_view line : absl::StrSplit(markdown, '\n')) {
    if (line == "```cpp") {
      block.emplace();
    } else if (line == "```" && block.has_value()) {
      blocks.push_back(*std::exchange(block, std::nullopt));
    } else if (block.has_value()) {
      block->emplace_back(line);
    }
  }
  return blocks;
}

bool IsFoundIn(const Lines& block, const std::string& source) {
  const Lines text = Normalize(absl::StrSplit(source, '\n'));
  const Lines wanted = Normalize(block);
  return !wanted.empty() &&
         std::search(text.begin(), text.end(), wanted.begin(), wanted.end()) != text.end();
}

bool IsExcerpt(const Lines& block) {
  for (const char* example : {"embed_cluster", "scheduler", "executor", "embed_agent"}) {
    if (IsFoundIn(block, ReadFile(absl::StrCat("examples/", example, ".cc")))) return true;
  }
  return false;
}

class EmbeddingMdTest : public testing::TestWithParam<const char*> {};

TEST_P(EmbeddingMdTest, ShowsWhatExists) {
  const std::vector<Lines> blocks = CppBlocks(ReadFile(GetParam()));
  EXPECT_FALSE(blocks.empty());
  Lines programs;
  for (const Lines& block : blocks) {
    if (!IsExcerpt(block)) programs.push_back(absl::StrJoin(block, "\n") + "\n");
  }
  const std::vector<SyntaxResult> results = CheckSyntax(programs);
  for (size_t i = 0; i < programs.size(); ++i) {
    EXPECT_TRUE(results[i].ok) << "this is in no example, and does not compile by itself:\n"
                               << programs[i] << "\n"
                               << results[i].output;
  }
}

INSTANTIATE_TEST_SUITE_P(Documents, EmbeddingMdTest,
                         testing::Values("README.md", "mesoslib/doc/embedding.md"),
                         [](const auto& info) {
                           return absl::StrContains(info.param, "README") ? "Readme" : "Embedding";
                         });

TEST(EmbeddingMdBlocksTest, AreFoundAndCompared) {
  EXPECT_THAT(CppBlocks("a\n```cpp\nb\n c\n```\nd\n```\ne\n```\n```cpp\nf\n```\n"),
              ElementsAre(ElementsAre("b", " c"), ElementsAre("f")));
  EXPECT_TRUE(IsFoundIn({"b", "c"}, "a\n  b\n\n  c\nd\n"));
  EXPECT_FALSE(IsFoundIn({"b", "d"}, "a\n  b\n  c\n  d\n"));
  EXPECT_FALSE(IsFoundIn({""}, "a\n"));
}

}  // namespace
}  // namespace mesos
