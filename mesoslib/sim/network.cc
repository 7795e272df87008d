#include "mesoslib/sim/network.h"

#include <algorithm>

namespace mesos::sim {
namespace {

// How often what is held back is tried again.
constexpr absl::Duration kRetransmission = absl::Milliseconds(500);

}  // namespace

void Network::HealAll() {
  cut_.clear();
  most_ = absl::Milliseconds(2);
}

bool Network::Passes(int from, int to) const {
  if (from == to) return true;
  return cut_.count({from, to}) == 0 && isolated_.count(from) == 0 && isolated_.count(to) == 0;
}

absl::Duration Network::Delay(int from, int to) {
  if (from == to) return world_->Between(absl::Microseconds(1), absl::Microseconds(20));
  return world_->Between(absl::Microseconds(100), most_);
}

void Network::Send(int from, int to, absl::AnyInvocable<void()> arrive) {
  world_->loop()->PostAt(world_->loop()->Now() + Delay(from, to),
                         [this, from, to, arrive = std::move(arrive)]() mutable {
                           if (Passes(from, to)) arrive();
                         });
}

void Pipe::Send(absl::AnyInvocable<void()> arrive) {
  if (broken_) return;
  absl::Time due = network_->world()->loop()->Now() + network_->Delay(from_, to_);
  if (!waiting_.empty()) due = std::max(due, waiting_.back().due);
  waiting_.push_back({due, std::move(arrive)});
  if (!scheduled_) Schedule(due);
}

void Pipe::Break() {
  broken_ = true;
  waiting_.clear();
}

void Pipe::Schedule(absl::Time when) {
  scheduled_ = true;
  network_->world()->loop()->PostAt(when, [this, owner = owner_.lock()] {
    if (owner != nullptr) Pump();
  });
}

void Pipe::Pump() {
  scheduled_ = false;
  if (waiting_.empty()) return;
  SimulatedEventLoop* const loop = network_->world()->loop();
  if (!network_->Passes(from_, to_)) {
    if (loop->Now() - waiting_.front().due >= kKeepalive) stalled_();
    if (!broken_) Schedule(loop->Now() + kRetransmission);
    return;
  }
  if (waiting_.front().due <= loop->Now()) {
    absl::AnyInvocable<void()> arrive = std::move(waiting_.front().arrive);
    waiting_.pop_front();
    arrive();
  }
  if (!waiting_.empty() && !scheduled_) Schedule(std::max(waiting_.front().due, loop->Now()));
}

}  // namespace mesos::sim
