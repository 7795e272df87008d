// mesos/http.h: what is served where, and on which threads.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "mesos/event_loop.h"
#include "mesos/http.h"
#include "mesos/random.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/worker_pool.h"
#include "mesoslib/http/agent_state.h"
#include "mesoslib/http/change_feed.h"
#include "mesoslib/http/executor_api.h"
#include "mesoslib/http/help_endpoints.h"
#include "mesoslib/http/host.h"
#include "mesoslib/http/host_endpoints.h"
#include "mesoslib/http/http_server.h"
#include "mesoslib/http/leading.h"
#include "mesoslib/http/legacy_calls.h"
#include "mesoslib/http/operator_api.h"
#include "mesoslib/http/read_endpoints.h"
#include "mesoslib/http/router.h"
#include "mesoslib/http/scheduler_api.h"
#include "mesoslib/http/state_endpoints.h"
#include "mesoslib/http/state_reads.h"
#include "mesoslib/http/system_stats.h"
#include "mesoslib/http/timers.h"

namespace mesos {
namespace {

using http::Background;
using http::HostPtr;
using http::Leading;
using http::Route;

// Answers may come when the server is gone: what they would have done in the background is dropped.
class Workers {
 public:
  static absl::StatusOr<std::shared_ptr<Workers>> Create(const std::string& name) {
    ASSIGN_OR_RETURN(std::unique_ptr<WorkerPool> pool, WorkerPool::Create(name, 2));
    return std::make_shared<Workers>(std::move(pool));
  }

  explicit Workers(std::unique_ptr<WorkerPool> pool)
      : pool_(std::move(pool)), open_(pool_.get()) {}
  ~Workers() { Close(); }

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
void AddReadEndpoints(Served* served, const Background& background,
                      const std::shared_ptr<http::Timers>& timers, std::vector<Route>* routes) {
  const std::vector<std::string> get = {"GET", "HEAD"};
  routes->push_back({"/health", get, http::HealthOf(served)});
  routes->push_back({"/version", get, http::CreateVersionEndpoint()});
  routes->push_back({"/metrics/snapshot", get,
                     http::CreateMetricsSnapshot(http::MetricsOf(served), background, timers)});
  routes->push_back(
      {"/metrics", get, http::CreatePrometheusEndpoint(http::MetricsOf(served), background)});
}

void AddHostEndpoints(const HostPtr& host, std::vector<Route>* routes) {
  const std::vector<std::string> get = {"GET", "HEAD"};
  routes->push_back({"/system/stats.json", get, http::CreateSystemStats()});
  routes->push_back({"/flags", get, http::CreateFlagsEndpoint(host)});
  routes->push_back({"/logging/toggle", {"GET", "HEAD", "POST"}, http::CreateLoggingToggle(host)});
  routes->push_back({"/files/browse", get, http::CreateFilesBrowse(host)});
  routes->push_back({"/files/read", get, http::CreateFilesRead(host)});
  routes->push_back({"/files/download", get, http::CreateFilesDownload(host)});
  routes->push_back({"/files/debug", get, http::CreateFilesDebug(host)});
}

http::Router MasterRouter(const HttpServerOptions& options, const Background& background,
                          const HostPtr& host, const std::shared_ptr<http::Timers>& timers) {
  Master* const master = options.master;
  const http::WhoLeads who_leads = [master] { return WhoLeads(*master); };
  // The APIs say themselves by which method they are called, in Mesos's order of checks.
  const auto reads = std::make_shared<http::StateReads>(master, background);
  const auto feed =
      std::make_shared<http::ChangeFeed>(master, reads, options.max_event_subscribers, background);
  std::vector<Route> routes = {
      {"/api/v1", {}, http::CreateMasterApi(master, who_leads, reads, feed, background, host)},
      {"/api/v1/scheduler",
       {},
       http::CreateSchedulerApi(
           {&master->schedulers(), who_leads, CreateSystemRandom(), background})},
      {"/redirect", {"GET", "HEAD"}, http::CreateRedirect(who_leads)},
  };
  for (Route& route : http::StateRoutes(reads, who_leads, host->flags, background)) {
    routes.push_back(std::move(route));
  }
  const http::CallMaster call_master = [master](auto call, auto peer, auto done) {
    master->CallOperator(std::move(call), std::move(peer), std::move(done));
  };
  for (Route& route : http::LegacyCalls(call_master, who_leads, background)) {
    routes.push_back(std::move(route));
  }
  AddReadEndpoints(master, background, timers, &routes);
  AddHostEndpoints(host, &routes);
  http::AddHelp(http::Served::kMaster, &routes);
  return http::Router(std::move(routes), {.prefixes = {"/master"}});
}

http::Router AgentRouter(Agent* agent, const Background& background, const HostPtr& host,
                         const std::shared_ptr<http::Timers>& timers) {
  std::vector<Route> routes = {
      {"/api/v1", {}, http::CreateAgentApi(agent, background, host)},
      {"/api/v1/executor", {}, http::CreateExecutorApi(&agent->executors(), background)},
  };
  const std::vector<std::string> get = {"GET", "HEAD"};
  routes.push_back({"/state", get, http::CreateAgentState(agent, background, host)});
  routes.push_back({"/containers", get, http::CreateContainers(agent, background)});
  routes.push_back({"/monitor/statistics", get, http::CreateMonitorStatistics(agent, background)});
  AddReadEndpoints(agent, background, timers, &routes);
  AddHostEndpoints(host, &routes);
  http::AddHelp(http::Served::kAgent, &routes);
  return http::Router(std::move(routes), {.prefixes = {"/slave(1)"}});
}

// Says what is asked for, while the level of logging is raised.
http::Handler Logged(http::Handler next, LoggingLevel* level, LogSink* log) {
  if (level == nullptr || log == nullptr) return next;
  return
      [next = std::move(next), level, log = Logger(log)](std::unique_ptr<http::Exchange> exchange) {
        if (level->level() > 0) {
          const http::Request& request = exchange->request();
          log.Info("HTTP ", Quoted(request.method), " of ", Quoted(request.path), " by ",
                   request.address);
        }
        next(std::move(exchange));
      };
}

class RunningHttpServer final : public HttpServer {
 public:
  RunningHttpServer(std::vector<std::shared_ptr<Workers>> workers,
                    std::unique_ptr<EventLoop> timer_loop, std::shared_ptr<http::Timers> timers,
                    std::unique_ptr<http::HttpServer> server)
      : workers_(std::move(workers)),
        timer_loop_(std::move(timer_loop)),
        timers_(std::move(timers)),
        server_(std::move(server)) {}

  ~RunningHttpServer() override {
    server_ = nullptr;
    timers_->Close();
    timer_loop_ = nullptr;
    for (const std::shared_ptr<Workers>& pool : workers_) pool->Close();
  }

  int port() const override { return server_->port(); }

 private:
  const std::vector<std::shared_ptr<Workers>> workers_;
  std::unique_ptr<EventLoop> timer_loop_;
  const std::shared_ptr<http::Timers> timers_;
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
  if (!options.work_dir.empty() && options.work_dir.front() != '/') {
    return absl::InvalidArgumentError(
        absl::StrCat("work_dir is ", Quoted(options.work_dir), ", expected an absolute path"));
  }
  for (const auto& [path, real] : options.files) {
    if (!http::IsVirtualPath(path) || real.empty() || real.front() != '/') {
      return absl::InvalidArgumentError(
          absl::StrCat("files[", Quoted(path), "] is ", Quoted(real),
                       ", expected an absolute path for a path such as '/agent/log'"));
    }
  }
  return absl::OkStatus();
}

Background In(const std::shared_ptr<Workers>& workers) {
  return [workers](WorkerPool::Job job) { workers->Run(std::move(job)); };
}

HostPtr MakeHost(const HttpServerOptions& options, Background file_work) {
  auto host = std::make_shared<http::Host>();
  host->flags = options.flags;
  host->logging_level = options.logging_level;
  host->work_dir = options.work_dir;
  host->start_time = absl::Now();
  host->files = http::FileBrowser(http::AttachedFiles(options));
  host->file_work = std::move(file_work);
  return host;
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> CreateHttpServer(HttpServerOptions options,
                                                             HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  RETURN_IF_ERROR(Validate(options));
  ASSIGN_OR_RETURN(std::shared_ptr<Workers> workers, Workers::Create("http-work"));
  ASSIGN_OR_RETURN(std::shared_ptr<Workers> file_workers, Workers::Create("http-files"));
  const Background background = In(workers);
  const HostPtr host = MakeHost(options, In(file_workers));
  ASSIGN_OR_RETURN(std::unique_ptr<EventLoop> timer_loop, CreateThreadEventLoop("http-timers"));
  const auto timers = std::make_shared<http::Timers>(timer_loop.get());
  http::HttpServerOptions inner;
  inner.address = std::move(options.address);
  inner.handler = Logged(options.master != nullptr
                             ? http::Handler(MasterRouter(options, background, host, timers))
                             : http::Handler(AgentRouter(options.agent, background, host, timers)),
                         options.logging_level, options.log);
  inner.max_body_bytes = options.max_request_body_bytes;
  inner.max_backlog_bytes = options.max_backlog_bytes;
  inner.max_connections = options.max_connections;
  inner.log = options.log;
  absl::StatusOr<std::unique_ptr<http::HttpServer>> server =
      http::CreateHttpServer(std::move(inner));
  if (!server.ok()) return server.status();
  return std::make_unique<RunningHttpServer>(
      std::vector<std::shared_ptr<Workers>>{workers, file_workers}, std::move(timer_loop), timers,
      *std::move(server));
}

}  // namespace mesos
