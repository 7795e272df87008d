// mesos-agent with its modules: it lends out resources, and takes them back when it is overloaded.
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
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
using ::testing::HasSubstr;

constexpr char kModules[] = R"({"libraries": [{"file": "/usr/lib/libfixed.so", "modules": [
    {"name": "org_apache_mesos_FixedResourceEstimator",
     "parameters": [{"key": "resources", "value": "cpus:7;mem:300"}]},
    {"name": "org_apache_mesos_LoadQoSController",
     "parameters": [{"key": "load_threshold_5min", "value": "0"}]}]}]})";
constexpr char kEstimator[] = "--resource_estimator=org_apache_mesos_FixedResourceEstimator";
constexpr char kController[] = "--qos_controller=org_apache_mesos_LoadQoSController";
// More than the agent has by itself.
constexpr char kLent[] =
    R"([{"name": "cpus", "type": "SCALAR", "scalar": {"value": 6}, "revocable": {}},
        {"name": "mem", "type": "SCALAR", "scalar": {"value": 200}, "revocable": {}}])";

class OversubscriptionTest : public ::testing::Test {
 protected:
  static std::string Get(const std::string& port, const std::string& path) {
    int number = 0;
    EXPECT_TRUE(absl::SimpleAtoi(port, &number)) << port;
    RawClient client(number);
    client.Send(absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    return client.ReadResponse().value_or(http::RawResponse()).body;
  }

  std::unique_ptr<TestProcess> OnLent(const std::string& command) {
    return cluster_.Execute({"--name=guest", "--command=" + command,
                             absl::StrCat("--resources=", kLent),
                             "--framework_capabilities=REVOCABLE_RESOURCES"});
  }

  // Its exit code is 1, and it says why in one line.
  void ExpectRefused(const std::vector<std::string>& flags, const std::string& why) {
    auto agent = cluster_.Agent(flags);
    EXPECT_EQ(agent->WaitForExit(), 1);
    EXPECT_EQ(agent->lines(), 1) << agent->output();
    EXPECT_THAT(agent->output(), HasSubstr(why));
  }

  TestCluster cluster_{geteuid()};
};

TEST_F(OversubscriptionTest, TasksRunOnWhatAnAgentLendsOut) {
  cluster_.StartMaster();
  std::ofstream(cluster_.path("modules.json")) << kModules;
  cluster_.StartAgent({"--modules=file://" + cluster_.path("modules.json"), kEstimator,
                       "--oversubscribed_resources_interval=500ms", "--resources=cpus:1;mem:100"});
  auto guest = OnLent(UntilExists(cluster_.path("go")));
  guest->WaitFor("TASK_RUNNING");
  EXPECT_THAT(Get(cluster_.master_http_port(), "/state"), HasSubstr(R"("cpus_revocable":7)"));
  const std::string master = Get(cluster_.master_http_port(), "/metrics/snapshot");
  EXPECT_THAT(master, HasSubstr(R"("master/cpus_revocable_total":7.0)"));
  EXPECT_THAT(master, HasSubstr(R"("master/cpus_revocable_used":6.0)"));
  const std::string agent = Get(cluster_.agent_http_port(), "/metrics/snapshot");
  EXPECT_THAT(agent, HasSubstr(R"("slave/mem_revocable_used":200.0)"));
  EXPECT_THAT(agent, HasSubstr(R"("slave/mem_revocable_total":300.0)"));
  EXPECT_THAT(agent, HasSubstr(R"("slave/executors_preempted":0.0)"));
  EXPECT_THAT(Get(cluster_.agent_http_port(), "/flags"),
              HasSubstr(R"("resource_estimator":"org_apache_mesos_FixedResourceEstimator")"));
  cluster_.Touch("go");
  EXPECT_EQ(guest->WaitForExit(), 0) << guest->output();
  EXPECT_THAT(guest->output(), HasSubstr("TASK_FINISHED"));
}

TEST_F(OversubscriptionTest, AnOverloadedAgentPreemptsThoseOnLentResourcesAndNoOthers) {
  cluster_.StartMaster();
  cluster_.StartAgent({absl::StrCat("--modules=", kModules), kEstimator, kController,
                       "--qos_correction_interval_min=1secs", "--resources=cpus:1;mem:100"});
  auto host = cluster_.Execute({"--name=host", "--resources=cpus:1;mem:50",
                                "--command=" + UntilExists(cluster_.path("go"))});
  host->WaitFor("TASK_RUNNING");
  auto guest = OnLent("sleep 60");
  EXPECT_EQ(guest->WaitForExit(), 1) << guest->output();
  EXPECT_THAT(guest->output(), HasSubstr("TASK_GONE"));
  EXPECT_THAT(guest->output(), HasSubstr("REASON_CONTAINER_PREEMPTED"));
  EXPECT_THAT(Get(cluster_.agent_http_port(), "/metrics/snapshot"),
              HasSubstr(R"("slave/executors_preempted":1.0)"));
  cluster_.Touch("go");
  EXPECT_EQ(host->WaitForExit(), 0) << host->output();
}

TEST_F(OversubscriptionTest, ModulesThatAreNotThereAreNamed) {
  cluster_.StartMaster();
  const std::string modules = absl::StrCat("--modules=", kModules);
  ExpectRefused({"--resource_estimator=mine"}, "--resource_estimator is 'mine'");
  ExpectRefused({kController}, "expected a module that --modules names");
  ExpectRefused({R"(--modules={"libraries": [{"modules": [{"name": "mine"}]}]})"},
                "libraries[0].modules[0].name is 'mine'");
  ExpectRefused({modules, "--oversubscribed_resources_interval=0secs"},
                "oversubscribed_resources_interval");
  ExpectRefused({modules, "--qos_correction_interval_min=-1secs"}, "qos_correction_interval_min");
}

}  // namespace
}  // namespace mesos
