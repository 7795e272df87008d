// The daemons over HTTP, as clients that are not ours see them: bytes on a socket, and a framework in
// Python that has nothing but the standard library.
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "daemons/testing/test_cluster.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/http/raw_client.h"

namespace mesos {
namespace {

using http::RawClient;
using http::RawResponse;
using ::testing::HasSubstr;

class HttpTest : public ::testing::Test {
 protected:
  static RawResponse Ask(const std::string& port, const std::string& head,
                         const std::string& body = "") {
    RawClient client(Number(port));
    client.Send(absl::StrCat(head, "\r\nHost: localhost\r\nContent-Length: ", body.size(),
                             "\r\n\r\n", body));
    return client.ReadResponse().value_or(RawResponse());
  }
  static RawResponse Get(const std::string& port, const std::string& path) {
    return Ask(port, absl::StrCat("GET ", path, " HTTP/1.1"));
  }
  static RawResponse Post(const std::string& port, const std::string& path,
                          const std::string& json) {
    return Ask(port, absl::StrCat("POST ", path, " HTTP/1.1\r\nContent-Type: application/json\r\n",
                                  "Accept: application/json"),
               json);
  }
  static int Number(const std::string& text) {
    int number = 0;
    EXPECT_TRUE(absl::SimpleAtoi(text, &number)) << text;
    return number;
  }

  std::unique_ptr<TestProcess> Python(std::vector<std::string> arguments) {
    arguments.insert(
        arguments.begin(),
        {std::filesystem::absolute("examples/v1_scheduler.py").string(),
         "--master=127.0.0.1:" + master(), geteuid() == 0 ? "--user=root" : "--user="});
    return TestProcess::Start("/usr/bin/python3", std::move(arguments), geteuid());
  }

  std::string master() const { return cluster_.master_http_port(); }
  std::string agent() const { return cluster_.agent_http_port(); }

  TestCluster cluster_{geteuid()};
};

TEST_F(HttpTest, MastersAndAgentsAnswerOperators) {
  cluster_.StartMaster();
  cluster_.StartAgent();
  for (const std::string& port : {master(), agent()}) {
    EXPECT_EQ(Get(port, "/health").status, 200);
    EXPECT_THAT(Get(port, "/version").body, HasSubstr(R"("version":"1.)"));
    const RawResponse health = Post(port, "/api/v1", R"({"type":"GET_HEALTH"})");
    EXPECT_EQ(health.status, 200);
    EXPECT_EQ(health.Header("Content-Type"), "application/json");
    EXPECT_EQ(health.body, R"({"type":"GET_HEALTH","get_health":{"healthy":true}})");
    EXPECT_EQ(Get(port, "/nothing").status, 404);
    EXPECT_EQ(Get(port, "/api/v1").status, 405);
  }
  const RawResponse agents = Post(master(), "/api/v1", R"({"type":"GET_AGENTS"})");
  EXPECT_THAT(agents.body, HasSubstr(absl::StrCat(R"("port":)", agent())));
  const RawResponse snapshot = Get(master(), "/metrics/snapshot?jsonp=show");
  EXPECT_THAT(snapshot.body, HasSubstr(R"("master/slaves_active":1.0)"));
  EXPECT_THAT(snapshot.body, HasSubstr("show({"));
  EXPECT_THAT(Get(master(), "/master/metrics").body, HasSubstr("\nmaster_slaves_active 1\n"));
  EXPECT_THAT(Get(agent(), "/slave(1)/metrics/snapshot").body, HasSubstr(R"("slave/)"));
  EXPECT_EQ(Get(master(), "/redirect").status, 307);
  EXPECT_EQ(Get(master(), "/redirect/x").status, 404);
}

TEST_F(HttpTest, AFrameworkInPythonRunsItsTasks) {
  cluster_.StartMaster();
  cluster_.StartAgent();
  auto python = Python({"--tasks=5", "--command=echo ran"});
  EXPECT_EQ(python->WaitForExit(), 0) << python->output();
  EXPECT_THAT(python->output(), HasSubstr("task-5 is TASK_FINISHED"));
  auto failing = Python({"--tasks=1", "--command=exit 3"});
  EXPECT_EQ(failing->WaitForExit(), 1) << failing->output();
  EXPECT_THAT(failing->output(), HasSubstr("task-1 is TASK_FAILED"));
}

}  // namespace
}  // namespace mesos
