#include "mesoslib/master/absent_agents.h"

#include <algorithm>
#include <utility>

namespace mesos::master {

void AbsentAgents::Recover(Since unreachable, Since gone) {
  unreachable_ = std::move(unreachable);
  gone_ = std::move(gone);
  ClearLater();
}

void AbsentAgents::BecomeGone(const AgentId& id, absl::Time since) {
  unreachable_.erase(id);
  gone_[id] = since;
}

std::optional<absl::Time> AbsentAgents::UnreachableSince(const AgentId& id) const {
  auto found = unreachable_.find(id);
  if (found == unreachable_.end()) return std::nullopt;
  return found->second;
}

void AbsentAgents::ClearLater() {
  loop_->PostAt(loop_->Now() + options_.interval, lifetime_.Guard([this] { Clear(); }));
}

std::vector<AgentId> AbsentAgents::TooOld(const Since& agents) const {
  const absl::Time oldest = loop_->WallTime() - options_.max_age;
  std::vector<std::pair<absl::Time, AgentId>> by_age;
  by_age.reserve(agents.size());
  for (const auto& [id, since] : agents) by_age.emplace_back(since, id);
  std::sort(by_age.begin(), by_age.end());
  const size_t too_many =
      by_age.size() > options_.max_count ? by_age.size() - options_.max_count : 0;
  std::vector<AgentId> old;
  for (size_t i = 0; i < by_age.size(); ++i) {
    if (i >= too_many && by_age[i].first >= oldest) break;
    old.push_back(std::move(by_age[i].second));
  }
  return old;
}

void AbsentAgents::Clear() {
  ClearLater();
  std::vector<AgentId> unreachable = TooOld(unreachable_);
  std::vector<AgentId> gone = TooOld(gone_);
  if (unreachable.empty() && gone.empty()) return;
  log_.Info("the registry forgets ", unreachable.size(), " unreachable and ", gone.size(),
            " gone agents");
  registrar_->Forget(unreachable, gone,
                     lifetime_.Guard([this, unreachable, gone](const absl::Status& status) {
                       if (!status.ok()) return;
                       for (const AgentId& id : unreachable) {
                         unreachable_.erase(id);
                         forgotten_(id);
                       }
                       for (const AgentId& id : gone) gone_.erase(id);
                     }));
}

}  // namespace mesos::master
