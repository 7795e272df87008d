#include "mesoslib/sim/process.h"

#include <algorithm>

#include "absl/strings/str_format.h"

namespace mesos::sim {
namespace {

// What a process logs, with the virtual time and the process's name before it.
class ProcessLog final : public LogSink {
 public:
  ProcessLog(World* world, const std::string& name) : world_(world), name_(name) {}
  void Log(LogLevel level, absl::string_view line) override {
    world_->log()->Log(level, absl::StrFormat("%12.6f  %s: %s",
                                              absl::ToDoubleSeconds(world_->elapsed()), name_,
                                              line));
  }

 private:
  World* const world_;
  const std::string& name_;
};

}  // namespace

Process::Process(World* world, std::string name, int host)
    : world_(world), name_(std::move(name)), host_(host), id_(world->NewId()), random_(world->Next()) {
  if (world->log() != nullptr) log_ = std::make_unique<ProcessLog>(world, name_);
}

Process::~Process() { alive_ = false; }

void Process::Kill() {
  if (!std::exchange(alive_, false)) return;
  waiting_.clear();
  for (const auto& witness : std::exchange(witnesses_, {})) {
    if (auto living = witness.lock()) living->Died(*this);
  }
}

bool Process::Acts() {
  if (!alive_) return false;
  if (actions_left_ == 0 || --actions_left_ > 0) return true;
  world_->Log(name_, " dies in the middle of what it does");
  Kill();
  return false;
}

void Process::AddWitness(std::weak_ptr<Witness> witness) {
  if (witnesses_.size() >= witness_limit_) {
    witnesses_.erase(std::remove_if(witnesses_.begin(), witnesses_.end(),
                                    [](const auto& old) { return old.expired(); }),
                     witnesses_.end());
    witness_limit_ = std::max<size_t>(16, 2 * witnesses_.size());
  }
  witnesses_.push_back(std::move(witness));
}

void Process::Pause() { paused_ = true; }

void Process::Resume() {
  if (std::exchange(paused_, false) && !waiting_.empty()) Drain();
}

void Process::Drain() {
  world_->loop()->Post([self = weak_from_this()] {
    auto process = self.lock();
    if (process == nullptr || process->paused_ || process->waiting_.empty()) return;
    Waiting next = std::move(process->waiting_.front());
    process->waiting_.pop_front();
    if (!process->waiting_.empty()) process->Drain();
    next.callback();
  });
}

void Process::Run(TimerId timer, Callback callback) {
  if (!alive_) return;
  if (paused_ || !waiting_.empty()) {
    waiting_.push_back({timer, std::move(callback)});
  } else {
    callback();
  }
}

void Process::Post(Callback callback) {
  if (!alive_) return;
  world_->loop()->Post([self = weak_from_this(), callback = std::move(callback)]() mutable {
    if (auto process = self.lock()) process->Run(0, std::move(callback));
  });
}

TimerId Process::PostAt(absl::Time when, Callback callback) {
  if (!alive_) return 0;
  auto timer = std::make_shared<TimerId>(0);
  *timer = world_->loop()->PostAt(
      when, [self = weak_from_this(), timer, callback = std::move(callback)]() mutable {
        if (auto process = self.lock()) process->Run(*timer, std::move(callback));
      });
  return *timer;
}

void Process::Cancel(TimerId timer) {
  if (timer == 0) return;
  world_->loop()->Cancel(timer);
  // A stopped process's timers have fired, and wait.
  waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(),
                                [timer](const Waiting& waiting) { return waiting.timer == timer; }),
                 waiting_.end());
}

}  // namespace mesos::sim
