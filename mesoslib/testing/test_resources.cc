#include "mesoslib/testing/test_resources.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "mesos/values.h"

namespace mesos {
namespace {

template <typename Message>
Message FromJson(absl::string_view json) {
  Message message;
  const auto status = google::protobuf::util::JsonStringToMessage(std::string(json), &message);
  if (!status.ok()) {
    std::fprintf(stderr, "bad JSON in a test: %s\n", std::string(json).c_str());
    std::abort();
  }
  return message;
}

Resources MustRead(absl::StatusOr<Resources> resources) {
  if (!resources.ok()) {
    std::fprintf(stderr, "%s\n", resources.status().ToString().c_str());
    std::abort();
  }
  return *std::move(resources);
}

std::string RandomRole(Random& random) {
  static constexpr const char* kRoles[] = {"eng", "ads", "a-role-longer-than-seven-bytes"};
  return kRoles[Draw(random, 3)];
}

void FillRanges(Random& random, v1::Resource* resource) {
  resource->set_name("ports");
  resource->set_type(v1::Value::RANGES);
  uint64_t next = Draw(random, 50);
  for (int i = Draw(random, 5); i >= 0; --i) {
    v1::Value::Range* range = resource->mutable_ranges()->add_range();
    range->set_begin(next);
    range->set_end(next + Draw(random, 6));
    next = range->end() + 2 + Draw(random, 6);
  }
}

void FillSet(Random& random, v1::Resource* resource) {
  resource->set_name("bays");
  resource->set_type(v1::Value::SET);
  const int first = Draw(random, 5);
  for (int i = Draw(random, 4); i >= 0; --i) {
    resource->mutable_set()->add_item(absl::StrCat("bay", first + i));
  }
}

void FillScalar(Random& random, v1::Resource* resource) {
  static constexpr const char* kNames[] = {"cpus", "mem", "disk", "gpus", "licenses-of-a-kind"};
  resource->set_name(kNames[Draw(random, 5)]);
  resource->set_type(v1::Value::SCALAR);
  resource->mutable_scalar()->set_value((1 + Draw(random, 100'000)) / 1000.0);
}

void FillReservations(Random& random, v1::Resource* resource) {
  using Reservation = v1::Resource::ReservationInfo;
  std::string role = RandomRole(random);
  for (int depth = Draw(random, 4); depth > 0; --depth) {
    Reservation* reservation = resource->add_reservations();
    const bool lowest = resource->reservations_size() == 1;
    reservation->set_type(lowest && Draw(random, 2) == 0 ? Reservation::STATIC
                                                         : Reservation::DYNAMIC);
    reservation->set_role(role);
    if (Draw(random, 3) == 0) reservation->set_principal("operator");
    if (Draw(random, 4) == 0) {
      v1::Label* label = reservation->mutable_labels()->add_labels();
      label->set_key("owner");
      label->set_value(absl::StrCat("team", Draw(random, 2)));
    }
    absl::StrAppend(&role, "/sub", Draw(random, 2));
  }
}

void FillDisk(Random& random, v1::Resource* resource) {
  using Source = v1::Resource::DiskInfo::Source;
  v1::Resource::DiskInfo* disk = resource->mutable_disk();
  const int kind = Draw(random, 4);
  if (kind > 0) {
    Source* source = disk->mutable_source();
    source->set_type(kind == 1 ? Source::PATH : (kind == 2 ? Source::MOUNT : Source::RAW));
    if (kind == 1) source->mutable_path()->set_root("/data");
    if (kind == 2) source->mutable_mount()->set_root(absl::StrCat("/mnt", Draw(random, 2)));
    if (kind == 3 && Draw(random, 2) == 0) source->set_id("raw-id");
  }
  const bool reserved = resource->reservations_size() > 0;
  if (reserved && (kind == 0 || Draw(random, 2) == 0)) {
    disk->mutable_persistence()->set_id(absl::StrCat("volume", Draw(random, 2)));
    disk->mutable_volume()->set_container_path("data");
    disk->mutable_volume()->set_mode(v1::Volume::RW);
    if (Draw(random, 2) == 0) resource->mutable_shared();
  } else if (kind == 0) {
    resource->clear_disk();
  }
}

bool IsDynamic(const v1::Resource& resource) {
  for (const auto& reservation : resource.reservations()) {
    if (reservation.type() == v1::Resource::ReservationInfo::DYNAMIC) return true;
  }
  return false;
}

v1::Resource RandomProto(Random& random) {
  v1::Resource resource;
  const int kind = Draw(random, 8);
  if (kind == 0) {
    FillRanges(random, &resource);
  } else if (kind == 1) {
    FillSet(random, &resource);
  } else {
    FillScalar(random, &resource);
  }
  FillReservations(random, &resource);
  if (resource.name() == "disk" && Draw(random, 2) == 0) FillDisk(random, &resource);
  if (!resource.disk().has_persistence() && !IsDynamic(resource) && Draw(random, 5) == 0) {
    resource.mutable_revocable();
  }
  if (Draw(random, 6) == 0) resource.mutable_provider_id()->set_value("provider");
  if (Draw(random, 4) == 0) resource.mutable_allocation_info()->set_role(RandomRole(random));
  return resource;
}

}  // namespace

void PrintTo(const Resources& resources, std::ostream* out) { *out << resources; }

Resources MustParse(absl::string_view text) { return MustRead(Resources::Parse(text)); }

v1::Resource ProtoFromJson(absl::string_view json) { return FromJson<v1::Resource>(json); }

v1::Offer::Operation OperationFromJson(absl::string_view json) {
  return FromJson<v1::Offer::Operation>(json);
}

// Not std::uniform_int_distribution, whose draws differ between standard libraries.
int Draw(Random& random, int bound) { return static_cast<int>(random() % bound); }

Resources::ProtoList RandomProtos(Random& random, int max_entries) {
  Resources::ProtoList protos;
  for (int i = Draw(random, max_entries + 1); i > 0; --i) *protos.Add() = RandomProto(random);
  return protos;
}

Resources RandomResources(Random& random, int max_entries) {
  return MustRead(Resources::FromProto(RandomProtos(random, max_entries)));
}

Resources RandomTextResources(Random& random, int max_entries) {
  return RandomResources(random, max_entries).Filter([](const ResourceEntry& entry) {
    v1::Resource proto;
    entry.ToProto(&proto);
    const bool plain =
        entry.IsUnreserved() ||
        (!entry.HasRefinedReservations() && !entry.IsDynamicallyReserved() &&
         !entry.reservations()[0].has_principal() && !entry.reservations()[0].has_labels());
    return plain && entry.disk() == nullptr && !entry.IsRevocable() &&
           entry.provider_id().empty() && entry.allocation_role().empty();
  });
}

Resources RandomCountable(Random& random, int max_entries) {
  return RandomResources(random, max_entries).Scalars();
}

Resources PortRanges(int count, int first) {
  v1::Resource resource;
  resource.set_name("ports");
  resource.set_type(v1::Value::RANGES);
  for (int i = 0; i < count; ++i) {
    v1::Value::Range* range = resource.mutable_ranges()->add_range();
    range->set_begin(first + 4 * i);
    range->set_end(first + 4 * i + 1);
  }
  return MustRead(Resources::FromProto(resource));
}

}  // namespace mesos
