// FakeMaster: what an agent finds at the other end of its session. The test reads what the agent
// has said and says what it likes; the usual answers can be left to it.
#ifndef MESOSLIB_TESTING_FAKE_MASTER_H_
#define MESOSLIB_TESTING_FAKE_MASTER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mesos/endpoint.h"
#include "mesos/internal/messages.pb.h"

namespace mesos {

class FakeMaster final : public AgentEndpoint {
 public:
  using AgentMessage = internal::AgentMessage;
  using MasterMessage = internal::MasterMessage;

  // -- How it behaves --

  bool answer_registrations = true;  // With `agent_id`.
  bool acknowledge = true;           // Updates with a uuid, also of operations.
  std::string agent_id = "S0";
  double total_ping_timeout_seconds = 75;
  std::vector<MasterMessage::TaskReference> unreported_tasks;  // For the next Reregistered.
  // Where set, tells them instead.
  std::function<std::vector<MasterMessage::TaskReference>(const AgentMessage::Reregister&)>
      find_unreported;
  std::vector<internal::OperationReference> unreported_operations;  // Likewise.
  bool refuse_connections = false;
  std::optional<v1::DrainConfig> drain;     // Told with each Reregistered.
  std::optional<MasterMessage::Term> term;  // Told with the answer to a registration.

  // -- What the agent has said, in order --

  std::vector<AgentMessage> messages;
  std::vector<AgentMessage::StatusUpdate> updates;
  std::vector<AgentMessage::OperationUpdate> operation_updates;
  int registers = 0;
  int reregisters = 0;
  int opened = 0;
  int closed_by_agent = 0;

  std::vector<v1::TaskState> StatesOf(const std::string& task) const {
    std::vector<v1::TaskState> states;
    for (const AgentMessage::StatusUpdate& update : updates) {
      if (update.status().task_id().value() == task) states.push_back(update.status().state());
    }
    return states;
  }

  // The one that was heard last; an empty one where there is none.
  v1::TaskStatus LatestOf(const std::string& task) const {
    for (auto update = updates.rbegin(); update != updates.rend(); ++update) {
      if (update->status().task_id().value() == task) return update->status();
    }
    return v1::TaskStatus();
  }

  // -- What the test says --

  bool connected() const { return sink_ != nullptr; }
  void Say(MasterMessage message) {
    if (sink_ != nullptr) sink_->Deliver(std::move(message));
  }
  void Acknowledge(const AgentMessage::StatusUpdate& update) {
    MasterMessage message;
    auto* acknowledgement = message.mutable_acknowledge_update();
    *acknowledgement->mutable_framework_id() = update.framework_id();
    *acknowledgement->mutable_task_id() = update.status().task_id();
    acknowledgement->set_uuid(update.status().uuid());
    Say(std::move(message));
  }
  void Acknowledge(const AgentMessage::OperationUpdate& update) {
    MasterMessage message;
    auto* acknowledgement = message.mutable_acknowledge_operation();
    acknowledgement->set_operation_uuid(update.operation().uuid());
    acknowledgement->set_status_uuid(update.status().uuid().value());
    Say(std::move(message));
  }
  void Cut(absl::Status reason = absl::UnavailableError("cut")) {
    if (std::shared_ptr<Sink<MasterMessage>> sink = std::exchange(sink_, nullptr)) {
      sink->Closed(std::move(reason));
    }
  }

  std::unique_ptr<Session<AgentMessage>> Open(std::shared_ptr<Sink<MasterMessage>> sink,
                                              Peer) override {
    ++opened;
    const int number = opened;
    if (refuse_connections) {
      sink->Closed(absl::UnavailableError("nobody listens"));
    } else {
      sink_ = std::move(sink);
    }
    return std::make_unique<FakeSession>(this, number);
  }

 private:
  class FakeSession final : public Session<AgentMessage> {
   public:
    FakeSession(FakeMaster* master, int number) : master_(master), number_(number) {}
    ~FakeSession() override {
      if (number_ != master_->opened || master_->sink_ == nullptr) return;
      ++master_->closed_by_agent;
      master_->sink_ = nullptr;
    }
    void Send(AgentMessage message, Done) override {
      if (number_ == master_->opened && master_->sink_ != nullptr) {
        master_->Hear(std::move(message));
      }
    }

   private:
    FakeMaster* const master_;
    const int number_;
  };

  void Hear(AgentMessage message) {
    messages.push_back(message);
    if (message.has_register_()) {
      ++registers;
      if (!answer_registrations) return;
      MasterMessage answer;
      answer.mutable_registered()->mutable_agent_id()->set_value(agent_id);
      answer.mutable_registered()->set_total_ping_timeout_seconds(total_ping_timeout_seconds);
      if (term) *answer.mutable_registered()->mutable_term() = *term;
      Say(std::move(answer));
    } else if (message.has_reregister()) {
      ++reregisters;
      if (!answer_registrations) return;
      MasterMessage answer;
      *answer.mutable_reregistered()->mutable_agent_id() = message.reregister().agent().id();
      answer.mutable_reregistered()->set_total_ping_timeout_seconds(total_ping_timeout_seconds);
      if (term) *answer.mutable_reregistered()->mutable_term() = *term;
      if (drain) *answer.mutable_reregistered()->mutable_drain() = *drain;
      if (find_unreported != nullptr) unreported_tasks = find_unreported(message.reregister());
      for (const auto& task : std::exchange(unreported_tasks, {})) {
        *answer.mutable_reregistered()->add_unreported_tasks() = task;
      }
      for (const auto& operation : std::exchange(unreported_operations, {})) {
        *answer.mutable_reregistered()->add_unreported_operations() = operation;
      }
      Say(std::move(answer));
    } else if (message.has_status_update()) {
      updates.push_back(message.status_update());
      if (acknowledge) Acknowledge(message.status_update());
    } else if (message.has_operation_update()) {
      operation_updates.push_back(message.operation_update());
      if (acknowledge) Acknowledge(message.operation_update());
    }
  }

  std::shared_ptr<Sink<MasterMessage>> sink_;
};

}  // namespace mesos

#endif  // MESOSLIB_TESTING_FAKE_MASTER_H_
