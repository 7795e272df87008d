#include "mesoslib/resources/metadata.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace mesos {
namespace {

using DiskInfo = v1::Resource::DiskInfo;

// Labels are a bag: their order says nothing.
void SortLabels(v1::Labels* labels) {
  std::sort(labels->mutable_labels()->begin(), labels->mutable_labels()->end(),
            [](const v1::Label& a, const v1::Label& b) {
              return std::tuple(a.key(), a.has_value(), a.value()) <
                     std::tuple(b.key(), b.has_value(), b.value());
            });
}

std::string Identity(const ResourceMetadata& metadata) {
  v1::Resource kernel;
  for (const auto& reservation : metadata.reservations) {
    v1::Resource::ReservationInfo* added = kernel.add_reservations();
    *added = reservation;
    if (added->has_labels()) SortLabels(added->mutable_labels());
  }
  if (metadata.disk != nullptr) {
    DiskInfo* disk = kernel.mutable_disk();
    if (metadata.disk->has_source()) {
      *disk->mutable_source() = metadata.disk->source();
      if (disk->source().has_metadata()) SortLabels(disk->mutable_source()->mutable_metadata());
    }
    if (metadata.disk->has_persistence()) {
      disk->mutable_persistence()->set_id(metadata.disk->persistence().id());
    }
  }
  if (!metadata.provider_id.empty()) kernel.mutable_provider_id()->set_value(metadata.provider_id);
  if (metadata.revocable) kernel.mutable_revocable();
  if (metadata.shared) kernel.mutable_shared();
  return kernel.SerializeAsString();
}

bool IsDivisible(const ResourceMetadata& metadata) {
  if (metadata.shared) return false;
  if (metadata.disk == nullptr) return true;
  if (metadata.disk->has_persistence()) return false;
  const DiskInfo::Source& source = metadata.disk->source();
  switch (source.type()) {
    case DiskInfo::Source::MOUNT:
    case DiskInfo::Source::BLOCK:
      return false;
    case DiskInfo::Source::RAW:
      return !source.has_id();
    default:
      return true;
  }
}

}  // namespace

MetadataPtr SealMetadata(ResourceMetadata metadata) {
  metadata.identity = Identity(metadata);
  if (metadata.identity.empty()) return nullptr;
  metadata.divisible = IsDivisible(metadata);
  return std::make_shared<const ResourceMetadata>(std::move(metadata));
}

int CompareMetadata(const MetadataPtr& a, const MetadataPtr& b) {
  if (a == b) return 0;
  if (a == nullptr) return -1;
  if (b == nullptr) return 1;
  return a->identity.compare(b->identity);
}

ResourceMetadata CopyMetadata(const MetadataPtr& metadata) {
  return metadata == nullptr ? ResourceMetadata() : *metadata;
}

}  // namespace mesos
