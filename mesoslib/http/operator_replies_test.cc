// What operators are answered, whatever the master and the agent behind the API say.
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "mesos/agent.h"
#include "mesos/master.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/http/content.h"
#include "mesoslib/http/fake_client.h"
#include "mesoslib/http/filled_message.h"
#include "mesoslib/http/operator_api.h"

namespace mesos::http {
namespace {

using google::protobuf::util::MessageDifferencer;

Request MakeRequest(std::string body, std::string type = "application/json") {
  Request request;
  request.method = "POST";
  request.path = "/api/v1";
  request.headers = {{"Content-Type", std::move(type)}};
  request.body = std::move(body);
  request.address = "10.0.0.1:40000";
  return request;
}

// Answers as it is told.
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
    const ClientAnswer answer = Ask(handler, request);
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
    const ClientAnswer answer = Ask(handler, MakeRequest("{}"));
    EXPECT_EQ(answer.status(), code) << status;
    EXPECT_EQ(answer.body(), "why");
    EXPECT_EQ(answer.header("Content-Type"), "text/plain; charset=utf-8");
  }
}

TEST(AgentApiTest, WithoutAResponseTheAnswerIs200AndEmpty) {
  ScriptedAgent agent;
  const ClientAnswer answer = Ask(CreateAgentApi(&agent, RunAtOnce), MakeRequest("{}"));
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.body(), "");
}

TEST(AgentApiTest, LargeResponsesAreWrittenInTheBackground) {
  ScriptedAgent agent;
  agent.answers = false;
  std::vector<absl::AnyInvocable<void()>> jobs;
  const ClientAnswer answer =
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
    MasterStanding standing() const override { return {}; }
    SchedulerEndpoint& schedulers() override { return *schedulers_; }
    AgentEndpoint& agents() override { return *agents_; }
    void CallOperator(v1::master::Call, Peer, Called done) override {
      done(v1::master::Response());
    }
    void GetState(StateTaken done) override { done(absl::UnimplementedError("not here")); }
    ChangeEndpoint& changes() override { return *changes_; }
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
    ChangeEndpoint* changes_ = nullptr;
  } master;
  const Handler handler = CreateMasterApi(
      &master, [] { return Leading(); }, nullptr, nullptr, RunAtOnce);
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
