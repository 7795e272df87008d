// InverseOfferManager: asks frameworks to give back what they hold on agents whose machines are to
// be maintained. The allocator says whom to ask and when to ask again; here is which of these
// inverse offers are out, and what was answered. Answers are for operators to look at: nobody is
// made to do what was said.
#ifndef MESOSLIB_MASTER_INVERSE_OFFER_MANAGER_H_
#define MESOSLIB_MASTER_INVERSE_OFFER_MANAGER_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/time/time.h"
#include "mesos/allocator.h"
#include "mesos/event_loop.h"
#include "mesos/ids.h"
#include "mesos/v1/allocator/allocator.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/master/ledger.h"

namespace mesos::master {

class InverseOfferManager {
 public:
  using Call = v1::scheduler::Call;

  struct Options {
    std::string master_id;
    absl::Duration offer_timeout;
  };

  // `next_offer` numbers offers and inverse offers.
  InverseOfferManager(Options options, EventLoop* loop, Allocator* allocator, Ledger* ledger,
                      uint64_t* next_offer, Logger log)
      : options_(std::move(options)),
        loop_(loop),
        allocator_(allocator),
        ledger_(ledger),
        next_offer_(next_offer),
        log_(log) {}

  // Asks whoever is to be asked now.
  void Round();

  void Accept(Framework* framework, const Call::AcceptInverseOffers& accept);
  void Decline(Framework* framework, const Call::DeclineInverseOffers& decline);

  // The frameworks hear that they are void.
  void RescindAll(const AgentId& agent);
  // The framework does not hear of it: it is gone, or has subscribed anew.
  void DropAll(const FrameworkId& framework);
  // The agent's machine is to be maintained at another time, or not at all: what was answered
  // means nothing any more.
  void ForgetReplies(const AgentId& agent) { replies_.erase(agent); }

  // One for each framework that was asked, UNKNOWN where it has not answered.
  std::vector<v1::allocator::InverseOfferStatus> StatusesOf(const AgentId& agent) const;
  void List(const Framework& framework,
            google::protobuf::RepeatedPtrField<v1::InverseOffer>* list) const;

 private:
  struct InverseOffer {
    FrameworkId framework;
    AgentId agent;
    v1::Unavailability unavailability;
    TimerId timeout = 0;
  };
  struct Reply {
    v1::allocator::InverseOfferStatus::Status status = v1::allocator::InverseOfferStatus::UNKNOWN;
    absl::Time since;
  };
  void Make(const InverseAllocation& asked, v1::scheduler::Event* event);
  void Answer(Framework* framework, const google::protobuf::RepeatedPtrField<v1::OfferID>& ids,
              const v1::Filters& filters, v1::allocator::InverseOfferStatus::Status status);
  // The framework may be asked again after `refuse`. There is one of that number.
  void TakeBack(uint64_t number, absl::Duration refuse);
  void Rescind(uint64_t number);
  std::string IdOf(uint64_t number) const;
  void ToProto(uint64_t number, const InverseOffer& offer, v1::InverseOffer* proto) const;
  // What was said of agents and by frameworks that are no more.
  void ForgetStrangers();

  const Options options_;
  EventLoop* const loop_;
  Allocator* const allocator_;
  Ledger* const ledger_;
  uint64_t* const next_offer_;
  const Logger log_;
  std::map<uint64_t, InverseOffer> offers_;  // By their numbers.
  absl::btree_set<std::pair<AgentId, uint64_t>> by_agent_;
  absl::btree_set<std::pair<FrameworkId, uint64_t>> by_framework_;
  absl::btree_map<AgentId, std::map<FrameworkId, Reply>> replies_;
  Lifetime lifetime_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_INVERSE_OFFER_MANAGER_H_
