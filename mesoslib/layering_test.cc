// The arrows between the folders run as the design says. The table is in testing/layering.cc.
#include "mesoslib/testing/layering.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// This file among the test's data is a link to the one in the workspace.
fs::path Workspace() {
  return fs::canonical("mesoslib/layering_test.cc").parent_path().parent_path();
}

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST(LayeringTest, EveryFolderIncludesOnlyWhatItMay) {
  const fs::path workspace = Workspace();
  std::vector<std::string> problems;
  int files = 0;
  for (const char* top : {"mesoslib", "examples"}) {
    if (!fs::exists(workspace / top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(workspace / top)) {
      const std::string path = fs::relative(entry.path(), workspace).string();
      if (!entry.is_regular_file() || !IsLayeredSource(path)) continue;
      ++files;
      for (std::string& problem : CheckLayering(path, ReadFile(entry.path()))) {
        problems.push_back(std::move(problem));
      }
    }
  }
  std::sort(problems.begin(), problems.end());
  EXPECT_TRUE(problems.empty()) << absl::StrJoin(problems, "\n");
  EXPECT_GE(files, 50) << "the workspace was not found: " << workspace;
}

TEST(LayeringTest, FindsAPlantedInclude) {
  EXPECT_THAT(CheckLayering("mesoslib/allocator/x.cc", "\n#include \"mesoslib/master/master.h\"\n"),
              ElementsAre("mesoslib/allocator/x.cc:2: allocator may include only base, resources, "
                          "not mesoslib/master/master.h"));
  EXPECT_THAT(CheckLayering("mesoslib/rpc/x.cc", "#include \"mesoslib/storage/x.h\""),
              ElementsAre(HasSubstr("rpc/x.cc:1: rpc may include only")));
  EXPECT_THAT(CheckLayering("mesoslib/base/x.h", "#include \"mesoslib/resources/x.h\""),
              ElementsAre(HasSubstr("base may include no other folder")));
  EXPECT_THAT(CheckLayering("mesoslib/include/mesos/x.h", "#include \"mesoslib/include/x.h\""),
              ElementsAre(HasSubstr("include may include no other folder")));
  EXPECT_THAT(CheckLayering("mesoslib/new_folder/x.h", ""),
              ElementsAre(HasSubstr("'new_folder' is not in the table")));
  EXPECT_THAT(CheckLayering("examples/quickstart.cc", "#include \"mesoslib/base/uuid.h\""),
              ElementsAre(HasSubstr("public headers")));
}

TEST(LayeringTest, FindsAForbiddenHeaderInTheCore) {
  for (const char* header : {"<grpcpp/grpcpp.h>", "<boost/asio.hpp>", "<leveldb/db.h>", "<chrono>",
                             "\"absl/time/clock.h\"", "<fstream>", "<unistd.h>", "<openssl/evp.h>",
                             "<zookeeper/zookeeper.h>", "<curl/curl.h>", "<thread>"}) {
    const std::string line = absl::StrCat("#include ", header);
    for (const char* folder : {"base", "resources", "allocator", "master", "agent", "include"}) {
      EXPECT_EQ(CheckLayering(absl::StrCat("mesoslib/", folder, "/x.h"), line).size(), 1u)
          << folder << " " << header;
    }
    EXPECT_THAT(CheckLayering("mesoslib/rpc/x.cc", line), IsEmpty());
    EXPECT_THAT(CheckLayering("mesoslib/base/thread_event_loop.cc", line), IsEmpty());
  }
}

TEST(LayeringTest, TheMasterHasNoOrderOfHashTables) {
  EXPECT_THAT(CheckLayering("mesoslib/master/x.h", "#include \"absl/container/flat_hash_map.h\"\n"),
              ElementsAre(HasSubstr("does not include absl/container/flat_hash_map.h")));
  EXPECT_THAT(CheckLayering("mesoslib/master/x.h", "#include <unordered_set>\n"),
              ElementsAre(HasSubstr("does not include unordered_set")));
  EXPECT_THAT(CheckLayering("mesoslib/master/index.h", "#include <unordered_set>\n"), IsEmpty());
}

TEST(LayeringTest, FindsAForbiddenCallInTheCore) {
  for (const char* code :
       {"  absl::Now();", "x = time(nullptr);", "std::time(nullptr);", "::open(path, 0);",
        "if (fork() == 0) {", "rand();", "!getenv(name)", "return fork();", "a && open(path)"}) {
    EXPECT_EQ(CheckLayering("mesoslib/master/x.cc", code).size(), 1u) << code;
    EXPECT_THAT(CheckLayering("mesoslib/storage/x.cc", code), IsEmpty());
  }
}

TEST(LayeringTest, LeavesInnocentCodeAlone) {
  for (const char* code :
       {"#include \"mesoslib/base/uuid.h\"", "#include \"mesos/v1/mesos.pb.h\"",
        "#include \"absl/time/time.h\"", "loop_->Now();", "// open(path) is for others",
        "log_.Info(\"time() is up\");", "unreachable_time();", "status.time();",
        "file->open(path);", "Reopen(x);", "v1::kill(x);", "bool open() {", "set_kill(x);",
        "call.kill().task_id();"}) {
    EXPECT_THAT(CheckLayering("mesoslib/master/x.cc", code), IsEmpty()) << code;
  }
}

TEST(LayeringTest, TestsMayUseEverything) {
  const std::string text = "#include \"mesoslib/storage/x.h\"\n#include <fstream>\n";
  EXPECT_THAT(CheckLayering("mesoslib/master/x_test.cc", text), IsEmpty());
  EXPECT_THAT(CheckLayering("mesoslib/testing/fake.h", text), IsEmpty());
  EXPECT_THAT(CheckLayering("mesoslib/master/fixture.h", text + "#include \"gtest/gtest.h\"\n"),
              IsEmpty());
  EXPECT_EQ(CheckLayering("mesoslib/master/fixture.h", text).size(), 2u);
}

TEST(LayeringTest, ProtosKnowNobody) {
  const std::string internal = "import \"mesos/internal/messages.proto\";";
  EXPECT_THAT(CheckLayering("mesoslib/proto/mesos/v1/x.proto", internal),
              ElementsAre(HasSubstr("x.proto:1: a .proto file of mesos/v1 imports")));
  EXPECT_THAT(CheckLayering("mesoslib/proto/mesos/rpc/x.proto", internal), IsEmpty());
  EXPECT_THAT(CheckLayering("mesoslib/proto/mesos/v1/x.proto",
                            "import \"google/protobuf/duration.proto\";"),
              IsEmpty());
}

}  // namespace
}  // namespace mesos
