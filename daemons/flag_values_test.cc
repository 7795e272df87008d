#include "daemons/flag_values.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos {
namespace {

using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr MachineCapacity kMachine = {
    .cpus = 8, .memory_bytes = int64_t{16} << 30, .disk_bytes = int64_t{100} << 30};

std::string Detect(const std::string& text, const MachineCapacity& machine = kMachine,
                   const std::string& role = "*") {
  absl::StatusOr<Resources> resources = AgentResources(text, role, machine);
  return resources.ok() ? resources->ToString() : std::string(resources.status().message());
}

TEST(FlagValuesTest, WhatIsNotNamedIsTakenFromTheMachine) {
  EXPECT_EQ(Detect(""), "cpus:8; disk:97280; mem:15360; ports:[31000-32000]");
  EXPECT_EQ(Detect("mem:64"), "cpus:8; disk:97280; mem:64; ports:[31000-32000]");
  EXPECT_EQ(Detect("cpus(eng):2;ports:[1-2]; mem : 5;disk:0"), "cpus(eng):2; mem:5; ports:[1-2]");
  EXPECT_EQ(Detect("gpus:1;disk:1;mem:1;cpus:1"),
            "cpus:1; disk:1; gpus:1; mem:1; ports:[31000-32000]");
}

TEST(FlagValuesTest, JsonNamesKindsToo) {
  const char* json = R"([{"name":"cpus","type":"SCALAR","scalar":{"value":2}},
                         {"name":"disk","type":"SCALAR","scalar":{"value":7}}])";
  EXPECT_EQ(Detect(json), "cpus:2; disk:7; mem:15360; ports:[31000-32000]");
}

TEST(FlagValuesTest, SmallMachinesKeepHalf) {
  const MachineCapacity small = {
      .cpus = 1, .memory_bytes = int64_t{1} << 30, .disk_bytes = int64_t{8} << 30};
  EXPECT_EQ(Detect("ports:[1-1]", small), "cpus:1; disk:4096; mem:512; ports:[1-1]");
}

TEST(FlagValuesTest, TheDefaultRoleGetsWhatNamesNone) {
  EXPECT_EQ(Detect("cpus(ops):1;mem:1;disk:1", kMachine, "eng"),
            "cpus(ops):1; disk(eng):1; mem(eng):1; ports(eng):[31000-32000]");
}

TEST(FlagValuesTest, BadResourcesNameTheFlag) {
  EXPECT_THAT(Detect("cpus"), HasSubstr("--resources: "));
  EXPECT_THAT(Detect("[{]"), HasSubstr("--resources: "));
}

TEST(FlagValuesTest, ThisMachineHasSomething) {
  const MachineCapacity machine = MeasureMachine("/");
  EXPECT_GE(machine.cpus, 1);
  EXPECT_GT(machine.memory_bytes, 64 << 20);
  EXPECT_GT(machine.disk_bytes, 0);
}

TEST(FlagValuesTest, WeightsAreReadByRole) {
  EXPECT_THAT(*ParseWeights("a=2,b/c=0.5"), UnorderedElementsAre(Pair("a", 2), Pair("b/c", 0.5)));
  EXPECT_TRUE(ParseWeights("")->empty());
  for (const char* bad :
       {"a", "a=", "=1", "a=0", "a=-1", "a=nan", "a=inf", "a=1,a=2", "a=1,", "a=1=2"}) {
    EXPECT_THAT(std::string(ParseWeights(bad).status().message()), HasSubstr("--weights is '"))
        << bad;
  }
}

TEST(FlagValuesTest, SortersAreReadOrRefusedByName) {
  EXPECT_EQ(ParseSorter("role_sorter", "drf").value(), Sorter::kFairShare);
  EXPECT_EQ(ParseSorter("role_sorter", "random").value(), Sorter::kRandom);
  EXPECT_THAT(std::string(ParseSorter("role_sorter", "fair").status().message()),
              HasSubstr("--role_sorter is 'fair', expected drf or random"));
}

TEST(FlagValuesTest, RatesAndPercentagesAreReadOrRefusedByName) {
  EXPECT_EQ(ParsePercentage("limit", "55%").value(), 0.55);
  EXPECT_EQ(ParsePercentage("limit", "0%").value(), 0);
  for (const char* bad : {"", "%", "55", "101%", "-1%", "nan%", "x%"}) {
    EXPECT_THAT(std::string(ParsePercentage("limit", bad).status().message()),
                HasSubstr("--limit is '"))
        << bad;
  }
  const AgentRemovalRate rate = ParseRate("rate", "3/10mins").value();
  EXPECT_EQ(rate.agents, 3);
  EXPECT_EQ(rate.interval, absl::Minutes(10));
  for (const char* bad :
       {"", "1", "1/", "/1mins", "0/1mins", "-1/1mins", "1/0secs", "1/2/3", "a/b"}) {
    EXPECT_THAT(std::string(ParseRate("rate", bad).status().message()), HasSubstr("--rate is '"))
        << bad;
  }
}

TEST(FlagValuesTest, VariablesAreAJsonObjectOfText) {
  EXPECT_THAT(*ParseVariablesFlag("env", R"({"A":"1","B":""})"),
              UnorderedElementsAre(Pair("A", "1"), Pair("B", "")));
  EXPECT_TRUE(ParseVariablesFlag("env", "")->empty());
  for (const char* bad : {"A=1", "[]", R"({"A":1})", R"({"":"x"})", "{"}) {
    EXPECT_THAT(std::string(ParseVariablesFlag("env", bad).status().message()),
                HasSubstr("--env is '"))
        << bad;
  }
}

TEST(FlagValuesTest, JsonThatFitsNoMessageIsRefusedInOneLine) {
  v1::DomainInfo domain;
  EXPECT_TRUE(ParseJsonFlag("domain",
                            R"({"fault_domain":{"region":{"name":"r"},"zone":{"name":"z"}}})",
                            &domain)
                  .ok());
  EXPECT_EQ(domain.fault_domain().zone().name(), "z");
  const std::string message(ParseJsonFlag("domain", "{\"fault\":\n1}", &domain).message());
  EXPECT_THAT(message, HasSubstr("--domain is no JSON of a mesos.v1.DomainInfo"));
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace mesos
