// The operators' APIs of master and agent as bytes on a connection.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/agent/agent_fixture.h"
#include "mesoslib/http/content.h"
#include "mesoslib/http/fake_client.h"
#include "mesoslib/http/operator_api.h"
#include "mesoslib/http/wire_peer.h"
#include "mesoslib/master/master_fixture.h"

namespace mesos::http {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kPath[] = "/api/v1";
constexpr char kJsonHead[] = "200 OK\r\nDate: today\r\nContent-Type: application/json\r\n";
constexpr char kDone[] = "HTTP/1.1 200 OK\r\nDate: today\r\nContent-Length: 0\r\n\r\n";

// That both APIs have in common.
std::vector<RefusedRequest> CommonRefusals() {
  const std::string call = R"({"type":"GET_HEALTH"})";
  return {
      {"GET /api/v1 HTTP/1.1\r\nHost: x\r\n\r\n", "405 Method Not Allowed"},
      {Post(kPath, "", call), "400 Bad Request"},
      {Post(kPath, "Content-Type: text/plain\r\n", call), "415 Unsupported Media Type"},
      {Post(kPath, "Content-Type: application/json;charset=utf-8\r\n", call),
       "415 Unsupported Media Type"},
      {Post(kPath, "Content-Type: application/recordio\r\n", call), "415 Unsupported Media Type"},
      {Post(kPath, "Content-Type: application/x-protobuf\r\n", call), "400 Bad Request"},
      {Post(kPath, kJson, "[]"), "400 Bad Request"},
      {Post(kPath, kJson, ""), "400 Bad Request"},
      {Post(kPath, kJson, R"({"type":"GET_METRICS"})"), "400 Bad Request"},
      {Post(kPath, kJson, R"({"type":"UNKNOWN"})"), "501 Not Implemented"},
      {Post(kPath, absl::StrCat(kJson, "Accept: text/html\r\n"), call), "406 Not Acceptable"},
      {Post(kPath, absl::StrCat(kJson, "Accept: application/recordio\r\n"), call),
       "406 Not Acceptable"}};
}

class MasterWireTest : public MasterTest {
 protected:
  MasterWireTest()
      : reads_(std::make_shared<StateReads>(master_.get(), RunAtOnce)),
        server_(CreateMasterApi(
                    master_.get(), [this] { return leading_; }, reads_,
                    std::make_shared<ChangeFeed>(master_.get(), reads_, 10, RunAtOnce), RunAtOnce),
                [this] { loop_.Settle(); }) {}

  std::string Say(const std::string& body) {
    return server_.Connect()->Say(Post(kPath, kJson, body));
  }

  Leading leading_;
  const std::shared_ptr<StateReads> reads_;
  WireServer server_;
};

TEST_F(MasterWireTest, ReadsAreTheseBytesInEitherEncoding) {
  auto peer = server_.Connect();
  const std::string health = R"({"type":"GET_HEALTH","get_health":{"healthy":true}})";
  const std::string call = R"({"type":"GET_HEALTH"})";
  // On one connection, with each way to say that JSON will do.
  for (const char* accept : {"", "Accept: */*\r\n", "Accept: application/json\r\n",
                             "Accept: application/x-protobuf;q=0.5, application/json\r\n",
                             "accept: text/html, application/*\r\n"}) {
    EXPECT_EQ(peer->Say(Post(kPath, absl::StrCat(kJson, accept), call)), Answer(kJsonHead, health))
        << accept;
  }
  v1::master::Response response;
  response.set_type(v1::master::Response::GET_HEALTH);
  response.mutable_get_health()->set_healthy(true);
  v1::master::Call asked;
  asked.set_type(v1::master::Call::GET_HEALTH);
  EXPECT_EQ(peer->Say(Post(kPath,
                           "Content-Type: application/x-protobuf\r\n"
                           "Accept: application/x-protobuf\r\n",
                           asked.SerializeAsString())),
            Answer("200 OK\r\nDate: today\r\nContent-Type: application/x-protobuf\r\n",
                   response.SerializeAsString()));
  EXPECT_EQ(peer->Say(Post(kPath, kJson, R"({"type":"GET_TASKS"})")),
            Answer(kJsonHead, R"({"type":"GET_TASKS","get_tasks":{}})"));
}

TEST_F(MasterWireTest, WritesAre200Or202WithoutABody) {
  const std::string agent = AddAgent().id();
  const std::string id = absl::StrCat(R"("agent_id":{"value":")", agent, "\"}");
  const std::string weights =
      R"({"type":"UPDATE_WEIGHTS","update_weights":{"weight_infos":[{"role":"a","weight":2}]}})";
  const std::string quota =
      R"({"type":"UPDATE_QUOTA","update_quota":{"quota_configs":[{"role":"a",)"
      R"("limits":{"cpus":{"value":4}}}]}})";
  for (const std::string& call :
       {weights, quota,
        absl::StrCat(R"({"type":"DEACTIVATE_AGENT","deactivate_agent":{)", id, "}}"),
        absl::StrCat(R"({"type":"REACTIVATE_AGENT","reactivate_agent":{)", id, "}}"),
        absl::StrCat(R"({"type":"DRAIN_AGENT","drain_agent":{)", id,
                     R"(,"max_grace_period":{"seconds":60,"nanos":0}}})")}) {
    EXPECT_EQ(Say(call), kDone) << call;
  }
  EXPECT_EQ(Say(absl::StrCat(R"({"type":"REACTIVATE_AGENT","reactivate_agent":{)", id, "}}")),
            kDone);
  EXPECT_EQ(Say(absl::StrCat(R"({"type":"RESERVE_RESOURCES","reserve_resources":{)", id,
                             R"(,"resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":1},)"
                             R"("reservations":[{"type":"DYNAMIC","role":"a"}]}]}})")),
            kTaken);
  // More than there is.
  EXPECT_THAT(
      Say(absl::StrCat(R"({"type":"RESERVE_RESOURCES","reserve_resources":{)", id,
                       R"(,"resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":1000},)"
                       R"("reservations":[{"type":"DYNAMIC","role":"a"}]}]}})")),
      StartsWith("HTTP/1.1 409 Conflict\r\nDate: today\r\n"));
}

TEST_F(MasterWireTest, ASubscribersStreamIsOneRecordInAChunk) {
  auto peer = server_.Connect();
  const std::string sent = peer->Say(Post(kPath, kJson, R"({"type":"SUBSCRIBE"})"));
  const std::string head =
      "HTTP/1.1 200 OK\r\nDate: today\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  ASSERT_THAT(sent, StartsWith(head));
  const std::vector<std::string> records = RecordsOf(sent.substr(head.size()));
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_THAT(records[0], StartsWith(R"({"type":"SUBSCRIBED","subscribed":{"get_state":{)"));
  EXPECT_THAT(records[0], HasSubstr(R"("heartbeat_interval_seconds":15.0)"));
  EXPECT_EQ(records[1], R"({"type":"HEARTBEAT"})");
  Advance(absl::Seconds(15));
  EXPECT_EQ(peer->Hear(), Chunk(R"({"type":"HEARTBEAT"})"));
  AddAgent();
  EXPECT_THAT(RecordsOf(peer->Hear()),
              ::testing::ElementsAre(StartsWith(R"({"type":"AGENT_ADDED","agent_added":{)")));
}

TEST_F(MasterWireTest, RefusalsAreTheseStatusLines) {
  std::vector<RefusedRequest> refusals = CommonRefusals();
  const auto call = [](const std::string& body) { return Post(kPath, kJson, body); };
  refusals.push_back({call(R"({"type":"TEARDOWN"})"), "400 Bad Request"});
  refusals.push_back(
      {call(R"({"type":"MARK_AGENT_GONE","mark_agent_gone":{"agent_id":{"value":"no"}}})"),
       "404 Not Found"});
  ExpectRefusals(&server_, refusals);
  leading_ = {Leading::State::kElsewhere, "leader", 5050};
  EXPECT_EQ(Say("{"),
            "HTTP/1.1 307 Temporary Redirect\r\nDate: today\r\n"
            "Location: //leader:5050/api/v1\r\nContent-Length: 0\r\n\r\n");
  leading_ = {Leading::State::kNobody};
  EXPECT_THAT(Say("{"), StartsWith("HTTP/1.1 503 Service Unavailable\r\nDate: today\r\n"));
}

class AgentWireTest : public agent::AgentTest {
 protected:
  void SetUp() override { Serve(); }

  void Serve() {
    StartAgent();
    server_.emplace(CreateAgentApi(agent_.get(), RunAtOnce), [this] { loop_.Settle(); });
  }

  std::string Say(const std::string& body) {
    return server_->Connect()->Say(Post(kPath, kJson, body));
  }

  std::optional<WireServer> server_;
};

TEST_F(AgentWireTest, ReadsAreTheseBytes) {
  EXPECT_EQ(Say(R"({"type":"GET_HEALTH"})"),
            Answer(kJsonHead, R"({"type":"GET_HEALTH","get_health":{"healthy":true}})"));
  EXPECT_EQ(Say(R"({"type":"GET_TASKS"})"),
            Answer(kJsonHead, R"({"type":"GET_TASKS","get_tasks":{}})"));
  Run({Custom("t")});
  EXPECT_THAT(Say(R"({"type":"GET_TASKS"})"),
              HasSubstr(R"({"type":"GET_TASKS","get_tasks":{"queued_tasks":[{"name":"t",)"
                        R"("task_id":{"value":"t"})"));
  EXPECT_THAT(Say(R"({"type":"GET_CONTAINERS","get_containers":{}})"),
              HasSubstr(R"("framework_id":{"value":"F"})"));
}

TEST_F(AgentWireTest, RefusalsAreTheseStatusLines) { ExpectRefusals(&*server_, CommonRefusals()); }

TEST_F(AgentWireTest, AnAgentThatRecoversIsUnavailable) {
  agent_ = Create().value();  // Not started.
  server_.emplace(CreateAgentApi(agent_.get(), RunAtOnce), [this] { loop_.Settle(); });
  EXPECT_THAT(Say(R"({"type":"GET_STATE"})"),
              StartsWith("HTTP/1.1 503 Service Unavailable\r\nDate: today\r\n"));
}

}  // namespace
}  // namespace mesos::http
