#include "mesoslib/master/snapshots.h"

#include <algorithm>
#include <utility>

#include "mesoslib/master/pictures.h"
#include "mesoslib/master/state_answer.h"

namespace mesos::master {
namespace {

// In tasks, of which a thousand take about half a millisecond.
constexpr size_t kPortion = 4000;
constexpr size_t kFrameworkCost = 8;
constexpr size_t kPatience = 1000;  // In turns.
constexpr size_t kAnswerPortion = 1000;
constexpr absl::Duration kKeptFor = absl::Minutes(1);

MasterState::Framework WholePicture(Framework* framework) {
  MasterState::Framework picture = Picture(*framework);
  picture.tasks = framework->task_shelf.pages();
  picture.unreachable_tasks = framework->unreachable_tasks.shelf().pages();
  picture.completed_tasks = framework->completed_shelf.pages();
  return picture;
}

}  // namespace

// An answer that is being put together.
struct Snapshots::Answering {
  Answering(std::shared_ptr<const MasterState> from, const v1::master::Call& call,
            Master::Called whom)
      : state(std::move(from)), answer(*state, call), done(std::move(whom)) {}

  const std::shared_ptr<const MasterState> state;
  StateAnswer answer;
  Master::Called done;
};

Snapshots::Snapshots(About about, EventLoop* loop, Ledger* ledger, FrameworkManager* frameworks,
                     AgentManager* agents, const QuotaManager* quotas, const WeightManager* weights,
                     const InverseOfferManager* inverse_offers, const Changes* changes)
    : about_(std::move(about)),
      loop_(loop),
      ledger_(ledger),
      frameworks_(frameworks),
      agents_(agents),
      quotas_(quotas),
      weights_(weights),
      inverse_offers_(inverse_offers),
      changes_(changes) {}

Snapshots::~Snapshots() {
  const absl::Status gone = absl::UnavailableError("the master leads no more");
  for (auto& done : waiting_) done(gone);
  for (auto& answering : answers_) answering->done(gone);
}

// -- Taking --

void Snapshots::Take(Master::StateTaken done) {
  waiting_.push_back(std::move(done));
  if (portion_ > 0) return;
  portion_ = kPortion;
  turns_ = 0;
  loop_->Post(lifetime_.Guard([this] { TakeTurn(); }));
}

void Snapshots::TakeTurn() {
  size_t budget = portion_;
  if (!Refresh(&budget)) {
    if (++turns_ > kPatience) portion_ += portion_ / 16;
    loop_->Post(lifetime_.Guard([this] { TakeTurn(); }));
    return;
  }
  portion_ = 0;
  last_taken_ = loop_->Now();
  ForgetLater();
  const std::shared_ptr<const MasterState> state = PutTogether();
  for (auto& done : std::exchange(waiting_, {})) done(state);
}

// Until `visit(shelf)` is false.
template <typename Visit>
bool Snapshots::ForEachShelf(Visit visit) {
  const auto visit_framework = [&](Framework* framework) {
    return visit(framework->task_shelf) && visit(framework->unreachable_tasks.shelf()) &&
           visit(framework->completed_shelf);
  };
  for (const auto& [id, framework] : ledger_->frameworks()) {
    if (!visit_framework(framework.get())) return false;
  }
  for (const auto& framework : frameworks_->completed()) {
    if (!visit_framework(framework.get())) return false;
  }
  return visit(ledger_->agent_shelf());
}

bool Snapshots::Refresh(size_t* budget) {
  for (const auto& [id, framework] : ledger_->frameworks()) {
    if (framework->shown_info != nullptr) continue;
    if (*budget < kFrameworkCost) return false;
    *budget -= kFrameworkCost;
    Picture(*framework);
  }
  return ForEachShelf([budget](auto& shelf) {
    return shelf.Refresh([](const auto& record) { return Picture(record); }, budget);
  });
}

std::shared_ptr<const MasterState> Snapshots::PutTogether() const {
  auto state = std::make_shared<MasterState>();
  state->master = about_.master;
  state->cluster = about_.cluster;
  state->start_time = about_.start_time;
  state->elected_time = about_.elected_time;
  state->version = changes_->version();
  state->heartbeat_interval = about_.heartbeat_interval;
  state->frameworks.reserve(ledger_->frameworks().size());
  for (const auto& [id, framework] : ledger_->frameworks()) {
    state->frameworks.push_back(WholePicture(framework.get()));
    inverse_offers_->List(*framework, &state->frameworks.back().inverse_offers);
  }
  state->completed_frameworks.reserve(frameworks_->completed().size());
  for (const auto& framework : frameworks_->completed()) {
    state->completed_frameworks.push_back(WholePicture(framework.get()));
  }
  state->agents = ledger_->agent_shelf().pages();
  state->recovered_agents.reserve(agents_->recovered().size());
  for (const auto& [id, info] : agents_->recovered()) state->recovered_agents.push_back(info);
  state->unreachable_agents = agents_->absent().unreachable();
  state->quotas = quotas_->configured();
  state->weights = weights_->configured();
  return state;
}

std::shared_ptr<const MasterState> Snapshots::TakeNow() {
  size_t budget = ~size_t{0};
  Refresh(&budget);
  return PutTogether();
}

void Snapshots::ForgetNow() {
  size_t budget = ~size_t{0};
  Forget(&budget);
}

// -- Answering --

void Snapshots::Answer(v1::master::Call call, Master::Called done) {
  Take([this, call = std::move(call),
        done = std::move(done)](absl::StatusOr<std::shared_ptr<const MasterState>> state) mutable {
    if (!state.ok()) return done(state.status());
    answers_.push_back(std::make_unique<Answering>(*std::move(state), call, std::move(done)));
    if (answers_.size() == 1) AnswerTurn();
  });
}

void Snapshots::AnswerTurn() {
  Answering& first = *answers_.front();
  if (first.answer.Advance(kAnswerPortion)) {
    first.done(first.answer.Take());
    answers_.pop_front();
    if (answers_.empty()) return;
  }
  loop_->Post(lifetime_.Guard([this] { AnswerTurn(); }));
}

// -- Forgetting, when nobody looks --

void Snapshots::ForgetLater() {
  if (std::exchange(forgets_later_, true)) return;
  loop_->PostAt(last_taken_ + kKeptFor, lifetime_.Guard([this] { ForgetTurn(); }));
}

void Snapshots::ForgetTurn() {
  forgets_later_ = false;
  if (portion_ > 0 || loop_->Now() < last_taken_ + kKeptFor) return ForgetLater();
  size_t budget = kPortion;
  if (Forget(&budget)) return;
  forgets_later_ = true;
  loop_->Post(lifetime_.Guard([this] { ForgetTurn(); }));
}

bool Snapshots::Forget(size_t* budget) {
  return ForEachShelf([budget](auto& shelf) { return shelf.Drop(budget); });
}

}  // namespace mesos::master
