// Resources for tests and benchmarks: from text, from JSON, and at random from a seed.
#ifndef MESOSLIB_TESTING_TEST_RESOURCES_H_
#define MESOSLIB_TESTING_TEST_RESOURCES_H_

#include <ostream>
#include <random>

#include "absl/strings/string_view.h"
#include "mesos/resources.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos {

// How GoogleTest shows them; otherwise it would take them for mere containers.
void PrintTo(const Resources& resources, std::ostream* out);

// Text or JSON that must be valid.
Resources MustParse(absl::string_view text);

// One resource as JSON, without any check of its contents.
v1::Resource ProtoFromJson(absl::string_view json);
v1::Offer::Operation OperationFromJson(absl::string_view json);

using Random = std::mt19937_64;

// Less than bound.
int Draw(Random& random, int bound);

// Up to max_entries resources of all kinds: scalars, ranges, sets; unreserved, static, dynamic,
// refined; disks, persistent and shared volumes; revocable; provided; allocated.
Resources::ProtoList RandomProtos(Random& random, int max_entries);
Resources RandomResources(Random& random, int max_entries);

// Only what "name(role):value" can say.
Resources RandomTextResources(Random& random, int max_entries);

// Only scalars and volumes, for which (a + b) - b == a however a and b meet.
Resources RandomCountable(Random& random, int max_entries);

// "ports" with `count` ranges of two, gaps between them, from `first` on.
Resources PortRanges(int count, int first);

}  // namespace mesos

#endif  // MESOSLIB_TESTING_TEST_RESOURCES_H_
