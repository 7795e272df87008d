#include "mesoslib/master/offer_manager.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mesoslib/base/mutation.h"
#include "mesoslib/master/call_validation.h"

namespace mesos::master {
namespace {

// Clients cap a record at 4 MiB; this stays well below.
constexpr size_t kMaxOffersBytes = 2 << 20;

// So many offers are sent in one turn of the loop.
constexpr int kOffersPerTurn = 1000;

// A round is not put off for longer than for so many changes.
constexpr int kTriggersPerRound = 1000;

void InferUrl(const v1::AgentInfo& agent, const Peer& peer, v1::URL* url) {
  url->set_scheme("http");
  v1::Address* address = url->mutable_address();
  address->set_hostname(agent.hostname());
  const absl::string_view host = absl::string_view(peer.address).substr(0, peer.address.rfind(':'));
  const bool is_ip = !host.empty() && host.find_first_not_of("0123456789.") == host.npos;
  address->set_ip(is_ip ? std::string(host) : "127.0.0.1");
  address->set_port(agent.port());
  url->set_path("/slave(1)");
}

}  // namespace

OfferManager::OfferManager(Options options, EventLoop* loop, Allocator* allocator, Ledger* ledger,
                           InverseOfferManager* inverse, uint64_t* next_offer, Logger log)
    : options_(std::move(options)),
      loop_(loop),
      allocator_(allocator),
      ledger_(ledger),
      inverse_(inverse),
      next_offer_(next_offer),
      log_(log) {}

void OfferManager::Start(HoldOff hold_off) {
  started_ = true;
  hold_off_ = hold_off;
  RunBatchRounds(loop_->Now());
}

void OfferManager::RunBatchRounds(absl::Time due) {
  RunRound(/*batch=*/true, due);
  // Measured from the end of the round: a slow one does not bring the next nearer.
  const absl::Time next = loop_->Now() + options_.allocation_interval;
  loop_->PostAt(next, lifetime_.Guard([this, next] { RunBatchRounds(next); }));
}

bool OfferManager::IsHeldOff() {
  if (!hold_off_.has_value()) return false;
  const size_t agents = ledger_->agents().size();
  if (agents < hold_off_->agents && loop_->Now() < hold_off_->until) return true;
  if (hold_off_->agents > 0) {
    log_.Info("offers are made again: ", agents, " agents are there, ", hold_off_->agents,
              " were waited for");
  }
  hold_off_.reset();
  return false;
}

void OfferManager::Trigger() {
  ++triggers_;
  if (triggered_ || !started_ || !allocator_->HasChanges()) return;
  triggered_ = true;
  triggered_at_ = loop_->Now();
  loop_->Post(lifetime_.Guard([this] {
    triggered_ = false;
    RunRound(/*batch=*/false, triggered_at_);
  }));
}

void OfferManager::CatchUp() {
  if (triggered_ && triggers_ >= kTriggersPerRound) RunRound(/*batch=*/false, triggered_at_);
}

void OfferManager::RunRound(bool batch, absl::Time due) {
  triggers_ = 0;
  if (!started_ || IsHeldOff()) return;
  const absl::Time begin = loop_->Now();
  std::vector<Allocation> allocations = allocator_->Allocate(begin, batch);
  rounds_.latency.Add(begin - due);
  rounds_.run.Add(loop_->Now() - begin);
  // One event a framework.
  std::stable_sort(
      allocations.begin(), allocations.end(),
      [](const Allocation& a, const Allocation& b) { return a.framework < b.framework; });
  for (const Allocation& allocation : allocations) MakeOffer(allocation);
  if (!sending_) SendSome();
  if (batch) inverse_->Round();
}

void OfferManager::MakeOffer(const Allocation& allocation) {
  Framework* framework = ledger_->FindFramework(allocation.framework);
  Agent* agent = ledger_->FindAgent(allocation.agent);
  if (framework == nullptr || agent == nullptr || !framework->connected()) {
    log_.Error("the allocator offers to a framework or from an agent that is not there");
    return;
  }
  if (!ledger_->MayBeOffered(*framework)) {
    // For others, in the next batch round.
    ledger_->Return(framework, agent, allocation.role, allocation.resources,
                    options_.allocation_interval);
    return;
  }
  Offer* offer = ledger_->AddOffer(
      OfferId(absl::StrCat(options_.master_id, "-O", (*next_offer_)++)), allocation);
  unsent_.push_back(offer->id);
  if (options_.offer_timeout == absl::InfiniteDuration()) return;
  offer->timeout =
      loop_->PostAt(loop_->Now() + options_.offer_timeout, lifetime_.Guard([this, offer] {
        offer->timeout = 0;
        Rescind(offer);
      }));
}

void OfferManager::SendSome() {
  v1::scheduler::Event event;
  size_t bytes = 0;
  Framework* receiver = nullptr;
  auto flush = [&] {
    if (event.offers().offers_size() == 0) return;
    event.set_type(v1::scheduler::Event::OFFERS);
    receiver->sink->Deliver(std::move(event));
    event = v1::scheduler::Event();
    bytes = 0;
  };
  for (int i = 0; i < kOffersPerTurn && !unsent_.empty(); ++i) {
    // It may be void already; the framework then never hears of it.
    Offer* offer = ledger_->FindOffer(unsent_.front());
    unsent_.pop_front();
    if (offer == nullptr) continue;
    if (offer->framework != receiver || bytes > kMaxOffersBytes) {
      flush();
      receiver = offer->framework;
    }
    offer->sent = true;
    v1::Offer* proto = event.mutable_offers()->add_offers();
    ToProto(*offer, proto);
    // An estimate is enough and costs less than the exact size.
    bytes += 512 + 128 * proto->resources_size() + 128 * proto->attributes_size();
  }
  flush();
  sending_ = !unsent_.empty();
  if (sending_) loop_->Post(lifetime_.Guard([this] { SendSome(); }));
}

void OfferManager::ToProto(const Offer& offer, v1::Offer* proto) const {
  const Agent& agent = *offer.agent;
  proto->mutable_id()->set_value(offer.id.value());
  proto->mutable_framework_id()->set_value(offer.framework->id.value());
  proto->mutable_agent_id()->set_value(agent.id.value());
  proto->set_hostname(agent.info.hostname());
  InferUrl(agent.info, agent.peer, proto->mutable_url());
  if (agent.info.has_domain()) *proto->mutable_domain() = agent.info.domain();
  *proto->mutable_attributes() = agent.info.attributes();
  if (agent.unavailability.has_value()) *proto->mutable_unavailability() = *agent.unavailability;
  if (offer.framework->capabilities.reservation_refinement ||
      !offer.resources.ToProtoPreRefinement(proto->mutable_resources()).ok()) {
    proto->clear_resources();
    offer.resources.ToProto(proto->mutable_resources());
  }
  if (!offer.framework->capabilities.multi_role) {
    // Such a framework has one role and knows nothing of allocations.
    for (v1::Resource& resource : *proto->mutable_resources()) resource.clear_allocation_info();
  } else {
    proto->mutable_allocation_info()->set_role(offer.role);
  }
  auto executor = agent.executors.lower_bound({offer.framework->id, ExecutorId()});
  for (; executor != agent.executors.end() && executor->first.first == offer.framework->id;
       ++executor) {
    proto->add_executor_ids()->set_value(executor->first.second.value());
  }
}

void OfferManager::Decline(Framework* framework, const v1::scheduler::Call::Decline& decline) {
  const absl::Duration refuse = RefuseDuration(decline.filters());
  for (const v1::OfferID& id : decline.offer_ids()) {
    Offer* offer = ledger_->FindOffer(OfferId(id.value()));
    // It may have been rescinded meanwhile; another framework's is none of its business.
    if (offer == nullptr || offer->framework != framework) continue;
    ++framework->counts->offers_declined;
    ledger_->ReturnOffer(offer, refuse);
  }
}

void OfferManager::Rescind(Offer* offer) {
  Framework* framework = offer->framework;
  if (framework->connected() && offer->sent && !Mutated(Mutation::kForgetRescind)) {
    v1::scheduler::Event event;
    event.set_type(v1::scheduler::Event::RESCIND);
    event.mutable_rescind()->mutable_offer_id()->set_value(offer->id.value());
    framework->sink->Deliver(std::move(event));
  }
  ledger_->ReturnOffer(offer, std::nullopt);
  Trigger();
}

void OfferManager::RescindAll(Agent* agent) {
  for (Offer* offer : agent->offers.InOrder()) Rescind(offer);
  inverse_->RescindAll(agent->id);
}

void OfferManager::DropAll(Framework* framework) {
  for (Offer* offer : framework->offers.InOrder()) ledger_->ReturnOffer(offer, std::nullopt);
  inverse_->DropAll(framework->id);
  Trigger();
}

}  // namespace mesos::master
