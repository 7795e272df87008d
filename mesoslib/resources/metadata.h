// What few resources have, and many share: held apart so that a plain one is small.
#ifndef MESOSLIB_RESOURCES_METADATA_H_
#define MESOSLIB_RESOURCES_METADATA_H_

#include <memory>
#include <string>
#include <vector>

#include "mesos/v1/mesos.pb.h"

namespace mesos {

struct ResourceMetadata {
  std::vector<v1::Resource::ReservationInfo> reservations;  // Lowest first.
  std::shared_ptr<const v1::Resource::DiskInfo> disk;
  std::string provider_id;
  bool revocable = false;
  bool shared = false;

  // Both follow from the above; set by SealMetadata.
  bool divisible = true;
  std::string identity;  // Equal exactly when both describe the same resource.
};

using MetadataPtr = std::shared_ptr<const ResourceMetadata>;

// Null where nothing is set.
MetadataPtr SealMetadata(ResourceMetadata metadata);

// Negative, zero, positive. Nothing comes before something.
int CompareMetadata(const MetadataPtr& a, const MetadataPtr& b);

// A copy to change, then to seal.
ResourceMetadata CopyMetadata(const MetadataPtr& metadata);

}  // namespace mesos

#endif  // MESOSLIB_RESOURCES_METADATA_H_
