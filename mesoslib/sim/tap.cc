#include "mesoslib/sim/tap.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace mesos::sim {
namespace {

using internal::AgentMessage;
using internal::MasterMessage;

// Enough of a uuid to know it again.
std::string Short(const std::string& uuid) { return absl::BytesToHexString(uuid.substr(0, 3)); }

std::string Describe(const v1::TaskStatus& status) {
  std::string text = absl::StrCat(status.task_id().value(), " ", v1::TaskState_Name(status.state()));
  if (status.has_reason()) {
    absl::StrAppend(&text, " ", v1::TaskStatus::Reason_Name(status.reason()));
  }
  if (status.has_uuid()) absl::StrAppend(&text, " #", Short(status.uuid()));
  return text;
}

std::string Describe(const v1::scheduler::Call& call) {
  using Call = v1::scheduler::Call;
  std::string text = Call::Type_Name(call.type());
  switch (call.type()) {
    case Call::ACCEPT:
      for (const auto& offer : call.accept().offer_ids()) {
        absl::StrAppend(&text, " ", offer.value());
      }
      for (const auto& operation : call.accept().operations()) {
        for (const auto& task : operation.launch().task_infos()) {
          absl::StrAppend(&text, " launches ", task.task_id().value());
        }
      }
      break;
    case Call::DECLINE:
      for (const auto& offer : call.decline().offer_ids()) {
        absl::StrAppend(&text, " ", offer.value());
      }
      break;
    case Call::ACKNOWLEDGE:
      absl::StrAppend(&text, " ", call.acknowledge().task_id().value(), " #",
                      Short(call.acknowledge().uuid()));
      break;
    case Call::KILL:
      absl::StrAppend(&text, " ", call.kill().task_id().value());
      break;
    case Call::RECONCILE:
      absl::StrAppend(&text, " ", call.reconcile().tasks_size(), " tasks");
      break;
    default:
      break;
  }
  return text;
}

std::string Describe(const v1::scheduler::Event& event) {
  using Event = v1::scheduler::Event;
  std::string text = Event::Type_Name(event.type());
  switch (event.type()) {
    case Event::SUBSCRIBED:
      absl::StrAppend(&text, " ", event.subscribed().framework_id().value());
      break;
    case Event::OFFERS:
      for (const auto& offer : event.offers().offers()) {
        absl::StrAppend(&text, " ", offer.id().value());
      }
      break;
    case Event::RESCIND:
      absl::StrAppend(&text, " ", event.rescind().offer_id().value());
      break;
    case Event::UPDATE:
      absl::StrAppend(&text, " ", Describe(event.update().status()));
      break;
    case Event::FAILURE:
      absl::StrAppend(&text, " ", event.failure().agent_id().value(), " ",
                      event.failure().executor_id().value());
      break;
    case Event::ERROR:
      absl::StrAppend(&text, " ", event.error().message());
      break;
    default:
      break;
  }
  return text;
}

std::string Describe(const v1::executor::Call& call) {
  std::string text = v1::executor::Call::Type_Name(call.type());
  if (call.has_update()) absl::StrAppend(&text, " ", Describe(call.update().status()));
  return text;
}

std::string Describe(const v1::executor::Event& event) {
  std::string text = v1::executor::Event::Type_Name(event.type());
  if (event.has_launch()) absl::StrAppend(&text, " ", event.launch().task().task_id().value());
  if (event.has_kill()) absl::StrAppend(&text, " ", event.kill().task_id().value());
  if (event.has_acknowledged()) {
    absl::StrAppend(&text, " ", event.acknowledged().task_id().value(), " #",
                    Short(event.acknowledged().uuid()));
  }
  return text;
}

std::string Describe(const AgentMessage& message) {
  switch (message.message_case()) {
    case AgentMessage::kRegister:
      return "register";
    case AgentMessage::kReregister: {
      std::string text = absl::StrCat("reregister ", message.reregister().agent().id().value());
      for (const v1::Task& task : message.reregister().tasks()) {
        absl::StrAppend(&text, " ", task.task_id().value());
      }
      return text;
    }
    case AgentMessage::kUnregister:
      return "unregister";
    case AgentMessage::kPong:
      return "pong";
    case AgentMessage::kStatusUpdate:
      return absl::StrCat("update ", Describe(message.status_update().status()));
    case AgentMessage::kExitedExecutor:
      return absl::StrCat("exited ", message.exited_executor().executor_id().value());
    case AgentMessage::kExecutorMessage:
      return "message";
    default:
      return "nothing";
  }
}

std::string Describe(const MasterMessage& message) {
  std::string text;
  switch (message.message_case()) {
    case MasterMessage::kRegistered:
      return absl::StrCat("registered ", message.registered().agent_id().value());
    case MasterMessage::kReregistered:
      text = absl::StrCat("reregistered ", message.reregistered().agent_id().value());
      for (const auto& task : message.reregistered().unreported_tasks()) {
        absl::StrAppend(&text, " unreported ", task.task_id().value());
      }
      return text;
    case MasterMessage::kPing:
      return message.ping().connected() ? "ping" : "ping, not connected";
    case MasterMessage::kRunTasks:
      text = "run";
      for (const auto& task : message.run_tasks().tasks()) {
        absl::StrAppend(&text, " ", task.task_id().value());
      }
      return text;
    case MasterMessage::kKillTask:
      return absl::StrCat("kill ", message.kill_task().task_id().value());
    case MasterMessage::kAcknowledgeUpdate:
      return absl::StrCat("acknowledged ", message.acknowledge_update().task_id().value(), " #",
                          Short(message.acknowledge_update().uuid()));
    case MasterMessage::kShutdownExecutor:
      return absl::StrCat("shut down ", message.shutdown_executor().executor_id().value());
    case MasterMessage::kShutdownFramework:
      return absl::StrCat("shut down ", message.shutdown_framework().framework_id().value());
    case MasterMessage::kShutdown:
      return absl::StrCat("shutdown: ", message.shutdown().message());
    case MasterMessage::kFrameworkMessage:
      return "message";
    case MasterMessage::kUpdateFramework:
      return "update framework";
    default:
      return "nothing";
  }
}

}  // namespace

void Tap::Heard(const Process& from, const Process& to, const v1::scheduler::Call& call) {
  world_->Log(to.name(), " hears from ", from.name(), ": ", Describe(call));
}

void Tap::Heard(const Process& from, const Process& to, const v1::scheduler::Event& event) {
  world_->Log(to.name(), " hears from ", from.name(), ": ", Describe(event));
}

void Tap::Heard(const Process& from, const Process& to, const v1::executor::Call& call) {
  world_->Log(to.name(), " hears from ", from.name(), ": ", Describe(call));
}

void Tap::Heard(const Process& from, const Process& to, const v1::executor::Event& event) {
  world_->Log(to.name(), " hears from ", from.name(), ": ", Describe(event));
}

void Tap::Heard(const Process& from, const Process& to, const internal::AgentMessage& message) {
  world_->Log(to.name(), " hears from ", from.name(), ": ", Describe(message));
}

void Tap::Heard(const Process& from, const Process& to, const internal::MasterMessage& message) {
  world_->Log(to.name(), " hears from ", from.name(), ": ", Describe(message));
  watcher_->AgentHears(to, message);
}

}  // namespace mesos::sim
