#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/resources.h"
#include "mesoslib/testing/test_resources.h"

namespace mesos {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using Operation = v1::Offer::Operation;

// One scalar; `members` follow its amount.
std::string Scalar(absl::string_view name, double value, absl::string_view members = "") {
  return absl::StrCat(R"({"name": ")", name, R"(", "type": "SCALAR", "scalar": {"value": )", value,
                      "}", members.empty() ? "" : ", ", members, "}");
}

constexpr char kEng[] = R"("reservations": [{"type": "DYNAMIC", "role": "eng", "principal": "p"}])";
constexpr char kAds[] = R"("reservations": [{"type": "DYNAMIC", "role": "ads"}])";
constexpr char kPersistence[] = R"("persistence": {"id": "v"},
                                   "volume": {"container_path": "d", "mode": "RW"})";

std::string Volume(double size, absl::string_view more = "") {
  return Scalar("disk", size, absl::StrCat(kEng, R"(, "disk": {)", kPersistence, "}", more));
}

Resources One(const std::string& json) { return MustParse(absl::StrCat("[", json, "]")); }

Operation Op(absl::string_view type, absl::string_view member, absl::string_view contents) {
  return OperationFromJson(
      absl::StrCat(R"({"type": ")", type, R"(", ")", member, R"(": {)", contents, "}}"));
}

Operation Reserve(const std::string& json) {
  return Op("RESERVE", "reserve", absl::StrCat(R"("resources": [)", json, "]"));
}
Operation Unreserve(const std::string& json) {
  return Op("UNRESERVE", "unreserve", absl::StrCat(R"("resources": [)", json, "]"));
}
Operation Create(const std::string& json) {
  return Op("CREATE", "create", absl::StrCat(R"("volumes": [)", json, "]"));
}
Operation Destroy(const std::string& json) {
  return Op("DESTROY", "destroy", absl::StrCat(R"("volumes": [)", json, "]"));
}
Operation Grow(const std::string& volume, const std::string& addition) {
  return Op("GROW_VOLUME", "grow_volume",
            absl::StrCat(R"("volume": )", volume, R"(, "addition": )", addition));
}
Operation Shrink(const std::string& volume, double subtract) {
  return Op("SHRINK_VOLUME", "shrink_volume",
            absl::StrCat(R"("volume": )", volume, R"(, "subtract": {"value": )", subtract, "}"));
}

std::string ApplyError(const Resources& resources, const Operation& operation) {
  return std::string(resources.Apply(operation).status().message());
}

TEST(ApplyReserve, MovesResourcesUnderTheReservation) {
  const Resources reserved = *MustParse("cpus:4;mem:10").Apply(Reserve(Scalar("cpus", 1, kEng)));
  EXPECT_EQ(reserved.Unreserved(), MustParse("cpus:3;mem:10"));
  EXPECT_EQ(reserved.ReservedTo("eng"), One(Scalar("cpus", 1, kEng)));
}

TEST(ApplyReserve, RefinesWhatIsReserved) {
  const std::string refined = Scalar("cpus", 1, R"("reservations": [
      {"type": "STATIC", "role": "eng"}, {"type": "DYNAMIC", "role": "eng/web"}])");
  EXPECT_EQ(*MustParse("cpus(eng):4").Apply(Reserve(refined)),
            MustParse("cpus(eng):3") + One(refined));
  EXPECT_FALSE(MustParse("cpus:4").Apply(Reserve(refined)).ok());
}

TEST(ApplyReserve, NamesWhatIsMissing) {
  const auto result = MustParse("cpus:0.5").Apply(Reserve(Scalar("cpus", 1, kEng)));
  EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(result.status().message()),
              AllOf(HasSubstr("reserve.resources"), HasSubstr("cpus:1"), HasSubstr("cpus:0.5")));
  EXPECT_THAT(ApplyError(MustParse("cpus:1"), Reserve(Scalar("cpus", 1))),
              HasSubstr("not dynamically reserved"));
  EXPECT_THAT(ApplyError(MustParse("cpus:1"), Reserve(Scalar("cpus", 1, R"("role": "eng")"))),
              HasSubstr("not dynamically reserved"));
}

TEST(ApplyReserve, WithSourceMovesBetweenRoles) {
  const Operation move = Op("RESERVE", "reserve",
                            absl::StrCat(R"("source": [)", Scalar("cpus", 1, kEng),
                                         R"(], "resources": [)", Scalar("cpus", 1, kAds), "]"));
  EXPECT_EQ(*One(Scalar("cpus", 2, kEng)).Apply(move),
            One(Scalar("cpus", 1, kEng)) + One(Scalar("cpus", 1, kAds)));
  EXPECT_FALSE(MustParse("cpus:2").Apply(move).ok());
  const Operation unequal = Op("RESERVE", "reserve",
                               absl::StrCat(R"("source": [)", Scalar("cpus", 1, kEng),
                                            R"(], "resources": [)", Scalar("cpus", 2, kAds), "]"));
  EXPECT_THAT(ApplyError(One(Scalar("cpus", 2, kEng)), unequal), HasSubstr("reserve.source"));
}

TEST(ApplyUnreserve, PopsOneLevel) {
  const std::string refined = Scalar("cpus", 1, R"("reservations": [
      {"type": "DYNAMIC", "role": "eng"}, {"type": "DYNAMIC", "role": "eng/web"}])");
  const Resources once = *One(refined).Apply(Unreserve(refined));
  EXPECT_EQ(once.begin()->reservation_role(), "eng");
  EXPECT_THAT(
      ApplyError(MustParse("cpus(eng):1"), Unreserve(Scalar("cpus", 1, R"("role": "eng")"))),
      HasSubstr("not dynamically reserved"));
  EXPECT_THAT(ApplyError(One(Volume(5)), Unreserve(Volume(5))), HasSubstr("destroy it first"));
}

TEST(ApplyUnreserve, UndoesReserveForAllSeeds) {
  int applied = 0;
  for (int seed = 0; seed < 300; ++seed) {
    Random random(seed);
    const Resources before = RandomResources(random, 10);
    const Resources part = before.Unreserved().NonRevocable();
    if (part.empty()) continue;
    ResourceEntry::Reservation reservation;
    reservation.set_type(ResourceEntry::Reservation::DYNAMIC);
    reservation.set_role("eng");
    Operation reserve;
    reserve.set_type(Operation::RESERVE);
    part.PushReservation(reservation)->ToProto(reserve.mutable_reserve()->mutable_resources());
    Operation unreserve;
    unreserve.set_type(Operation::UNRESERVE);
    *unreserve.mutable_unreserve()->mutable_resources() = reserve.reserve().resources();
    const Resources reserved = *before.Apply(reserve);
    EXPECT_FALSE(reserved == before);
    EXPECT_EQ(reserved.ToUnreserved(), before.ToUnreserved());
    EXPECT_EQ(*reserved.Apply(unreserve), before);
    ++applied;
  }
  EXPECT_GT(applied, 150);
}

TEST(ApplyCreate, TurnsDiskIntoAVolumeAndDestroyTurnsItBack) {
  const Resources disk = One(Scalar("disk", 10, kEng));
  const Resources created = *disk.Apply(Create(Volume(4)));
  EXPECT_EQ(created, One(Scalar("disk", 6, kEng)) + One(Volume(4)));
  EXPECT_EQ(*created.Apply(Destroy(Volume(4))), disk);
}

TEST(ApplyCreate, TakesMountDisksWhole) {
  const auto mount = [](double size, absl::string_view persistence) {
    return Scalar("disk", size,
                  absl::StrCat(kEng, R"(, "disk": {"source": {"type": "MOUNT", "mount":
                      {"root": "/m"}})",
                               persistence.empty() ? "" : ",", persistence, "}"));
  };
  const Resources disk = One(mount(10, ""));
  const Resources created = *disk.Apply(Create(mount(10, kPersistence)));
  EXPECT_TRUE(created.begin()->IsPersistentVolume());
  EXPECT_FALSE(disk.Apply(Create(mount(5, kPersistence))).ok());
  EXPECT_EQ(*created.Apply(Destroy(mount(10, kPersistence))), disk);
  EXPECT_THAT(ApplyError(created, Shrink(mount(10, kPersistence), 1)), HasSubstr("resized"));
}

TEST(ApplyCreate, RefusesBadVolumes) {
  const Resources disk = One(Scalar("disk", 10, kEng));
  EXPECT_THAT(ApplyError(disk, Create(Scalar("disk", 1, kEng))), HasSubstr("create.volumes"));
  EXPECT_THAT(ApplyError(disk, Create(absl::StrReplaceAll(Volume(1), {{"RW", "RO"}}))),
              HasSubstr("RO"));
  EXPECT_THAT(ApplyError(disk, Create(absl::StrReplaceAll(
                                   Volume(1), {{R"("mode")", R"("host_path": "/x", "mode")"}}))),
              HasSubstr("host_path"));
  EXPECT_THAT(ApplyError(disk, Create(absl::StrCat(Volume(1), ",", Volume(2)))),
              HasSubstr("already used"));
  EXPECT_EQ(disk.Apply(Create(Volume(11))).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(ApplyDestroy, RefusesWhatIsNotThereOrSharedStill) {
  EXPECT_FALSE(One(Scalar("disk", 10, kEng)).Apply(Destroy(Volume(4))).ok());
  EXPECT_THAT(ApplyError(One(Scalar("disk", 10, kEng)), Destroy(Scalar("disk", 10, kEng))),
              HasSubstr("not a persistent volume"));
  const std::string shared = Volume(4, R"(, "shared": {})");
  EXPECT_EQ(*One(shared).Apply(Destroy(shared)), One(Scalar("disk", 4, kEng)));
  EXPECT_THAT(ApplyError(One(shared) + One(shared), Destroy(shared)), HasSubstr("other copies"));
}

TEST(ApplyGrowAndShrink, ChangeTheSizeAndUndoEachOther) {
  const Resources start = One(Volume(4)) + One(Scalar("disk", 6, kEng));
  const Resources grown = *start.Apply(Grow(Volume(4), Scalar("disk", 2, kEng)));
  EXPECT_EQ(grown, One(Volume(6)) + One(Scalar("disk", 4, kEng)));
  EXPECT_EQ(*grown.Apply(Shrink(Volume(6), 2)), start);
}

TEST(ApplyGrowAndShrink, RefuseWhatDoesNotFit) {
  const Resources start = One(Volume(4)) + One(Scalar("disk", 6, kEng)) + MustParse("disk:9");
  EXPECT_FALSE(start.Apply(Grow(Volume(4), Scalar("disk", 7, kEng))).ok());
  EXPECT_THAT(ApplyError(start, Grow(Volume(4), Scalar("disk", 1))), HasSubstr("addition"));
  EXPECT_THAT(ApplyError(start, Grow(Volume(4), "{}")), HasSubstr("grow_volume.addition"));
  for (double subtract : {0.0, 4.0, 5.0, -1.0, 1e-9}) {
    EXPECT_THAT(ApplyError(start, Shrink(Volume(4), subtract)), HasSubstr("subtract")) << subtract;
  }
  const std::string shared = Volume(4, R"(, "shared": {})");
  EXPECT_THAT(ApplyError(One(shared), Shrink(shared, 1)), HasSubstr("shared"));
  const std::string provided = Volume(4, R"(, "provider_id": {"value": "rp"})");
  EXPECT_THAT(ApplyError(One(provided), Shrink(provided, 1)), HasSubstr("provider"));
}

TEST(Apply, LeavesTheOriginalAloneAndIgnoresLaunches) {
  const Resources before = MustParse("cpus:4");
  EXPECT_FALSE(
      before.Apply(Reserve(absl::StrCat(Scalar("cpus", 3, kEng), ",", Scalar("cpus", 3, kEng))))
          .ok());
  EXPECT_EQ(before, MustParse("cpus:4"));
  EXPECT_EQ(*before.Apply(Op("LAUNCH", "launch", "")), before);
  EXPECT_EQ(*before.Apply(Op("CREATE_DISK", "create_disk", "")), before);
  EXPECT_THAT(ApplyError(before, Operation()), HasSubstr("operation.type"));
}

TEST(Apply, MalformedOperationsAreErrors) {
  const Resources pool = MustParse("cpus:4;disk:4");
  for (const char* type : {"GROW_VOLUME", "SHRINK_VOLUME"}) {
    EXPECT_FALSE(pool.Apply(Op(type, "launch", "")).ok()) << type;
  }
  for (const std::string& bad : {std::string("{}"), Scalar("cpus", -1, kEng), Scalar("", 1, kEng),
                                 Scalar("cpus", 0, kEng)}) {
    EXPECT_FALSE(pool.Apply(Reserve(bad)).ok()) << bad;
    EXPECT_FALSE(pool.Apply(Unreserve(bad)).ok()) << bad;
    EXPECT_FALSE(pool.Apply(Create(bad)).ok()) << bad;
    EXPECT_FALSE(pool.Apply(Destroy(bad)).ok()) << bad;
    EXPECT_FALSE(pool.Apply(Grow(bad, bad)).ok()) << bad;
    EXPECT_FALSE(pool.Apply(Shrink(bad, 1)).ok()) << bad;
  }
}

TEST(AllocationRoleOfOperations, IsFilledInWhereMissingAndTakenOut) {
  Operation reserve = Reserve(Scalar("cpus", 1, kEng));
  Resources offered = MustParse("cpus:2");
  offered.Allocate("eng");
  EXPECT_FALSE(offered.Apply(reserve).ok());
  SetAllocationRole("eng", &reserve);
  EXPECT_TRUE(offered.Apply(reserve).ok());
  SetAllocationRole("ads", &reserve);
  EXPECT_EQ(reserve.reserve().resources(0).allocation_info().role(), "eng");
  ClearAllocationRole(&reserve);
  EXPECT_TRUE(MustParse("cpus:2").Apply(reserve).ok());

  Operation grow = Grow(Volume(4), Scalar("disk", 2, kEng));
  SetAllocationRole("eng", &grow);
  EXPECT_EQ(grow.grow_volume().volume().allocation_info().role(), "eng");
  EXPECT_EQ(grow.grow_volume().addition().allocation_info().role(), "eng");
  Operation launch = Op("LAUNCH", "launch", "");
  SetAllocationRole("eng", &launch);
  EXPECT_FALSE(launch.has_reserve());
}

}  // namespace
}  // namespace mesos
