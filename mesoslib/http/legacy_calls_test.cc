// The older endpoints against a master in virtual time, and the calls they become.
#include "mesoslib/http/legacy_calls.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/http/fake_client.h"
#include "mesoslib/http/router.h"
#include "mesoslib/master/master_fixture.h"

namespace mesos::http {
namespace {

using ::testing::HasSubstr;
using Call = v1::master::Call;

Request MakeRequest(std::string method, std::string path, std::string body = "") {
  Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.body = std::move(body);
  return request;
}

class LegacyCallsTest : public testing::Test {
 protected:
  ClientAnswer Send(const std::string& method, const std::string& path,
                    const std::string& body = "") {
    return Ask(router_, MakeRequest(method, path, body));
  }
  // The call that it became.
  Call Become(const std::string& method, const std::string& path, const std::string& body,
              int status) {
    const ClientAnswer answer = Send(method, path, body);
    EXPECT_EQ(answer.status(), status) << path << ": " << answer.body();
    EXPECT_EQ(answer.body(), "");
    if (calls_.empty()) return Call();
    Call call = calls_.back();
    calls_.clear();
    return call;
  }

  absl::StatusOr<v1::master::Response> answer_ = v1::master::Response();
  std::vector<Call> calls_;
  Leading leading_;
  const Router router_{LegacyCalls(
                           [this](Call call, Peer, Master::Called done) {
                             calls_.push_back(std::move(call));
                             done(answer_);
                           },
                           [this] { return leading_; }, RunAtOnce),
                       {.prefixes = {"/master"}}};
};

constexpr char kForm[] =
    "slaveId=S1&resources=%5B%7B%22name%22%3A%22cpus%22%2C%22type%22%3A%22SCALAR%22%2C"
    "%22scalar%22%3A%7B%22value%22%3A2%7D%2C%22role%22%3A%22ads%22%2C%22reservation%22%3A%7B"
    "%22principal%22%3A%22ops%22%7D%7D%5D";

TEST_F(LegacyCallsTest, ReservationsAreForms) {
  Call call = Become("POST", "/master/reserve", kForm, 202);
  EXPECT_EQ(call.type(), Call::RESERVE_RESOURCES);
  EXPECT_EQ(call.reserve_resources().agent_id().value(), "S1");
  ASSERT_EQ(call.reserve_resources().resources_size(), 1);
  EXPECT_EQ(call.reserve_resources().resources(0).scalar().value(), 2);
  EXPECT_EQ(call.reserve_resources().resources(0).reservation().principal(), "ops");
  call = Become("POST", "/reserve", absl::StrCat(kForm, "&source=[{\"name\":\"cpus\"}]"), 202);
  ASSERT_EQ(call.reserve_resources().source_size(), 1);
  EXPECT_EQ(call.reserve_resources().resources_size(), 1);
  call = Become("POST", "/unreserve", kForm, 202);
  EXPECT_EQ(call.type(), Call::UNRESERVE_RESOURCES);
  EXPECT_EQ(call.unreserve_resources().resources(0).name(), "cpus");
  const std::string volumes = "slaveId=S2&volumes=[{\"name\":\"disk\"}, {\"name\":\"disk\"}]";
  call = Become("POST", "/create-volumes", volumes, 202);
  EXPECT_EQ(call.type(), Call::CREATE_VOLUMES);
  EXPECT_EQ(call.create_volumes().volumes_size(), 2);
  call = Become("POST", "/destroy-volumes", volumes, 202);
  EXPECT_EQ(call.type(), Call::DESTROY_VOLUMES);
  EXPECT_EQ(call.destroy_volumes().agent_id().value(), "S2");
}

TEST_F(LegacyCallsTest, TheOthersAreJson) {
  Call call = Become("POST", "/teardown", "frameworkId=F%201", 200);
  EXPECT_EQ(call.teardown().framework_id().value(), "F 1");
  call = Become("PUT", "/weights", R"( [{"role":"a","weight":2.5}])", 200);
  EXPECT_EQ(call.update_weights().weight_infos(0).weight(), 2.5);
  call =
      Become("POST", "/quota", R"({"role":"a","force":true,"guarantee":[{"name":"cpus"}]})", 200);
  EXPECT_EQ(call.set_quota().quota_request().guarantee(0).name(), "cpus");
  EXPECT_TRUE(call.set_quota().quota_request().force());
  call = Become("DELETE", "/master/quota/a/b", "", 200);
  EXPECT_EQ(call.remove_quota().role(), "a/b");
  call = Become("POST", "/maintenance/schedule",
                R"({"windows":[{"machine_ids":[{"hostname":"h"}]}]})", 200);
  EXPECT_EQ(call.type(), Call::UPDATE_MAINTENANCE_SCHEDULE);
  EXPECT_EQ(call.update_maintenance_schedule().schedule().windows(0).machine_ids(0).hostname(),
            "h");
  call = Become("POST", "/machine/down", R"([{"hostname":"h"},{"ip":"10.0.0.1"}])", 200);
  EXPECT_EQ(call.start_maintenance().machines(1).ip(), "10.0.0.1");
  call = Become("POST", "/machine/up", R"([{"hostname":"h"}])", 200);
  EXPECT_EQ(call.stop_maintenance().machines_size(), 1);
}

TEST_F(LegacyCallsTest, ReadsGiveWhatIsInTheResponse) {
  v1::master::Response response;
  response.mutable_get_weights()->add_weight_infos()->set_role("a");
  response.mutable_get_weights()->add_weight_infos()->set_role("b");
  response.mutable_get_quota()->mutable_status()->add_configs()->set_role("q");
  response.mutable_get_maintenance_schedule()->mutable_schedule()->add_windows();
  response.mutable_get_maintenance_status()->mutable_status()->add_down_machines()->set_ip("i");
  answer_ = response;
  EXPECT_EQ(Send("GET", "/weights").body(), R"([{"role":"a"},{"role":"b"}])");
  EXPECT_EQ(Send("GET", "/quota").body(), R"({"configs":[{"role":"q"}]})");
  EXPECT_EQ(Send("GET", "/maintenance/schedule").body(), R"({"windows":[{}]})");
  EXPECT_EQ(Send("GET", "/maintenance/status").body(), R"({"down_machines":[{"ip":"i"}]})");
  EXPECT_EQ(Send("HEAD", "/quota").status(), 200);
  Request wrapped = MakeRequest("GET", "/quota");
  wrapped.query["jsonp"] = "show";
  EXPECT_EQ(Ask(router_, std::move(wrapped)).body(), R"(show({"configs":[{"role":"q"}]});)");
}

TEST_F(LegacyCallsTest, WhatIsWrongIsNamedAndNoCallIsMade) {
  struct Case {
    const char* method;
    const char* path;
    const char* body;
    const char* error;
  };
  const Case cases[] = {
      {"POST", "/reserve", "", "slaveId is missing in the form"},
      {"POST", "/reserve", "slaveId=S1", "resources is missing in the form"},
      {"POST", "/reserve", "slaveId=&resources=[]", "slaveId is missing"},
      {"POST", "/reserve", "slaveId=S1&resources={}", "resources is '{}', expected a JSON array"},
      {"POST", "/reserve", "slaveId=S1&resources=[{\"name\":{}}]", "resources[0].name"},
      {"POST", "/reserve", "slaveId=S1&resources=[],\"agent_id\":{\"value\":\"S2\"}",
       "more than one JSON array"},
      {"POST", "/reserve", "slaveId=S1&resources=[%zz", "malformed escape"},
      {"POST", "/reserve", "slaveId=S1&resources=[]&source=x", "source is 'x'"},
      {"POST", "/destroy-volumes", "slaveId=S1&volumes=[", ""},
      {"POST", "/teardown", "framework_id=F1", "frameworkId is missing"},
      {"PUT", "/weights", "", "the body is '', expected a JSON array"},
      {"PUT", "/weights", "[{\"weight\":\"much\"}]", "weight_infos[0].weight is 'much'"},
      {"POST", "/quota", "no", ""},
      {"DELETE", "/quota", "", "expected /quota/ROLE"},
      {"POST", "/maintenance/schedule", "{\"windows\":5}", "windows"},
      {"POST", "/machine/down", "{}", "the body is '{}'"},
      {"POST", "/machine/up", "[5]", "machines[0]"},
  };
  for (const Case& c : cases) {
    const ClientAnswer answer = Send(c.method, c.path, c.body);
    EXPECT_EQ(answer.status(), 400) << c.path << " " << c.body;
    EXPECT_THAT(answer.body(), HasSubstr(c.error));
  }
  EXPECT_EQ(Send("GET", "/reserve").status(), 405);
  EXPECT_EQ(Send("DELETE", "/weights").status(), 405);
  EXPECT_TRUE(calls_.empty());
}

TEST_F(LegacyCallsTest, WhatTheMasterSaysBecomesAStatus) {
  const std::pair<absl::Status, int> cases[] = {
      {absl::InvalidArgumentError("no"), 400},  {absl::NotFoundError("no"), 404},
      {absl::PermissionDeniedError("no"), 403}, {absl::FailedPreconditionError("no"), 409},
      {absl::UnimplementedError("no"), 501},    {absl::UnavailableError("no"), 503},
  };
  for (const auto& [status, code] : cases) {
    answer_ = status;
    EXPECT_EQ(Send("POST", "/reserve", kForm).status(), code);
  }
  leading_ = {Leading::State::kElsewhere, "leader", 5050};
  EXPECT_EQ(Send("POST", "/quota", "no").header("Location"), "//leader:5050/quota");
  leading_ = {Leading::State::kNobody};
  EXPECT_EQ(Send("POST", "/quota", "no").status(), 503);
}

class LegacyMasterTest : public MasterTest {
 protected:
  ClientAnswer Send(std::string method, std::string path, std::string body = "") {
    ClientAnswer answer =
        Ask(router_, MakeRequest(std::move(method), std::move(path), std::move(body)));
    loop_.Settle();
    return answer;
  }

  const Router router_{LegacyCalls(
      [this](Call call, Peer peer, Master::Called done) {
        master_->CallOperator(std::move(call), std::move(peer), std::move(done));
      },
      nullptr, RunAtOnce)};
};

TEST_F(LegacyMasterTest, AMasterDoesAllOfThat) {
  EXPECT_EQ(Send("PUT", "/weights", R"([{"role":"a","weight":3}])").status(), 200);
  EXPECT_EQ(Send("GET", "/weights").body(), R"([{"weight":3.0,"role":"a"}])");
  const ClientAnswer bad = Send("PUT", "/weights", R"([{"role":"a","weight":-3}])");
  EXPECT_EQ(bad.status(), 400);
  const std::string quota =
      R"({"role":"a","force":true,"guarantee":[{"name":"cpus","type":"SCALAR","scalar":{"value":1}}]})";
  EXPECT_EQ(Send("POST", "/quota", quota).status(), 200);
  EXPECT_THAT(Send("GET", "/quota").body(), HasSubstr(R"("role":"a")"));
  EXPECT_EQ(Send("DELETE", "/quota/a").status(), 200);
  EXPECT_EQ(Send("GET", "/quota").body(), "{}");
  AddFramework();
  EXPECT_EQ(Send("POST", "/teardown", "frameworkId=nobody").status(), 400);
  EXPECT_EQ(Send("POST", "/reserve", kForm).status(), 400);  // There is no agent S1.
}

}  // namespace
}  // namespace mesos::http
