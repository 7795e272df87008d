#include "mesoslib/master/operation_manager.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "mesos/resources.h"
#include "mesoslib/base/ids_validation.h"
#include "mesoslib/base/uuid.h"

namespace mesos::master {
namespace {

using internal::AgentMessage;
using internal::MasterMessage;

// What an agent says of an operation must make sense to be kept.
bool MakesSense(const v1::Operation& operation) {
  if (!IsUuidBytes(operation.uuid().value())) return false;
  if (operation.has_framework_id() && !ValidateId("", operation.framework_id().value()).ok()) {
    return false;
  }
  return !operation.info().has_id() || ValidateId("", operation.info().id().value()).ok();
}

}  // namespace

bool HasEnded(v1::OperationState state) {
  switch (state) {
    case v1::OPERATION_FINISHED:
    case v1::OPERATION_FAILED:
    case v1::OPERATION_ERROR:
    case v1::OPERATION_DROPPED:
    case v1::OPERATION_GONE_BY_OPERATOR:
      return true;
    default:
      return false;
  }
}

void OperationManager::Send(const Framework& framework, v1::OperationStatus status) {
  if (!framework.connected()) return;
  v1::scheduler::Event event;
  event.set_type(v1::scheduler::Event::UPDATE_OPERATION_STATUS);
  *event.mutable_update_operation_status()->mutable_status() = std::move(status);
  framework.sink->Deliver(std::move(event));
}

absl::Status OperationManager::Admit(const Framework& framework,
                                     const v1::Offer::Operation& operation) const {
  if (operation.has_id() && Find(framework.id, operation.id().value()) != nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("operation.id is ", Quoted(operation.id().value()),
                     ", which another operation of the framework has that is not acknowledged"));
  }
  auto count = count_.find(framework.id);
  if (count == count_.end() || count->second < kMaxOperations) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("the framework has ", count->second,
                   " operations that are not acknowledged; at most that many are kept"));
}

void OperationManager::Send(const Framework* framework, Agent* agent,
                            v1::Offer::Operation operation) {
  v1::Operation proto;
  proto.mutable_uuid()->set_value(NewUuidBytes(random_));
  if (framework != nullptr) proto.mutable_framework_id()->set_value(framework->id.value());
  proto.mutable_agent_id()->set_value(agent->id.value());
  v1::OperationStatus* status = proto.mutable_latest_status();
  if (operation.has_id()) *status->mutable_operation_id() = operation.id();
  status->set_state(v1::OPERATION_PENDING);
  *status->mutable_agent_id() = proto.agent_id();

  MasterMessage message;
  MasterMessage::ApplyOperation* apply = message.mutable_apply_operation();
  apply->mutable_reference()->set_uuid(proto.uuid().value());
  if (proto.has_framework_id()) {
    *apply->mutable_reference()->mutable_framework_id() = proto.framework_id();
  }
  if (operation.has_id()) *apply->mutable_reference()->mutable_operation_id() = operation.id();
  apply->set_resource_version_uuid(agent->resource_version_uuid);
  *apply->mutable_operation() = operation;
  ClearAllocationRole(apply->mutable_operation());
  *proto.mutable_info() = std::move(operation);
  Add(std::move(proto));
  agent->sink->Deliver(std::move(message));
}

void OperationManager::Reject(const Framework& framework, const v1::Offer::Operation& operation,
                              const AgentId& agent, v1::OperationState state,
                              absl::string_view why) {
  log_.Warning("dropping an operation of framework ", framework.id.value(), ": ", why);
  if (HasEnded(state)) ledger_->counters().OperationEnded(operation, state);
  if (!operation.has_id()) return;
  v1::OperationStatus status;
  *status.mutable_operation_id() = operation.id();
  status.set_state(state);
  status.set_message(std::string(why));
  if (!agent.empty()) status.mutable_agent_id()->set_value(agent.value());
  Send(framework, std::move(status));
}

OperationManager::Record* OperationManager::Add(v1::Operation proto) {
  const FrameworkId framework(proto.framework_id().value());
  const uint64_t number = next_;
  if (by_uuid_.contains(proto.uuid().value())) return nullptr;
  if (proto.info().has_id() && !framework.empty() &&
      !by_id_.emplace(Id(framework, proto.info().id().value()), number).second) {
    return nullptr;
  }
  ++next_;
  by_uuid_.emplace(proto.uuid().value(), number);
  by_agent_.emplace(AgentId(proto.agent_id().value()), number);
  if (!framework.empty()) ++count_[framework];
  return &records_.emplace(number, Record{std::move(proto), loop_->Now()}).first->second;
}

OperationManager::Record* OperationManager::FindByUuid(absl::string_view uuid) {
  auto number = by_uuid_.find(std::string(uuid));
  return number == by_uuid_.end() ? nullptr : &records_.at(number->second);
}

const v1::Operation* OperationManager::Find(const FrameworkId& framework,
                                            absl::string_view id) const {
  auto number = by_id_.find(Id(framework, std::string(id)));
  return number == by_id_.end() ? nullptr : &records_.at(number->second).proto;
}

bool OperationManager::HasAny(const AgentId& agent) const {
  auto first = by_agent_.lower_bound({agent, 0});
  return first != by_agent_.end() && first->first == agent;
}

std::vector<const v1::Operation*> OperationManager::All() const {
  std::vector<const v1::Operation*> result;
  for (const auto& [number, record] : records_) result.push_back(&record.proto);
  return result;
}

void OperationManager::Forget(const std::string& uuid) {
  auto entry = by_uuid_.find(uuid);
  const uint64_t number = entry->second;
  by_uuid_.erase(entry);
  const v1::Operation& proto = records_.at(number).proto;
  by_agent_.erase({AgentId(proto.agent_id().value()), number});
  const FrameworkId framework(proto.framework_id().value());
  if (!framework.empty()) {
    if (proto.info().has_id()) by_id_.erase(Id(framework, proto.info().id().value()));
    if (--count_[framework] == 0) count_.erase(framework);
  }
  records_.erase(number);
}

// -- While the agent is there --

void OperationManager::Update(Agent* agent, AgentMessage::OperationUpdate update) {
  const std::string uuid = update.operation().uuid();
  Record* record = FindByUuid(uuid);
  v1::OperationStatus* status = update.mutable_status();
  Verdicts& verdicts = ledger_->counters().operation_updates;
  if (record == nullptr || record->proto.agent_id().value() != agent->id.value()) {
    ++verdicts.invalid;
    // It was acknowledged, and the agent has not heard of that; or it speaks for another one.
    return AcknowledgeTo(agent, uuid, status->uuid().value());
  }
  const v1::OperationState before = record->proto.latest_status().state();
  if (HasEnded(before) && status->state() != before) {
    ++verdicts.invalid;
    log_.Warning("agent ", agent->id.value(), " moves the operation ", UuidToText(uuid), " from ",
                 v1::OperationState_Name(before), " to ", v1::OperationState_Name(status->state()),
                 "; a terminal state is final");
    return AcknowledgeTo(agent, uuid, status->uuid().value());
  }
  ++verdicts.valid;
  if (HasEnded(status->state()) && !HasEnded(before)) {
    ledger_->counters().OperationEnded(record->proto.info(), status->state());
  }
  // An agent speaks for its own operations only, and of the framework's id for it the master knows.
  *status->mutable_agent_id() = record->proto.agent_id();
  status->clear_operation_id();
  if (record->proto.info().has_id()) {
    *status->mutable_operation_id() = record->proto.info().id();
  }
  *record->proto.mutable_latest_status() = std::move(*status);
  Forward(agent, *record);
}

void OperationManager::Forward(Agent* agent, Record& record) {
  const FrameworkId id(record.proto.framework_id().value());
  if (id.empty() || !record.proto.info().has_id()) return AcknowledgeTo(agent, record);
  const Framework* framework = ledger_->FindFramework(id);
  if (framework != nullptr) return Send(*framework, record.proto.latest_status());
  if (frameworks_->IsCompleted(id) || loop_->Now() - record.since >= kAdoptionTimeout) {
    log_.Info("nobody waits for the operation ", UuidToText(record.proto.uuid().value()),
              " of framework ", Quoted(id.value()), " any more");
    AcknowledgeTo(agent, record);
  }
}

void OperationManager::AcknowledgeTo(Agent* agent, const Record& record) {
  const std::string uuid = record.proto.uuid().value();
  AcknowledgeTo(agent, uuid, record.proto.latest_status().uuid().value());
  if (HasEnded(record.proto.latest_status().state())) Forget(uuid);
}

void OperationManager::AcknowledgeTo(Agent* agent, const std::string& uuid,
                                     const std::string& status_uuid) {
  if (status_uuid.empty() || !agent->connected()) return;
  MasterMessage message;
  message.mutable_acknowledge_operation()->set_operation_uuid(uuid);
  message.mutable_acknowledge_operation()->set_status_uuid(status_uuid);
  agent->sink->Deliver(std::move(message));
}

void OperationManager::Acknowledge(
    const Framework& framework,
    const v1::scheduler::Call::AcknowledgeOperationStatus& acknowledge) {
  const std::string& id = acknowledge.operation_id().value();
  Verdicts& verdicts = ledger_->counters().operation_acknowledgements;
  auto number = by_id_.find(Id(framework.id, id));
  if (number == by_id_.end()) {
    ++verdicts.invalid;
    return log_.Warning("framework ", framework.id.value(), " acknowledges an update of operation ",
                        Quoted(id), ", which is not known; ignored");
  }
  const Record& record = records_.at(number->second);
  const AgentId agent_id(record.proto.agent_id().value());
  if (acknowledge.has_agent_id() && acknowledge.agent_id().value() != agent_id.value()) {
    ++verdicts.invalid;
    return log_.Warning("framework ", framework.id.value(), " acknowledges an update of operation ",
                        Quoted(id), " to agent ", Quoted(acknowledge.agent_id().value()),
                        ", but it is on agent ", agent_id.value(), "; ignored");
  }
  if (record.proto.latest_status().uuid().value() != acknowledge.uuid()) {
    ++verdicts.invalid;
    return log_.Warning("framework ", framework.id.value(), " acknowledges ",
                        UuidToText(acknowledge.uuid()), " for operation ", Quoted(id),
                        ", which is not its last update; ignored");
  }
  ++verdicts.valid;
  Agent* agent = ledger_->FindAgent(agent_id);
  if (agent == nullptr || !agent->connected()) {
    return log_.Warning("dropping the acknowledgement for operation ", Quoted(id),
                        ": its agent is not connected");
  }
  AcknowledgeTo(agent, record);
}

// -- When the agent goes and comes --

std::vector<std::string> OperationManager::UuidsOn(const AgentId& agent) const {
  std::vector<std::string> uuids;
  for (auto entry = by_agent_.lower_bound({agent, 0});
       entry != by_agent_.end() && entry->first == agent; ++entry) {
    uuids.push_back(records_.at(entry->second).proto.uuid().value());
  }
  return uuids;
}

void OperationManager::TakeUp(const AgentId& agent, const AgentMessage::Reregister& message,
                              MasterMessage::Reregistered* answer) {
  absl::btree_set<std::string> named;
  for (const v1::Operation& reported : message.operations()) {
    if (!MakesSense(reported)) {
      log_.Warning("agent ", agent.value(), " reports an operation that makes no sense; ignored");
      continue;
    }
    named.insert(reported.uuid().value());
    if (FindByUuid(reported.uuid().value()) != nullptr) continue;
    v1::Operation added = reported;
    added.mutable_agent_id()->set_value(agent.value());
    if (Add(std::move(added)) == nullptr) {
      log_.Warning("agent ", agent.value(), " reports the operation ",
                   Quoted(reported.info().id().value()), ", which is another one's by now");
    }
  }
  for (const std::string& uuid : UuidsOn(agent)) {
    if (named.contains(uuid)) continue;
    const v1::Operation& proto = FindByUuid(uuid)->proto;
    if (HasEnded(proto.latest_status().state())) {
      const Framework* framework =
          ledger_->FindFramework(FrameworkId(proto.framework_id().value()));
      v1::OperationStatus status = proto.latest_status();
      status.clear_uuid();
      if (framework != nullptr && proto.info().has_id()) Send(*framework, std::move(status));
      Forget(uuid);
      continue;
    }
    internal::OperationReference* reference = answer->add_unreported_operations();
    reference->set_uuid(uuid);
    if (proto.has_framework_id()) *reference->mutable_framework_id() = proto.framework_id();
    if (proto.info().has_id()) *reference->mutable_operation_id() = proto.info().id();
  }
}

void OperationManager::AgentLost(const AgentId& agent, v1::OperationState state,
                                 absl::string_view why) {
  for (const std::string& uuid : UuidsOn(agent)) {
    const v1::Operation& proto = FindByUuid(uuid)->proto;
    const Framework* framework = ledger_->FindFramework(FrameworkId(proto.framework_id().value()));
    const bool ended = HasEnded(proto.latest_status().state());
    if (framework != nullptr && proto.info().has_id() && !ended) {
      Reject(*framework, proto.info(), agent, state, why);
    }
    Forget(uuid);
  }
}

}  // namespace mesos::master
