// RegistryReader: makes sense of what a registry holds, entry by entry. What it cannot read is set
// aside in the registry, unchanged, and the rest is read.
#ifndef MESOSLIB_MASTER_REGISTRY_ENTRIES_H_
#define MESOSLIB_MASTER_REGISTRY_ENTRIES_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesos/allocator.h"
#include "mesos/ids.h"
#include "mesos/internal/registry.pb.h"
#include "mesos/state_store.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/master/registrar.h"

namespace mesos::master {

// The format of the entries written here.
inline constexpr uint32_t kRegistryFormat = 1;

inline constexpr absl::string_view kHeaderKey = "registry";
inline constexpr absl::string_view kLeaderKey = "master";
inline constexpr absl::string_view kAdmittedKeys = "agents/";
inline constexpr absl::string_view kUnreachableKeys = "unreachable/";
inline constexpr absl::string_view kGoneKeys = "gone/";
inline constexpr absl::string_view kDeactivatedKeys = "deactivated/";
inline constexpr absl::string_view kMaintenanceKey = "maintenance";
inline constexpr absl::string_view kQuotaKeys = "quotas/";
inline constexpr absl::string_view kWeightKeys = "weights/";
inline constexpr absl::string_view kDamagedKeys = "damaged/";

std::string AdmittedEntry(const v1::AgentInfo& info);
std::string AbsentEntry(absl::Time since);
std::string DeactivatedEntry(internal::DeactivatedAgent agent);
std::string MaintenanceEntry(internal::Maintenance maintenance);
std::string QuotaEntry(const std::string& role, const Quota& quota);
std::string WeightEntry(const std::string& role, double weight);

// What a registry may ask of its master. Names are those of MasterInfo.Capability.
inline constexpr absl::string_view kQuotaCapability = "QUOTA_V2";
inline constexpr absl::string_view kDrainingCapability = "AGENT_DRAINING";

// Says in `header` whether a master must have this capability. Whether that was news.
bool Require(absl::string_view capability, bool needed, internal::Registry* header);

class RegistryReader {
 public:
  // `now`: since when an agent is absent whose entry does not tell any more.
  RegistryReader(bool strict, absl::Time now, const Logger& log)
      : strict_(strict), now_(now), log_(log) {}

  // `registry_id` names the registry if it has no name yet, `weights` are its weights if it never
  // had any. DataLoss: an entry is damaged, and `strict`; FailedPrecondition: the registry needs a
  // more capable master.
  absl::Status Read(const StateStore::Snapshot& snapshot, const std::string& registry_id,
                    const std::map<std::string, double>& weights);

  Registrar::Contents& contents() { return contents_; }
  const internal::Registry& header() const { return header_; }
  // What has to be written for it.
  std::vector<StateStore::Mutation>& mutations() { return mutations_; }

 private:
  absl::Status ReadHeader(const StateStore::Snapshot& snapshot, const std::string& registry_id);
  void WriteHeader();
  void AdoptWeights(const std::map<std::string, double>& weights);
  absl::Status ReadEntry(absl::string_view key, const std::string& value);
  absl::Status SetAside(const std::string& key, const std::string& value,
                        const absl::Status& problem);
  // What is known of the agent all the same; tells what is lost.
  std::string Salvage(absl::string_view key);

  const bool strict_;
  const absl::Time now_;
  const Logger& log_;
  const StateStore::Snapshot* snapshot_ = nullptr;
  internal::Registry header_;
  Registrar::Contents contents_;
  std::vector<StateStore::Mutation> mutations_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_REGISTRY_ENTRIES_H_
