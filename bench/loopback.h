// Clients' ends of connections to this machine, for benchmarks: they block, and end the program
// where something fails.
#ifndef BENCH_LOOPBACK_H_
#define BENCH_LOOPBACK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesoslib/base/unique_fd.h"

namespace mesos::bench {

// Tells what failed, and errno.
[[noreturn]] void Fail(const char* what);

UniqueFd ConnectLoopback(int port);
void SendAll(const UniqueFd& to, absl::string_view bytes);

// One thread that keeps one request under way on each of some connections, as tools send them. The
// answer to it is small, and a 200.
class RequestPump {
 public:
  RequestPump(int port, absl::string_view path, int connections);

  // How many were answered.
  int64_t Run(absl::Duration duration);

 private:
  int Turn(bool again);

  const std::string request_;
  const UniqueFd epoll_;
  std::vector<UniqueFd> connections_;
};

}  // namespace mesos::bench

#endif  // BENCH_LOOPBACK_H_
