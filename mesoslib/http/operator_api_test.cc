#include "mesoslib/http/operator_api.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/http/content.h"
#include "mesoslib/http/fake_exchange.h"
#include "mesoslib/http/filled_message.h"
#include "mesoslib/http/message_json.h"
#include "mesoslib/master/master_fixture.h"

namespace mesos::http {
namespace {

using google::protobuf::util::MessageDifferencer;
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

// -- Against a master --

class MasterApiTest : public MasterTest {
 protected:
  MasterApiTest()
      : handler_(CreateMasterApi(
            master_.get(), [this] { return leading_; }, RunAtOnce)) {}

  FakeAnswer Send(Request request) {
    FakeAnswer answer = Ask(handler_, std::move(request));
    loop_.Settle();
    return answer;
  }
  FakeAnswer Post(std::string body) { return Send(MakeRequest(std::move(body))); }

  Leading leading_;
  Handler handler_;
};

TEST_F(MasterApiTest, AReadIsAnsweredWithItsResponse) {
  const FakeAnswer answer = Post(R"({"type":"GET_HEALTH"})");
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
      const FakeAnswer answer = Send(request);
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
  const FakeAnswer answer = Post(
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
    const FakeAnswer answer = Send(request);
    EXPECT_EQ(answer.status(), c.status) << c.method << " " << c.body << ": " << answer.body();
    EXPECT_EQ(answer.header("Location"), c.status == 307 ? "//leader:5050/api/v1" : "");
  }
}

TEST_F(MasterApiTest, ACallThatIsNotThereYetIsNamed) {
  const FakeAnswer answer = Post(R"({"type":"SUBSCRIBE"})");
  EXPECT_EQ(answer.status(), 501);
  EXPECT_THAT(answer.body(), HasSubstr("SUBSCRIBE"));
  EXPECT_EQ(Post(R"({"type":"GET_FLAGS"})").status(), 501);
  EXPECT_EQ(Post(R"({"type":"UNKNOWN"})").status(), 501);
}

TEST_F(MasterApiTest, AMasterThatIsGoneIsUnavailable) {
  const FakeAnswer answer = Ask(handler_, MakeRequest(R"({"type":"GET_HEALTH"})"));
  master_ = nullptr;
  loop_.Settle();
  EXPECT_EQ(answer.status(), 503);
}

// -- Against an agent that answers as it is told --

class ScriptedAgent final : public Agent {
 public:
  void Start(Done done) override { done(absl::OkStatus()); }
  void Shutdown(Done done) override { done(absl::OkStatus()); }
  ExecutorEndpoint& executors() override { return *endpoint_; }
  void CallOperator(v1::agent::Call call, Peer peer, Called done) override {
    calls.push_back(std::move(call));
    peers.push_back(std::move(peer));
    if (answers) {
      done(answer);
    } else {
      kept = std::move(done);
    }
  }

  bool answers = true;
  absl::StatusOr<v1::agent::Response> answer = v1::agent::Response();
  std::vector<v1::agent::Call> calls;
  std::vector<Peer> peers;
  Called kept;

 private:
  ExecutorEndpoint* endpoint_ = nullptr;
};

TEST(AgentApiTest, TheCallArrivesAsItWasSaidAndTheResponseAsItIs) {
  ScriptedAgent agent;
  agent.answer = FilledMessage<v1::agent::Response>();
  const Handler handler = CreateAgentApi(&agent, RunAtOnce);
  const auto call = FilledMessage<v1::agent::Call>();
  for (Encoding encoding : {Encoding::kJson, Encoding::kProtobuf}) {
    Request request = MakeRequest(Encode(call, encoding), std::string(MediaType(encoding)));
    request.headers.Add("Accept", std::string(MediaType(encoding)));
    const FakeAnswer answer = Ask(handler, request);
    EXPECT_EQ(answer.status(), 200);
    EXPECT_EQ(answer.body(), Encode(*agent.answer, encoding));
    EXPECT_TRUE(MessageDifferencer::Equals(agent.calls.back(), call));
    EXPECT_EQ(agent.peers.back().address, "10.0.0.1:40000");
  }
}

TEST(AgentApiTest, EachErrorHasItsCode) {
  ScriptedAgent agent;
  const Handler handler = CreateAgentApi(&agent, RunAtOnce);
  const std::pair<absl::Status, int> cases[] = {
      {absl::InvalidArgumentError("why"), 400},
      {absl::UnauthenticatedError("why"), 401},
      {absl::PermissionDeniedError("why"), 403},
      {absl::NotFoundError("why"), 404},
      {absl::FailedPreconditionError("why"), 409},
      {absl::AlreadyExistsError("why"), 409},
      {absl::ResourceExhaustedError("why"), 429},
      {absl::InternalError("why"), 500},
      {absl::UnknownError("why"), 500},
      {absl::DataLossError("why"), 500},
      {absl::UnimplementedError("why"), 501},
      {absl::UnavailableError("why"), 503},
      {absl::DeadlineExceededError("why"), 504},
  };
  for (const auto& [status, code] : cases) {
    agent.answer = status;
    const FakeAnswer answer = Ask(handler, MakeRequest("{}"));
    EXPECT_EQ(answer.status(), code) << status;
    EXPECT_EQ(answer.body(), "why");
    EXPECT_EQ(answer.header("Content-Type"), "text/plain; charset=utf-8");
  }
}

TEST(AgentApiTest, WithoutAResponseTheAnswerIs200AndEmpty) {
  ScriptedAgent agent;
  const FakeAnswer answer = Ask(CreateAgentApi(&agent, RunAtOnce), MakeRequest("{}"));
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.body(), "");
}

TEST(AgentApiTest, LargeResponsesAreWrittenInTheBackground) {
  ScriptedAgent agent;
  agent.answers = false;
  std::vector<absl::AnyInvocable<void()>> jobs;
  const FakeAnswer answer =
      Ask(CreateAgentApi(
              &agent, [&jobs](absl::AnyInvocable<void()> job) { jobs.push_back(std::move(job)); }),
          MakeRequest("{}"));
  v1::agent::Response response;
  response.set_type(v1::agent::Response::GET_HEALTH);
  agent.kept(response);
  EXPECT_EQ(answer.status(), 0);
  ASSERT_EQ(jobs.size(), 1u);
  jobs[0]();
  EXPECT_EQ(answer.status(), 200);
}

TEST(MasterApiCodesTest, WhatIsOnlyBegunIsAnswered202) {
  class Answering final : public Master {
   public:
    void Start(Started done) override { done(absl::OkStatus()); }
    const v1::MasterInfo& info() const override { return info_; }
    SchedulerEndpoint& schedulers() override { return *schedulers_; }
    AgentEndpoint& agents() override { return *agents_; }
    void CallOperator(v1::master::Call, Peer, Called done) override {
      done(v1::master::Response());
    }
    void UpdateWhitelist(std::optional<std::set<std::string>>, Updated done) override {
      done(absl::OkStatus());
    }
    void ExplainOffers(FrameworkId, Explained done) override {
      done(absl::UnimplementedError("not here"));
    }

   private:
    v1::MasterInfo info_;
    SchedulerEndpoint* schedulers_ = nullptr;
    AgentEndpoint* agents_ = nullptr;
  } master;
  const Handler handler = CreateMasterApi(
      &master, [] { return Leading(); }, RunAtOnce);
  for (const char* type : {"RESERVE_RESOURCES", "UNRESERVE_RESOURCES", "CREATE_VOLUMES",
                           "DESTROY_VOLUMES", "GROW_VOLUME", "SHRINK_VOLUME"}) {
    EXPECT_EQ(Ask(handler, MakeRequest(absl::StrCat("{\"type\":\"", type, "\"}"))).status(), 202);
  }
  for (const char* type :
       {"SET_LOGGING_LEVEL", "UPDATE_WEIGHTS", "UPDATE_MAINTENANCE_SCHEDULE", "START_MAINTENANCE",
        "STOP_MAINTENANCE", "DRAIN_AGENT", "DEACTIVATE_AGENT", "REACTIVATE_AGENT", "UPDATE_QUOTA",
        "SET_QUOTA", "REMOVE_QUOTA", "TEARDOWN", "MARK_AGENT_GONE"}) {
    EXPECT_EQ(Ask(handler, MakeRequest(absl::StrCat("{\"type\":\"", type, "\"}"))).status(), 200);
  }
}

}  // namespace
}  // namespace mesos::http
