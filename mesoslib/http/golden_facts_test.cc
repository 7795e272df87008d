// The golden messages against the facts of Mesos's v1 API, as tables that know nothing of our
// messages: each member has the name of a field, as it is declared; its value is written as the
// field's type is in Mesos's dialect; and of a kind's own message everything is there.
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace mesos::http {
namespace {

using Json = nlohmann::json;

struct Field {
  std::string label;
  std::string type;
};

using Table = std::vector<std::vector<std::string>>;

// The lines below the heading.
Table ReadTable(const std::string& name) {
  std::ifstream file("mesoslib/proto/testdata/" + name);
  EXPECT_TRUE(file.is_open()) << name;
  Table table;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) table.push_back(absl::StrSplit(line, '\t'));
  return table;
}

class GoldenFactsTest : public testing::Test {
 protected:
  GoldenFactsTest() {
    for (const auto& row : ReadTable("v1-proto-facts.tsv")) {
      messages_[row[1]][row[2]] = {row[4], row[5]};
    }
    for (const auto& row : ReadTable("v1-enums.tsv")) enums_[row[1]].insert(row[2]);
  }

  void CheckMessage(const Json& json, const std::string& type, const std::string& path) {
    ASSERT_TRUE(json.is_object()) << path;
    for (const auto& [name, value] : json.items()) {
      const std::string at = absl::StrCat(path, ".", name);
      const auto& fields = messages_[type];
      const auto field = fields.find(name);
      ASSERT_TRUE(field != fields.end()) << at << " is no field of " << type;
      CheckField(value, field->second, at);
    }
  }

  void CheckField(const Json& value, const Field& field, const std::string& path) {
    if (absl::EndsWith(field.type, "Entry")) return CheckMap(value, field.type, path);
    if (field.label != "repeated") return CheckValue(value, field.type, path);
    ASSERT_TRUE(value.is_array() && !value.empty()) << path << ": empty lists are left out";
    for (const Json& element : value) CheckValue(element, field.type, path + "[]");
  }

  void CheckMap(const Json& value, const std::string& type, const std::string& path) {
    ASSERT_TRUE(value.is_object()) << path;
    ASSERT_TRUE(messages_.contains(type)) << type;
    for (const auto& [key, element] : value.items()) {
      CheckValue(Json(key), messages_[type]["key"].type, path + "{}");
      CheckValue(element, messages_[type]["value"].type, absl::StrCat(path, "[", key, "]"));
    }
  }

  void CheckValue(const Json& value, const std::string& type, const std::string& path) {
    ++values_;
    if (type == "string") {
      EXPECT_TRUE(value.is_string()) << path;
    } else if (type == "bytes") {
      std::string bytes;
      EXPECT_TRUE(value.is_string() && absl::Base64Unescape(value.get<std::string>(), &bytes) &&
                  absl::Base64Escape(bytes) == value.get<std::string>())
          << path << " is " << value << "; expected base64, padded";
    } else if (type == "bool") {
      EXPECT_TRUE(value.is_boolean()) << path;
    } else if (type == "double" || type == "float") {
      // Written with a fraction or an exponent; three of them have no number.
      const std::set<std::string> kWords = {"NaN", "Infinity", "-Infinity"};
      EXPECT_TRUE(value.is_number_float() ||
                  (value.is_string() && kWords.contains(value.get<std::string>())))
          << path << " is " << value;
    } else if (absl::StartsWith(type, "uint")) {
      EXPECT_TRUE(value.is_number_unsigned()) << path << " is " << value << ", of " << type;
    } else if (absl::StartsWith(type, "int")) {
      EXPECT_TRUE(value.is_number_integer()) << path << " is " << value << ", of " << type;
    } else if (enums_.contains(type)) {
      EXPECT_TRUE(value.is_string() && enums_[type].contains(value.get<std::string>()))
          << path << " is " << value << ", which no " << type << " is";
    } else if (type == "google.protobuf.Duration") {
      EXPECT_TRUE(value.is_object() && value.contains("seconds") && value.contains("nanos"))
          << path;
    } else {
      ASSERT_TRUE(messages_.contains(type)) << path << " is of the type " << type;
      CheckMessage(value, type, path);
    }
  }

  // A file's messages are of `type`, whose kinds are those of `type`.Type.
  void CheckFile(const std::string& file, const std::string& type) {
    std::ifstream lines(absl::StrCat("mesoslib/http/testdata/golden/", file, ".jsonl"));
    std::set<std::string> kinds = enums_.at(type + ".Type");
    kinds.erase("UNKNOWN");
    std::string line;
    while (std::getline(lines, line)) {
      for (const char c : line) ASSERT_TRUE(absl::ascii_isprint(c) || c == '\x7f') << file;
      const Json json = Json::parse(line);
      const std::string kind = json.at("type");
      EXPECT_EQ(kinds.erase(kind), 1u) << file << " has a kind " << kind;
      const std::string path = absl::StrCat(file, " ", kind);
      CheckMessage(json, type, path);
      // The kind's own message is there, and no other's.
      for (const auto& [name, field] : messages_[type]) {
        const std::string owner = absl::AsciiStrToUpper(name);
        if (!enums_[type + ".Type"].contains(owner)) continue;
        EXPECT_EQ(json.contains(name), owner == kind) << path << "." << name;
        if (owner == kind && messages_.contains(field.type))
          CheckWhole(json[name], field.type, path);
      }
    }
    EXPECT_TRUE(kinds.empty()) << file << " lacks " << *kinds.begin();
  }

  void CheckWhole(const Json& json, const std::string& type, const std::string& path) {
    for (const auto& [name, field] : messages_[type]) {
      EXPECT_TRUE(json.contains(name)) << path << " lacks " << name;
    }
  }

  std::map<std::string, std::map<std::string, Field>> messages_;
  std::map<std::string, std::set<std::string>> enums_;
  size_t values_ = 0;
};

TEST_F(GoldenFactsTest, EveryMemberIsAFieldOfMesosAndIsWrittenAsItsTypeIs) {
  CheckFile("scheduler_call", "mesos.v1.scheduler.Call");
  CheckFile("scheduler_event", "mesos.v1.scheduler.Event");
  CheckFile("executor_call", "mesos.v1.executor.Call");
  CheckFile("executor_event", "mesos.v1.executor.Event");
  CheckFile("master_call", "mesos.v1.master.Call");
  CheckFile("master_response", "mesos.v1.master.Response");
  CheckFile("master_event", "mesos.v1.master.Event");
  CheckFile("agent_call", "mesos.v1.agent.Call");
  CheckFile("agent_response", "mesos.v1.agent.Response");
  CheckFile("agent_process_io", "mesos.v1.agent.ProcessIO");
  EXPECT_GT(values_, 5000u) << "the files have hardly anything in them";
}

}  // namespace
}  // namespace mesos::http
