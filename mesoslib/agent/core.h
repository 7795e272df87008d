// AgentCore: what an agent is, on its loop. It keeps the agent's own state and hands everything
// else to those who keep it: Registration (the master), Ledger (frameworks, executors, tasks,
// updates, checkpoints), Operations (what it has), CommandTasks and CustomExecutors (containers),
// Draining (whether it is taken out of service), Oversubscription (what it lends out).
//
//          Start              recovered                   Shutdown, or the master says so
//   kNew -------> kRecovering ---------> kRunning ---------------------------------------+
//                  |   (executors may     |                                              v
//                  |    come back)        | checkpoints fail            kStopping --> kStopped
//                  +----------------------+--------------> kStopped          containers gone
//
// In kStopped nothing is done any more; containers that run are left alone.
//
// With AgentRecovery::kCleanup all containers are ended as soon as they are recovered; a running
// agent that has nothing left to tell the master then takes its leave (kStopping, kStopped).
//
// What a master says counts once the registration with it is durable: its id for this agent, and
// its term, which tells a leader from the one before.
#ifndef MESOSLIB_AGENT_CORE_H_
#define MESOSLIB_AGENT_CORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mesos/agent.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesoslib/agent/checkpointer.h"
#include "mesoslib/agent/command_tasks.h"
#include "mesoslib/agent/counters.h"
#include "mesoslib/agent/custom_executors.h"
#include "mesoslib/agent/draining.h"
#include "mesoslib/agent/ledger.h"
#include "mesoslib/agent/operations.h"
#include "mesoslib/agent/oversubscription.h"
#include "mesoslib/agent/registration.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"

namespace mesos::agent {

class AgentCore final : public Registration::Registrant {
 public:
  using MasterMessage = internal::MasterMessage;
  using AgentMessage = internal::AgentMessage;
  using ExecutorSink = Sink<v1::executor::Event>;
  using ExecutorDone = Session<v1::executor::Call>::Done;

  // Validated.
  AgentCore(AgentOptions options, AgentDependencies dependencies);
  ~AgentCore() override;

  void Start(Agent::Done done);
  void Shutdown(Agent::Done done);
  void CallOperator(const v1::agent::Call& call, Agent::Called done);

  void OpenExecutor(uint64_t session, std::shared_ptr<ExecutorSink> sink);
  void ReceiveFromExecutor(uint64_t session, v1::executor::Call call, ExecutorDone done);
  void CloseExecutor(uint64_t session);

  // For those who bring messages in.
  const Meters& meters() const { return meters_; }

  // Registration::Registrant.
  AgentMessage Introduce() override;
  absl::Status Registered(const MasterMessage::Registered& message) override;
  absl::Status Reregistered(const MasterMessage::Reregistered& message) override;
  void Disconnected() override;
  void Receive(MasterMessage message) override;

 private:
  enum class State { kNew, kRecovering, kReconnecting, kRunning, kStopping, kStopped };

  // core_recovery.cc: from what was written down to a running agent.
  void Recovered(absl::StatusOr<RecoveredState> recovered);
  // It is the agent that is on record, or, after a reboot, a new one.
  absl::Status TakeIdentity(RecoveredState& recovered);
  void SetDamageAside(const std::vector<DamagedCheckpoint>& damaged);
  void ContainersRecovered(absl::Status status);
  void RecoverExecutors(const FrameworkId& framework);
  void ReportLost(const LostTask& task);
  void GiveUp(const LostTask& task);
  void Ready();
  void RecoveryFailed(absl::Status status);
  void CleanUp();
  void FinishCleanup();
  void CleanedUp(const absl::Status& status);

  // core.cc: the agent's life.
  absl::Status Stopped() const;
  void Fail(const absl::Status& status);
  // Nothing that was begun goes on.
  void StopActing();
  void Leave(Agent::Done done);
  void EndContainers(const FrameworkId& framework, bool at_once);
  void EndAllContainers();
  // Refused: another master of the same registry has led since. Otherwise this one leads.
  absl::Status CheckTerm(const MasterMessage::Term& term) const;
  void WriteAgent();
  // Refused: the resources have changed since the agent has told of them.
  absl::Status CheckIntroduction() const;
  void Resume(const MasterMessage::Reregistered& message);
  void ForwardUpdate(const FrameworkId& framework, const v1::TaskStatus& status,
                     v1::TaskState latest);

  // core_messages.cc: what the master says.
  void Act(MasterMessage message);
  void RunTasks(MasterMessage::RunTasks message);
  void RunTask(Framework& framework, v1::TaskInfo task, bool launch_executor);
  // None is run: the agent is draining.
  void RefuseAll(Framework& framework, const MasterMessage::RunTasks& message);
  void RunGroup(Framework& framework, MasterMessage::RunTasks message);
  // Refuses all of the tasks, or has all of them run.
  void RunOnExecutor(Framework& framework, v1::ExecutorInfo info,
                     std::vector<CustomExecutors::NewTask> tasks, bool group, bool launch_executor);
  absl::StatusOr<Executor*> FindOrStart(Framework& framework, const v1::ExecutorInfo& info,
                                        bool launch_executor);
  bool IsKnown(Framework& framework, const TaskId& task);
  void Refuse(Framework& framework, const TaskId& task, const absl::Status& why, bool group);
  void KillTask(const MasterMessage::KillTask& message);
  void Answer(const MasterMessage::TaskReference& task);
  void ShutdownExecutor(const MasterMessage::ShutdownExecutor& message);
  void ShutdownFramework(const MasterMessage::ShutdownFramework& message);
  void UpdateFramework(const MasterMessage::UpdateFramework& message);
  void PassMessage(MasterMessage::FrameworkMessage message);
  void Acknowledge(const MasterMessage::AcknowledgeUpdate& message);

  const AgentOptions options_;
  const AgentDependencies deps_;
  const Logger log_;
  std::string resource_version_;
  v1::AgentInfo info_;
  const absl::Time created_;
  const Meters meters_;
  State state_ = State::kNew;
  bool rebooted_ = false;
  bool cleaning_up_ = false;
  bool nothing_left_ = false;  // All has ended, and the master knows.
  TimerId cleanup_timer_ = 0;
  uint64_t recovery_errors_ = 0;
  absl::Time recovery_began_;
  absl::Duration recovery_time_;      // Zero until it is over.
  std::vector<LostTask> lost_tasks_;  // Until the executors are recovered.
  std::optional<MasterMessage::Term> term_;
  uint64_t registrations_ = 0;        // Counts sessions: what belongs to a former one is dropped.
  bool acting_ = false;               // The registration is durable.
  std::vector<MasterMessage> early_;  // What was said before.
  absl::Status end_;                  // Why it is kStopped.
  Agent::Done started_;
  Agent::Done shutdown_;  // Asked for while recovering.
  Checkpointer checkpointer_;
  Ledger ledger_;
  Operations operations_;
  uint64_t introduced_ = 0;  // The generation of the resources it has told of.
  CommandTasks commands_;
  CustomExecutors executors_;
  Draining draining_;
  Oversubscription oversubscription_;
  Registration registration_;
  Lifetime lifetime_;
};

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_CORE_H_
