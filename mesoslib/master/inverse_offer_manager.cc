#include "mesoslib/master/inverse_offer_manager.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "mesoslib/master/call_validation.h"
#include "mesoslib/master/state_protos.h"
#include "mesoslib/master/task_states.h"

namespace mesos::master {
namespace {

using v1::allocator::InverseOfferStatus;

// So many are in one event; clients cap a record at 4 MiB.
constexpr int kInverseOffersPerEvent = 1000;

// The number of offer "<master>-O<number>".
std::optional<uint64_t> NumberOf(absl::string_view id, absl::string_view master) {
  uint64_t number = 0;
  if (!absl::ConsumePrefix(&id, master) || !absl::ConsumePrefix(&id, "-O")) return std::nullopt;
  // One offer has one name: "07" and "+7" are none.
  if (!absl::SimpleAtoi(id, &number) || absl::StrCat(number) != id) return std::nullopt;
  return number;
}

template <typename Id>
std::vector<uint64_t> NumbersOf(const absl::btree_set<std::pair<Id, uint64_t>>& index,
                                const Id& id) {
  std::vector<uint64_t> numbers;
  for (auto entry = index.lower_bound({id, 0}); entry != index.end() && entry->first == id;
       ++entry) {
    numbers.push_back(entry->second);
  }
  return numbers;
}

}  // namespace

std::string InverseOfferManager::IdOf(uint64_t number) const {
  return absl::StrCat(options_.master_id, "-O", number);
}

void InverseOfferManager::Round() {
  ForgetStrangers();
  std::vector<InverseAllocation> asked = allocator_->AllocateInverse(loop_->Now());
  std::stable_sort(asked.begin(), asked.end(),
                   [](const InverseAllocation& a, const InverseAllocation& b) {
                     return a.framework < b.framework;
                   });
  v1::scheduler::Event event;
  for (size_t i = 0; i < asked.size(); ++i) {
    Make(asked[i], &event);
    const bool last = i + 1 == asked.size() || asked[i + 1].framework != asked[i].framework;
    const int count = event.inverse_offers().inverse_offers_size();
    if (count == 0 || (!last && count < kInverseOffersPerEvent)) continue;
    event.set_type(v1::scheduler::Event::INVERSE_OFFERS);
    ledger_->FindFramework(asked[i].framework)->sink->Deliver(std::move(event));
    event = v1::scheduler::Event();
  }
}

void InverseOfferManager::Make(const InverseAllocation& asked, v1::scheduler::Event* event) {
  const Framework* framework = ledger_->FindFramework(asked.framework);
  const Agent* agent = ledger_->FindAgent(asked.agent);
  if (framework == nullptr || !framework->connected() || agent == nullptr || !agent->connected()) {
    // Asked again when they are back.
    allocator_->RecoverInverse(asked.framework, asked.agent, absl::ZeroDuration(), loop_->Now())
        .IgnoreError();
    return;
  }
  const uint64_t number = (*next_offer_)++;
  InverseOffer& offer = offers_[number];
  offer.framework = asked.framework;
  offer.agent = asked.agent;
  offer.unavailability = asked.unavailability;
  by_agent_.insert({offer.agent, number});
  by_framework_.insert({offer.framework, number});
  replies_[asked.agent].try_emplace(asked.framework,
                                    Reply{InverseOfferStatus::UNKNOWN, loop_->WallTime()});
  ToProto(number, offer, event->mutable_inverse_offers()->add_inverse_offers());
  if (options_.offer_timeout == absl::InfiniteDuration()) return;
  offer.timeout =
      loop_->PostAt(loop_->Now() + options_.offer_timeout, lifetime_.Guard([this, number] {
        auto found = offers_.find(number);
        if (found == offers_.end()) return;
        found->second.timeout = 0;
        Rescind(number);
      }));
}

void InverseOfferManager::ToProto(uint64_t number, const InverseOffer& offer,
                                  v1::InverseOffer* proto) const {
  proto->mutable_id()->set_value(IdOf(number));
  proto->mutable_framework_id()->set_value(offer.framework.value());
  proto->mutable_agent_id()->set_value(offer.agent.value());
  *proto->mutable_unavailability() = offer.unavailability;
}

void InverseOfferManager::Accept(Framework* framework, const Call::AcceptInverseOffers& accept) {
  Answer(framework, accept.inverse_offer_ids(), accept.filters(), InverseOfferStatus::ACCEPT);
}

void InverseOfferManager::Decline(Framework* framework, const Call::DeclineInverseOffers& decline) {
  Answer(framework, decline.inverse_offer_ids(), decline.filters(), InverseOfferStatus::DECLINE);
}

void InverseOfferManager::Answer(Framework* framework,
                                 const google::protobuf::RepeatedPtrField<v1::OfferID>& ids,
                                 const v1::Filters& filters, InverseOfferStatus::Status status) {
  const absl::Duration refuse = RefuseDuration(filters);
  for (const v1::OfferID& id : ids) {
    const std::optional<uint64_t> number = NumberOf(id.value(), options_.master_id);
    auto found = number.has_value() ? offers_.find(*number) : offers_.end();
    // It may have been rescinded meanwhile; another framework's is none of its business.
    if (found == offers_.end() || found->second.framework != framework->id) continue;
    replies_[found->second.agent][framework->id] = {status, loop_->WallTime()};
    TakeBack(*number, refuse);
  }
}

void InverseOfferManager::TakeBack(uint64_t number, absl::Duration refuse) {
  auto found = offers_.find(number);
  const InverseOffer& offer = found->second;
  if (offer.timeout != 0) loop_->Cancel(offer.timeout);
  const absl::Status taken =
      allocator_->RecoverInverse(offer.framework, offer.agent, refuse, loop_->Now());
  // The allocator may know it no more: the agent's unavailability has changed.
  if (!taken.ok() && !absl::IsNotFound(taken)) {
    log_.Error("the allocator and the master disagree: RecoverInverse: ", taken.ToString());
  }
  by_agent_.erase({offer.agent, number});
  by_framework_.erase({offer.framework, number});
  offers_.erase(found);
}

void InverseOfferManager::Rescind(uint64_t number) {
  const Framework* framework = ledger_->FindFramework(offers_.at(number).framework);
  if (framework != nullptr && framework->connected()) {
    v1::scheduler::Event event;
    event.set_type(v1::scheduler::Event::RESCIND_INVERSE_OFFER);
    event.mutable_rescind_inverse_offer()->mutable_inverse_offer_id()->set_value(IdOf(number));
    framework->sink->Deliver(std::move(event));
  }
  TakeBack(number, absl::ZeroDuration());
}

void InverseOfferManager::RescindAll(const AgentId& agent) {
  for (uint64_t number : NumbersOf(by_agent_, agent)) Rescind(number);
}

void InverseOfferManager::DropAll(const FrameworkId& framework) {
  for (uint64_t number : NumbersOf(by_framework_, framework)) {
    TakeBack(number, absl::ZeroDuration());
  }
}

void InverseOfferManager::ForgetStrangers() {
  for (auto agent = replies_.begin(); agent != replies_.end();) {
    std::erase_if(agent->second, [this](const auto& reply) {
      return ledger_->FindFramework(reply.first) == nullptr;
    });
    const bool here = ledger_->FindAgent(agent->first) != nullptr;
    agent = here && !agent->second.empty() ? std::next(agent) : replies_.erase(agent);
  }
}

std::vector<InverseOfferStatus> InverseOfferManager::StatusesOf(const AgentId& agent) const {
  std::vector<InverseOfferStatus> statuses;
  auto of_agent = replies_.find(agent);
  if (of_agent == replies_.end()) return statuses;
  for (const auto& [framework, reply] : of_agent->second) {
    if (ledger_->FindFramework(framework) == nullptr) continue;
    InverseOfferStatus& status = statuses.emplace_back();
    status.set_status(reply.status);
    status.mutable_framework_id()->set_value(framework.value());
    SetTime(reply.since, status.mutable_timestamp());
  }
  return statuses;
}

void InverseOfferManager::List(const Framework& framework,
                               google::protobuf::RepeatedPtrField<v1::InverseOffer>* list) const {
  for (uint64_t number : NumbersOf(by_framework_, framework.id)) {
    ToProto(number, offers_.at(number), list->Add());
  }
}

}  // namespace mesos::master
