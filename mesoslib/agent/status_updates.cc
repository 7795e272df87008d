#include "mesoslib/agent/status_updates.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/agent/task.h"
#include "mesoslib/base/mutation.h"
#include "mesoslib/base/uuid.h"

namespace mesos::agent {
namespace {

// An executor repeats what was not acknowledged to it, which are the last few.
constexpr size_t kRememberedUuids = 32;
// Of those that were acknowledged, the last few stay on the disk: an executor that was away for
// long may repeat them to a restarted agent.
constexpr size_t kKeptAcknowledged = 8;

}  // namespace

StatusUpdates::~StatusUpdates() { Pause(); }

absl::Status StatusUpdates::Add(const FrameworkId& framework, bool checkpoint,
                                v1::TaskStatus status, Durable durable) {
  const TaskId task(status.task_id().value());
  Stream& stream = streams_[framework].try_emplace(task).first->second;
  absl::Status taken;
  if (std::find(stream.seen.begin(), stream.seen.end(), status.uuid()) != stream.seen.end()) {
    taken = absl::AlreadyExistsError(absl::StrCat("update ", UuidToText(status.uuid()), " of task ",
                                                  Quoted(task.value()), " is known already"));
  } else if (stream.terminal) {
    taken = absl::FailedPreconditionError(absl::StrCat(
        "task ", Quoted(task.value()), " has ended as ", v1::TaskState_Name(stream.latest), "; ",
        v1::TaskState_Name(status.state()), " comes too late"));
  }
  if (!taken.ok()) {
    if (durable == nullptr) return taken;
    if (stream.checkpoint) {
      checkpointer_->WhenDurable(std::move(durable));
    } else {
      durable();
    }
    return taken;
  }

  stream.checkpoint = checkpoint;
  if (stream.pending.size() >= kMaxPending) MakeRoom(framework, task, stream);
  stream.terminal = IsTerminal(status.state());
  stream.latest = status.state();
  Remember(stream, status.uuid());
  const uint64_t number = stream.next_number++;
  if (checkpoint) {
    internal::UpdateCheckpoint written;
    *written.mutable_status() = status;
    checkpointer_->PutUpdate(framework, number, written);
    checkpointer_->WhenDurable(
        lifetime_.Guard([this, framework, task, number, durable = std::move(durable)]() mutable {
          if (durable != nullptr) durable();
          Written(framework, task, number);
        }));
  }
  const bool forward = !checkpoint || Mutated(Mutation::kForwardBeforeCheckpoint);
  stream.pending.push_back({number, std::move(status), forward ? 0 : 1});
  if (forward) {
    if (durable != nullptr) durable();
    if (stream.pending.size() == 1) ForwardFirst(framework, task, stream);
  }
  return absl::OkStatus();
}

void StatusUpdates::MakeRoom(const FrameworkId& framework, const TaskId& task, Stream& stream) {
  const uint64_t number = stream.pending.back().number;
  stream.pending.pop_back();
  if (stream.checkpoint) checkpointer_->RemoveUpdate(framework, task, number);
  log_.Warning("task ", Quoted(task.value()), " of framework ", Quoted(framework.value()), " has ",
               kMaxPending, " updates that wait for an acknowledgement; only the latest is kept");
}

void StatusUpdates::Written(const FrameworkId& framework, const TaskId& task, uint64_t number) {
  Stream* stream = Find(framework, task);
  if (stream == nullptr) return;
  for (Pending& pending : stream->pending) {
    if (pending.number == number && pending.writes > 0) --pending.writes;
  }
  if (!stream->pending.empty() && stream->pending.front().number == number) {
    ForwardFirst(framework, task, *stream);
  }
}

void StatusUpdates::ForwardFirst(const FrameworkId& framework, const TaskId& task, Stream& stream) {
  if (paused_ || stream.pending.empty() || stream.pending.front().writes > 0) return;
  StopTimer(stream);
  Pending& first = stream.pending.front();
  if (first.forwarded == absl::InfinitePast()) first.forwarded = loop_->Now();
  const v1::TaskStatus& status = first.status;
  stream.forwarded = status.state();
  stream.timer =
      loop_->PostAt(loop_->Now() + stream.retry,
                    lifetime_.Guard([this, framework, task] { Retry(framework, task); }));
  forward_(framework, status, stream.latest);
}

void StatusUpdates::Retry(const FrameworkId& framework, const TaskId& task) {
  Stream* stream = Find(framework, task);
  if (stream == nullptr) return;
  stream->timer = 0;
  if (Mutated(Mutation::kNeverRetry)) return;
  stream->retry = std::min(stream->retry * 2, kMaxRetry);
  ForwardFirst(framework, task, *stream);
}

void StatusUpdates::Acknowledge(const FrameworkId& framework, const TaskId& task,
                                absl::string_view uuid) {
  Stream* stream = Find(framework, task);
  if (stream == nullptr || stream->pending.empty() || stream->pending.front().writes > 0 ||
      absl::string_view(stream->pending.front().status.uuid()) != uuid) {
    log_.Warning("ignoring the acknowledgement of update ", UuidToText(uuid), " of task ",
                 Quoted(task.value()), " of framework ", Quoted(framework.value()),
                 ": it is not the one that waits");
    return;
  }
  StopTimer(*stream);
  stream->retry = kFirstRetry;
  Pending first = std::move(stream->pending.front());
  // Not of one that only the former agent has forwarded.
  if (first.forwarded != absl::InfinitePast()) latency_.Add(loop_->Now() - first.forwarded);
  stream->pending.erase(stream->pending.begin());
  Popped(framework, task, *stream, std::move(first));
}

void StatusUpdates::Popped(const FrameworkId& framework, const TaskId& task, Stream& stream,
                           Pending first) {
  const bool terminal = IsTerminal(first.status.state());
  while (!stream.acknowledged.empty() &&
         (terminal || stream.acknowledged.size() >= kKeptAcknowledged)) {
    checkpointer_->RemoveUpdate(framework, task, stream.acknowledged.front());
    stream.acknowledged.pop_front();
  }
  if (terminal) {
    if (stream.checkpoint) checkpointer_->RemoveUpdate(framework, task, first.number);
    // The caller's ids may belong to what goes now.
    const FrameworkId ended_framework = framework;
    const TaskId ended_task = task;
    auto streams = streams_.find(framework);
    streams->second.erase(task);
    if (streams->second.empty()) streams_.erase(streams);
    ended_(ended_framework, ended_task);
    return;
  }
  if (stream.checkpoint) {
    internal::UpdateCheckpoint written;
    *written.mutable_status() = std::move(first.status);
    written.set_acknowledged(true);
    checkpointer_->PutUpdate(framework, first.number, written);
    stream.acknowledged.push_back(first.number);
    if (stream.pending.empty()) return;
    ++stream.pending.front().writes;
    checkpointer_->WhenDurable(
        lifetime_.Guard([this, framework, task, number = stream.pending.front().number] {
          Written(framework, task, number);
        }));
    return;
  }
  ForwardFirst(framework, task, stream);
}

void StatusUpdates::Pause() {
  paused_ = true;
  for (auto& [framework, streams] : streams_) {
    for (auto& [task, stream] : streams) StopTimer(stream);
  }
}

void StatusUpdates::Resume() {
  paused_ = false;
  for (auto& [framework, streams] : streams_) {
    for (auto& [task, stream] : streams) {
      stream.retry = kFirstRetry;
      ForwardFirst(framework, task, stream);
    }
  }
}

void StatusUpdates::Recover(const FrameworkId& framework, const TaskId& task,
                            std::vector<RecoveredUpdate> updates) {
  if (updates.empty()) return;
  Stream& stream = streams_[framework][task];
  stream.checkpoint = true;
  for (RecoveredUpdate& update : updates) {
    stream.next_number = update.number + 1;
    stream.latest = update.status.state();
    stream.terminal = IsTerminal(stream.latest);
    Remember(stream, update.status.uuid());
    if (update.acknowledged) {
      stream.acknowledged.push_back(update.number);
      stream.forwarded = stream.latest;
    } else {
      // The first that waits may have been forwarded by the former agent.
      if (stream.pending.empty()) stream.forwarded = update.status.state();
      stream.pending.push_back({update.number, std::move(update.status), 0});
    }
  }
}

void StatusUpdates::RemoveFramework(const FrameworkId& framework) {
  auto streams = streams_.find(framework);
  if (streams == streams_.end()) return;
  for (auto& [task, stream] : streams->second) Forget(framework, task, stream);
  streams_.erase(streams);
}

void StatusUpdates::Forget(const FrameworkId& framework, const TaskId& task, Stream& stream) {
  StopTimer(stream);
  if (!stream.checkpoint) return;
  for (uint64_t number : stream.acknowledged) {
    checkpointer_->RemoveUpdate(framework, task, number);
  }
  for (const Pending& pending : stream.pending) {
    checkpointer_->RemoveUpdate(framework, task, pending.number);
  }
}

bool StatusUpdates::HasStream(const FrameworkId& framework, const TaskId& task) const {
  auto streams = streams_.find(framework);
  return streams != streams_.end() && streams->second.count(task) > 0;
}

std::optional<v1::TaskState> StatusUpdates::ForwardedState(const FrameworkId& framework,
                                                           const TaskId& task) const {
  auto streams = streams_.find(framework);
  if (streams == streams_.end()) return std::nullopt;
  auto stream = streams->second.find(task);
  if (stream == streams->second.end()) return std::nullopt;
  return stream->second.forwarded;
}

StatusUpdates::Stream* StatusUpdates::Find(const FrameworkId& framework, const TaskId& task) {
  auto streams = streams_.find(framework);
  if (streams == streams_.end()) return nullptr;
  auto stream = streams->second.find(task);
  return stream == streams->second.end() ? nullptr : &stream->second;
}

void StatusUpdates::Remember(Stream& stream, const std::string& uuid) {
  if (stream.seen.size() == kRememberedUuids) stream.seen.erase(stream.seen.begin());
  stream.seen.push_back(uuid);
}

void StatusUpdates::StopTimer(Stream& stream) {
  if (stream.timer != 0) loop_->Cancel(stream.timer);
  stream.timer = 0;
}

}  // namespace mesos::agent
