#include "mesoslib/base/units.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using testing::HasSubstr;

TEST(UnitsTest, ReadsDurations) {
  EXPECT_EQ(*ParseDuration("15secs"), absl::Seconds(15));
  EXPECT_EQ(*ParseDuration("1mins"), absl::Minutes(1));
  EXPECT_EQ(*ParseDuration("1.5hrs"), absl::Minutes(90));
  EXPECT_EQ(*ParseDuration("2weeks"), absl::Hours(24 * 14));
  EXPECT_EQ(*ParseDuration("1days"), absl::Hours(24));
  EXPECT_EQ(*ParseDuration("500ms"), absl::Milliseconds(500));
  EXPECT_EQ(*ParseDuration("7us"), absl::Microseconds(7));
  EXPECT_EQ(*ParseDuration("9223372036854775807ns"), absl::Nanoseconds(9223372036854775807));
  EXPECT_EQ(*ParseDuration("0.1secs"), absl::Milliseconds(100));
  EXPECT_EQ(*ParseDuration("0ns"), absl::ZeroDuration());
}

TEST(UnitsTest, RefusesOtherDurations) {
  for (const char* text :
       {"", "15", "secs", "15s", "15 secs", " 15secs", "-1secs", "+1secs", "1.2.3secs", ".secs",
        "1e3secs", "infsecs", "nansecs", "15SECS", "15secs ", "15seconds", "0x10secs"}) {
    absl::Status status = ParseDuration(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("such as 15secs")) << text;
  }
  for (const char* text :
       {"99999weeks", "15251weeks", "99999.5weeks", "999999999999999999999999secs"}) {
    absl::Status status = ParseDuration(text).status();
    EXPECT_THAT(std::string(status.message()), HasSubstr("292 years")) << text;
  }
}

TEST(UnitsTest, WritesDurationsThatReadBackTheSame) {
  EXPECT_EQ(DurationToText(absl::Seconds(90)), "90secs");
  EXPECT_EQ(DurationToText(absl::Minutes(10)), "10mins");
  EXPECT_EQ(DurationToText(absl::Hours(336)), "2weeks");
  EXPECT_EQ(DurationToText(absl::ZeroDuration()), "0ns");
  for (int64_t nanoseconds : {int64_t{1}, int64_t{1001}, int64_t{1'000'000'000},
                              int64_t{86'400'000'000'001}, int64_t{9223372036854775807}}) {
    const absl::Duration duration = absl::Nanoseconds(nanoseconds);
    EXPECT_EQ(*ParseDuration(DurationToText(duration)), duration);
  }
}

TEST(UnitsTest, ReadsSizes) {
  EXPECT_EQ(ParseByteSize("512MB")->bytes, 512u << 20);
  EXPECT_EQ(ParseByteSize("2GB")->bytes, uint64_t{2} << 30);
  EXPECT_EQ(ParseByteSize("1TB")->bytes, uint64_t{1} << 40);
  EXPECT_EQ(ParseByteSize("0KB")->bytes, 0u);
  EXPECT_EQ(ParseByteSize("18446744073709551615B")->bytes, 18446744073709551615u);
}

TEST(UnitsTest, RefusesOtherSizes) {
  for (const char* text : {"", "512", "MB", "1.5GB", "-1B", "512mb", "5 MB",
                           "18446744073709551616B", "16777216TB", "1PB"}) {
    EXPECT_EQ(ParseByteSize(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(UnitsTest, WritesSizesThatReadBackTheSame) {
  EXPECT_EQ(ByteSizeToText({uint64_t{1536} << 20}), "1536MB");
  EXPECT_EQ(ByteSizeToText({0}), "0B");
  for (uint64_t bytes : {uint64_t{1}, uint64_t{1023}, uint64_t{1} << 40, ~uint64_t{0}}) {
    EXPECT_EQ(ParseByteSize(ByteSizeToText({bytes}))->bytes, bytes);
  }
}

}  // namespace
}  // namespace mesos
