// The flags of mesos-master, and what they make of a master's options.
#ifndef DAEMONS_MASTER_FLAGS_H_
#define DAEMONS_MASTER_FLAGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daemons/master_location.h"
#include "daemons/network.h"
#include "mesos/allocator.h"
#include "mesos/master.h"
#include "mesoslib/base/flags.h"

namespace mesos {

struct MasterFlags {
  NetworkFlags network{.port = 5050};
  std::optional<std::string> work_dir;
  std::optional<std::string> registry;
  std::optional<MasterLocation> zk;
  absl::Duration zk_session_timeout = absl::Seconds(10);
  uint32_t quorum = 0;  // Taken, for the sake of old settings.
  std::string weights;
  std::string role_sorter = "drf";
  std::string framework_sorter = "drf";
  std::string whitelist;
  std::string min_allocatable_resources = "cpus:0.01|mem:32";
  std::vector<std::string> roles;
  std::vector<std::string> fair_sharing_excluded_resource_names;
  std::optional<std::string> domain;
  std::optional<absl::Duration> offer_timeout;
  uint64_t max_offers_per_framework = 0;
  std::string recovery_agent_removal_limit = "100%";
  std::optional<std::string> agent_removal_rate_limit;
  uint64_t registry_max_agent_count = 102400;
  uint64_t max_completed_frameworks = 50;
  uint64_t max_completed_tasks_per_framework = 1000;
  uint64_t max_unreachable_tasks_per_framework = 1000;
  uint64_t max_operator_event_stream_subscribers = 1000;
  // The other flags write here.
  MasterOptions master;
  AllocatorOptions allocator;

  void AddTo(FlagSet* flags);

  enum class Registry { kMemory, kLevelDb, kZooKeeper };
  // InvalidArgument names the flag.
  absl::StatusOr<Registry> WhichRegistry() const;
};

struct MasterSettings {
  NetworkIdentity identity;
  MasterOptions master;
  AllocatorOptions allocator;
};

// InvalidArgument names the flag.
absl::StatusOr<MasterSettings> ReadMasterSettings(const MasterFlags& flags);

}  // namespace mesos

#endif  // DAEMONS_MASTER_FLAGS_H_
