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

  // Of the first file in what /files/browse says.
  static std::string PathIn(const std::string& json) {
    const size_t begin = json.find(R"("path":")") + 8;
    return json.substr(begin, json.find('"', begin) - begin);
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

TEST_F(HttpTest, AFrameworkInJavaScriptRunsItsTasks) {
  cluster_.StartMaster();
  cluster_.StartAgent();
  const auto node = [&](std::vector<std::string> arguments) {
    arguments.insert(
        arguments.begin(),
        {std::filesystem::absolute("examples/v1_scheduler.js").string(),
         "--master=127.0.0.1:" + master(), geteuid() == 0 ? "--user=root" : "--user="});
    return TestProcess::Start("/usr/bin/node", std::move(arguments), geteuid());
  };
  auto well = node({"--tasks=5", "--command=echo ran"});
  EXPECT_EQ(well->WaitForExit(), 0) << well->output();
  EXPECT_THAT(well->output(), HasSubstr("task-5 is TASK_FINISHED"));
  auto failing = node({"--tasks=1", "--command=exit 3"});
  EXPECT_EQ(failing->WaitForExit(), 1) << failing->output();
  auto wrong = node({"--task=1"});
  EXPECT_EQ(wrong->WaitForExit(), 2);
  EXPECT_THAT(wrong->output(), HasSubstr("--task=1: expected --name=value"));
}

// It finds the agent's HTTP in MESOS_AGENT_ENDPOINT; ours, over gRPC, is in custom_executor_test.
TEST_F(HttpTest, AnExecutorInPythonRunsTasks) {
  cluster_.StartMaster();
  cluster_.StartAgent();
  const std::string executor = std::filesystem::absolute("examples/v1_executor.py").string();
  auto python = Python({"--tasks=3", "--command=echo from $MESOS_EXECUTOR_ID",
                        "--executor=/usr/bin/python3 " + executor});
  EXPECT_EQ(python->WaitForExit(), 0) << python->output();
  for (const char* line : {"task-1 is TASK_RUNNING\n", "task-1 is TASK_FINISHED from python\n",
                           "task-3 is TASK_FINISHED from python\n"}) {
    EXPECT_THAT(python->output(), HasSubstr(line)) << cluster_.agent().output();
  }
}

// What the web UI, exporters and operators' scripts read of an agent.
TEST_F(HttpTest, AnAgentTellsWhatItRunsAndWhatThatUses) {
  cluster_.StartMaster();
  cluster_.StartAgent();
  auto task = cluster_.Execute({"--name=sleeper", "--command=sleep 60"});
  task->WaitFor("TASK_RUNNING");
  const std::string state = Get(agent(), "/slave(1)/state").body;
  EXPECT_THAT(state, HasSubstr(R"("name":"sleeper")"));
  EXPECT_THAT(state, HasSubstr(R"("state":"TASK_RUNNING")"));
  EXPECT_THAT(state, HasSubstr(R"("directory":")" + cluster_.path("agent/slaves/")));
  EXPECT_THAT(Get(agent(), "/containers").body, HasSubstr(R"("mem_rss_bytes":)"));
  EXPECT_THAT(Get(agent(), "/monitor/statistics").body, HasSubstr(R"("cpus_user_time_secs":)"));
  EXPECT_THAT(Post(agent(), "/api/v1", R"({"type":"GET_CONTAINERS"})").body,
              HasSubstr(R"("executor_pid":)"));
  EXPECT_EQ(Post(agent(), "/api/v1", R"({"type":"PRUNE_IMAGES"})").status, 501);
}

TEST_F(HttpTest, LogsSandboxesAndFlagsAreSeen) {
  cluster_.StartMaster({"--log_dir=" + cluster_.path("log"), "--cluster=blue"});
  cluster_.StartAgent({"--external_log_file=" + cluster_.path("log/mesos-master.log")});
  auto python = Python({"--tasks=1", "--command=echo ran"});
  EXPECT_EQ(python->WaitForExit(), 0) << python->output();
  for (const auto& [port, path] :
       {std::pair(master(), "/master/log"), std::pair(agent(), "/slave/log")}) {
    EXPECT_THAT(Get(port, absl::StrCat("/files/read?offset=0&path=", path)).body,
                HasSubstr("the master leads"));
    EXPECT_THAT(Get(port, absl::StrCat("/files/download?path=", path)).body,
                HasSubstr("the master leads"));
    EXPECT_THAT(
        Post(port, "/api/v1",
             absl::StrCat(R"({"type":"READ_FILE","read_file":{"offset":0,"length":3,"path":")",
                          path, R"("}})"))
            .body,
        HasSubstr(R"("read_file":{"size":)"));
  }
  EXPECT_THAT(Get(master(), "/flags").body, HasSubstr(R"("cluster":"blue")"));
  EXPECT_THAT(Post(agent(), "/api/v1", R"({"type":"GET_FLAGS"})").body,
              HasSubstr(R"({"name":"external_log_file","value":"/)"));

  // The sandbox by its short path; then by the one that the agent's own links lead to.
  const RawResponse frameworks = Get(agent(), "/files/browse?path=/frameworks");
  ASSERT_EQ(frameworks.status, 200) << frameworks.body;
  const std::string framework = PathIn(frameworks.body);
  const std::string executor =
      PathIn(Get(agent(), absl::StrCat("/files/browse?path=", framework, "/executors")).body);
  EXPECT_EQ(
      Get(agent(), absl::StrCat("/files/read?offset=0&path=", executor, "/runs/latest/stdout"))
          .body,
      R"({"data":"ran\n","offset":0})");
  const std::string slaves = cluster_.path("agent/slaves");
  EXPECT_EQ(Get(agent(), absl::StrCat("/files/read?offset=0&path=", slaves, "/latest", executor,
                                      "/runs/latest/stdout"))
                .body,
            R"({"data":"ran\n","offset":0})");
  EXPECT_EQ(Get(agent(), absl::StrCat("/files/browse?path=", cluster_.path("agent/meta"))).status,
            404);
  EXPECT_EQ(Get(master(), absl::StrCat("/files/browse?path=", slaves)).status, 404);
}

TEST_F(HttpTest, TheLogLevelIsRaisedForAWhile) {
  cluster_.StartMaster({"--log_dir=" + cluster_.path("log")});
  const auto log = [this] { return Get(master(), "/files/read?offset=0&path=/master/log").body; };
  EXPECT_EQ(Get(master(), "/logging/toggle").body, "0\n");
  EXPECT_THAT(log(), testing::Not(HasSubstr("HTTP 'GET'")));
  EXPECT_EQ(Get(master(), "/logging/toggle?level=1&duration=10mins").status, 200);
  EXPECT_THAT(log(), HasSubstr("HTTP 'GET' of '/files/read' by 127.0.0.1:"));
  EXPECT_EQ(Post(master(), "/api/v1",
                 R"({"type":"SET_LOGGING_LEVEL","set_logging_level":{"level":0,)"
                 R"("duration":{"nanoseconds":1}}})")
                .status,
            200);
  EXPECT_THAT(Post(master(), "/api/v1", R"({"type":"GET_LOGGING_LEVEL"})").body,
              HasSubstr(R"("get_logging_level":{"level":0})"));
}

}  // namespace
}  // namespace mesos
