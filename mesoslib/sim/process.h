// Process: one process of a simulated machine, as the event loop that its components live on. It
// can be killed at any moment, also between two things it does in one callback, stopped and
// continued, and its wall clock can be set.
//
//              Kill, or the n-th action after DieAfter(n)
//   running ------------------------------------------------> dead
//     ^  |
//     |  +-- Pause --> paused (callbacks wait) -- Resume --+
//     +----------------------------------------------------+
//
// What a dead process still has to do never happens. Its components are destroyed by whoever made
// them, after that; what they do then reaches nobody.
#ifndef MESOSLIB_SIM_PROCESS_H_
#define MESOSLIB_SIM_PROCESS_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesos/log.h"
#include "mesoslib/sim/world.h"

namespace mesos::sim {

// Who hears of a process's death.
class Witness {
 public:
  virtual ~Witness() = default;
  virtual void Died(const class Process& process) = 0;
};

class Process final : public EventLoop, public std::enable_shared_from_this<Process> {
 public:
  // Made with std::make_shared. `host` numbers the machine it is on.
  Process(World* world, std::string name, int host);
  ~Process() override;

  const std::string& name() const { return name_; }
  // No other process of this world has it.
  uint64_t id() const { return id_; }
  int host() const { return host_; }
  Random* random() { return &random_; }
  // Null where the world has none.
  LogSink* log() { return log_.get(); }

  bool alive() const { return alive_; }
  bool paused() const { return paused_; }

  void Kill();
  void Pause();
  void Resume();
  // The wall clock is ahead of the real time by this much.
  void SetWallClock(absl::Duration ahead) { wall_offset_ = ahead; }

  // It dies at its `actions`-th action from now: that one is not done any more. 0: never.
  void DieAfter(uint64_t actions) { actions_left_ = actions; }
  // Asked before anything that others can see: false where it is not done, for the process is dead.
  bool Acts();

  // Hears of its death, unless it dies with this object.
  void AddWitness(std::weak_ptr<Witness> witness);

  // EventLoop.
  absl::Time Now() const override { return world_->loop()->Now(); }
  absl::Time WallTime() const override { return world_->loop()->WallTime() + wall_offset_; }
  void Post(Callback callback) override;
  TimerId PostAt(absl::Time when, Callback callback) override;
  void Cancel(TimerId timer) override;
  bool InLoop() const override { return true; }

 private:
  struct Waiting {
    TimerId timer;  // 0: none.
    Callback callback;
  };

  void Run(TimerId timer, Callback callback);
  // Runs what has waited, one callback a step, before anything newer.
  void Drain();

  World* const world_;
  const std::string name_;
  const int host_;
  const uint64_t id_;
  SmallRandom random_;
  std::unique_ptr<LogSink> log_;
  bool alive_ = true;
  bool paused_ = false;
  uint64_t actions_left_ = 0;
  absl::Duration wall_offset_;
  std::deque<Waiting> waiting_;
  std::vector<std::weak_ptr<Witness>> witnesses_;
  size_t witness_limit_ = 16;
};

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_PROCESS_H_
