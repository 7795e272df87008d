// The executor API as executors use it, against an agent in virtual time.
#include "mesoslib/http/executor_api.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesoslib/agent/agent_fixture.h"
#include "mesoslib/http/content.h"
#include "mesoslib/http/fake_client.h"
#include "mesoslib/http/message_json.h"

namespace mesos::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using v1::executor::Call;
using v1::executor::Event;

class ExecutorApiTest : public agent::AgentTest {
 protected:
  void StartAndServe() {
    StartAgent();
    handler_ = CreateExecutorApi(&agent_->executors(), RunAtOnce);
  }

  ClientAnswer Ask(Request request) {
    ClientAnswer answer = http::Ask(handler_, std::move(request));
    loop_.Settle();
    return answer;
  }

  static Request MakeRequest(std::string body, std::string type = "application/json") {
    Request request;
    request.method = "POST";
    request.path = "/api/v1/executor";
    request.headers = {{"Content-Type", std::move(type)}};
    request.body = std::move(body);
    return request;
  }

  ClientAnswer Post(std::string body) { return Ask(MakeRequest(std::move(body))); }

  static std::string CallOf(const std::string& executor, const std::string& type,
                            const std::string& more = "") {
    return absl::StrCat(R"({"framework_id":{"value":"F"},"executor_id":{"value":")", executor,
                        R"("},"type":")", type, "\"", more.empty() ? "" : ",", more, "}");
  }

  static std::vector<Event> Hear(ClientAnswer& answer) {
    std::vector<Event> events;
    for (const std::string& record : answer.TakeRecords()) {
      EXPECT_EQ(JsonToMessage(record, &events.emplace_back()), absl::OkStatus()) << record;
    }
    return events;
  }

  static std::vector<Event::Type> HearTypes(ClientAnswer& answer) {
    std::vector<Event::Type> types;
    for (const Event& event : Hear(answer)) types.push_back(event.type());
    return types;
  }

  std::string UpdateOf(const std::string& task, const std::string& state) {
    return absl::StrCat(R"("update":{"status":{"task_id":{"value":")", task, R"("},"state":")",
                        state, R"(","source":"SOURCE_EXECUTOR","uuid":")",
                        absl::Base64Escape(NextUuid()), R"("}})");
  }

  Handler handler_;
};

TEST_F(ExecutorApiTest, SubscribeIsAnsweredWithAStreamWithoutAnId) {
  StartAndServe();
  Run({Custom("t")});
  ClientAnswer answer = Post(CallOf("E", "SUBSCRIBE"));  // `subscribe` may be missing.
  EXPECT_EQ(answer.status(), 200);
  EXPECT_TRUE(answer.streams());
  EXPECT_EQ(answer.header("Content-Type"), "application/json");
  EXPECT_EQ(answer.header("Mesos-Stream-Id"), "");
  EXPECT_THAT(HearTypes(answer), ElementsAre(Event::SUBSCRIBED, Event::LAUNCH));
}

TEST_F(ExecutorApiTest, AWholeTaskInEitherEncodingOverEitherStream) {
  StartAndServe();
  int tasks = 0;
  for (Encoding said : {Encoding::kJson, Encoding::kProtobuf}) {
    for (Encoding heard : {Encoding::kJson, Encoding::kProtobuf}) {
      const std::string task = absl::StrCat("t", ++tasks);
      const std::string executor = absl::StrCat("E", tasks);
      Run({Custom(task, executor)});
      const auto say = [&](const Call& call) {
        Request request = MakeRequest(Encode(call, said), std::string(MediaType(said)));
        request.headers.Add("Accept", std::string(MediaType(heard)));
        return Ask(std::move(request));
      };
      ClientAnswer answer = say(MakeCall(Call::SUBSCRIBE, executor));
      EXPECT_EQ(answer.header("Content-Type"), MediaType(heard));
      const auto hear = [&] {
        std::vector<Event> events;
        for (const std::string& record : answer.TakeRecords()) {
          Event& event = events.emplace_back();
          EXPECT_TRUE(heard == Encoding::kJson ? JsonToMessage(record, &event).ok()
                                               : event.ParseFromString(record));
        }
        return events;
      };
      std::vector<Event> events = hear();
      ASSERT_EQ(events.size(), 2u);
      EXPECT_EQ(events[1].launch().task().task_id().value(), task);

      Call update = MakeUpdate(task, v1::TASK_RUNNING);
      update.mutable_executor_id()->set_value(executor);
      const ClientAnswer taken = say(update);
      EXPECT_EQ(taken.status(), 202) << taken.body();
      EXPECT_EQ(taken.body(), "");
      events = hear();
      ASSERT_EQ(events.size(), 1u);
      EXPECT_EQ(events[0].type(), Event::ACKNOWLEDGED);
      EXPECT_EQ(events[0].acknowledged().uuid(), update.update().status().uuid());
      EXPECT_THAT(master_.StatesOf(task), ElementsAre(v1::TASK_RUNNING));

      Call message = MakeCall(Call::MESSAGE, executor);
      message.mutable_message()->set_data(std::string("\0\xff", 2));
      EXPECT_EQ(say(message).status(), 202);
      EXPECT_EQ(say(MakeCall(Call::HEARTBEAT, executor)).status(), 202);

      Kill(task);
      events = hear();
      ASSERT_EQ(events.size(), 1u);
      EXPECT_EQ(events[0].kill().task_id().value(), task);
      update = MakeUpdate(task, v1::TASK_KILLED);
      update.mutable_executor_id()->set_value(executor);
      EXPECT_EQ(say(update).status(), 202);
    }
  }
}

TEST_F(ExecutorApiTest, RawCallsOfADocumentedClient) {
  StartAndServe();
  Run({Custom("t")});
  ClientAnswer answer =
      Post(CallOf("E", "SUBSCRIBE",
                  R"("subscribe":{"unacknowledged_updates":null,"unacknowledged_tasks":[]})"));
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(Post(CallOf("E", "UPDATE", UpdateOf("t", "TASK_RUNNING"))).status(), 202);
  EXPECT_EQ(Post(CallOf("E", "MESSAGE", R"("message":{"data":"t+JonzIz"})")).status(), 202);
  EXPECT_THAT(HearTypes(answer),
              ElementsAre(Event::SUBSCRIBED, Event::LAUNCH, Event::ACKNOWLEDGED));
}

TEST_F(ExecutorApiTest, WhatIsWrongIsToldInOrder) {
  StartAndServe();
  Run({Custom("t")});
  struct Case {
    std::string method;
    std::string type;  // "-": none.
    std::string accept;
    std::string body;
    int status;
  };
  const std::string json = "application/json";
  const Case cases[] = {
      {"GET", "-", "text/html", "{", 405},
      {"POST", "-", "text/html", "{", 400},
      {"POST", "application/recordio", "text/html", "{", 415},
      {"POST", json, "text/html", "{", 400},
      {"POST", json, "text/html", CallOf("E", "SUBSCRIBE"), 406},
      {"POST", json, "*/*", "{}", 400},
      {"POST", json, "*/*", R"({"type":"SUBSCRIBE"})", 400},
      {"POST", json, "*/*", R"({"type":"SUBSCRIBE","framework_id":{"value":"F"}})", 400},
      {"POST", json, "*/*", CallOf("unknown", "SUBSCRIBE"), 400},
      {"POST", json, "*/*", CallOf("unknown", "HEARTBEAT"), 400},
      {"POST", json, "*/*",
       R"({"framework_id":{"value":"G"},"executor_id":{"value":"E"},"type":"HEARTBEAT"})", 400},
      {"POST", json, "*/*", CallOf("E", "UPDATE"), 400},
      {"POST", json, "*/*", CallOf("E", "UPDATE", R"("update":{"status":{"uuid":"AA=="}})"), 400},
      {"POST", json, "*/*", CallOf("E", "HEARTBEAT"), 403},  // Not subscribed.
      {"POST", json, "*/*", CallOf("E", "UPDATE", UpdateOf("t", "TASK_RUNNING")), 403},
      {"POST", json, "*/*", CallOf("E", "UNKNOWN"), 501},
      {"POST", json, "*/*", CallOf("E", "SUBSCRIBE"), 200},
      {"POST", json, "*/*", CallOf("E", "UNKNOWN"), 501},
  };
  std::vector<ClientAnswer> kept;
  for (const Case& c : cases) {
    Request request = MakeRequest(c.body);
    request.method = c.method;
    request.headers = {{"Accept", c.accept}};
    if (c.type != "-") request.headers.Add("Content-Type", c.type);
    kept.push_back(Ask(request));
    EXPECT_EQ(kept.back().status(), c.status)
        << c.method << " " << c.type << " " << c.body << ": " << kept.back().body();
  }
  EXPECT_THAT(master_.StatesOf("t"), IsEmpty());
}

TEST_F(ExecutorApiTest, ALaterSubscribeTakesTheStreamsPlace) {
  StartAndServe();
  Run({Custom("t")});
  ClientAnswer former = Post(CallOf("E", "SUBSCRIBE"));
  ClientAnswer latter = Post(CallOf("E", "SUBSCRIBE"));
  EXPECT_TRUE(former.ended());
  EXPECT_FALSE(latter.ended());
  Hear(latter);
  EXPECT_EQ(Post(CallOf("E", "UPDATE", UpdateOf("t", "TASK_RUNNING"))).status(), 202);
  EXPECT_THAT(HearTypes(latter), ElementsAre(Event::ACKNOWLEDGED));
  former.HangUp();
  loop_.Settle();
  EXPECT_EQ(Post(CallOf("E", "HEARTBEAT")).status(), 202);
}

TEST_F(ExecutorApiTest, AnExecutorWhoseConnectionIsLostIsNotSubscribed) {
  StartAndServe();
  Run({Custom("t")});
  ClientAnswer answer = Post(CallOf("E", "SUBSCRIBE"));
  answer.HangUp();
  loop_.Settle();
  EXPECT_EQ(Post(CallOf("E", "HEARTBEAT")).status(), 403);
  EXPECT_EQ(Post(CallOf("E", "SUBSCRIBE")).status(), 200);
}

TEST_F(ExecutorApiTest, Case11_ExecutorsAreToldApart) {
  StartAndServe();
  Run({Custom("t", "E"), Custom("u", "1:E")});
  ClientAnswer answer = Post(CallOf("E", "SUBSCRIBE"));
  EXPECT_EQ(Post(CallOf("1:E", "HEARTBEAT")).status(), 403);
  EXPECT_EQ(Post(CallOf("E", "HEARTBEAT")).status(), 202);
}

TEST_F(ExecutorApiTest, Case3_GarbageIsRefusedAndTheAgentLives) {
  StartAndServe();
  Run({Custom("t")});
  const std::string valid = CallOf("E", "SUBSCRIBE");
  for (size_t i = 0; i < valid.size(); ++i) EXPECT_EQ(Post(valid.substr(0, i)).status(), 400) << i;
  EXPECT_EQ(Post(valid).status(), 200);
}

TEST_F(ExecutorApiTest, AnAgentThatIsRecoveringOrGoneIsUnavailable) {
  StartAndServe();
  Run({Custom("t")});
  ClientAnswer stream = Post(CallOf("E", "SUBSCRIBE"));
  agent_ = Create().value();  // Not started.
  loop_.Settle();
  EXPECT_TRUE(stream.ended());
  handler_ = CreateExecutorApi(&agent_->executors(), RunAtOnce);
  EXPECT_EQ(Post(CallOf("E", "SUBSCRIBE")).status(), 503);
  EXPECT_EQ(Post(CallOf("E", "HEARTBEAT")).status(), 503);
}

}  // namespace
}  // namespace mesos::http
