// Offer constraints, as frameworks send them: what compiles says the same of an agent whoever asks,
// and explains itself exactly where it says no.
//
// The first line of an input is the text of the agent's attribute "rack", the rest is JSON.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "mesos/offer_constraints.h"
#include "mesoslib/testing/fuzz_input.h"

namespace mesos {
namespace {

v1::AgentInfo Agent(absl::string_view rack) {
  v1::AgentInfo agent;
  agent.set_hostname("host1");
  agent.mutable_domain()->mutable_fault_domain()->mutable_region()->set_name("north");
  agent.mutable_domain()->mutable_fault_domain()->mutable_zone()->set_name("a");
  v1::Attribute* attribute = agent.add_attributes();
  attribute->set_name("rack");
  attribute->set_type(v1::Value::TEXT);
  attribute->mutable_text()->set_value(std::string(rack));
  attribute = agent.add_attributes();
  attribute->set_name("weight");
  attribute->set_type(v1::Value::SCALAR);
  attribute->mutable_scalar()->set_value(3);
  return agent;
}

void Check(const v1::scheduler::OfferConstraints& wanted, const v1::AgentInfo& agent) {
  const auto compiled = CompileOfferConstraints(wanted, {"eng", "sci"});
  if (!compiled.ok()) {
    FUZZ_CHECK(compiled.status().code() == absl::StatusCode::kInvalidArgument,
               compiled.status().ToString());
    return;
  }
  const auto again = CompileOfferConstraints(wanted, {"eng", "sci"});
  FUZZ_CHECK(again.ok() && (*again == nullptr) == (*compiled == nullptr), wanted.DebugString());
  if (*compiled == nullptr) return;
  for (const absl::string_view role : {"eng", "sci", "other"}) {
    const bool allowed = (*compiled)->Allow(role, agent);
    const std::string why = (*compiled)->Explain(role, agent);
    FUZZ_CHECK(allowed == why.empty(), absl::StrCat(why, "\n", wanted.DebugString()));
    FUZZ_CHECK((*again)->Allow(role, agent) == allowed, wanted.DebugString());
    FUZZ_CHECK(allowed || wanted.role_constraints().contains(std::string(role)), why);
  }
}

}  // namespace
}  // namespace mesos

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  absl::string_view bytes = mesos::FuzzedBytes(data, size);
  const absl::string_view rack = mesos::TakeLine(&bytes);
  mesos::v1::scheduler::OfferConstraints wanted;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto status =
      google::protobuf::util::JsonStringToMessage(std::string(bytes), &wanted, options);
  if (status.ok()) mesos::Check(wanted, mesos::Agent(rack));
  return 0;
}
