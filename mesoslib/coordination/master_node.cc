#include "mesoslib/coordination/master_node.h"

#include <algorithm>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/util/json_util.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/resources/json.h"
#include "rapidjson/document.h"

namespace mesos {
namespace {

constexpr absl::string_view kGrpcPort = "grpc_port";
constexpr size_t kMaxBytes = 64 << 10;

// Without recursion: how deep the text is nested is not ours to say.
absl::StatusOr<int> ReadGrpcPort(absl::string_view data) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(data.data(), data.size());
  if (document.HasParseError() || !document.IsObject()) {
    return absl::InvalidArgumentError("it is not a JSON object");
  }
  const rapidjson::Value& object = document;  // Of mutable iterators Clang finds == ambiguous.
  const auto member = object.FindMember(
      rapidjson::StringRef(kGrpcPort.data(), static_cast<rapidjson::SizeType>(kGrpcPort.size())));
  if (member == object.MemberEnd()) return 0;
  if (!member->value.IsInt() || member->value.GetInt() < 1 || member->value.GetInt() > 65535) {
    return absl::InvalidArgumentError("its grpc_port is not a number from 1 to 65535");
  }
  return member->value.GetInt();
}

absl::Status ReadJson(absl::string_view data, Leader* leader) {
  ASSIGN_OR_RETURN(leader->grpc_port, ReadGrpcPort(data));
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto parsed = google::protobuf::util::JsonStringToMessage(
      std::string(data.data(), data.size()), &leader->info, options);
  if (parsed.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("it is not a MasterInfo: ",
                   Quoted(absl::string_view(parsed.message().data(), parsed.message().size()))));
}

// "master@10.0.0.1:5050"
absl::Status ReadPid(absl::string_view data, Leader* leader) {
  const size_t at = data.find('@');
  const size_t colon = data.rfind(':');
  int port = 0;
  if (at == data.npos || colon == data.npos || colon < at ||
      !absl::SimpleAtoi(data.substr(colon + 1), &port)) {
    return absl::InvalidArgumentError("it is not a master's pid, such as master@10.0.0.1:5050");
  }
  const std::string host(data.substr(at + 1, colon - at - 1));
  leader->info.set_id(std::string(data));
  leader->info.set_pid(std::string(data));
  leader->info.set_hostname(host);
  leader->info.mutable_address()->set_ip(host);
  leader->info.mutable_address()->set_port(port);
  return absl::OkStatus();
}

// Network byte order, as it lies in memory.
std::string UnpackIp(uint32_t ip) {
  return absl::StrCat(ip & 255, ".", ip >> 8 & 255, ".", ip >> 16 & 255, ".", ip >> 24);
}

// Masters of before `address` have `ip` and `port` only.
absl::Status CompleteAddress(v1::MasterInfo* info) {
  if (info->id().empty()) return absl::InvalidArgumentError("its id is missing");
  v1::Address* address = info->mutable_address();
  if (address->ip().empty() && info->ip() != 0) address->set_ip(UnpackIp(info->ip()));
  if (address->hostname().empty()) {
    address->set_hostname(info->hostname().empty() ? address->ip() : info->hostname());
  }
  if (address->hostname().empty()) {
    return absl::InvalidArgumentError("its address.ip, ip and hostname are missing");
  }
  if (!address->has_port()) address->set_port(static_cast<int32_t>(info->port()));
  if (address->port() < 1 || address->port() > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("its port ", address->port(), " is not from 1 to 65535"));
  }
  return absl::OkStatus();
}

absl::Status Read(absl::string_view label, absl::string_view data, Leader* leader) {
  if (label == "json.info") return ReadJson(data, leader);
  if (label == "info") {
    if (leader->info.ParseFromArray(data.data(), static_cast<int>(data.size()))) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError("it is not a binary MasterInfo");
  }
  return ReadPid(data, leader);
}

}  // namespace

std::optional<MasterNodeName> ParseMasterNodeName(absl::string_view name) {
  const size_t underscore = name.find('_');
  const bool labelled = underscore != name.npos;
  const absl::string_view digits = labelled ? name.substr(underscore + 1) : name;
  MasterNodeName parsed;
  if (labelled) parsed.label = std::string(name.substr(0, underscore));
  if (!std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(digits, &parsed.sequence)) {
    return std::nullopt;
  }
  return parsed;
}

bool IsMasterLabel(absl::string_view label) {
  return label == "json.info" || label == "info" || label.empty();
}

std::string EncodeMasterNode(const Leader& leader) {
  std::string json = MessageToJson(leader.info);
  if (leader.grpc_port == 0) return json;
  json.pop_back();
  if (json.size() > 1) json += ',';
  return absl::StrCat(json, "\"", kGrpcPort, "\":", leader.grpc_port, "}");
}

absl::StatusOr<Leader> DecodeMasterNode(absl::string_view label, absl::string_view data) {
  if (data.size() > kMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("it has ", data.size(), " bytes, of at most ", kMaxBytes));
  }
  Leader leader;
  RETURN_IF_ERROR(Read(label, data, &leader));
  RETURN_IF_ERROR(CompleteAddress(&leader.info));
  return leader;
}

}  // namespace mesos
