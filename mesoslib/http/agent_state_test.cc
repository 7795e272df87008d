// The agent's older endpoints against an agent in virtual time.
#include "mesoslib/http/agent_state.h"

#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/agent/agent_fixture.h"
#include "mesoslib/http/fake_client.h"
#include "nlohmann/json.hpp"

namespace mesos::http {
namespace {

using nlohmann::json;

class AgentStateTest : public agent::AgentTest {
 protected:
  AgentStateTest() {
    host_->work_dir = "/work";
    host_->start_time = absl::FromUnixSeconds(1'700'000'000);
    host_->flags = {{"log_dir", "/var/log/mesos"}, {"port", "5051"}};
    options_.resources =
        *Resources::Parse("cpus:4;mem:4096;cpus(ads):2;ports:[1-5,7-9];zones:{a,b}");
    options_.attributes = *Attributes::Parse("rack:r1;power:3;range:[1-2]");
  }

  ClientAnswer Get(const Handler& handler, std::string jsonp = "") {
    Request request;
    request.method = "GET";
    if (!jsonp.empty()) request.query["jsonp"] = jsonp;
    ClientAnswer answer = http::Ask(handler, std::move(request));
    loop_.Settle();
    return answer;
  }
  json State() {
    const ClientAnswer answer = Get(CreateAgentState(agent_.get(), RunAtOnce, host_));
    EXPECT_EQ(answer.status(), 200) << answer.body();
    return json::parse(answer.body());
  }

  const std::shared_ptr<Host> host_ = std::make_shared<Host>();
};

TEST_F(AgentStateTest, AnAgentTellsWhatItIs) {
  StartAgent();
  const json state = State();
  EXPECT_EQ(state["id"], "S0");
  EXPECT_EQ(state["version"], "1.12.0");
  EXPECT_EQ(state["start_time"], 1.7e9);
  EXPECT_EQ(state["pid"], "slave(1)@localhost:5051");
  EXPECT_EQ(state["hostname"], "localhost");
  EXPECT_EQ(state["log_dir"], "/var/log/mesos");
  EXPECT_EQ(state["flags"]["port"], "5051");
  EXPECT_EQ(state["attributes"], (json{{"rack", "r1"}, {"power", 3.0}, {"range", "[1-2]"}}));
  EXPECT_EQ(state["resources"], (json{{"cpus", 6.0},
                                      {"disk", 0.0},
                                      {"gpus", 0.0},
                                      {"mem", 4096.0},
                                      {"ports", "[1-5, 7-9]"},
                                      {"zones", "{a, b}"}}));
  EXPECT_EQ(state["unreserved_resources"]["cpus"], 4.0);
  EXPECT_EQ(state["reserved_resources"]["ads"]["cpus"], 2.0);
  EXPECT_EQ(state["reserved_resources_full"]["ads"][0]["role"], "ads");
  EXPECT_EQ(state["unreserved_resources_full"].size(), 4u);
  EXPECT_EQ(state["unreserved_resources_allocated"]["cpus"], 0.0);
  EXPECT_EQ(state["frameworks"], json::array());
  EXPECT_EQ(state["completed_frameworks"], json::array());
}

TEST_F(AgentStateTest, ExecutorsHoldTheirTasks) {
  StartAgent();
  Run({Command("t1"), Custom("t2")});
  json state = State();
  ASSERT_EQ(state["frameworks"].size(), 1u);
  const json framework = state["frameworks"][0];
  EXPECT_EQ(framework["id"], "F");
  EXPECT_EQ(framework["name"], "framework");
  EXPECT_EQ(framework["user"], "alice");
  EXPECT_EQ(framework["checkpoint"], true);
  ASSERT_EQ(framework["executors"].size(), 2u);
  const json custom = framework["executors"][0];
  EXPECT_EQ(custom["id"], "E");
  EXPECT_EQ(custom["type"], "CUSTOM");
  ASSERT_EQ(custom["queued_tasks"].size(), 1u);
  EXPECT_EQ(custom["queued_tasks"][0]["id"], "t2");
  EXPECT_EQ(custom["resources"]["cpus"], 1.5);
  const json command = framework["executors"][1];
  EXPECT_EQ(command["id"], "t1");
  ASSERT_EQ(command["tasks"].size(), 1u);
  const json task = command["tasks"][0];
  EXPECT_EQ(task["slave_id"], "S0");
  EXPECT_EQ(task["framework_id"], "F");
  EXPECT_EQ(task["state"], "TASK_RUNNING");
  EXPECT_EQ(task["resources"]["mem"], 128.0);
  EXPECT_EQ(task["statuses"][0]["state"], "TASK_RUNNING");
  const std::string container = ContainerOf("t1").value();
  EXPECT_EQ(command["container"], container);
  EXPECT_EQ(command["directory"], "/work/slaves/S0/frameworks/F/executors/t1/runs/" + container);
  EXPECT_EQ(state["unreserved_resources_allocated"]["cpus"], 2.5);

  End(ContainerOf("t1"), 0);
  state = State();
  const json ended = state["frameworks"][0];
  for (const json& executor : ended["executors"]) {
    if (executor["id"] != "t1") continue;
    EXPECT_EQ(executor["tasks"], json::array());
    EXPECT_EQ(executor["completed_tasks"][0]["state"], "TASK_FINISHED");
  }
  EXPECT_EQ(state["unreserved_resources_allocated"]["cpus"], 1.5);
}

TEST_F(AgentStateTest, ContainersAreToldWithWhatTheyUse) {
  containerizer_.usage.set_cpus_user_time_secs(1.5);
  containerizer_.usage.set_mem_rss_bytes(4096);
  StartAgent();
  Run({Command("t1")});
  const ClientAnswer answer = Get(CreateContainers(agent_.get(), RunAtOnce));
  const json containers = json::parse(answer.body());
  ASSERT_EQ(containers.size(), 1u);
  EXPECT_EQ(containers[0]["container_id"], ContainerOf("t1").value());
  EXPECT_EQ(containers[0]["executor_id"], "t1");
  EXPECT_EQ(containers[0]["framework_id"], "F");
  EXPECT_EQ(containers[0]["statistics"]["mem_rss_bytes"], 4096);
  EXPECT_TRUE(containers[0].contains("status"));
  const Handler statistics = CreateMonitorStatistics(agent_.get(), RunAtOnce);
  const json monitored = json::parse(Get(statistics).body());
  ASSERT_EQ(monitored.size(), 1u);
  EXPECT_EQ(monitored[0]["statistics"]["cpus_user_time_secs"], 1.5);
  EXPECT_FALSE(monitored[0].contains("container_id"));
  EXPECT_THAT(Get(statistics, "cb").body(), testing::StartsWith("cb([{"));
}

TEST_F(AgentStateTest, AnAgentThatHasGoneIsUnavailable) {
  StartAgent();
  const Handler state = CreateAgentState(agent_.get(), RunAtOnce, host_);
  const ClientAnswer answer = http::Ask(state, {.method = "GET"});
  agent_.reset();
  loop_.Settle();
  EXPECT_EQ(answer.status(), 503);
}

}  // namespace
}  // namespace mesos::http
