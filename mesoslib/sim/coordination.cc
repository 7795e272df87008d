#include "mesoslib/sim/coordination.h"

#include <iterator>
#include <utility>

namespace mesos::sim {
namespace {

constexpr absl::Duration kBeat = absl::Milliseconds(3300);
// A client gives its session up before the service can: nobody else leads by then.
constexpr absl::Duration kGivesUp = absl::Seconds(8);
constexpr absl::Duration kAnswerTimeout = absl::Seconds(5);

}  // namespace

// -- The service --

void Coordination::SetAway(bool away) {
  away_ = away;
  if (away) return;
  // A service that comes back gives every session its whole time again.
  for (auto& [id, session] : sessions_) session.last_heard = network_->world()->loop()->Now();
}

void Coordination::ExpireSomeSession() {
  if (sessions_.empty()) return;
  Expire(std::next(sessions_.begin(),
                   static_cast<int64_t>(network_->world()->Pick(sessions_.size())))
             ->first);
}

const Leader* Coordination::leader() const {
  return candidates_.empty() ? nullptr : &candidates_.begin()->second.leader;
}

bool Coordination::Heard(uint64_t session) {
  auto found = sessions_.find(session);
  if (found == sessions_.end()) return false;
  found->second.last_heard = network_->world()->loop()->Now();
  return true;
}

uint64_t Coordination::NewSession(std::weak_ptr<CoordinationClient> client) {
  const uint64_t id = next_++;
  sessions_[id] = {std::move(client), network_->world()->loop()->Now()};
  if (!expiry_scheduled_) ScheduleExpiry();
  return id;
}

uint64_t Coordination::Stand(uint64_t session, const Leader& leader) {
  if (sessions_.count(session) == 0) return 0;
  for (const auto& [id, candidate] : candidates_) {
    if (candidate.session == session) return id;
  }
  const uint64_t id = next_++;
  candidates_[id] = {session, leader};
  if (candidates_.size() == 1) Announce();
  return id;
}

void Coordination::Withdraw(uint64_t candidate) {
  if (candidates_.empty()) return;
  const uint64_t first = candidates_.begin()->first;
  candidates_.erase(candidate);
  if (first == candidate) Announce();
}

Coordination::Announcement Coordination::Current() const {
  if (candidates_.empty()) return {announcements_, 0, {}};
  return {announcements_, candidates_.begin()->first, candidates_.begin()->second.leader};
}

absl::StatusOr<uint64_t> Coordination::Commit(std::vector<StateStore::Mutation> mutations,
                                              uint64_t expected) {
  if (expected != registry_.version) {
    return absl::AbortedError("another master has written the registry");
  }
  for (StateStore::Mutation& mutation : mutations) {
    if (mutation.value.has_value()) {
      registry_.entries[mutation.key] = std::move(*mutation.value);
    } else {
      registry_.entries.erase(mutation.key);
    }
  }
  return ++registry_.version;
}

void Coordination::ScheduleExpiry() {
  expiry_scheduled_ = true;
  SimulatedEventLoop* const loop = network_->world()->loop();
  loop->PostAt(loop->Now() + absl::Seconds(1), [this, loop] {
    std::vector<uint64_t> silent;
    for (const auto& [id, session] : sessions_) {
      if (!away_ && loop->Now() - session.last_heard > kSessionTimeout) silent.push_back(id);
    }
    for (const uint64_t id : silent) Expire(id);
    ScheduleExpiry();
  });
}

void Coordination::Expire(uint64_t session) {
  network_->world()->Log("coordination: session ", session, " has expired");
  sessions_.erase(session);
  for (auto candidate = candidates_.begin(); candidate != candidates_.end(); ++candidate) {
    if (candidate->second.session != session) continue;
    return Withdraw(candidate->first);
  }
}

void Coordination::Announce() {
  ++announcements_;
  if (away_) return;
  for (const auto& [id, session] : sessions_) {
    auto client = session.client.lock();
    if (client == nullptr) continue;
    CoordinationClient::Answer(
        this, session.client, client->process_->host(),
        [current = Current()](CoordinationClient* here) { here->Heard(current); });
  }
}

// -- The client --

class CoordinationClient::Standing final : public Candidacy {
 public:
  explicit Standing(std::weak_ptr<CoordinationClient> client) : client_(std::move(client)) {}
  ~Standing() override {
    if (auto client = client_.lock()) client->Withdraw();
  }

 private:
  const std::weak_ptr<CoordinationClient> client_;
};

class CoordinationClient::Watching final : public Detection {
 public:
  Watching(std::weak_ptr<CoordinationClient> client, uint64_t id)
      : client_(std::move(client)), id_(id) {}
  ~Watching() override {
    if (auto client = client_.lock()) client->watches_.erase(id_);
  }

 private:
  const std::weak_ptr<CoordinationClient> client_;
  const uint64_t id_;
};

void CoordinationClient::Ask(absl::AnyInvocable<void(Coordination*)> at_service) {
  if (!process_->Acts()) return;
  service_->network_->Send(process_->host(), service_->host_,
                           [service = service_, at_service = std::move(at_service)]() mutable {
                             if (!service->away_) at_service(service);
                           });
}

void CoordinationClient::Answer(Coordination* service, std::weak_ptr<CoordinationClient> client,
                                int host,
                                absl::AnyInvocable<void(CoordinationClient*)> at_client) {
  service->network_->Send(
      service->host_, host,
      [client = std::move(client), at_client = std::move(at_client)]() mutable {
        auto here = client.lock();
        if (here == nullptr) return;
        here->process_->Post([client, at_client = std::move(at_client)]() mutable {
          if (auto here = client.lock()) at_client(here.get());
        });
      });
}

void CoordinationClient::Start() { Beat(); }

void CoordinationClient::Beat() {
  const absl::Time asked = process_->Now();
  Ask([client = weak_from_this(), host = process_->host(), session = session_,
       withdrawn = withdrawn_, asked](Coordination* service) {
    const uint64_t kept = service->Heard(session) ? session : service->NewSession(client);
    for (const uint64_t candidate : withdrawn) service->Withdraw(candidate);
    Answer(service, client, host,
           [asked, kept, withdrawn, current = service->Current()](CoordinationClient* here) {
             for (const uint64_t candidate : withdrawn) here->withdrawn_.erase(candidate);
             here->Beaten(asked, kept, current);
           });
  });
  // Soon again where there is no session.
  process_->PostAt(process_->Now() + (session_ == 0 ? kBeat / 3 : kBeat),
                   [client = weak_from_this()] {
                     if (auto here = client.lock()) here->Beat();
                   });
}

void CoordinationClient::Beaten(absl::Time asked, uint64_t session,
                                const Coordination::Announcement& current) {
  if (session_ != 0 && session != session_) LoseSession("the session has expired");
  const bool fresh = session_ == 0;
  // Too old an answer is none.
  if (process_->Now() - asked >= kGivesUp) return;
  session_ = session;
  last_contact_ = std::max(last_contact_, asked);
  if (fresh) WatchSession();
  Heard(current);
  if (candidate_ != nullptr && standing_ == 0) Stand();
}

void CoordinationClient::WatchSession() {
  process_->PostAt(last_contact_ + kGivesUp, [client = weak_from_this(), session = session_] {
    auto here = client.lock();
    if (here == nullptr || here->session_ != session) return;
    if (here->process_->Now() - here->last_contact_ >= kGivesUp) {
      here->LoseSession("the service is not heard");
    } else {
      here->WatchSession();
    }
  });
}

void CoordinationClient::LoseSession(const char* why) {
  session_ = 0;
  last_contact_ = absl::InfinitePast();
  SetLeader(std::nullopt);
  if (candidate_ != nullptr) EndCandidacy(absl::UnavailableError(why));
}

void CoordinationClient::EndCandidacy(absl::Status why) {
  standing_ = 0;
  elected_ = false;
  ++attempt_;
  std::exchange(candidate_, nullptr)->Lost(std::move(why));
}

std::unique_ptr<LeaderElection::Candidacy> CoordinationClient::Contend(Leader self,
                                                                       Candidate* candidate) {
  candidate_ = candidate;
  self_ = std::move(self);
  ++attempt_;
  if (session_ != 0) Stand();
  return std::make_unique<Standing>(weak_from_this());
}

void CoordinationClient::Stand() {
  Ask([client = weak_from_this(), host = process_->host(), session = session_, self = self_,
       attempt = attempt_](Coordination* service) {
    const uint64_t number = service->Stand(session, self);
    Answer(service, client, host,
           [attempt, session, number, current = service->Current()](CoordinationClient* here) {
             here->Stands(attempt, session, number);
             here->Heard(current);
           });
  });
}

void CoordinationClient::Stands(uint64_t attempt, uint64_t session, uint64_t number) {
  if (number == 0 || session != session_) return;
  if (attempt == attempt_ && candidate_ != nullptr) {
    standing_ = number;
  } else {
    withdrawn_.insert(number);
  }
}

void CoordinationClient::Heard(const Coordination::Announcement& current) {
  if (current.number < heard_ || session_ == 0) return;
  heard_ = current.number;
  SetLeader(current.candidate == 0 ? std::nullopt : std::optional<Leader>(current.leader));
  if (candidate_ == nullptr || standing_ == 0) return;
  if (current.candidate == standing_ && !elected_) {
    elected_ = true;
    candidate_->Elected();
  } else if (current.candidate != standing_ && elected_) {
    EndCandidacy(absl::AbortedError("another master leads"));
  }
}

void CoordinationClient::Withdraw() {
  if (candidate_ == nullptr) return;
  candidate_ = nullptr;
  ++attempt_;
  elected_ = false;
  if (const uint64_t standing = std::exchange(standing_, 0); standing != 0) {
    withdrawn_.insert(standing);
    Ask([standing](Coordination* service) { service->Withdraw(standing); });
  }
}

std::unique_ptr<LeaderDetector::Detection> CoordinationClient::Watch(Changed changed) {
  const uint64_t id = next_watch_++;
  watches_[id] = std::move(changed);
  process_->Post([client = weak_from_this(), id] {
    auto here = client.lock();
    if (here == nullptr) return;
    auto watch = here->watches_.find(id);
    if (watch != here->watches_.end()) Changed(watch->second)(here->leader_);
  });
  return std::make_unique<Watching>(weak_from_this(), id);
}

void CoordinationClient::SetLeader(std::optional<Leader> leader) {
  const bool same = leader.has_value() == leader_.has_value() &&
                    (!leader.has_value() || (leader->info.id() == leader_->info.id()));
  if (same) return;
  leader_ = std::move(leader);
  // Who hears of it may stop watching.
  const std::map<uint64_t, Changed> watches = watches_;
  for (const auto& [id, changed] : watches) {
    if (watches_.count(id) > 0) changed(leader_);
  }
}

template <typename T>
absl::AnyInvocable<void(absl::StatusOr<T>)> CoordinationClient::Impatient(
    absl::AnyInvocable<void(absl::StatusOr<T>)> answer) {
  auto open = std::make_shared<absl::AnyInvocable<void(absl::StatusOr<T>)>>(std::move(answer));
  auto once = [client = weak_from_this(), open](absl::StatusOr<T> result) {
    if (client.expired() || *open == nullptr) return;
    std::exchange (*open, nullptr)(std::move(result));
  };
  process_->PostAt(process_->Now() + kAnswerTimeout, [once]() mutable {
    once(absl::UnavailableError("the coordination service does not answer"));
  });
  return once;
}

void CoordinationClient::Load(LoadDone done) {
  Ask([client = weak_from_this(), host = process_->host(),
       answer = Impatient<Snapshot>(std::move(done))](Coordination* service) mutable {
    Answer(service, client, host,
           [answer = std::move(answer), registry = service->registry_](
               CoordinationClient*) mutable { answer(std::move(registry)); });
  });
}

void CoordinationClient::Commit(std::vector<Mutation> mutations, uint64_t expected,
                                CommitDone done) {
  Ask([client = weak_from_this(), host = process_->host(), mutations = std::move(mutations),
       expected, answer = Impatient<uint64_t>(std::move(done))](Coordination* service) mutable {
    absl::StatusOr<uint64_t> result = service->Commit(std::move(mutations), expected);
    Answer(service, client, host,
           [answer = std::move(answer), result = std::move(result)](CoordinationClient*) mutable {
             answer(std::move(result));
           });
  });
}

}  // namespace mesos::sim
