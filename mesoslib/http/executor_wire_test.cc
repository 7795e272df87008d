// The executor API as bytes on a connection, as documented executors send and expect them.
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/agent/agent_fixture.h"
#include "mesoslib/http/executor_api.h"
#include "mesoslib/http/fake_client.h"
#include "mesoslib/http/message_json.h"
#include "mesoslib/http/wire_peer.h"

namespace mesos::http {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using ::testing::StartsWith;
using v1::executor::Event;

constexpr char kPath[] = "/api/v1/executor";
constexpr char kStream[] =
    "HTTP/1.1 200 OK\r\nDate: today\r\nContent-Type: application/json\r\n"
    "Transfer-Encoding: chunked\r\n\r\n";

class ExecutorWireTest : public agent::AgentTest {
 protected:
  void SetUp() override {
    StartAgent();
    server_.emplace(CreateExecutorApi(&agent_->executors(), RunAtOnce), [this] { loop_.Settle(); });
    Run({Custom("t")});
  }

  // `more`: members of the call after its type, each with a comma before it.
  static std::string Call(const std::string& type, const std::string& more = "") {
    return Post(kPath, kJson,
                absl::StrCat(R"({"framework_id":{"value":"F"},"executor_id":{"value":"E"},)",
                             R"("type":")", type, "\"", more, "}"));
  }
  std::string Update(const std::string& state, const std::string& uuid) {
    return Call("UPDATE", absl::StrCat(R"(,"update":{"status":{"task_id":{"value":"t"},"state":")",
                                       state, R"(","source":"SOURCE_EXECUTOR","uuid":")",
                                       absl::Base64Escape(uuid), R"("}})"));
  }

  std::optional<WireServer> server_;
};

TEST_F(ExecutorWireTest, ATaskFromItsLaunchToItsEnd) {
  auto stream = server_->Connect();
  const std::string sent = stream->Say(Call("SUBSCRIBE", R"(,"subscribe":{})"));
  ASSERT_THAT(sent, StartsWith(kStream));
  std::vector<std::string> records = RecordsOf(sent.substr(sizeof(kStream) - 1));
  ASSERT_THAT(records, SizeIs(2));
  Event event;
  ASSERT_EQ(JsonToMessage(records[0], &event), absl::OkStatus());
  EXPECT_EQ(event.type(), Event::SUBSCRIBED);
  EXPECT_EQ(event.subscribed().framework_info().name(), "framework");
  EXPECT_EQ(event.subscribed().executor_info().executor_id().value(), "E");
  ASSERT_EQ(JsonToMessage(records[1], &event), absl::OkStatus());
  EXPECT_EQ(event.launch().task().task_id().value(), "t");

  auto calls = server_->Connect();
  const std::string uuid = NextUuid();
  EXPECT_EQ(calls->Say(Update("TASK_RUNNING", uuid)), kTaken);
  EXPECT_THAT(master_.StatesOf("t"), ElementsAre(v1::TASK_RUNNING));
  EXPECT_EQ(stream->Hear(),
            Chunk(absl::StrCat(R"({"type":"ACKNOWLEDGED","acknowledged":{"task_id":{"value":"t"},)",
                               R"("uuid":")", absl::Base64Escape(uuid), "\"}}")));
  EXPECT_EQ(calls->Say(Call("MESSAGE", R"(,"message":{"data":"aGVsbG8="})")), kTaken);
  EXPECT_EQ(calls->Say(Call("HEARTBEAT")), kTaken);
  Kill("t");
  EXPECT_EQ(stream->Hear(), Chunk(R"({"type":"KILL","kill":{"task_id":{"value":"t"}}})"));
  EXPECT_EQ(calls->Say(Update("TASK_KILLED", NextUuid())), kTaken);
  // Every half hour where nothing else is said.
  Advance(absl::Minutes(30));
  EXPECT_THAT(stream->Hear(), ::testing::HasSubstr(Chunk(R"({"type":"HEARTBEAT"})")));
}

TEST_F(ExecutorWireTest, ProtobufIsSentAsItIs) {
  auto stream = server_->Connect();
  const std::string sent = stream->Say(
      Post(kPath, "Content-Type: application/x-protobuf\r\nAccept: application/x-protobuf\r\n",
           MakeCall(ExecutorCall::SUBSCRIBE).SerializeAsString()));
  constexpr char kHead[] =
      "HTTP/1.1 200 OK\r\nDate: today\r\nContent-Type: application/x-protobuf\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  ASSERT_THAT(sent, StartsWith(kHead));
  const std::vector<std::string> records = RecordsOf(sent.substr(sizeof(kHead) - 1));
  ASSERT_THAT(records, SizeIs(2));
  Event event;
  ASSERT_TRUE(event.ParseFromString(records[1]));
  EXPECT_EQ(event.launch().task().task_id().value(), "t");
}

TEST_F(ExecutorWireTest, ALaterSubscribeEndsTheFormerStream) {
  auto former = server_->Connect();
  former->Say(Call("SUBSCRIBE"));
  auto latter = server_->Connect();
  EXPECT_THAT(latter->Say(Call("SUBSCRIBE")), StartsWith(kStream));
  EXPECT_THAT(former->Hear(), ::testing::EndsWith("0\r\n\r\n"));
}

TEST_F(ExecutorWireTest, RefusalsAreTheseStatusLines) {
  const std::string call = R"({"framework_id":{"value":"F"},"executor_id":{"value":"E"})";
  ExpectRefusals(&*server_,
                 {
                     {"GET /api/v1/executor HTTP/1.1\r\nHost: x\r\n\r\n", "405 Method Not Allowed"},
                     {Post(kPath, "", "{}"), "400 Bad Request"},
                     {Post(kPath, "Content-Type: application/recordio\r\n", "{}"),
                      "415 Unsupported Media Type"},
                     {Post(kPath, kJson, "{"), "400 Bad Request"},
                     {Post(kPath, kJson, "{}"), "400 Bad Request"},
                     {Post(kPath, kJson, call + "}"), "400 Bad Request"},
                     {Post(kPath, absl::StrCat(kJson, "Accept: text/html\r\n"),
                           call + R"(,"type":"SUBSCRIBE"})"),
                      "406 Not Acceptable"},
                     {Post(kPath, kJson,
                           R"({"framework_id":{"value":"F"},"executor_id":{"value":"X"},)"
                           R"("type":"SUBSCRIBE"})"),
                      "400 Bad Request"},
                     {Call("HEARTBEAT"), "403 Forbidden"},
                     {Update("TASK_RUNNING", NextUuid()), "403 Forbidden"},
                     {Call("UNKNOWN"), "501 Not Implemented"},
                 });
  auto subscribed = server_->Connect();
  subscribed->Say(Call("SUBSCRIBE"));
  EXPECT_THAT(server_->Connect()->Say(Update("TASK_RUNNING", "short")),
              StartsWith("HTTP/1.1 400 "));
  agent_ = Create().value();  // Not started: it recovers.
  server_.emplace(CreateExecutorApi(&agent_->executors(), RunAtOnce), [this] { loop_.Settle(); });
  EXPECT_THAT(server_->Connect()->Say(Call("SUBSCRIBE")),
              StartsWith("HTTP/1.1 503 Service Unavailable\r\nDate: today\r\n"));
}

}  // namespace
}  // namespace mesos::http
