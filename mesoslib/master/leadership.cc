#include "mesoslib/master/leadership.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/base/mutation.h"

namespace mesos::master {
namespace {

// Between two candidacies; doubled with every term that has failed to begin, up to the greatest.
constexpr absl::Duration kFirstPause = absl::Milliseconds(500);
constexpr absl::Duration kLongestPause = absl::Seconds(15);

}  // namespace

Leadership::Leadership(MasterOptions options, const MasterDependencies& dependencies,
                       v1::MasterInfo info, std::function<void(MasterStanding)> stands)
    : options_(std::move(options)),
      dependencies_(dependencies),
      info_(std::move(info)),
      stands_(std::move(stands)),
      loop_(dependencies.loop),
      log_(dependencies.log),
      made_(loop_->WallTime()),
      pause_(kFirstPause) {}

Leadership::~Leadership() {
  if (timer_ != 0) loop_->Cancel(timer_);
  // Before the candidacy goes, and another may lead.
  core_ = nullptr;
}

absl::Status Leadership::NotLeading() const {
  if (leader_.has_value() && leader_->info.id() != info_.id()) {
    return absl::UnavailableError(absl::StrCat("this master does not lead; ",
                                               leader_->info.hostname(), ":", leader_->info.port(),
                                               " does"));
  }
  if (core_ != nullptr && core_->serving() == false && reason_.ok()) {
    return absl::UnavailableError("this master does not lead yet: it is recovering");
  }
  if (!reason_.ok()) {
    return absl::UnavailableError(absl::StrCat("this master does not lead: ", reason_.message()));
  }
  return absl::UnavailableError("this master does not lead");
}

void Leadership::TellStanding() {
  MasterStanding standing;
  if (core_ != nullptr) {
    standing.state =
        leading() ? MasterStanding::State::kLeading : MasterStanding::State::kRecovering;
    standing.leader = Leader{info_, options_.grpc_port};
  } else if (leader_.has_value() && leader_->info.id() != info_.id()) {
    standing.leader = leader_;
  }
  stands_(std::move(standing));
}

// -- Candidacy --

void Leadership::Start(Master::Started done) {
  if (std::exchange(started_, true)) {
    return done(absl::FailedPreconditionError("the master was started before"));
  }
  if (dependencies_.election == nullptr) {
    start_done_ = std::move(done);
    BeginTerm();
    return;
  }
  if (dependencies_.detector != nullptr) {
    detection_ = dependencies_.detector->Watch([this](const std::optional<Leader>& leader) {
      leader_ = leader;
      TellStanding();
    });
  }
  Stand();
  done(absl::OkStatus());
}

void Leadership::Stand() {
  log_.Info("master ", info_.id(), " stands for election");
  candidacy_ = dependencies_.election->Contend({info_, options_.grpc_port}, this);
}

void Leadership::StandLater() {
  if (timer_ != 0) loop_->Cancel(timer_);
  // Not all candidates at once, and not always the same one first.
  const absl::Duration pause = pause_ * (0.5 + 0.5 * (dependencies_.random->Next() % 1024) / 1024);
  timer_ = loop_->PostAt(loop_->Now() + pause, lifetime_.Guard([this] {
    timer_ = 0;
    Stand();
  }));
}

void Leadership::Elected() {
  log_.Info("master ", info_.id(), " is elected");
  BeginTerm();
}

void Leadership::Lost(absl::Status why) {
  log_.Warning("the candidacy is over: ", why.ToString());
  if (Mutated(Mutation::kKeepLeading)) return;
  candidacy_ = nullptr;
  StandLater();
  StepDown(why);
}

// -- Terms --

void Leadership::BeginTerm() {
  reason_ = absl::OkStatus();
  core_ = std::make_unique<Core>(options_, dependencies_, info_, made_, &counters_, &meters_,
                                 [this](absl::Status why) { TermEnded(why); });
  TellStanding();
  core_->Recover([this](absl::Status status) { Recovered(status); });
  timer_ = loop_->PostAt(loop_->Now() + options_.registry_fetch_timeout, lifetime_.Guard([this] {
    timer_ = 0;
    Recovered(absl::UnavailableError(
        absl::StrCat("the registry has not answered within ",
                     absl::FormatDuration(options_.registry_fetch_timeout))));
  }));
}

void Leadership::Recovered(const absl::Status& status) {
  if (timer_ != 0) loop_->Cancel(std::exchange(timer_, 0));
  if (status.ok()) {
    TellStanding();
    pause_ = kFirstPause;
    if (start_done_ != nullptr) std::exchange(start_done_, nullptr)(status);
    return;
  }
  if (dependencies_.election == nullptr) {
    StepDown(status);
    std::exchange(start_done_, nullptr)(status);
    return;
  }
  pause_ = std::min(pause_ * 2, kLongestPause);
  TermEnded(status);
}

void Leadership::TermEnded(const absl::Status& why) {
  const bool stands_again =
      dependencies_.election != nullptr && !(options_.strict_registry && absl::IsDataLoss(why));
  if (!stands_again) {
    StepDown(why);
    candidacy_ = nullptr;
    if (!std::exchange(ended_, true) && dependencies_.ended != nullptr) dependencies_.ended(why);
    return;
  }
  log_.Warning("this master withdraws, and stands again later: ", why.ToString());
  StandLater();
  StepDown(why);
  candidacy_ = nullptr;
}

void Leadership::StepDown(const absl::Status& why) {
  reason_ = why;
  if (core_ == nullptr) return;
  core_->set_farewell(NotLeading());
  core_ = nullptr;
  TellStanding();
}

// -- What comes in --

SessionEndpoint<v1::scheduler::Call, v1::scheduler::Event>::Handlers
Leadership::SchedulerHandlers() {
  return {[this](SessionId id, auto sink, Peer peer) {
            if (leading()) {
              core_->OpenScheduler(id, std::move(sink), std::move(peer));
            } else {
              sink->Closed(NotLeading());
            }
          },
          [this](SessionId id, v1::scheduler::Call call, Session<v1::scheduler::Call>::Done done) {
            absl::Status status = leading() ? core_->Receive(id, std::move(call)) : NotLeading();
            if (done != nullptr) done(status);
          },
          [this](SessionId id) {
            if (core_ != nullptr) core_->CloseScheduler(id);
          }};
}

SessionEndpoint<internal::AgentMessage, internal::MasterMessage>::Handlers
Leadership::AgentHandlers() {
  return {[this](SessionId id, auto sink, Peer peer) {
            if (leading()) {
              core_->OpenAgent(id, std::move(sink), std::move(peer));
            } else {
              sink->Closed(NotLeading());
            }
          },
          [this](SessionId id, internal::AgentMessage message,
                 Session<internal::AgentMessage>::Done done) {
            const absl::Status status = leading() ? absl::OkStatus() : NotLeading();
            if (status.ok()) core_->Receive(id, std::move(message));
            if (done != nullptr) done(status);
          },
          [this](SessionId id) {
            if (core_ != nullptr) core_->CloseAgent(id);
          }};
}

SessionEndpoint<v1::master::Call, MasterChange>::Handlers Leadership::ChangeHandlers() {
  return {[this](SessionId id, auto sink, Peer /*peer*/) {
            if (leading()) {
              core_->OpenChanges(id, std::move(sink));
            } else {
              sink->Closed(NotLeading());
            }
          },
          [this](SessionId id, v1::master::Call call, Session<v1::master::Call>::Done done) {
            const absl::Status status = leading() ? core_->Receive(id, call) : NotLeading();
            if (done != nullptr) done(status);
          },
          [this](SessionId id) {
            if (core_ != nullptr) core_->CloseChanges(id);
          }};
}

void Leadership::CallOperator(const v1::master::Call& call, const Peer& peer, Master::Called done) {
  if (!leading()) return done(NotLeading());
  core_->CallOperator(call, peer, std::move(done));
}

void Leadership::GetState(Master::StateTaken done) {
  if (!leading()) return done(NotLeading());
  core_->GetState(std::move(done));
}

absl::Status Leadership::UpdateWhitelist(const std::optional<std::set<std::string>>& hostnames) {
  if (absl::Status status = dependencies_.allocator->UpdateWhitelist(hostnames); !status.ok()) {
    return status;
  }
  if (hostnames.has_value()) {
    log_.Info("the whitelist has ", hostnames->size(), " hostnames");
  } else {
    log_.Info("there is no whitelist: all agents are offered");
  }
  if (leading()) core_->LookForOffers();
  return absl::OkStatus();
}

absl::StatusOr<AllocationExplanation> Leadership::ExplainOffers(
    const FrameworkId& framework) const {
  if (!leading()) return NotLeading();
  return core_->ExplainOffers(framework);
}

}  // namespace mesos::master
