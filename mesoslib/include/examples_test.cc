// Every public header opens with what it is, an example that compiles, threads, ownership and
// errors; it can be included alone, and brings nothing along that a host need not have.
//
// How examples are found and what is put around them: mesoslib/testing/header_comment.h.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/testing/header_comment.h"
#include "mesoslib/testing/syntax_check.h"

namespace mesos {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;

constexpr char kFolder[] = "mesoslib/include/mesos";

// Libraries that are behind the library's interfaces, by how paths of their headers look.
constexpr absl::string_view kHidden[] = {"/boost/",   "/curl/",    "/fmt/",       "/grpc",
                                         "/leveldb/", "/openssl/", "/rapidjson/", "/re2/",
                                         "/spdlog/",  "/upb/",     "/zookeeper/"};

// Their names, without ".h".
std::vector<std::string> PublicHeaders() {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(kFolder)) {
    names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string ReadHeader(const std::string& name) {
  std::ifstream file(absl::StrCat(kFolder, "/", name, ".h"));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Whether a public header may bring this one along.
bool MayBeIncluded(absl::string_view header) {
  if (absl::StartsWith(header, "mesoslib/include/mesos/")) return true;
  if (absl::StartsWith(header, "mesoslib/proto/mesos/v1/")) return true;
  if (absl::StartsWith(header, "mesoslib/proto/mesos/internal/")) return true;
  if (!absl::StartsWith(header, "/")) return false;
  return std::none_of(std::begin(kHidden), std::end(kHidden), [header](absl::string_view hidden) {
    return absl::StrContains(header, hidden);
  });
}

class PublicHeaderTest : public testing::TestWithParam<std::string> {
 protected:
  // Compiles all at once, for two compilers run side by side.
  static void SetUpTestSuite() {
    const std::vector<std::string> names = PublicHeaders();
    std::vector<std::string> programs;
    for (const std::string& name : names) {
      std::string example = ReadHeaderComment(ReadHeader(name)).example;
      // Whoever has a state has it from a master.
      if (name == "master_state") example.insert(0, "#include \"mesos/master.h\"\n");
      programs.push_back(ExampleProgram(absl::StrCat("mesos/", name, ".h"), example));
    }
    const std::vector<SyntaxResult> results = CheckSyntax(programs);
    for (size_t i = 0; i < names.size(); ++i) results_[names[i]] = results[i];
  }

  static const SyntaxResult& result() { return results_.at(GetParam()); }

 private:
  static inline std::map<std::string, SyntaxResult> results_;
};

TEST_P(PublicHeaderTest, SaysWhatAHostMustKnow) {
  EXPECT_EQ(CheckHeaderComment(ReadHeaderComment(ReadHeader(GetParam()))), "");
}

TEST_P(PublicHeaderTest, CompilesAloneAndSoDoesItsExample) {
  EXPECT_TRUE(result().ok) << result().output;
}

TEST_P(PublicHeaderTest, BringsNothingAlongThatIsHidden) {
  ASSERT_FALSE(result().headers.empty());
  std::vector<std::string> wrong;
  for (const std::string& header : result().headers) {
    if (!MayBeIncluded(header)) wrong.push_back(header);
  }
  EXPECT_THAT(wrong, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Headers, PublicHeaderTest, testing::ValuesIn(PublicHeaders()),
                         [](const auto& info) { return info.param; });

TEST(PublicHeadersTest, AreFound) { EXPECT_GE(PublicHeaders().size(), 23u); }

TEST(PublicHeadersTest, BrokenOnesAreSeen) {
  const std::vector<SyntaxResult> results = CheckSyntax({
      ExampleProgram("mesos/random.h", "mesos::Random random;\n"),
      ExampleProgram("mesos/random.h", "int unused;\n"),
      ExampleProgram("mesos/random.h", ""),
  });
  EXPECT_FALSE(results[0].ok);
  EXPECT_FALSE(results[1].ok);
  EXPECT_TRUE(results[2].ok) << results[2].output;
}

TEST(PublicHeadersTest, HiddenOnesAreKnown) {
  for (const char* header :
       {"/usr/include/grpc/grpc.h", "/usr/include/grpcpp/grpcpp.h", "/usr/include/boost/asio.hpp",
        "/usr/include/zookeeper/zookeeper.h", "/usr/include/leveldb/db.h",
        "/usr/include/x86_64-linux-gnu/curl/curl.h", "/usr/include/openssl/evp.h",
        "/usr/include/re2/re2.h", "/usr/include/spdlog/spdlog.h", "/usr/include/rapidjson/reader.h",
        "mesoslib/base/uuid.h", "mesoslib/proto/mesos/rpc/services.pb.h"}) {
    EXPECT_FALSE(MayBeIncluded(header)) << header;
  }
  for (const char* header :
       {"/usr/include/absl/time/time.h", "/usr/include/c++/12/string",
        "mesoslib/include/mesos/agent.h", "mesoslib/proto/mesos/v1/mesos.pb.h"}) {
    EXPECT_TRUE(MayBeIncluded(header)) << header;
  }
}

}  // namespace
}  // namespace mesos
