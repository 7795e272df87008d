#include "mesoslib/testing/header_comment.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace mesos {
namespace {

constexpr size_t kIndent = 3;
constexpr absl::string_view kLabels[] = {"Threads:", "Ownership:", "Errors:"};
constexpr absl::string_view kDeclarations[] = {"class ", "struct ", "template ", "void "};

// The section that a line, without its "//", belongs to, where the one before it is in `section`.
absl::string_view SectionOf(absl::string_view line, absl::string_view section) {
  if (line.empty()) return section;
  const size_t indent = std::min(line.find_first_not_of(' '), line.size());
  if (indent == kIndent) return "example";
  if (indent > kIndent) return section == "example" ? section : "drawing";
  for (absl::string_view label : kLabels) {
    if (absl::StartsWith(line, absl::StrCat(" ", label))) return label;
  }
  // Prose after a label belongs to it.
  return absl::EndsWith(section, ":") ? section : "text";
}

bool IsDeclaration(absl::string_view line) {
  return std::any_of(std::begin(kDeclarations), std::end(kDeclarations),
                     [line](absl::string_view word) { return absl::StartsWith(line, word); });
}

}  // namespace

HeaderComment ReadHeaderComment(absl::string_view text) {
  HeaderComment comment;
  absl::string_view section;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::ConsumePrefix(&line, "//")) break;
    section = SectionOf(line, section);
    if (comment.sections.empty() || comment.sections.back() != section) {
      comment.sections.emplace_back(section);
    }
    if (section != "example") continue;
    absl::StrAppend(&comment.example, line.substr(std::min(kIndent, line.size())), "\n");
  }
  return comment;
}

std::string CheckHeaderComment(const HeaderComment& comment) {
  const std::vector<std::string>& sections = comment.sections;
  const std::string found = absl::StrCat(", it has: ", absl::StrJoin(sections, ", "));
  if (sections.empty() || sections[0] != "text") {
    return "the header does not open with what it is" + found;
  }
  if (comment.example.empty()) return "the opening comment has no example" + found;
  if (sections.size() < std::size(kLabels) ||
      !std::equal(std::begin(kLabels), std::end(kLabels), sections.end() - std::size(kLabels))) {
    return absl::StrCat("the opening comment does not end with ", absl::StrJoin(kLabels, ", "),
                        found);
  }
  return "";
}

std::string ExampleProgram(absl::string_view header, absl::string_view example) {
  std::vector<absl::string_view> code = absl::StrSplit(example, '\n');
  const auto end = std::stable_partition(code.begin(), code.end(), [](absl::string_view line) {
    return absl::StartsWith(line, "#include ");
  });
  const bool declares = std::any_of(code.begin(), code.end(), IsDeclaration);
  return absl::StrCat("#include \"", header, "\"\n",
                      "#include <cstdio>\n"
                      "#include \"absl/synchronization/notification.h\"\n",
                      absl::StrJoin(code.begin(), end, "\n"), "\nnamespace example {\n",
                      declares ? "" : "void Example() {\n", absl::StrJoin(end, code.end(), "\n"),
                      declares ? "" : "}\n", "}\n");
}

}  // namespace mesos
