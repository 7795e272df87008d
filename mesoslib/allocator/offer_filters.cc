#include "mesoslib/allocator/offer_filters.h"

#include <algorithm>
#include <utility>

namespace mesos {

bool OfferFilters::Later(const Expiry& a, const Expiry& b) {
  return a.time != b.time ? a.time > b.time : a.id > b.id;
}

void OfferFilters::CountDropped(NodeIndex leaf, size_t dropped) {
  live_ -= dropped;
  leaves_[leaf].live -= dropped;
}

// The new filter does all that these would.
size_t OfferFilters::DropContained(Filters& filters, const Resources& refused, absl::Time expiry) {
  const size_t before = filters.size();
  filters.erase(std::remove_if(filters.begin(), filters.end(),
                               [&](const Filter& filter) {
                                 return filter.expiry <= expiry &&
                                        refused.Contains(*filter.refused);
                               }),
                filters.end());
  return before - filters.size();
}

void OfferFilters::Add(NodeIndex leaf, AgentIndex agent, Resources refused, absl::Time expiry) {
  if (agent >= agents_.size()) agents_.resize(agent + 1);
  if (leaf >= leaves_.size()) leaves_.resize(leaf + 1);
  OfAgent& of_agent = agents_[agent];
  if (of_agent.last_refused == nullptr || !(*of_agent.last_refused == refused)) {
    of_agent.last_refused = std::make_shared<const Resources>(std::move(refused));
  }
  Filters& filters = of_agent.by_leaf[leaf];
  CountDropped(leaf, DropContained(filters, *of_agent.last_refused, expiry));
  const uint64_t id = next_id_++;
  filters.push_back(Filter{id, expiry, of_agent.last_refused});
  leaves_[leaf].agents.insert(agent);
  ++leaves_[leaf].live;
  ++live_;
  queue_.push_back(Expiry{expiry, id, leaf, agent});
  std::push_heap(queue_.begin(), queue_.end(), Later);
  if (queue_.size() > 2 * live_ + 1024) Compact();
}

bool OfferFilters::IsFiltered(NodeIndex leaf, AgentIndex agent, uint64_t version,
                              absl::FunctionRef<bool(const Resources&)> contained) {
  if (agent >= agents_.size()) return false;
  auto it = agents_[agent].by_leaf.find(leaf);
  if (it == agents_[agent].by_leaf.end()) return false;
  for (Filter& filter : it->second) {
    if (version == kNoVersion) {
      if (contained(*filter.refused)) return true;
      continue;
    }
    if (filter.version != version) {
      filter.version = version;
      filter.holds = contained(*filter.refused);
    }
    if (filter.holds) return true;
  }
  return false;
}

absl::Time OfferFilters::FirstExpiry(NodeIndex leaf, AgentIndex agent) const {
  absl::Time first = absl::InfiniteFuture();
  if (agent >= agents_.size()) return first;
  auto it = agents_[agent].by_leaf.find(leaf);
  if (it == agents_[agent].by_leaf.end()) return first;
  for (const Filter& filter : it->second) {
    first = std::min(first, filter.expiry);
  }
  return first;
}

void OfferFilters::RemoveLeaf(NodeIndex leaf) {
  if (leaf >= leaves_.size()) return;
  for (AgentIndex agent : leaves_[leaf].agents) agents_[agent].by_leaf.erase(leaf);
  CountDropped(leaf, leaves_[leaf].live);
  leaves_[leaf].agents.clear();
}

void OfferFilters::RemoveAgent(AgentIndex agent) {
  if (agent >= agents_.size()) return;
  for (const auto& [leaf, filters] : agents_[agent].by_leaf) {
    CountDropped(leaf, filters.size());
    leaves_[leaf].agents.erase(agent);
  }
  agents_[agent] = OfAgent();
}

void OfferFilters::ForgetVerdicts(NodeIndex leaf) {
  if (leaf >= leaves_.size()) return;
  for (AgentIndex agent : leaves_[leaf].agents) {
    for (Filter& filter : agents_[agent].by_leaf.find(leaf)->second) filter.version = 0;
  }
}

// False where the filter is gone already.
bool OfferFilters::RemoveOne(const Expiry& expiry) {
  OfAgent& of_agent = agents_[expiry.agent];
  auto it = of_agent.by_leaf.find(expiry.leaf);
  if (it == of_agent.by_leaf.end()) return false;
  auto filter = std::find_if(it->second.begin(), it->second.end(),
                             [&](const Filter& f) { return f.id == expiry.id; });
  if (filter == it->second.end()) return false;
  it->second.erase(filter);
  CountDropped(expiry.leaf, 1);
  if (it->second.empty()) {
    of_agent.by_leaf.erase(it);
    leaves_[expiry.leaf].agents.erase(expiry.agent);
  }
  return true;
}

void OfferFilters::Expire(absl::Time now, absl::FunctionRef<void(AgentIndex)> expired) {
  while (!queue_.empty() && queue_.front().time <= now) {
    std::pop_heap(queue_.begin(), queue_.end(), Later);
    const Expiry expiry = queue_.back();
    queue_.pop_back();
    if (RemoveOne(expiry)) expired(expiry.agent);
  }
}

void OfferFilters::ForEachLeaf(absl::FunctionRef<void(NodeIndex, size_t)> visit) const {
  for (NodeIndex leaf = 0; leaf < leaves_.size(); ++leaf) {
    if (leaves_[leaf].live > 0) visit(leaf, leaves_[leaf].live);
  }
}

void OfferFilters::Compact() {
  auto gone = [this](const Expiry& expiry) {
    const OfAgent& of_agent = agents_[expiry.agent];
    auto it = of_agent.by_leaf.find(expiry.leaf);
    if (it == of_agent.by_leaf.end()) return true;
    return std::none_of(it->second.begin(), it->second.end(),
                        [&](const Filter& filter) { return filter.id == expiry.id; });
  };
  queue_.erase(std::remove_if(queue_.begin(), queue_.end(), gone), queue_.end());
  std::make_heap(queue_.begin(), queue_.end(), Later);
}

}  // namespace mesos
