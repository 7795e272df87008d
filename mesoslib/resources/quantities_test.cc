#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/resource_quantities.h"
#include "mesoslib/testing/test_resources.h"

namespace mesos {
namespace {

ResourceQuantities Q(absl::string_view text) {
  absl::StatusOr<ResourceQuantities> quantities = ResourceQuantities::Parse(text);
  EXPECT_TRUE(quantities.ok()) << quantities.status();
  return quantities.ok() ? *quantities : ResourceQuantities();
}

TEST(Quantities, ParseSumsDropsZerosAndSorts) {
  EXPECT_EQ(Q("mem:1024;cpus:0.5; cpus:1;disk:0").ToString(), "cpus:1.5; mem:1024");
  EXPECT_TRUE(Q("").empty());
  EXPECT_EQ(Q("cpus:1.5").Millis("cpus"), 1500);
  EXPECT_EQ(Q("cpus:1.5").Millis("mem"), 0);
}

TEST(Quantities, BadTextIsRefused) {
  for (absl::string_view text : {"cpus", "cpus:-1", "cpus:nan", ":1", "cpus:1:2", "ports:[1-2]"}) {
    EXPECT_FALSE(ResourceQuantities::Parse(text).ok()) << std::string(text);
  }
}

TEST(Quantities, AbsentIsZero) {
  EXPECT_TRUE(Q("cpus:2;mem:1").Contains(Q("cpus:2")));
  EXPECT_TRUE(Q("").Contains(Q("")));
  EXPECT_FALSE(Q("cpus:2").Contains(Q("mem:1")));
  EXPECT_FALSE(Q("cpus:2").Contains(Q("cpus:2.001")));
  EXPECT_EQ(Q("cpus:2;mem:1") - Q("cpus:3;gpus:1"), Q("mem:1"));
  EXPECT_EQ(Q("cpus:2") + Q("mem:1;cpus:1"), Q("cpus:3;mem:1"));
}

TEST(Quantities, ComeFromScalarsOfAnyReservation) {
  EXPECT_EQ(ResourceQuantities::FromResources(
                MustParse("cpus:2;cpus(eng):1;mem(eng):5;ports:[1-2];bays:{a}")),
            Q("cpus:3;mem:5"));
}

TEST(Quantities, AddingAndSubtractingIsExactForAllSeeds) {
  for (int seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const auto a = ResourceQuantities::FromResources(RandomResources(random, 8));
    const auto b = ResourceQuantities::FromResources(RandomResources(random, 8));
    EXPECT_EQ(a + b, b + a);
    EXPECT_EQ((a + b) - b, a);
    EXPECT_TRUE((a + b).Contains(a));
    EXPECT_EQ(Q(a.ToString()), a);
  }
}

TEST(Quantities, SetAndAddKeepTheOrder) {
  ResourceQuantities quantities;
  quantities.Set("mem", 5);
  quantities.Add("cpus", 2);
  quantities.Add("cpus", 3);
  quantities.Set("a-very-long-name", 1);
  EXPECT_EQ(quantities.ToString(), "a-very-long-name:0.001; cpus:0.005; mem:0.005");
  quantities.Set("mem", 0);
  EXPECT_EQ(quantities.size(), 2u);
}

TEST(MinAllocatable, OneAlternativeIsEnough) {
  const auto list = ParseMinAllocatable("cpus:0.01|mem:32");
  ASSERT_TRUE(list.ok());
  EXPECT_TRUE(IsAllocatable(Q("cpus:0.01"), *list));
  EXPECT_TRUE(IsAllocatable(Q("mem:32"), *list));
  EXPECT_FALSE(IsAllocatable(Q("mem:31;disk:100"), *list));
  EXPECT_TRUE(IsAllocatable(Q(""), *ParseMinAllocatable("")));
  EXPECT_FALSE(IsAllocatable(Q("cpus:1"), *ParseMinAllocatable("cpus:1;mem:1")));
  EXPECT_FALSE(ParseMinAllocatable("cpus:1||mem:1").ok());
}

}  // namespace
}  // namespace mesos
