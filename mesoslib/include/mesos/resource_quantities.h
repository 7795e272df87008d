// ResourceQuantities: how much of each scalar, names and amounts, and nothing else about a
// resource. What shares, quotas, guarantees and limits are counted in. A name that is absent is the
// same as zero of it.
//
//   auto limit = mesos::ResourceQuantities::Parse("cpus:4;mem:1024").value();
//   auto used = mesos::ResourceQuantities::FromResources(mesos::Resources::Scalar("cpus", 500));
//   if (limit.Contains(used)) limit -= used;  // cpus:3.5; mem:1024
//
// Threads: a value; one object is used by one thread at a time.
// Ownership: holds all of its data; iterators are valid until it changes.
// Errors: InvalidArgument names the entry that cannot be read, and what would be right.
#ifndef MESOS_RESOURCE_QUANTITIES_H_
#define MESOS_RESOURCE_QUANTITIES_H_

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mesos/compact_string.h"
#include "mesos/export.h"
#include "mesos/resources.h"

namespace mesos {

class MESOS_EXPORT ResourceQuantities {
 public:
  struct Quantity {
    CompactString name;
    int64_t millis = 0;  // Thousandths.

    friend bool operator==(const Quantity&, const Quantity&) = default;
  };
  using const_iterator = std::vector<Quantity>::const_iterator;

  ResourceQuantities() = default;

  // The sums of the scalars by name; shared resources count once.
  static ResourceQuantities FromResources(const Resources& resources);

  // "cpus:4;mem:1024". Equal names are summed, zeros dropped.
  static absl::StatusOr<ResourceQuantities> Parse(absl::string_view text);

  // Thousandths of that name; 0 where it is absent.
  int64_t Millis(absl::string_view name) const;
  // Removes the name where millis <= 0.
  void Set(absl::string_view name, int64_t millis);
  void Add(absl::string_view name, int64_t millis);

  bool empty() const { return quantities_.empty(); }
  size_t size() const { return quantities_.size(); }
  // Ascending by name, none zero.
  const_iterator begin() const { return quantities_.begin(); }
  const_iterator end() const { return quantities_.end(); }

  // Whether there is at least as much of everything in other.
  bool Contains(const ResourceQuantities& other) const;

  ResourceQuantities& operator+=(const ResourceQuantities& other);
  // Stops at zero.
  ResourceQuantities& operator-=(const ResourceQuantities& other);

  friend ResourceQuantities operator+(ResourceQuantities a, const ResourceQuantities& b) {
    return std::move(a += b);
  }
  friend ResourceQuantities operator-(ResourceQuantities a, const ResourceQuantities& b) {
    return std::move(a -= b);
  }
  friend bool operator==(const ResourceQuantities&, const ResourceQuantities&) = default;

  // "cpus:4; mem:1024".
  std::string ToString() const;

 private:
  template <typename Combine>
  void Merge(const ResourceQuantities& other, Combine combine);

  std::vector<Quantity> quantities_;
};

MESOS_EXPORT std::ostream& operator<<(std::ostream& out, const ResourceQuantities& quantities);

// --min_allocatable_resources: "cpus:0.01|mem:32" is worth offering when it has one or the other.
// Empty text gives an empty list, by which everything is worth offering.
MESOS_EXPORT absl::StatusOr<std::vector<ResourceQuantities>> ParseMinAllocatable(
    absl::string_view text);

// Whether one of the list is contained, or the list is empty.
MESOS_EXPORT bool IsAllocatable(const ResourceQuantities& quantities,
                                const std::vector<ResourceQuantities>& min_allocatable);

}  // namespace mesos

#endif  // MESOS_RESOURCE_QUANTITIES_H_
