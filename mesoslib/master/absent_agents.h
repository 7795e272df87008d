// AbsentAgents: who is unreachable or gone, and since when, as the registry has it. The oldest are
// forgotten now and then, there and here, so that the registry does not grow for ever.
#ifndef MESOSLIB_MASTER_ABSENT_AGENTS_H_
#define MESOSLIB_MASTER_ABSENT_AGENTS_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesos/ids.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/master/registrar.h"

namespace mesos::master {

class AbsentAgents {
 public:
  struct Options {
    absl::Duration interval;  // Between two clearings.
    absl::Duration max_age;
    size_t max_count;  // Of each kind.
  };

  // `forgotten`: nothing is known of an unreachable agent any more.
  AbsentAgents(Options options, EventLoop* loop, Registrar* registrar, Logger log,
               std::function<void(const AgentId&)> forgotten)
      : options_(options),
        loop_(loop),
        registrar_(registrar),
        log_(log),
        forgotten_(std::move(forgotten)) {}

  // What the registry holds; the clearings begin.
  void Recover(absl::btree_map<AgentId, absl::Time> unreachable,
               absl::btree_map<AgentId, absl::Time> gone);

  // The registry has it already.
  void BecomeUnreachable(const AgentId& id, absl::Time since) { unreachable_[id] = since; }
  void BecomeReachable(const AgentId& id) { unreachable_.erase(id); }
  void BecomeGone(const AgentId& id, absl::Time since);

  std::optional<absl::Time> UnreachableSince(const AgentId& id) const;
  bool IsUnreachable(const AgentId& id) const { return unreachable_.contains(id); }
  bool IsGone(const AgentId& id) const { return gone_.contains(id); }
  size_t unreachable() const { return unreachable_.size(); }

 private:
  using Since = absl::btree_map<AgentId, absl::Time>;

  void ClearLater();
  void Clear();
  std::vector<AgentId> TooOld(const Since& agents) const;

  const Options options_;
  EventLoop* const loop_;
  Registrar* const registrar_;
  const Logger log_;
  const std::function<void(const AgentId&)> forgotten_;
  Since unreachable_;
  Since gone_;
  Lifetime lifetime_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_ABSENT_AGENTS_H_
