// A cluster that had a master before: what its registry, its agents and its frameworks say when
// another one begins to lead. For benchmarks that need a large master quickly.
#ifndef BENCH_FORMER_CLUSTER_H_
#define BENCH_FORMER_CLUSTER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "mesos/endpoint.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/state_store.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::bench {

inline constexpr int kFormerFrameworks = 10;

std::string AgentName(int number);
v1::AgentInfo MakeAgentInfo(int number);
v1::scheduler::Call MakeSubscribe(int framework);

// A scheduler that is deaf to all it is told; the end of its session ends the program.
struct DeafScheduler final : Sink<v1::scheduler::Event> {
  void Deliver(v1::scheduler::Event) override {}
  void Closed(absl::Status reason) override;
};

// An agent that is new.
internal::AgentMessage MakeRegister(int agent);

// Admits so many agents. On the store's loop; ends the program where that fails.
void CommitRegistry(int agents, StateStore* store);

// An agent comes back with so many tasks that run, and so many that have finished: task i is of
// framework i % kFormerFrameworks.
internal::AgentMessage MakeReregister(int agent, int64_t running, int64_t finished);
// Its framework has heard how that task ended.
v1::scheduler::Call MakeAcknowledge(int agent, int task);

}  // namespace mesos::bench

#endif  // BENCH_FORMER_CLUSTER_H_
