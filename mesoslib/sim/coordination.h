// Coordination: the service that decides who leads and keeps the registry, as ZooKeeper does, on a
// host of its own in the simulation. Clients have sessions, which end when nothing is heard of them
// for the session timeout; with them goes what they stand for.
#ifndef MESOSLIB_SIM_COORDINATION_H_
#define MESOSLIB_SIM_COORDINATION_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "absl/time/time.h"
#include "mesos/leader_election.h"
#include "mesos/state_store.h"
#include "mesoslib/sim/network.h"
#include "mesoslib/sim/process.h"

namespace mesos::sim {

class CoordinationClient;

class Coordination {
 public:
  static constexpr absl::Duration kSessionTimeout = absl::Seconds(10);

  Coordination(Network* network, int host) : network_(network), host_(host) {}

  int host() const { return host_; }
  Network* network() { return network_; }

  // -- How it behaves --

  // Nobody is answered.
  void SetAway(bool away);
  bool away() const { return away_; }
  // Ends a session at once, as if nothing had been heard of it.
  void ExpireSomeSession();

  // Who leads by its books; null: nobody.
  const Leader* leader() const;
  // What is in the registry.
  const StateStore::Snapshot& registry() const { return registry_; }

 private:
  friend class CoordinationClient;

  struct Session {
    std::weak_ptr<CoordinationClient> client;
    absl::Time last_heard;
  };
  struct Candidate {
    uint64_t session;
    Leader leader;
  };

  // Who leads, as clients are told.
  struct Announcement {
    uint64_t number = 0;     // An older one is void.
    uint64_t candidate = 0;  // 0: nobody leads.
    Leader leader;
  };

  // -- What clients ask for; at the service's host, while it is not away --

  // False: there is no such session.
  bool Heard(uint64_t session);
  uint64_t NewSession(std::weak_ptr<CoordinationClient> client);
  // The number of the session's candidate; 0: there is no such session.
  uint64_t Stand(uint64_t session, const Leader& leader);
  void Withdraw(uint64_t candidate);
  Announcement Current() const;
  absl::StatusOr<uint64_t> Commit(std::vector<StateStore::Mutation> mutations, uint64_t expected);

  void ScheduleExpiry();
  void Expire(uint64_t session);
  // Tells everybody who leads.
  void Announce();

  Network* const network_;
  const int host_;
  bool away_ = false;
  bool expiry_scheduled_ = false;
  uint64_t next_ = 1;
  uint64_t announcements_ = 0;
  std::map<uint64_t, Session> sessions_;
  std::map<uint64_t, Candidate> candidates_;  // The first leads.
  StateStore::Snapshot registry_;
};

// What one process sees of it.
class CoordinationClient final : public LeaderElection,
                                 public LeaderDetector,
                                 public StateStore,
                                 public std::enable_shared_from_this<CoordinationClient> {
 public:
  // Made with std::make_shared, then started.
  CoordinationClient(Coordination* service, std::shared_ptr<Process> process)
      : service_(service), process_(std::move(process)) {}
  void Start();

  // LeaderElection. One candidate at a time.
  std::unique_ptr<Candidacy> Contend(Leader self, Candidate* candidate) override;

  // LeaderDetector.
  std::unique_ptr<Detection> Watch(Changed changed) override;

  // StateStore: the registry.
  void Load(LoadDone done) override;
  void Commit(std::vector<Mutation> mutations, uint64_t expected, CommitDone done) override;

 private:
  friend class Coordination;
  class Standing;
  class Watching;

  // Does something at the service, if it is there and the way is free.
  void Ask(absl::AnyInvocable<void(Coordination*)> at_service);
  // From there: does something here.
  static void Answer(Coordination* service, std::weak_ptr<CoordinationClient> client, int host,
                     absl::AnyInvocable<void(CoordinationClient*)> at_client);

  void Beat();
  void Beaten(absl::Time asked, uint64_t session, const Coordination::Announcement& current);
  void WatchSession();
  void LoseSession(const char* why);
  void Stand();
  void Stands(uint64_t attempt, uint64_t session, uint64_t number);
  void Heard(const Coordination::Announcement& current);
  void Withdraw();
  void EndCandidacy(absl::Status why);
  void SetLeader(std::optional<Leader> leader);
  // `answer` with Unavailable where nothing has come for a while.
  template <typename T>
  absl::AnyInvocable<void(absl::StatusOr<T>)> Impatient(
      absl::AnyInvocable<void(absl::StatusOr<T>)> answer);

  Coordination* const service_;
  const std::shared_ptr<Process> process_;
  uint64_t session_ = 0;  // 0: none.
  absl::Time last_contact_ = absl::InfinitePast();
  uint64_t heard_ = 0;  // The number of the last announcement.

  Candidate* candidate_ = nullptr;
  uint64_t attempt_ = 0;
  Leader self_;
  uint64_t standing_ = 0;  // Our candidate's number at the service.
  bool elected_ = false;
  std::set<uint64_t> withdrawn_;  // Which the service may not know yet.

  uint64_t next_watch_ = 1;
  std::map<uint64_t, Changed> watches_;
  std::optional<Leader> leader_;
};

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_COORDINATION_H_
