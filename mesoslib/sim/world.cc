#include "mesoslib/sim/world.h"

namespace mesos::sim {

uint64_t SmallRandom::Next() {
  uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

World::World(uint64_t seed, size_t trace_lines, LogSink* log)
    : start_(loop_.Now()), random_(seed), trace_(trace_lines), log_(log) {}

absl::Duration World::Between(absl::Duration least, absl::Duration most) {
  const int64_t range = absl::ToInt64Nanoseconds(most - least);
  return range <= 0 ? least : least + absl::Nanoseconds(Pick(static_cast<uint64_t>(range) + 1));
}

void World::Violation(absl::string_view what) {
  Log("VIOLATION: ", what);
  if (violation_.ok()) violation_ = absl::InternalError(what);
}

void World::Run(absl::Duration duration) {
  const absl::Time end = loop_.Now() + duration;
  while (violation_.ok() && loop_.StepUntil(end)) {
    ++steps_;
    if (after_step_ != nullptr) after_step_();
  }
}

}  // namespace mesos::sim
