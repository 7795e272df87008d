#include "mesoslib/agent/operations.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/agent/status_updates.h"
#include "mesoslib/base/ids_validation.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/uuid.h"
#include "mesoslib/resources/conversions.h"
#include "mesoslib/resources/volume_path.h"

namespace mesos::agent {
namespace {

using internal::OperationReference;
using Info = v1::Offer::Operation;

absl::Status CheckReference(const OperationReference& reference) {
  if (!IsUuidBytes(reference.uuid())) {
    return absl::InvalidArgumentError(
        absl::StrCat("uuid: ", UuidToText(reference.uuid()), " is no UUID of 16 bytes"));
  }
  if (reference.has_framework_id()) {
    RETURN_IF_ERROR(ValidateId("framework_id", reference.framework_id().value()));
  }
  if (!reference.has_operation_id()) return absl::OkStatus();
  return ValidateId("operation_id", reference.operation_id().value());
}

bool IsApplied(Info::Type type) {
  switch (type) {
    case Info::RESERVE:
    case Info::UNRESERVE:
    case Info::CREATE:
    case Info::DESTROY:
    case Info::GROW_VOLUME:
    case Info::SHRINK_VOLUME:
      return true;
    default:
      return false;
  }
}

}  // namespace

Operations::Operations(std::string work_dir, Resources configured, Dependencies dependencies)
    : work_dir_(std::move(work_dir)),
      configured_(std::move(configured)),
      deps_(std::move(dependencies)),
      total_(configured_) {}

Operations::~Operations() { Stop(); }

std::vector<const v1::Operation*> Operations::All() const {
  std::vector<const v1::Operation*> result;
  for (const auto& [number, record] : records_) result.push_back(&record.proto);
  return result;
}

absl::Status Operations::Recover(const Resources& converted,
                                 const std::map<uint64_t, v1::Operation>& operations) {
  absl::StatusOr<Resources> total = Convert(configured_, converted);
  if (!total.ok()) {
    return absl::Status(
        total.status().code(),
        absl::StrCat(total.status().message(), ". Put the resources back as they were, or first ",
                     "unreserve these and destroy the volumes, with the agent as it was"));
  }
  total_ = *std::move(total);
  for (const auto& [number, proto] : operations) {
    Record& record = records_[number];
    record.proto = proto;
    record.written = true;
    record.retry = StatusUpdates::kFirstRetry;
    by_uuid_[proto.uuid().value()] = number;
    next_ = number + 1;
    if (proto.latest_status().state() != v1::OPERATION_PENDING) continue;
    // It may have been done, or half: doing it once more is fine.
    const auto jobs = JobsOf(proto.info());
    if (!jobs.ok() || jobs->empty()) {
      End(number, v1::OPERATION_FINISHED, "");
      continue;
    }
    Enqueue(number, *jobs, /*durable=*/true);
  }
  return absl::OkStatus();
}

void Operations::ResumeWork() {
  std::vector<std::string> paths;
  for (const auto& [path, jobs] : work_) paths.push_back(path);
  for (const std::string& path : paths) RunNext(path);
}

// -- What the master asks for --

absl::Status Operations::Check(const MasterMessage::ApplyOperation& message,
                               const std::string& version) const {
  if (!IsApplied(message.operation().type())) {
    return absl::InvalidArgumentError(
        absl::StrCat("operation.type: ", Info::Type_Name(message.operation().type()),
                     " is nothing that this agent applies to its resources"));
  }
  if (message.has_resource_version_uuid() && message.resource_version_uuid() != version) {
    return absl::FailedPreconditionError(
        "resource_version_uuid: the operation is for resources the agent had before");
  }
  return JobsOf(message.operation()).status();
}

void Operations::Apply(MasterMessage::ApplyOperation message, const std::string& version) {
  const OperationReference& reference = message.reference();
  const absl::Status valid = CheckReference(reference);
  if (!valid.ok()) return deps_.log.Warning("ignoring an operation: ", valid.message());
  if (IsKnown(reference.uuid())) return;
  ClearAllocationRole(message.mutable_operation());
  const Info& operation = message.operation();
  absl::Status status = Check(message, version);
  absl::StatusOr<Resources> after = total_;
  if (status.ok()) {
    after = total_.Apply(operation);
    status = after.status();
  }
  const uint64_t number = Add(reference, operation);
  if (!status.ok()) {
    deps_.log.Error("dropping an operation: ", status.message());
    End(number, v1::OPERATION_DROPPED, status.message());
    return deps_.disagree();
  }
  (*after - total_)
      .ToProto(records_[number].proto.mutable_latest_status()->mutable_converted_resources());
  total_ = *std::move(after);
  ++generation_;
  WriteTotal();
  const auto jobs = JobsOf(operation).value();
  if (jobs.empty()) return End(number, v1::OPERATION_FINISHED, "");
  Enqueue(number, jobs, /*durable=*/false);
  deps_.checkpointer->PutOperation(number, records_[number].proto);
  deps_.checkpointer->WhenDurable(lifetime_.Guard([this, number] { Begin(number); }));
}

uint64_t Operations::Add(const OperationReference& reference, Info info) {
  const uint64_t number = next_++;
  Record& record = records_[number];
  record.retry = StatusUpdates::kFirstRetry;
  by_uuid_[reference.uuid()] = number;
  record.proto.mutable_uuid()->set_value(reference.uuid());
  if (reference.has_framework_id()) {
    *record.proto.mutable_framework_id() = reference.framework_id();
  }
  *record.proto.mutable_agent_id() = deps_.info->id();
  *record.proto.mutable_info() = std::move(info);
  v1::OperationStatus* status = record.proto.mutable_latest_status();
  status->set_state(v1::OPERATION_PENDING);
  *status->mutable_agent_id() = deps_.info->id();
  if (reference.has_operation_id()) {
    *record.proto.mutable_info()->mutable_id() = reference.operation_id();
    *status->mutable_operation_id() = reference.operation_id();
  }
  return number;
}

bool Operations::IsKnown(const std::string& uuid) const { return by_uuid_.count(uuid) > 0; }

void Operations::End(uint64_t number, v1::OperationState state, absl::string_view message) {
  Record& record = records_[number];
  v1::OperationStatus* status = record.proto.mutable_latest_status();
  status->set_state(state);
  status->mutable_uuid()->set_value(NewUuidBytes(deps_.random));
  if (!message.empty()) status->set_message(std::string(message));
  record.written = false;
  deps_.checkpointer->PutOperation(number, record.proto);
  deps_.checkpointer->WhenDurable(lifetime_.Guard([this, number] {
    auto found = records_.find(number);
    if (found == records_.end()) return;
    found->second.written = true;
    Forward(number);
  }));
}

void Operations::WriteTotal() {
  internal::ResourcesCheckpoint checkpoint;
  ConvertedPart(total_).ToProto(checkpoint.mutable_converted());
  deps_.checkpointer->PutResources(checkpoint);
}

void Operations::Answer(const OperationReference& reference) {
  const absl::Status valid = CheckReference(reference);
  if (!valid.ok()) {
    return deps_.log.Warning("ignoring a reference to an operation: ", valid.message());
  }
  if (IsKnown(reference.uuid())) return;
  End(Add(reference, Info()), v1::OPERATION_DROPPED, "The agent has no such operation");
}

// -- Telling how they fared --

void Operations::Forward(uint64_t number) {
  Record& record = records_.at(number);
  const bool ended = record.proto.latest_status().state() != v1::OPERATION_PENDING;
  if (paused_ || !record.written || !ended) return;
  deps_.loop->Cancel(record.timer);
  record.timer =
      deps_.loop->PostAt(deps_.loop->Now() + record.retry, lifetime_.Guard([this, number] {
        auto found = records_.find(number);
        if (found == records_.end()) return;
        found->second.timer = 0;
        found->second.retry = std::min(found->second.retry * 2, StatusUpdates::kMaxRetry);
        Forward(number);
      }));
  AgentMessage::OperationUpdate update;
  update.mutable_operation()->set_uuid(record.proto.uuid().value());
  if (record.proto.has_framework_id()) {
    *update.mutable_operation()->mutable_framework_id() = record.proto.framework_id();
  }
  if (record.proto.info().has_id()) {
    *update.mutable_operation()->mutable_operation_id() = record.proto.info().id();
  }
  *update.mutable_status() = record.proto.latest_status();
  deps_.forward(std::move(update));
}

void Operations::Acknowledge(const MasterMessage::AcknowledgeOperation& message) {
  auto number = by_uuid_.find(message.operation_uuid());
  if (number == by_uuid_.end()) return;  // It was acknowledged before.
  auto record = records_.find(number->second);
  const v1::OperationStatus& status = record->second.proto.latest_status();
  if (!record->second.written || status.uuid().value() != message.status_uuid()) {
    return deps_.log.Warning(
        "ignoring the acknowledgement of update ", UuidToText(message.status_uuid()),
        " of operation ", UuidToText(message.operation_uuid()), ": it is not the one that waits");
  }
  deps_.loop->Cancel(record->second.timer);
  deps_.checkpointer->RemoveOperation(number->second);
  records_.erase(record);
  by_uuid_.erase(number);
}

void Operations::Pause() {
  paused_ = true;
  for (auto& [number, record] : records_) {
    deps_.loop->Cancel(std::exchange(record.timer, 0));
    record.retry = StatusUpdates::kFirstRetry;
  }
}

void Operations::Resume() {
  paused_ = false;
  std::vector<uint64_t> numbers;
  for (const auto& [number, record] : records_) numbers.push_back(number);
  for (uint64_t number : numbers) Forward(number);
}

void Operations::Stop() {
  Pause();
  stopped_ = true;
  waiting_.clear();
}

// -- Directories --

absl::StatusOr<Operations::Jobs> Operations::JobsOf(const Info& operation) const {
  Jobs jobs;
  const bool create = operation.type() == Info::CREATE;
  if (!create && operation.type() != Info::DESTROY) return jobs;
  for (const v1::Resource& proto :
       create ? operation.create().volumes() : operation.destroy().volumes()) {
    ASSIGN_OR_RETURN(const Resources volume, Resources::FromProto(proto));
    ASSIGN_OR_RETURN(VolumePath at, PathOfVolume(work_dir_, *volume.begin()));
    // A whole disk is there.
    if (create && at.is_mount) continue;
    jobs.push_back({std::move(at.path), Job{0, create, at.is_mount}});
  }
  return jobs;
}

void Operations::Enqueue(uint64_t number, const Jobs& jobs, bool durable) {
  records_.at(number).jobs = static_cast<int>(jobs.size());
  for (const auto& [path, job] : jobs) {
    Job& added = work_[path].emplace_back(job);
    added.operation = number;
    added.durable = durable;
  }
}

void Operations::Begin(uint64_t number) {
  std::vector<std::string> paths;
  for (auto& [path, jobs] : work_) {
    for (Job& job : jobs) {
      if (job.operation != number) continue;
      job.durable = true;
      paths.push_back(path);
    }
  }
  for (const std::string& path : paths) RunNext(path);
}

void Operations::RunNext(const std::string& path) {
  auto work = work_.find(path);
  if (stopped_ || work == work_.end()) return;
  Job& job = work->second.front();
  if (!job.durable || job.running) return;
  job.running = true;
  auto done = lifetime_.Guard([this, path](absl::Status status) { JobDone(path, status); });
  if (job.create) {
    deps_.containerizer->CreateVolume(path, std::move(done));
  } else {
    deps_.containerizer->DestroyVolume(path, /*keep=*/job.is_mount, std::move(done));
  }
}

void Operations::JobDone(const std::string& path, const absl::Status& status) {
  std::deque<Job>& jobs = work_.at(path);
  jobs.front().running = false;
  if (!status.ok()) {
    if (stopped_) return;
    deps_.log.Error("an operation waits, trying again later: ", status.message());
    deps_.loop->PostAt(deps_.loop->Now() + kWorkRetry,
                       lifetime_.Guard([this, path] { RunNext(path); }));
    return;
  }
  const uint64_t number = jobs.front().operation;
  jobs.pop_front();
  if (jobs.empty()) work_.erase(path);
  auto record = records_.find(number);
  if (record != records_.end() && --record->second.jobs == 0) {
    End(number, v1::OPERATION_FINISHED, "");
  }
  RunNext(path);
  TellThoseWhoWait();
}

absl::Status Operations::CheckKnown(const Resources& resources) const {
  Resources converted = ConvertedPart(resources);
  converted.Unallocate();
  if (total_.Contains(converted)) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("resources: ", (converted - total_).ToString(),
                                          " was not reserved or created on this agent"));
}

bool Operations::IsReady(const Resources& resources) const {
  for (const ResourceEntry& entry : resources.PersistentVolumes()) {
    const absl::StatusOr<VolumePath> at = PathOfVolume(work_dir_, entry);
    if (at.ok() && work_.count(at->path) > 0) return false;
  }
  return true;
}

void Operations::WhenReady(const Resources& resources, EventLoop::Callback done) {
  if (IsReady(resources)) return done();
  waiting_.push_back({resources.PersistentVolumes(), std::move(done)});
}

void Operations::TellThoseWhoWait() {
  std::vector<Waiting> waiting = std::exchange(waiting_, {});
  for (Waiting& one : waiting) WhenReady(one.resources, std::move(one.done));
}

}  // namespace mesos::agent
