#include "daemons/agent_modules.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kEstimator[] = "org_apache_mesos_FixedResourceEstimator";
constexpr char kController[] = "org_apache_mesos_LoadQoSController";

std::string Module(const std::string& name, const std::string& parameters) {
  return absl::StrCat(R"({"name": ")", name, R"(", "parameters": [)", parameters, "]}");
}

std::string Parameter(const std::string& key, const std::string& value) {
  return absl::StrCat(R"({"key": ")", key, R"(", "value": ")", value, R"("})");
}

std::string Manifest(const std::string& modules) {
  return absl::StrCat(R"({"libraries": [{"file": "/usr/lib/libx.so", "modules": [)", modules,
                      "]}]}");
}

std::string Error(AgentModuleFlags flags) {
  return std::string(CreateAgentModules(flags).status().message());
}

std::string ManifestError(std::string manifest) { return Error({.modules = std::move(manifest)}); }

TEST(AgentModulesTest, NoneIsTheDefault) {
  const AgentModules modules = CreateAgentModules({}).value();
  EXPECT_EQ(modules.resource_estimator, nullptr);
  EXPECT_EQ(modules.qos_controller, nullptr);
}

TEST(AgentModulesTest, TheFlagsChooseAmongWhatTheManifestNames) {
  AgentModuleFlags flags;
  flags.modules =
      Manifest(absl::StrCat(Module(kEstimator, Parameter("resources", "cpus:2;mem:64")), ", ",
                            Module(kController, Parameter("load_threshold_5min", "4.5"))));
  AgentModules modules = CreateAgentModules(flags).value();
  EXPECT_EQ(modules.resource_estimator, nullptr);
  EXPECT_EQ(modules.qos_controller, nullptr);
  flags.resource_estimator = kEstimator;
  flags.qos_controller = kController;
  modules = CreateAgentModules(flags).value();
  ASSERT_NE(modules.resource_estimator, nullptr);
  ASSERT_NE(modules.qos_controller, nullptr);
  std::optional<Resources> estimate;
  modules.resource_estimator->Estimate(nullptr, [&](auto answer) { estimate = answer.value(); });
  ASSERT_TRUE(estimate.has_value());
  EXPECT_EQ(estimate->cpus(), 2);
  EXPECT_EQ(estimate->mem(), 64);
  EXPECT_TRUE(estimate->NonRevocable().empty());
}

TEST(AgentModulesTest, TheControllerLooksAtThisMachine) {
  AgentModuleFlags flags;
  flags.qos_controller = kController;
  flags.modules = Manifest(Module(kController, Parameter("load_threshold_15min", "1e9")));
  const AgentModules modules = CreateAgentModules(flags).value();
  std::optional<size_t> corrections;
  modules.qos_controller->Correct([](UsageDetail, auto) { FAIL() << "there is no such load"; },
                                  [&](auto answer) { corrections = answer.value().size(); });
  EXPECT_EQ(corrections, 0u);
}

TEST(AgentModulesTest, AChoiceThatIsNotThereIsNamed) {
  EXPECT_THAT(Error({.resource_estimator = "mine"}),
              AllOf(HasSubstr("--resource_estimator is 'mine'"), HasSubstr(kEstimator)));
  EXPECT_THAT(Error({.qos_controller = ""}), HasSubstr("--qos_controller is ''"));
  EXPECT_THAT(Error({.qos_controller = kController}),
              AllOf(HasSubstr("--qos_controller"), HasSubstr("--modules")));
  EXPECT_THAT(Error({.modules = R"({"libraries": []})", .resource_estimator = kEstimator}),
              HasSubstr("a module that --modules names"));
  EXPECT_THAT(
      Error({.modules = Manifest(Module(kController, Parameter("load_threshold_5min", "1"))),
             .resource_estimator = kController}),
      HasSubstr("--resource_estimator is 'org_apache_mesos_LoadQoSController'"));
}

TEST(AgentModulesTest, WhatIsWrongInAManifestIsNamed) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"", "it is ''"},
      {"{", "it is '{'"},
      {"[]", "it is '[]', expected an object of libraries"},
      {"/etc/modules.json", "expected JSON"},
      {R"({"library": []})", "one with 'library'"},
      {R"({"libraries": {}})", "libraries is '{}', expected a list"},
      {R"({"libraries": [7]})", "libraries[0] is '7'"},
      {R"({"libraries": [{"modules": 7}]})", "libraries[0].modules is '7', expected a list"},
      {R"({"libraries": [{}, {"modules": [7]}]})", "libraries[1].modules[0] is '7'"},
      {R"({"libraries": [{"path": "x"}]})", "one with 'path'"},
      {Manifest("{}"), "libraries[0].modules[0].name is missing"},
      {Manifest(R"({"name": 7})"), "modules[0].name is '7', expected text"},
      {Manifest(R"({"name": "x", "parameters": {}})"), "parameters is '{}', expected a list"},
      {Manifest(Module("x", "7")), "modules[0].parameters[0] is '7'"},
      {Manifest(Module("x", R"({"key": "a"})")), "parameters[0].value is missing"},
      {Manifest(Module("x", R"({"value": "a"})")), "parameters[0].key is missing"},
      {Manifest(Module("x", R"({"key": "a", "value": 7})")), "value is '7', expected text"},
      {Manifest(Module("x", R"({"key": "a", "value": "b", "\u0000": 1})")), "one with"},
      {Manifest(Module("x", Parameter("a", "1") + "," + Parameter("a", "2"))),
       "parameters[1].key is 'a', expected each parameter once"},
      {Manifest(Module("x", "") + "," + Module("x", "")),
       "modules[1].name is 'x', expected each module once"},
      {Manifest(Module("org_apache_mesos_Other", "")),
       "modules[0].name is 'org_apache_mesos_Other', expected org_apache_mesos_Fixed"},
  };
  for (const auto& [manifest, why] : wrong) {
    EXPECT_THAT(ManifestError(manifest), AllOf(HasSubstr("--modules: "), HasSubstr(why)))
        << manifest;
  }
}

TEST(AgentModulesTest, ParametersThatMakeNoSenseAreNamed) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {Module(kEstimator, ""), "modules[0].parameters has no resources"},
      {Module(kEstimator, Parameter("resource", "cpus:2")),
       "parameters[0].key is 'resource', expected resources"},
      {Module(kEstimator, Parameter("resources", "cpus")), "parameters[0].value is 'cpus'"},
      {Module(kEstimator, Parameter("resources", "cpus:-2")), "value is 'cpus:-2'"},
      {Module(kEstimator, Parameter("resources", "")), "value is '', resources: there are none"},
      {Module(kController, ""), "modules[0].parameters: load_threshold_5min: missing"},
      {Module(kController, Parameter("load_threshold_1min", "1")),
       "key is 'load_threshold_1min', expected load_threshold_5min or load_threshold_15min"},
      {Module(kController, Parameter("load_threshold_5min", "much")),
       "value is 'much', expected a number"},
      {Module(kController, Parameter("load_threshold_5min", "-1")), "load_threshold_5min: -1"},
      {Module(kController, Parameter("load_threshold_15min", "nan")), "load_threshold_15min: nan"},
  };
  for (const auto& [module, why] : wrong) {
    EXPECT_THAT(ManifestError(Manifest(module)), HasSubstr(why)) << module;
  }
}

}  // namespace
}  // namespace mesos
