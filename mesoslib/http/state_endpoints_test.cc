// What the older endpoints tell of a master's state.
#include "mesoslib/http/state_endpoints.h"

#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/http/fake_client.h"
#include "mesoslib/http/state_json.h"
#include "mesoslib/master/master_fixture.h"
#include "nlohmann/json.hpp"

namespace mesos::http {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class StateEndpointsTest : public MasterTest {
 protected:
  StateEndpointsTest() { Serve(); }

  void Serve() {
    const Background background = [this](auto job) { jobs_.push_back(std::move(job)); };
    router_.emplace(StateRoutes(
        std::make_shared<StateReads>(master_.get(), background), [this] { return leading_; },
        {{"work_dir", "/var/lib/mesos"}, {"log_dir", "/log"}},
        [this](auto job) { help_.push_back(std::move(job)); }));
  }

  ClientAnswer Get(const std::string& path, std::map<std::string, std::string> query = {}) {
    ClientAnswer answer = Begin(path, std::move(query));
    Finish();
    return answer;
  }
  ClientAnswer Begin(const std::string& path, std::map<std::string, std::string> query = {}) {
    Request request;
    request.method = "GET";
    request.path = path;
    request.query = std::move(query);
    return Ask(*router_, std::move(request));
  }
  void Finish() {
    loop_.Settle();
    while (!jobs_.empty()) {
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      job();
      loop_.Settle();
    }
  }
  json Read(const std::string& path, std::map<std::string, std::string> query = {}) {
    const ClientAnswer answer = Get(path, std::move(query));
    EXPECT_EQ(answer.status(), 200) << answer.body();
    EXPECT_EQ(answer.header("Content-Type"), "application/json");
    return json::parse(answer.body());
  }

  // One task runs, one has ended; the rest of the agent is offered.
  void RunSome() {
    AddAgent();
    TestFramework& framework = AddFramework();
    Advance(absl::Seconds(1));
    RunTask(framework, "running", "cpus:1;mem:128");
    Advance(absl::Seconds(10));
    const std::vector<v1::Offer> offers = framework.TakeOffers();
    v1::TaskInfo task = framework.Task("ended", "cpus:0.5;mem:64", offers[0].agent_id().value());
    v1::Label* label = task.mutable_labels()->add_labels();
    label->set_key("k\"é");
    label->set_value("v");
    framework.Launch(offers, {task});
    framework.Acknowledge(framework.TakeUpdates()[0]);
    agents_[0]->Finish(framework.info.id().value(), "ended", v1::TASK_FINISHED);
    loop_.Settle();
    for (const v1::TaskStatus& status : framework.TakeUpdates()) framework.Acknowledge(status);
    Advance(absl::Seconds(10));
  }

  Leading leading_;
  std::optional<Router> router_;
  std::deque<absl::AnyInvocable<void()>> jobs_;
  std::deque<absl::AnyInvocable<void()>> help_;
};

TEST_F(StateEndpointsTest, WhatIsWrittenAheadIsTheSameText) {
  RunSome();
  const auto write_ahead = [this] {
    master_->GetState([](absl::StatusOr<std::shared_ptr<const MasterState>> state) {
      WriteAhead(**state, std::atomic<bool>(false));
    });
    loop_.Settle();
  };
  const std::string whole = Get("/state").body();
  write_ahead();
  EXPECT_EQ(Get("/state").body(), whole) << "of pages that have been written already";
  Advance(absl::Minutes(2));  // The pages are forgotten, and their texts with them.
  write_ahead();
  EXPECT_EQ(Get("/state").body(), whole);
  Advance(absl::Minutes(2));
  EXPECT_EQ(Get("/state").body(), whole) << "by nobody else";
}

TEST_F(StateEndpointsTest, StateHasAllThatDashboardsRead) {
  RunSome();
  const json state = Read("/state");
  for (const char* key : {"version",
                          "start_time",
                          "elected_time",
                          "id",
                          "pid",
                          "hostname",
                          "capabilities",
                          "activated_slaves",
                          "deactivated_slaves",
                          "unreachable_slaves",
                          "leader",
                          "leader_info",
                          "log_dir",
                          "flags",
                          "slaves",
                          "recovered_slaves",
                          "frameworks",
                          "completed_frameworks",
                          "orphan_tasks",
                          "unregistered_frameworks"}) {
    EXPECT_TRUE(state.contains(key)) << key;
  }
  EXPECT_EQ(state["activated_slaves"], 1);
  EXPECT_EQ(state["flags"]["work_dir"], "/var/lib/mesos");
  EXPECT_EQ(state["log_dir"], "/log");
  EXPECT_EQ(state["id"], master_->info().id());

  ASSERT_THAT(state["slaves"], SizeIs(1));
  const json& slave = state["slaves"][0];
  EXPECT_EQ(slave["id"], agents_[0]->id());
  EXPECT_EQ(slave["hostname"], "host0");
  EXPECT_EQ(slave["active"], true);
  EXPECT_EQ(slave["deactivated"], false);
  EXPECT_EQ(slave["resources"], json::parse(R"({"cpus":4.0,"disk":0.0,"gpus":0.0,"mem":4096.0})"));
  EXPECT_EQ(slave["used_resources"]["cpus"], 1.0);
  EXPECT_EQ(slave["offered_resources"]["cpus"], 3.0);
  EXPECT_EQ(slave["unreserved_resources"]["mem"], 4096.0);
  EXPECT_THAT(slave["reserved_resources"], IsEmpty());

  ASSERT_THAT(state["frameworks"], SizeIs(1));
  const json& framework = state["frameworks"][0];
  EXPECT_EQ(framework["id"], frameworks_[0]->info.id().value());
  EXPECT_EQ(framework["active"], true);
  EXPECT_EQ(framework["role"], "*");
  EXPECT_EQ(framework["unregistered_time"], 0.0);
  EXPECT_EQ(framework["used_resources"]["mem"], 128.0);
  EXPECT_EQ(framework["offered_resources"]["cpus"], 3.0);
  EXPECT_EQ(framework["resources"]["cpus"], 4.0);
  EXPECT_THAT(framework["capabilities"], ElementsAre("PARTITION_AWARE"));
  EXPECT_THAT(framework["offers"], SizeIs(1));
  EXPECT_EQ(framework["offers"][0]["slave_id"], agents_[0]->id());
  ASSERT_THAT(framework["tasks"], SizeIs(1));
  const json& task = framework["tasks"][0];
  EXPECT_EQ(task["id"], "running");
  EXPECT_EQ(task["executor_id"], "");
  EXPECT_EQ(task["slave_id"], agents_[0]->id());
  EXPECT_EQ(task["state"], "TASK_RUNNING");
  EXPECT_EQ(task["role"], "*");
  EXPECT_EQ(task["resources"]["mem"], 128.0);
  ASSERT_THAT(task["statuses"], SizeIs(1));
  EXPECT_EQ(task["statuses"][0]["state"], "TASK_RUNNING");
  ASSERT_THAT(framework["completed_tasks"], SizeIs(1));
  EXPECT_EQ(framework["completed_tasks"][0]["labels"],
            json::parse(R"([{"key":"k\"é","value":"v"}])"));
}

TEST_F(StateEndpointsTest, TheClusterItsPlaceAndItsLeaderAreNamed) {
  v1::DomainInfo domain;
  domain.mutable_fault_domain()->mutable_region()->set_name("here");
  domain.mutable_fault_domain()->mutable_zone()->set_name("a");
  NewMaster({.cluster = "lab", .domain = domain});
  Serve();
  const json state = Read("/state");
  EXPECT_EQ(state["cluster"], "lab");
  EXPECT_EQ(state["domain"]["fault_domain"]["region"]["name"], "here");
  EXPECT_EQ(state["leader"], state["pid"]);
  EXPECT_EQ(state["leader_info"]["id"], state["id"]);
  EXPECT_EQ(Read("/state-summary")["cluster"], "lab");
}

TEST_F(StateEndpointsTest, AgentsThatAreNotBackYetAreListedAsRecovered) {
  const std::string id = AddAgent().id();
  agents_[0]->Disconnect();
  NewMaster({});
  Serve();
  for (const char* path : {"/state", "/slaves"}) {
    const json state = Read(path);
    EXPECT_THAT(state["slaves"], IsEmpty()) << path;
    ASSERT_THAT(state["recovered_slaves"], SizeIs(1)) << path;
    EXPECT_EQ(state["recovered_slaves"][0]["id"], id);
  }
  agents_[0]->ConnectTo(&master_->agents());
  loop_.Settle();
  EXPECT_THAT(Read("/slaves")["recovered_slaves"], IsEmpty());
  EXPECT_THAT(Read("/slaves")["slaves"], SizeIs(1));
}

TEST_F(StateEndpointsTest, LinksLabelsAndDiscoveryAreShown) {
  AddAgent();
  TestFramework& framework = NewFramework();
  framework.info.set_webui_url("http://framework.example.com/");
  framework.Subscribe();
  Advance(absl::Seconds(1));
  const std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  v1::TaskInfo task = framework.Task("web", "cpus:1;mem:64", offers[0].agent_id().value());
  task.clear_command();
  v1::ExecutorInfo* executor = task.mutable_executor();
  executor->mutable_executor_id()->set_value("e");
  executor->mutable_command()->set_value("./executor");
  Resources::Parse("cpus:0.1;mem:32").value().ToProto(executor->mutable_resources());
  const auto describe = [](const std::string& name, auto* info) {
    v1::Label* label = info->mutable_labels()->add_labels();
    label->set_key("of");
    label->set_value(name);
    info->mutable_discovery()->set_visibility(v1::DiscoveryInfo::CLUSTER);
    info->mutable_discovery()->set_name(name);
  };
  describe("task", &task);
  describe("executor", executor);
  framework.Launch(offers, {task});
  const json shown = Read("/state")["frameworks"][0];
  EXPECT_EQ(shown["webui_url"], "http://framework.example.com/");
  ASSERT_THAT(shown["tasks"], SizeIs(1));
  ASSERT_THAT(shown["executors"], SizeIs(1));
  for (const auto& [name, info] : {std::pair<std::string, json>{"task", shown["tasks"][0]},
                                   {"executor", shown["executors"][0]}}) {
    EXPECT_EQ(info["labels"], json::parse(R"([{"key":"of","value":")" + name + R"("}])"));
    EXPECT_EQ(info["discovery"]["name"], name);
    EXPECT_EQ(info["discovery"]["visibility"], "CLUSTER");
  }
}

TEST_F(StateEndpointsTest, NumbersAreWrittenWithAFraction) {
  AddAgent({.resources = "cpus:0.5;mem:4096;ports:[1-5,7-7];bays(eng):{b,a};disk(eng):10"});
  const std::string body = Get("/slaves").body();
  EXPECT_THAT(body, HasSubstr(R"("resources":{"cpus":0.5,"disk":10.0,"gpus":0.0,"mem":4096.0,)"
                              R"("ports":"[1-5, 7-7]","bays":"{a, b}"})"));
  const json slave = json::parse(body)["slaves"][0];
  EXPECT_EQ(slave["reserved_resources"]["eng"]["bays"], "{a, b}");
  EXPECT_EQ(slave["unreserved_resources"]["disk"], 0.0);
  EXPECT_THAT(slave["reserved_resources_full"]["eng"], SizeIs(2));
  EXPECT_EQ(slave["reserved_resources_full"]["eng"][0]["role"], "eng");
  EXPECT_THAT(slave["unreserved_resources_full"], SizeIs(3));
  EXPECT_TRUE(slave.contains("used_resources_full"));
}

TEST_F(StateEndpointsTest, SlavesAndFrameworksCanBeAskedForByTheirIds) {
  RunSome();
  AddAgent();
  AddFramework();
  EXPECT_THAT(Read("/slaves")["slaves"], SizeIs(2));
  const json slaves = Read("/slaves", {{"slave_id", agents_[1]->id()}})["slaves"];
  ASSERT_THAT(slaves, SizeIs(1));
  EXPECT_EQ(slaves[0]["hostname"], "host1");
  EXPECT_THAT(Read("/slaves", {{"slave_id", "nobody"}})["slaves"], IsEmpty());
  EXPECT_THAT(Read("/frameworks")["frameworks"], SizeIs(2));
  const std::string id = frameworks_[0]->info.id().value();
  const json frameworks = Read("/frameworks", {{"framework_id", id}})["frameworks"];
  ASSERT_THAT(frameworks, SizeIs(1));
  EXPECT_THAT(frameworks[0]["tasks"], SizeIs(1));
}

TEST_F(StateEndpointsTest, TheSummaryCountsTasks) {
  RunSome();
  const json summary = Read("/state-summary");
  const json& slave = summary["slaves"][0];
  EXPECT_EQ(slave["TASK_RUNNING"], 1);
  EXPECT_EQ(slave["TASK_FINISHED"], 1);
  EXPECT_EQ(slave["TASK_UNREACHABLE"], 0);
  EXPECT_THAT(slave["framework_ids"], ElementsAre(frameworks_[0]->info.id().value()));
  const json& framework = summary["frameworks"][0];
  EXPECT_EQ(framework["TASK_FINISHED"], 1);
  EXPECT_THAT(framework["slave_ids"], ElementsAre(agents_[0]->id()));
  EXPECT_FALSE(framework.contains("tasks"));
}

TEST_F(StateEndpointsTest, TasksAreListedInTheOrderAskedFor) {
  RunSome();
  const auto ids = [&](std::map<std::string, std::string> query) {
    std::vector<std::string> ids;
    const json answer = Read("/tasks", std::move(query));
    for (const json& task : answer["tasks"]) ids.push_back(task["id"]);
    return ids;
  };
  EXPECT_THAT(ids({}), ElementsAre("ended", "running"));
  EXPECT_THAT(ids({{"order", "asc"}}), ElementsAre("running", "ended"));
  EXPECT_THAT(ids({{"limit", "1"}}), ElementsAre("ended"));
  EXPECT_THAT(ids({{"limit", "1"}, {"offset", "1"}}), ElementsAre("running"));
  EXPECT_THAT(ids({{"offset", "7"}}), IsEmpty());
  EXPECT_THAT(ids({{"task_id", "running"}}), ElementsAre("running"));
  EXPECT_THAT(ids({{"framework_id", "other"}}), IsEmpty());
  EXPECT_EQ(Get("/tasks", {{"limit", "-1"}}).status(), 400);
  EXPECT_THAT(Get("/tasks", {{"limit", "many"}}).body(), HasSubstr("limit is 'many'; expected"));
  EXPECT_THAT(Get("/tasks", {{"order", "up"}}).body(), HasSubstr("expected 'asc' or 'des'"));
}

TEST_F(StateEndpointsTest, RolesHaveTheirQuotaAndWhatTheyConsume) {
  TestFramework& framework = NewFramework();
  framework.info.set_role("eng");
  framework.Subscribe();
  AddAgent({.resources = "cpus:4;mem:4096;cpus(eng):2"});
  Advance(absl::Seconds(1));
  RunTask(framework, "t1", "cpus:1;mem:128");
  v1::master::Call call;
  call.set_type(v1::master::Call::UPDATE_QUOTA);
  auto* config = call.mutable_update_quota()->add_quota_configs();
  config->set_role("eng");
  (*config->mutable_limits())["cpus"].set_value(10);
  (*config->mutable_guarantees())["cpus"].set_value(1.5);
  ASSERT_TRUE(Operate(call).ok());
  json eng;
  const json answer = Read("/roles");
  for (const json& role : answer["roles"]) {
    if (role["name"] == "eng") eng = role;
  }
  EXPECT_EQ(eng["weight"], 1.0);
  EXPECT_EQ(eng["quota"]["role"], "eng");
  EXPECT_EQ(eng["quota"]["limit"]["cpus"], 10.0);
  EXPECT_EQ(eng["quota"]["guarantee"]["cpus"], 1.5);
  EXPECT_GE(eng["quota"]["consumed"]["cpus"], 2.0) << "what is reserved counts";
  EXPECT_EQ(eng["allocated"]["mem"], 128.0);
  EXPECT_EQ(eng["reserved"]["cpus"], 2.0);
  EXPECT_THAT(eng["frameworks"], ElementsAre(framework.info.id().value()));
}

TEST_F(StateEndpointsTest, AnyReadCanBeJsonp) {
  const ClientAnswer answer = Get("/state", {{"jsonp", "show"}});
  EXPECT_THAT(answer.body(), ::testing::StartsWith("show({"));
  EXPECT_THAT(answer.body(), ::testing::EndsWith("});"));
  EXPECT_EQ(answer.header("Content-Type"), "text/javascript");
  EXPECT_EQ(Get("/state", {{"jsonp", "alert(1)"}}).status(), 400);
}

TEST_F(StateEndpointsTest, WhoAsksMeanwhileSharesTheNextAnswer) {
  AddAgent();
  const ClientAnswer first = Begin("/state");
  const ClientAnswer same = Begin("/state");
  loop_.Settle();
  EXPECT_THAT(jobs_, SizeIs(1)) << "both are one";
  AddAgent();
  const ClientAnswer second = Begin("/state");
  const ClientAnswer third = Begin("/state", {{"jsonp", "f"}});
  const ClientAnswer other = Begin("/slaves");
  loop_.Settle();
  EXPECT_THAT(jobs_, SizeIs(2)) << "the next one waits for the first; another question does not";
  Finish();
  EXPECT_EQ(first.body(), same.body());
  EXPECT_THAT(json::parse(first.body())["slaves"], SizeIs(1));
  EXPECT_THAT(json::parse(second.body())["slaves"], SizeIs(2)) << "no older than the question";
  EXPECT_EQ(third.body(), "f(" + second.body() + ");");
  EXPECT_EQ(other.status(), 200);
}

TEST_F(StateEndpointsTest, AMasterThatDoesNotLeadRedirectsOrRefuses) {
  leading_ = {Leading::State::kElsewhere, "leader.example", 5050};
  EXPECT_EQ(Get("/state").status(), 307);
  EXPECT_EQ(Get("/state").header("Location"), "//leader.example:5050/state");
  leading_ = {};
  const ClientAnswer late = Begin("/state");
  master_ = nullptr;
  Finish();
  EXPECT_EQ(late.status(), 503);
}

}  // namespace
}  // namespace mesos::http
