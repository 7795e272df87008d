#include "daemons/agent_modules.h"

#include <stdlib.h>

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "daemons/module_manifest.h"
#include "mesos/resources.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

constexpr char kFixedEstimator[] = "org_apache_mesos_FixedResourceEstimator";
constexpr char kLoadController[] = "org_apache_mesos_LoadQoSController";
constexpr char kThreshold5[] = "load_threshold_5min";
constexpr char kThreshold15[] = "load_threshold_15min";

absl::Status Bad(const ModuleParameter& parameter, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("--modules: ", parameter.field, ".value is ",
                                                 Quoted(parameter.value), ", ", why));
}

absl::StatusOr<SystemLoad> LoadOfMachine() {
  double averages[3];
  if (getloadavg(averages, 3) != 3) return absl::UnavailableError("getloadavg(3) tells nothing");
  return SystemLoad{averages[0], averages[1], averages[2]};
}

absl::Status ReadFixedEstimator(const ModuleDescription& module, AgentModules* modules) {
  for (const auto& [key, parameter] : module.parameters) {
    if (key != "resources") {
      return absl::InvalidArgumentError(absl::StrCat("--modules: ", parameter.field, ".key is ",
                                                     Quoted(key), ", expected resources"));
    }
  }
  const auto given = module.parameters.find("resources");
  if (given == module.parameters.end()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--modules: ", module.field, ".parameters has no resources, expected some, as cpus:2"));
  }
  absl::StatusOr<Resources> resources = Resources::Parse(given->second.value);
  if (!resources.ok()) return Bad(given->second, resources.status().message());
  auto estimator = CreateFixedResourceEstimator(*std::move(resources));
  if (!estimator.ok()) return Bad(given->second, estimator.status().message());
  modules->resource_estimator = *std::move(estimator);
  return absl::OkStatus();
}

absl::Status ReadLoadController(const ModuleDescription& module, AgentModules* modules) {
  LoadQosControllerOptions options;
  for (const auto& [key, parameter] : module.parameters) {
    if (key != kThreshold5 && key != kThreshold15) {
      return absl::InvalidArgumentError(absl::StrCat("--modules: ", parameter.field, ".key is ",
                                                     Quoted(key), ", expected ", kThreshold5,
                                                     " or ", kThreshold15));
    }
    double threshold = 0;
    if (!absl::SimpleAtod(parameter.value, &threshold)) return Bad(parameter, "expected a number");
    (key == kThreshold5 ? options.load_threshold_5min : options.load_threshold_15min) = threshold;
  }
  auto controller = CreateLoadQosController(options, {LoadOfMachine});
  if (!controller.ok()) {
    return Annotate(controller.status(), absl::StrCat("--modules: ", module.field, ".parameters"));
  }
  modules->qos_controller = *std::move(controller);
  return absl::OkStatus();
}

// `chosen`: by the flag, of which only `available` makes sense, and only with the manifest.
absl::Status CheckChoice(absl::string_view flag, const std::optional<std::string>& chosen,
                         absl::string_view available, const ModuleManifest& manifest) {
  if (!chosen.has_value()) return absl::OkStatus();
  if (*chosen != available) {
    return absl::InvalidArgumentError(absl::StrCat("--", flag, " is ", Quoted(*chosen),
                                                   ", expected ", available,
                                                   ", the only one that is built in"));
  }
  if (manifest.count(*chosen) > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("--", flag, " is ", *chosen,
                                                 ", expected a module that --modules names, for "
                                                 "it takes parameters"));
}

}  // namespace

void AgentModuleFlags::AddTo(FlagSet* flags) {
  flags->Add(&modules, "modules",
             "Modules and their parameters, as JSON, {\"libraries\":[{\"modules\":[{\"name\":..., "
             "\"parameters\":[{\"key\":..., \"value\":...}]}]}]}, or file:// and the path of a "
             "file with that. Built in are org_apache_mesos_FixedResourceEstimator (resources) and "
             "org_apache_mesos_LoadQoSController (load_threshold_5min, load_threshold_15min).");
  flags->Add(&resource_estimator, "resource_estimator",
             "The module that says what is oversubscribed; by default nothing is.");
  flags->Add(&qos_controller, "qos_controller",
             "The module that says which executors on oversubscribed resources have to give way; "
             "by default none.");
}

absl::StatusOr<AgentModules> CreateAgentModules(const AgentModuleFlags& flags) {
  ModuleManifest manifest;
  if (flags.modules.has_value()) {
    ASSIGN_OR_RETURN(manifest, ParseModuleManifest(*flags.modules));
  }
  AgentModules modules;
  for (const auto& [name, module] : manifest) {
    if (name == kFixedEstimator) {
      RETURN_IF_ERROR(ReadFixedEstimator(module, &modules));
    } else if (name == kLoadController) {
      RETURN_IF_ERROR(ReadLoadController(module, &modules));
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("--modules: ", module.field, ".name is ", Quoted(name), ", expected ",
                       kFixedEstimator, " or ", kLoadController, ", the ones that are built in"));
    }
  }
  RETURN_IF_ERROR(
      CheckChoice("resource_estimator", flags.resource_estimator, kFixedEstimator, manifest));
  RETURN_IF_ERROR(CheckChoice("qos_controller", flags.qos_controller, kLoadController, manifest));
  if (!flags.resource_estimator.has_value()) modules.resource_estimator = nullptr;
  if (!flags.qos_controller.has_value()) modules.qos_controller = nullptr;
  return modules;
}

}  // namespace mesos
