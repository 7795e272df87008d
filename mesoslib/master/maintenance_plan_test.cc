#include "mesoslib/master/maintenance_plan.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace mesos::master {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using v1::maintenance::Schedule;

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

MaintenancePlan::MachineIds Machines(const std::vector<std::string>& hostnames) {
  MaintenancePlan::MachineIds ids;
  for (const std::string& hostname : hostnames) ids.Add()->set_hostname(hostname);
  return ids;
}

std::vector<std::string> Down(const MaintenancePlan& plan) {
  std::vector<std::string> down;
  plan.ForEach([&](const MaintenancePlan::Machine& machine) {
    if (machine.down) down.push_back(machine.id.hostname());
  });
  return down;
}

constexpr char kTwoWindows[] = R"pb(
  windows {
    machine_ids { hostname: "a" }
    machine_ids { hostname: "b" ip: "10.0.0.2" }
    unavailability {
      start { nanoseconds: 100 }
      duration { nanoseconds: 5 }
    }
  }
  windows {
    machine_ids { ip: "10.0.0.3" }
    unavailability { start { nanoseconds: -7 } }
  })pb";

class MaintenancePlanTest : public ::testing::Test {
 protected:
  MaintenancePlanTest() {
    EXPECT_EQ(plan_.Replace("s", Parse<Schedule>(kTwoWindows)), absl::OkStatus());
  }

  std::string Refusal(const std::string& schedule) {
    const internal::Maintenance before = plan_.ToProto();
    const absl::Status status = plan_.Replace("s", Parse<Schedule>(schedule));
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_EQ(plan_.ToProto().SerializeAsString(), before.SerializeAsString());
    return std::string(status.message());
  }

  MaintenancePlan plan_;
};

TEST_F(MaintenancePlanTest, AScheduleIsShownAsItWasGiven) {
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(plan_.schedule(),
                                                                 Parse<Schedule>(kTwoWindows)));
  EXPECT_EQ(plan_.Replace("s", Schedule()), absl::OkStatus());
  EXPECT_TRUE(plan_.empty());
}

TEST_F(MaintenancePlanTest, MachinesAreFoundByHostnameInAnyCaseByAddressOrByBoth) {
  EXPECT_EQ(plan_.Find("A", "10.0.0.9:5051")->unavailability.start().nanoseconds(), 100);
  EXPECT_NE(plan_.Find("B", "10.0.0.2:1"), nullptr);
  EXPECT_EQ(plan_.Find("b", "10.0.0.9:1"), nullptr) << "both are named";
  EXPECT_EQ(plan_.Find("c", "10.0.0.2:1"), nullptr);
  EXPECT_EQ(plan_.Find("anything", "10.0.0.3:77")->unavailability.start().nanoseconds(), -7);
  EXPECT_NE(plan_.Find("anything", "10.0.0.3"), nullptr);
  EXPECT_EQ(plan_.Find("", ""), nullptr);
}

TEST_F(MaintenancePlanTest, AddressesMayBeOfTheNewKind) {
  ASSERT_EQ(plan_.Replace("s", Parse<Schedule>(R"pb(windows {
                                                      machine_ids { ip: "FE80::1" }
                                                      unavailability { start { nanoseconds: 1 } }
                                                    })pb")),
            absl::OkStatus());
  EXPECT_NE(plan_.Find("h", "[fe80::1]:5051"), nullptr);
  EXPECT_NE(plan_.Find("h", "fe80::1"), nullptr);
  EXPECT_EQ(plan_.Find("h", "[fe80::2]:5051"), nullptr);
}

TEST_F(MaintenancePlanTest, WhatMakesNoSenseIsRefusedAndChangesNothing) {
  EXPECT_EQ(Refusal("windows { unavailability { start { nanoseconds: 1 } } }"),
            "s.windows[0].machine_ids is empty; expected at least one machine");
  EXPECT_EQ(Refusal("windows { machine_ids { hostname: 'a' } }"),
            "s.windows[0].unavailability.start is missing");
  EXPECT_EQ(Refusal("windows { machine_ids { hostname: 'a' } unavailability { start {} } }"),
            "s.windows[0].unavailability.start is missing");
  EXPECT_EQ(Refusal(R"pb(windows {
                           machine_ids { hostname: "a" }
                           unavailability {
                             start { nanoseconds: 1 }
                             duration { nanoseconds: -2 }
                           }
                         })pb"),
            "s.windows[0].unavailability.duration is -2 nanoseconds; expected zero or more");
  EXPECT_EQ(Refusal(R"pb(windows {
                           machine_ids { hostname: "a" }
                           machine_ids { hostname: "" }
                           unavailability { start { nanoseconds: 1 } }
                         })pb"),
            "s.windows[0].machine_ids[1] has neither hostname nor ip; expected at least one");
  for (const char* ip : {"10.0.0", "10.0.0.256", "10.0.0.1:5051", "host", "10.0.0.-1", "10..0.1",
                         "10.0.0.1 ", "1:2", "::g"}) {
    EXPECT_THAT(Refusal(absl::StrCat("windows { machine_ids { ip: '", ip,
                                     "' } unavailability { start { nanoseconds: 1 } } }")),
                HasSubstr("s.windows[0].machine_ids[0].ip is '"))
        << ip;
  }
  EXPECT_EQ(Refusal(R"pb(windows {
                           machine_ids { hostname: "x" }
                           unavailability { start { nanoseconds: 1 } }
                         }
                         windows {
                           machine_ids { hostname: "X" }
                           unavailability { start { nanoseconds: 1 } }
                         })pb"),
            "s.windows[1].machine_ids[0] is 'X' once more; expected each machine once");
}

TEST_F(MaintenancePlanTest, OnlyScheduledMachinesThatAreUpGoDown) {
  EXPECT_THAT(std::string(plan_.Start("m", {}).message()), HasSubstr("m is empty"));
  EXPECT_THAT(std::string(plan_.Start("m", Machines({"a", "c"})).message()),
              HasSubstr("m[1] is 'c'; expected a machine that is in the schedule"));
  EXPECT_THAT(std::string(plan_.Start("m", Machines({"a", "A"})).message()),
              HasSubstr("m[1] is 'A' once more"));
  EXPECT_THAT(std::string(plan_.Start("m", Machines({"b"})).message()),
              HasSubstr("named as there"));
  EXPECT_THAT(Down(plan_), IsEmpty()) << "all or none";
  EXPECT_EQ(plan_.Start("m", Machines({"A"})), absl::OkStatus());
  EXPECT_THAT(Down(plan_), ElementsAre("a"));
  EXPECT_THAT(std::string(plan_.Start("m", Machines({"a"})).message()),
              HasSubstr("m has 'a', which is DOWN already"));
}

TEST_F(MaintenancePlanTest, AMachineThatIsDownStaysInTheScheduleUntilItIsStopped) {
  ASSERT_EQ(plan_.Start("m", Machines({"a"})), absl::OkStatus());
  EXPECT_EQ(Refusal(""),
            "s is without 'a', which is DOWN; expected it to stay until STOP_MAINTENANCE");
  // Another time is fine, and so is another name for the same hostname.
  ASSERT_EQ(plan_.Replace("s", Parse<Schedule>(R"pb(windows {
                                                      machine_ids { hostname: "A" }
                                                      unavailability { start { nanoseconds: 3 } }
                                                    })pb")),
            absl::OkStatus());
  EXPECT_THAT(Down(plan_), ElementsAre("A"));
  EXPECT_EQ(plan_.Stop("m", Machines({"a"})), absl::OkStatus());
  EXPECT_TRUE(plan_.empty());
}

TEST_F(MaintenancePlanTest, WhatIsStoppedLeavesTheSchedule) {
  EXPECT_THAT(std::string(plan_.Stop("m", Machines({"a"})).message()),
              HasSubstr("m has 'a', which is DRAINING; expected machines that are DOWN"));
  MaintenancePlan::MachineIds all = Machines({"a"});
  all.Add()->set_ip("10.0.0.3");
  ASSERT_EQ(plan_.Start("m", all), absl::OkStatus());
  ASSERT_EQ(plan_.Stop("m", all), absl::OkStatus());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(
      plan_.schedule(), Parse<Schedule>(R"pb(windows {
                                               machine_ids { hostname: "b" ip: "10.0.0.2" }
                                               unavailability {
                                                 start { nanoseconds: 100 }
                                                 duration { nanoseconds: 5 }
                                               }
                                             })pb")));
}

TEST_F(MaintenancePlanTest, IsReadBackAsItWasWritten) {
  ASSERT_EQ(plan_.Start("m", Machines({"a"})), absl::OkStatus());
  absl::StatusOr<MaintenancePlan> read = MaintenancePlan::Read(plan_.ToProto());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->ToProto().SerializeAsString(), plan_.ToProto().SerializeAsString());
  EXPECT_THAT(Down(*read), ElementsAre("a"));
  internal::Maintenance damaged = plan_.ToProto();
  damaged.mutable_down(0)->set_hostname("c");
  EXPECT_THAT(std::string(MaintenancePlan::Read(damaged).status().message()),
              HasSubstr("down[0] is 'c'"));
}

}  // namespace
}  // namespace mesos::master
