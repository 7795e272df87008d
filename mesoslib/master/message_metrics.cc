#include "mesoslib/master/message_metrics.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace mesos::master {
namespace {

using internal::AgentMessage;
using SchedulerCall = v1::scheduler::Call;

struct CallName {
  SchedulerCall::Type type;
  const char* name;
};
constexpr CallName kCallNames[] = {
    {SchedulerCall::TEARDOWN, "unregister_framework"},
    {SchedulerCall::KILL, "kill_task"},
    {SchedulerCall::ACKNOWLEDGE, "status_update_acknowledgement"},
    {SchedulerCall::ACKNOWLEDGE_OPERATION_STATUS, "operation_status_update_acknowledgement"},
    {SchedulerCall::REQUEST, "resource_request"},
    {SchedulerCall::REVIVE, "revive_offers"},
    {SchedulerCall::SUPPRESS, "suppress_offers"},
    {SchedulerCall::RECONCILE, "reconcile_tasks"},
    {SchedulerCall::RECONCILE_OPERATIONS, "reconcile_operations"},
    {SchedulerCall::MESSAGE, "framework_to_executor"},
};

struct MessageName {
  AgentMessage::MessageCase kind;
  const char* name;
};
constexpr MessageName kMessageNames[] = {
    {AgentMessage::kRegister, "register_slave"},
    {AgentMessage::kReregister, "reregister_slave"},
    {AgentMessage::kUnregister, "unregister_slave"},
    {AgentMessage::kStatusUpdate, "status_update"},
    {AgentMessage::kExitedExecutor, "exited_executor"},
    {AgentMessage::kExecutorMessage, "executor_to_framework"},
    {AgentMessage::kOperationUpdate, "operation_status_update"},
};

void AddCount(std::string name, uint64_t count, MetricList* metrics) {
  AddMetric(std::move(name), static_cast<double>(count), metrics);
}

}  // namespace

void AddMessageCounts(const Counters& counters, MetricList* metrics) {
  auto message = [metrics](const char* name, uint64_t count) {
    AddCount(absl::StrCat("master/messages_", name), count, metrics);
  };
  for (const auto& [type, name] : kCallNames) message(name, counters.calls[type]);
  for (const auto& [kind, name] : kMessageNames) message(name, counters.said[kind]);
  message("register_framework", counters.first_subscribes);
  message("reregister_framework",
          counters.calls[SchedulerCall::SUBSCRIBE] - counters.first_subscribes);
  message("launch_tasks", counters.launches);
  message("decline_offers", counters.calls[SchedulerCall::DECLINE] + counters.implicit_declines);
  AddCount("master/dropped_messages", counters.dropped, metrics);
  auto judged = [metrics](const char* what, const Verdicts& verdicts) {
    AddCount(absl::StrCat("master/valid_", what), verdicts.valid, metrics);
    AddCount(absl::StrCat("master/invalid_", what), verdicts.invalid, metrics);
  };
  judged("status_updates", counters.status_updates);
  judged("status_update_acknowledgements", counters.acknowledgements);
  judged("operation_status_updates", counters.operation_updates);
  judged("operation_status_update_acknowledgements", counters.operation_acknowledgements);
  judged("framework_to_executor_messages", counters.to_executors);
  judged("executor_to_framework_messages", counters.from_executors);
  AddHistogram("master/status_update_latency", counters.update_latency, metrics);
}

void AddPrincipals(const FrameworkManager& frameworks, MetricList* metrics) {
  for (const auto& [principal, kept] : frameworks.principals()) {
    const std::shared_ptr<PrincipalCounts> counts = kept.lock();
    if (counts == nullptr) continue;
    const std::string prefix = absl::StrCat("frameworks/", principal, "/messages_");
    AddCount(prefix + "received", counts->received, metrics);
    AddCount(prefix + "processed", counts->processed, metrics);
  }
}

void AddMessageTimes(const Meters& meters, MetricList* metrics) {
  AddMetric("master/event_queue_messages",
            static_cast<double>(meters.schedulers->waiting() + meters.agents->waiting()), metrics);
  AddMetric("master/event_queue_http_requests", static_cast<double>(meters.operators->waiting()),
            metrics);
  AddMessageTimes(
      "master/messages/scheduler", *meters.schedulers,
      [](size_t kind) { return SchedulerCall::Type_Name(static_cast<SchedulerCall::Type>(kind)); },
      metrics);
  AddMessageTimes(
      "master/messages/agent", *meters.agents,
      [](size_t kind) {
        const auto* field = AgentMessage::descriptor()->FindFieldByNumber(static_cast<int>(kind));
        return field == nullptr ? std::string("unknown") : field->name();
      },
      metrics);
  AddMessageTimes(
      "master/messages/operator", *meters.operators,
      [](size_t kind) {
        return v1::master::Call::Type_Name(static_cast<v1::master::Call::Type>(kind));
      },
      metrics);
}

}  // namespace mesos::master
