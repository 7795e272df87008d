// SimulatedAgent: an agent that runs nothing and says what an agent says: it registers, answers
// pings, reports every task running and, if told to, finished at once, and applies operations. For
// tests of the master and for benchmarks; thousands fit into one process.
#ifndef MESOSLIB_TESTING_SIMULATED_AGENT_H_
#define MESOSLIB_TESTING_SIMULATED_AGENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/random.h"
#include "mesos/resources.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos {

class SimulatedAgent {
 public:
  struct Options {
    std::string hostname;
    std::string resources = "cpus:4;mem:4096";
    // Where it connects from; empty: its hostname.
    std::string ip = "";
    // False: it lacks the capability AGENT_DRAINING.
    bool can_drain = true;
    // True: it has the capability TASK_RESOURCE_LIMITS.
    bool can_limit = false;
    // False: tasks go on while it is drained, until Finish().
    bool end_tasks_on_drain = true;
    // False: tasks run until Finish() or a kill.
    bool finish_at_once = false;
    // False: pings are not answered.
    bool answer_pings = true;
    // False: operations are applied, but nothing is said of it until ReportOperations().
    bool report_operations = true;
  };

  // Lives on `loop`.
  SimulatedAgent(Options options, EventLoop* loop, Random* random, AgentEndpoint* master);
  ~SimulatedAgent();

  // Opens a session and registers; comes back with its id and tasks where it has one.
  void Connect();
  void Disconnect();
  // The same with another master.
  void ConnectTo(AgentEndpoint* master);

  // Says of all operations that are not acknowledged how they have fared.
  void ReportOperations();
  // Reports a task's end.
  void Finish(const std::string& framework, const std::string& task, v1::TaskState state);
  void Send(internal::AgentMessage message);

  const std::string& id() const { return info_.id().value(); }
  // By "<framework>/<task>".
  const auto& tasks() const { return tasks_; }
  // Of its last registration.
  const internal::MasterMessage::Term& term() const { return term_; }
  bool registered() const { return registered_; }
  bool shut_down() const { return shut_down_; }
  // What operations have made of its resources.
  const Resources& total() const { return total_; }
  // By uuid; until their update is acknowledged.
  const auto& operations() const { return operations_; }
  size_t task_count() const { return tasks_.size(); }
  // The last it has heard: whether it is to be drained, and how.
  const std::optional<v1::DrainConfig>& drain() const { return drain_; }
  uint64_t acknowledged() const { return acknowledged_; }
  void set_answer_pings(bool answer) { options_.answer_pings = answer; }
  // What the master says does not arrive; what the agent says does not.
  void set_deaf(bool deaf) { deaf_ = deaf; }
  void set_mute(bool mute) { mute_ = mute; }
  // Of its next registration.
  void set_resources(const std::string& resources);
  // What it lends out: told at once where it is registered, and with each registration.
  void set_oversubscribed(const Resources& resources);
  // Everything heard but pings and tasks; for tests.
  const std::vector<internal::MasterMessage>& heard() const { return heard_; }

 private:
  class Inbox;
  struct RunningTask {
    std::string framework;
    v1::TaskInfo info;
    v1::TaskState state;
    std::string executor;
  };

  void Hear(internal::MasterMessage message);
  void Run(internal::MasterMessage::RunTasks run);
  void Report(const RunningTask& task, v1::TaskState latest);
  void Kill(const internal::MasterMessage::KillTask& kill);
  void Drain();
  void Acknowledged(const internal::MasterMessage::AcknowledgeUpdate& acknowledged);
  void Apply(internal::MasterMessage::ApplyOperation message);
  // With how it has ended, or OPERATION_DROPPED where it has not come.
  void Keep(const internal::OperationReference& reference, v1::Offer::Operation info,
            const absl::Status& status);

  Options options_;
  EventLoop* const loop_;
  Random* const random_;
  AgentEndpoint* master_;
  v1::AgentInfo info_;
  Resources total_;
  Resources oversubscribed_;
  absl::btree_map<std::string, v1::Operation> operations_;
  std::shared_ptr<Inbox> inbox_;
  std::unique_ptr<Session<internal::AgentMessage>> session_;
  // By "<framework>/<task>"; kept until the terminal update is acknowledged.
  absl::btree_map<std::string, RunningTask> tasks_;
  absl::btree_map<std::string, v1::FrameworkInfo> frameworks_;
  std::vector<internal::MasterMessage> heard_;
  internal::MasterMessage::Term term_;
  std::optional<v1::DrainConfig> drain_;
  uint64_t acknowledged_ = 0;
  bool registered_ = false;
  bool shut_down_ = false;
  bool deaf_ = false;
  bool mute_ = false;
};

}  // namespace mesos

#endif  // MESOSLIB_TESTING_SIMULATED_AGENT_H_
