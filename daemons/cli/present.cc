#include "daemons/cli/present.h"

#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "daemons/cli/text.h"

namespace mesos::cli {
namespace {

constexpr absl::string_view kBestKnown[] = {"cpus", "mem", "disk", "gpus"};

template <typename T>
std::string RangesText(const T& ranges) {
  std::vector<std::string> parts;
  for (const auto& range : ranges.range()) {
    parts.push_back(absl::StrCat(range.begin(), "-", range.end()));
  }
  return absl::StrCat("[", absl::StrJoin(parts, ","), "]");
}

// Of each name, in a good order.
std::vector<std::string> InOrder(std::map<std::string, std::vector<std::string>> parts) {
  std::vector<std::string> ordered;
  const auto take = [&](const std::string& name, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) ordered.push_back(absl::StrCat(name, ":", text));
  };
  for (const absl::string_view name : kBestKnown) {
    const auto found = parts.find(std::string(name));
    if (found == parts.end()) continue;
    take(found->first, found->second);
    parts.erase(found);
  }
  for (const auto& [name, texts] : parts) take(name, texts);
  return ordered;
}

}  // namespace

std::map<std::string, double> Scalars(const ResourceList& resources) {
  std::map<std::string, double> amounts;
  for (const v1::Resource& resource : resources) {
    if (resource.has_scalar()) amounts[resource.name()] += resource.scalar().value();
  }
  return amounts;
}

double Scalar(const ResourceList& resources, absl::string_view name) {
  double amount = 0;
  for (const v1::Resource& resource : resources) {
    if (resource.name() == name && resource.has_scalar()) amount += resource.scalar().value();
  }
  return amount;
}

std::string AmountsText(const std::map<std::string, double>& amounts) {
  std::map<std::string, std::vector<std::string>> parts;
  for (const auto& [name, amount] : amounts) parts[name] = {NumberText(amount)};
  return absl::StrJoin(InOrder(std::move(parts)), ";");
}

std::string ResourcesText(const ResourceList& resources) {
  std::map<std::string, std::vector<std::string>> parts;
  for (const auto& [name, amount] : Scalars(resources)) parts[name] = {NumberText(amount)};
  for (const v1::Resource& resource : resources) {
    if (resource.has_ranges()) parts[resource.name()].push_back(RangesText(resource.ranges()));
    if (resource.has_set()) {
      parts[resource.name()].push_back(
          absl::StrCat("{", absl::StrJoin(resource.set().item(), ","), "}"));
    }
  }
  return absl::StrJoin(InOrder(std::move(parts)), ";");
}

Cell UsedOf(double used, double total) {
  return absl::StrCat(NumberText(used), "/", NumberText(total));
}

Cell UsedMegabytesOf(double used, double total) {
  return absl::StrCat(MegabytesText(used), "/", MegabytesText(total));
}

absl::Time TimeOf(const v1::TimeInfo& time) { return absl::FromUnixNanos(time.nanoseconds()); }

absl::Time TimeOf(double unix_seconds) {
  // Nothing that is a time of ours lies outside of these 10,000 years.
  if (!(unix_seconds >= 0 && unix_seconds < 3e11)) return absl::UnixEpoch();
  return absl::UnixEpoch() + absl::Seconds(unix_seconds);
}

std::string TimeText(absl::Time time) {
  if (time <= absl::UnixEpoch()) return "";
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone());
}

Cell StateCell(v1::TaskState state) {
  std::string name = v1::TaskState_Name(state);
  absl::string_view text = name;
  absl::ConsumePrefix(&text, "TASK_");
  Colour colour = Colour::kNone;
  switch (state) {
    case v1::TASK_RUNNING:
      colour = Colour::kGreen;
      break;
    case v1::TASK_STAGING:
    case v1::TASK_STARTING:
    case v1::TASK_KILLING:
    case v1::TASK_UNREACHABLE:
    case v1::TASK_UNKNOWN:
      colour = Colour::kYellow;
      break;
    case v1::TASK_FAILED:
    case v1::TASK_ERROR:
    case v1::TASK_LOST:
    case v1::TASK_DROPPED:
    case v1::TASK_GONE:
    case v1::TASK_GONE_BY_OPERATOR:
      colour = Colour::kRed;
      break;
    case v1::TASK_FINISHED:
    case v1::TASK_KILLED:
      colour = Colour::kFaint;
      break;
  }
  return Cell(absl::AsciiStrToLower(text), colour);
}

std::string AttributesText(const google::protobuf::RepeatedPtrField<v1::Attribute>& attributes) {
  std::vector<std::string> parts;
  for (const v1::Attribute& attribute : attributes) {
    std::string value = attribute.text().value();
    if (attribute.has_scalar()) value = NumberText(attribute.scalar().value());
    if (attribute.has_ranges()) value = RangesText(attribute.ranges());
    if (attribute.has_set()) {
      value = absl::StrCat("{", absl::StrJoin(attribute.set().item(), ","), "}");
    }
    parts.push_back(absl::StrCat(attribute.name(), ":", value));
  }
  return absl::StrJoin(parts, ";");
}

std::string LabelsText(const v1::Labels& labels) {
  std::vector<std::string> parts;
  for (const v1::Label& label : labels.labels()) {
    parts.push_back(absl::StrCat(label.key(), "=", label.value()));
  }
  return absl::StrJoin(parts, ", ");
}

std::string DomainText(const v1::DomainInfo& domain) {
  if (!domain.has_fault_domain()) return "";
  return absl::StrCat(domain.fault_domain().region().name(), "/",
                      domain.fault_domain().zone().name());
}

std::string ReservedTo(const v1::Resource& resource) {
  if (resource.reservations_size() > 0) {
    return resource.reservations(resource.reservations_size() - 1).role();
  }
  return resource.role();
}

Column IdColumn(std::string heading, int rank) {
  return {.heading = std::move(heading), .cut = Column::Cut::kMiddle, .least = 9, .rank = rank};
}

Column NameColumn(std::string heading, int rank) {
  return {.heading = std::move(heading), .cut = Column::Cut::kEnd, .least = 10, .rank = rank};
}

Column NumberColumn(std::string heading, int rank, bool wide) {
  return {.heading = std::move(heading), .right = true, .rank = rank, .wide = wide};
}

Column TextColumn(std::string heading, int rank, bool wide) {
  return {.heading = std::move(heading),
          .cut = Column::Cut::kEnd,
          .least = 10,
          .rank = rank,
          .wide = wide};
}

}  // namespace mesos::cli
