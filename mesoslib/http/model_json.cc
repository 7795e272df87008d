#include "mesoslib/http/model_json.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "mesos/values.h"
#include "mesoslib/http/message_json.h"

namespace mesos::http {
namespace {

constexpr absl::string_view kAlways[] = {"cpus", "disk", "gpus", "mem"};

// A name from outside.
void AnyName(absl::string_view name, JsonWriter* json) { json->Text(name); }

void WriteMillis(int64_t millis, JsonWriter* json) {
  // Always with a fraction, as Mesos: there are clients that tell 4 from 4.0.
  const int64_t fraction = millis % 1000;
  if (fraction == 0) {
    json->Raw(absl::StrCat(millis / 1000, ".0"));
  } else {
    json->Raw(FormatMillis(millis));
  }
}

std::string SpacedRanges(const Ranges& ranges) {
  return absl::StrReplaceAll(ranges.ToString(), {{",", ", "}});
}

std::string SpacedItems(const Items& items) {
  return absl::StrReplaceAll(items.ToString(), {{",", ", "}});
}

}  // namespace

void WriteResources(const Resources& resources, JsonWriter* json) {
  struct Sum {
    absl::string_view name;
    bool revocable;
    int64_t millis;
  };
  absl::InlinedVector<Sum, 8> scalars;
  std::map<std::pair<std::string, bool>, Ranges> ranges;
  std::map<std::pair<std::string, bool>, Items> items;
  for (const absl::string_view name : kAlways) scalars.push_back({name, false, 0});
  for (const ResourceEntry& entry : resources) {
    const bool revocable = entry.IsRevocable();
    if (entry.type() == ResourceEntry::Type::kScalar) {
      const int64_t millis = entry.IsShared() ? entry.millis() : entry.millis() * entry.copies();
      bool found = false;
      for (Sum& sum : scalars) {
        if (sum.name != entry.name() || sum.revocable != revocable) continue;
        sum.millis = SaturatingAdd(sum.millis, millis);
        found = true;
        break;
      }
      if (!found) scalars.push_back({entry.name(), revocable, millis});
      continue;
    }
    const auto key = std::make_pair(std::string(entry.name()), revocable);
    if (entry.type() == ResourceEntry::Type::kRanges) {
      ranges[key] = ranges[key].Union(entry.ranges());
    } else {
      items[key] = items[key].Union(entry.items());
    }
  }
  const auto write_name = [json](absl::string_view name, bool revocable) {
    AnyName(revocable ? absl::StrCat(name, "_revocable") : std::string(name), json);
  };
  json->StartObject();
  for (const Sum& sum : scalars) {
    if (sum.revocable) {
      write_name(sum.name, true);
    } else {
      AnyName(sum.name, json);
    }
    WriteMillis(sum.millis, json);
  }
  for (const auto& [key, value] : ranges) {
    write_name(key.first, key.second);
    json->Text(SpacedRanges(value));
  }
  for (const auto& [key, value] : items) {
    write_name(key.first, key.second);
    json->Text(SpacedItems(value));
  }
  json->EndObject();
}

void WriteResourcesInFull(const Resources& resources, JsonWriter* json) {
  Resources::ProtoList protos;
  // What that format cannot say is told in the newer one.
  if (!resources.ToProtoPreRefinement(&protos).ok()) {
    protos.Clear();
    resources.ToProto(&protos);
  }
  json->StartArray();
  for (const v1::Resource& resource : protos) WriteMessage(resource, json);
  json->EndArray();
}

void WriteAttributes(const google::protobuf::RepeatedPtrField<v1::Attribute>& attributes,
                     JsonWriter* json) {
  json->StartObject();
  for (const v1::Attribute& attribute : attributes) {
    AnyName(attribute.name(), json);
    switch (attribute.type()) {
      case v1::Value::SCALAR:
        json->Number(attribute.scalar().value());
        break;
      case v1::Value::RANGES:
        json->Text(SpacedRanges(Ranges::FromProto(attribute.ranges()).value_or(Ranges())));
        break;
      case v1::Value::SET:
        json->Text(SpacedItems(Items::FromProto(attribute.set()).value_or(Items())));
        break;
      case v1::Value::TEXT:
        json->Text(attribute.text().value());
        break;
    }
  }
  json->EndObject();
}

void WriteMessage(const google::protobuf::Message& message, JsonWriter* json) {
  json->Raw(MessageToJson(message));
}

void WriteTime(absl::Time time, JsonWriter* json) {
  json->Number(absl::ToDoubleSeconds(time - absl::UnixEpoch()));
}

void WriteLabels(const v1::Labels& labels, JsonWriter* json) {
  json->StartArray();
  for (const v1::Label& label : labels.labels()) {
    json->StartObject();
    json->Name("key");
    json->Text(label.key());
    if (label.has_value()) {
      json->Name("value");
      json->Text(label.value());
    }
    json->EndObject();
  }
  json->EndArray();
}

void WriteStatus(const v1::TaskStatus& status, JsonWriter* json) {
  json->StartObject();
  json->Name("state");
  json->Name(v1::TaskState_Name(status.state()));
  json->Name("timestamp");
  json->Number(status.timestamp());
  if (status.has_labels()) {
    json->Name("labels");
    WriteLabels(status.labels(), json);
  }
  if (status.has_container_status()) {
    json->Name("container_status");
    WriteMessage(status.container_status(), json);
  }
  if (status.has_healthy()) {
    json->Name("healthy");
    json->Bool(status.healthy());
  }
  json->EndObject();
}

void WriteTask(const MasterState::Task& task, absl::string_view framework, JsonWriter* json) {
  const MasterState::TaskDescription& description = *task.description;
  json->StartObject();
  json->Name("id");
  json->Text(description.id.value());
  json->Name("name");
  json->Text(description.name);
  json->Name("framework_id");
  json->Text(framework);
  json->Name("executor_id");
  json->Text(description.executor.value());
  json->Name("slave_id");
  json->Text(description.agent.value());
  json->Name("state");
  json->Name(v1::TaskState_Name(task.state));
  json->Name("resources");
  WriteResources(description.resources, json);
  if (!description.resources.empty()) {
    json->Name("role");
    json->Text(description.resources.begin()->allocation_role());
  }
  json->Name("statuses");
  json->StartArray();
  if (task.status != nullptr) WriteStatus(*task.status, json);
  json->EndArray();
  if (description.details != nullptr) {
    const MasterState::TaskDetails& details = *description.details;
    if (!details.limits.empty()) {
      json->Name("limits");
      json->StartObject();
      for (const auto& [name, limit] : details.limits) {
        AnyName(name, json);
        json->Number(limit);
      }
      json->EndObject();
    }
    if (!details.user.empty()) {
      json->Name("user");
      json->Text(details.user);
    }
    if (details.labels.labels_size() > 0) {
      json->Name("labels");
      WriteLabels(details.labels, json);
    }
    if (details.discovery.has_visibility()) {
      json->Name("discovery");
      WriteMessage(details.discovery, json);
    }
    if (details.container.has_type()) {
      json->Name("container");
      WriteMessage(details.container, json);
    }
    if (details.health_check.ByteSizeLong() > 0) {
      json->Name("health_check");
      WriteMessage(details.health_check, json);
    }
  }
  json->EndObject();
}

void WriteExecutor(const MasterState::Executor& executor, absl::string_view agent,
                   JsonWriter* json) {
  const v1::ExecutorInfo& info = *executor.info;
  json->StartObject();
  json->Name("executor_id");
  json->Text(info.executor_id().value());
  json->Name("name");
  json->Text(info.name());
  json->Name("framework_id");
  json->Text(executor.framework.value());
  if (info.has_command()) {
    json->Name("command");
    WriteMessage(info.command(), json);
  }
  json->Name("resources");
  WriteResources(executor.resources, json);
  if (info.has_labels()) {
    json->Name("labels");
    WriteLabels(info.labels(), json);
  }
  if (info.has_discovery()) {
    json->Name("discovery");
    WriteMessage(info.discovery(), json);
  }
  if (info.has_type()) {
    json->Name("type");
    json->Name(v1::ExecutorInfo::Type_Name(info.type()));
  }
  json->Name("slave_id");
  json->Text(agent);
  json->EndObject();
}

}  // namespace mesos::http
