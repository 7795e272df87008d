#include "mesoslib/http/read_endpoints.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/version.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/units.h"
#include "mesoslib/http/jsonp.h"
#include "mesoslib/http/peer.h"
#include "mesoslib/http/query.h"
#include "mesoslib/http/replies.h"
#include "mesoslib/http/router.h"
#include "mesoslib/http/system_stats.h"

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
Metrics MetricsIn(Response response) {
  Metrics metrics;
  metrics.reserve(response.get_metrics().metrics_size());
  for (auto& metric : *response.mutable_get_metrics()->mutable_metrics()) {
    metrics.emplace_back(std::move(*metric.mutable_name()), metric.value());
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

// An exchange that two may answer: the first of them has it.
class FirstComes {
 public:
  explicit FirstComes(std::unique_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}

  // Null: the other was first.
  std::unique_ptr<Exchange> Take() {
    MutexLock lock(&mutex_);
    return std::move(exchange_);
  }

 private:
  Mutex mutex_;
  std::unique_ptr<Exchange> exchange_ ABSL_GUARDED_BY(mutex_);
};

using ReplyWith = void (*)(Exchange* exchange, Metrics metrics);

// Writes the text in the background; `reply` answers with it.
void ReplyLater(std::unique_ptr<Exchange> exchange, Metrics metrics, ReplyWith reply,
                const Background& background) {
  background([exchange = std::move(exchange), metrics = std::move(metrics), reply]() mutable {
    for (auto& metric : SystemMetrics()) metrics.push_back(std::move(metric));
    reply(exchange.get(), std::move(metrics));
  });
}

// None: the query has none.
absl::StatusOr<std::optional<absl::Duration>> TimeoutIn(const Request& request) {
  const std::optional<std::string> text = Parameter(request.query, "timeout");
  if (!text.has_value()) return std::optional<absl::Duration>();
  const absl::StatusOr<absl::Duration> timeout = ParseDuration(*text);
  if (timeout.ok()) return std::optional<absl::Duration>(*timeout);
  return absl::InvalidArgumentError(absl::StrCat("timeout is ", Quoted(*text),
                                                 ", expected a number with its unit: 10secs"));
}

void SnapshotReply(Exchange* exchange, Metrics metrics) {
  ReplyJson(exchange, MetricsAsJson(std::move(metrics)));
}

}  // namespace

AskMetrics MetricsOf(Master* master) {
  return [master](auto done) {
    master->CallOperator(
        MetricsCall<v1::master::Call>(), {},
        [done = std::move(done)](absl::StatusOr<v1::master::Response> response) mutable {
          if (absl::IsUnavailable(response.status())) return done(Metrics{{"master/elected", 0}});
          if (!response.ok()) return done(response.status());
          done(MetricsIn(*std::move(response)));
        });
  };
}

AskMetrics MetricsOf(Agent* agent) {
  return [agent](auto done) {
    agent->CallOperator(
        MetricsCall<v1::agent::Call>(), {},
        [done = std::move(done)](absl::StatusOr<v1::agent::Response> response) mutable {
          if (!response.ok()) return done(response.status());
          done(MetricsIn(*std::move(response)));
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

Handler CreateMetricsSnapshot(AskMetrics ask, Background background,
                              std::shared_ptr<Timers> timers) {
  return [ask = std::move(ask), background = std::move(background),
          timers = std::move(timers)](std::unique_ptr<Exchange> exchange) {
    const absl::StatusOr<std::optional<absl::Duration>> timeout = TimeoutIn(exchange->request());
    if (!timeout.ok()) return exchange->Reply(RefusalReply(timeout.status(), 409));
    auto first = std::make_shared<FirstComes>(std::move(exchange));
    TimerId timer = 0;
    if (timeout->has_value()) {
      timer = timers->RunAfter(**timeout, [first, background] {
        if (auto waiting = first->Take()) {
          ReplyLater(std::move(waiting), {}, SnapshotReply, background);
        }
      });
    }
    ask([first, background, timers, timer](absl::StatusOr<Metrics> metrics) {
      auto waiting = first->Take();
      if (waiting == nullptr) return;
      if (timer != 0) timers->Cancel(timer);
      if (!metrics.ok()) return waiting->Reply(RefusalReply(metrics.status(), 409));
      ReplyLater(std::move(waiting), *std::move(metrics), SnapshotReply, background);
    });
  };
}

Handler CreatePrometheusEndpoint(AskMetrics ask, Background background) {
  return [ask = std::move(ask),
          background = std::move(background)](std::unique_ptr<Exchange> exchange) {
    ask([exchange = std::move(exchange), background](absl::StatusOr<Metrics> metrics) mutable {
      if (!metrics.ok()) return exchange->Reply(RefusalReply(metrics.status(), 409));
      ReplyLater(
          std::move(exchange), *std::move(metrics),
          [](Exchange* waiting, Metrics all) {
            waiting->Reply({200,
                            {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
                            MetricsForPrometheus(std::move(all))});
          },
          background);
    });
  };
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
    exchange->Reply(RedirectReply(leading, /*path=*/"", /*query=*/""));
  };
}

}  // namespace mesos::http
