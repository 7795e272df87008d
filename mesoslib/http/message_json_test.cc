#include "mesoslib/http/message_json.h"

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/v1/quota/quota.pb.h"
#include "mesos/v1/resource_provider/resource_provider.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/http/filled_message.h"
#include "rapidjson/document.h"

namespace mesos::http {
namespace {

using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

template <typename M>
M Read(const std::string& json) {
  M message;
  EXPECT_EQ(JsonToMessage(json, &message), absl::OkStatus()) << json;
  return message;
}

template <typename M>
std::string ErrorOf(const std::string& json) {
  M message;
  const absl::Status status = JsonToMessage(json, &message);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << json;
  return std::string(status.message());
}

// -- Everything there and back --

TEST(MessageJsonTest, EveryMessageOfTheApisComesBackAsItWas) {
  std::vector<std::unique_ptr<Message>> messages;
  messages.push_back(std::make_unique<v1::scheduler::Call>());
  messages.push_back(std::make_unique<v1::scheduler::Event>());
  messages.push_back(std::make_unique<v1::executor::Call>());
  messages.push_back(std::make_unique<v1::executor::Event>());
  messages.push_back(std::make_unique<v1::master::Call>());
  messages.push_back(std::make_unique<v1::master::Response>());
  messages.push_back(std::make_unique<v1::master::Event>());
  messages.push_back(std::make_unique<v1::agent::Call>());
  messages.push_back(std::make_unique<v1::agent::Response>());
  messages.push_back(std::make_unique<v1::agent::ProcessIO>());
  messages.push_back(std::make_unique<v1::resource_provider::Call>());
  messages.push_back(std::make_unique<v1::resource_provider::Event>());
  messages.push_back(std::make_unique<v1::quota::QuotaConfig>());
  for (const auto& message : messages) {
    MessageFiller(/*depth=*/6, /*elements=*/1).Fill(message.get());
    const std::string name = message->GetTypeName();
    std::unique_ptr<Message> again(message->New());
    const std::string json = MessageToJson(*message);
    ASSERT_EQ(JsonToMessage(json, again.get()), absl::OkStatus()) << name;
    EXPECT_TRUE(MessageDifferencer::Equals(*message, *again)) << name;
    EXPECT_EQ(MessageToJson(*again), json) << name;
    again->Clear();
    ASSERT_TRUE(again->ParseFromString(message->SerializeAsString())) << name;
    EXPECT_TRUE(MessageDifferencer::Equals(*message, *again)) << name;
  }
}

TEST(MessageJsonTest, ListsOfSeveralComeBackInOrder) {
  const auto message = FilledMessage<v1::FrameworkInfo>();
  EXPECT_EQ(message.capabilities_size(), 2);
  EXPECT_TRUE(MessageDifferencer::Equals(message, Read<v1::FrameworkInfo>(MessageToJson(message))));
}

TEST(MessageJsonTest, WhatIsWrittenIsAsciiOnOneLineAndParses) {
  const std::string json = MessageToJson(FilledMessage<v1::TaskInfo>());
  for (char c : json) ASSERT_TRUE(absl::ascii_isprint(c) || c == '\x7f') << static_cast<int>(c);
  rapidjson::Document document;
  document.Parse(json.c_str());
  EXPECT_FALSE(document.HasParseError());
}

// -- The dialect, written --

TEST(MessageJsonTest, WritesNamesAsDeclaredAndEnumsByName) {
  v1::scheduler::Call call;
  call.mutable_framework_id()->set_value("F-1");
  call.set_type(v1::scheduler::Call::ACCEPT_INVERSE_OFFERS);
  call.mutable_accept_inverse_offers()->add_inverse_offer_ids()->set_value("O-1");
  EXPECT_EQ(MessageToJson(call),
            R"({"framework_id":{"value":"F-1"},"type":"ACCEPT_INVERSE_OFFERS",)"
            R"("accept_inverse_offers":{"inverse_offer_ids":[{"value":"O-1"}]}})");
}

TEST(MessageJsonTest, WritesDefaultsThatAreNotDeprecatedAndNoEmptyLists) {
  EXPECT_EQ(MessageToJson(v1::scheduler::Call()), "{}");
  EXPECT_EQ(MessageToJson(v1::Filters()), R"({"refuse_seconds":5.0})");
  v1::CommandInfo command;
  command.set_value("sleep 1");
  EXPECT_EQ(MessageToJson(command), R"({"shell":true,"value":"sleep 1"})");
  v1::FrameworkInfo info;
  info.set_user("root");
  info.set_name("n");
  const std::string json = MessageToJson(info);
  EXPECT_EQ(json, R"({"user":"root","name":"n","failover_timeout":0.0,"checkpoint":false})");
  info.set_role("*");  // Deprecated, but set.
  EXPECT_THAT(MessageToJson(info), HasSubstr(R"("role":"*")"));
}

TEST(MessageJsonTest, Writes64BitIntegersAsNumbers) {
  v1::TimeInfo time;
  time.set_nanoseconds(std::numeric_limits<int64_t>::max());
  EXPECT_EQ(MessageToJson(time), R"({"nanoseconds":9223372036854775807})");
  time.set_nanoseconds(std::numeric_limits<int64_t>::min());
  EXPECT_EQ(MessageToJson(time), R"({"nanoseconds":-9223372036854775808})");
  v1::Value::Range range;
  range.set_begin(0);
  range.set_end(std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(MessageToJson(range), R"({"begin":0,"end":18446744073709551615})");
}

TEST(MessageJsonTest, WritesDoublesAsTheShortestTextThatReadsBack) {
  const std::vector<std::pair<double, std::string>> cases = {
      {0, "0.0"},
      {1, "1.0"},
      {0.1, "0.1"},
      {-2.5, "-2.5"},
      {1e21, "1e21"},
      {1.0 / 3, "0.3333333333333333"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e308"},
      {std::numeric_limits<double>::infinity(), "\"Infinity\""},
      {-std::numeric_limits<double>::infinity(), "\"-Infinity\""},
      {std::nan(""), "\"NaN\""},
  };
  for (const auto& [number, text] : cases) {
    v1::Value::Scalar scalar;
    scalar.set_value(number);
    const std::string json = MessageToJson(scalar);
    EXPECT_EQ(json, absl::StrCat("{\"value\":", text, "}"));
    const double again = Read<v1::Value::Scalar>(json).value();
    EXPECT_TRUE(again == number || (std::isnan(again) && std::isnan(number))) << text;
  }
}

TEST(MessageJsonTest, WritesBytesInBase64) {
  v1::executor::Event event;
  event.mutable_message()->set_data(std::string("\x00\xff\x10hello", 8));
  EXPECT_EQ(MessageToJson(event), R"({"message":{"data":"AP8QaGVsbG8="}})");
}

TEST(MessageJsonTest, WritesEachByteAlikeWhereverInALongTextItStands) {
  // How it is written by itself: what is read eight bytes at a time is longer than that.
  const auto text_of = [](const std::string& text) {
    v1::TaskID id;
    id.set_value(text);
    const std::string json = MessageToJson(id);
    constexpr size_t kBefore = sizeof("{\"value\":\"") - 1;
    return json.substr(kBefore, json.size() - kBefore - 2);
  };
  for (int byte = 0; byte < 256; ++byte) {
    const std::string alone = text_of(std::string(1, static_cast<char>(byte)));
    for (size_t at = 0; at < 20; ++at) {
      std::string text(20, 'a');
      text[at] = static_cast<char>(byte);
      std::string expected = std::string(at, 'a') + alone + std::string(19 - at, 'a');
      EXPECT_EQ(text_of(text), expected) << byte << " at " << at;
    }
  }
}

TEST(MessageJsonTest, WritesMapsAsObjectsInOrderOfTheirKeys) {
  v1::quota::QuotaConfig config;
  config.set_role("r");
  for (const char* name : {"mem", "cpus", "disk"}) (*config.mutable_limits())[name].set_value(1);
  EXPECT_EQ(MessageToJson(config),
            R"({"role":"r","limits":{"cpus":{"value":1.0},"disk":{"value":1.0},)"
            R"("mem":{"value":1.0}}})");
}

TEST(MessageJsonTest, ADurationIsAnObjectLikeAnyOther) {
  v1::master::Call call;
  call.mutable_drain_agent()->mutable_max_grace_period()->set_seconds(60);
  EXPECT_EQ(MessageToJson(call),
            R"({"drain_agent":{"max_grace_period":{"seconds":60},"mark_gone":false}})");
  call = Read<v1::master::Call>(R"({"drain_agent":{"max_grace_period":{"seconds":1,"nanos":2}}})");
  EXPECT_EQ(call.drain_agent().max_grace_period().seconds(), 1);
  EXPECT_EQ(call.drain_agent().max_grace_period().nanos(), 2);
}

TEST(MessageJsonTest, WritesCharactersBeyondAsciiAsEscapesWithSurrogates) {
  v1::TaskID id;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"plain /", "plain /"},
      {"q\"b\\", R"(q\"b\\)"},
      {"\b\f\n\r\t\x01\x1f", R"(\b\f\n\r\t\u0001\u001f)"},
      {std::string(1, '\0'), R"(\u0000)"},
      {"\u00fc\u65e5\ufffd", R"(\u00fc\u65e5\ufffd)"},
      {"\U0001f600\U0010ffff", R"(\ud83d\ude00\udbff\udfff)"},
  };
  for (const auto& [text, escaped] : cases) {
    id.set_value(text);
    EXPECT_EQ(MessageToJson(id), absl::StrCat("{\"value\":\"", escaped, "\"}"));
    EXPECT_EQ(Read<v1::TaskID>(MessageToJson(id)).value(), text);
  }
}

TEST(MessageJsonTest, BytesThatAreNoUtf8StillGiveValidJson) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"\xff", R"(\ufffd)"},
      {"a\xc3", R"(a\ufffd)"},
      {"\xc3(", R"(\ufffd()"},
      {"\xc0\xaf", R"(\ufffd\ufffd)"},                      // Longer than need be.
      {"\xed\xa0\x80", R"(\ufffd\ufffd\ufffd)"},            // Half a surrogate pair.
      {"\xf4\x90\x80\x80", R"(\ufffd\ufffd\ufffd\ufffd)"},  // Beyond Unicode.
      {"\xe6\x97", R"(\ufffd\ufffd)"},
      {"\x80\u00fc", R"(\ufffd\u00fc)"},
  };
  for (const auto& [bytes, escaped] : cases) {
    v1::TaskID id;
    id.set_value(bytes);
    EXPECT_EQ(MessageToJson(id), absl::StrCat("{\"value\":\"", escaped, "\"}"));
    rapidjson::Document document;
    document.Parse<rapidjson::kParseValidateEncodingFlag>(MessageToJson(id).c_str());
    EXPECT_FALSE(document.HasParseError());
  }
}

// -- The dialect, read --

TEST(MessageJsonTest, ReadsWhatADocumentedClientSends) {
  const auto call = Read<v1::scheduler::Call>(R"(
      {
        "type": "SUBSCRIBE",
        "subscribe": {
          "framework_info": {
            "user": "foo", "name": "Example HTTP Framework", "roles": ["test"],
            "capabilities": [{"type": "MULTI_ROLE"}], "failover_timeout": 1e3
          }
        }
      })");
  EXPECT_EQ(call.type(), v1::scheduler::Call::SUBSCRIBE);
  const v1::FrameworkInfo& info = call.subscribe().framework_info();
  EXPECT_EQ(info.user(), "foo");
  EXPECT_EQ(info.roles(0), "test");
  EXPECT_EQ(info.capabilities(0).type(), v1::FrameworkInfo::Capability::MULTI_ROLE);
  EXPECT_EQ(info.failover_timeout(), 1000);
  EXPECT_FALSE(info.has_checkpoint());
}

TEST(MessageJsonTest, NullIsUnset) {
  const auto call = Read<v1::scheduler::Call>(
      R"({"type":null,"framework_id":null,"accept":{"offer_ids":null,"filters":null},)"
      R"("kill":null,"unknown":null})");
  EXPECT_FALSE(call.has_type());
  EXPECT_FALSE(call.has_framework_id());
  EXPECT_TRUE(call.has_accept());
  EXPECT_EQ(call.accept().offer_ids_size(), 0);
  EXPECT_FALSE(call.has_kill());
}

TEST(MessageJsonTest, OneValueIsAListOfOne) {
  const auto call = Read<v1::scheduler::Call>(
      R"({"decline":{"offer_ids":{"value":"O"}},"revive":{"roles":"r"}})");
  EXPECT_EQ(call.decline().offer_ids(0).value(), "O");
  EXPECT_EQ(call.revive().roles(0), "r");
}

TEST(MessageJsonTest, NumbersAndBooleansMayBeStrings) {
  const auto info = Read<v1::FrameworkInfo>(R"({"failover_timeout":"12.5","checkpoint":"true"})");
  EXPECT_EQ(info.failover_timeout(), 12.5);
  EXPECT_TRUE(info.checkpoint());
  EXPECT_EQ(Read<v1::TimeInfo>(R"({"nanoseconds":"-9223372036854775808"})").nanoseconds(),
            std::numeric_limits<int64_t>::min());
  EXPECT_EQ(Read<v1::Value::Range>(R"({"end":"18446744073709551615"})").end(),
            std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(Read<v1::MasterInfo>(R"({"port":"5050"})").port(), 5050u);
  EXPECT_EQ(Read<v1::Value::Scalar>(R"({"value":"-Infinity"})").value(),
            -std::numeric_limits<double>::infinity());
}

TEST(MessageJsonTest, WholeNumbersMayHaveAFractionOfZero) {
  EXPECT_EQ(Read<v1::MasterInfo>(R"({"port":5050.0})").port(), 5050u);
  EXPECT_EQ(Read<v1::TimeInfo>(R"({"nanoseconds":-1.5e9})").nanoseconds(), -1500000000);
  EXPECT_EQ(Read<v1::Value::Scalar>(R"({"value":3})").value(), 3);
  EXPECT_EQ(Read<v1::Value::Scalar>(R"({"value":18446744073709551615})").value(), 0x1p64);
}

TEST(MessageJsonTest, WhatIsNotKnownIsAsIfItWereNotThere) {
  const auto call = Read<v1::scheduler::Call>(
      R"({"type":"TELEPORT","new":{"type":[1,{"a":[]}],"kill":{}},"revive":{"x":"y"},)"
      R"("list":[[[{"deep":null}]]],"frameworkId":{"value":"camel"}})");
  EXPECT_FALSE(call.has_type());
  EXPECT_FALSE(call.has_kill());
  EXPECT_FALSE(call.has_framework_id());
  EXPECT_TRUE(call.has_revive());
  const auto info = Read<v1::FrameworkInfo>(
      R"({"capabilities":[{"type":"MULTI_ROLE"},{"type":"FLYING"},{"type":99}]})");
  EXPECT_EQ(info.capabilities_size(), 3);
  EXPECT_TRUE(info.capabilities(0).has_type());
  EXPECT_FALSE(info.capabilities(1).has_type());
  EXPECT_FALSE(info.capabilities(2).has_type());
}

TEST(MessageJsonTest, EnumsMayBeNumbers) {
  EXPECT_EQ(Read<v1::scheduler::Call>(R"({"type":4})").type(), v1::scheduler::Call::DECLINE);
}

TEST(MessageJsonTest, TheLastOfTwoMembersCounts) {
  const auto call = Read<v1::scheduler::Call>(
      R"({"type":"KILL","kill":{"task_id":{"value":"a"},"agent_id":{"value":"s"}},)"
      R"("type":"REVIVE","kill":{"task_id":{"value":"b"}},"revive":{"roles":["x"],"roles":["y"]},)"
      R"("teardown":1,"message":{"data":"YQ=="},"message":null})");
  EXPECT_EQ(call.type(), v1::scheduler::Call::REVIVE);
  EXPECT_EQ(call.kill().task_id().value(), "b");
  EXPECT_FALSE(call.kill().has_agent_id());
  EXPECT_EQ(call.revive().roles_size(), 1);
  EXPECT_EQ(call.revive().roles(0), "y");
  EXPECT_FALSE(call.has_message());
}

TEST(MessageJsonTest, ReadsMaps) {
  const auto config = Read<v1::quota::QuotaConfig>(
      R"({"role":"r","limits":{"cpus":{"value":2},"gone":null,"mem":{"value":1},)"
      R"("mem":{"value":"3"}}})");
  EXPECT_EQ(config.limits().size(), 2u);
  EXPECT_EQ(config.limits().at("cpus").value(), 2);
  EXPECT_EQ(config.limits().at("mem").value(), 3);
  v1::Volume volume = Read<v1::Volume>(
      R"({"source":{"csi_volume":{"static_provisioning":{"volume_context":{"k":"v"}}}}})");
  EXPECT_EQ(volume.source().csi_volume().static_provisioning().volume_context().at("k"), "v");
}

TEST(MessageJsonTest, TheLastOfSeveralEntriesWithOneKeyCounts) {
  const auto config = Read<v1::quota::QuotaConfig>(
      R"({"limits":{"a":{"value":1},"b":{"value":2},"c":{"value":3},"d":{"value":4},)"
      R"("a":{"value":5},"b":null,"":{"value":6},"c":{},"d":null,"d":{"value":7}}})");
  std::vector<std::string> limits;
  // By reflection, which sees what a map's own access would hide.
  const auto* field = config.GetDescriptor()->FindFieldByName("limits");
  for (int i = 0; i < config.GetReflection()->FieldSize(config, field); ++i) {
    limits.push_back(
        config.GetReflection()->GetRepeatedMessage(config, field, i).ShortDebugString());
  }
  EXPECT_THAT(limits,
              UnorderedElementsAre("key: \"\" value { value: 6 }", "key: \"a\" value { value: 5 }",
                                   "key: \"c\" value { }", "key: \"d\" value { value: 7 }"));
}

TEST(MessageJsonTest, AMessageIsWhatTheTextSaysAndNothingElse) {
  v1::TaskID id;
  id.set_value("before");
  EXPECT_EQ(JsonToMessage("{}", &id), absl::OkStatus());
  EXPECT_FALSE(id.has_value());
}

TEST(MessageJsonTest, SpaceAroundTheTextIsAllowed) {
  EXPECT_EQ(Read<v1::TaskID>("\r\n {\"value\" :\t\"x\"}\n\n").value(), "x");
}

// -- Errors --

TEST(MessageJsonTest, ErrorsNameThePathTheValueAndWhatWouldBeRight) {
  using Call = v1::scheduler::Call;
  EXPECT_EQ(ErrorOf<Call>(R"({"subscribe":{"framework_info":{"checkpoint":"maybe"}}})"),
            "subscribe.framework_info.checkpoint is 'maybe'; expected true or false");
  EXPECT_EQ(ErrorOf<Call>(R"({"subscribe":{"framework_info":{"checkpoint":1}}})"),
            "subscribe.framework_info.checkpoint is 1; expected true or false");
  EXPECT_EQ(ErrorOf<Call>(R"({"accept":{"offer_ids":[{"value":"a"},{"value":7}]}})"),
            "accept.offer_ids[1].value is 7; expected a string");
  EXPECT_EQ(ErrorOf<Call>(R"({"accept":{"offer_ids":[{},null]}})"),
            "accept.offer_ids[1] is null; expected an object");
  EXPECT_EQ(ErrorOf<Call>(R"({"accept":{"offer_ids":[[]]}})"),
            "accept.offer_ids[0] is a list; expected an object");
  EXPECT_EQ(ErrorOf<Call>(R"({"accept":[]})"), "accept is a list; expected an object");
  EXPECT_EQ(ErrorOf<Call>(R"({"accept":"x"})"), "accept is 'x'; expected an object");
  EXPECT_EQ(ErrorOf<Call>(R"({"revive":{"roles":["a",true]}})"),
            "revive.roles[1] is true; expected a string");
  EXPECT_EQ(ErrorOf<Call>(R"({"revive":{"roles":{}}})"),
            "revive.roles is an object; expected a string");
  EXPECT_EQ(ErrorOf<Call>(R"({"type":true})"),
            "type is true; expected the name of a mesos.v1.scheduler.Call.Type");
  EXPECT_EQ(ErrorOf<Call>(R"({"message":{"data":"!"}})"),
            "message.data is '!'; expected bytes in base64");
  EXPECT_EQ(ErrorOf<v1::MasterInfo>(R"({"port":-1})"),
            "port is -1; expected a whole number from 0 to 4294967295");
  EXPECT_EQ(ErrorOf<v1::MasterInfo>(R"({"port":1.5})"),
            "port is 1.5; expected a whole number from 0 to 4294967295");
  EXPECT_EQ(ErrorOf<v1::TimeInfo>(R"({"nanoseconds":9223372036854775808})"),
            "nanoseconds is 9223372036854775808; expected a whole number from "
            "-9223372036854775808 to 9223372036854775807");
  EXPECT_EQ(ErrorOf<v1::TimeInfo>(R"({"nanoseconds":1e30})"),
            "nanoseconds is 1e+30; expected a whole number from "
            "-9223372036854775808 to 9223372036854775807");
  EXPECT_EQ(ErrorOf<v1::Value::Scalar>(R"({"value":"much"})"),
            "value is 'much'; expected a number");
  EXPECT_EQ(ErrorOf<v1::quota::QuotaConfig>(R"({"limits":{"cpus":{"value":[]}}})"),
            "limits['cpus'].value is a list; expected a number");
  EXPECT_EQ(ErrorOf<v1::quota::QuotaConfig>(R"({"limits":{"cpus":2}})"),
            "limits['cpus'] is 2; expected an object");
  EXPECT_EQ(ErrorOf<v1::quota::QuotaConfig>(R"({"limits":[{"cpus":2}]})"),
            "limits is a list; expected an object");
  EXPECT_EQ(ErrorOf<Call>("[]"), "the text is a list; expected an object");
  EXPECT_EQ(ErrorOf<Call>("null"), "the text is null; expected an object");
  EXPECT_EQ(ErrorOf<Call>("\"x\""), "the text is 'x'; expected an object");
}

TEST(MessageJsonTest, Case3_MalformedTextIsRefused) {
  for (const std::string& text : {std::string(),
                                  std::string(" "),
                                  std::string("{"),
                                  std::string("}"),
                                  std::string("{]"),
                                  std::string("{\"a\""),
                                  std::string("{\"a\":}"),
                                  std::string("{\"a\":1,}"),
                                  std::string("{'a':1}"),
                                  std::string("{a:1}"),
                                  std::string("{\"a\":01}"),
                                  std::string("{\"a\":+1}"),
                                  std::string("{\"a\":.5}"),
                                  std::string("{\"a\":1e}"),
                                  std::string("{\"a\":1e999}"),
                                  std::string("{\"a\":9e308}"),
                                  std::string("{\"a\":NaN}"),
                                  std::string("{\"a\":tru}"),
                                  std::string("{\"a\":\"\n\"}"),
                                  std::string("{\"a\":\"\\x\"}"),
                                  std::string("{\"a\":\"\\ud800\"}"),
                                  std::string("{\"a\":\"\\ud800\\u0041\"}"),
                                  std::string("{\"a\":\"\\u12\"}"),
                                  std::string("{\"a\":\"\xff\"}"),
                                  std::string("{\"a\":\"\xc3\"}"),
                                  std::string("{\"a\":\"open"),
                                  std::string("{} {}"),
                                  std::string("{}x"),
                                  std::string("{}\0", 3),
                                  std::string("\0{}", 3),
                                  std::string("{\"a\":\"b\0\"}", 10),
                                  std::string("// c\n{}"),
                                  std::string("\xff\xfe{\0}", 5)}) {
    v1::TaskID id;
    const absl::Status status = JsonToMessage(text, &id);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), StartsWith("the text ")) << text;
  }
}

TEST(MessageJsonTest, EveryPrefixAndEveryChangedByteIsReadOrRefused) {
  const std::string json = MessageToJson(FilledMessage<v1::KillPolicy>()) +
                           MessageToJson(FilledMessage<v1::Resource::ReservationInfo>());
  for (size_t i = 0; i < json.size(); ++i) {
    v1::Resource::ReservationInfo info;
    JsonToMessage(json.substr(0, i), &info).IgnoreError();
    JsonToMessage(json.substr(i), &info).IgnoreError();
    for (char c : {'\0', '"', '{', ']', '\\', '\xff', '9'}) {
      std::string changed = json.substr(0, json.size() / 2);
      changed[i % changed.size()] = c;
      JsonToMessage(changed, &info).IgnoreError();
    }
  }
}

std::string Repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// Each would be in the message as bytes that are no UTF-8.
TEST(MessageJsonTest, Case3_HalfASurrogatePairIsRefused) {
  EXPECT_EQ(ErrorOf<v1::TaskID>(R"({"value":"a\ude00"})"),
            "value has the second half of a surrogate pair without the first");
  EXPECT_THAT(ErrorOf<v1::TaskID>(R"({"value":"a\ud83d"})"), HasSubstr("no JSON"));
  EXPECT_THAT(ErrorOf<v1::TaskID>(R"({"a\udfff":1})"), HasSubstr("surrogate"));
  EXPECT_EQ(Read<v1::TaskID>(R"({"value":"\ud83d\ude00\ud7ff"})").value(), "\U0001f600\ud7ff");
}

TEST(MessageJsonTest, Case4_DeepNestingIsRefusedWithoutRecursion) {
  // As deep as it may be: ContainerID nests itself.
  const int deepest = static_cast<int>(JsonLimits().depth);
  EXPECT_EQ(Read<v1::ContainerID>(Repeated("{\"parent\":", deepest - 1) + "{}" +
                                  Repeated("}", deepest - 1))
                .parent()
                .has_parent(),
            true);
  EXPECT_THAT(ErrorOf<v1::ContainerID>(Repeated("{\"parent\":", 1000)),
              HasSubstr("parent.parent is nested deeper than 100 levels"));
  // Also where nobody looks.
  EXPECT_EQ(ErrorOf<v1::ContainerID>("{\"x\":" + Repeated("[", 10 << 20)),
            "the text is nested deeper than 100 levels");
  EXPECT_THAT(ErrorOf<v1::ContainerID>("{\"x\":" + Repeated("{\"x\":", 1 << 20)),
              HasSubstr("is nested deeper than 100 levels"));
  EXPECT_THAT(ErrorOf<v1::scheduler::Call>(Repeated("[", 1 << 20)), StartsWith("the text is"));
}

TEST(MessageJsonTest, TheDeepestMessageThatProtobufReadsCanBeWritten) {
  v1::ContainerID id;
  v1::ContainerID* inner = &id;
  for (int i = 0; i < 98; ++i) inner = inner->mutable_parent();
  inner->set_value("innermost");
  EXPECT_TRUE(MessageDifferencer::Equals(id, Read<v1::ContainerID>(MessageToJson(id))));
}

TEST(MessageJsonTest, Case7_TextsThatWouldCostTooMuchMemoryAreRefused) {
  const std::string objects = Repeated("{},", 1 << 20);
  EXPECT_THAT(
      ErrorOf<v1::scheduler::Call>(absl::StrCat("{\"reconcile\":{\"tasks\":[", objects, "{}]}}")),
      HasSubstr("more than 1048576 objects"));
  EXPECT_THAT(ErrorOf<v1::TaskID>(std::string(JsonLimits().bytes + 1, ' ')),
              HasSubstr("67108865 bytes, of at most 67108864"));
}

TEST(MessageJsonTest, ALongValueIsCutInTheError) {
  const std::string error =
      ErrorOf<v1::MasterInfo>(absl::StrCat("{\"port\":\"", std::string(100000, 'x'), "\"}"));
  EXPECT_LT(error.size(), 400u);
}

}  // namespace
}  // namespace mesos::http
