// Leadership: when a master leads, and what it answers while it does not.
//
//                   Start                elected              registry recovered
//     (made) -----------------> standing --------> recovering ------------------> leading
//                                  ^                   |                             |
//                                  |     unreadable,   |        Lost, registry lost, |
//                                  |     Lost          v        too many agents gone |
//                                  +------------- waiting <--------------------------+
//                                    after a pause
//
// Without an election it starts in `recovering`, and where the arrows go to `waiting` it has ended.
// Each term has a Core of its own, which is destroyed before another master can lead: in Lost, and
// before the candidacy is withdrawn.
#ifndef MESOSLIB_MASTER_LEADERSHIP_H_
#define MESOSLIB_MASTER_LEADERSHIP_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "mesos/leader_election.h"
#include "mesos/master.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/session_endpoint.h"
#include "mesoslib/master/core.h"
#include "mesoslib/master/id_counters.h"

namespace mesos::master {

// Lives on the loop.
class Leadership final : public LeaderElection::Candidate {
 public:
  // `stands`: called with how it stands whenever that changes.
  Leadership(MasterOptions options, const MasterDependencies& dependencies, v1::MasterInfo info,
             std::function<void(MasterStanding)> stands);
  ~Leadership();

  void Start(Master::Started done);
  const v1::MasterInfo& info() const { return info_; }
  // For those who bring messages in. Of all terms together.
  const Meters& meters() const { return meters_; }
  void CallOperator(const v1::master::Call& call, const Peer& peer, Master::Called done);
  // The allocator, which outlives all terms, keeps it.
  absl::Status UpdateWhitelist(const std::optional<std::set<std::string>>& hostnames);
  absl::StatusOr<AllocationExplanation> ExplainOffers(const FrameworkId& framework) const;

  void GetState(Master::StateTaken done);

  SessionEndpoint<v1::scheduler::Call, v1::scheduler::Event>::Handlers SchedulerHandlers();
  SessionEndpoint<internal::AgentMessage, internal::MasterMessage>::Handlers AgentHandlers();
  SessionEndpoint<v1::master::Call, MasterChange>::Handlers ChangeHandlers();

  // Null where there is none.
  Core* core() const { return core_.get(); }

  // LeaderElection::Candidate.
  void Elected() override;
  void Lost(absl::Status why) override;

 private:
  bool leading() const { return core_ != nullptr && core_->serving(); }
  absl::Status NotLeading() const;
  void TellStanding();
  void Stand();
  void StandLater();
  void BeginTerm();
  void Recovered(const absl::Status& status);
  void TermEnded(const absl::Status& why);
  // Drops all that belongs to the term.
  void StepDown(const absl::Status& why);

  const MasterOptions options_;
  const MasterDependencies dependencies_;
  const v1::MasterInfo info_;
  const std::function<void(MasterStanding)> stands_;
  EventLoop* const loop_;
  const Logger log_;
  const absl::Time made_;

  bool started_ = false;
  bool ended_ = false;
  absl::Status reason_;         // Why it does not lead, where there is something to say.
  Master::Started start_done_;  // Without an election: until the registry is recovered.
  std::unique_ptr<LeaderElection::Candidacy> candidacy_;
  std::unique_ptr<LeaderDetector::Detection> detection_;
  std::optional<Leader> leader_;
  TimerId timer_ = 0;  // Until it stands again, or until the registry should have been read.
  absl::Duration pause_;
  IdCounters counters_;
  const Meters meters_;
  std::unique_ptr<Core> core_;
  Lifetime lifetime_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_LEADERSHIP_H_
