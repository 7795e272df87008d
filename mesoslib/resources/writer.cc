#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mesos/resources.h"
#include "mesos/roles.h"
#include "mesoslib/resources/json.h"
#include "mesoslib/resources/metadata.h"

namespace mesos {
namespace {

using DiskInfo = v1::Resource::DiskInfo;
using ReservationInfo = v1::Resource::ReservationInfo;

std::string FormatReservation(const ReservationInfo& reservation) {
  std::string text = reservation.type() == ReservationInfo::DYNAMIC ? "dynamic" : "static";
  absl::StrAppend(&text, " ", reservation.role());
  if (reservation.has_principal()) absl::StrAppend(&text, " by ", reservation.principal());
  for (const v1::Label& label : reservation.labels().labels()) {
    absl::StrAppend(&text, " ", label.key(), "=", label.value());
  }
  return text;
}

std::string FormatSource(const DiskInfo::Source& source) {
  std::string text = DiskInfo::Source::Type_Name(source.type());
  if (source.has_path()) absl::StrAppend(&text, " ", source.path().root());
  if (source.has_mount()) absl::StrAppend(&text, " ", source.mount().root());
  if (source.has_id()) absl::StrAppend(&text, " id ", source.id());
  if (source.has_profile()) absl::StrAppend(&text, " profile ", source.profile());
  return text;
}

std::string FormatDisk(const DiskInfo& disk) {
  std::vector<std::string> parts;
  if (disk.has_persistence()) parts.push_back(absl::StrCat("volume ", disk.persistence().id()));
  if (disk.has_volume()) parts.push_back(absl::StrCat("at ", disk.volume().container_path()));
  if (disk.has_source()) parts.push_back(FormatSource(disk.source()));
  return absl::StrJoin(parts, " ");
}

// A lone static reservation that says nothing but its role is all that name(role) can tell.
bool NeedsStack(const ResourceEntry& entry) {
  if (entry.IsUnreserved()) return false;
  const ReservationInfo& lowest = entry.reservations().front();
  return entry.HasRefinedReservations() || lowest.type() != ReservationInfo::STATIC ||
         lowest.has_principal() || lowest.has_labels();
}

// What the text grammar has no words for.
std::vector<std::string> Details(const ResourceEntry& entry) {
  std::vector<std::string> details;
  if (NeedsStack(entry)) {
    for (const auto& reservation : entry.reservations()) {
      details.push_back(FormatReservation(reservation));
    }
  }
  if (entry.disk() != nullptr) details.push_back(FormatDisk(*entry.disk()));
  if (!entry.provider_id().empty()) {
    details.push_back(absl::StrCat("provider ", entry.provider_id()));
  }
  if (entry.IsRevocable()) details.push_back("revocable");
  if (entry.IsShared()) details.push_back("shared");
  if (entry.copies() > 1) details.push_back(absl::StrCat(entry.copies(), " times"));
  if (!entry.allocation_role().empty()) {
    details.push_back(absl::StrCat("allocated ", entry.allocation_role()));
  }
  return details;
}

std::string FormatAmount(const ResourceEntry& entry) {
  switch (entry.type()) {
    case ResourceEntry::Type::kScalar:
      return FormatMillis(entry.millis());
    case ResourceEntry::Type::kRanges:
      return entry.ranges().ToString();
    case ResourceEntry::Type::kSet:
      return entry.items().ToString();
  }
  return "";
}

void Downgrade(v1::Resource* proto) {
  if (proto->reservations_size() == 0) {
    proto->set_role(kDefaultRole);
    return;
  }
  ReservationInfo reservation = proto->reservations(0);
  proto->clear_reservations();
  proto->set_role(reservation.role());
  if (reservation.type() == ReservationInfo::STATIC) return;
  reservation.clear_type();
  reservation.clear_role();
  *proto->mutable_reservation() = std::move(reservation);
}

}  // namespace

std::string ResourceEntry::ToString() const {
  const std::vector<std::string> details = Details(*this);
  std::string text(name());
  if (!IsUnreserved()) absl::StrAppend(&text, "(", reservation_role(), ")");
  if (!details.empty()) absl::StrAppend(&text, "<", absl::StrJoin(details, ", "), ">");
  absl::StrAppend(&text, ":", FormatAmount(*this));
  return text;
}

void ResourceEntry::ToProto(v1::Resource* proto) const {
  proto->Clear();
  proto->set_name(std::string(name()));
  switch (type()) {
    case Type::kScalar:
      proto->set_type(v1::Value::SCALAR);
      proto->mutable_scalar()->set_value(MillisToDouble(millis()));
      break;
    case Type::kRanges:
      proto->set_type(v1::Value::RANGES);
      ranges().ToProto(proto->mutable_ranges());
      break;
    case Type::kSet:
      proto->set_type(v1::Value::SET);
      items().ToProto(proto->mutable_set());
      break;
  }
  if (!allocation_role_.empty()) {
    proto->mutable_allocation_info()->set_role(std::string(allocation_role()));
  }
  if (metadata_ == nullptr) return;
  for (const Reservation& reservation : metadata_->reservations) {
    *proto->add_reservations() = reservation;
  }
  if (metadata_->disk != nullptr) *proto->mutable_disk() = *metadata_->disk;
  if (!metadata_->provider_id.empty()) {
    proto->mutable_provider_id()->set_value(metadata_->provider_id);
  }
  if (metadata_->revocable) proto->mutable_revocable();
  if (metadata_->shared) proto->mutable_shared();
}

void Resources::ToProto(ProtoList* protos) const {
  for (const ResourceEntry& entry : entries_) {
    for (int copy = 0; copy < entry.copies(); ++copy) entry.ToProto(protos->Add());
  }
}

absl::Status Resources::ToProtoPreRefinement(ProtoList* protos) const {
  for (const ResourceEntry& entry : entries_) {
    if (!entry.HasRefinedReservations()) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        entry.ToString(), " has a refined reservation, which the format with role and ",
        "reservation cannot express"));
  }
  const int before = protos->size();
  ToProto(protos);
  for (int i = before; i < protos->size(); ++i) Downgrade(protos->Mutable(i));
  return absl::OkStatus();
}

std::string Resources::ToString() const {
  return absl::StrJoin(entries_, "; ", [](std::string* out, const ResourceEntry& entry) {
    out->append(entry.ToString());
  });
}

std::string Resources::ToJson() const {
  ProtoList protos;
  ToProto(&protos);
  return ResourcesToJson(protos);
}

std::ostream& operator<<(std::ostream& out, const Resources& resources) {
  return out << resources.ToString();
}

}  // namespace mesos
