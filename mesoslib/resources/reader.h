// The way into a Resources from outside.
#ifndef MESOSLIB_RESOURCES_READER_H_
#define MESOSLIB_RESOURCES_READER_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "mesos/resources.h"

namespace mesos {

// More in one list are refused, to bound what a peer can make others compute.
inline constexpr int kMaxResourcesInList = 10'000;

class ResourceReader {
 public:
  // What to do with an amount of zero.
  enum class Zero { kRefuse, kDrop };

  static absl::StatusOr<Resources> Read(const Resources::ProtoList& protos, Zero zero);
  static absl::StatusOr<Resources> Read(const v1::Resource& proto, Zero zero);

 private:
  // The error's field is relative to the resource: "scalar.value: ...".
  static absl::StatusOr<ResourceEntry> ReadEntry(const v1::Resource& proto, Zero zero);
  static absl::Status ReadValue(const v1::Resource& proto, Zero zero, ResourceEntry* entry);
  static void ShareParts(const ResourceEntry& previous, ResourceEntry* entry);
  static absl::Status CheckSums(const Resources& resources);
  static Resources Sum(absl::Span<const ResourceEntry> entries);
};

}  // namespace mesos

#endif  // MESOSLIB_RESOURCES_READER_H_
