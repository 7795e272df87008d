// OfferManager: makes offers as the allocator decides, and ends them: accepted, declined,
// rescinded, timed out. A round runs by itself in every allocation interval, and as soon as the
// loop is free when something has changed that may be offered; many changes make one round.
#ifndef MESOSLIB_MASTER_OFFER_MANAGER_H_
#define MESOSLIB_MASTER_OFFER_MANAGER_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "mesos/allocator.h"
#include "mesos/event_loop.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/timer_window.h"
#include "mesoslib/master/inverse_offer_manager.h"
#include "mesoslib/master/ledger.h"

namespace mesos::master {

class OfferManager {
 public:
  struct Options {
    std::string master_id;
    absl::Duration allocation_interval;
    absl::Duration offer_timeout;
  };

  // `next_offer` numbers the offers. `inverse`: are made and ended with the others.
  OfferManager(Options options, EventLoop* loop, Allocator* allocator, Ledger* ledger,
               InverseOfferManager* inverse, uint64_t* next_offer, Logger log);

  // No offer is made before so many agents are there, or it is that late.
  struct HoldOff {
    size_t agents = 0;
    absl::Time until = absl::InfinitePast();
  };

  // Begins the rounds.
  void Start(HoldOff hold_off);
  // No offer is made any more.
  void Stop() { started_ = false; }

  // Something may have become available.
  void Trigger();

  // Runs the round that is due if very much has become available meanwhile, so that no round grows
  // with what waits on the loop. Called where nobody is in the middle of something.
  void CatchUp();

  // How long rounds take, and how late they begin: after they were asked for, or due.
  struct Rounds {
    TimerWindow run;
    TimerWindow latency;
  };
  const Rounds& rounds() const { return rounds_; }

  void Decline(Framework* framework, const v1::scheduler::Call::Decline& decline);

  // The framework hears that the offer is void; its resources may be offered again.
  void Rescind(Offer* offer);
  void RescindAll(Agent* agent);
  // The framework does not hear of it: it is gone, or has subscribed anew.
  void DropAll(Framework* framework);

 private:
  // A round that should have begun at `due`.
  void RunRound(bool batch, absl::Time due);
  void RunBatchRounds(absl::Time due);
  bool IsHeldOff();
  void MakeOffer(const Allocation& allocation);
  void SendSome();
  void ToProto(const Offer& offer, v1::Offer* proto) const;

  const Options options_;
  EventLoop* const loop_;
  Allocator* const allocator_;
  Ledger* const ledger_;
  InverseOfferManager* const inverse_;
  uint64_t* const next_offer_;
  const Logger log_;
  // Offers that are made, but that the frameworks have not heard of yet.
  std::deque<OfferId> unsent_;
  bool sending_ = false;
  bool started_ = false;
  std::optional<HoldOff> hold_off_;  // Nothing once it is over.
  bool triggered_ = false;
  absl::Time triggered_at_;  // When `triggered_` became true.
  int triggers_ = 0;         // Since the last round.
  Rounds rounds_;
  Lifetime lifetime_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_OFFER_MANAGER_H_
