#include "mesoslib/containerizer/container_config.h"

#include <sys/resource.h>

#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

ContainerConfig Plain() {
  ContainerConfig config;
  config.command.set_value("true");
  config.directory = "/sandbox";
  config.container.emplace();
  config.container->set_type(v1::ContainerInfo::MESOS);
  return config;
}

TEST(ContainerConfigTest, AShellCommandBecomesThreeArguments) {
  absl::StatusOr<LaunchPlan> plan = MakeLaunchPlan(Plain());
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->executable, "/bin/sh");
  EXPECT_THAT(plan->arguments, ElementsAre("sh", "-c", "true"));
  EXPECT_EQ(plan->sandbox, "/sandbox");
}

TEST(ContainerConfigTest, AProgramWithoutArgumentsGetsItsName) {
  ContainerConfig config = Plain();
  config.command.set_shell(false);
  EXPECT_THAT(MakeLaunchPlan(config)->arguments, ElementsAre("true"));
}

TEST(ContainerConfigTest, AnRlimitWithoutValuesIsUnlimited) {
  ContainerConfig config = Plain();
  config.container->mutable_rlimit_info()->add_rlimits()->set_type(
      v1::RLimitInfo::RLimit::RLMT_STACK);
  absl::StatusOr<LaunchPlan> plan = MakeLaunchPlan(config);
  ASSERT_EQ(plan->rlimits.size(), 1u);
  EXPECT_EQ(plan->rlimits[0].resource, RLIMIT_STACK);
  EXPECT_EQ(plan->rlimits[0].soft, RLIM_INFINITY);
  EXPECT_EQ(plan->rlimits[0].hard, RLIM_INFINITY);
}

struct BadConfig {
  const char* field;
  std::function<void(ContainerConfig*)> spoil;
};

TEST(ContainerConfigTest, WhatIsNotOfferedIsRefusedByField) {
  using Variable = v1::Environment::Variable;
  using RLimit = v1::RLimitInfo::RLimit;
  auto variable = [](ContainerConfig* c) {
    return c->command.mutable_environment()->add_variables();
  };
  auto rlimit = [](ContainerConfig* c) {
    return c->container->mutable_rlimit_info()->add_rlimits();
  };
  const std::vector<BadConfig> bad = {
      {"command.value", [](auto* c) { c->command.clear_value(); }},
      {"command.value", [](auto* c) { c->command.set_value(std::string("a\0b", 3)); }},
      {"command.arguments[0]",
       [](auto* c) {
         c->command.set_shell(false);
         c->command.add_arguments(std::string("\0", 1));
       }},
      {"command.uris", [](auto* c) { c->command.add_uris()->set_value("http://x/y"); }},
      {"command.environment.variables[0].type",
       [&](auto* c) {
         Variable* v = variable(c);
         v->set_name("PASSWORD");
         v->set_type(Variable::SECRET);
       }},
      {"command.environment.variables[0].type",
       [&](auto* c) { variable(c)->set_type(Variable::UNKNOWN); }},
      {"command.environment.variables[0]", [&](auto* c) { variable(c)->set_value("x"); }},
      {"command.environment.variables[0]", [&](auto* c) { variable(c)->set_name("A=B"); }},
      {"environment", [](auto* c) { c->environment["A=B"] = "C"; }},
      {"environment", [](auto* c) { c->environment["A"] = std::string("\0", 1); }},
      {"directory", [](auto* c) { c->directory = "relative"; }},
      {"directory", [](auto* c) { c->directory = ""; }},
      {"container.type", [](auto* c) { c->container->set_type(v1::ContainerInfo::DOCKER); }},
      {"container.docker", [](auto* c) { c->container->mutable_docker()->set_image("debian"); }},
      {"container.mesos.image", [](auto* c) { c->container->mutable_mesos()->mutable_image(); }},
      {"container.volumes", [](auto* c) { c->container->add_volumes(); }},
      {"container.hostname", [](auto* c) { c->container->set_hostname("h"); }},
      {"container.tty_info", [](auto* c) { c->container->mutable_tty_info(); }},
      {"container.network_infos[0].name",
       [](auto* c) { c->container->add_network_infos()->set_name("cni"); }},
      {"container.network_infos[0].ip_addresses",
       [](auto* c) { c->container->add_network_infos()->add_ip_addresses(); }},
      {"container.network_infos[0].port_mappings",
       [](auto* c) { c->container->add_network_infos()->add_port_mappings(); }},
      {"container.linux_info",
       [](auto* c) { c->container->mutable_linux_info()->mutable_effective_capabilities(); }},
      {"container.linux_info.share_pid_namespace",
       [](auto* c) { c->container->mutable_linux_info()->set_share_pid_namespace(false); }},
      {"container.linux_info.seccomp",
       [](auto* c) { c->container->mutable_linux_info()->mutable_seccomp(); }},
      {"container.linux_info.ipc_mode",
       [](auto* c) { c->container->mutable_linux_info()->set_ipc_mode(v1::LinuxInfo::PRIVATE); }},
      {"container.linux_info.shm_size",
       [](auto* c) { c->container->mutable_linux_info()->set_shm_size(1); }},
      {"container.rlimit_info.rlimits[0].type", [&](auto* c) { rlimit(c)->set_soft(1); }},
      {"container.rlimit_info.rlimits[0] has only one",
       [&](auto* c) {
         RLimit* r = rlimit(c);
         r->set_type(RLimit::RLMT_CPU);
         r->set_soft(1);
       }},
      {"container.rlimit_info.rlimits[0].soft",
       [&](auto* c) {
         RLimit* r = rlimit(c);
         r->set_type(RLimit::RLMT_CPU);
         r->set_soft(2);
         r->set_hard(1);
       }},
  };
  for (const BadConfig& entry : bad) {
    ContainerConfig config = Plain();
    entry.spoil(&config);
    const absl::Status status = MakeLaunchPlan(config).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << entry.field;
    EXPECT_THAT(std::string(status.message()), StartsWith(entry.field));
  }
}

TEST(ContainerConfigTest, TheHostsNetworkAndNamespacesAreOnOffer) {
  ContainerConfig config = Plain();
  config.container->add_network_infos();
  config.container->mutable_linux_info()->set_share_pid_namespace(true);
  config.container->mutable_linux_info()->set_ipc_mode(v1::LinuxInfo::SHARE_PARENT);
  EXPECT_TRUE(MakeLaunchPlan(config).ok());
}

TEST(ContainerConfigTest, ContainerIdsAreNamesOfOneFile) {
  EXPECT_TRUE(ValidateContainerId("0d2a9f2e-8e0c-4b37-9d6a-2d2a5d2f9d11").ok());
  EXPECT_TRUE(ValidateContainerId(std::string(242, 'a')).ok());
  for (const std::string& id :
       {std::string(), std::string(243, 'a'), std::string("a.b"), std::string(".."),
        std::string("a/b"), std::string("a b"), std::string("a\nb"), std::string("a\0b", 3)}) {
    const absl::Status status = ValidateContainerId(id);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << id;
    EXPECT_THAT(std::string(status.message()), StartsWith("container_id"));
  }
}

}  // namespace
}  // namespace mesos
