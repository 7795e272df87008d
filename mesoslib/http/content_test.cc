#include "mesoslib/http/content.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/http/filled_message.h"

namespace mesos::http {
namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::HasSubstr;
using v1::scheduler::Call;

Request Posted(Headers headers, std::string body) {
  Request request;
  request.method = "POST";
  request.path = "/api/v1/scheduler";
  request.headers = std::move(headers);
  request.body = std::move(body);
  return request;
}

Headers Json() { return {{"Content-Type", "application/json"}}; }
Headers Protobuf() { return {{"content-type", "application/x-protobuf"}}; }

// The status that a request is refused with; 0: it is read.
int Refusal(const Request& request, std::string* text = nullptr) {
  Call call;
  const std::optional<Response> refusal = ReadCall(request, &call);
  if (!refusal.has_value()) return 0;
  if (text != nullptr) *text = refusal->body;
  EXPECT_EQ(refusal->headers.Find("Content-Type"), "text/plain; charset=utf-8");
  return refusal->status;
}

TEST(ReadCallTest, BothEncodingsOfACallAreTheSameCall) {
  Call call = FilledMessage<Call>();
  for (Encoding encoding : {Encoding::kJson, Encoding::kProtobuf}) {
    Call again;
    EXPECT_FALSE(ReadCall(Posted({{"Content-Type", std::string(MediaType(encoding))}},
                                 Encode(call, encoding)),
                          &again)
                     .has_value());
    EXPECT_TRUE(MessageDifferencer::Equals(call, again));
  }
}

TEST(ReadCallTest, TheMethodIsLookedAtFirst) {
  Request request = Posted({}, "");
  request.method = "GET";
  Call call;
  const std::optional<Response> refusal = ReadCall(request, &call);
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->status, 405);
  EXPECT_EQ(refusal->headers.Find("Allow"), "POST");
  EXPECT_EQ(refusal->body, "the method is 'GET'; expected POST");
}

TEST(ReadCallTest, ThenTheContentTypeThenTheBody) {
  EXPECT_EQ(Refusal(Posted({}, "not JSON")), 400);
  for (const char* type : {"", "text/plain", "application/json; charset=utf-8",
                           "application/json;charset=utf-8", "Application/JSON", "application/*",
                           "application/recordio", "application/x-www-form-urlencoded"}) {
    EXPECT_EQ(Refusal(Posted({{"Content-Type", type}}, "not JSON")), 415) << type;
  }
  EXPECT_EQ(Refusal(Posted(Json(), "not JSON")), 400);
  EXPECT_EQ(Refusal(Posted(Protobuf(), "not protobuf")), 400);
  EXPECT_EQ(Refusal(Posted(Json(), "{}")), 0);
  EXPECT_EQ(Refusal(Posted(Protobuf(), "")), 0);
  EXPECT_EQ(Refusal(Posted(Json(), "")), 400);
}

TEST(ReadCallTest, RefusalsSayWhatWouldBeRight) {
  std::string text;
  Refusal(Posted({}, ""), &text);
  EXPECT_EQ(text, "Content-Type is missing; expected application/json or application/x-protobuf");
  Refusal(Posted({{"Content-Type", "text/html\r\nx"}}, ""), &text);
  EXPECT_EQ(text,
            "Content-Type is 'text/html\\r\\nx'; expected exactly application/json or "
            "application/x-protobuf");
  Refusal(Posted(Json(), R"({"kill":{"task_id":3}})"), &text);
  EXPECT_EQ(text, "the body cannot be read: kill.task_id is 3; expected an object");
  Refusal(Posted(Protobuf(), "{}"), &text);
  EXPECT_EQ(text, "the body cannot be read: it is no protobuf message mesos.v1.scheduler.Call");
}

TEST(ReadCallTest, Case4_DeeplyNestedProtobufIsRefused) {
  v1::ContainerID id;
  v1::ContainerID* inner = &id;
  for (int i = 0; i < 5000; ++i) inner = inner->mutable_parent();
  v1::ContainerID read;
  EXPECT_TRUE(ReadCall(Posted(Protobuf(), id.SerializeAsString()), &read).has_value());
}

std::string Allowed(Headers headers) {
  const std::optional<Encoding> encoding = AcceptedEncoding(headers);
  return encoding.has_value() ? std::string(MediaType(*encoding)) : "nothing";
}

TEST(AcceptTest, WithoutAWishTheAnswerIsJson) {
  EXPECT_EQ(Allowed({}), "application/json");
  EXPECT_EQ(Allowed({{"Accept", ""}}), "application/json");
}

TEST(AcceptTest, OfBothJsonWins) {
  for (const char* accept :
       {"*/*", "application/*", "application/json", "application/x-protobuf, application/json",
        "application/x-protobuf;q=0.9, */*;q=0.1", "text/html, */*",
        "application/json;q=0.1,application/x-protobuf;q=1"}) {
    EXPECT_EQ(Allowed({{"Accept", accept}}), "application/json") << accept;
  }
}

TEST(AcceptTest, OneOfThemMayBeRefused) {
  for (const char* accept : {"application/x-protobuf", " application/x-protobuf ;q=0.5",
                             "text/html,application/x-protobuf", "*/*, application/json;q=0",
                             "application/json;q=0.0,application/*"}) {
    EXPECT_EQ(Allowed({{"aCCept", accept}}), "application/x-protobuf") << accept;
  }
}

TEST(AcceptTest, WhereNeitherIsAllowedThereIsNoAnswer) {
  for (const char* accept : {"text/html", "application/recordio", "json", "text/*", "*/*;q=0",
                             "application/jsonx", "application/json/x", ",", ";", "/", "*/json"}) {
    EXPECT_EQ(Allowed({{"Accept", accept}}), "nothing") << accept;
  }
  EXPECT_EQ(NotAcceptableReply().status, 406);
}

TEST(AcceptTest, RecordsSayWhatIsInThemInAnotherHeader) {
  const auto records = [](const char* message_accept) {
    return AcceptedAnswer({{"Accept", "application/recordio"}, {"Message-Accept", message_accept}});
  };
  ASSERT_TRUE(records("application/x-protobuf").has_value());
  EXPECT_TRUE(records("application/x-protobuf")->recordio);
  EXPECT_EQ(records("application/x-protobuf")->encoding, Encoding::kProtobuf);
  EXPECT_EQ(records("*/*")->encoding, Encoding::kJson);
  EXPECT_FALSE(records("text/plain").has_value());
  EXPECT_EQ(AcceptedAnswer({{"Accept", "application/recordio"}})->encoding, Encoding::kJson);
  EXPECT_FALSE(AcceptedAnswer({{"Accept", "application/recordio, */*"}})->recordio);
  EXPECT_FALSE(AcceptedAnswer({{"Accept", "text/html"}}).has_value());
}

TEST(MessageReplyTest, TheContentTypeHasNoCharset) {
  const Response json = MessageReply(v1::TaskID(), Encoding::kJson);
  EXPECT_EQ(json.status, 200);
  EXPECT_EQ(json.headers.Find("Content-Type"), "application/json");
  EXPECT_EQ(json.body, "{}");
  EXPECT_EQ(MessageReply(v1::TaskID(), Encoding::kProtobuf).headers.Find("Content-Type"),
            "application/x-protobuf");
}

}  // namespace
}  // namespace mesos::http
