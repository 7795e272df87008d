// RemovalQueue: agents that are to become unreachable, in the order in which they fell silent. Each
// waits for its turn, of which there are only so many in an interval, but never longer than a
// limit of its own; until then it may be taken out, because it has answered.
//
// Before anybody is removed, everything that waits on the loop is heard; and where the loop stood
// still (the machine was suspended), all get another chance to answer.
#ifndef MESOSLIB_MASTER_REMOVAL_QUEUE_H_
#define MESOSLIB_MASTER_REMOVAL_QUEUE_H_

#include <cstdint>
#include <optional>

#include "absl/container/btree_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesos/ids.h"
#include "mesos/master.h"
#include "mesoslib/base/lifetime.h"

namespace mesos::master {

class RemovalQueue {
 public:
  struct Options {
    std::optional<AgentRemovalRate> rate;  // None: nobody waits.
    absl::Duration longest_wait;
    // A timer that is later than this shows that the loop stood still; how long a chance lasts.
    absl::Duration patience;
  };

  // `remove` is called for each agent whose turn it is; it may call back.
  RemovalQueue(Options options, EventLoop* loop, absl::AnyInvocable<void(const AgentId&)> remove);

  bool Contains(const AgentId& id) const { return places_.contains(id); }
  // Nothing happens where it is there already.
  void Enter(const AgentId& id);
  // False: it was not there.
  bool Leave(const AgentId& id);

 private:
  struct Entry {
    AgentId id;
    absl::Time deadline;
  };

  void Arm();
  void Fire(absl::Time planned);
  void Serve();
  absl::Duration Interval() const;

  const Options options_;
  EventLoop* const loop_;
  absl::AnyInvocable<void(const AgentId&)> remove_;
  uint64_t next_place_ = 0;
  absl::btree_map<uint64_t, Entry> queue_;
  absl::btree_map<AgentId, uint64_t> places_;
  absl::Time next_turn_ = absl::InfinitePast();
  absl::Time not_before_ = absl::InfinitePast();
  bool armed_ = false;
  Lifetime lifetime_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_REMOVAL_QUEUE_H_
