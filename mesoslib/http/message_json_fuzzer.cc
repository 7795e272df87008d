// JSON as calls: what is accepted, written by us and read again, is the same call, and so is what
// goes over the wire as protobuf.
//
// The first line of an input names the API: scheduler, executor, master or agent.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/http/message_json.h"
#include "mesoslib/testing/fuzz_input.h"

namespace mesos::http {
namespace {

using google::protobuf::Message;
using google::protobuf::util::DefaultFieldComparator;
using google::protobuf::util::MessageDifferencer;

std::unique_ptr<Message> NewCall(absl::string_view api) {
  if (api == "scheduler") return std::make_unique<v1::scheduler::Call>();
  if (api == "executor") return std::make_unique<v1::executor::Call>();
  if (api == "master") return std::make_unique<v1::master::Call>();
  if (api == "agent") return std::make_unique<v1::agent::Call>();
  return nullptr;
}

// What is not set is as good as its default, and NaN is itself.
bool Same(const Message& a, const Message& b) {
  DefaultFieldComparator comparator;
  comparator.set_treat_nan_as_equal(true);
  MessageDifferencer differencer;
  differencer.set_field_comparator(&comparator);
  differencer.set_message_field_comparison(MessageDifferencer::EQUIVALENT);
  return differencer.Compare(a, b);
}

void Check(absl::string_view json, Message* call) {
  const JsonLimits limits = {.depth = 100, .bytes = 1 << 16, .messages = 1000};
  const absl::Status status = JsonToMessage(json, call, limits);
  if (!status.ok()) {
    FUZZ_CHECK(status.code() == absl::StatusCode::kInvalidArgument, status.ToString());
    FUZZ_CHECK(!status.message().empty(), "");
    return;
  }
  const std::string written = MessageToJson(*call);
  std::unique_ptr<Message> again(call->New());
  const absl::Status reread = JsonToMessage(written, again.get());
  FUZZ_CHECK(reread.ok(), absl::StrCat(reread.ToString(), " of ", written));
  FUZZ_CHECK(Same(*call, *again),
             absl::StrCat(call->DebugString(), "\n--\n", again->DebugString()));
  FUZZ_CHECK(MessageToJson(*again) == written,
             absl::StrCat(MessageToJson(*again), "\n--\n", written));
  std::unique_ptr<Message> parsed(call->New());
  FUZZ_CHECK(parsed->ParseFromString(call->SerializeAsString()), written);
  FUZZ_CHECK(Same(*call, *parsed), absl::StrCat(call->DebugString(), parsed->DebugString()));
}

}  // namespace
}  // namespace mesos::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  absl::string_view bytes = mesos::FuzzedBytes(data, size);
  const absl::string_view api = mesos::TakeLine(&bytes);
  const std::unique_ptr<google::protobuf::Message> call = mesos::http::NewCall(api);
  if (call != nullptr) mesos::http::Check(bytes, call.get());
  return 0;
}
