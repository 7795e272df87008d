#include "mesoslib/master/registrar.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/master/registry_entries.h"

namespace mesos::master {
namespace {

// A former leader may write one last time between our reading and our writing.
constexpr int kTakeOverAttempts = 3;

// So many callbacks run in one turn of the loop.
constexpr size_t kAnswersPerTurn = 32;

StateStore::Mutation Put(absl::string_view keys, const AgentId& id, std::string value) {
  return {absl::StrCat(keys, id.value()), std::move(value)};
}

StateStore::Mutation Erase(absl::string_view keys, const AgentId& id) {
  return {absl::StrCat(keys, id.value()), std::nullopt};
}

}  // namespace

Registrar::Registrar(Options options, StateStore* store, EventLoop* loop, Logger log,
                     absl::AnyInvocable<void(absl::Status)> lost)
    : options_(std::move(options)), store_(store), loop_(loop), log_(log), lost_(std::move(lost)) {}

void Registrar::Recover(const v1::MasterInfo& leader, const std::string& registry_id,
                        absl::AnyInvocable<void(absl::StatusOr<Contents>)> done) {
  TakeOver(leader, registry_id, kTakeOverAttempts, std::move(done));
}

void Registrar::TakeOver(v1::MasterInfo leader, std::string registry_id, int attempts_left,
                         absl::AnyInvocable<void(absl::StatusOr<Contents>)> done) {
  store_->Load(lifetime_.Guard(
      [this, began = loop_->Now(), leader = std::move(leader), registry_id = std::move(registry_id),
       attempts_left,
       done = std::move(done)](absl::StatusOr<StateStore::Snapshot> snapshot) mutable {
        if (!snapshot.ok()) return done(Annotate(snapshot.status(), "cannot read the registry"));
        fetches_.Add(loop_->Now() - began);
        RegistryReader reader(options_.strict, loop_->WallTime(), log_);
        absl::Status read = reader.Read(*snapshot, registry_id, options_.weights);
        if (!read.ok()) return done(read);
        header_ = reader.header();
        roles_of_quotas_.clear();
        for (const auto& [role, quota] : reader.contents().quotas) roles_of_quotas_.insert(role);
        deactivated_.clear();
        for (const auto& [id, agent] : reader.contents().deactivated) deactivated_.insert(id);
        const uint64_t version = snapshot->version;
        std::vector<StateStore::Mutation> mutations = std::move(reader.mutations());
        mutations.push_back({std::string(kLeaderKey), leader.SerializeAsString()});
        store_->Commit(
            std::move(mutations), version,
            lifetime_.Guard([this, began = loop_->Now(), leader = std::move(leader),
                             registry_id = std::move(registry_id), attempts_left,
                             done = std::move(done), contents = std::move(reader.contents())](
                                absl::StatusOr<uint64_t> version) mutable {
              if (absl::IsAborted(version.status()) && attempts_left > 1) {
                TakeOver(std::move(leader), std::move(registry_id), attempts_left - 1,
                         std::move(done));
                return;
              }
              if (!version.ok())
                return done(Annotate(version.status(), "cannot write the registry"));
              stores_.Add(loop_->Now() - began);
              version_ = *version;
              contents.term.set_number(version_);
              done(std::move(contents));
            }));
      }));
}

void Registrar::Admit(const AgentId& id, const v1::AgentInfo& info, Done done) {
  Apply({Put(kAdmittedKeys, id, AdmittedEntry(info))}, std::move(done));
}

void Registrar::Remove(const AgentId& id, Done done) {
  std::vector<StateStore::Mutation> mutations = {Erase(kAdmittedKeys, id)};
  EraseDeactivated(id, &mutations);
  Apply(std::move(mutations), std::move(done));
}

void Registrar::MarkUnreachable(const AgentId& id, absl::Time since, Done done) {
  Apply({Erase(kAdmittedKeys, id), Put(kUnreachableKeys, id, AbsentEntry(since))}, std::move(done));
}

void Registrar::MarkReachable(const AgentId& id, const v1::AgentInfo& info, Done done) {
  Apply({Put(kAdmittedKeys, id, AdmittedEntry(info)), Erase(kUnreachableKeys, id)},
        std::move(done));
}

void Registrar::MarkGone(const AgentId& id, absl::Time since, Done done) {
  std::vector<StateStore::Mutation> mutations = {Erase(kAdmittedKeys, id),
                                                 Erase(kUnreachableKeys, id),
                                                 Put(kGoneKeys, id, AbsentEntry(since))};
  EraseDeactivated(id, &mutations);
  Apply(std::move(mutations), std::move(done));
}

void Registrar::Forget(const std::vector<AgentId>& unreachable, const std::vector<AgentId>& gone,
                       Done done) {
  std::vector<StateStore::Mutation> mutations;
  mutations.reserve(unreachable.size() + gone.size());
  for (const AgentId& id : unreachable) {
    mutations.push_back(Erase(kUnreachableKeys, id));
    EraseDeactivated(id, &mutations);
  }
  for (const AgentId& id : gone) mutations.push_back(Erase(kGoneKeys, id));
  Apply(std::move(mutations), std::move(done));
}

void Registrar::Deactivate(const AgentId& id, const internal::DeactivatedAgent& agent, Done done) {
  std::vector<StateStore::Mutation> mutations = {
      Put(kDeactivatedKeys, id, DeactivatedEntry(agent))};
  deactivated_.insert(id);
  RequireDraining(&mutations);
  Apply(std::move(mutations), std::move(done));
}

void Registrar::Reactivate(const AgentId& id, Done done) {
  std::vector<StateStore::Mutation> mutations;
  EraseDeactivated(id, &mutations);
  Apply(std::move(mutations), std::move(done));
}

void Registrar::EraseDeactivated(const AgentId& id, std::vector<StateStore::Mutation>* mutations) {
  if (deactivated_.erase(id) == 0) return;
  mutations->push_back(Erase(kDeactivatedKeys, id));
  RequireDraining(mutations);
}

void Registrar::RequireDraining(std::vector<StateStore::Mutation>* mutations) {
  if (!Require(kDrainingCapability, !deactivated_.empty(), &header_)) return;
  mutations->push_back({std::string(kHeaderKey), header_.SerializeAsString()});
}

void Registrar::UpdateMaintenance(const MaintenancePlan& plan, Done done) {
  std::optional<std::string> entry;
  if (!plan.empty()) entry = MaintenanceEntry(plan.ToProto());
  Apply({{std::string(kMaintenanceKey), std::move(entry)}}, std::move(done));
}

void Registrar::UpdateQuotas(const std::map<std::string, Quota>& quotas, Done done) {
  std::vector<StateStore::Mutation> mutations;
  for (const auto& [role, quota] : quotas) {
    std::string key = absl::StrCat(kQuotaKeys, role);
    if (quota.empty()) {
      roles_of_quotas_.erase(role);
      mutations.push_back({std::move(key), std::nullopt});
    } else {
      roles_of_quotas_.insert(role);
      mutations.push_back({std::move(key), QuotaEntry(role, quota)});
    }
  }
  if (Require(kQuotaCapability, !roles_of_quotas_.empty(), &header_)) {
    mutations.push_back({std::string(kHeaderKey), header_.SerializeAsString()});
  }
  Apply(std::move(mutations), std::move(done));
}

void Registrar::UpdateWeights(const std::map<std::string, double>& weights, Done done) {
  std::vector<StateStore::Mutation> mutations;
  for (const auto& [role, weight] : weights) {
    mutations.push_back({absl::StrCat(kWeightKeys, role), WeightEntry(role, weight)});
  }
  Apply(std::move(mutations), std::move(done));
}

void Registrar::Apply(std::vector<StateStore::Mutation> mutations, Done done) {
  if (!broken_.ok()) {
    answers_.push_back({std::move(done), broken_});
    if (!std::exchange(answering_, true)) loop_->Post(lifetime_.Guard([this] { AnswerSome(); }));
    return;
  }
  for (StateStore::Mutation& mutation : mutations) pending_.push_back(std::move(mutation));
  waiting_.push_back(std::move(done));
  if (!committing_) Flush();
}

void Registrar::Flush() {
  committing_ = true;
  commit_began_ = loop_->Now();
  in_flight_ = std::exchange(waiting_, {});
  if (options_.store_timeout < absl::InfiniteDuration()) {
    deadline_ = loop_->PostAt(loop_->Now() + options_.store_timeout, lifetime_.Guard([this] {
      deadline_ = 0;
      Committed(absl::UnavailableError(absl::StrCat("a write has not been answered within ",
                                                    absl::FormatDuration(options_.store_timeout))));
    }));
  }
  std::vector<StateStore::Mutation> mutations = std::exchange(pending_, {});
  store_->Commit(std::move(mutations), version_,
                 lifetime_.Guard([this](const absl::StatusOr<uint64_t>& version) {
                   // It may come too late.
                   if (broken_.ok()) Committed(version);
                 }));
}

void Registrar::Committed(const absl::StatusOr<uint64_t>& version) {
  if (deadline_ != 0) loop_->Cancel(std::exchange(deadline_, 0));
  committing_ = false;
  for (Done& done : in_flight_) answers_.push_back({std::move(done), version.status()});
  in_flight_.clear();
  if (version.ok()) {
    version_ = *version;
    stores_.Add(loop_->Now() - commit_began_);
    if (!waiting_.empty()) Flush();
  } else {
    broken_ = version.status();
    for (Done& done : waiting_) answers_.push_back({std::move(done), broken_});
    waiting_.clear();
    pending_.clear();
  }
  if (!answering_) AnswerSome();
  if (!version.ok() && lost_ != nullptr) std::exchange(lost_, nullptr)(broken_);
}

void Registrar::AnswerSome() {
  answering_ = true;
  for (size_t i = 0; i < kAnswersPerTurn && !answers_.empty(); ++i) {
    Answer answer = std::move(answers_.front());
    answers_.pop_front();
    answer.done(answer.status);
  }
  if (answers_.empty()) {
    answering_ = false;
    return;
  }
  loop_->Post(lifetime_.Guard([this] { AnswerSome(); }));
}

}  // namespace mesos::master
