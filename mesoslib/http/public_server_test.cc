// What is served where: each route has its help, and OpenAPI says all of it.
#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "mesos/http.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/agent/agent_fixture.h"
#include "mesoslib/http/raw_client.h"
#include "mesoslib/master/master_fixture.h"
#include "nlohmann/json.hpp"

namespace mesos {
namespace {

using google::protobuf::Descriptor;
using http::RawClient;
using http::RawResponse;
using nlohmann::json;
using ::testing::HasSubstr;

RawResponse Get(int port, const std::string& path, const std::string& more = "") {
  RawClient client(port);
  client.Send(absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: x\r\n", more, "\r\n"));
  return client.ReadResponse().value_or(RawResponse());
}

std::set<std::string> Paths(const json& help) {
  std::set<std::string> paths;
  for (const json& endpoint : help["processes"][0]["endpoints"]) paths.insert(endpoint["name"]);
  return paths;
}

// Each endpoint that the program lists says what it is for, and OpenAPI has it with its method, its
// parameters and what it may be answered.
void ExpectHelpIsWhole(int port) {
  const json help = json::parse(Get(port, "/help?format=json").body);
  const json api = json::parse(Get(port, "/openapi.json").body);
  EXPECT_EQ(api["openapi"], "3.0.3");
  std::map<std::string, std::set<std::string>> methods;
  for (const auto& [path, operations] : api["paths"].items()) {
    for (const auto& [method, operation] : operations.items()) {
      methods[path.substr(0, path.find("/{"))].insert(absl::AsciiStrToUpper(method));
      EXPECT_NE(operation["summary"], "") << "endpoint_help.cc says nothing of " << path;
      EXPECT_FALSE(operation["responses"].empty()) << path;
      EXPECT_TRUE(operation["parameters"].is_array()) << path;
      for (const auto& [status, response] : operation["responses"].items()) {
        EXPECT_NE(response["description"], "") << path << " " << status;
      }
    }
  }
  for (const json& endpoint : help["processes"][0]["endpoints"]) {
    EXPECT_TRUE(methods[endpoint["name"]].contains(endpoint["method"])) << endpoint;
  }
  for (const char* path : {"/api/v1", "/flags", "/files/read", "/help", "/openapi.json"}) {
    EXPECT_TRUE(Paths(help).contains(path)) << path;
  }
  // Every reference leads somewhere.
  const std::string text = api.dump();
  const std::string reference = R"("$ref":"#/components/schemas/)";
  for (size_t at = text.find(reference); at != text.npos; at = text.find(reference, at + 1)) {
    const size_t name = at + reference.size();
    EXPECT_TRUE(
        api["components"]["schemas"].contains(text.substr(name, text.find('"', name) - name)));
  }
}

void ExpectEveryField(const json& schemas, const Descriptor* type, std::set<std::string>* seen) {
  if (!seen->insert(type->full_name()).second) return;
  ASSERT_TRUE(schemas.contains(type->full_name())) << type->full_name();
  const json& properties = schemas[type->full_name()]["properties"];
  EXPECT_EQ(properties.size(), static_cast<size_t>(type->field_count())) << type->full_name();
  for (int i = 0; i < type->field_count(); ++i) {
    const auto* field = type->field(i);
    EXPECT_TRUE(properties.contains(field->name())) << field->full_name();
    if (field->message_type() == nullptr) continue;
    const Descriptor* inner = field->is_map() ? field->message_type()->map_value()->message_type()
                                              : field->message_type();
    if (inner != nullptr) ExpectEveryField(schemas, inner, seen);
  }
}

void ExpectSchemas(int port, std::initializer_list<const Descriptor*> types) {
  const json api = json::parse(Get(port, "/openapi.json").body);
  std::set<std::string> seen;
  for (const Descriptor* type : types) {
    ExpectEveryField(api["components"]["schemas"], type, &seen);
  }
  EXPECT_GT(seen.size(), 50u);
}

class MasterServerTest : public MasterTest {
 protected:
  MasterServerTest() {
    server_ = CreateHttpServer({.address = "127.0.0.1:0", .master = master_.get()}).value();
  }
  std::unique_ptr<HttpServer> server_;
};

class AgentServerTest : public agent::AgentTest {
 protected:
  void SetUp() override {
    agent_ = Create().value();
    server_ = CreateHttpServer({.address = "127.0.0.1:0", .agent = agent_.get()}).value();
  }
  std::unique_ptr<HttpServer> server_;
};

TEST_F(MasterServerTest, EveryRouteOfAMasterIsInHelpAndInOpenApi) {
  ExpectHelpIsWhole(server_->port());
  ExpectSchemas(server_->port(),
                {v1::master::Call::descriptor(), v1::master::Response::descriptor(),
                 v1::scheduler::Call::descriptor(), v1::scheduler::Event::descriptor()});
  const json api = json::parse(Get(server_->port(), "/openapi.json").body);
  const json form = api["paths"]["/reserve"]["post"]["requestBody"]["content"]
                       ["application/x-www-form-urlencoded"]["schema"];
  EXPECT_EQ(form["required"], (json{"slaveId", "resources"}));
  EXPECT_EQ(api["paths"]["/quota/{role}"]["delete"]["parameters"][0]["in"], "path");
  EXPECT_EQ(
      api["components"]["schemas"]["mesos.v1.quota.QuotaConfig"]["properties"]["limits"]["type"],
      "object");
}

TEST_F(AgentServerTest, EveryRouteOfAnAgentIsInHelpAndInOpenApi) {
  ExpectHelpIsWhole(server_->port());
  ExpectSchemas(server_->port(),
                {v1::agent::Call::descriptor(), v1::agent::Response::descriptor(),
                 v1::executor::Call::descriptor(), v1::executor::Event::descriptor()});
}

TEST_F(MasterServerTest, HelpIsAPageOrJsonAndTellsOfOneEndpoint) {
  const int port = server_->port();
  const RawResponse page = Get(port, "/help");
  EXPECT_EQ(page.Header("Content-Type"), "text/html; charset=utf-8");
  EXPECT_THAT(page.body, HasSubstr("<h2><a href=\"/help/files/read\">/files/read</a></h2>"));
  EXPECT_EQ(Get(port, "/help", "Accept: application/json\r\n").Header("Content-Type"),
            "application/json");
  for (const char* path : {"/help/weights", "/help/master/weights", "/master/help/weights/"}) {
    const json one = json::parse(Get(port, absl::StrCat(path, "?format=json")).body);
    EXPECT_EQ(Paths(one), (std::set<std::string>{"/weights"})) << path;
    EXPECT_EQ(one["processes"][0]["endpoints"].size(), 2u);
  }
  const RawResponse none = Get(port, "/help/%3Cscript%3E");
  EXPECT_EQ(none.status, 404);
  EXPECT_EQ(none.Header("Content-Type"), "text/plain; charset=utf-8");
}

TEST_F(MasterServerTest, WhatIsToBeShownMakesSense) {
  const auto error = [this](HttpServerOptions options) {
    options.address = "127.0.0.1:0";
    options.master = master_.get();
    return std::string(CreateHttpServer(std::move(options)).status().message());
  };
  EXPECT_THAT(error({.files = {{"log", "/x"}}}), HasSubstr("files['log'] is '/x', expected"));
  EXPECT_THAT(error({.files = {{"/log/", "/x"}}}), HasSubstr("files['/log/']"));
  EXPECT_THAT(error({.files = {{"/log", "x"}}}), HasSubstr("files['/log'] is 'x'"));
  EXPECT_THAT(error({.work_dir = "work"}), HasSubstr("work_dir is 'work', expected an absolute"));
}

TEST_F(MasterServerTest, TheMachineIsTold) {
  const json stats = json::parse(Get(server_->port(), "/system/stats.json").body);
  for (const char* name : {"avg_load_1min", "avg_load_5min", "avg_load_15min", "cpus_total",
                           "mem_free_bytes", "mem_total_bytes"}) {
    EXPECT_TRUE(stats.contains(name)) << name;
  }
  EXPECT_GE(stats["cpus_total"], 1.0);
  EXPECT_GT(stats["mem_total_bytes"], stats["mem_free_bytes"]);
}

}  // namespace
}  // namespace mesos
