// How what masters and agents tell is shown: ids, resources, states, times.
#ifndef DAEMONS_CLI_PRESENT_H_
#define DAEMONS_CLI_PRESENT_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "daemons/cli/table.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::cli {

using ResourceList = google::protobuf::RepeatedPtrField<v1::Resource>;

// By name, without regard to roles. Shared resources count as often as they are listed.
std::map<std::string, double> Scalars(const ResourceList& resources);
double Scalar(const ResourceList& resources, absl::string_view name);

// "cpus:4;mem:1024;ports:[31000-32000]": the best known first, equal names together.
std::string ResourcesText(const ResourceList& resources);
std::string AmountsText(const std::map<std::string, double>& amounts);

// "1.5/4".
Cell UsedOf(double used, double total);
Cell UsedMegabytesOf(double used, double total);

absl::Time TimeOf(const v1::TimeInfo& time);
absl::Time TimeOf(double unix_seconds);
// "2026-11-21 23:10:00 UTC"; empty for no time.
std::string TimeText(absl::Time time);

// "running", in its colour.
Cell StateCell(v1::TaskState state);

std::string AttributesText(const google::protobuf::RepeatedPtrField<v1::Attribute>& attributes);
std::string LabelsText(const v1::Labels& labels);
std::string DomainText(const v1::DomainInfo& domain);

// Whom a resource is reserved to, "*" where to nobody; in the format with `reservations` and in the
// one before it.
std::string ReservedTo(const v1::Resource& resource);

// Columns that come again and again.
Column IdColumn(std::string heading, int rank = 0);
Column NameColumn(std::string heading, int rank = 0);
Column NumberColumn(std::string heading, int rank = 0, bool wide = false);
Column TextColumn(std::string heading, int rank = 0, bool wide = false);

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_PRESENT_H_
