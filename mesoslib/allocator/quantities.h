// Amounts of scalars as dense vectors: resource names become small integers, in order of first
// sight, and what is counted is thousandths in 64 bits.
#ifndef MESOSLIB_ALLOCATOR_QUANTITIES_H_
#define MESOSLIB_ALLOCATOR_QUANTITIES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "mesos/resource_quantities.h"
#include "mesos/resources.h"

namespace mesos {

// One amount for each kind; positions beyond the end are zero. Sums wrap around instead of
// overflowing, so that taking away what was added always restores what was there.
class Quantities {
 public:
  int64_t Get(size_t kind) const { return kind < values_.size() ? values_[kind] : 0; }
  size_t size() const { return values_.size(); }

  void Add(size_t kind, int64_t millis);
  Quantities& operator+=(const Quantities& other);
  Quantities& operator-=(const Quantities& other);
  friend Quantities operator-(Quantities a, const Quantities& b) { return std::move(a -= b); }
  Quantities operator-() const { return Quantities() - *this; }

  // To the greater of both, kind by kind.
  void RaiseTo(const Quantities& other);

  bool IsZero() const;
  bool Contains(const Quantities& other) const;
  friend bool operator==(const Quantities& a, const Quantities& b);

 private:
  absl::InlinedVector<int64_t, 4> values_;
};

// The kinds of scalars seen so far.
class ResourceKinds {
 public:
  size_t size() const { return names_.size(); }
  const std::string& name(size_t kind) const { return names_[kind]; }

  size_t Intern(absl::string_view name);
  // Nothing for a name that was not seen.
  std::optional<size_t> Find(absl::string_view name) const;

  // The scalars in `resources`; shared ones count once however many copies there are.
  Quantities Quantify(const Resources& resources);
  Quantities Quantify(const ResourceEntry& entry);
  Quantities Quantify(const ResourceQuantities& quantities);
  // For what is only wished for: names not seen so far count as one kind that nobody has, so that
  // wishes add no kinds. Whether there were any is said.
  Quantities QuantifyWish(const ResourceQuantities& quantities, bool* has_unknown);
  // Those above zero.
  ResourceQuantities Name(const Quantities& quantities) const;

 private:
  void Count(const ResourceEntry& entry, Quantities* quantities);

  std::vector<std::string> names_;
  absl::flat_hash_map<std::string, size_t> kinds_;
};

}  // namespace mesos

#endif  // MESOSLIB_ALLOCATOR_QUANTITIES_H_
