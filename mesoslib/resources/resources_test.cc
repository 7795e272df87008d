#include "mesos/resources.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/testing/test_resources.h"

namespace mesos {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Resources R(absl::string_view text) { return MustParse(text); }

std::string ParseError(absl::string_view text) {
  return std::string(Resources::Parse(text).status().message());
}

constexpr char kVolume[] = R"([{"name": "disk", "type": "SCALAR", "scalar": {"value": 64},
    "reservations": [{"type": "DYNAMIC", "role": "eng", "principal": "ops"}],
    "disk": {"persistence": {"id": "data"}, "volume": {"container_path": "d", "mode": "RW"}}}])";
constexpr char kSharedVolume[] = R"([{"name": "disk", "type": "SCALAR", "scalar": {"value": 64},
    "reservations": [{"type": "DYNAMIC", "role": "eng"}], "shared": {},
    "disk": {"persistence": {"id": "data"}, "volume": {"container_path": "d", "mode": "RW"}}}])";
constexpr char kMount[] = R"([{"name": "disk", "type": "SCALAR", "scalar": {"value": 100},
    "disk": {"source": {"type": "MOUNT", "mount": {"root": "/mnt/a"}}}}])";
constexpr char kPath[] = R"([{"name": "disk", "type": "SCALAR", "scalar": {"value": 100},
    "disk": {"source": {"type": "PATH", "path": {"root": "/data"}}}}])";

TEST(ResourcesParse, ReadsTheTextForm) {
  const Resources resources = R("cpus:4; mem (eng) : 1024;ports:[31000-32000, 5-6];bays:{b,a}");
  EXPECT_EQ(resources.ToString(), "bays:{a,b}; cpus:4; mem(eng):1024; ports:[5-6,31000-32000]");
  EXPECT_EQ(resources.cpus(), 4);
  EXPECT_EQ(resources.mem(), 1024);
  EXPECT_EQ(resources.disk(), 0);
  EXPECT_EQ(resources.ports().Count(), 1003u);
}

TEST(ResourcesParse, SumsEqualNamesAndDropsZeros) {
  EXPECT_EQ(R("cpus:1;cpus:2.5"), R("cpus:3.5"));
  EXPECT_EQ(R("ports:[1-2];ports:[2-3]"), R("ports:[1-3]"));
  EXPECT_EQ(R("cpus:0;gpus:0.0;ports:[];bays:{}"), Resources());
  EXPECT_TRUE(R("").empty());
  EXPECT_TRUE(R(" ;; ").empty());
  EXPECT_TRUE(R("[]").empty());
}

TEST(ResourcesParse, DefaultRoleReservesWhatNamesNone) {
  EXPECT_EQ(*Resources::Parse("cpus:1;mem(ads):2;disk(*):3", "eng"),
            R("cpus(eng):1;mem(ads):2;disk:3"));
  EXPECT_EQ(*Resources::Parse(R"([{"name":"cpus","type":"SCALAR","scalar":{"value":1}}])", "eng"),
            R("cpus(eng):1"));
  EXPECT_FALSE(Resources::Parse("cpus:1", "a//b").ok());
}

TEST(ResourcesParse, RefusesBadText) {
  for (absl::string_view text :
       {"cpus",        "cpus:",           ":4",           "cpus:-1",     "cpus:nan",
        "cpus:inf",    "cpus:-0.5",       "cpus:abc",     "cpus:0.0001", "cpus:1e13",
        "cpus(:1",     "cpus(eng:1",      "cpus():1",     "cpus(a/b",    "cpus(-a):1",
        "ports:[3-1]", "ports:[1-5,2-3]", "ports:[1-2",   "bays:{a,a}",  "cpus:1;cpus:[1-2]",
        "c us:1",      "cpus:1:2",        "cpus(eng)x:1", "cpus:1 2x"}) {
    EXPECT_FALSE(Resources::Parse(text).ok()) << std::string(text);
  }
}

TEST(ResourcesParse, ErrorsShowTheOffendingPart) {
  EXPECT_THAT(ParseError("cpus:4;mem:-5"), HasSubstr("'mem:-5'"));
  EXPECT_THAT(ParseError("cpus:4;mem:-5"), HasSubstr("negative"));
  EXPECT_THAT(ParseError("cpus:1;cpus:[1-2]"), HasSubstr("both as SCALAR and as RANGES"));
}

TEST(ResourcesParse, ReadsTheJsonForm) {
  const Resources resources = R(R"([
    {"name": "cpus", "type": "SCALAR", "scalar": {"value": "4"}, "unknown_member": 1},
    {"name": "mem", "type": "SCALAR", "scalar": {"value": 1024}, "role": "eng", "shared": null},
    {"name": "ports", "type": "RANGES", "ranges": {"range": [{"begin": 1, "end": 5}]}}])");
  EXPECT_EQ(resources, R("cpus:4;mem(eng):1024;ports:[1-5]"));
}

TEST(ResourcesParse, RefusesBadJson) {
  for (absl::string_view text : {"[", "[{]", "[1]", "[{}]", R"([{"name":"cpus"}])",
                                 R"([{"name":"cpus","type":"SCALAR","scalar":{"value":-1}}])",
                                 R"([{"name":"cpus","type":"SCALAR","scalar":{"value":"NaN"}}])",
                                 R"([{"name":"cpus","type":"SCALAR","scalar":{"value":1e-9}}])"}) {
    EXPECT_FALSE(Resources::Parse(text).ok()) << std::string(text);
  }
}

TEST(ResourcesParse, Case4_DeeplyNestedJsonIsAnError) {
  EXPECT_FALSE(Resources::Parse(std::string(100'000, '[')).ok());
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += R"([{"x":)";
  EXPECT_FALSE(Resources::Parse(nested).ok());
}

// It could not be written as JSON again.
TEST(ResourcesParse, TextThatIsNotUtf8IsAnError) {
  EXPECT_EQ(Resources::Parse("\x91 cpus:1").status(),
            absl::InvalidArgumentError("resources: the text is not UTF-8"));
  EXPECT_FALSE(Resources::Parse("cpus(\xff):1").ok());
  EXPECT_FALSE(Resources::Parse("cpus:1", "\xc3").ok());
  EXPECT_TRUE(Resources::Parse("\u00fc:1").ok());
}

TEST(ResourcesFormat, ShowsWhatTheGrammarCannotSay) {
  EXPECT_EQ(R(kVolume).ToString(), "disk(eng)<dynamic eng by ops, volume data at d>:64");
  EXPECT_EQ(R(kMount).ToString(), "disk<MOUNT /mnt/a>:100");
  Resources allocated = R("cpus:1");
  allocated.Allocate("eng");
  EXPECT_EQ(allocated.ToString(), "cpus<allocated eng>:1");
  EXPECT_EQ((R(kSharedVolume) + R(kSharedVolume)).ToString(),
            "disk(eng)<dynamic eng, volume data at d, shared, 2 times>:64");
}

TEST(ResourcesFormat, JsonIsInMesossDialectAndPureAscii) {
  EXPECT_EQ(R("ports:[1-18446744073709551615]").ToJson(),
            R"([{"name":"ports","type":"RANGES","ranges":{"range":[)"
            R"({"begin":1,"end":18446744073709551615}]}}])");
  EXPECT_EQ(R("caf\xc3\xa9:1").ToJson(),
            R"([{"name":"caf\u00E9","type":"SCALAR","scalar":{"value":1.0}}])");
}

TEST(ResourcesAlgebra, ScalarsOfOneKindAreSummed) {
  EXPECT_EQ(R("cpus:1;mem:2") + R("mem:3;disk:4"), R("cpus:1;disk:4;mem:5"));
  EXPECT_EQ(R("cpus:3;mem:5") - R("cpus:1;mem:5"), R("cpus:2"));
  EXPECT_EQ(R("cpus:1") + R("cpus(eng):1"), R("cpus:1;cpus(eng):1"));
  Resources twice = R("cpus:1;mem:2;ports:[1-2]");
  const Resources& itself = twice;
  twice += itself;
  EXPECT_EQ(twice, R("cpus:2;mem:4;ports:[1-2]"));
  twice -= itself;
  EXPECT_TRUE(twice.empty());
}

TEST(ResourcesAlgebra, SubtractionIgnoresWhatIsNotThere) {
  EXPECT_EQ(R("cpus:1") - R("cpus:5;mem:1"), Resources());
  EXPECT_EQ(R("cpus:1") - R("cpus(eng):1"), R("cpus:1"));
  EXPECT_EQ(R("ports:[1-10]") - R("ports:[5-20]"), R("ports:[1-4]"));
  EXPECT_EQ(R("bays:{a,b}") - R("bays:{b,c}"), R("bays:{a}"));
  EXPECT_EQ(R(kMount) - R(R"([{"name": "disk", "type": "SCALAR", "scalar": {"value": 50},
      "disk": {"source": {"type": "MOUNT", "mount": {"root": "/mnt/a"}}}}])"),
            R(kMount));
}

TEST(ResourcesAlgebra, ContainsLooksAtKindAndAmount) {
  EXPECT_TRUE(R("cpus:2;mem:4").Contains(R("cpus:2")));
  EXPECT_TRUE(R("cpus:2").Contains(Resources()));
  EXPECT_FALSE(R("cpus:2").Contains(R("cpus:2.001")));
  EXPECT_FALSE(R("cpus:2").Contains(R("cpus(eng):1")));
  EXPECT_FALSE(R("cpus(eng):2").Contains(R("cpus:1")));
  EXPECT_FALSE(Resources().Contains(R("cpus:1")));
  EXPECT_TRUE(R("ports:[1-10]").Contains(R("ports:[1-2,4-10]")));
  EXPECT_FALSE(R("ports:[1-10]").Contains(R("ports:[1-11]")));
}

TEST(ResourcesAlgebra, DisksThatCannotBeMergedStayApart) {
  EXPECT_EQ((R(kPath) + R(kPath)).begin()->millis(), 200'000);
  const Resources two = R(kMount) + R(kMount);
  EXPECT_EQ(two.begin()->copies(), 2);
  EXPECT_EQ(two.begin()->millis(), 100'000);
  EXPECT_EQ(two.disk(), 200);
  EXPECT_TRUE(two.Contains(two));
  EXPECT_FALSE(R(kMount).Contains(two));
  EXPECT_EQ(two - R(kMount), R(kMount));
  EXPECT_FALSE(R(kMount).begin()->IsDivisible());
  EXPECT_TRUE(R(kPath).begin()->IsDivisible());
}

TEST(ResourcesAlgebra, SharedResourcesAreCountedButAmountToOne) {
  const Resources two = R(kSharedVolume) + R(kSharedVolume);
  EXPECT_EQ(two.begin()->copies(), 2);
  EXPECT_EQ(two.disk(), 64);
  EXPECT_EQ(two - R(kSharedVolume), R(kSharedVolume));
  Resources::ProtoList protos;
  two.ToProto(&protos);
  EXPECT_EQ(protos.size(), 2);
  EXPECT_EQ(*Resources::FromProto(protos), two);
}

TEST(ResourcesAlgebra, WhereAVolumeIsMountedIsNotPartOfItsIdentity) {
  Resources::ProtoList protos;
  R(kVolume).ToProto(&protos);
  protos[0].mutable_disk()->mutable_volume()->set_container_path("elsewhere");
  EXPECT_TRUE(R(kVolume).Contains(*Resources::FromProto(protos)));
  protos[0].mutable_disk()->mutable_persistence()->set_id("other");
  EXPECT_FALSE(R(kVolume).Contains(*Resources::FromProto(protos)));
}

TEST(ResourcesAlgebra, LabelsAreComparedWithoutOrder) {
  const auto with_labels = [](absl::string_view first, absl::string_view second) {
    return R(absl::StrCat(R"([{"name": "cpus", "type": "SCALAR", "scalar": {"value": 1},
        "reservations": [{"type": "DYNAMIC", "role": "eng", "labels": {"labels": [)",
                          R"({"key": ")", first, R"("}, {"key": ")", second, R"("}]}}]}])"));
  };
  EXPECT_EQ(with_labels("a", "b"), with_labels("b", "a"));
  EXPECT_FALSE(with_labels("a", "b") == with_labels("a", "c"));
}

TEST(ResourcesAlgebra, AMillionOperationsLeaveNoDrift) {
  const Resources start = R("cpus:4;mem:4096.007");
  const Resources piece = R("cpus:0.1;mem:0.003");
  Resources resources = start;
  for (int i = 0; i < 500'000; ++i) resources += piece;
  EXPECT_EQ(resources, R("cpus:50004;mem:5596.007"));
  for (int i = 0; i < 500'000; ++i) resources -= piece;
  EXPECT_EQ(resources, start);
}

TEST(ResourcesViews, SplitByReservation) {
  const Resources all = R("cpus:1;cpus(eng):2;cpus(eng/web):4;cpus(ads):8;ports:[1-2]");
  EXPECT_EQ(all.Unreserved(), R("cpus:1;ports:[1-2]"));
  EXPECT_EQ(all.ReservedTo("eng"), R("cpus(eng):2"));
  EXPECT_EQ(all.AllocatableTo("eng/web"), R("cpus:1;cpus(eng):2;cpus(eng/web):4;ports:[1-2]"));
  EXPECT_EQ(all.AllocatableTo("engine"), all.Unreserved());
  EXPECT_THAT(all.Reservations(),
              ElementsAre(Pair("ads", R("cpus(ads):8")), Pair("eng", R("cpus(eng):2")),
                          Pair("eng/web", R("cpus(eng/web):4"))));
  EXPECT_EQ(all.ToUnreserved(), R("cpus:15;ports:[1-2]"));
  EXPECT_EQ(all.Scalars(), all - R("ports:[1-2]"));
  EXPECT_EQ(all.ScalarMillis("cpus"), 15'000);
}

TEST(ResourcesViews, SplitByRevocabilityAndSharing) {
  const Resources revocable =
      R(R"([{"name": "cpus", "type": "SCALAR", "scalar": {"value": 1}, "revocable": {}}])");
  const Resources all = revocable + R("cpus:2") + R(kVolume) + R(kSharedVolume);
  EXPECT_EQ(all.Revocable(), revocable);
  EXPECT_EQ(all.NonRevocable(), all - revocable);
  EXPECT_EQ(all.Shared(), R(kSharedVolume));
  EXPECT_EQ(all.NonShared(), all - R(kSharedVolume));
  EXPECT_EQ(all.PersistentVolumes(), R(kVolume) + R(kSharedVolume));
}

TEST(ResourcesAllocation, SetsAndTakesTheRole) {
  Resources resources = R("cpus:1;mem(eng):2");
  EXPECT_EQ(resources.AllocationRole(), std::nullopt);
  resources.Allocate("eng/web");
  EXPECT_EQ(resources.AllocationRole(), "eng/web");
  EXPECT_FALSE(resources == R("cpus:1;mem(eng):2"));
  Resources mixed = resources + R("cpus:1");
  EXPECT_EQ(mixed.AllocationRole(), std::nullopt);
  EXPECT_THAT(mixed.Allocations(), ElementsAre(Pair("", R("cpus:1")), Pair("eng/web", resources)));
  mixed.Unallocate();
  EXPECT_EQ(mixed, R("cpus:2;mem(eng):2"));
}

TEST(ResourcesReservations, ArePushedAndPopped) {
  ResourceEntry::Reservation eng;
  eng.set_type(ResourceEntry::Reservation::DYNAMIC);
  eng.set_role("eng");
  ResourceEntry::Reservation web = eng;
  web.set_role("eng/web");
  const Resources once = *R("cpus:1;mem:2").PushReservation(eng);
  const Resources refined = *once.PushReservation(web);
  EXPECT_TRUE(refined.begin()->HasRefinedReservations());
  EXPECT_EQ(refined.begin()->reservation_role(), "eng/web");
  EXPECT_EQ(*refined.PopReservation(), once);
  EXPECT_EQ(*once.PopReservation(), R("cpus:1;mem:2"));
  EXPECT_FALSE(R("cpus:1").PopReservation().ok());
  EXPECT_FALSE(once.PushReservation(eng).ok());
  EXPECT_FALSE(refined.PushReservation(eng).ok());
  eng.set_role("*");
  EXPECT_FALSE(R("cpus:1").PushReservation(eng).ok());
}

TEST(ResourcesSize, ATasksCpusAndMemAreSmall) {
  EXPECT_LE(sizeof(ResourceEntry), 64u);
  EXPECT_LE(sizeof(Resources), 24u);
}

}  // namespace
}  // namespace mesos
