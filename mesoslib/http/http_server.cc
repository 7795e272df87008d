#include "mesoslib/http/http_server.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "mesoslib/base/listen_address.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/http/worker.h"

namespace mesos::http {
namespace {

constexpr int kMaxThreads = 64;

absl::Status CheckPositive(absl::string_view name, absl::Duration value) {
  if (value > absl::ZeroDuration()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(name, " is ", absl::FormatDuration(value), ": it is more than zero"));
}

absl::Status CheckPositive(absl::string_view name, size_t value) {
  return value > 0 ? absl::OkStatus()
                   : absl::InvalidArgumentError(absl::StrCat(name, " is 0: it is more than that"));
}

absl::Status Validate(const HttpServerOptions& options) {
  if (!options.handler) return absl::InvalidArgumentError("there is no handler");
  if (options.threads < 1 || options.threads > kMaxThreads) {
    return absl::InvalidArgumentError(
        absl::StrCat("threads is ", options.threads, ": it is from 1 to ", kMaxThreads));
  }
  RETURN_IF_ERROR(CheckPositive("max_connections", options.max_connections));
  RETURN_IF_ERROR(CheckPositive("max_head_bytes", options.max_head_bytes));
  RETURN_IF_ERROR(CheckPositive("max_body_bytes", options.max_body_bytes));
  RETURN_IF_ERROR(CheckPositive("max_total_body_bytes", options.max_total_body_bytes));
  RETURN_IF_ERROR(CheckPositive("max_backlog_bytes", options.max_backlog_bytes));
  RETURN_IF_ERROR(CheckPositive("max_total_backlog_bytes", options.max_total_backlog_bytes));
  RETURN_IF_ERROR(CheckPositive("min_bytes_per_second", options.min_bytes_per_second));
  RETURN_IF_ERROR(CheckPositive("idle_timeout", options.idle_timeout));
  RETURN_IF_ERROR(CheckPositive("head_timeout", options.head_timeout));
  RETURN_IF_ERROR(CheckPositive("body_timeout", options.body_timeout));
  RETURN_IF_ERROR(CheckPositive("write_timeout", options.write_timeout));
  return CheckPositive("linger_timeout", options.linger_timeout);
}

// A fraction of the shortest timeout.
absl::Duration Tick(const HttpServerOptions& options) {
  const absl::Duration shortest =
      std::min({options.idle_timeout, options.head_timeout, options.body_timeout,
                options.write_timeout, options.linger_timeout});
  return std::clamp(shortest / 8, absl::Milliseconds(5), absl::Seconds(1));
}

std::unique_ptr<WorkerSetup> MakeSetup(HttpServerOptions options) {
  ConnectionSetup connection{
      .handler = std::move(options.handler),
      .streams_body = std::move(options.streams_body),
      .log = Logger(options.log),
      .body_budget = std::make_shared<MemoryBudget>(options.max_total_body_bytes),
      .request = {.head = {.max_line_bytes = std::min<size_t>(options.max_head_bytes, 16 << 10),
                           .max_bytes = options.max_head_bytes},
                  .max_body_bytes = options.max_body_bytes},
      .backlog = {.bytes = options.max_backlog_bytes,
                  .all = std::make_shared<MemoryBudget>(options.max_total_backlog_bytes)},
      .idle_timeout = options.idle_timeout,
      .head_timeout = options.head_timeout,
      .body_pace = {options.body_timeout, options.min_bytes_per_second},
      .write_pace = {options.write_timeout, options.min_bytes_per_second},
      .linger_timeout = options.linger_timeout,
  };
  return std::unique_ptr<WorkerSetup>(new WorkerSetup{.connection = std::move(connection),
                                                      .tick = Tick(options),
                                                      .max_connections = options.max_connections});
}

class WorkerHttpServer final : public HttpServer {
 public:
  WorkerHttpServer(std::unique_ptr<WorkerSetup> setup, int port)
      : setup_(std::move(setup)), port_(port) {}

  // The first worker accepts connections for the others, so it goes before them.
  ~WorkerHttpServer() override {
    for (std::unique_ptr<Worker>& worker : workers_) worker.reset();
  }

  absl::Status Start(int threads, UniqueFd listener) {
    for (int i = 0; i < threads; ++i) {
      ASSIGN_OR_RETURN(std::unique_ptr<Worker> worker,
                       CreateWorker(setup_.get(), absl::StrCat("http-", i)));
      workers_.push_back(std::move(worker));
    }
    std::vector<Worker*> in_turn;
    for (const std::unique_ptr<Worker>& worker : workers_) in_turn.push_back(worker.get());
    workers_.front()->Listen(std::move(listener), [in_turn, next = 0u](Accepted accepted) mutable {
      in_turn[next++ % in_turn.size()]->Serve(std::move(accepted));
    });
    return absl::OkStatus();
  }

  int port() const override { return port_; }

 private:
  const std::unique_ptr<WorkerSetup> setup_;
  const int port_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> CreateHttpServer(HttpServerOptions options) {
  RETURN_IF_ERROR(Validate(options));
  ASSIGN_OR_RETURN(UniqueFd listener, Listen(options.address));
  ASSIGN_OR_RETURN(const int port, ListeningPort(listener));
  const int threads = options.threads;
  auto server = std::make_unique<WorkerHttpServer>(MakeSetup(std::move(options)), port);
  RETURN_IF_ERROR(server->Start(threads, std::move(listener)));
  return server;
}

}  // namespace mesos::http
