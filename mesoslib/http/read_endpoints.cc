#include "mesoslib/http/read_endpoints.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/version.h"
#include "mesoslib/http/jsonp.h"
#include "mesoslib/http/peer.h"
#include "mesoslib/http/replies.h"
#include "mesoslib/http/router.h"

namespace mesos::http {
namespace {

constexpr absl::string_view kRedirectPath = "/redirect";

template <typename Call>
Call MetricsCall() {
  Call call;
  call.set_type(Call::GET_METRICS);
  call.mutable_get_metrics();
  return call;
}

template <typename Response>
Metrics MetricsIn(const Response& response) {
  Metrics metrics;
  for (const auto& metric : response.get_metrics().metrics()) {
    metrics[metric.name()] = metric.value();
  }
  return metrics;
}

// `Operated`: a Master or an Agent. That it answers is what counts, not what.
template <typename Operated, typename Call>
Handler Health(Operated* operated) {
  return [operated](std::unique_ptr<Exchange> exchange) {
    Call call;
    call.set_type(Call::GET_HEALTH);
    Peer peer = PeerOf(exchange->request());
    operated->CallOperator(std::move(call), std::move(peer),
                           [exchange = std::move(exchange)](auto /*response*/) {
                             exchange->Reply(EmptyReply(200));
                           });
  };
}

// Writes the text in the background; `reply` answers with it.
Handler MetricsEndpoint(AskMetrics ask, Background background,
                        void (*reply)(Exchange* exchange, const Metrics& metrics)) {
  return [ask = std::move(ask), background = std::move(background),
          reply](std::unique_ptr<Exchange> exchange) {
    ask([exchange = std::move(exchange), background,
         reply](absl::StatusOr<Metrics> metrics) mutable {
      if (!metrics.ok()) return exchange->Reply(RefusalReply(metrics.status(), 409));
      background([exchange = std::move(exchange), metrics = *std::move(metrics), reply] {
        reply(exchange.get(), metrics);
      });
    });
  };
}

}  // namespace

AskMetrics MetricsOf(Master* master) {
  return [master](auto done) {
    master->CallOperator(
        MetricsCall<v1::master::Call>(), {},
        [done = std::move(done)](absl::StatusOr<v1::master::Response> response) mutable {
          if (absl::IsUnavailable(response.status())) return done(Metrics{{"master/elected", 0}});
          if (!response.ok()) return done(response.status());
          done(MetricsIn(*response));
        });
  };
}

AskMetrics MetricsOf(Agent* agent) {
  return [agent](auto done) {
    agent->CallOperator(
        MetricsCall<v1::agent::Call>(), {},
        [done = std::move(done)](absl::StatusOr<v1::agent::Response> response) mutable {
          if (!response.ok()) return done(response.status());
          done(MetricsIn(*response));
        });
  };
}

Handler HealthOf(Master* master) { return Health<Master, v1::master::Call>(master); }
Handler HealthOf(Agent* agent) { return Health<Agent, v1::agent::Call>(agent); }

Handler CreateVersionEndpoint() {
  return [](std::unique_ptr<Exchange> exchange) {
    ReplyJson(exchange.get(), absl::StrCat(R"({"version":")", LibraryVersion(), R"("})"));
  };
}

Handler CreateMetricsSnapshot(AskMetrics ask, Background background) {
  return MetricsEndpoint(std::move(ask), std::move(background),
                         [](Exchange* exchange, const Metrics& metrics) {
                           ReplyJson(exchange, MetricsAsJson(metrics));
                         });
}

Handler CreatePrometheusEndpoint(AskMetrics ask, Background background) {
  return MetricsEndpoint(
      std::move(ask), std::move(background), [](Exchange* exchange, const Metrics& metrics) {
        exchange->Reply({200,
                         {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
                         MetricsForPrometheus(metrics)});
      });
}

Handler CreateRedirect(WhoLeads who_leads) {
  return [who_leads = std::move(who_leads)](std::unique_ptr<Exchange> exchange) {
    if (!PathBelow(exchange->request().path, kRedirectPath).empty()) {
      return exchange->Reply(TextReply(404, "nothing is below /redirect"));
    }
    Leading leading = who_leads();
    if (leading.state == Leading::State::kNobody) {
      return exchange->Reply(TextReply(503, "no master leads; try again"));
    }
    // Also to itself: who follows it finds the leader either way.
    exchange->Reply(RedirectReply(leading, ""));
  };
}

}  // namespace mesos::http
