#include "mesoslib/testing/header_comment.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char kGood[] = R"(// Widget: what it is,
// and what for.
//
//     +---+
//     | W |
//
//   if (true) {
//
//     Indented();
//   }
//
// Threads: one.
// Even so.
// Ownership: none.
// Errors: none.
#ifndef GUARD
//   NotOfTheOpeningComment();
)";

TEST(HeaderCommentTest, TellsSectionsApart) {
  const HeaderComment comment = ReadHeaderComment(kGood);
  EXPECT_THAT(comment.sections,
              ElementsAre("text", "drawing", "example", "Threads:", "Ownership:", "Errors:"));
  EXPECT_EQ(comment.example, "if (true) {\n\n  Indented();\n}\n\n");
  EXPECT_EQ(CheckHeaderComment(comment), "");
}

TEST(HeaderCommentTest, FindsWhatIsMissing) {
  auto check = [](absl::string_view text) { return CheckHeaderComment(ReadHeaderComment(text)); };
  EXPECT_THAT(check("#ifndef GUARD\n"), HasSubstr("what it is"));
  EXPECT_THAT(check("//   Code();\n// Threads:\n// Ownership:\n// Errors:\n"),
              HasSubstr("what it is"));
  EXPECT_THAT(check("// It.\n//    drawn\n// Threads:\n// Ownership:\n// Errors:\n"),
              HasSubstr("no example"));
  EXPECT_THAT(check("// It.\n//   Code();\n// Threads:\n// Errors:\n"),
              HasSubstr("does not end with Threads:, Ownership:, Errors:"));
  EXPECT_THAT(check("// It.\n//   Code();\n// Ownership:\n// Threads:\n// Errors:\n"),
              HasSubstr("does not end with"));
  EXPECT_THAT(check("// It.\n// Threads:\n// Ownership:\n// Errors:\n//   Code();\n"),
              HasSubstr("does not end with"));
}

TEST(HeaderCommentTest, WrapsStatementsIntoAFunctionAndLeavesDeclarationsAlone) {
  EXPECT_THAT(ExampleProgram("mesos/x.h", "Call();\n"),
              testing::StartsWith("#include \"mesos/x.h\"\n"));
  EXPECT_THAT(ExampleProgram("mesos/x.h", "Call();\n"),
              HasSubstr("void Example() {\nCall();\n}\n}\n"));
  EXPECT_THAT(ExampleProgram("mesos/x.h", "#include <set>\nCall();\n"),
              HasSubstr("#include <set>\nnamespace example {\nvoid Example() {\nCall();\n}\n"));
  for (const char* code : {"class A {};\n", "// Why.\nstruct A {};\n", "void F() {}\n",
                           "template <typename T>\nclass A {};\n"}) {
    EXPECT_THAT(ExampleProgram("mesos/x.h", code), Not(HasSubstr("Example()"))) << code;
  }
}

}  // namespace
}  // namespace mesos
