// HttpSchedulerEndpoint: a master's v1 scheduler API as frameworks use it that are no part of this
// project: a connection for the stream of events, and one for calls, of which one is under way at a
// time. For benchmarks: it ends the program where something fails.
#ifndef BENCH_HTTP_SCHEDULER_H_
#define BENCH_HTTP_SCHEDULER_H_

#include <memory>

#include "mesos/endpoint.h"

namespace mesos::bench {

class HttpSchedulerEndpoint final : public SchedulerEndpoint {
 public:
  enum class Encoding { kJson, kProtobuf };

  HttpSchedulerEndpoint(int port, Encoding encoding) : port_(port), encoding_(encoding) {}

  // Its calls are sent, and its events come, on two threads of its own.
  std::unique_ptr<Session<v1::scheduler::Call>> Open(
      std::shared_ptr<Sink<v1::scheduler::Event>> sink, Peer peer) override;

 private:
  const int port_;
  const Encoding encoding_;
};

}  // namespace mesos::bench

#endif  // BENCH_HTTP_SCHEDULER_H_
