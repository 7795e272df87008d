#include "mesoslib/http/host_endpoints.h"

#include <sys/stat.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/http/fake_client.h"
#include "mesoslib/http/fake_host.h"
#include "mesoslib/http/http_server.h"
#include "mesoslib/http/raw_client.h"

namespace mesos::http {
namespace {

using Query = std::map<std::string, std::string>;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class HostEndpointsTest : public testing::Test {
 protected:
  ClientAnswer Get(const Handler& handler, Query query) {
    return Ask(handler, {.method = "GET", .path = "/", .query = std::move(query)});
  }

  FakeHost fake_;
  const Handler browse_ = CreateFilesBrowse(fake_.host());
  const Handler read_ = CreateFilesRead(fake_.host());
  const Handler download_ = CreateFilesDownload(fake_.host());
  const Handler toggle_ = CreateLoggingToggle(fake_.host());
};

TEST_F(HostEndpointsTest, FlagsAreOneObject) {
  const Handler flags = CreateFlagsEndpoint(fake_.host());
  EXPECT_EQ(Get(flags, {}).body(), R"({"flags":{"port":"5050","quiet":"false"}})");
  EXPECT_EQ(Get(flags, {{"jsonp", "f"}}).body(),
            R"(f({"flags":{"port":"5050","quiet":"false"}});)");
}

TEST_F(HostEndpointsTest, TheLogLevelIsToggledForATime) {
  EXPECT_EQ(Get(toggle_, {}).body(), "0\n");
  for (const Query& wrong : {Query{{"level", "1"}},
                             {{"duration", "1mins"}},
                             {{"level", "-1"}, {"duration", "1mins"}},
                             {{"level", "high"}, {"duration", "1mins"}},
                             {{"level", "1"}, {"duration", "soon"}},
                             {{"level", "1"}, {"duration", "0secs"}}}) {
    const ClientAnswer answer = Get(toggle_, wrong);
    EXPECT_EQ(answer.status(), 400);
    EXPECT_THAT(answer.body(), HasSubstr("expected"));
  }
  EXPECT_EQ(fake_.logging_level().level(), 0u);
  EXPECT_EQ(Get(toggle_, {{"level", "3"}, {"duration", "10mins"}}).status(), 200);
  EXPECT_EQ(fake_.logging_level().duration(), absl::Minutes(10));
  EXPECT_EQ(Get(toggle_, {}).body(), "3\n");
}

TEST_F(HostEndpointsTest, ADirectoryIsListedAsLsHasIt) {
  fake_.Write("out", "12345");
  ASSERT_EQ(chmod((fake_.folder() / "out").c_str(), 04754), 0);
  std::filesystem::create_directory(fake_.folder() / "tmp");
  ASSERT_EQ(chmod((fake_.folder() / "tmp").c_str(), 01777), 0);
  const ClientAnswer answer = Get(browse_, {{"path", "/shown"}});
  EXPECT_EQ(answer.status(), 200);
  EXPECT_THAT(answer.body(), StartsWith(R"([{"gid":")"));
  EXPECT_THAT(answer.body(), HasSubstr(R"("mode":"-rwsr-xr--","mtime":1)"));
  EXPECT_THAT(answer.body(), HasSubstr(R"("nlink":1,"path":"/shown/out","size":5,"uid":")"));
  EXPECT_THAT(answer.body(), HasSubstr(R"("mode":"drwxrwxrwt")"));
  EXPECT_THAT(Get(browse_, {{"path", "/shown"}, {"jsonp", "cb"}}).body(), StartsWith("cb(["));
  EXPECT_EQ(Get(browse_, {{"path", "/shown/nothing"}}).status(), 404);
  EXPECT_EQ(Get(browse_, {{"path", "/shown/out"}}).status(), 400);
  EXPECT_EQ(Get(browse_, {}).status(), 400);
  EXPECT_EQ(Get(browse_, {{"path", "/shown/../x"}}).status(), 400);
}

TEST_F(HostEndpointsTest, AFileIsReadAPageAtATime) {
  fake_.Write("log", "line 1\nline 2\n");
  const auto read = [this](Query query) {
    query["path"] = "/shown/log";
    return Get(read_, std::move(query));
  };
  EXPECT_EQ(read({{"offset", "-1"}}).body(), R"({"data":"","offset":14})");
  EXPECT_EQ(read({}).body(), R"({"data":"","offset":14})");
  EXPECT_EQ(read({{"offset", "0"}}).body(), R"({"data":"line 1\nline 2\n","offset":0})");
  EXPECT_EQ(read({{"offset", "5"}, {"length", "3"}}).body(), R"({"data":"1\nl","offset":5})");
  EXPECT_EQ(read({{"offset", "5"}, {"length", "-1"}}).body(),
            R"({"data":"1\nline 2\n","offset":5})");
  EXPECT_EQ(read({{"offset", "20"}}).body(), R"({"data":"","offset":14})");
  EXPECT_EQ(read({{"offset", "0"}, {"jsonp", "f"}}).body(),
            R"(f({"data":"line 1\nline 2\n","offset":0});)");
  // A log that grows is followed from where the last page ended.
  fake_.Write("log", "line 1\nline 2\nline 3\n");
  EXPECT_EQ(read({{"offset", "14"}}).body(), R"({"data":"line 3\n","offset":14})");
  for (const char* wrong : {"-2", "x", "", "1e3", "99999999999999999999"}) {
    EXPECT_EQ(read({{"offset", wrong}}).status(), 400) << wrong;
    EXPECT_EQ(read({{"offset", "0"}, {"length", wrong}}).status(), 400) << wrong;
  }
  EXPECT_EQ(Get(read_, {{"offset", "0"}}).status(), 400);
  EXPECT_EQ(Get(read_, {{"path", "/shown/x"}, {"offset", "0"}}).status(), 404);
  fake_.Write("log", "\xff\"");
  EXPECT_EQ(read({{"offset", "0"}}).body(), R"({"data":"\ufffd\"","offset":0})");
}

TEST_F(HostEndpointsTest, Case32_ASymlinkToAPasswordFileIsForbidden) {
  std::filesystem::create_symlink("/etc/shadow", fake_.folder() / "stdout");
  EXPECT_EQ(Get(read_, {{"path", "/shown/stdout"}, {"offset", "0"}}).status(), 403);
  EXPECT_EQ(Get(download_, {{"path", "/shown/stdout"}}).status(), 403);
  std::filesystem::create_directory_symlink("/etc", fake_.folder() / "etc");
  EXPECT_EQ(Get(browse_, {{"path", "/shown/etc"}}).status(), 403);
  EXPECT_EQ(Get(download_, {{"path", "/shown/etc/passwd"}}).status(), 403);
}

TEST_F(HostEndpointsTest, ADownloadComesInPiecesUnderASafeName) {
  std::string content;
  for (int i = 0; i < 20'000; ++i) content += std::to_string(i);
  fake_.Write("a\"\r\nb", content);
  ClientAnswer answer = Get(download_, {{"path", "/shown/a\"\r\nb"}});
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.header("Content-Disposition"),
            "attachment; filename=\"a___b\"; filename*=UTF-8''a%22%0D%0Ab");
  EXPECT_EQ(answer.header("Content-Type"), "application/octet-stream");
  EXPECT_TRUE(answer.ended());
  const std::vector<std::string> pieces = answer.TakeChunks();
  EXPECT_GT(pieces.size(), 2u);
  EXPECT_EQ(absl::StrJoin(pieces, ""), content);
  EXPECT_EQ(Get(download_, {}).status(), 400);
  EXPECT_EQ(Get(download_, {{"path", "/shown"}}).status(), 400);
  fake_.Write("empty", "");
  const ClientAnswer empty = Get(download_, {{"path", "/shown/empty"}});
  EXPECT_EQ(empty.status(), 200);
  EXPECT_TRUE(empty.ended());
}

TEST_F(HostEndpointsTest, ADownloadThatFailsHalfWayDoesNotEndAsIfItWereWhole) {
  fake_.Write("log", std::string(100'000, 'x'));
  // The file is cut while its second piece waits to be read.
  std::deque<absl::AnyInvocable<void()>> jobs;
  fake_.mutable_host().file_work = [&jobs](absl::AnyInvocable<void()> job) {
    jobs.push_back(std::move(job));
  };
  const auto run_one = [&jobs] {
    ASSERT_FALSE(jobs.empty());
    auto job = std::move(jobs.front());
    jobs.pop_front();
    job();
  };
  ClientAnswer answer = Get(download_, {{"path", "/shown/log"}});
  run_one();
  EXPECT_EQ(answer.status(), 200);
  fake_.Write("log", "short");
  run_one();
  EXPECT_EQ(answer.TakeChunks().size(), 1u);
  EXPECT_THAT(answer.failure().message(), HasSubstr("the download cannot be finished: "));
  EXPECT_THAT(answer.failure().message(), HasSubstr(" bytes of 100000 left"));
}

// A client tells a cut from the end: the last chunk never comes.
TEST_F(HostEndpointsTest, ADownloadThatFailsCutsTheConnection) {
  constexpr size_t kSize = 64 << 20;
  fake_.Write("large", "");
  ASSERT_EQ(truncate((fake_.folder() / "large").c_str(), kSize), 0);
  auto server = CreateHttpServer(
      {.address = "127.0.0.1:0", .handler = download_, .max_backlog_bytes = 64 << 10});
  ASSERT_TRUE(server.ok()) << server.status();
  for (const char* version : {"1.1", "1.0"}) {
    ASSERT_EQ(truncate((fake_.folder() / "large").c_str(), kSize), 0);
    RawClient client((*server)->port(), /*receive_buffer=*/4096);
    client.Send(absl::StrCat("GET /files/download?path=/shown/large HTTP/", version,
                             "\r\nHost: x\r\n\r\n"));
    ASSERT_EQ(client.ReadHead().value_or(RawResponse()).status, 200);
    ASSERT_EQ(truncate((fake_.folder() / "large").c_str(), 1000), 0);
    EXPECT_TRUE(client.AwaitReset()) << version;
  }
}

TEST_F(HostEndpointsTest, WhatIsAttachedIsShown) {
  EXPECT_EQ(Get(CreateFilesDebug(fake_.host()), {}).body(),
            absl::StrCat(R"({"/shown":")", fake_.folder().string(), R"("})"));
}

// A file far larger than a stream may have waiting is read no faster than its client reads.
TEST_F(HostEndpointsTest, AClientThatReadsSlowlyGetsAllOfALargeFile) {
  constexpr size_t kSize = 64 << 20;
  fake_.Write("large", "");
  ASSERT_EQ(truncate((fake_.folder() / "large").c_str(), kSize), 0);
  auto server = CreateHttpServer(
      {.address = "127.0.0.1:0", .handler = download_, .max_backlog_bytes = 64 << 10});
  ASSERT_TRUE(server.ok()) << server.status();
  RawClient client((*server)->port(), /*receive_buffer=*/4096);
  client.Send("GET /files/download?path=/shown/large HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_EQ(client.ReadHead().value_or(RawResponse()).status, 200);
  size_t received = 0;
  while (auto chunk = client.ReadChunk()) {
    received += chunk->size();
    if (chunk->empty()) break;
  }
  EXPECT_EQ(received, kSize);
  // One that goes in the middle costs nothing more.
  RawClient gone((*server)->port(), 4096);
  gone.Send("GET /files/download?path=/shown/large HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_EQ(gone.ReadHead().value_or(RawResponse()).status, 200);
  gone.Close();
}

}  // namespace
}  // namespace mesos::http
