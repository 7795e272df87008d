// mesos/http.h: what is served where, and on which threads.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "mesos/http.h"
#include "mesos/random.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/worker_pool.h"
#include "mesoslib/http/change_feed.h"
#include "mesoslib/http/executor_api.h"
#include "mesoslib/http/http_server.h"
#include "mesoslib/http/leading.h"
#include "mesoslib/http/operator_api.h"
#include "mesoslib/http/read_endpoints.h"
#include "mesoslib/http/router.h"
#include "mesoslib/http/scheduler_api.h"
#include "mesoslib/http/state_endpoints.h"
#include "mesoslib/http/state_reads.h"

namespace mesos {
namespace {

using http::Background;
using http::Leading;
using http::Route;

// Answers may come when the server is gone: what they would have done in the background is dropped.
class Workers {
 public:
  static absl::StatusOr<std::shared_ptr<Workers>> Create() {
    ASSIGN_OR_RETURN(std::unique_ptr<WorkerPool> pool, WorkerPool::Create("http-work", 2));
    return std::make_shared<Workers>(std::move(pool));
  }

  explicit Workers(std::unique_ptr<WorkerPool> pool)
      : pool_(std::move(pool)), open_(pool_.get()) {}

  void Run(WorkerPool::Job job) {
    MutexLock lock(&mutex_);
    if (open_ != nullptr) open_->Run(std::move(job));
  }

  // Waits for what is running.
  void Close() {
    {
      MutexLock lock(&mutex_);
      open_ = nullptr;
    }
    pool_ = nullptr;
  }

 private:
  std::unique_ptr<WorkerPool> pool_;
  Mutex mutex_;
  WorkerPool* open_ ABSL_GUARDED_BY(mutex_);
};

Leading WhoLeads(const Master& master) {
  const MasterStanding standing = master.standing();
  Leading leading;
  if (standing.leader.has_value()) {
    leading.hostname = standing.leader->info.hostname();
    leading.port = static_cast<int>(standing.leader->info.port());
  }
  switch (standing.state) {
    case MasterStanding::State::kLeading:
      leading.state = Leading::State::kHere;
      break;
    case MasterStanding::State::kRecovering:
      leading.state = Leading::State::kRecovering;
      break;
    case MasterStanding::State::kStandingBy:
      leading.state =
          standing.leader.has_value() ? Leading::State::kElsewhere : Leading::State::kNobody;
      break;
  }
  return leading;
}

// `Served`: a Master or an Agent.
template <typename Served>
void AddReadEndpoints(Served* served, const Background& background, std::vector<Route>* routes) {
  const std::vector<std::string> get = {"GET", "HEAD"};
  routes->push_back({"/health", get, http::HealthOf(served)});
  routes->push_back({"/version", get, http::CreateVersionEndpoint()});
  routes->push_back({"/metrics/snapshot", get,
                     http::CreateMetricsSnapshot(http::MetricsOf(served), background)});
  routes->push_back(
      {"/metrics", get, http::CreatePrometheusEndpoint(http::MetricsOf(served), background)});
}

http::Router MasterRouter(Master* master, const HttpServerOptions& options,
                          const Background& background) {
  const http::WhoLeads who_leads = [master] { return WhoLeads(*master); };
  // The APIs say themselves by which method they are called, in Mesos's order of checks.
  const auto reads = std::make_shared<http::StateReads>(master, background);
  const auto feed =
      std::make_shared<http::ChangeFeed>(master, reads, options.max_event_subscribers, background);
  std::vector<Route> routes = {
      {"/api/v1", {}, http::CreateMasterApi(master, who_leads, reads, feed, background)},
      {"/api/v1/scheduler",
       {},
       http::CreateSchedulerApi(
           {&master->schedulers(), who_leads, CreateSystemRandom(), background})},
      {"/redirect", {"GET", "HEAD"}, http::CreateRedirect(who_leads)},
  };
  for (Route& route : http::StateRoutes(reads, who_leads, {})) routes.push_back(std::move(route));
  AddReadEndpoints(master, background, &routes);
  return http::Router(std::move(routes), {.prefixes = {"/master"}});
}

http::Router AgentRouter(Agent* agent, const Background& background) {
  std::vector<Route> routes = {
      {"/api/v1", {}, http::CreateAgentApi(agent, background)},
      {"/api/v1/executor", {}, http::CreateExecutorApi(&agent->executors(), background)},
  };
  AddReadEndpoints(agent, background, &routes);
  return http::Router(std::move(routes), {.prefixes = {"/slave(1)"}});
}

class RunningHttpServer final : public HttpServer {
 public:
  RunningHttpServer(std::shared_ptr<Workers> workers, std::unique_ptr<http::HttpServer> server)
      : workers_(std::move(workers)), server_(std::move(server)) {}

  ~RunningHttpServer() override {
    server_ = nullptr;
    workers_->Close();
  }

  int port() const override { return server_->port(); }

 private:
  const std::shared_ptr<Workers> workers_;
  std::unique_ptr<http::HttpServer> server_;
};

absl::Status Validate(const HttpServerOptions& options) {
  if ((options.master == nullptr) == (options.agent == nullptr)) {
    return absl::InvalidArgumentError(options.master == nullptr
                                          ? "neither master nor agent is given; expected one"
                                          : "both master and agent are given; expected one");
  }
  if (options.max_request_body_bytes == 0) {
    return absl::InvalidArgumentError("max_request_body_bytes is 0: no call could be received");
  }
  if (options.max_backlog_bytes == 0) {
    return absl::InvalidArgumentError("max_backlog_bytes is 0: no event could be sent");
  }
  if (options.max_connections == 0) {
    return absl::InvalidArgumentError("max_connections is 0: nobody could connect");
  }
  if (options.max_event_subscribers == 0) {
    return absl::InvalidArgumentError("max_event_subscribers is 0: nobody could subscribe");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> CreateHttpServer(HttpServerOptions options,
                                                             HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  RETURN_IF_ERROR(Validate(options));
  ASSIGN_OR_RETURN(std::shared_ptr<Workers> workers, Workers::Create());
  const Background background = [workers](WorkerPool::Job job) { workers->Run(std::move(job)); };
  http::HttpServerOptions inner;
  inner.address = std::move(options.address);
  inner.handler = options.master != nullptr ? MasterRouter(options.master, options, background)
                                            : AgentRouter(options.agent, background);
  inner.max_body_bytes = options.max_request_body_bytes;
  inner.max_backlog_bytes = options.max_backlog_bytes;
  inner.max_connections = options.max_connections;
  inner.log = options.log;
  absl::StatusOr<std::unique_ptr<http::HttpServer>> server =
      http::CreateHttpServer(std::move(inner));
  if (!server.ok()) {
    workers->Close();
    return server.status();
  }
  return std::make_unique<RunningHttpServer>(std::move(workers), *std::move(server));
}

}  // namespace mesos
