// The wire as clients know it, byte for byte: a message of every kind of call, response and event
// of the v1 API, with everything set, as JSON in testdata/golden/, one kind a line. What is written
// equals the file, and the file is read as what was written, and is the same over protobuf.
//
// After a change that is meant, look at the difference of what this writes:
//   bazel run //mesoslib/http:golden_messages_test -- --regenerate
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/http/filled_message.h"
#include "mesoslib/http/message_json.h"

namespace mesos::http {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

constexpr char kFolder[] = "mesoslib/http/testdata/golden/";
// Deep enough for the tasks of an ACCEPT.
constexpr int kDepth = 6;

const std::vector<std::pair<std::string, const Message*>>& Apis() {
  static const auto* const apis = new std::vector<std::pair<std::string, const Message*>>{
      {"scheduler_call", &v1::scheduler::Call::default_instance()},
      {"scheduler_event", &v1::scheduler::Event::default_instance()},
      {"executor_call", &v1::executor::Call::default_instance()},
      {"executor_event", &v1::executor::Event::default_instance()},
      {"master_call", &v1::master::Call::default_instance()},
      {"master_response", &v1::master::Response::default_instance()},
      {"master_event", &v1::master::Event::default_instance()},
      {"agent_call", &v1::agent::Call::default_instance()},
      {"agent_response", &v1::agent::Response::default_instance()},
      {"agent_process_io", &v1::agent::ProcessIO::default_instance()},
  };
  return *apis;
}

// By the names of the kinds in the order of their numbers: what is common to all kinds, and what is
// the kind's own.
std::vector<std::unique_ptr<Message>> MessagesOf(const Message& api) {
  const google::protobuf::Descriptor& type = *api.GetDescriptor();
  const FieldDescriptor* kind_field = type.FindFieldByName("type");
  const google::protobuf::EnumDescriptor& kinds = *kind_field->enum_type();
  std::vector<std::unique_ptr<Message>> messages;
  for (int i = 0; i < kinds.value_count(); ++i) {
    const auto* kind = kinds.value(i);
    if (kind->name() == "UNKNOWN") continue;
    std::unique_ptr<Message> message(api.New());
    MessageFiller(kDepth, /*elements=*/1).Fill(message.get());
    const auto& reflection = *message->GetReflection();
    reflection.SetEnum(message.get(), kind_field, kind);
    for (int f = 0; f < type.field_count(); ++f) {
      const std::string owner = absl::AsciiStrToUpper(type.field(f)->name());
      if (owner != kind->name() && kinds.FindValueByName(owner) != nullptr) {
        reflection.ClearField(message.get(), type.field(f));
      }
    }
    messages.push_back(std::move(message));
  }
  return messages;
}

std::string KindOf(const Message& message) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName("type");
  return message.GetReflection()->GetEnum(message, field)->name();
}

std::vector<std::string> ReadLines(const std::string& path) {
  std::ifstream file(path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

// The members around the first byte that differs: a line may have thousands.
std::string Difference(const std::string& expected, const std::string& actual) {
  const auto [at, other] =
      std::mismatch(expected.begin(), expected.end(), actual.begin(), actual.end());
  const size_t byte = static_cast<size_t>(at - expected.begin());
  const size_t from = byte < 80 ? 0 : byte - 80;
  return absl::StrCat("at byte ", byte, "\n  expected ...", expected.substr(from, 160),
                      "\n  written  ...", actual.substr(from, 160),
                      "\nif that is meant: bazel run //mesoslib/http:golden_messages_test -- "
                      "--regenerate");
}

class GoldenMessagesTest : public testing::TestWithParam<std::pair<std::string, const Message*>> {};

TEST_P(GoldenMessagesTest, EveryKindIsTheseBytesInBothEncodings) {
  const auto& [name, api] = GetParam();
  const std::vector<std::unique_ptr<Message>> messages = MessagesOf(*api);
  const std::vector<std::string> lines = ReadLines(absl::StrCat(kFolder, name, ".jsonl"));
  ASSERT_EQ(lines.size(), messages.size()) << "a kind has come or gone; see --regenerate";
  for (size_t i = 0; i < lines.size(); ++i) {
    const Message& message = *messages[i];
    const std::string json = MessageToJson(message);
    EXPECT_TRUE(json == lines[i]) << KindOf(message) << ": " << Difference(lines[i], json);
    std::unique_ptr<Message> read(api->New());
    ASSERT_EQ(JsonToMessage(lines[i], read.get()), absl::OkStatus()) << KindOf(message);
    EXPECT_TRUE(MessageDifferencer::Equals(*read, message)) << KindOf(message);
    std::unique_ptr<Message> parsed(api->New());
    ASSERT_TRUE(parsed->ParseFromString(message.SerializeAsString())) << KindOf(message);
    EXPECT_TRUE(MessageDifferencer::Equals(*parsed, *read)) << KindOf(message);
  }
}

INSTANTIATE_TEST_SUITE_P(Apis, GoldenMessagesTest, testing::ValuesIn(Apis()),
                         [](const auto& info) { return info.param.first; });

int Regenerate(const std::string& workspace) {
  for (const auto& [name, api] : Apis()) {
    std::ofstream file(absl::StrCat(workspace, "/", kFolder, name, ".jsonl"));
    for (const auto& message : MessagesOf(*api)) file << MessageToJson(*message) << "\n";
    if (!file.flush()) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace mesos::http

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc == 2 && std::string(argv[1]) == "--regenerate") {
    const char* workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");
    return workspace == nullptr ? 2 : mesos::http::Regenerate(workspace);
  }
  return RUN_ALL_TESTS();
}
