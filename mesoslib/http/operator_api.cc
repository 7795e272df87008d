#include "mesoslib/http/operator_api.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/http/answer_pieces.h"
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

// What is asked, and how it is to be answered.
template <typename Call>
struct Asked {
  Call call;
  AnswerForm form;
};

// None: the exchange was answered.
template <typename Call>
std::optional<Asked<Call>> Read(Exchange* exchange) {
  const Request& request = exchange->request();
  Asked<Call> asked;
  if (auto refusal = ReadCall(request, &asked.call); refusal.has_value()) {
    exchange->Reply(*std::move(refusal));
    return std::nullopt;
  }
  const std::optional<AnswerForm> accepted = AcceptedAnswer(request.headers);
  if (!accepted.has_value()) {
    exchange->Reply(NotAcceptableReply());
    return std::nullopt;
  }
  asked.form = *accepted;
  return asked;
}

// `Operated`: a Master or an Agent.
template <typename Operated, typename Call, typename Response>
void Operate(Operated* operated, const Background& background, const HostPtr& host,
             Asked<Call> asked, std::unique_ptr<Exchange> exchange) {
  if (asked.form.recordio) {
    return exchange->Reply(TextReply(
        406, absl::StrCat("Accept allows records only, and ", Call::Type_Name(asked.call.type()),
                          " is not answered with records")));
  }
  Peer peer = PeerOf(exchange->request());
  const int taken = StatusWhenTaken(asked.call);
  auto answer = [exchange = std::move(exchange), encoding = asked.form.encoding, taken,
                 background](absl::StatusOr<Response> response) mutable {
    if (!response.ok()) return exchange->Reply(RefusalReply(response.status(), 409));
    if (!response->has_type()) return exchange->Reply(EmptyReply(taken));
    background(
        [exchange = std::move(exchange), encoding, response = *std::move(response)]() mutable {
          AddSystemMetrics(&response);
          exchange->Reply(MessageReply(response, encoding));
        });
  };
  if (host != nullptr && IsForHost(asked.call)) {
    return AnswerForHost(host, std::move(asked.call), std::move(answer));
  }
  operated->CallOperator(std::move(asked.call), std::move(peer), std::move(answer));
}

// What a state answers.
void ReadState(StateReads* reads, Asked<v1::master::Call> asked,
               std::unique_ptr<Exchange> exchange) {
  const Encoding encoding = asked.form.encoding;
  const std::string what =
      absl::StrCat(v1::master::Call::Type_Name(asked.call.type()), " as ", MediaType(encoding));
  reads->Read(
      what,
      [call = std::move(asked.call), encoding](const MasterState& state) {
        return AnswerPieces(state, call, encoding);
      },
      [exchange = std::move(exchange), encoding](absl::StatusOr<StateReads::Told> told) {
        if (!told.ok()) return exchange->Reply(RefusalReply(told.status(), 409));
        exchange->Reply({.status = 200,
                         .headers = {{"Content-Type", std::string(MediaType(encoding))}},
                         .shared_body = std::move(told->pieces)});
      });
}

}  // namespace

Handler CreateMasterApi(Master* master, WhoLeads who_leads, std::shared_ptr<StateReads> reads,
                        std::shared_ptr<ChangeFeed> feed, Background background, HostPtr host) {
  return [master, who_leads = std::move(who_leads), reads = std::move(reads),
          feed = std::move(feed), background = std::move(background),
          host = std::move(host)](std::unique_ptr<Exchange> exchange) {
    if (auto elsewhere = AnswerUnlessLeading(who_leads, exchange->request())) {
      return exchange->Reply(*std::move(elsewhere));
    }
    auto asked = Read<v1::master::Call>(exchange.get());
    if (!asked.has_value()) return;
    if (asked->call.type() == v1::master::Call::SUBSCRIBE) {
      return feed->Subscribe(std::move(exchange), asked->form);
    }
    if (IsAnsweredFromState(asked->call) && !asked->form.recordio) {
      return ReadState(reads.get(), *std::move(asked), std::move(exchange));
    }
    Operate<Master, v1::master::Call, v1::master::Response>(master, background, host,
                                                            *std::move(asked), std::move(exchange));
  };
}

Handler CreateAgentApi(Agent* agent, Background background, HostPtr host) {
  return [agent, background = std::move(background),
          host = std::move(host)](std::unique_ptr<Exchange> exchange) {
    auto asked = Read<v1::agent::Call>(exchange.get());
    if (!asked.has_value()) return;
    Operate<Agent, v1::agent::Call, v1::agent::Response>(agent, background, host, *std::move(asked),
                                                         std::move(exchange));
  };
}

}  // namespace mesos::http
