// The scheduler API as bytes on a connection, as documented clients send and expect them: status
// lines and header fields byte for byte, one record in one chunk.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/http/fake_client.h"
#include "mesoslib/http/message_json.h"
#include "mesoslib/http/scheduler_api.h"
#include "mesoslib/http/wire_peer.h"
#include "mesoslib/master/master_fixture.h"

namespace mesos::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using v1::scheduler::Event;

constexpr char kPath[] = "/api/v1/scheduler";
constexpr char kSubscribe[] = R"({"type":"SUBSCRIBE","subscribe":{"framework_info":)"
                              R"({"user":"nobody","name":"example","failover_timeout":3600,)"
                              R"("capabilities":[{"type":"PARTITION_AWARE"}]}}})";

class SchedulerWireTest : public MasterTest {
 protected:
  SchedulerWireTest()
      : server_(CreateSchedulerApi({.endpoint = &master_->schedulers(),
                                    .who_leads = [this] { return leading_; },
                                    .random = CreateSeededRandom(3),
                                    .background = RunAtOnce}),
                [this] { loop_.Settle(); }) {}

  // A framework that was documented, not linked: one connection for its stream, one for its calls.
  struct Framework {
    std::unique_ptr<WirePeer> stream;
    std::unique_ptr<WirePeer> calls;
    std::string id;
    std::string stream_id;
    std::vector<Event> heard;

    // `more`: the call's members but its framework's id.
    std::string Call(const std::string& more) {
      return calls->Say(Post(kPath, absl::StrCat(kJson, "Mesos-Stream-Id: ", stream_id, "\r\n"),
                             absl::StrCat(R"({"framework_id":{"value":")", id, "\"},", more, "}")));
    }
    std::vector<Event> Hear() {
      std::vector<Event> events = std::exchange(heard, {});
      for (const std::string& record : RecordsOf(stream->Hear())) {
        EXPECT_EQ(JsonToMessage(record, &events.emplace_back()), absl::OkStatus()) << record;
      }
      return events;
    }
    std::string Offer() {
      for (const Event& event : Hear()) {
        if (event.type() == Event::OFFERS) return event.offers().offers(0).id().value();
      }
      return "";
    }
  };

  Framework Subscribe() {
    Framework framework = {server_.Connect(), server_.Connect(), {}, {}, {}};
    const std::string sent = framework.stream->Say(Post(kPath, kJson, kSubscribe));
    framework.stream_id = Between(sent, "Mesos-Stream-Id: ", "\r\n");
    framework.id = Between(sent, R"("framework_id":{"value":")", "\"");
    for (const std::string& record : RecordsOf(sent.substr(sent.find("\r\n\r\n") + 4))) {
      EXPECT_EQ(JsonToMessage(record, &framework.heard.emplace_back()), absl::OkStatus());
    }
    return framework;
  }

  // `resources`: of the task, in JSON.
  static std::string Accept(const std::string& offer, const std::string& task,
                            const std::string& agent, const std::string& resources) {
    return absl::StrCat(
        R"("type":"ACCEPT","accept":{"offer_ids":[{"value":")", offer,
        R"("}],"operations":[{"type":"LAUNCH","launch":{"task_infos":[{"name":"t",)",
        R"("task_id":{"value":")", task, R"("},"agent_id":{"value":")", agent,
        R"("},"command":{"value":"true"},"resources":)", resources,
        R"(}]}}],"filters":{"refuse_seconds":0}})");
  }

  Leading leading_;
  WireServer server_;
};

constexpr char kCpus[] = R"([{"name":"cpus","type":"SCALAR","scalar":{"value":1}}])";

TEST_F(SchedulerWireTest, AStreamIsTheseBytesAndEachRecordIsOneChunk) {
  AddAgent();
  auto peer = server_.Connect();
  const std::string sent =
      peer->Say(Post(kPath, absl::StrCat(kJson, "Accept: application/json\r\n"), kSubscribe));
  const std::string stream = Between(sent, "Mesos-Stream-Id: ", "\r\n");
  EXPECT_EQ(stream.size(), 36u);
  const size_t end = sent.find("\r\n\r\n") + 4;
  EXPECT_EQ(absl::StrReplaceAll(sent.substr(0, end), {{stream, "ID"}}),
            "HTTP/1.1 200 OK\r\nDate: today\r\nMesos-Stream-Id: ID\r\n"
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  std::vector<Event::Type> types;
  for (const std::string& record : RecordsOf(sent.substr(end))) {
    Event event;
    ASSERT_EQ(JsonToMessage(record, &event), absl::OkStatus()) << record;
    types.push_back(event.type());
  }
  EXPECT_THAT(types, ElementsAre(Event::SUBSCRIBED, Event::HEARTBEAT, Event::OFFERS));
  Advance(absl::Seconds(15));
  EXPECT_EQ(peer->Hear(), Chunk(R"({"type":"HEARTBEAT"})"));
}

TEST_F(SchedulerWireTest, ACallThatIsTakenIs202WithoutABody) {
  Framework framework = Subscribe();
  ASSERT_NE(framework.id, "");
  const std::string call =
      absl::StrCat(R"({"framework_id":{"value":")", framework.id, R"("},"type":"REVIVE"})");
  // Twice on one connection, names in any case.
  for (const char* name : {"Mesos-Stream-Id", "mesos-stream-ID"}) {
    EXPECT_EQ(framework.calls->Say(Post(kPath,
                                        absl::StrCat("content-type: application/json\r\n", name,
                                                     ": ", framework.stream_id, "\r\n"),
                                        call)),
              kTaken);
  }
  // Chunked, as some clients send everything.
  EXPECT_EQ(framework.calls->Say(absl::StrCat(
                "POST /api/v1/scheduler HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n",
                kJson, "Mesos-Stream-Id: ", framework.stream_id, "\r\n\r\n", absl::Hex(call.size()),
                "\r\n", call, "\r\n0\r\n\r\n")),
            kTaken);
  EXPECT_THAT(
      framework.calls->Say(Post(kPath, absl::StrCat(kJson, "Mesos-Stream-Id: x\r\n"), call)),
      StartsWith("HTTP/1.1 400 Bad Request\r\n"));
}

TEST_F(SchedulerWireTest, RefusalsAreTheseStatusLines) {
  ExpectRefusals(
      &server_,
      {
          {"GET /api/v1/scheduler HTTP/1.1\r\nHost: x\r\n\r\n", "405 Method Not Allowed"},
          {Post(kPath, "", kSubscribe), "400 Bad Request"},
          {Post(kPath, "Content-Type: text/html\r\n", kSubscribe), "415 Unsupported Media Type"},
          {Post(kPath, "Content-Type: application/json; charset=utf-8\r\n", kSubscribe),
           "415 Unsupported Media Type"},
          {Post(kPath, kJson, "{"), "400 Bad Request"},
          {Post(kPath, absl::StrCat(kJson, "Accept: text/html\r\n"), kSubscribe),
           "406 Not Acceptable"},
          {Post(kPath, absl::StrCat(kJson, "Mesos-Stream-Id: x\r\n"), kSubscribe),
           "400 Bad Request"},
      });
  leading_ = {Leading::State::kElsewhere, "leader", 5050};
  EXPECT_EQ(server_.Connect()->Say("POST /api/v1/scheduler?a=b HTTP/1.1\r\nHost: x\r\n\r\n"),
            "HTTP/1.1 307 Temporary Redirect\r\nDate: today\r\n"
            "Location: //leader:5050/api/v1/scheduler?a=b\r\nContent-Length: 0\r\n\r\n");
}

TEST_F(SchedulerWireTest, ATaskFromOfferToAcknowledgement) {
  const std::string agent = AddAgent().id();
  Framework framework = Subscribe();
  EXPECT_EQ(framework.Call(Accept(framework.Offer(), "t", agent, kCpus)), kTaken);
  std::vector<Event> events = framework.Hear();
  ASSERT_THAT(events, SizeIs(1));
  const v1::TaskStatus& status = events[0].update().status();
  EXPECT_EQ(status.state(), v1::TASK_RUNNING);
  EXPECT_EQ(
      framework.Call(absl::StrCat(R"("type":"ACKNOWLEDGE","acknowledge":{"agent_id":{"value":")",
                                  agent, R"("},"task_id":{"value":"t"},"uuid":")",
                                  absl::Base64Escape(status.uuid()), R"("})")),
      kTaken);
  EXPECT_EQ(framework.Call(R"("type":"KILL","kill":{"task_id":{"value":"t"}})"), kTaken);
  events = framework.Hear();
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events[0].update().status().state(), v1::TASK_KILLED);
}

TEST_F(SchedulerWireTest, Case11_AnothersOfferTaskAndStreamAreOfNoUse) {
  const std::string agent = AddAgent().id();
  Framework owner = Subscribe();
  const std::string offer = owner.Offer();
  Framework thief = Subscribe();
  EXPECT_EQ(thief.Call(Accept(offer, "stolen", agent, kCpus)), kTaken);
  std::vector<Event> events = thief.Hear();
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.back().update().status().state(), v1::TASK_DROPPED);
  EXPECT_EQ(events.back().update().status().reason(), v1::TaskStatus::REASON_INVALID_OFFERS);

  EXPECT_EQ(owner.Call(Accept(offer, "t", agent, kCpus)), kTaken);
  EXPECT_THAT(owner.Hear(), SizeIs(1));
  EXPECT_EQ(thief.Call(R"("type":"KILL","kill":{"task_id":{"value":"t"}})"), kTaken);
  EXPECT_THAT(owner.Hear(), IsEmpty());
  // In the owner's name, on the thief's stream.
  thief.id = owner.id;
  EXPECT_THAT(thief.Call(R"("type":"TEARDOWN")"), StartsWith("HTTP/1.1 400 "));
  EXPECT_EQ(owner.Call(R"("type":"SUPPRESS")"), kTaken);
}

TEST_F(SchedulerWireTest, Case12_HostileAmountsAreAnErrorOrNoCallAndNothingIsLost) {
  const std::string agent = AddAgent().id();
  Framework framework = Subscribe();
  const auto scalar = [](const std::string& value) {
    return absl::StrCat(R"([{"name":"cpus","type":"SCALAR","scalar":{"value":)", value, "}}]");
  };
  const auto ports = [](const std::string& begin, const std::string& end) {
    return absl::StrCat(R"([{"name":"cpus","type":"SCALAR","scalar":{"value":1}},)",
                        R"({"name":"ports","type":"RANGES","ranges":{"range":[{"begin":)", begin,
                        R"(,"end":)", end, "}]}}]");
  };
  const std::string hostile[] = {
      scalar("-1"),
      scalar("1e-9"),
      scalar("1e300"),
      scalar("1e400"),
      scalar("NaN"),
      scalar("\"NaN\""),
      scalar("\"-inf\""),
      scalar("\"Infinity\""),
      ports("31005", "31000"),
      ports("-1", "31000"),
      ports("0", "18446744073709551615"),
      ports("31000", "1e3"),
      R"([{"name":"cpus","type":"SCALAR"}])",
      R"([{"name":"","type":"SCALAR","scalar":{"value":1}}])",
      R"([{"name":"cpus","type":"TEXT","scalar":{"value":1}}])",
  };
  int tasks = 0;
  for (const std::string& resources : hostile) {
    const std::string offer = framework.Offer();
    ASSERT_NE(offer, "") << "an offer was lost before " << resources;
    const std::string sent =
        framework.Call(Accept(offer, absl::StrCat("t", ++tasks), agent, resources));
    if (sent == kTaken) {
      bool refused = false;
      for (const Event& event : framework.Hear()) {
        refused |= event.update().status().state() == v1::TASK_ERROR;
        if (event.type() == Event::OFFERS) framework.heard.push_back(event);
      }
      EXPECT_TRUE(refused) << resources;
    } else {
      EXPECT_THAT(sent, StartsWith("HTTP/1.1 400 Bad Request\r\n")) << resources;
      EXPECT_EQ(
          framework.Call(absl::StrCat(R"("type":"DECLINE","decline":{"offer_ids":[{"value":")",
                                      offer, R"("}],"filters":{"refuse_seconds":0}})")),
          kTaken);
    }
    Advance(absl::Seconds(2));
  }
  // All that there is, is there.
  const std::vector<Event> events = framework.Hear();
  ASSERT_FALSE(events.empty());
  ASSERT_EQ(events[0].offers().offers_size(), 1);
  EXPECT_EQ(Text(events[0].offers().offers(0)), agents_[0]->total().ToString());
}

}  // namespace
}  // namespace mesos::http
