#include "mesoslib/http/operator_api.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/http/content.h"
#include "mesoslib/http/host_calls.h"
#include "mesoslib/http/peer.h"
#include "mesoslib/http/replies.h"
#include "mesoslib/http/system_stats.h"

namespace mesos::http {
namespace {

// What a call without a response is answered with: some are done when the agent has done them.
int StatusWhenTaken(const v1::master::Call& call) {
  using Call = v1::master::Call;
  switch (call.type()) {
    case Call::RESERVE_RESOURCES:
    case Call::UNRESERVE_RESOURCES:
    case Call::CREATE_VOLUMES:
    case Call::DESTROY_VOLUMES:
    case Call::GROW_VOLUME:
    case Call::SHRINK_VOLUME:
      return 202;
    default:
      return 200;
  }
}

int StatusWhenTaken(const v1::agent::Call& /*call*/) { return 200; }

// The machine's gauges are among those of /metrics/snapshot, and so here.
template <typename Response>
void AddSystemMetrics(Response* response) {
  if (response->type() != Response::GET_METRICS) return;
  for (const auto& [name, value] : SystemMetrics()) {
    v1::Metric* metric = response->mutable_get_metrics()->add_metrics();
    metric->set_name(name);
    metric->set_value(value);
  }
}

// `Operated`: a Master or an Agent.
template <typename Operated, typename Call, typename Response>
void Operate(Operated* operated, const Background& background, const HostPtr& host,
             std::unique_ptr<Exchange> exchange) {
  const Request& request = exchange->request();
  Call call;
  if (auto refusal = ReadCall(request, &call); refusal.has_value()) {
    return exchange->Reply(*std::move(refusal));
  }
  const std::optional<AnswerForm> accepted = AcceptedAnswer(request.headers);
  if (!accepted.has_value()) return exchange->Reply(NotAcceptableReply());
  if (accepted->recordio) {
    return exchange->Reply(TextReply(
        406, absl::StrCat("Accept allows records only, and ", Call::Type_Name(call.type()),
                          " is not answered with records")));
  }
  Peer peer = PeerOf(request);
  const int taken = StatusWhenTaken(call);
  auto answer = [exchange = std::move(exchange), encoding = accepted->encoding, taken,
                 background](absl::StatusOr<Response> response) mutable {
    if (!response.ok()) return exchange->Reply(RefusalReply(response.status(), 409));
    if (!response->has_type()) return exchange->Reply(EmptyReply(taken));
    background(
        [exchange = std::move(exchange), encoding, response = *std::move(response)]() mutable {
          AddSystemMetrics(&response);
          exchange->Reply(MessageReply(response, encoding));
        });
  };
  if (host != nullptr && IsForHost(call)) {
    return AnswerForHost(host, std::move(call), std::move(answer));
  }
  operated->CallOperator(std::move(call), std::move(peer), std::move(answer));
}

}  // namespace

Handler CreateMasterApi(Master* master, WhoLeads who_leads, Background background, HostPtr host) {
  return [master, who_leads = std::move(who_leads), background = std::move(background),
          host = std::move(host)](std::unique_ptr<Exchange> exchange) {
    if (auto elsewhere = AnswerUnlessLeading(who_leads, exchange->request())) {
      return exchange->Reply(*std::move(elsewhere));
    }
    Operate<Master, v1::master::Call, v1::master::Response>(master, background, host,
                                                            std::move(exchange));
  };
}

Handler CreateAgentApi(Agent* agent, Background background, HostPtr host) {
  return [agent, background = std::move(background),
          host = std::move(host)](std::unique_ptr<Exchange> exchange) {
    Operate<Agent, v1::agent::Call, v1::agent::Response>(agent, background, host,
                                                         std::move(exchange));
  };
}

}  // namespace mesos::http
