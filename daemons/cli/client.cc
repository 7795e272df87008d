#include "daemons/cli/client.h"

#include <cstddef>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "daemons/cli/text.h"
#include "google/protobuf/arena.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/http/message_json.h"

namespace mesos::cli {
namespace {

constexpr int kMasterPort = 5050;
constexpr int kMaxReasonColumns = 400;
constexpr char kProtobuf[] = "application/x-protobuf";

// What a daemon says of a refusal, as a part of one line.
std::string Reason(const HttpAnswer& answer) {
  if (!absl::StartsWith(answer.content_type, "text/plain")) return "";
  return CutEnd(Printable(absl::StripAsciiWhitespace(answer.body)), kMaxReasonColumns);
}

absl::Status Refusal(const std::string& peer, const HttpAnswer& answer) {
  const std::string reason = Reason(answer);
  const std::string because = reason.empty() ? "" : absl::StrCat(": ", reason);
  switch (answer.status) {
    case 400:
    case 409:
      return absl::FailedPreconditionError(absl::StrCat(peer, " refuses", because));
    case 401:
    case 403:
      return absl::PermissionDeniedError(absl::StrCat(peer, " does not allow it", because));
    case 404:
      return absl::NotFoundError(absl::StrCat(peer, " has no such thing", because));
    case 501:
      return absl::UnimplementedError(absl::StrCat(peer, " cannot do that", because));
    case 503:
      return absl::UnavailableError(
          absl::StrCat(peer, " cannot answer at present", because, "; try again"));
    default:
      return absl::InternalError(absl::StrCat(peer, " answers ", answer.status, because));
  }
}

absl::Status ParseMessage(const HttpAnswer& answer, google::protobuf::Message* message) {
  if (answer.body.empty()) return absl::OkStatus();
  if (absl::StartsWith(answer.content_type, kProtobuf)) {
    if (message->ParseFromString(answer.body)) return absl::OkStatus();
    return absl::DataLossError("not a message of the v1 API");
  }
  if (absl::StartsWith(answer.content_type, "application/json")) {
    const http::JsonLimits limits = {.bytes = size_t{1} << 30, .messages = 1 << 26};
    return http::JsonToMessage(answer.body, message, limits);
  }
  return absl::DataLossError(absl::StrCat("Content-Type is '", Printable(answer.content_type),
                                          "'; expected application/x-protobuf or JSON"));
}

absl::Status ReadMessage(const std::string& peer, const HttpAnswer& answer,
                         google::protobuf::Message* message) {
  const absl::Status parsed = ParseMessage(answer, message);
  if (parsed.ok()) return parsed;
  return absl::DataLossError(
      absl::StrCat("what ", peer, " answers cannot be read: ", parsed.message()));
}

}  // namespace

absl::StatusOr<std::string> HttpAddress(absl::string_view text, int port) {
  const auto wrong = [&] {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", Printable(text), "' is no address; expected host:port",
        absl::StartsWith(text, "grpc://") ? " of HTTP, which gRPC's port is not" : ""));
  };
  absl::string_view rest = text;
  absl::ConsumePrefix(&rest, "http://");
  absl::ConsumeSuffix(&rest, "/");
  size_t colon = rest.rfind(':');
  if (absl::StartsWith(rest, "[")) {
    const size_t bracket = rest.find(']');
    if (bracket == rest.npos) return wrong();
    colon = bracket + 1 < rest.size() ? bracket + 1 : rest.npos;
    if (colon != rest.npos && rest[colon] != ':') return wrong();
  }
  const absl::string_view host = rest.substr(0, colon);
  if (colon != rest.npos &&
      (!absl::SimpleAtoi(rest.substr(colon + 1), &port) || port < 1 || port > 65535)) {
    return wrong();
  }
  const bool plain = host.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789-._[]:%") == host.npos;
  if (host.empty() || !plain || (host[0] != '[' && absl::StrContains(host, ':'))) return wrong();
  return absl::StrCat(host, ":", port);
}

Client::Client(Http* http, std::string master, absl::Duration timeout, LeaderFinder find_leader)
    : http_(http),
      master_(std::move(master)),
      timeout_(timeout),
      find_leader_(std::move(find_leader)) {}

absl::StatusOr<std::string> Client::MasterAddress() {
  if (!address_.empty()) return address_;
  if (absl::StartsWith(master_, "zk:") || absl::StartsWith(master_, "file:")) {
    ASSIGN_OR_RETURN(address_, find_leader_(master_, timeout_));
  } else {
    ASSIGN_OR_RETURN(address_, HttpAddress(master_, kMasterPort));
  }
  return address_;
}

absl::StatusOr<HttpAnswer> Client::Send(const Peer& peer, HttpRequest request) {
  request.timeout = timeout_;
  absl::StatusOr<HttpAnswer> answer = http_->Send(request);
  if (!answer.ok()) {
    const absl::Status& why = answer.status();
    if (absl::IsUnavailable(why)) {
      return absl::UnavailableError(
          absl::StrCat("cannot reach ", peer.name, ": ", why.message(), peer.hint));
    }
    return Annotate(why, peer.name);
  }
  if (answer->status == 200 || answer->status == 202) return answer;
  return Refusal(peer.name, *answer);
}

absl::StatusOr<HttpAnswer> Client::Post(const Peer& peer, const google::protobuf::Message& call) {
  HttpRequest request;
  request.url = absl::StrCat("http://", peer.address, "/api/v1");
  request.body = http::MessageToJson(call);
  request.accept = kProtobuf;
  return Send(peer, std::move(request));
}

absl::Status Client::Call(const Peer& peer, const google::protobuf::Message& call,
                          google::protobuf::Message* response) {
  ASSIGN_OR_RETURN(const HttpAnswer answer, Post(peer, call));
  return ReadMessage(peer.name, answer, response);
}

Client::Peer Client::AgentPeer(const std::string& agent, const std::string& address) {
  return {absl::StrCat("the agent ", Printable(agent), " at ", address), address, ""};
}

absl::StatusOr<Client::Peer> Client::Master() {
  ASSIGN_OR_RETURN(const std::string address, MasterAddress());
  return Peer{absl::StrCat("the master at ", address), address,
              "; --master=HOST:PORT or MESOS_MASTER says where it is"};
}

absl::Status Client::CallMaster(const v1::master::Call& call, v1::master::Response* response) {
  ASSIGN_OR_RETURN(const Peer master, Master());
  return Call(master, call, response);
}

absl::StatusOr<v1::master::Response> Client::Ask(const v1::master::Call& call) {
  v1::master::Response response;
  RETURN_IF_ERROR(CallMaster(call, &response));
  return response;
}

absl::StatusOr<v1::master::Response> Client::Ask(v1::master::Call::Type type) {
  v1::master::Call call;
  call.set_type(type);
  return Ask(call);
}

absl::StatusOr<std::shared_ptr<const v1::master::Response>> Client::AskForMany(
    v1::master::Call::Type type) {
  google::protobuf::ArenaOptions options;
  options.max_block_size = size_t{1} << 20;
  const auto arena = std::make_shared<google::protobuf::Arena>(options);
  auto* response = google::protobuf::Arena::CreateMessage<v1::master::Response>(arena.get());
  v1::master::Call call;
  call.set_type(type);
  RETURN_IF_ERROR(CallMaster(call, response));
  return std::shared_ptr<const v1::master::Response>(arena, response);
}

absl::StatusOr<std::string> Client::AskForBytes(v1::master::Call::Type type) {
  v1::master::Call call;
  call.set_type(type);
  ASSIGN_OR_RETURN(const Peer master, Master());
  ASSIGN_OR_RETURN(HttpAnswer answer, Post(master, call));
  if (absl::StartsWith(answer.content_type, kProtobuf)) return std::move(answer.body);
  v1::master::Response response;
  RETURN_IF_ERROR(ReadMessage(master.name, answer, &response));
  return response.SerializeAsString();
}

absl::StatusOr<v1::agent::Response> Client::AskAgent(const std::string& agent,
                                                     const std::string& address,
                                                     const v1::agent::Call& call) {
  v1::agent::Response response;
  RETURN_IF_ERROR(Call(AgentPeer(agent, address), call, &response));
  return response;
}

absl::StatusOr<std::string> Client::GetFromAgent(const std::string& agent,
                                                 const std::string& address,
                                                 absl::string_view path) {
  HttpRequest request;
  request.url = absl::StrCat("http://", address, path);
  ASSIGN_OR_RETURN(HttpAnswer answer, Send(AgentPeer(agent, address), std::move(request)));
  return std::move(answer.body);
}

}  // namespace mesos::cli
