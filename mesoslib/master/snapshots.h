// Snapshots: takes the master's state, for those who ask, in portions that leave the loop to its
// work. What nobody has changed since the last time is shared with the states that were taken
// before (see Shelf). All who wait get the same one: it is of a moment after the last of them
// asked.
//
//   asked --> turn --> turn --> ... --> the turn in which no picture is missing: all are put
//   together
//
// Between turns records may change, and spoil pictures that were made already: they are made anew.
// Portions grow after many turns, so that this comes to an end whatever the load.
#ifndef MESOSLIB_MASTER_SNAPSHOTS_H_
#define MESOSLIB_MASTER_SNAPSHOTS_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesos/master.h"
#include "mesos/master_state.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/master/agent_manager.h"
#include "mesoslib/master/changes.h"
#include "mesoslib/master/framework_manager.h"
#include "mesoslib/master/inverse_offer_manager.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/quota_manager.h"
#include "mesoslib/master/weight_manager.h"

namespace mesos::master {

class Snapshots {
 public:
  // What a state says of the master itself.
  struct About {
    v1::MasterInfo master;
    std::string cluster;
    absl::Time start_time;
    absl::Time elected_time;
    absl::Duration heartbeat_interval;
  };

  Snapshots(About about, EventLoop* loop, Ledger* ledger, FrameworkManager* frameworks,
            AgentManager* agents, const QuotaManager* quotas, const WeightManager* weights,
            const InverseOfferManager* inverse_offers, const Changes* changes);
  // Who waits is answered Unavailable.
  ~Snapshots();

  const About& about() const { return about_; }

  // `done` is called in a turn of its own.
  void Take(Master::StateTaken done);
  // The answer to a call that is answered from a state, put together in turns, too.
  void Answer(v1::master::Call call, Master::Called done);

  // The state as it is now, in one go.
  std::shared_ptr<const MasterState> TakeNow();
  void ForgetNow();

 private:
  struct Answering;

  void TakeTurn();
  void AnswerTurn();
  void ForgetTurn();
  void ForgetLater();
  // Whether they came through all there is within the budget.
  bool Refresh(size_t* budget);
  bool Forget(size_t* budget);
  template <typename Visit>
  bool ForEachShelf(Visit visit);
  std::shared_ptr<const MasterState> PutTogether() const;

  const About about_;
  EventLoop* const loop_;
  Ledger* const ledger_;
  FrameworkManager* const frameworks_;
  AgentManager* const agents_;
  const QuotaManager* const quotas_;
  const WeightManager* const weights_;
  const InverseOfferManager* const inverse_offers_;
  const Changes* const changes_;

  std::vector<Master::StateTaken> waiting_;
  size_t turns_ = 0;                                // That the one which is being taken has taken.
  size_t portion_ = 0;                              // Of the next of them; 0: none is planned.
  std::deque<std::unique_ptr<Answering>> answers_;  // The first is being put together.
  absl::Time last_taken_ = absl::InfinitePast();
  bool forgets_later_ = false;
  Lifetime lifetime_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_SNAPSHOTS_H_
