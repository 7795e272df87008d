#include "mesoslib/sim/nemesis.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::sim {

void Nemesis::Start(absl::Duration longest_pause) {
  longest_pause_ = longest_pause;
  stopped_ = false;
  Next();
}

void Nemesis::Stop() {
  stopped_ = true;
  world_->Log("faults stop");
  cluster_->network().HealAll();
  cluster_->coordination().SetAway(false);
  for (const auto& process : std::exchange(paused_, {})) process->Resume();
  for (const auto& host : cluster_->master_hosts()) host->disk().Mend();
  for (const auto& host : cluster_->agent_hosts()) {
    host->machine().disk().Mend();
    host->machine().failing_launches = 0;
  }
}

void Nemesis::After(absl::Duration pause, absl::AnyInvocable<void()> callback) {
  world_->loop()->PostAt(world_->loop()->Now() + pause, lifetime_.Guard(std::move(callback)));
}

void Nemesis::Next() {
  After(world_->Between(absl::ZeroDuration(), longest_pause_), [this] {
    if (stopped_) return;
    Strike();
    Next();
  });
}

void Nemesis::Strike() {
  switch (world_->Pick(16)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return CrashSomething();
    case 4:
      return PauseSomething();
    case 5:
    case 6:
      return CutSomething();
    case 7:
      return CutOffAHost();
    case 8:
      return SlowNetwork();
    case 9:
      return LosePower();
    case 10:
      return BreakDisk();
    case 11:
      return SetClock();
    case 12:
      return DisturbCoordination();
    case 13:
      return KillExecutor();
    case 14:
      return FailLaunches();
    default:
      if (world_->Chance(200)) MarkAgentGone();
  }
}

DaemonHost* Nemesis::AnyDaemon() {
  const uint64_t masters = cluster_->master_hosts().size();
  const uint64_t agents = cluster_->agent_hosts().size();
  const std::vector<DaemonHost*> clients = cluster_->clients();
  // As often a master as an agent as a framework.
  DaemonHost* host = nullptr;
  switch (world_->Pick(3)) {
    case 0:
      host = cluster_->master_hosts()[world_->Pick(masters)].get();
      break;
    case 1:
      host = cluster_->agent_hosts()[world_->Pick(agents)].get();
      break;
    default:
      if (clients.empty()) return nullptr;
      host = clients[world_->Pick(clients.size())];
  }
  return host->running() ? host : nullptr;
}

int Nemesis::AnyHost() {
  return static_cast<int>(world_->Pick(static_cast<uint64_t>(cluster_->hosts())));
}

void Nemesis::CrashSomething() {
  DaemonHost* const host = AnyDaemon();
  if (host == nullptr) return;
  if (world_->Chance(500)) {
    // In the middle of something it will do soon.
    host->process()->DieAfter(1 + world_->Pick(12));
  } else {
    host->Crash(world_->Between(absl::Milliseconds(10), absl::Seconds(30)));
  }
}

void Nemesis::PauseSomething() {
  DaemonHost* const host = AnyDaemon();
  if (host == nullptr) return;
  const absl::Duration pause = world_->Chance(100)
                                   ? absl::Minutes(5)
                                   : world_->Between(absl::Milliseconds(100), absl::Seconds(60));
  world_->Log(host->name(), " is stopped for ", absl::FormatDuration(pause));
  host->process()->Pause();
  paused_.push_back(host->process());
  After(pause, [process = host->process()] { process->Resume(); });
}

void Nemesis::CutSomething() {
  const int a = AnyHost();
  const int b = AnyHost();
  if (a == b) return;
  const bool both = world_->Chance(500);
  const absl::Duration pause = world_->Between(absl::Seconds(1), absl::Minutes(2));
  world_->Log("the way from host ", a, " to ", b, both ? " and back" : "", " is cut for ",
              absl::FormatDuration(pause));
  cluster_->network().Cut(a, b);
  if (both) cluster_->network().Cut(b, a);
  After(pause, [this, a, b] {
    cluster_->network().Heal(a, b);
    cluster_->network().Heal(b, a);
  });
}

void Nemesis::CutOffAHost() {
  const int host = AnyHost();
  const absl::Duration pause = world_->Between(absl::Seconds(1), absl::Minutes(3));
  world_->Log("host ", host, " is cut off for ", absl::FormatDuration(pause));
  const int hosts = cluster_->hosts();
  for (int other = 0; other < hosts; ++other) {
    if (other == host) continue;
    cluster_->network().Cut(host, other);
    cluster_->network().Cut(other, host);
  }
  After(pause, [this, host, hosts] {
    for (int other = 0; other < hosts; ++other) {
      cluster_->network().Heal(host, other);
      cluster_->network().Heal(other, host);
    }
  });
}

void Nemesis::SlowNetwork() {
  const absl::Duration delay = world_->Between(absl::Milliseconds(10), absl::Seconds(3));
  world_->Log("the network takes up to ", absl::FormatDuration(delay));
  cluster_->network().SetDelay(delay);
  After(world_->Between(absl::Seconds(5), absl::Minutes(1)),
        [this] { cluster_->network().SetDelay(absl::Milliseconds(2)); });
}

void Nemesis::LosePower() {
  DaemonHost* const host = AnyDaemon();
  if (host != nullptr) host->PowerOff(world_->Between(absl::Seconds(1), absl::Minutes(2)));
}

Disk* Nemesis::AnyDisk() {
  if (!cluster_->coordinated() && world_->Chance(300)) {
    return &cluster_->master_hosts().front()->disk();
  }
  return &cluster_->agent_hosts()[world_->Pick(cluster_->agent_hosts().size())]->machine().disk();
}

void Nemesis::BreakDisk() {
  Disk* const disk = AnyDisk();
  switch (world_->Pick(3)) {
    case 0:
      world_->Log("a disk is full");
      disk->full = true;
      break;
    case 1:
      disk->writes_left = static_cast<int>(world_->Pick(10));
      world_->Log("a disk fails after ", disk->writes_left, " writes");
      break;
    default:
      disk->slowest_write = world_->Between(absl::Milliseconds(10), absl::Seconds(2));
      world_->Log("a disk takes up to ", absl::FormatDuration(disk->slowest_write));
  }
  After(world_->Between(absl::Seconds(1), absl::Minutes(1)), [disk] { disk->Mend(); });
}

void Nemesis::SetClock() {
  DaemonHost* const host = AnyDaemon();
  if (host == nullptr) return;
  const absl::Duration ahead = world_->Between(-absl::Hours(1), absl::Hours(1));
  world_->Log("the clock of ", host->name(), " is set to be ahead by ",
              absl::FormatDuration(ahead));
  host->process()->SetWallClock(ahead);
}

void Nemesis::DisturbCoordination() {
  if (!cluster_->coordinated()) return;
  if (world_->Chance(500)) return cluster_->coordination().ExpireSomeSession();
  const absl::Duration pause = world_->Between(absl::Seconds(1), absl::Seconds(40));
  world_->Log("the coordination service is away for ", absl::FormatDuration(pause));
  cluster_->coordination().SetAway(true);
  After(pause, [this] { cluster_->coordination().SetAway(false); });
}

void Nemesis::KillExecutor() {
  cluster_->agent_hosts()[world_->Pick(cluster_->agent_hosts().size())]
      ->machine()
      .KillSomeExecutor();
}

void Nemesis::FailLaunches() {
  Machine& machine =
      cluster_->agent_hosts()[world_->Pick(cluster_->agent_hosts().size())]->machine();
  machine.failing_launches = 300;
  After(absl::Seconds(30), [&machine] { machine.failing_launches = 0; });
}

// The last agent stays.
void Nemesis::MarkAgentGone() {
  uint64_t left = 0;
  for (const auto& host : cluster_->agent_hosts()) left += host->retired() ? 0 : 1;
  AgentHost* const host =
      cluster_->agent_hosts()[world_->Pick(cluster_->agent_hosts().size())].get();
  MasterHost* const leader = cluster_->leader();
  if (left < 3 || host->retired() || leader == nullptr || leader->master() == nullptr) return;
  const auto stored = host->machine().agent_id();
  if (!stored.has_value()) return;
  v1::master::Call call;
  call.set_type(v1::master::Call::MARK_AGENT_GONE);
  call.mutable_mark_agent_gone()->mutable_agent_id()->set_value(*stored);
  world_->Log("an operator marks ", *stored, " gone");
  leader->master()->CallOperator(
      call, Peer(),
      [this, id = *stored](absl::StatusOr<v1::master::Response> response) {
        world_->Log("marking ", id, " gone: ", response.status().ToString());
        if (response.ok()) cluster_->observer().AgentGone(id);
      });
}

}  // namespace mesos::sim
