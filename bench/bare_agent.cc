#include "bench/bare_agent.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "absl/time/clock.h"

namespace mesos::bench {
namespace {

using internal::AgentMessage;
using internal::MasterMessage;

std::string NextUuid() {
  static std::atomic<uint64_t> next{0};
  const uint64_t number = ++next;
  std::string uuid(16, '\x80');
  std::memcpy(uuid.data(), &number, sizeof(number));
  return uuid;
}

AgentMessage Report(const v1::FrameworkID& framework, const v1::TaskID& task, v1::TaskState state) {
  AgentMessage report;
  AgentMessage::StatusUpdate* update = report.mutable_status_update();
  *update->mutable_framework_id() = framework;
  v1::TaskStatus* status = update->mutable_status();
  *status->mutable_task_id() = task;
  status->set_state(state);
  status->set_source(v1::TaskStatus::SOURCE_EXECUTOR);
  status->set_timestamp(absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()));
  status->set_uuid(NextUuid());
  return report;
}

}  // namespace

class BareAgent::Ear final : public Sink<MasterMessage> {
 public:
  explicit Ear(Tasks tasks) : tasks_(tasks) {}

  void set_session(Session<AgentMessage>* session) { session_ = session; }
  bool registered() const { return registered_; }

  void Deliver(MasterMessage message) override {
    Session<AgentMessage>* const session = session_;
    if (session == nullptr) return;
    if (message.has_registered() || message.has_reregistered()) registered_ = true;
    if (message.has_ping()) {
      AgentMessage pong;
      pong.mutable_pong();
      session->Send(std::move(pong));
    }
    for (const v1::TaskInfo& task : message.run_tasks().tasks()) {
      const v1::FrameworkID& framework = message.run_tasks().framework().id();
      session->Send(Report(framework, task.task_id(), v1::TASK_RUNNING));
      if (tasks_ == Tasks::kRun) continue;
      session->Send(Report(framework, task.task_id(), v1::TASK_FINISHED));
    }
  }
  void Closed(absl::Status) override {}

 private:
  const Tasks tasks_;
  std::atomic<Session<AgentMessage>*> session_{nullptr};
  std::atomic<bool> registered_{false};
};

BareAgent::BareAgent(Master* master, AgentMessage hello, const std::string& address, Tasks tasks)
    : ear_(std::make_shared<Ear>(tasks)), session_(master->agents().Open(ear_, {"", address})) {
  ear_->set_session(session_.get());
  session_->Send(std::move(hello));
}

BareAgent::~BareAgent() { ear_->set_session(nullptr); }

bool BareAgent::registered() const { return ear_->registered(); }

}  // namespace mesos::bench
