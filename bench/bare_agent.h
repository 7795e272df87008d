// BareAgent: an agent of which nothing is kept but its session, for benchmarks of masters: it says
// that its tasks run, and that they have finished where they are to.
#ifndef BENCH_BARE_AGENT_H_
#define BENCH_BARE_AGENT_H_

#include <atomic>
#include <memory>
#include <string>

#include "mesos/endpoint.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/master.h"

namespace mesos::bench {

class BareAgent {
 public:
  enum class Tasks { kRun, kFinish };

  // `hello`: how it registers or re-registers, from `address`.
  BareAgent(Master* master, internal::AgentMessage hello, const std::string& address, Tasks tasks);
  // On the master's loop.
  ~BareAgent();

  bool registered() const;

 private:
  class Ear;
  std::shared_ptr<Ear> ear_;
  std::unique_ptr<Session<internal::AgentMessage>> session_;
};

}  // namespace mesos::bench

#endif  // BENCH_BARE_AGENT_H_
