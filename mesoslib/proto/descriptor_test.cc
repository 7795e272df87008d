// The compiled v1 messages against the tables of facts about Apache Mesos's: every name, number,
// type, default and mark is there, and nothing else.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/allocator/allocator.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/maintenance/maintenance.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/v1/quota/quota.pb.h"
#include "mesos/v1/resource_provider/resource_provider.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

// One fact a line; the columns are those of the tables.
using Facts = std::set<std::string>;

std::string Line(const std::vector<std::string>& columns) { return absl::StrJoin(columns, "\t"); }

std::vector<const FileDescriptor*> Files() {
  return {v1::FrameworkInfo::descriptor()->file(),
          v1::agent::Call::descriptor()->file(),
          v1::allocator::InverseOfferStatus::descriptor()->file(),
          v1::executor::Call::descriptor()->file(),
          v1::maintenance::Window::descriptor()->file(),
          v1::master::Call::descriptor()->file(),
          v1::quota::QuotaInfo::descriptor()->file(),
          v1::resource_provider::Call::descriptor()->file(),
          v1::scheduler::Call::descriptor()->file()};
}

void ForEachMessage(const Descriptor* message, const std::function<void(const Descriptor*)>& call) {
  call(message);
  for (int i = 0; i < message->nested_type_count(); ++i) {
    ForEachMessage(message->nested_type(i), call);
  }
}

void ForEachMessage(const std::function<void(const Descriptor*)>& call) {
  for (const FileDescriptor* file : Files()) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      ForEachMessage(file->message_type(i), call);
    }
  }
}

std::string TypeName(const FieldDescriptor* field) {
  if (field->message_type() != nullptr) return field->message_type()->full_name();
  if (field->enum_type() != nullptr) return field->enum_type()->full_name();
  return field->type_name();
}

Facts CompiledFields() {
  Facts facts;
  ForEachMessage([&](const Descriptor* message) {
    const std::string& file = message->file()->name();
    if (message->field_count() == 0)
      facts.insert(Line({file, message->full_name(), "(none)", "", "", ""}));
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor* field = message->field(i);
      facts.insert(Line({file, message->full_name(), field->name(), absl::StrCat(field->number()),
                         field->is_repeated() ? "repeated" : "singular", TypeName(field)}));
    }
  });
  return facts;
}

void AddEnum(const EnumDescriptor* type, Facts* facts) {
  for (int i = 0; i < type->value_count(); ++i) {
    facts->insert(Line({type->file()->name(), type->full_name(), type->value(i)->name(),
                        absl::StrCat(type->value(i)->number())}));
  }
}

Facts CompiledEnums() {
  Facts facts;
  for (const FileDescriptor* file : Files()) {
    for (int i = 0; i < file->enum_type_count(); ++i) AddEnum(file->enum_type(i), &facts);
  }
  ForEachMessage([&](const Descriptor* message) {
    for (int i = 0; i < message->enum_type_count(); ++i) AddEnum(message->enum_type(i), &facts);
  });
  return facts;
}

std::string DefaultValue(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return field->default_value_bool() ? "true" : "false";
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrCat(field->default_value_double());
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(field->default_value_int32());
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(field->default_value_int64());
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(field->default_value_uint32());
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(field->default_value_uint64());
    case FieldDescriptor::CPPTYPE_ENUM:
      return field->default_value_enum()->name();
    case FieldDescriptor::CPPTYPE_STRING:
      return field->default_value_string();
    default:
      return "no default of this type is expected";
  }
}

Facts CompiledMarks() {
  Facts facts;
  ForEachMessage([&](const Descriptor* message) {
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor* field = message->field(i);
      auto add = [&](const std::string& property, const std::string& value) {
        facts.insert(
            Line({message->file()->name(), message->full_name(), field->name(), property, value}));
      };
      if (field->has_default_value()) add("default", DefaultValue(field));
      if (field->options().deprecated()) add("deprecated", "true");
      if (field->real_containing_oneof() != nullptr) {
        add("oneof", field->real_containing_oneof()->name());
      }
    }
  });
  return facts;
}

// The lines of a table, without its heading. Here a field may always be missing, so "required" and
// "optional" are both "singular".
Facts Table(const std::string& name) {
  std::ifstream file(absl::StrCat("mesoslib/proto/testdata/", name));
  EXPECT_TRUE(file.good()) << name;
  Facts facts;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::vector<std::string> columns = absl::StrSplit(line, '\t');
    if (columns.size() == 6 && (columns[4] == "required" || columns[4] == "optional")) {
      columns[4] = "singular";
    }
    facts.insert(Line(columns));
  }
  return facts;
}

std::string Difference(const Facts& a, const Facts& b) {
  std::vector<std::string> lines;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(lines));
  return absl::StrJoin(lines, "\n");
}

void ExpectSame(const Facts& compiled, const Facts& table, size_t at_least) {
  EXPECT_EQ(Difference(table, compiled), "") << "these are Mesos's, and not compiled";
  EXPECT_EQ(Difference(compiled, table), "") << "these are compiled, and not Mesos's";
  EXPECT_GE(table.size(), at_least) << "the table is cut short";
}

TEST(DescriptorTest, TheMessagesHaveMesosFields) {
  ExpectSame(CompiledFields(), Table("v1-proto-facts.tsv"), 1200);
}

TEST(DescriptorTest, TheEnumsHaveMesosValues) {
  ExpectSame(CompiledEnums(), Table("v1-enums.tsv"), 440);
}

TEST(DescriptorTest, DefaultsOneofsAndDeprecationsAreMesos) {
  ExpectSame(CompiledMarks(), Table("v1-proto-extra.tsv"), 55);
}

TEST(DescriptorTest, NoFieldIsRequired) {
  ForEachMessage([](const Descriptor* message) {
    for (int i = 0; i < message->field_count(); ++i) {
      EXPECT_FALSE(message->field(i)->is_required()) << message->field(i)->full_name();
    }
  });
}

TEST(DescriptorTest, ADifferenceIsFound) {
  Facts facts = CompiledFields();
  Facts changed = facts;
  changed.erase(changed.begin());
  EXPECT_EQ(Difference(facts, changed), *facts.begin());
  EXPECT_EQ(Difference(changed, facts), "");
}

}  // namespace
}  // namespace mesos
