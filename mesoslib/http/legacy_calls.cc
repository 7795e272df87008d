#include "mesoslib/http/legacy_calls.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/http/jsonp.h"
#include "mesoslib/http/message_json.h"
#include "mesoslib/http/peer.h"
#include "mesoslib/http/query.h"
#include "mesoslib/http/replies.h"

namespace mesos::http {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Call = v1::master::Call;
using Answered = v1::master::Response;
using Form = std::map<std::string, std::string>;

// -- Reading --

// `json` is a list: that of `field`, the only one that `message` is to have.
absl::Status ReadList(absl::string_view json, absl::string_view what, const std::string& field,
                      Message* message) {
  json = absl::StripAsciiWhitespace(json);
  if (!absl::StartsWith(json, "[")) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " is ", Quoted(json), ", expected a JSON array"));
  }
  RETURN_IF_ERROR(JsonToMessage(absl::StrCat("{\"", field, "\":", json, "}"), message));
  std::vector<const FieldDescriptor*> set;
  message->GetReflection()->ListFields(*message, &set);
  if (set.size() <= 1 && (set.empty() || set.front()->name() == field)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(what, " is more than one JSON array"));
}

absl::StatusOr<std::string> Field(const Form& form, const std::string& name) {
  const auto found = form.find(name);
  if (found != form.end() && !found->second.empty()) return found->second;
  return absl::InvalidArgumentError(
      absl::StrCat(name, " is missing in the form, expected ", name, "=..."));
}

// A form with slaveId and a list, `field`, for a call on an agent's resources.
template <typename Body>
absl::Status ReadAgentForm(const Request& request, const std::string& field, Body* body) {
  ASSIGN_OR_RETURN(const Form form, ParseQuery(request.body));
  ASSIGN_OR_RETURN(const std::string agent, Field(form, "slaveId"));
  ASSIGN_OR_RETURN(const std::string list, Field(form, field));
  RETURN_IF_ERROR(ReadList(list, field, field, body));
  body->mutable_agent_id()->set_value(agent);
  return absl::OkStatus();
}

absl::Status ReadReserve(const Request& request, Call* call) {
  Call::ReserveResources* reserve = call->mutable_reserve_resources();
  RETURN_IF_ERROR(ReadAgentForm(request, "resources", reserve));
  ASSIGN_OR_RETURN(const Form form, ParseQuery(request.body));
  const auto source = form.find("source");
  if (source == form.end()) return absl::OkStatus();
  Call::ReserveResources from;
  RETURN_IF_ERROR(ReadList(source->second, "source", "source", &from));
  reserve->mutable_source()->Swap(from.mutable_source());
  return absl::OkStatus();
}

absl::Status ReadUnreserve(const Request& request, Call* call) {
  return ReadAgentForm(request, "resources", call->mutable_unreserve_resources());
}

absl::Status ReadCreateVolumes(const Request& request, Call* call) {
  return ReadAgentForm(request, "volumes", call->mutable_create_volumes());
}

absl::Status ReadDestroyVolumes(const Request& request, Call* call) {
  return ReadAgentForm(request, "volumes", call->mutable_destroy_volumes());
}

absl::Status ReadTeardown(const Request& request, Call* call) {
  ASSIGN_OR_RETURN(const Form form, ParseQuery(request.body));
  ASSIGN_OR_RETURN(const std::string framework, Field(form, "frameworkId"));
  call->mutable_teardown()->mutable_framework_id()->set_value(framework);
  return absl::OkStatus();
}

absl::Status ReadWeights(const Request& request, Call* call) {
  return ReadList(request.body, "the body", "weight_infos", call->mutable_update_weights());
}

absl::Status ReadQuota(const Request& request, Call* call) {
  return JsonToMessage(request.body, call->mutable_set_quota()->mutable_quota_request());
}

absl::Status ReadQuotaRole(const Request& request, Call* call) {
  const absl::string_view role = PathBelow(request.path, "/quota");
  if (role.empty()) {
    return absl::InvalidArgumentError("the path names no role, expected /quota/ROLE");
  }
  call->mutable_remove_quota()->set_role(std::string(role));
  return absl::OkStatus();
}

absl::Status ReadSchedule(const Request& request, Call* call) {
  return JsonToMessage(request.body,
                       call->mutable_update_maintenance_schedule()->mutable_schedule());
}

absl::Status ReadMachinesDown(const Request& request, Call* call) {
  return ReadList(request.body, "the body", "machines", call->mutable_start_maintenance());
}

absl::Status ReadMachinesUp(const Request& request, Call* call) {
  return ReadList(request.body, "the body", "machines", call->mutable_stop_maintenance());
}

absl::Status ReadNothing(const Request& /*request*/, Call* /*call*/) { return absl::OkStatus(); }

// -- Answering --

std::string WriteWeights(const Answered& response) {
  std::string json = "[";
  for (const v1::WeightInfo& weight : response.get_weights().weight_infos()) {
    if (json.size() > 1) json += ",";
    AppendJson(weight, &json);
  }
  return json + "]";
}

std::string WriteQuota(const Answered& response) {
  return MessageToJson(response.get_quota().status());
}

std::string WriteSchedule(const Answered& response) {
  return MessageToJson(response.get_maintenance_schedule().schedule());
}

std::string WriteStatus(const Answered& response) {
  return MessageToJson(response.get_maintenance_status().status());
}

// -- The table --

struct LegacyCall {
  const char* path;
  const char* method;
  Call::Type type;
  absl::Status (*read)(const Request& request, Call* call);
  int status;                                                // When it is done.
  std::string (*write)(const Answered& response) = nullptr;  // Null: there is nothing to say.
};

constexpr LegacyCall kCalls[] = {
    {"/reserve", "POST", Call::RESERVE_RESOURCES, ReadReserve, 202},
    {"/unreserve", "POST", Call::UNRESERVE_RESOURCES, ReadUnreserve, 202},
    {"/create-volumes", "POST", Call::CREATE_VOLUMES, ReadCreateVolumes, 202},
    {"/destroy-volumes", "POST", Call::DESTROY_VOLUMES, ReadDestroyVolumes, 202},
    {"/teardown", "POST", Call::TEARDOWN, ReadTeardown, 200},
    {"/weights", "GET", Call::GET_WEIGHTS, ReadNothing, 200, WriteWeights},
    {"/weights", "PUT", Call::UPDATE_WEIGHTS, ReadWeights, 200},
    {"/quota", "GET", Call::GET_QUOTA, ReadNothing, 200, WriteQuota},
    {"/quota", "POST", Call::SET_QUOTA, ReadQuota, 200},
    {"/quota", "DELETE", Call::REMOVE_QUOTA, ReadQuotaRole, 200},
    {"/maintenance/schedule", "GET", Call::GET_MAINTENANCE_SCHEDULE, ReadNothing, 200,
     WriteSchedule},
    {"/maintenance/schedule", "POST", Call::UPDATE_MAINTENANCE_SCHEDULE, ReadSchedule, 200},
    {"/maintenance/status", "GET", Call::GET_MAINTENANCE_STATUS, ReadNothing, 200, WriteStatus},
    {"/machine/down", "POST", Call::START_MAINTENANCE, ReadMachinesDown, 200},
    {"/machine/up", "POST", Call::STOP_MAINTENANCE, ReadMachinesUp, 200},
};

// Null: there is none; a router lets none such through.
const LegacyCall* Find(absl::string_view path, absl::string_view method) {
  if (method == "HEAD") method = "GET";
  for (const LegacyCall& call : kCalls) {
    if (path == call.path && method == call.method) return &call;
  }
  return nullptr;
}

void Answer(const LegacyCall& legacy, Exchange* exchange,
            const absl::StatusOr<Answered>& response) {
  if (!response.ok()) return exchange->Reply(RefusalReply(response.status(), 409));
  if (legacy.write == nullptr) return exchange->Reply(EmptyReply(legacy.status));
  ReplyJson(exchange, legacy.write(*response));
}

Handler CreateLegacyCall(CallMaster call_master, WhoLeads who_leads, Background background,
                         std::string path) {
  return [call_master = std::move(call_master), who_leads = std::move(who_leads),
          background = std::move(background),
          path = std::move(path)](std::unique_ptr<Exchange> exchange) {
    const Request& request = exchange->request();
    if (auto elsewhere = AnswerUnlessLeading(who_leads, request)) {
      return exchange->Reply(*std::move(elsewhere));
    }
    const LegacyCall* legacy = Find(path, request.method);
    if (legacy == nullptr) return exchange->Reply(TextReply(405, "this method is not allowed"));
    Call call;
    call.set_type(legacy->type);
    if (absl::Status read = legacy->read(request, &call); !read.ok()) {
      return exchange->Reply(RefusalReply(read, 409));
    }
    Peer peer = PeerOf(request);
    call_master(
        std::move(call), std::move(peer),
        [legacy, background,
         exchange = std::move(exchange)](absl::StatusOr<Answered> response) mutable {
          background([legacy, exchange = std::move(exchange), response = std::move(response)] {
            Answer(*legacy, exchange.get(), response);
          });
        });
  };
}

}  // namespace

std::vector<Route> LegacyCalls(CallMaster call_master, WhoLeads who_leads, Background background) {
  std::vector<Route> routes;
  for (const LegacyCall& call : kCalls) {
    auto known = std::find_if(routes.begin(), routes.end(),
                              [&](const Route& route) { return route.path == call.path; });
    if (known == routes.end()) {
      known = routes.insert(
          routes.end(),
          {call.path, {}, CreateLegacyCall(call_master, who_leads, background, call.path)});
    }
    known->methods.push_back(call.method);
    if (known->methods.back() == "GET") known->methods.push_back("HEAD");
  }
  return routes;
}

}  // namespace mesos::http
