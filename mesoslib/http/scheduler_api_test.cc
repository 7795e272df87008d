// The scheduler API as its documented clients use it, against a master in virtual time.
#include "mesoslib/http/scheduler_api.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/http/content.h"
#include "mesoslib/http/fake_client.h"
#include "mesoslib/http/message_json.h"
#include "mesoslib/master/master_fixture.h"

namespace mesos::http {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using v1::scheduler::Call;
using v1::scheduler::Event;

constexpr char kSubscribe[] = R"({"type":"SUBSCRIBE","subscribe":{"framework_info":)"
                              R"({"user":"nobody","name":"example","failover_timeout":3600}}})";

class SchedulerApiTest : public MasterTest {
 protected:
  SchedulerApiTest() { Serve(); }

  void Serve() {
    handler_ = CreateSchedulerApi({.endpoint = &master_->schedulers(),
                                   .who_leads = [this] { return leading_; },
                                   .random = CreateSeededRandom(3),
                                   .background = RunAtOnce});
  }

  ClientAnswer Send(Request request) {
    ClientAnswer answer = Ask(handler_, std::move(request));
    loop_.Settle();
    return answer;
  }

  static Request JsonRequest(std::string body, const std::string& stream = "") {
    Request request;
    request.method = "POST";
    request.path = "/api/v1/scheduler";
    request.headers = {{"Content-Type", "application/json"}, {"accept", "application/json"}};
    if (!stream.empty()) request.headers.Add("mesos-stream-id", stream);
    request.body = std::move(body);
    request.address = "10.0.0.1:40000";
    return request;
  }

  ClientAnswer Post(std::string body, const std::string& stream = "") {
    return Send(JsonRequest(std::move(body), stream));
  }

  // A subscribed framework, and the stream it hears.
  struct Client {
    ClientAnswer answer;
    std::string stream;
    std::string framework;
    std::vector<Event> first;  // What it has heard by then.
  };

  Client Subscribe(const std::string& body = kSubscribe) {
    Client client = {Post(body)};
    EXPECT_EQ(client.answer.status(), 200) << client.answer.body();
    client.stream = client.answer.header("Mesos-Stream-Id");
    client.first = Hear(client);
    for (const Event& event : client.first) {
      if (event.type() == Event::SUBSCRIBED) {
        client.framework = event.subscribed().framework_id().value();
      }
    }
    EXPECT_NE(client.framework, "");
    return client;
  }

  static std::vector<Event> Hear(Client& client) {
    std::vector<Event> events;
    for (const std::string& record : client.answer.TakeRecords()) {
      EXPECT_EQ(JsonToMessage(record, &events.emplace_back()), absl::OkStatus()) << record;
    }
    return events;
  }

  static std::vector<Event::Type> HearTypes(Client& client) {
    std::vector<Event::Type> types;
    for (const Event& event : Hear(client)) types.push_back(event.type());
    return types;
  }

  // A call of the framework, with what it has besides.
  static std::string CallOf(const Client& client, const std::string& type,
                            const std::string& more = "") {
    return absl::StrCat(R"({"framework_id":{"value":")", client.framework, R"("},"type":")", type,
                        "\"", more.empty() ? "" : ",", more, "}");
  }

  int StatusOf(const std::string& body, const std::string& stream = "") {
    return Post(body, stream).status();
  }

  Leading leading_;
  Handler handler_;
};

// -- The stream --

TEST_F(SchedulerApiTest, SubscribeIsAnsweredWithAStreamThatHasAnId) {
  const ClientAnswer answer = Post(kSubscribe);
  EXPECT_EQ(answer.status(), 200);
  EXPECT_TRUE(answer.streams());
  EXPECT_EQ(answer.header("Content-Type"), "application/json");
  EXPECT_THAT(answer.header("Mesos-Stream-Id"), SizeIs(36));
  EXPECT_NE(Post(kSubscribe).header("Mesos-Stream-Id"), answer.header("Mesos-Stream-Id"));
}

TEST_F(SchedulerApiTest, TheFirstEventsAreSubscribedAndAHeartbeat) {
  ClientAnswer answer = Post(kSubscribe);
  const std::vector<std::string> records = answer.TakeRecords();
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_THAT(records[0], StartsWith(R"({"type":"SUBSCRIBED","subscribed":{"framework_id":)"));
  EXPECT_THAT(records[0], HasSubstr(R"("heartbeat_interval_seconds":15.0)"));
  EXPECT_THAT(records[0], HasSubstr(R"("master_info":{)"));
  EXPECT_EQ(records[1], R"({"type":"HEARTBEAT"})");
  Advance(absl::Seconds(31));
  EXPECT_THAT(answer.TakeRecords(), SizeIs(2));
}

TEST_F(SchedulerApiTest, AWholeTaskInEitherEncodingOverEitherStream) {
  AddAgent();
  for (Encoding said : {Encoding::kJson, Encoding::kProtobuf}) {
    for (Encoding heard : {Encoding::kJson, Encoding::kProtobuf}) {
      std::string stream;
      const auto say = [&](const Call& call) {
        Request request = JsonRequest(Encode(call, said), stream);
        request.headers = {{"Content-Type", std::string(MediaType(said))},
                           {"Accept", std::string(MediaType(heard))}};
        if (!stream.empty()) request.headers.Add("Mesos-Stream-Id", stream);
        return Send(request);
      };
      Call call;
      call.set_type(Call::SUBSCRIBE);
      call.mutable_subscribe()->mutable_framework_info()->set_user("nobody");
      call.mutable_subscribe()->mutable_framework_info()->set_name("example");
      ClientAnswer answer = say(call);
      EXPECT_EQ(answer.header("Content-Type"), MediaType(heard));
      stream = answer.header("Mesos-Stream-Id");
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
      ASSERT_THAT(events, SizeIs(3));
      const v1::FrameworkID id = events[0].subscribed().framework_id();
      ASSERT_EQ(events[2].type(), Event::OFFERS);
      const v1::Offer offer = events[2].offers().offers(0);
      EXPECT_EQ(Text(offer), "cpus:4; mem:4096");

      call = Call();
      call.set_type(Call::ACCEPT);
      *call.mutable_framework_id() = id;
      *call.mutable_accept()->add_offer_ids() = offer.id();
      auto* launch = call.mutable_accept()->add_operations();
      launch->set_type(v1::Offer::Operation::LAUNCH);
      v1::TaskInfo* task = launch->mutable_launch()->add_task_infos();
      task->set_name("t");
      task->mutable_task_id()->set_value("t");
      *task->mutable_agent_id() = offer.agent_id();
      task->mutable_command()->set_value("sleep 1000");
      Resources::Parse("cpus:1;mem:64").value().ToProto(task->mutable_resources());
      const ClientAnswer accepted = say(call);
      EXPECT_EQ(accepted.status(), 202);
      EXPECT_EQ(accepted.body(), "");
      EXPECT_EQ(accepted.header("Content-Type"), "");
      EXPECT_FALSE(accepted.streams());
      events = hear();
      ASSERT_THAT(events, SizeIs(1));
      EXPECT_EQ(events[0].update().status().state(), v1::TASK_RUNNING);
      EXPECT_THAT(events[0].update().status().uuid(), SizeIs(16));

      const v1::TaskStatus running = events[0].update().status();
      call = Call();
      call.set_type(Call::ACKNOWLEDGE);
      *call.mutable_framework_id() = id;
      *call.mutable_acknowledge()->mutable_agent_id() = offer.agent_id();
      *call.mutable_acknowledge()->mutable_task_id() = running.task_id();
      call.mutable_acknowledge()->set_uuid(running.uuid());
      EXPECT_EQ(say(call).status(), 202);

      call = Call();
      call.set_type(Call::KILL);
      *call.mutable_framework_id() = id;
      call.mutable_kill()->mutable_task_id()->set_value("t");
      EXPECT_EQ(say(call).status(), 202);
      events = hear();
      ASSERT_FALSE(events.empty());
      EXPECT_EQ(events[0].update().status().state(), v1::TASK_KILLED);

      call = Call();
      call.set_type(Call::TEARDOWN);
      *call.mutable_framework_id() = id;
      EXPECT_EQ(say(call).status(), 202);
      EXPECT_TRUE(answer.ended());
      Advance(absl::Seconds(10));
    }
  }
}

TEST_F(SchedulerApiTest, WhatClientsWriteLooselyIsUnderstood) {
  AddAgent();
  Client client = Subscribe(
      R"({"framework_id":null,"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"nobody",)"
      R"("name":"x","id":null,"failover_timeout":"3600","checkpoint":"true","role":null,)"
      R"("roles":"ads","capabilities":{"type":"MULTI_ROLE"},"labels":null,"color":"blue"},)"
      R"("suppressed_roles":null,"force":true},"accept":null})");
  ASSERT_THAT(client.first, SizeIs(3));
  EXPECT_EQ(client.first[2].offers().offers(0).allocation_info().role(), "ads");
  Request request = JsonRequest(CallOf(client, "REVIVE"), client.stream);
  request.headers = {{"CONTENT-TYPE", "application/json"}, {"MESOS-STREAM-ID", client.stream}};
  EXPECT_EQ(Send(request).status(), 202);
}

TEST_F(SchedulerApiTest, WithoutAcceptTheEventsAreJson) {
  Request request = JsonRequest(kSubscribe);
  request.headers = {{"Content-Type", "application/json"}};
  EXPECT_EQ(Send(request).header("Content-Type"), "application/json");
}

// -- Refusals --

TEST_F(SchedulerApiTest, WhatIsWrongIsToldInMesossOrder) {
  const Leading here;
  const Leading elsewhere = {Leading::State::kElsewhere, "leader", 5050};
  Client client = Subscribe();
  const std::string unknown = R"({"framework_id":{"value":"nobody's"},"type":"TEARDOWN"})";
  struct Case {
    Leading leading;
    std::string method;
    std::string content_type;  // "-": none.
    std::string accept;
    std::string stream;
    std::string body;
    int status;
  };
  const std::string good = "application/json";
  const Case cases[] = {
      // Each has all that is wrong with those below it, too.
      {elsewhere, "GET", "-", "text/html", "x", "{", 307},
      {{Leading::State::kNobody}, "GET", "-", "text/html", "x", "{", 503},
      {{Leading::State::kRecovering}, "GET", "-", "text/html", "x", "{", 503},
      {here, "GET", "-", "text/html", "x", "{", 405},
      {here, "PUT", "-", "text/html", "x", "{", 405},
      {here, "post", "-", "text/html", "x", "{", 405},
      {here, "POST", "-", "text/html", "x", "{", 400},
      {here, "POST", "text/plain", "text/html", "x", "{", 415},
      {here, "POST", good + "; charset=utf-8", "text/html", "x", "{", 415},
      {here, "POST", "application/recordio", "text/html", "x", "{", 415},
      {here, "POST", good, "text/html", "x", "{", 400},
      {here, "POST", "application/x-protobuf", "text/html", "x", "{", 400},
      {here, "POST", good, "text/html", "x", "{}", 400},
      {here, "POST", good, "text/html", "x", R"({"type":"TELEPORT"})", 400},
      {here, "POST", good, "text/html", "x", R"({"type":"KILL"})", 400},
      // SUBSCRIBE: what may be answered, whether it names a stream, the call itself.
      {here, "POST", good, "text/html", "x", kSubscribe, 406},
      {here, "POST", good, "application/recordio", "x", kSubscribe, 406},
      {here, "POST", good, "*/*", client.stream, kSubscribe, 400},
      {here, "POST", good, "*/*", "", R"({"type":"SUBSCRIBE"})", 400},
      {here, "POST", good, "*/*", "", R"({"type":"SUBSCRIBE","subscribe":{}})", 400},
      // The others: the framework, whether it is connected, its stream.
      {here, "POST", good, "text/html", "x", unknown, 400},
      {here, "POST", good, "text/html", "x", CallOf(client, "REVIVE"), 400},
      {here, "POST", good, "text/html", "", CallOf(client, "REVIVE"), 400},
      {here, "POST", good, "text/html", client.stream, CallOf(client, "UNKNOWN"), 501},
      {here, "POST", good, "text/html", client.stream, CallOf(client, "REVIVE"), 202},
  };
  for (const Case& c : cases) {
    leading_ = c.leading;
    Request request = JsonRequest(c.body, c.stream);
    request.method = c.method;
    request.headers = {{"Accept", c.accept}};
    if (c.content_type != "-") request.headers.Add("Content-Type", c.content_type);
    if (!c.stream.empty()) request.headers.Add("Mesos-Stream-Id", c.stream);
    const ClientAnswer answer = Send(request);
    EXPECT_EQ(answer.status(), c.status)
        << c.method << " " << c.content_type << " " << c.body << ": " << answer.body();
    EXPECT_FALSE(answer.streams());
    if (c.status == 307) {
      EXPECT_EQ(answer.header("Location"), "//leader:5050/api/v1/scheduler");
    } else if (c.status >= 400) {
      EXPECT_NE(answer.body(), "");
    }
  }
}

TEST_F(SchedulerApiTest, RefusalsNameTheFieldAndWhatWouldBeRight) {
  EXPECT_EQ(Post(R"({"type":"SUBSCRIBE","subscribe":{}})").body(),
            "subscribe.framework_info is missing");
  EXPECT_EQ(Post(R"({"type":"TELEPORT"})").body(), "type is missing");
  Client client = Subscribe();
  EXPECT_EQ(Post(CallOf(client, "REVIVE")).body(),
            absl::StrCat("Mesos-Stream-Id is missing; expected what the SUBSCRIBE of framework '",
                         client.framework, "' was answered with"));
  EXPECT_THAT(Post(CallOf(client, "REVIVE"), "wrong").body(),
              StartsWith("Mesos-Stream-Id is 'wrong'; expected"));
  EXPECT_EQ(StatusOf(CallOf(client, "REVIVE"), std::string(10000, 'x')), 400);
  EXPECT_THAT(Post(kSubscribe, client.stream).body(), HasSubstr("expected none on SUBSCRIBE"));
}

TEST_F(SchedulerApiTest, RefusalsOfTheFrameworkAreAnErrorEventAndTheEnd) {
  Client removed = Subscribe();
  EXPECT_EQ(StatusOf(CallOf(removed, "TEARDOWN"), removed.stream), 202);
  const std::string subscribe = kSubscribe;
  for (const std::string& body :
       {absl::StrReplaceAll(subscribe, {{"3600", R"(1,"role":"a/../b")"}}),
        absl::StrReplaceAll(subscribe, {{"3600", "-1"}}),
        absl::StrReplaceAll(subscribe, {{"3600", "1"}, {"}}}", R"(},"suppressed_roles":["x"]}})"}}),
        absl::StrReplaceAll(
            subscribe, {{"3600", absl::StrCat(R"(1,"id":{"value":")", removed.framework, "\"}")},
                        {R"({"type)", absl::StrCat(R"({"framework_id":{"value":")",
                                                   removed.framework, R"("},"type)")}}),
        absl::StrReplaceAll(
            subscribe, {{"}}}", R"(},"offer_constraints":{"role_constraints":{"*":{}}}}})"}})}) {
    Client client = {Post(body)};
    EXPECT_EQ(client.answer.status(), 200) << body;
    EXPECT_TRUE(client.answer.streams());
    EXPECT_TRUE(client.answer.ended());
    const std::vector<Event> events = Hear(client);
    ASSERT_THAT(events, SizeIs(1)) << body;
    EXPECT_EQ(events[0].type(), Event::ERROR);
    EXPECT_NE(events[0].error().message(), "");
    // Nothing is left of the stream.
    EXPECT_EQ(StatusOf(CallOf(removed, "REVIVE"), client.answer.header("Mesos-Stream-Id")), 400);
  }
}

TEST_F(SchedulerApiTest, Case3_GarbageIsRefusedAndTheMasterLives) {
  const std::string valid = kSubscribe;
  for (size_t i = 0; i < valid.size(); ++i) {
    EXPECT_EQ(StatusOf(valid.substr(0, i)), 400) << i;
    Request request = JsonRequest(valid.substr(i, 7));
    request.headers = {{"Content-Type", "application/x-protobuf"}};
    EXPECT_GE(Send(request).status(), 400) << i;
  }
  EXPECT_EQ(StatusOf(std::string(100000, '[')), 400);
  EXPECT_EQ(Post(valid).status(), 200);
}

// -- Who may say what --

TEST_F(SchedulerApiTest, Case11_NobodySpeaksForAnotherFramework) {
  AddAgent();
  Client victim = Subscribe();
  Client thief = Subscribe();
  ASSERT_THAT(victim.first, SizeIs(3));
  const std::string offer = victim.first[2].offers().offers(0).id().value();
  const std::string offer_ids = absl::StrCat(R"("offer_ids":[{"value":")", offer, R"("}])");
  // In the other's name on one's own stream, or on none.
  for (const std::string& stream : {thief.stream, std::string()}) {
    EXPECT_EQ(StatusOf(CallOf(victim, "TEARDOWN"), stream), 400);
    EXPECT_EQ(
        StatusOf(CallOf(victim, "DECLINE", absl::StrCat("\"decline\":{", offer_ids, "}")), stream),
        400);
  }
  // In one's own name the other's offer.
  EXPECT_EQ(StatusOf(CallOf(thief, "DECLINE", absl::StrCat("\"decline\":{", offer_ids, "}")),
                     thief.stream),
            202);
  Advance(absl::Seconds(10));
  EXPECT_THAT(HearTypes(victim), IsEmpty());
  EXPECT_FALSE(victim.answer.ended());
}

TEST_F(SchedulerApiTest, Case44_ASchedulerThatWasReplacedHearsAnErrorAndIsFencedOff) {
  Client former = Subscribe();
  const std::string again = absl::StrReplaceAll(
      kSubscribe, {{"3600", absl::StrCat(R"(3600,"id":{"value":")", former.framework, "\"}")},
                   {R"({"type)", absl::StrCat(R"({"framework_id":{"value":")", former.framework,
                                              R"("},"type)")}});
  Client latter = Subscribe(again);
  EXPECT_EQ(latter.framework, former.framework);
  EXPECT_TRUE(former.answer.ended());
  const std::vector<Event> events = Hear(former);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].type(), Event::ERROR);
  EXPECT_EQ(StatusOf(CallOf(former, "TEARDOWN"), former.stream), 400);
  EXPECT_EQ(StatusOf(CallOf(latter, "REVIVE"), latter.stream), 202);
  EXPECT_FALSE(latter.answer.ended());
}

TEST_F(SchedulerApiTest, AFrameworkWhoseConnectionIsLostIsNotConnected) {
  Client client = Subscribe();
  client.answer.HangUp();
  loop_.Settle();
  EXPECT_EQ(StatusOf(CallOf(client, "REVIVE"), client.stream), 403);
  EXPECT_EQ(StatusOf(CallOf(client, "REVIVE")), 403);
  Advance(absl::Hours(2));  // Its failover timeout is over.
  EXPECT_EQ(StatusOf(CallOf(client, "REVIVE"), client.stream), 400);
  EXPECT_THAT(client.answer.TakeRecords(), IsEmpty());
}

TEST_F(SchedulerApiTest, AFrameworkThatIsConnectedInAnotherWayIsRefused) {
  Client client;
  client.framework = AddFramework().info.id().value();
  EXPECT_EQ(StatusOf(CallOf(client, "REVIVE")), 403);
}

// -- Single calls --

TEST_F(SchedulerApiTest, EveryCallThatIsTakenIsAnswered202AndUpdateFramework200) {
  Client client = Subscribe();
  const std::string info =
      absl::StrCat(R"({"user":"nobody","name":"renamed","failover_timeout":3600,"id":{"value":")",
                   client.framework, "\"}}");
  const std::pair<std::string, std::string> calls[] = {
      {"DECLINE", R"("decline":{"offer_ids":[{"value":"gone"}],"filters":{"refuse_seconds":1}})"},
      {"ACCEPT", R"("accept":{"offer_ids":[{"value":"gone"}]})"},
      {"REVIVE", ""},
      {"REVIVE", R"("revive":{"roles":["not its own"]})"},
      {"SUPPRESS", ""},
      {"KILL", R"("kill":{"task_id":{"value":"t"}})"},
      {"SHUTDOWN", R"("shutdown":{"executor_id":{"value":"e"},"agent_id":{"value":"s"}})"},
      {"ACKNOWLEDGE", R"("acknowledge":{"agent_id":{"value":"s"},"task_id":{"value":"t"},)"
                      R"("uuid":"4Lc3WdLxRSCkDXnbZBvUWA=="})"},
      {"RECONCILE", R"("reconcile":{"tasks":[{"task_id":{"value":"t"}}]})"},
      {"RECONCILE", R"("reconcile":{"tasks":[]})"},
      {"MESSAGE", R"("message":{"agent_id":{"value":"s"},"executor_id":{"value":"e"},)"
                  R"("data":"aGk="})"},
      {"REQUEST", R"("request":{"requests":[]})"},
  };
  for (const auto& [type, body] : calls) {
    const ClientAnswer answer = Post(CallOf(client, type, body), client.stream);
    EXPECT_EQ(answer.status(), 202) << type << ": " << answer.body();
    EXPECT_EQ(answer.body(), "");
  }
  ClientAnswer updated =
      Post(CallOf(client, "UPDATE_FRAMEWORK",
                  absl::StrCat(R"("update_framework":{"framework_info":)", info, "}")),
           client.stream);
  EXPECT_EQ(updated.status(), 200) << updated.body();
  EXPECT_EQ(updated.body(), "");
  updated = Post(CallOf(client, "UPDATE_FRAMEWORK",
                        absl::StrCat(R"("update_framework":{"framework_info":)",
                                     absl::StrReplaceAll(info, {{"nobody", "root"}}), "}")),
                 client.stream);
  EXPECT_EQ(updated.status(), 400);
}

// -- The master's end --

TEST_F(SchedulerApiTest, StreamsEndWithTheMasterAndCallsAreRefusedWith503) {
  Client client = Subscribe();
  const std::string call = CallOf(client, "REVIVE");
  const std::string stream = client.stream;
  master_ = CreateMaster({}, {&loop_, random_.get(), store_.get(), allocator_.get()}).value();
  Serve();  // A master that was not started does not lead.
  loop_.Settle();
  EXPECT_TRUE(client.answer.ended());
  EXPECT_EQ(StatusOf(call, stream), 503);
  EXPECT_EQ(StatusOf(kSubscribe), 503);
}

TEST_F(SchedulerApiTest, ACallWhoseMasterIsGoneIsAnsweredAllTheSame) {
  Client client = Subscribe();
  ClientAnswer call = Ask(handler_, JsonRequest(CallOf(client, "REVIVE"), client.stream));
  ClientAnswer subscribe = Ask(handler_, JsonRequest(kSubscribe));
  master_ = nullptr;
  loop_.Settle();
  EXPECT_EQ(call.status(), 503);
  EXPECT_EQ(subscribe.status(), 503);
  EXPECT_TRUE(client.answer.ended());
}

}  // namespace
}  // namespace mesos::http
