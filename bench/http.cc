// What the HTTP server costs: small requests a second over kept connections, and the memory of a
// stream that waits for events.
//
//   bazel run -c opt //bench:http [-- <seconds> <streams>]
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/figures.h"
#include "bench/loopback.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/unique_fd.h"
#include "mesoslib/http/exchange.h"
#include "mesoslib/http/http_server.h"

namespace mesos::http {
namespace {

constexpr int kConnections = 8;

constexpr absl::string_view kStreamRequest =
    "POST /stream HTTP/1.1\r\nHost: localhost:5050\r\nAccept: application/json\r\n"
    "Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"type\":\"SUBSCRIBE\"}";

double CpuSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Handlers: /health answers at once, /stream stays open.
class Handlers {
 public:
  void Handle(std::unique_ptr<Exchange> exchange) {
    if (exchange->request().path == "/health") return exchange->Reply({});
    auto stream =
        exchange->Stream({.headers = {{"Content-Type", "application/json"}}}, [](absl::Status) {});
    MutexLock lock(&mutex_);
    streams_.push_back(std::move(stream));
  }

 private:
  Mutex mutex_;
  std::vector<std::unique_ptr<ResponseStream>> streams_ ABSL_GUARDED_BY(mutex_);
};

// Bytes of this process for each of so many streams, the clients' few included.
double BytesPerStream(int port, int streams) {
  std::vector<UniqueFd> clients;
  clients.reserve(static_cast<size_t>(streams));
  const auto open = [&clients, port] {
    clients.push_back(bench::ConnectLoopback(port));
    bench::SendAll(clients.back(), kStreamRequest);
    char head[1024];
    if (recv(clients.back().get(), head, sizeof(head), 0) <= 0) bench::Fail("recv");
  };
  for (int i = 0; i < 100; ++i) open();  // What the first ones cost is not theirs.
  const double before = bench::ResidentBytes(0);
  for (int i = 0; i < streams; ++i) open();
  return (bench::ResidentBytes(0) - before) / streams;
}

int Run(int seconds, int streams) {
  Handlers handlers;
  auto server = CreateHttpServer(
      {.address = "127.0.0.1:0", .handler = [&handlers](std::unique_ptr<Exchange> exchange) {
         handlers.Handle(std::move(exchange));
       }});
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", server.status().ToString().c_str());
    return 1;
  }
  bench::RequestPump client((*server)->port(), "/health", kConnections);
  client.Run(absl::Milliseconds(200));
  const absl::Time start = absl::Now();
  const double cpu_start = CpuSeconds();
  const auto answered = static_cast<double>(client.Run(absl::Seconds(seconds)));
  const double rate = answered / absl::ToDoubleSeconds(absl::Now() - start);
  const double cpu = (CpuSeconds() - cpu_start) * 1e6 / answered;

  bench::Figures figures;
  figures.Add("http_requests_per_second", rate, bench::Figures::Goal::kAtLeast, 30'000,
              "GET /health over 8 kept connections, one client thread in the same process");
  figures.Add("http_cpu_us_per_request", cpu, bench::Figures::Goal::kAtMost, 66,
              "processor time of it, the client's included; others on the machine do not count");
  figures.Add("http_bytes_per_stream", BytesPerStream((*server)->port(), streams),
              bench::Figures::Goal::kAtMost, 30'000, "resident memory of an idle stream");
  figures.Print();
  server->reset();  // Before the handlers.
  return 0;
}

}  // namespace
}  // namespace mesos::http

int main(int argc, char** argv) {
  return mesos::http::Run(argc > 1 ? std::max(1, std::atoi(argv[1])) : 5,
                          argc > 2 ? std::max(1, std::atoi(argv[2])) : 2000);
}
