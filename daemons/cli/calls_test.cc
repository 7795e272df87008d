// What is sent to masters and agents for each command that changes something.
#include <fstream>
#include <string>

#include "daemons/cli/app_fixture.h"
#include "gmock/gmock.h"

namespace mesos::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CallsTest : public AppTest {
 protected:
  CallsTest() {
    AddAgent("a-S1", "one");
    AddFramework("f-0001", "web");
    AddTask("t1", "t1");
  }

  // The call that the command ends with.
  std::string Sent(const std::vector<std::string>& words) {
    EXPECT_EQ(RunWords(words), 0) << error();
    return LastCall();
  }
  std::string Sent(absl::string_view line) {
    return Sent(absl::StrSplit(line, ' ', absl::SkipEmpty()));
  }
};

TEST_F(CallsTest, Agents) {
  EXPECT_EQ(Sent("agent drain S1"),
            R"({"type":"DRAIN_AGENT","drain_agent":{"agent_id":{"value":"a-S1"},)"
            R"("mark_gone":false}})");
  EXPECT_EQ(Sent("agent drain one --max-grace-period=90500ms --mark-gone"),
            R"({"type":"DRAIN_AGENT","drain_agent":{"agent_id":{"value":"a-S1"},)"
            R"("max_grace_period":{"seconds":90,"nanos":500000000},"mark_gone":true}})");
  EXPECT_EQ(Sent("agent deactivate a-S1"),
            R"({"type":"DEACTIVATE_AGENT","deactivate_agent":{"agent_id":{"value":"a-S1"}}})");
  EXPECT_EQ(Sent("agent reactivate a"),
            R"({"type":"REACTIVATE_AGENT","reactivate_agent":{"agent_id":{"value":"a-S1"}}})");
  EXPECT_EQ(Sent("agent gone --yes a"),
            R"({"type":"MARK_AGENT_GONE","mark_agent_gone":{"agent_id":{"value":"a-S1"}}})");
  EXPECT_EQ(Sent("agent gone --yes lost-S7"),
            R"({"type":"MARK_AGENT_GONE","mark_agent_gone":{"agent_id":{"value":"lost-S7"}}})")
      << "one that is unreachable is not listed";
}

TEST_F(CallsTest, AnAgentIsAskedAtItsOwnPort) {
  response("GET_AGENTS")
      .mutable_get_agents()
      ->mutable_agents(0)
      ->mutable_agent_info()
      ->set_port(5052);
  EXPECT_EQ(Run("agent inspect a"), 0);
  EXPECT_THAT(out(), HasSubstr("10.0.0.2:5052\n"));
}

TEST_F(CallsTest, WhatAMasterCannotDoIsSaidWell) {
  refusals_["DRAIN_AGENT"] = {501, "text/plain", "this master does not answer DRAIN_AGENT"};
  EXPECT_EQ(Run("agent drain a-S1"), 1);
  EXPECT_EQ(error(),
            "mesos: the master at localhost:5050 cannot do that: this master does not answer "
            "DRAIN_AGENT\n");
  EXPECT_EQ(out(), "");
}

TEST_F(CallsTest, Frameworks) {
  EXPECT_EQ(Sent("framework teardown web"),
            R"({"type":"TEARDOWN","teardown":{"framework_id":{"value":"f-0001"}}})");
  EXPECT_THAT(out(), HasSubstr("framework f-0001 (web) is torn down"));
}

TEST_F(CallsTest, QuotasAndWeights) {
  EXPECT_EQ(Sent("quota set web --guarantee=cpus:4 --limit=cpus:8.5;mem:1024 --force"),
            R"({"type":"UPDATE_QUOTA","update_quota":{"force":true,"quota_configs":[{"role":"web",)"
            R"("guarantees":{"cpus":{"value":4.0}},)"
            R"("limits":{"cpus":{"value":8.5},"mem":{"value":1024.0}}}]}})");
  EXPECT_EQ(Sent("quota remove web"),
            R"({"type":"UPDATE_QUOTA","update_quota":{"quota_configs":[{"role":"web"}]}})");
  EXPECT_EQ(Sent("weight set web=2.5 a/b=1"),
            R"({"type":"UPDATE_WEIGHTS","update_weights":{"weight_infos":[)"
            R"({"weight":2.5,"role":"web"},{"weight":1.0,"role":"a/b"}]}})");
}

TEST_F(CallsTest, MaintenanceNamesMachinesAsTheMasterKnowsThem) {
  EXPECT_EQ(Sent("maintenance schedule one other/10.9.9.9 --in=1hrs --duration=2hrs"),
            R"({"type":"UPDATE_MAINTENANCE_SCHEDULE","update_maintenance_schedule":{"schedule":)"
            R"({"windows":[{"machine_ids":[{"hostname":"one","ip":"10.0.0.2"},)"
            R"({"hostname":"other","ip":"10.9.9.9"}],"unavailability":{"start":{"nanoseconds":)"
            R"(1800003600000000000},"duration":{"nanoseconds":7200000000000}}}]}}})");
  auto* window = response("GET_MAINTENANCE_SCHEDULE")
                     .mutable_get_maintenance_schedule()
                     ->mutable_schedule()
                     ->add_windows();
  window->add_machine_ids()->set_hostname("two");
  window->mutable_machine_ids(0)->set_ip("10.0.0.3");
  EXPECT_EQ(Sent("maintenance start 10.0.0.3"),
            R"({"type":"START_MAINTENANCE","start_maintenance":{"machines":[)"
            R"({"hostname":"two","ip":"10.0.0.3"}]}})");
  EXPECT_EQ(Sent("maintenance stop two"),
            R"({"type":"STOP_MAINTENANCE","stop_maintenance":{"machines":[)"
            R"({"hostname":"two","ip":"10.0.0.3"}]}})");
  EXPECT_THAT(Sent("maintenance schedule one"), HasSubstr("\"two\"")) << "adds a window";
  EXPECT_THAT(Sent("maintenance schedule --clear"), Not(HasSubstr("windows")));
  EXPECT_EQ(Run("maintenance schedule one --clear"), 2);
  EXPECT_EQ(Run("maintenance schedule --in=1hrs"), 2);
  EXPECT_EQ(Run("maintenance schedule --file=/no/such"), 2);
  const std::string path = ::testing::TempDir() + "schedule.json";
  std::ofstream(path) << R"({"windows":[{"machine_ids":[{"hostname":"h"}]}]})";
  EXPECT_THAT(Sent("maintenance schedule --file=" + path), HasSubstr(R"([{"hostname":"h"}])"));
  std::ofstream(path) << R"({"windows":7})";
  EXPECT_EQ(Run("maintenance schedule --file=" + path), 2);
  EXPECT_THAT(error(), HasSubstr("windows"));
}

TEST_F(CallsTest, Reservations) {
  EXPECT_EQ(Sent("reservation add cpus:1.5 --agent=one --role=web --principal=ops"),
            R"({"type":"RESERVE_RESOURCES","reserve_resources":{"agent_id":{"value":"a-S1"},)"
            R"("resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":1.5},"reservations":[)"
            R"({"type":"DYNAMIC","role":"web","principal":"ops"}]}]}})");
  auto* total = response("GET_AGENTS").mutable_get_agents()->mutable_agents(0);
  AddScalar("cpus", 2, total->mutable_total_resources());
  auto* reservation =
      total->mutable_total_resources(total->total_resources_size() - 1)->add_reservations();
  reservation->set_type(v1::Resource::ReservationInfo::DYNAMIC);
  reservation->set_role("web");
  reservation->set_principal("ops");
  EXPECT_EQ(Run("reservation list"), 0);
  EXPECT_THAT(out(), HasSubstr("a-S1   one       web   dynamic  ops        cpus:2\n"));
  EXPECT_EQ(Sent("reservation remove cpus:0.5 --agent=one --role=web"),
            R"({"type":"UNRESERVE_RESOURCES","unreserve_resources":{"agent_id":{"value":"a-S1"},)"
            R"("resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":0.5},"reservations":[)"
            R"({"type":"DYNAMIC","role":"web","principal":"ops"}]}]}})")
      << "with the principal that it has";
  EXPECT_EQ(Run("reservation remove cpus:3 --agent=one --role=web"), 1);
  EXPECT_THAT(error(), HasSubstr("has no cpus:1 that is dynamically reserved for web"));
  EXPECT_EQ(Run("reservation add cpus:1 --role=web"), 2);
  EXPECT_EQ(error(), "mesos: --agent is missing: on which agent\n");
  EXPECT_EQ(Run("reservation add cpus:1 --agent=one"), 2);
  EXPECT_EQ(Run("reservation add cpus:x --agent=one --role=web"), 2);
  EXPECT_EQ(Run("reservation add cpus(web):1 --agent=one --role=web"), 2);
}

TEST_F(CallsTest, Volumes) {
  auto* agent = response("GET_AGENTS").mutable_get_agents()->mutable_agents(0);
  AddScalar("disk", 1000, agent->mutable_total_resources());
  auto* reservation =
      agent->mutable_total_resources(agent->total_resources_size() - 1)->add_reservations();
  reservation->set_type(v1::Resource::ReservationInfo::DYNAMIC);
  reservation->set_role("web");
  EXPECT_THAT(
      Sent("volume create data 512MB --agent=one --role=web --path=here"),
      HasSubstr(R"("scalar":{"value":512.0},"reservations":[{"type":"DYNAMIC","role":"web"}],)"
                R"("disk":{"persistence":{"id":"data"},"volume":{"mode":"RW",)"
                R"("container_path":"here"}}})"));
  EXPECT_EQ(Run("volume create data 2GB --agent=one --role=web"), 1);
  EXPECT_EQ(Run("volume create data much --agent=one --role=web"), 2);
  v1::Resource* volume = agent->mutable_total_resources(agent->total_resources_size() - 1);
  volume->mutable_disk()->mutable_persistence()->set_id("data");
  EXPECT_EQ(Run("volume list"), 0);
  EXPECT_THAT(out(), HasSubstr("data  1000M  web   a-S1   one"));
  EXPECT_THAT(Sent("volume destroy data"), HasSubstr(R"("type":"DESTROY_VOLUMES")"));
  EXPECT_THAT(LastCall(), HasSubstr(R"("persistence":{"id":"data"})"));
  EXPECT_EQ(Run("volume destroy dat"), 1) << "what is lost for ever is named in full";
}

TEST_F(CallsTest, KillingATaskAsksItsAgentForItsContainer) {
  agent_ = [](const v1::agent::Call& call) {
    v1::agent::Response response;
    if (call.type() == v1::agent::Call::GET_CONTAINERS) {
      auto* container = response.mutable_get_containers()->add_containers();
      container->mutable_framework_id()->set_value("f-0001");
      container->mutable_executor_id()->set_value("t1");
      container->mutable_container_id()->set_value("c1");
    }
    return HttpAnswer{200, "application/x-protobuf", response.SerializeAsString()};
  };
  EXPECT_EQ(Sent("task kill t1"),
            R"({"type":"KILL_CONTAINER","kill_container":{"container_id":{"value":"c1"}}})");
  EXPECT_EQ(http_.sent.back().address, "10.0.0.2:5051");
  agent_ = nullptr;
  auto* status = response("GET_TASKS").mutable_get_tasks()->mutable_tasks(0)->add_statuses();
  status->mutable_container_status()->mutable_container_id()->set_value("c2");
  EXPECT_EQ(Run("task kill t1"), 1);
  EXPECT_EQ(error(),
            "mesos: the agent a-S1 at 10.0.0.2:5051 cannot do that: type: this agent does not "
            "answer it; only its framework can kill a task otherwise: ask that, or end all that "
            "it runs: mesos framework teardown f-0001\n");
  AddTask("done", "done", true);
  EXPECT_EQ(Run("task kill done"), 1);
  EXPECT_THAT(error(), HasSubstr("task done is finished already"));
}

TEST_F(CallsTest, StatisticsAreAskedOfAgents) {
  http_.answer = [&, masters = http_.answer](const SentRequest& request) {
    if (request.path != "/monitor/statistics") return masters(request);
    return absl::StatusOr<HttpAnswer>(
        HttpAnswer{200, "application/json",
                   R"([{"framework_id":"f-0001","executor_id":"t1","statistics":)"
                   R"({"cpus_user_time_secs":60.5,"cpus_system_time_secs":5,"mem_rss_bytes":)"
                   R"(10485760}},7,{"statistics":[]},{"framework_id":1}])"});
  };
  EXPECT_EQ(RunWords({}, "mesos-ps"), 0) << error();
  EXPECT_THAT(out(),
              HasSubstr("root  web        t1    one    10M  1:05          0.5          64M"));
  EXPECT_EQ(RunWords({"-o", "json"}, "mesos-ps"), 0);
  EXPECT_THAT(out(), HasSubstr("\"cpu_seconds\": 65.5"));
  http_.answer = [masters = http_.answer](const SentRequest& request) {
    if (request.path != "/monitor/statistics") return masters(request);
    return absl::StatusOr<HttpAnswer>(HttpAnswer{200, "application/json", "{"});
  };
  EXPECT_EQ(Run("ps"), 0) << "what is known is shown";
  EXPECT_THAT(out(), HasSubstr("t1    one      -     -"));
  EXPECT_EQ(error(), "mesos: /monitor/statistics is no list\n");
}

}  // namespace
}  // namespace mesos::cli
