#include "mesoslib/master/removal_queue.h"

#include <algorithm>
#include <utility>

namespace mesos::master {
namespace {

// So many are removed in one turn of the loop.
constexpr int kRemovalsPerTurn = 64;

}  // namespace

RemovalQueue::RemovalQueue(Options options, EventLoop* loop,
                           absl::AnyInvocable<void(const AgentId&)> remove)
    : options_(std::move(options)), loop_(loop), remove_(std::move(remove)) {}

absl::Duration RemovalQueue::Interval() const {
  return options_.rate.has_value() ? options_.rate->interval / options_.rate->agents
                                   : absl::ZeroDuration();
}

void RemovalQueue::Enter(const AgentId& id) {
  if (!places_.emplace(id, next_place_).second) return;
  queue_.emplace_hint(queue_.end(), next_place_++, Entry{id, loop_->Now() + options_.longest_wait});
  Arm();
}

bool RemovalQueue::Leave(const AgentId& id) {
  auto found = places_.find(id);
  if (found == places_.end()) return false;
  queue_.erase(found->second);
  places_.erase(found);
  return true;
}

void RemovalQueue::Arm() {
  if (armed_ || queue_.empty()) return;
  armed_ = true;
  const absl::Time turn = std::min(next_turn_, queue_.begin()->second.deadline);
  const absl::Time when = std::max({turn, not_before_, loop_->Now()});
  loop_->PostAt(when, lifetime_.Guard([this, when] { Fire(when); }));
}

void RemovalQueue::Fire(absl::Time planned) {
  const absl::Time now = loop_->Now();
  if (now - planned > options_.patience) {
    not_before_ = now + options_.patience;
    armed_ = false;
    return Arm();
  }
  // What agents have said by now is heard first.
  loop_->Post(lifetime_.Guard([this] { Serve(); }));
}

void RemovalQueue::Serve() {
  const absl::Time now = loop_->Now();
  for (int i = 0; i < kRemovalsPerTurn && !queue_.empty(); ++i) {
    const Entry entry = queue_.begin()->second;
    if (now < next_turn_ && now < entry.deadline) break;
    if (now >= next_turn_) next_turn_ = now + Interval();
    Leave(entry.id);
    remove_(entry.id);
  }
  armed_ = false;
  Arm();
}

}  // namespace mesos::master
