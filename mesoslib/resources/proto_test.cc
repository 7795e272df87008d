// What comes in as a proto: which is accepted, and what the refusals say.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "mesos/resources.h"
#include "mesoslib/testing/test_resources.h"

namespace mesos {
namespace {

using google::protobuf::util::MessageDifferencer;
using testing::AllOf;
using testing::HasSubstr;

std::string ProtoError(const v1::Resource& proto) {
  Resources::ProtoList protos;
  *protos.Add() = proto;
  const auto status = Resources::FromProto(protos).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << proto.ShortDebugString();
  return std::string(status.message());
}

std::string JsonError(absl::string_view json) { return ProtoError(ProtoFromJson(json)); }

v1::Resource Cpus(double value) {
  v1::Resource proto;
  proto.set_name("cpus");
  proto.set_type(v1::Value::SCALAR);
  proto.mutable_scalar()->set_value(value);
  return proto;
}

std::string TaskError(const v1::Resource& proto) {
  Resources::ProtoList protos;
  *protos.Add() = Cpus(1);
  protos[0].set_name("mem");
  *protos.Add() = proto;
  return std::string(ValidateTaskResources(protos).message());
}

// A resource with `members` beside its name and amount.
std::string Disk(absl::string_view members) {
  return absl::StrCat(R"({"name": "disk", "type": "SCALAR", "scalar": {"value": 1}, )", members,
                      "}");
}

constexpr char kDynamic[] = R"("reservations": [{"type": "DYNAMIC", "role": "eng"}])";

TEST(FromProto, NamesTheFieldAndTheValue) {
  EXPECT_THAT(JsonError(R"({"type": "SCALAR", "scalar": {"value": 1}})"),
              HasSubstr("resources[0].name"));
  EXPECT_THAT(JsonError(R"({"name": "cpus"})"), HasSubstr("resources[0].type"));
  EXPECT_THAT(JsonError(R"({"name": "cpus", "type": "SCALAR"})"), HasSubstr("SCALAR is not set"));
  EXPECT_THAT(JsonError(R"({"name": "cpus", "type": "TEXT"})"), HasSubstr("TEXT"));
  EXPECT_THAT(JsonError(R"({"name": "cpus", "type": "SCALAR", "scalar": {}})"),
              HasSubstr("scalar.value: is missing"));
  EXPECT_THAT(JsonError(R"({"name": "cpus", "type": "SCALAR", "scalar": {"value": 1},
                            "set": {"item": ["a"]}})"),
              HasSubstr("SET is set too"));
}

TEST(FromProto, Case12_AmountsMustBePositiveFiniteAndBounded) {
  for (double value :
       {0.0, -1.0, -1e-9, 1e-9, 0.0004, std::nan(""), HUGE_VAL, -HUGE_VAL, 1e13,
        std::numeric_limits<double>::max(), std::numeric_limits<double>::denorm_min()}) {
    EXPECT_THAT(ProtoError(Cpus(value)), AllOf(HasSubstr("resources[0].scalar.value"),
                                               HasSubstr(absl::StrCat(value)), HasSubstr("'cpus'")))
        << value;
  }
  EXPECT_TRUE(Resources::FromProto(Cpus(0.001)).ok());
}

TEST(FromProto, Case12_RangesMustBeOrderedAndDisjoint) {
  const auto ports = [](absl::string_view ranges) {
    return absl::StrCat(R"({"name": "ports", "type": "RANGES", "ranges": {"range": [)", ranges,
                        "]}}");
  };
  EXPECT_THAT(JsonError(ports(R"({"begin": 9, "end": 3})")),
              AllOf(HasSubstr("resources[0].ranges"), HasSubstr("9-3 is reversed")));
  EXPECT_THAT(JsonError(ports(R"({"begin": 1, "end": 5}, {"begin": 5, "end": 6})")),
              HasSubstr("1-5 and 5-6 overlap"));
  EXPECT_THAT(JsonError(ports("")), HasSubstr("empty"));
  EXPECT_THAT(JsonError(ports(R"({"begin": 1})")), HasSubstr("end"));
  EXPECT_EQ(
      Resources::FromProto(ProtoFromJson(ports(R"({"begin": 0, "end": 18446744073709551615})")))
          ->ToString(),
      "ports:[0-18446744073709551615]");
}

TEST(FromProto, SetsMustNotRepeatItems) {
  EXPECT_THAT(JsonError(R"({"name": "bays", "type": "SET", "set": {"item": ["a", "a"]}})"),
              HasSubstr("'a' appears twice"));
  EXPECT_THAT(JsonError(R"({"name": "bays", "type": "SET", "set": {}})"), HasSubstr("empty"));
}

TEST(FromProto, BothReservationFormatsMeanTheSame) {
  const auto read = [](absl::string_view members) {
    return *Resources::FromProto(ProtoFromJson(Disk(members)));
  };
  EXPECT_EQ(read(R"("role": "eng")"),
            read(R"("reservations": [{"type": "STATIC", "role": "eng"}])"));
  EXPECT_EQ(read(R"("role": "eng", "reservation": {"principal": "p"})"),
            read(R"("reservations": [{"type": "DYNAMIC", "role": "eng", "principal": "p"}])"));
  EXPECT_EQ(read(R"("role": "*")"), read(R"("reservations": [])"));
}

TEST(FromProto, ReservationFormatsCannotBeMixed) {
  EXPECT_THAT(JsonError(Disk(absl::StrCat(R"("role": "eng", )", kDynamic))), HasSubstr("mixed"));
  EXPECT_THAT(JsonError(Disk(absl::StrCat(R"("reservation": {}, )", kDynamic))),
              HasSubstr("mixed"));
  EXPECT_THAT(JsonError(Disk(R"("role": "eng", "reservation": {"type": "DYNAMIC"})")),
              HasSubstr("reservation"));
}

TEST(FromProto, ReservationStacksMustDescend) {
  const auto stack = [](absl::string_view reservations) {
    return Disk(absl::StrCat(R"("reservations": [)", reservations, "]"));
  };
  EXPECT_THAT(JsonError(stack(R"({"role": "eng"})")), HasSubstr("reservations[0].type"));
  EXPECT_THAT(JsonError(stack(R"({"type": "STATIC"})")), HasSubstr("reservations[0].role"));
  EXPECT_THAT(JsonError(stack(R"({"type": "DYNAMIC", "role": "*"})")), HasSubstr("'*'"));
  EXPECT_THAT(JsonError(stack(R"({"type": "DYNAMIC", "role": "a//b"})")), HasSubstr("a//b"));
  EXPECT_THAT(JsonError(stack(R"({"type": "DYNAMIC", "role": "eng"},
                                 {"type": "STATIC", "role": "eng/web"})")),
              HasSubstr("reservations[1].type"));
  EXPECT_THAT(JsonError(stack(R"({"type": "DYNAMIC", "role": "eng"},
                                 {"type": "DYNAMIC", "role": "ads/web"})")),
              HasSubstr("strictly below 'eng'"));
  EXPECT_THAT(JsonError(stack(R"({"type": "DYNAMIC", "role": "eng"},
                                 {"type": "DYNAMIC", "role": "eng"})")),
              HasSubstr("strictly below"));
  EXPECT_THAT(JsonError(Disk(R"("reservation": {})")), HasSubstr("role"));
  EXPECT_THAT(JsonError(Disk(R"("role": "*", "reservation": {})")), HasSubstr("role"));
  EXPECT_THAT(JsonError(Disk(R"("role": "a b")")), HasSubstr("a b"));
  EXPECT_TRUE(Resources::FromProto(ProtoFromJson(stack(R"({"type": "STATIC", "role": "eng"},
      {"type": "DYNAMIC", "role": "eng/web"}, {"type": "DYNAMIC", "role": "eng/web/a/b"})")))
                  .ok());
}

TEST(FromProto, DisksMustMakeSense) {
  const std::string volume = R"("disk": {"persistence": {"id": "v"},
                                         "volume": {"container_path": "d", "mode": "RW"}})";
  EXPECT_TRUE(Resources::FromProto(ProtoFromJson(Disk(absl::StrCat(kDynamic, ",", volume)))).ok());
  EXPECT_THAT(JsonError(Disk(volume)), HasSubstr("must be reserved"));
  EXPECT_THAT(JsonError(Disk(R"("disk": {})")), HasSubstr("neither source nor persistence"));
  EXPECT_THAT(JsonError(Disk(R"("disk": {"source": {}})")), HasSubstr("disk.source.type"));
  EXPECT_THAT(
      JsonError(Disk(absl::StrCat(kDynamic, R"(, "disk": {"persistence": {"id": "a/b"}})"))),
      HasSubstr("disk.persistence.id"));
  EXPECT_THAT(JsonError(Disk(R"("shared": {})")), HasSubstr("shared"));
  EXPECT_THAT(JsonError(Disk(absl::StrCat(kDynamic, R"(, "revocable": {})"))),
              HasSubstr("revocable"));
  EXPECT_THAT(JsonError(Disk(absl::StrCat(R"("revocable": {}, "role": "eng", )", volume))),
              HasSubstr("revocable"));
  EXPECT_THAT(JsonError(R"({"name": "cpus", "type": "SCALAR", "scalar": {"value": 1},
                            "disk": {"source": {"type": "PATH"}}})"),
              HasSubstr("only a scalar named disk"));
  EXPECT_TRUE(Resources::FromProto(ProtoFromJson(Disk(R"("revocable": {}, "role": "eng")"))).ok());
}

TEST(FromProto, AllocationAndProviderMustBeNamed) {
  EXPECT_THAT(JsonError(Disk(R"("allocation_info": {})")), HasSubstr("allocation_info.role"));
  EXPECT_THAT(JsonError(Disk(R"("allocation_info": {"role": "a//b"})")), HasSubstr("a//b"));
  EXPECT_THAT(JsonError(Disk(R"("provider_id": {})")), HasSubstr("provider_id"));
}

TEST(FromProto, ListsAndSumsAreBounded) {
  Resources::ProtoList many;
  for (int i = 0; i <= 10'000; ++i) *many.Add() = Cpus(1);
  EXPECT_THAT(std::string(Resources::FromProto(many).status().message()), HasSubstr("10001"));
  many.RemoveLast();
  EXPECT_EQ(Resources::FromProto(many)->cpus(), 10'000);
  for (int i = 0; i < 2; ++i) many[i] = Cpus(1e12);
  EXPECT_THAT(std::string(Resources::FromProto(many).status().message()), HasSubstr("too large"));
}

TEST(FromProto, ManyRangesOfOneNameCostNoMoreThanSortingThem) {
  Resources::ProtoList many;
  for (int i = 0; i < 10'000; ++i) {
    v1::Resource* proto = many.Add();
    proto->set_name("ports");
    proto->set_type(v1::Value::RANGES);
    for (int j = 0; j < 9; ++j) {
      v1::Value::Range* range = proto->mutable_ranges()->add_range();
      range->set_begin(2 * (10'000 * j + i));
      range->set_end(2 * (10'000 * j + i));
    }
  }
  EXPECT_EQ(Resources::FromProto(many)->ports().intervals().size(), 90'000u);
}

TEST(ToProto, KeepsEverythingThatWasRead) {
  for (int seed = 0; seed < 500; ++seed) {
    Random random(seed);
    for (const v1::Resource& proto : RandomProtos(random, 6)) {
      Resources::ProtoList written;
      Resources::FromProto(proto)->ToProto(&written);
      ASSERT_EQ(written.size(), 1);
      v1::Resource normal = proto;
      std::sort(normal.mutable_set()->mutable_item()->begin(),
                normal.mutable_set()->mutable_item()->end());
      if (!proto.has_set()) normal.clear_set();
      EXPECT_TRUE(MessageDifferencer::Equals(normal, written[0]))
          << proto.ShortDebugString() << " became " << written[0].ShortDebugString();
    }
  }
}

// The older format has no place for what a static reservation says beside its role.
bool LosesWords(const ResourceEntry& entry) {
  return !entry.IsUnreserved() && !entry.IsDynamicallyReserved() &&
         (entry.reservations()[0].has_principal() || entry.reservations()[0].has_labels());
}

TEST(ToProto, OlderFormatReadsBackUnlessRefined) {
  int refined = 0;
  for (int seed = 0; seed < 300; ++seed) {
    Random random(seed);
    const Resources resources = RandomResources(random, 6);
    Resources::ProtoList written;
    const absl::Status status = resources.ToProtoPreRefinement(&written);
    if (!status.ok()) {
      ++refined;
      EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
      EXPECT_TRUE(written.empty());
      EXPECT_FALSE(
          resources.Filter([](const ResourceEntry& e) { return e.HasRefinedReservations(); })
              .empty());
      continue;
    }
    for (const v1::Resource& proto : written) {
      EXPECT_TRUE(proto.has_role());
      EXPECT_EQ(proto.reservations_size(), 0);
    }
    if (resources.Filter(LosesWords).empty()) {
      EXPECT_EQ(*Resources::FromProto(written), resources);
    }
  }
  EXPECT_GT(refined, 0);
  EXPECT_LT(refined, 300);
}

TEST(TaskResources, OverPreciseScalarsAreRefused) {
  EXPECT_EQ(TaskError(Cpus(0.1 + 0.2)), "");
  EXPECT_THAT(TaskError(Cpus(0.1234)), AllOf(HasSubstr("resources[1].scalar.value"),
                                             HasSubstr("0.1234"), HasSubstr("three decimals")));
  EXPECT_THAT(TaskError(Cpus(1e-9)), HasSubstr("resources[1].scalar.value"));
}

TEST(TaskResources, GpusAreWhole) {
  v1::Resource gpus = Cpus(1);
  gpus.set_name("gpus");
  EXPECT_EQ(TaskError(gpus), "");
  gpus.mutable_scalar()->set_value(1.5);
  EXPECT_THAT(TaskError(gpus), HasSubstr("1.5 is not a whole number"));
}

TEST(TaskResources, RevocabilityAndAllocationAreOneKind) {
  v1::Resource revocable = Cpus(1);
  revocable.mutable_revocable();
  EXPECT_EQ(TaskError(revocable), "");
  Resources::ProtoList protos;
  *protos.Add() = revocable;
  *protos.Add() = Cpus(1);
  EXPECT_THAT(std::string(ValidateTaskResources(protos).message()), HasSubstr("revocable"));

  v1::Resource allocated = Cpus(1);
  allocated.mutable_allocation_info()->set_role("eng");
  EXPECT_THAT(TaskError(allocated), HasSubstr("resources[1].allocation_info.role"));
}

TEST(TaskResources, PersistentVolumesNeedAPlace) {
  const v1::Resource disk =
      ProtoFromJson(Disk(absl::StrCat(kDynamic, R"(, "disk": {"persistence": {"id": "v"}})")));
  EXPECT_THAT(TaskError(disk), HasSubstr("resources[1].disk.volume"));
  EXPECT_TRUE(ValidateTaskResources({}).ok());
}

}  // namespace
}  // namespace mesos
