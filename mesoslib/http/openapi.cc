#include "mesoslib/http/openapi.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "mesos/version.h"
#include "mesoslib/http/json_writer.h"

namespace mesos::http {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using Place = ParameterHelp::Place;

absl::string_view Description(int status) {
  switch (status) {
    case 200:
      return "Done.";
    case 202:
      return "Begun.";
    case 307:
      return "Another master leads; Location says where.";
    case 400:
      return "The request is malformed; the text names what is wrong and what would be right.";
    case 403:
      return "Forbidden.";
    case 404:
      return "Not there.";
    case 406:
      return "There is no such answer.";
    case 409:
      return "What is there stands against it.";
    case 415:
      return "The body's type is not known.";
    case 501:
      return "This is not there yet.";
    case 503:
      return "Not now: it recovers, or nobody leads.";
    default:
      return "See the text.";
  }
}

class Document {
 public:
  explicit Document(const std::vector<EndpointHelp>& endpoints) : endpoints_(endpoints) {}

  std::string Write(absl::string_view title) {
    json_.StartObject();
    Text("openapi", "3.0.3");
    Object("info", [&] {
      Text("title", title);
      Text("version", LibraryVersion());
    });
    Object("paths", [&] { WritePaths(); });
    Object("components", [&] { Object("schemas", [&] { WriteSchemas(); }); });
    json_.EndObject();
    return std::move(text_);
  }

 private:
  void Text(absl::string_view name, absl::string_view value) {
    json_.Name(name);
    json_.Text(value);
  }
  template <typename Fill>
  void Object(absl::string_view name, Fill fill) {
    json_.Name(name);
    json_.StartObject();
    fill();
    json_.EndObject();
  }
  template <typename List, typename Write>
  void Array(absl::string_view name, const List& list, Write write) {
    json_.Name(name);
    json_.StartArray();
    for (const auto& element : list) write(element);
    json_.EndArray();
  }

  // -- Endpoints --

  static std::string PathOf(const EndpointHelp& endpoint) {
    std::string path = endpoint.path;
    for (const ParameterHelp& parameter : endpoint.parameters) {
      if (parameter.place == Place::kPath) absl::StrAppend(&path, "/{", parameter.name, "}");
    }
    return path;
  }

  void WritePaths() {
    std::map<std::string, std::vector<const EndpointHelp*>> by_path;
    for (const EndpointHelp& endpoint : endpoints_) {
      by_path[PathOf(endpoint)].push_back(&endpoint);
    }
    for (const auto& [path, endpoints] : by_path) {
      Object(path, [&, endpoints = &endpoints] {
        for (const EndpointHelp* endpoint : *endpoints) {
          Object(absl::AsciiStrToLower(endpoint->method), [&] { WriteEndpoint(*endpoint); });
        }
      });
    }
  }

  void WriteEndpoint(const EndpointHelp& endpoint) {
    Text("summary", endpoint.summary);
    Text("operationId",
         absl::StrCat(absl::AsciiStrToLower(endpoint.method),
                      absl::StrReplaceAll(endpoint.path, {{"/", "_"}, {".", "_"}, {"-", "_"}})));
    std::vector<ParameterHelp> form;
    std::vector<ParameterHelp> others;
    for (const ParameterHelp& parameter : endpoint.parameters) {
      (parameter.place == Place::kForm ? form : others).push_back(parameter);
    }
    Array("parameters", others, [&](const ParameterHelp& parameter) {
      json_.StartObject();
      Text("name", parameter.name);
      Text("in", parameter.place == Place::kPath ? "path" : "query");
      Text("description", parameter.summary);
      json_.Name("required");
      json_.Bool(parameter.required);
      Object("schema", [&] { Text("type", "string"); });
      json_.EndObject();
    });
    if (!form.empty()) {
      Object("requestBody", [&] { WriteForm(form); });
    } else if (!endpoint.takes.empty()) {
      Object("requestBody", [&] { WriteContent(endpoint.takes, IsApi(endpoint)); });
    }
    Object("responses", [&] {
      for (const int status : endpoint.statuses) {
        Object(absl::StrCat(status), [&] {
          Text("description", Description(status));
          if (status == 200 && !endpoint.gives.empty()) {
            WriteContent(endpoint.gives, IsApi(endpoint));
          }
        });
      }
    });
  }

  static bool IsApi(const EndpointHelp& endpoint) {
    return absl::StartsWith(endpoint.path, "/api/");
  }

  void WriteForm(const std::vector<ParameterHelp>& form) {
    Object("content", [&] {
      Object("application/x-www-form-urlencoded", [&] {
        Object("schema", [&] {
          Text("type", "object");
          Object("properties", [&] {
            for (const ParameterHelp& parameter : form) {
              Object(parameter.name, [&] {
                Text("type", "string");
                Text("description", parameter.summary);
              });
            }
          });
          std::vector<std::string> required;
          for (const ParameterHelp& parameter : form) {
            if (parameter.required) required.push_back(parameter.name);
          }
          Array("required", required, [&](const std::string& name) { json_.Text(name); });
        });
      });
    });
  }

  void WriteContent(absl::string_view message, bool also_protobuf) {
    const bool list = absl::ConsumeSuffix(&message, "[]");
    const Descriptor* type =
        DescriptorPool::generated_pool()->FindMessageTypeByName(std::string(message));
    if (type == nullptr) return;
    Object("content", [&] {
      Object("application/json", [&] {
        Object("schema", [&] {
          if (!list) return WriteReference(type);
          Text("type", "array");
          Object("items", [&] { WriteReference(type); });
        });
      });
      if (also_protobuf) {
        Object("application/x-protobuf", [&] {
          Object("schema", [&] {
            Text("type", "string");
            Text("format", "binary");
          });
        });
      }
    });
  }

  // -- Messages --

  void WriteReference(const Descriptor* type) {
    if (wanted_.insert(type->full_name()).second) pending_.push_back(type);
    Text("$ref", absl::StrCat("#/components/schemas/", type->full_name()));
  }

  // Those that are referred to, and those that they refer to.
  void WriteSchemas() {
    while (!pending_.empty()) {
      const Descriptor* type = pending_.back();
      pending_.pop_back();
      Object(type->full_name(), [&] {
        Text("type", "object");
        Object("properties", [&] {
          for (int i = 0; i < type->field_count(); ++i) {
            Object(type->field(i)->name(), [&] { WriteField(*type->field(i)); });
          }
        });
      });
    }
  }

  void WriteField(const FieldDescriptor& field) {
    if (field.is_map()) {
      Text("type", "object");
      Object("additionalProperties", [&] { WriteValue(*field.message_type()->map_value()); });
    } else if (field.is_repeated()) {
      Text("type", "array");
      Object("items", [&] { WriteValue(field); });
    } else {
      WriteValue(field);
    }
  }

  void WriteValue(const FieldDescriptor& field) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return WriteReference(field.message_type());
      case FieldDescriptor::CPPTYPE_ENUM:
        Text("type", "string");
        return WriteNames(*field.enum_type());
      case FieldDescriptor::CPPTYPE_BOOL:
        return Text("type", "boolean");
      case FieldDescriptor::CPPTYPE_STRING:
        Text("type", "string");
        if (field.type() == FieldDescriptor::TYPE_BYTES) Text("format", "byte");
        return;
      case FieldDescriptor::CPPTYPE_FLOAT:
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return Text("type", "number");
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_UINT32:
        Text("type", "integer");
        return Text("format", "int32");
      case FieldDescriptor::CPPTYPE_INT64:
      case FieldDescriptor::CPPTYPE_UINT64:
        Text("type", "integer");
        return Text("format", "int64");
    }
  }

  void WriteNames(const EnumDescriptor& type) {
    json_.Name("enum");
    json_.StartArray();
    for (int i = 0; i < type.value_count(); ++i) json_.Text(type.value(i)->name());
    json_.EndArray();
  }

  const std::vector<EndpointHelp>& endpoints_;
  std::string text_;
  JsonOutput output_{&text_};
  JsonWriter json_{&output_};
  std::set<std::string> wanted_;
  std::vector<const Descriptor*> pending_;
};

}  // namespace

std::string OpenApiDocument(absl::string_view title, const std::vector<EndpointHelp>& endpoints) {
  return Document(endpoints).Write(title);
}

}  // namespace mesos::http
