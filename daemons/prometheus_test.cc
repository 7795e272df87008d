// What the daemons tell Prometheus, as Prometheus's own promtool reads it.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "daemons/testing/test_cluster.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/http/raw_client.h"

namespace mesos {
namespace {

using ::testing::HasSubstr;

// promtool's exit statuses.
constexpr int kLintFindings = 3;

int Number(const std::string& port) {
  int number = 0;
  EXPECT_TRUE(absl::SimpleAtoi(port, &number)) << port;
  return number;
}

class PrometheusTest : public ::testing::Test {
 protected:
  static std::string Get(const std::string& port, const std::string& path) {
    http::RawClient client(Number(port));
    client.Send(absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    const http::RawResponse response = client.ReadResponse().value_or(http::RawResponse());
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_THAT(response.Header("Content-Type"), HasSubstr("text/plain; version=0.0.4"));
    return response.body;
  }

  // What promtool has to say: about names only, and only about those that Mesos has chosen.
  void Check(const std::string& name, const std::string& text) {
    const std::string path = cluster_.path(name);
    std::ofstream(path) << text;
    std::unique_ptr<TestProcess> promtool = TestProcess::Start(
        "/bin/sh", {"-c", absl::StrCat("exec promtool check metrics < ", path)}, geteuid());
    const int status = promtool->WaitForExit();
    EXPECT_TRUE(status == 0 || status == kLintFindings)
        << status << ", is the package prometheus installed?\n"
        << promtool->output();
    for (absl::string_view line : absl::StrSplit(promtool->output(), '\n')) {
      EXPECT_FALSE(absl::StrContains(line, "_seconds")) << "a histogram is ours: " << line;
    }
  }

  // Is subscribed as long as the result is there. `info`: of its FrameworkInfo, as JSON.
  std::unique_ptr<http::RawClient> Subscribe(const std::string& info) {
    const std::string call = absl::StrCat(
        R"({"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"nobody",)", info, "}}}");
    auto client = std::make_unique<http::RawClient>(Number(cluster_.master_http_port()));
    client->Send(absl::StrCat("POST /api/v1/scheduler HTTP/1.1\r\nHost: localhost\r\n",
                              "Content-Type: application/json\r\nAccept: application/json\r\n",
                              "Content-Length: ", call.size(), "\r\n\r\n", call));
    return client;
  }

  // Three tasks that come and go.
  void RunTasks() {
    std::unique_ptr<TestProcess> framework =
        TestProcess::Start("/usr/bin/python3",
                           {std::filesystem::absolute("examples/v1_scheduler.py").string(),
                            "--master=127.0.0.1:" + cluster_.master_http_port(),
                            "--command=echo ran", geteuid() == 0 ? "--user=root" : "--user="},
                           geteuid());
    EXPECT_EQ(framework->WaitForExit(), 0) << framework->output();
  }

  TestCluster cluster_{geteuid()};
};

TEST_F(PrometheusTest, PromtoolReadsAllThatAMasterAndAnAgentTell) {
  cluster_.StartMaster();
  cluster_.StartAgent();
  RunTasks();
  RunTasks();
  // Names that could break the text, or make two metrics one.
  const auto quoted = Subscribe(R"("name":"two \"quoted\" \\ / \n lines","principal":"a\"\n\\b")");
  const auto foreign = Subscribe(R"("name":"drüben","principal":"größe")");
  const auto alike = Subscribe(
      R"("name":"x","roles":["eng/web","eng_web"],"capabilities":[{"type":"MULTI_ROLE"}])");
  for (const auto* client : {&quoted, &foreign, &alike}) {
    EXPECT_EQ((*client)->ReadHead().value_or(http::RawResponse()).status, 200);
  }
  const std::string master = Get(cluster_.master_http_port(), "/metrics");
  Check("master.txt", master);
  for (const char* line :
       {"\n# TYPE master_tasks_finished counter\nmaster_tasks_finished 6\n",
        "\n# TYPE master_tasks_running gauge\nmaster_tasks_running 0\n",
        "\n# TYPE master_messages_status_update counter\n",
        "\n# TYPE master_messages_queue_seconds histogram\n",
        "\n# TYPE master_messages_run_seconds histogram\n",
        "\nmaster_messages_run_seconds_bucket{from=\"scheduler\",kind=\"accept\",le=\"+Inf\"} ",
        "\nmaster_messages_run_seconds_count{from=\"agent\",kind=\"status_update\"} ",
        "\n# TYPE master_status_update_latency_seconds histogram\n",
        "\n# TYPE registrar_state_store_seconds histogram\n",
        "\n# TYPE allocator_mesos_allocation_run_seconds histogram\n",
        "\n# TYPE allocator_mesos_allocation_run_latency_seconds histogram\n",
        "\n# TYPE master_frameworks_calls_subscribe counter\n",
        "\nmaster_frameworks_subscribed{name=\"two%20%22quoted%22%20%5C%20%2F%20%0A%20lines\",id="
        "\""}) {
    EXPECT_THAT(master, HasSubstr(line));
  }
  const std::string agent = Get(cluster_.agent_http_port(), "/metrics");
  Check("agent.txt", agent);
  for (const char* line :
       {"\n# TYPE slave_tasks_finished counter\nslave_tasks_finished 6\n",
        "\n# TYPE slave_messages_run_seconds histogram\n",
        "\nslave_messages_run_seconds_count{from=\"master\",kind=\"run_tasks\"} ",
        "\n# TYPE slave_status_update_latency_seconds histogram\n"}) {
    EXPECT_THAT(agent, HasSubstr(line));
  }
}

// Or the test above would be content with anything.
TEST_F(PrometheusTest, PromtoolRefusesWhatIsWrong) {
  const std::string path = cluster_.path("wrong.txt");
  std::ofstream(path) << "# TYPE a histogram\na_bucket{le=\"x\"} 1\n";
  std::unique_ptr<TestProcess> promtool = TestProcess::Start(
      "/bin/sh", {"-c", absl::StrCat("exec promtool check metrics < ", path)}, geteuid());
  EXPECT_EQ(promtool->WaitForExit(), 1) << promtool->output();
}

}  // namespace
}  // namespace mesos
