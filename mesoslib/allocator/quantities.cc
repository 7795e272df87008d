#include "mesoslib/allocator/quantities.h"

#include <algorithm>

namespace mesos {
namespace {

int64_t WrappingAdd(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

int64_t WrappingSubtract(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}

// Up to here a scan over the names beats hashing.
constexpr size_t kScanned = 6;

}  // namespace

void Quantities::Add(size_t kind, int64_t millis) {
  if (kind >= values_.size()) values_.resize(kind + 1, 0);
  values_[kind] = WrappingAdd(values_[kind], millis);
}

Quantities& Quantities::operator+=(const Quantities& other) {
  if (other.values_.size() > values_.size()) values_.resize(other.values_.size(), 0);
  for (size_t i = 0; i < other.values_.size(); ++i) {
    values_[i] = WrappingAdd(values_[i], other.values_[i]);
  }
  return *this;
}

Quantities& Quantities::operator-=(const Quantities& other) {
  if (other.values_.size() > values_.size()) values_.resize(other.values_.size(), 0);
  for (size_t i = 0; i < other.values_.size(); ++i) {
    values_[i] = WrappingSubtract(values_[i], other.values_[i]);
  }
  return *this;
}

void Quantities::RaiseTo(const Quantities& other) {
  if (other.values_.size() > values_.size()) values_.resize(other.values_.size(), 0);
  for (size_t i = 0; i < other.values_.size(); ++i) {
    values_[i] = std::max(values_[i], other.values_[i]);
  }
}

bool Quantities::IsZero() const {
  return std::all_of(values_.begin(), values_.end(), [](int64_t value) { return value == 0; });
}

bool Quantities::Contains(const Quantities& other) const {
  for (size_t i = 0; i < other.values_.size(); ++i) {
    if (Get(i) < other.values_[i]) return false;
  }
  return true;
}

bool operator==(const Quantities& a, const Quantities& b) {
  const size_t size = std::max(a.size(), b.size());
  for (size_t i = 0; i < size; ++i) {
    if (a.Get(i) != b.Get(i)) return false;
  }
  return true;
}

std::optional<size_t> ResourceKinds::Find(absl::string_view name) const {
  const size_t scanned = std::min(names_.size(), kScanned);
  for (size_t i = 0; i < scanned; ++i) {
    if (name == names_[i]) return i;
  }
  if (names_.size() == scanned) return std::nullopt;
  auto it = kinds_.find(name);
  return it == kinds_.end() ? std::nullopt : std::optional<size_t>(it->second);
}

size_t ResourceKinds::Intern(absl::string_view name) {
  if (const std::optional<size_t> kind = Find(name)) return *kind;
  kinds_.emplace(name, names_.size());
  names_.emplace_back(name);
  return names_.size() - 1;
}

void ResourceKinds::Count(const ResourceEntry& entry, Quantities* quantities) {
  if (entry.type() != ResourceEntry::Type::kScalar) return;
  const int64_t copies = entry.copies() == 1 || entry.IsShared() ? 1 : entry.copies();
  quantities->Add(Intern(entry.name()),
                  static_cast<int64_t>(static_cast<uint64_t>(entry.millis()) *
                                       static_cast<uint64_t>(copies)));
}

Quantities ResourceKinds::Quantify(const Resources& resources) {
  Quantities quantities;
  for (const ResourceEntry& entry : resources) Count(entry, &quantities);
  return quantities;
}

Quantities ResourceKinds::Quantify(const ResourceEntry& entry) {
  Quantities quantities;
  Count(entry, &quantities);
  return quantities;
}

ResourceQuantities ResourceKinds::Name(const Quantities& quantities) const {
  ResourceQuantities named;
  for (size_t i = 0; i < quantities.size(); ++i) named.Set(names_[i], quantities.Get(i));
  return named;
}

Quantities ResourceKinds::Quantify(const ResourceQuantities& named) {
  Quantities quantities;
  for (const ResourceQuantities::Quantity& quantity : named) {
    quantities.Add(Intern(quantity.name.view()), quantity.millis);
  }
  return quantities;
}

Quantities ResourceKinds::QuantifyWish(const ResourceQuantities& wish, bool* has_unknown) {
  Quantities quantities;
  for (const ResourceQuantities::Quantity& quantity : wish) {
    const std::optional<size_t> kind = Find(quantity.name.view());
    *has_unknown = *has_unknown || !kind.has_value();
    // No resource has an empty name.
    quantities.Add(kind.has_value() ? *kind : Intern(""), quantity.millis);
  }
  return quantities;
}

}  // namespace mesos
