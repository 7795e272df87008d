#include "mesoslib/master/registrar.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "mesos/internal/registry.pb.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::master {
namespace {

constexpr absl::string_view kAdmitted = "agents/";
constexpr absl::string_view kUnreachable = "unreachable/";
constexpr absl::string_view kGone = "gone/";

StateStore::Mutation Put(absl::string_view prefix, const AgentId& id, std::string value) {
  return {absl::StrCat(prefix, id.value()), std::move(value)};
}

StateStore::Mutation Erase(absl::string_view prefix, const AgentId& id) {
  return {absl::StrCat(prefix, id.value()), std::nullopt};
}

std::string Absent(absl::Time since) {
  internal::AbsentAgent absent;
  absent.mutable_since()->set_nanoseconds(absl::ToUnixNanos(since));
  return absent.SerializeAsString();
}

std::string Registered(const v1::AgentInfo& info) {
  internal::RegisteredAgent registered;
  *registered.mutable_agent() = info;
  return registered.SerializeAsString();
}

// Reads one entry; false: damaged.
bool ReadEntry(absl::string_view key, const std::string& value, Registrar::Contents* contents) {
  internal::AbsentAgent absent;
  internal::RegisteredAgent registered;
  if (absl::ConsumePrefix(&key, kAdmitted)) {
    if (!registered.ParseFromString(value)) return false;
    contents->admitted.emplace(AgentId(std::string(key)), std::move(*registered.mutable_agent()));
  } else if (absl::ConsumePrefix(&key, kUnreachable)) {
    if (!absent.ParseFromString(value)) return false;
    contents->unreachable.emplace(AgentId(std::string(key)),
                                  absl::FromUnixNanos(absent.since().nanoseconds()));
  } else if (absl::ConsumePrefix(&key, kGone)) {
    if (!absent.ParseFromString(value)) return false;
    contents->gone.emplace(AgentId(std::string(key)),
                           absl::FromUnixNanos(absent.since().nanoseconds()));
  }
  return true;
}

}  // namespace

Registrar::Registrar(StateStore* store, Logger log, absl::AnyInvocable<void(absl::Status)> lost)
    : store_(store), log_(log), lost_(std::move(lost)) {}

void Registrar::Recover(const v1::MasterInfo& leader,
                        absl::AnyInvocable<void(absl::StatusOr<Contents>)> done) {
  store_->Load(lifetime_.Guard([this, leader, done = std::move(done)](
                                   absl::StatusOr<StateStore::Snapshot> snapshot) mutable {
    if (!snapshot.ok()) {
      done(Annotate(snapshot.status(), "cannot read the registry"));
      return;
    }
    Contents contents;
    for (const auto& [key, value] : snapshot->entries) {
      if (!ReadEntry(key, value, &contents)) {
        done(absl::DataLossError(absl::StrCat("the registry's entry ", Quoted(key),
                                              " is damaged: it is no message of its kind")));
        return;
      }
    }
    version_ = snapshot->version;
    Apply({{"master", leader.SerializeAsString()}},
          [done = std::move(done), contents = std::move(contents)](absl::Status status) mutable {
            if (status.ok()) {
              done(std::move(contents));
            } else {
              done(Annotate(status, "cannot write the registry"));
            }
          });
  }));
}

void Registrar::Admit(const AgentId& id, const v1::AgentInfo& info, Done done) {
  Apply({Put(kAdmitted, id, Registered(info))}, std::move(done));
}

void Registrar::Remove(const AgentId& id, Done done) {
  Apply({Erase(kAdmitted, id)}, std::move(done));
}

void Registrar::MarkUnreachable(const AgentId& id, absl::Time since, Done done) {
  Apply({Erase(kAdmitted, id), Put(kUnreachable, id, Absent(since))}, std::move(done));
}

void Registrar::MarkReachable(const AgentId& id, const v1::AgentInfo& info, Done done) {
  Apply({Put(kAdmitted, id, Registered(info)), Erase(kUnreachable, id)}, std::move(done));
}

void Registrar::MarkGone(const AgentId& id, absl::Time since, Done done) {
  Apply({Erase(kAdmitted, id), Erase(kUnreachable, id), Put(kGone, id, Absent(since))},
        std::move(done));
}

void Registrar::Apply(std::vector<StateStore::Mutation> mutations, Done done) {
  for (StateStore::Mutation& mutation : mutations) pending_.push_back(std::move(mutation));
  waiting_.push_back(std::move(done));
  if (!committing_) Flush();
}

void Registrar::Flush() {
  committing_ = true;
  std::vector<Done> waiting = std::move(waiting_);
  waiting_.clear();
  std::vector<StateStore::Mutation> mutations = std::move(pending_);
  pending_.clear();
  store_->Commit(std::move(mutations), version_,
                 lifetime_.Guard([this, waiting = std::move(waiting)](
                                     absl::StatusOr<uint64_t> version) mutable {
                   committing_ = false;
                   if (version.ok()) version_ = *version;
                   for (Done& done : waiting) done(version.status());
                   if (!version.ok()) {
                     if (lost_ != nullptr) std::exchange(lost_, nullptr)(version.status());
                     return;
                   }
                   if (!waiting_.empty() && !committing_) Flush();
                 }));
}

}  // namespace mesos::master
