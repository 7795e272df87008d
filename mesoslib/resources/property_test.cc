// Laws of the algebra, each tried on resources from many seeds.
#include <string>

#include "gtest/gtest.h"
#include "mesos/resources.h"
#include "mesoslib/testing/test_resources.h"

namespace mesos {
namespace {

constexpr int kEntries = 10;

class Laws : public testing::TestWithParam<int> {
 protected:
  Random random_{static_cast<uint64_t>(GetParam())};
  Resources a_ = RandomResources(random_, kEntries);
  Resources b_ = RandomResources(random_, kEntries);
  Resources c_ = RandomResources(random_, kEntries);
};

TEST_P(Laws, AdditionIsCommutativeAndAssociative) {
  EXPECT_EQ(a_ + b_, b_ + a_);
  EXPECT_EQ((a_ + b_) + c_, a_ + (b_ + c_));
  EXPECT_EQ(a_ + Resources(), a_);
}

TEST_P(Laws, WhatIsAddedCanBeTakenAway) {
  const Resources a = a_.Scalars();
  const Resources b = b_.Scalars();
  EXPECT_EQ((a + b) - b, a);
  EXPECT_EQ((a + b) - a, b);
  // Collections, where they do not meet.
  const Resources apart = b_ - a_;
  if ((a_ - apart) == a_) {
    EXPECT_EQ((a_ + apart) - apart, a_);
  }
  EXPECT_TRUE((a_ - a_).empty());
}

TEST_P(Laws, WhatIsContainedAndTakenAwayCanBePutBack) {
  const Resources sum = a_ + b_;
  EXPECT_EQ((sum - a_) + a_, sum);
  EXPECT_EQ((sum - b_) + b_, sum);
}

TEST_P(Laws, ContainsIsAPartialOrder) {
  EXPECT_TRUE(a_.Contains(a_));
  EXPECT_TRUE(a_.Contains(Resources()));
  EXPECT_EQ(a_.Contains(b_) && b_.Contains(a_), a_ == b_);
  const Resources ab = a_ + b_;
  const Resources abc = ab + c_;
  EXPECT_TRUE(ab.Contains(a_));
  EXPECT_TRUE(abc.Contains(ab));
  EXPECT_TRUE(abc.Contains(a_));
  EXPECT_TRUE(a_.Contains(a_ - b_));
}

TEST_P(Laws, ContainsSaysWhetherSubtractionIsExact) {
  EXPECT_EQ(a_.Contains(b_), (a_ - b_) + b_ == a_);
  const Resources sum = a_ + b_;
  EXPECT_TRUE(sum.Contains(b_));
}

TEST_P(Laws, WhatIsWrittenReadsBack) {
  EXPECT_EQ(MustParse(a_.ToJson()), a_);
  Resources::ProtoList protos;
  a_.ToProto(&protos);
  EXPECT_EQ(*Resources::FromProto(protos), a_);
  const Resources text = RandomTextResources(random_, kEntries);
  EXPECT_EQ(MustParse(text.ToString()), text);
  EXPECT_EQ(MustParse(text.ToString()).ToString(), text.ToString());
}

TEST_P(Laws, ViewsPartitionTheWhole) {
  Resources reserved;
  for (const auto& [role, part] : a_.Reservations()) {
    EXPECT_EQ(part, a_.ReservedTo(role));
    reserved += part;
  }
  EXPECT_EQ(a_.Unreserved() + reserved, a_);
  EXPECT_EQ(a_.Revocable() + a_.NonRevocable(), a_);
  EXPECT_EQ(a_.Shared() + a_.NonShared(), a_);
  Resources allocated;
  for (const auto& [role, part] : a_.Allocations()) allocated += part;
  EXPECT_EQ(allocated, a_);
}

TEST_P(Laws, AllocationAndReservationAreReversible) {
  Resources plain = a_;
  plain.Unallocate();
  Resources allocated = plain;
  allocated.Allocate("eng/web");
  if (!plain.empty()) {
    EXPECT_EQ(allocated.AllocationRole(), "eng/web");
  }
  allocated.Unallocate();
  EXPECT_EQ(allocated, plain);

  ResourceEntry::Reservation reservation;
  reservation.set_type(ResourceEntry::Reservation::DYNAMIC);
  reservation.set_role("eng");
  const Resources free = a_.Unreserved().NonRevocable();
  EXPECT_EQ(*free.PushReservation(reservation)->PopReservation(), free);
}

TEST_P(Laws, EntriesAreSortedUniqueAndNeverEmpty) {
  for (const Resources& resources : {a_, a_ + b_, (a_ + b_) - c_, a_.ToUnreserved()}) {
    const ResourceEntry* previous = nullptr;
    for (const ResourceEntry& entry : resources) {
      if (previous != nullptr) {
        EXPECT_LT(previous->Compare(entry), 0);
        EXPECT_GT(entry.Compare(*previous), 0);
      }
      EXPECT_GT(entry.copies(), 0);
      EXPECT_TRUE(entry.millis() > 0 || !entry.ranges().empty() || !entry.items().empty());
      previous = &entry;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Laws, testing::Range(0, 300));

}  // namespace
}  // namespace mesos
