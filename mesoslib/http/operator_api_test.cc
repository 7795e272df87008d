// The operator API against a master in virtual time.
#include "mesoslib/http/operator_api.h"

#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/http/content.h"
#include "mesoslib/http/fake_client.h"
#include "mesoslib/http/message_json.h"
#include "mesoslib/master/master_fixture.h"

namespace mesos::http {
namespace {

using ::testing::HasSubstr;

Request MakeRequest(std::string body, std::string type = "application/json") {
  Request request;
  request.method = "POST";
  request.path = "/api/v1";
  request.headers = {{"Content-Type", std::move(type)}};
  request.body = std::move(body);
  request.address = "10.0.0.1:40000";
  return request;
}

class MasterApiTest : public MasterTest {
 protected:
  MasterApiTest()
      : reads_(std::make_shared<StateReads>(master_.get(), RunAtOnce)),
        handler_(CreateMasterApi(
            master_.get(), [this] { return leading_; }, reads_,
            std::make_shared<ChangeFeed>(master_.get(), reads_, 10, RunAtOnce), RunAtOnce)) {}

  ClientAnswer Send(Request request) {
    ClientAnswer answer = Ask(handler_, std::move(request));
    loop_.Settle();
    return answer;
  }
  ClientAnswer Post(std::string body) { return Send(MakeRequest(std::move(body))); }

  Leading leading_;
  const std::shared_ptr<StateReads> reads_;
  Handler handler_;
};

TEST_F(MasterApiTest, AReadIsAnsweredWithItsResponse) {
  const ClientAnswer answer = Post(R"({"type":"GET_HEALTH"})");
  EXPECT_EQ(answer.status(), 200);
  EXPECT_FALSE(answer.streams());
  EXPECT_EQ(answer.header("Content-Type"), "application/json");
  EXPECT_EQ(answer.body(), R"({"type":"GET_HEALTH","get_health":{"healthy":true}})");
  EXPECT_EQ(Post(R"({"type":"GET_VERSION"})").body(),
            R"({"type":"GET_VERSION","get_version":{"version_info":{"version":"1.12.0"}}})");
}

TEST_F(MasterApiTest, BothEncodingsSayTheSame) {
  AddAgent();
  AddFramework();
  v1::master::Call call;
  call.set_type(v1::master::Call::GET_STATE);
  for (Encoding said : {Encoding::kJson, Encoding::kProtobuf}) {
    for (Encoding heard : {Encoding::kJson, Encoding::kProtobuf}) {
      Request request = MakeRequest(Encode(call, said), std::string(MediaType(said)));
      request.headers.Add("Accept", std::string(MediaType(heard)));
      const ClientAnswer answer = Send(request);
      EXPECT_EQ(answer.status(), 200);
      EXPECT_EQ(answer.header("Content-Type"), MediaType(heard));
      v1::master::Response response;
      if (heard == Encoding::kJson) {
        EXPECT_EQ(JsonToMessage(answer.body(), &response), absl::OkStatus());
      } else {
        EXPECT_TRUE(response.ParseFromString(answer.body()));
      }
      EXPECT_EQ(response.get_state().get_agents().agents_size(), 1);
      EXPECT_EQ(response.get_state().get_frameworks().frameworks_size(), 1);
    }
  }
}

TEST_F(MasterApiTest, AWriteIsAnswered200WithoutABody) {
  const ClientAnswer answer = Post(
      R"({"type":"UPDATE_WEIGHTS","update_weights":{"weight_infos":[{"role":"a","weight":2.5}]}})");
  EXPECT_EQ(answer.status(), 200) << answer.body();
  EXPECT_EQ(answer.body(), "");
  EXPECT_EQ(answer.header("Content-Type"), "");
  EXPECT_THAT(Post(R"({"type":"GET_WEIGHTS"})").body(), HasSubstr(R"("weight":2.5,"role":"a")"));
}

TEST_F(MasterApiTest, WhatIsWrongIsToldInOrder) {
  struct Case {
    Leading leading;
    std::string method;
    std::string type;  // "-": none.
    std::string accept;
    std::string body;
    int status;
  };
  const Leading here;
  const std::string json = "application/json";
  const Case cases[] = {
      {{Leading::State::kElsewhere, "leader", 5050}, "GET", "-", "text/html", "{", 307},
      {{Leading::State::kNobody}, "GET", "-", "text/html", "{", 503},
      {here, "GET", "-", "text/html", "{", 405},
      {here, "POST", "-", "text/html", "{", 400},
      {here, "POST", "application/recordio", "text/html", "{", 415},
      {here, "POST", json, "text/html", "{", 400},
      {here, "POST", json, "text/html", R"({"type":"GET_HEALTH"})", 406},
      {here, "POST", json, "application/recordio", R"({"type":"GET_HEALTH"})", 406},
      {here, "POST", json, "*/*", R"({"type":"GET_HEALTH"})", 200},
      {here, "POST", json, "*/*", "{}", 400},
      {here, "POST", json, "*/*", R"({"type":"TELEPORT"})", 400},
      {here, "POST", json, "*/*", R"({"type":"GET_METRICS"})", 400},
      {here, "POST", json, "*/*", R"({"type":"GET_METRICS","get_metrics":{}})", 200},
      {here, "POST", json, "*/*",
       R"({"type":"TEARDOWN","teardown":{"framework_id":{"value":"gone"}}})", 400},
      {here, "POST", json, "*/*",
       R"({"type":"MARK_AGENT_GONE","mark_agent_gone":{"agent_id":{"value":"S9"}}})", 404},
  };
  for (const Case& c : cases) {
    leading_ = c.leading;
    Request request = MakeRequest(c.body);
    request.method = c.method;
    request.headers = {{"Accept", c.accept}};
    if (c.type != "-") request.headers.Add("Content-Type", c.type);
    const ClientAnswer answer = Send(request);
    EXPECT_EQ(answer.status(), c.status) << c.method << " " << c.body << ": " << answer.body();
    EXPECT_EQ(answer.header("Location"), c.status == 307 ? "//leader:5050/api/v1" : "");
  }
}

TEST_F(MasterApiTest, ACallThatIsNotThereYetIsNamed) {
  const ClientAnswer answer = Post(R"({"type":"GET_LOGGING_LEVEL"})");
  EXPECT_EQ(answer.status(), 501);
  EXPECT_THAT(answer.body(), HasSubstr("GET_LOGGING_LEVEL"));
  EXPECT_EQ(Post(R"({"type":"GET_FLAGS"})").status(), 501);
  EXPECT_EQ(Post(R"({"type":"UNKNOWN"})").status(), 501);
}

TEST_F(MasterApiTest, AMasterThatIsGoneIsUnavailable) {
  const ClientAnswer answer = Ask(handler_, MakeRequest(R"({"type":"GET_HEALTH"})"));
  master_ = nullptr;
  loop_.Settle();
  EXPECT_EQ(answer.status(), 503);
}

}  // namespace
}  // namespace mesos::http
