// Registrar: the master's registry, kept in a StateStore (see registry.proto for what is in it).
// Every change is durable before its callback runs; changes made while a commit is on its way go
// out together in the next one.
#ifndef MESOSLIB_MASTER_REGISTRAR_H_
#define MESOSLIB_MASTER_REGISTRAR_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesos/ids.h"
#include "mesos/state_store.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"

namespace mesos::master {

class Registrar {
 public:
  using Done = absl::AnyInvocable<void(absl::Status)>;

  struct Contents {
    absl::flat_hash_map<AgentId, v1::AgentInfo> admitted;
    absl::flat_hash_map<AgentId, absl::Time> unreachable;
    absl::flat_hash_map<AgentId, absl::Time> gone;
  };

  // `lost` is called once if a commit fails for good: another master leads, or the store is broken.
  Registrar(StateStore* store, Logger log, absl::AnyInvocable<void(absl::Status)> lost);

  // Reads the registry and writes down that `leader` leads, which ends the term of any former one.
  void Recover(const v1::MasterInfo& leader,
               absl::AnyInvocable<void(absl::StatusOr<Contents>)> done);

  void Admit(const AgentId& id, const v1::AgentInfo& info, Done done);
  void Remove(const AgentId& id, Done done);
  void MarkUnreachable(const AgentId& id, absl::Time since, Done done);
  // Also for one that was never unreachable.
  void MarkReachable(const AgentId& id, const v1::AgentInfo& info, Done done);
  void MarkGone(const AgentId& id, absl::Time since, Done done);

 private:
  void Apply(std::vector<StateStore::Mutation> mutations, Done done);
  void Flush();

  StateStore* const store_;
  const Logger log_;
  absl::AnyInvocable<void(absl::Status)> lost_;
  uint64_t version_ = 0;
  bool committing_ = false;
  std::vector<StateStore::Mutation> pending_;
  std::vector<Done> waiting_;
  Lifetime lifetime_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_REGISTRAR_H_
