#include <algorithm>
#include <ostream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "mesos/resource_quantities.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

using Quantity = ResourceQuantities::Quantity;

bool NameBefore(const Quantity& quantity, absl::string_view name) {
  return quantity.name.view() < name;
}

}  // namespace

ResourceQuantities ResourceQuantities::FromResources(const Resources& resources) {
  ResourceQuantities result;
  // Entries come sorted by name: each name is complete when the next one begins.
  for (const ResourceEntry& entry : resources) {
    if (entry.type() != ResourceEntry::Type::kScalar) continue;
    if (!result.empty() && result.quantities_.back().name.view() == entry.name()) continue;
    result.quantities_.push_back(
        {CompactString(entry.name()), resources.ScalarMillis(entry.name())});
  }
  return result;
}

absl::StatusOr<ResourceQuantities> ResourceQuantities::Parse(absl::string_view text) {
  ResourceQuantities result;
  for (absl::string_view one : absl::StrSplit(text, ';', absl::SkipWhitespace())) {
    const std::vector<absl::string_view> parts = absl::StrSplit(one, ':');
    const absl::string_view name = absl::StripAsciiWhitespace(parts[0]);
    if (parts.size() != 2 || name.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("quantities: '", one, "' must be name:number, such as cpus:4"));
    }
    absl::StatusOr<int64_t> millis = ParseMillis(absl::StripAsciiWhitespace(parts[1]));
    if (!millis.ok()) return Annotate(millis.status(), absl::StrCat("quantities: '", one, "'"));
    result.Add(name, *millis);
  }
  return result;
}

int64_t ResourceQuantities::Millis(absl::string_view name) const {
  auto place = std::lower_bound(begin(), end(), name, NameBefore);
  return place != end() && place->name.view() == name ? place->millis : 0;
}

void ResourceQuantities::Set(absl::string_view name, int64_t millis) {
  auto place = std::lower_bound(quantities_.begin(), quantities_.end(), name, NameBefore);
  const bool known = place != quantities_.end() && place->name.view() == name;
  if (millis <= 0) {
    if (known) quantities_.erase(place);
  } else if (known) {
    place->millis = millis;
  } else {
    quantities_.insert(place, {CompactString(name), millis});
  }
}

void ResourceQuantities::Add(absl::string_view name, int64_t millis) {
  Set(name, SaturatingAdd(Millis(name), millis));
}

bool ResourceQuantities::Contains(const ResourceQuantities& other) const {
  auto mine = begin();
  for (const Quantity& wanted : other) {
    int order = -1;
    while (mine != end() && (order = mine->name.Compare(wanted.name)) < 0) ++mine;
    if (mine == end() || order > 0 || mine->millis < wanted.millis) return false;
  }
  return true;
}

// combine(mine, theirs) for every name that either has.
template <typename Combine>
void ResourceQuantities::Merge(const ResourceQuantities& other, Combine combine) {
  std::vector<Quantity> merged;
  merged.reserve(size() + other.size());
  auto a = begin();
  auto b = other.begin();
  while (a != end() || b != other.end()) {
    const int order = a == end() ? 1 : (b == other.end() ? -1 : a->name.Compare(b->name));
    const Quantity& named = order <= 0 ? *a : *b;
    const int64_t millis = combine(order <= 0 ? a->millis : 0, order >= 0 ? b->millis : 0);
    if (millis > 0) merged.push_back({named.name, millis});
    if (order <= 0) ++a;
    if (order >= 0) ++b;
  }
  quantities_ = std::move(merged);
}

ResourceQuantities& ResourceQuantities::operator+=(const ResourceQuantities& other) {
  Merge(other, SaturatingAdd);
  return *this;
}

ResourceQuantities& ResourceQuantities::operator-=(const ResourceQuantities& other) {
  Merge(other, [](int64_t mine, int64_t theirs) { return mine - theirs; });
  return *this;
}

std::string ResourceQuantities::ToString() const {
  return absl::StrJoin(quantities_, "; ", [](std::string* out, const Quantity& quantity) {
    absl::StrAppend(out, quantity.name.view(), ":", FormatMillis(quantity.millis));
  });
}

std::ostream& operator<<(std::ostream& out, const ResourceQuantities& quantities) {
  return out << quantities.ToString();
}

absl::StatusOr<std::vector<ResourceQuantities>> ParseMinAllocatable(absl::string_view text) {
  std::vector<ResourceQuantities> list;
  if (absl::StripAsciiWhitespace(text).empty()) return list;
  for (absl::string_view one : absl::StrSplit(text, '|')) {
    ASSIGN_OR_RETURN(ResourceQuantities quantities, ResourceQuantities::Parse(one));
    if (quantities.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("min_allocatable_resources: '", text,
                       "' has an empty alternative: expected quantities "
                       "separated by '|', such as cpus:0.01|mem:32"));
    }
    list.push_back(std::move(quantities));
  }
  return list;
}

bool IsAllocatable(const ResourceQuantities& quantities,
                   const std::vector<ResourceQuantities>& min_allocatable) {
  return min_allocatable.empty() ||
         std::any_of(min_allocatable.begin(), min_allocatable.end(),
                     [&](const ResourceQuantities& min) { return quantities.Contains(min); });
}

}  // namespace mesos
