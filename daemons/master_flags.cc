#include "daemons/master_flags.h"

#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemons/flag_values.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {

void MasterFlags::AddTo(FlagSet* flags) {
  flags->Add(&network.ip, "ip", "The address to listen at; by default all of this machine's.");
  flags->Add(&network.advertise_ip, "advertise_ip", "The address others are told to find us at.");
  flags->Add(&network.hostname, "hostname", "The name others are told; by default the machine's.");
  flags->Add(
      &network.port, "port",
      "The port of the HTTP API, which others know us by. 0: any free one, which is logged.");
  flags->Add(&network.grpc_port, "grpc_port",
             "The port of the gRPC API; by default 10 above --port. 0: any free one, which is "
             "logged.");
  flags->Add(&network.advertise_port, "advertise_port",
             "The port of the HTTP API that others are told; by default --port.");
  flags->Add(&zk, "zk",
             "The ZooKeeper that several masters elect one of them in: "
             "zk://[user:password@]host:port,.../path, or file:///path of a file that holds it. "
             "Without it the master leads alone.");
  flags->Add(&zk_session_timeout, "zk_session_timeout",
             "How long ZooKeeper waits for a leader that is not heard of before another may lead.");
  flags->Add(&quorum, "quorum",
             "Has no effect: how many servers agree is ZooKeeper's affair. Taken because settings "
             "for Mesos have it.");
  flags->Add(&work_dir, "work_dir",
             "Where the registry is kept. Required with a registry in LevelDB.");
  flags->Add(&registry, "registry",
             "How the registry is kept: zookeeper (at --zk, where all masters find it), leveldb (a "
             "database in work_dir, one master's own), in_memory, or replicated_log: zookeeper "
             "with --zk, leveldb without, which is the default.");
  flags->Add(&master.cluster, "cluster", "The cluster's name, for people.");
  flags->Add(&roles, "roles", "The roles that frameworks may have. By default every role.");
  flags->Add(&weights, "weights",
             "The roles' weights, as role=weight,role=weight, for a registry that has none yet; "
             "later the operator's calls change them.");
  // Its file is read again and again: the flag is where it is, and not what is in it.
  flags
      ->Add(&whitelist, "whitelist",
            "A file with one hostname a line: only these agents are offered. It is read again "
            "every five seconds. By default, and with '*', all agents are.")
      .Literal();
  flags->Add(&master.allocation_interval, "allocation_interval", "The pause between allocations.");
  flags->Add(
      &master.allocator_recovery_timeout, "allocator_recovery_timeout",
      "For how long at most a new leader makes no offers, where there are quotas, until four "
      "fifths of the agents are back.");
  flags->Add(&offer_timeout, "offer_timeout",
             "How long an offer stands before it is rescinded. By default until it is answered.");
  flags
      ->Add(&master.agent_ping_timeout, "agent_ping_timeout",
            "How long an agent has to answer a ping.")
      .Alias("slave_ping_timeout");
  flags
      ->Add(&master.max_agent_ping_timeouts, "max_agent_ping_timeouts",
            "After so many unanswered pings an agent is unreachable.")
      .Alias("max_slave_ping_timeouts");
  flags
      ->Add(&master.agent_reregister_timeout, "agent_reregister_timeout",
            "How long agents have to come back to a new master before they are unreachable.")
      .Alias("slave_reregister_timeout");
  flags
      ->Add(&recovery_agent_removal_limit, "recovery_agent_removal_limit",
            "The share of agents, as a percentage, that may be missing after a failover. If more "
            "are, none is removed and the master leads no more.")
      .Alias("recovery_slave_removal_limit");
  flags
      ->Add(&agent_removal_rate_limit, "agent_removal_rate_limit",
            "How many agents may become unreachable in what time, as 1/10mins. None waits longer "
            "than --agent_reregister_timeout.")
      .Alias("slave_removal_rate_limit");
  flags->Add(&master.strict_registry, "registry_strict",
             "Whether a damaged entry of the registry keeps the master from leading; otherwise "
             "the entry is set aside in the registry.");
  flags->Add(&master.registry_fetch_timeout, "registry_fetch_timeout",
             "How long the registry may take to be read.");
  flags->Add(&master.registry_store_timeout, "registry_store_timeout",
             "How long the registry may take for one write.");
  flags->Add(&master.registry_gc_interval, "registry_gc_interval",
             "How often the registry forgets unreachable and gone agents.");
  flags->Add(&master.registry_max_agent_age, "registry_max_agent_age",
             "After this time an unreachable or gone agent may be forgotten.");
  flags->Add(&registry_max_agent_count, "registry_max_agent_count",
             "How many unreachable, and how many gone agents the registry keeps.");
  flags->Add(&max_offers_per_framework, "max_offers_per_framework",
             "How many offers a framework may hold before it is made no more. 0: any number.");
  flags->Add(&master.root_submissions, "root_submissions",
             "Whether frameworks may run tasks as root.");
  flags->Add(&min_allocatable_resources, "min_allocatable_resources",
             "An offer holds at least one of these, separated by '|'.");
  flags
      ->Add(&role_sorter, "role_sorter",
            "How roles take turns: drf, by dominant shares, or random, by chance and weights.")
      .Alias("user_sorter");
  flags->Add(&framework_sorter, "framework_sorter",
             "How the frameworks of a role take turns: drf or random.");
  flags->Add(&fair_sharing_excluded_resource_names, "fair_sharing_excluded_resource_names",
             "Resources that do not count in fair sharing.");
  flags->Add(&allocator.filter_gpu_resources, "filter_gpu_resources",
             "Whether agents with GPUs are only for frameworks with GPU_RESOURCES.");
  flags->Add(&max_completed_frameworks, "max_completed_frameworks",
             "How many ended frameworks are remembered.");
  flags->Add(&max_completed_tasks_per_framework, "max_completed_tasks_per_framework",
             "How many ended tasks of a framework are remembered.");
  flags->Add(&max_unreachable_tasks_per_framework, "max_unreachable_tasks_per_framework",
             "How many unreachable tasks of a framework are remembered.");
  flags->Add(&max_operator_event_stream_subscribers, "max_operator_event_stream_subscribers",
             "How many operators may hear of changes; one more ends the oldest's stream.");
  flags->Add(&domain, "domain", "The machine's region and zone, as JSON of a DomainInfo.");
}

absl::StatusOr<MasterFlags::Registry> MasterFlags::WhichRegistry() const {
  const std::string name = registry.value_or("replicated_log");
  if (name == "in_memory") return Registry::kMemory;
  if (name == "leveldb") return Registry::kLevelDb;
  if (name == "replicated_log") return zk.has_value() ? Registry::kZooKeeper : Registry::kLevelDb;
  if (name == "zookeeper" && zk.has_value()) return Registry::kZooKeeper;
  if (name == "zookeeper") {
    return absl::InvalidArgumentError(
        "--registry is 'zookeeper', and --zk, which says where, is missing");
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--registry is ", Quoted(name),
                   ", expected zookeeper, leveldb, in_memory or replicated_log"));
}

absl::StatusOr<MasterSettings> ReadMasterSettings(const MasterFlags& flags) {
  MasterSettings settings;
  ASSIGN_OR_RETURN(settings.identity, IdentifyHost(flags.network));
  if (flags.max_operator_event_stream_subscribers == 0) {
    return absl::InvalidArgumentError(
        "--max_operator_event_stream_subscribers is 0, expected at least 1");
  }
  MasterOptions& master = settings.master = flags.master;
  ASSIGN_OR_RETURN(master.weights, ParseWeights(flags.weights));
  master.hostname = settings.identity.hostname;
  master.ip = settings.identity.advertised_ip;
  master.port = flags.network.advertise_port.value_or(flags.network.port);
  master.roles = {flags.roles.begin(), flags.roles.end()};
  master.offer_timeout = flags.offer_timeout.value_or(absl::InfiniteDuration());
  master.max_offers_per_framework = flags.max_offers_per_framework;
  master.registry_max_agent_count = flags.registry_max_agent_count;
  ASSIGN_OR_RETURN(
      master.recovery_agent_removal_limit,
      ParsePercentage("recovery_agent_removal_limit", flags.recovery_agent_removal_limit));
  if (flags.agent_removal_rate_limit.has_value()) {
    ASSIGN_OR_RETURN(master.agent_removal_rate_limit,
                     ParseRate("agent_removal_rate_limit", *flags.agent_removal_rate_limit));
  }
  master.max_completed_frameworks = flags.max_completed_frameworks;
  master.max_completed_tasks_per_framework = flags.max_completed_tasks_per_framework;
  master.max_unreachable_tasks_per_framework = flags.max_unreachable_tasks_per_framework;
  if (flags.domain.has_value()) {
    RETURN_IF_ERROR(ParseJsonFlag("domain", *flags.domain, &master.domain.emplace()));
  }
  AllocatorOptions& allocator = settings.allocator = flags.allocator;
  allocator.allocation_interval = master.allocation_interval;
  allocator.domain = master.domain;
  ASSIGN_OR_RETURN(allocator.role_sorter, ParseSorter("role_sorter", flags.role_sorter));
  ASSIGN_OR_RETURN(allocator.framework_sorter,
                   ParseSorter("framework_sorter", flags.framework_sorter));
  allocator.seed = std::random_device()();
  allocator.fair_sharing_excluded_resource_names = {
      flags.fair_sharing_excluded_resource_names.begin(),
      flags.fair_sharing_excluded_resource_names.end()};
  auto minimum = ParseMinAllocatable(flags.min_allocatable_resources);
  if (!minimum.ok()) return Annotate(minimum.status(), "--min_allocatable_resources");
  allocator.min_allocatable_resources = *std::move(minimum);
  if (flags.zk.has_value()) RETURN_IF_ERROR(CheckZooKeeper("zk", *flags.zk));
  ASSIGN_OR_RETURN(const MasterFlags::Registry registry, flags.WhichRegistry());
  if (registry == MasterFlags::Registry::kLevelDb && !flags.work_dir.has_value()) {
    return absl::InvalidArgumentError(
        "--work_dir is missing: the registry is kept there, unless there is --zk or "
        "--registry=in_memory");
  }
  return settings;
}

}  // namespace mesos
