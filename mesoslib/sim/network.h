// Network: what lies between the hosts of a simulation. It delays what is sent, holds it back where
// the way is cut, and tells both ends, each in its time, of a connection over which nothing gets
// through any more.
#ifndef MESOSLIB_SIM_NETWORK_H_
#define MESOSLIB_SIM_NETWORK_H_

#include <deque>
#include <memory>
#include <set>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "mesoslib/sim/world.h"

namespace mesos::sim {

class Network {
 public:
  explicit Network(World* world) : world_(world) {}

  World* world() const { return world_; }

  // -- What is wrong with it --

  // Nothing gets from `from` to `to` until Heal; the other direction is a matter of its own.
  void Cut(int from, int to) { cut_.insert({from, to}); }
  void Heal(int from, int to) { cut_.erase({from, to}); }
  // Nothing gets in or out.
  void Isolate(int host) { isolated_.insert(host); }
  void Restore(int host) { isolated_.erase(host); }
  // All but what is isolated.
  void HealAll();
  // What is sent takes up to `most`.
  void SetDelay(absl::Duration most) { most_ = most; }

  bool Passes(int from, int to) const;

  // How long something takes on its way now. Within one host: next to nothing.
  absl::Duration Delay(int from, int to);

  // Runs `arrive` when something sent now arrives; it is lost where the way is cut then.
  void Send(int from, int to, absl::AnyInvocable<void()> arrive);

 private:
  World* const world_;
  std::set<std::pair<int, int>> cut_;
  std::set<int> isolated_;
  absl::Duration most_ = absl::Milliseconds(2);
};

// One direction of a connection: what goes in comes out in order, or the pipe breaks.
class Pipe {
 public:
  // `owner` has this, and is kept while something is on its way. `stalled` is called, again and
  // again, while nothing gets through.
  Pipe(Network* network, int from, int to, std::weak_ptr<void> owner,
       absl::AnyInvocable<void()> stalled)
      : network_(network),
        from_(from),
        to_(to),
        owner_(std::move(owner)),
        stalled_(std::move(stalled)) {}

  void Send(absl::AnyInvocable<void()> arrive);
  // Nothing arrives any more.
  void Break();

  size_t waiting() const { return waiting_.size(); }

 private:
  struct Item {
    absl::Time due;
    absl::AnyInvocable<void()> arrive;
  };

  void Schedule(absl::Time when);
  void Pump();

  Network* const network_;
  const int from_;
  const int to_;
  const std::weak_ptr<void> owner_;
  absl::AnyInvocable<void()> stalled_;
  bool broken_ = false;
  bool scheduled_ = false;
  std::deque<Item> waiting_;
};

// After so long without getting through, an end of a connection gives it up; each end looks at its
// own clock, so it is up to twice that for either.
inline constexpr absl::Duration kKeepalive = absl::Seconds(20);

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_NETWORK_H_
