#include <algorithm>
#include <utility>

#include "mesos/resources.h"

namespace mesos {
namespace {

bool Before(const ResourceEntry& a, const ResourceEntry& b) { return a.Compare(b) < 0; }

}  // namespace

Resources Resources::Scalar(absl::string_view name, int64_t millis) {
  Resources result;
  if (millis <= 0) return result;
  ResourceEntry entry;
  entry.name_ = CompactString(name);
  entry.value_ = millis;
  result.entries_.push_back(std::move(entry));
  return result;
}

// All binary operations walk both sorted lists side by side.

bool Resources::Contains(const Resources& other) const {
  auto mine = entries_.begin();
  for (const ResourceEntry& wanted : other.entries_) {
    int order = -1;
    while (mine != entries_.end() && (order = mine->Compare(wanted)) < 0) ++mine;
    if (mine == entries_.end() || order > 0 || !mine->Covers(wanted)) return false;
    ++mine;
  }
  return true;
}

bool Resources::Equals(const Resources& other) const {
  return std::equal(entries_.begin(), entries_.end(), other.entries_.begin(), other.entries_.end(),
                    [](const ResourceEntry& a, const ResourceEntry& b) {
                      return a.Compare(b) == 0 && a.SameAmount(b);
                    });
}

Resources& Resources::operator+=(const Resources& other) {
  if (entries_.empty()) {
    entries_ = other.entries_;
    return *this;
  }
  std::vector<const ResourceEntry*> missing;
  auto mine = entries_.begin();
  for (const ResourceEntry& added : other.entries_) {
    int order = -1;
    while (mine != entries_.end() && (order = mine->Compare(added)) < 0) ++mine;
    if (mine != entries_.end() && order == 0) {
      mine->Absorb(added);
    } else {
      missing.push_back(&added);
    }
  }
  AddMissing(std::move(missing));
  return *this;
}

// Of another object than this one: adding a Resources to itself misses nothing.
void Resources::AddMissing(std::vector<const ResourceEntry*> missing) {
  if (missing.empty()) return;
  const size_t before = entries_.size();
  entries_.reserve(before + missing.size());
  for (const ResourceEntry* entry : missing) entries_.push_back(*entry);
  std::inplace_merge(entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(before),
                     entries_.end(), Before);
}

Resources& Resources::operator+=(const ResourceEntry& entry) {
  if (!entry.HasAmount()) return *this;
  auto place = std::lower_bound(entries_.begin(), entries_.end(), entry, Before);
  if (place != entries_.end() && place->Compare(entry) == 0) {
    place->Absorb(entry);
  } else {
    entries_.insert(place, ResourceEntry(entry));
  }
  return *this;
}

Resources& Resources::operator-=(const Resources& other) {
  if (this == &other) {
    entries_.clear();
    return *this;
  }
  bool emptied = false;
  auto mine = entries_.begin();
  for (const ResourceEntry& removed : other.entries_) {
    int order = -1;
    while (mine != entries_.end() && (order = mine->Compare(removed)) < 0) ++mine;
    if (mine == entries_.end()) break;
    if (order > 0) continue;
    mine->Remove(removed);
    emptied = emptied || !mine->HasAmount();
    ++mine;
  }
  if (emptied) {
    std::erase_if(entries_, [](const ResourceEntry& entry) { return !entry.HasAmount(); });
  }
  return *this;
}

}  // namespace mesos
