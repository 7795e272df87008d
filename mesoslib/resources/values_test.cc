#include "mesos/values.h"

#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/compact_string.h"
#include "mesoslib/testing/test_resources.h"

namespace mesos {
namespace {

using testing::HasSubstr;

constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();

Ranges R(absl::string_view text) {
  absl::StatusOr<Ranges> ranges = Ranges::Parse(text);
  EXPECT_TRUE(ranges.ok()) << ranges.status();
  return ranges.ok() ? *ranges : Ranges();
}

std::string Message(const absl::Status& status) { return std::string(status.message()); }

TEST(Scalar, RoundsToTheNearestThousandth) {
  EXPECT_EQ(*MillisFromDouble(0.1 + 0.2), 300);
  EXPECT_EQ(*MillisFromDouble(1.0004), 1000);
  EXPECT_EQ(*MillisFromDouble(1.0006), 1001);
  EXPECT_EQ(*MillisFromDouble(0), 0);
  EXPECT_EQ(*MillisFromDouble(1e12), kMaxScalarMillis);
}

TEST(Scalar, RefusesWhatIsNoAmount) {
  for (double value : {-1.0, -1e-9, std::nan(""), HUGE_VAL, -HUGE_VAL, 1.1e12, 1e300}) {
    EXPECT_FALSE(MillisFromDouble(value).ok()) << value;
  }
}

TEST(Scalar, EveryAcceptedAmountIsExactAsADouble) {
  Random random(1);
  for (int i = 0; i < 100'000; ++i) {
    const int64_t millis = static_cast<int64_t>(random() % (kMaxScalarMillis + 1));
    ASSERT_EQ(*MillisFromDouble(MillisToDouble(millis)), millis);
    ASSERT_EQ(*ParseMillis(FormatMillis(millis)), millis);
  }
}

TEST(Scalar, IsWrittenInTheShortestForm) {
  EXPECT_EQ(FormatMillis(4000), "4");
  EXPECT_EQ(FormatMillis(500), "0.5");
  EXPECT_EQ(FormatMillis(1024125), "1024.125");
  EXPECT_EQ(FormatMillis(10), "0.01");
  EXPECT_EQ(FormatMillis(0), "0");
  EXPECT_EQ(FormatMillis(-1500), "-1.5");
  EXPECT_EQ(FormatMillis(std::numeric_limits<int64_t>::min()), "-9223372036854775.808");
}

TEST(Scalar, PrecisionCheckForgivesArithmeticButNotDecimals) {
  for (double value : {0.1 + 0.2, 1.0, 0.001, 1e12, 999999999.999, double{0.1f}, 3 * 1.1, 0.0}) {
    EXPECT_TRUE(ValidateScalarPrecision(value).ok()) << value;
  }
  for (double value : {1e-9, 0.0001, 0.1234, 1.0000001, 1.0005, 100000.0001}) {
    EXPECT_FALSE(ValidateScalarPrecision(value).ok()) << value;
  }
}

TEST(Scalar, SumsStopAtTheLimitsOf64Bits) {
  constexpr int64_t kTop = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(SaturatingAdd(kTop, 1), kTop);
  EXPECT_EQ(SaturatingAdd(-kTop, -kTop), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(SaturatingAdd(2, 3), 5);
}

TEST(RangesTest, AreSortedAndCoalesced) {
  EXPECT_EQ(R("[7-9, 1-3, 4-5]").ToString(), "[1-5,7-9]");
  EXPECT_EQ(R("[]").ToString(), "[]");
  EXPECT_EQ(R("[5-5]").Count(), 1u);
}

TEST(RangesTest, RefuseReversedOverlappingAndMalformedOnes) {
  for (absl::string_view text :
       {"[3-1]", "[1-5,5-9]", "[1-9,2-3]", "[1-2,1-2]", "[1]", "[1-2-3]", "[-1-5]", "[a-b]", "[1-]",
        "[1-2,]", "[,]", "1-2", "[1-2", "", "[1-18446744073709551616]", "[1.5-2]", "{1-2}"}) {
    EXPECT_FALSE(Ranges::Parse(text).ok()) << std::string(text);
  }
  EXPECT_THAT(Message(Ranges::Parse("[9-3]").status()), HasSubstr("9-3"));
  EXPECT_THAT(Message(Ranges::Parse("[1-5,5-9]").status()), HasSubstr("1-5 and 5-9 overlap"));
}

TEST(RangesTest, ReachTheLargestInteger) {
  const Ranges all = R("[0-18446744073709551615]");
  EXPECT_EQ(all.Count(), kMax);
  EXPECT_TRUE(all.Contains(kMax));
  const Ranges top = R("[18446744073709551615-18446744073709551615]");
  EXPECT_EQ(all.Difference(top).ToString(), "[0-18446744073709551614]");
  EXPECT_EQ(all.Difference(top).Union(top), all);
  EXPECT_TRUE(all.Difference(all).empty());
  EXPECT_EQ(top.Union(R("[0-1]")).ToString(), "[0-1,18446744073709551615-18446744073709551615]");
}

TEST(RangesTest, CannotBeTooMany) {
  std::vector<Range> intervals;
  for (uint64_t i = 0; i <= kMaxRangeIntervals; ++i) intervals.push_back({3 * i, 3 * i});
  EXPECT_THAT(Message(Ranges::FromIntervals(intervals).status()), HasSubstr("100001"));
  intervals.pop_back();
  EXPECT_TRUE(Ranges::FromIntervals(intervals).ok());
}

TEST(RangesTest, ProtoWithoutAnEndIsRefused) {
  v1::Value::Ranges proto;
  proto.add_range()->set_begin(1);
  EXPECT_FALSE(Ranges::FromProto(proto).ok());
}

// The same operations on plain sets of small integers.
class RangesModel : public testing::TestWithParam<int> {};

std::set<uint64_t> Model(const Ranges& ranges) {
  std::set<uint64_t> model;
  for (const Range& range : ranges.intervals()) {
    for (uint64_t i = range.begin; i <= range.end; ++i) model.insert(i);
  }
  return model;
}

Ranges FromModel(const std::set<uint64_t>& model) {
  std::vector<Range> intervals;
  for (uint64_t i : model) intervals.push_back({i, i});
  return *Ranges::FromIntervals(intervals);
}

TEST_P(RangesModel, BehaveAsSetsOfIntegers) {
  Random random(GetParam());
  std::set<uint64_t> a;
  std::set<uint64_t> b;
  for (int i = Draw(random, 30); i > 0; --i) a.insert(Draw(random, 40));
  for (int i = Draw(random, 30); i > 0; --i) b.insert(Draw(random, 40));
  std::set<uint64_t> united = a;
  united.insert(b.begin(), b.end());
  std::set<uint64_t> rest = a;
  for (uint64_t i : b) rest.erase(i);

  const Ranges ra = FromModel(a);
  const Ranges rb = FromModel(b);
  EXPECT_EQ(Model(ra), a);
  EXPECT_EQ(ra.Union(rb), FromModel(united));
  EXPECT_EQ(ra.Difference(rb), FromModel(rest));
  EXPECT_EQ(ra.Contains(rb), std::includes(a.begin(), a.end(), b.begin(), b.end()));
  EXPECT_TRUE(ra.Union(rb).Contains(rb));
  EXPECT_EQ(ra.Count(), a.size());
  for (uint64_t i = 0; i < 42; ++i) EXPECT_EQ(ra.Contains(i), a.count(i) == 1) << i;
  EXPECT_EQ(R(ra.ToString()), ra);
  v1::Value::Ranges proto;
  ra.ToProto(&proto);
  EXPECT_EQ(*Ranges::FromProto(proto), ra);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RangesModel, testing::Range(0, 300));

TEST(ItemsTest, AreASortedSet) {
  EXPECT_EQ(Items::Parse("{b, a}")->ToString(), "{a,b}");
  EXPECT_EQ(Items::Parse("{a,b}")->Union(*Items::Parse("{b,c}")).ToString(), "{a,b,c}");
  EXPECT_EQ(Items::Parse("{a,b}")->Difference(*Items::Parse("{b,c}")).ToString(), "{a}");
  EXPECT_TRUE(Items::Parse("{a,b}")->Contains(*Items::Parse("{b}")));
  EXPECT_FALSE(Items::Parse("{a,b}")->Contains(*Items::Parse("{c}")));
  EXPECT_TRUE(Items::Parse("{}")->empty());
}

TEST(ItemsTest, RefuseDuplicatesAndGaps) {
  EXPECT_THAT(Message(Items::Parse("{a,b,a}").status()), HasSubstr("'a' appears twice"));
  EXPECT_FALSE(Items::Parse("{a,,b}").ok());
  EXPECT_FALSE(Items::Parse("a,b").ok());
}

TEST(CompactStringTest, OrdersAsItsBytesDo) {
  const std::string texts[] = {
      "",  "a",        std::string("a\0", 2), "ab", "abcdefg", "abcdefh", "abcdefgh", "\xff",
      "b", "\xff\xff", "bcdefghijklmnop"};
  for (const std::string& a : texts) {
    EXPECT_EQ(std::string(CompactString(a).view()), a);
    EXPECT_EQ(CompactString(a).empty(), a.empty());
    for (const std::string& b : texts) {
      const int expected = a.compare(b);
      const int order = CompactString(a).Compare(CompactString(b));
      EXPECT_EQ(order < 0, expected < 0) << a << " and " << b;
      EXPECT_EQ(order == 0, expected == 0) << a << " and " << b;
    }
  }
}

TEST(CompactStringTest, CopiesOutliveTheOriginal) {
  CompactString copy;
  {
    const CompactString original("longer than seven bytes");
    copy = original;
  }
  EXPECT_EQ(std::string(copy.view()), "longer than seven bytes");
  CompactString moved = std::move(copy);
  copy = moved;
  EXPECT_TRUE(copy == moved);
  EXPECT_EQ(sizeof(CompactString), 8u);
}

}  // namespace
}  // namespace mesos
