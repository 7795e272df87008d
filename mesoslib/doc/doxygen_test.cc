// The API's documentation is made without a warning, and contains what it should.
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

struct Outcome {
  int exit_code = -1;
  std::string output;
};

// `name` is of a file for the output.
Outcome Shell(const std::string& command, const std::string& name) {
  const std::string output = absl::StrCat(testing::TempDir(), "/", name, ".out");
  const int status = std::system(absl::StrCat("(", command, ") >", output, " 2>&1").c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, ReadFile(output)};
}

class DoxygenTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    outcome_ = Shell(absl::StrCat("mesoslib/doc/html --out=", Folder()), "html");
  }

  static std::string Folder() { return testing::TempDir() + "/html"; }
  // Without its frame, so that failures can be read.
  static std::string Page(const std::string& name) {
    const std::string page = ReadFile(absl::StrCat(Folder(), "/html/", name, ".html"));
    const size_t contents = page.find("<div class=\"contents\">");
    return contents == page.npos ? "" : page.substr(contents);
  }

  static inline Outcome outcome_;
};

TEST_F(DoxygenTest, WarnsOfNothing) {
  EXPECT_EQ(outcome_.exit_code, 0);
  EXPECT_THAT(outcome_.output, IsEmpty());
}

TEST_F(DoxygenTest, TheMainPageIsTheReadme) {
  EXPECT_THAT(Page("index"),
              AllOf(HasSubstr("share one pool of machines"), HasSubstr("Embedding")));
}

TEST_F(DoxygenTest, ClassesAreListedWithTheirSummaries) {
  const std::string page = Page("annotated");
  EXPECT_THAT(page, HasSubstr("keeps the cluster's books"));                 // Master
  EXPECT_THAT(page, HasSubstr("runs tasks on one machine"));                 // Agent
  EXPECT_THAT(page, HasSubstr("starts processes in containers"));            // Containerizer
  EXPECT_THAT(page, HasSubstr("What a framework hears"));                    // Scheduler
  EXPECT_THAT(page, HasSubstr("The headers that the code using this was"));  // HeaderVersion
}

TEST_F(DoxygenTest, AClassHasItsExampleThreadsOwnershipAndErrors) {
  const std::string page = Page("classmesos_1_1Master");
  EXPECT_THAT(page, AllOf(HasSubstr("CreateHierarchicalAllocator"), HasSubstr("Threads</dt>"),
                          HasSubstr("Ownership</dt>"), HasSubstr("Errors</dt>")));
  EXPECT_THAT(page, HasSubstr("is called on the loop: OK (it leads, or stands)"));  // A method's.
  EXPECT_THAT(page, Not(HasSubstr("///")));
}

TEST_F(DoxygenTest, CommentsBehindFieldsAndDrawingsAreThere) {
  EXPECT_THAT(Page("structmesos_1_1MasterOptions"), HasSubstr("Its name, for people."));
  EXPECT_THAT(Page("endpoint_8h"), HasSubstr("---&gt;  master.schedulers()"));
  EXPECT_THAT(Page("roles_8h"), HasSubstr("\"*\" is the default role"));
}

TEST_F(DoxygenTest, EmbeddingHasAPage) {
  EXPECT_THAT(Page("md_mesoslib_doc_embedding"), HasSubstr("who owns whom"));
}

TEST_F(DoxygenTest, AWarningIsAFailure) {
  const std::string bad = testing::TempDir() + "/bad.h";
  std::ofstream(bad) << "// A header.\n\n/** @class Unknown */\n/** @nonsense */\nvoid F();\n";
  const Outcome outcome =
      Shell(absl::StrCat("(cat mesoslib/doc/Doxyfile; echo INPUT = ", bad,
                         "; echo OUTPUT_DIRECTORY = ", testing::TempDir(), "/bad) | doxygen -"),
            "bad");
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_THAT(outcome.output, HasSubstr("nonsense"));
}

TEST_F(DoxygenTest, TheCommandExplainsItself) {
  const Outcome outcome = Shell("mesoslib/doc/html", "usage");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("--out=DIR"));
}

}  // namespace
}  // namespace mesos
