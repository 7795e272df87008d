#include "mesoslib/http/query.h"

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::http {
namespace {

using testing::HasSubstr;
using Parameters = std::map<std::string, std::string>;

TEST(QueryTest, EscapesBecomeBytes) {
  EXPECT_EQ(DecodePercent("/a%20b%2Fc").value(), "/a b/c");
  EXPECT_EQ(DecodePercent("%c3%A9").value(), "\xc3\xa9");
  EXPECT_EQ(DecodePercent("a+b").value(), "a+b");
  EXPECT_EQ(DecodePercent("").value(), "");
}

TEST(QueryTest, Case01_MalformedEscapesAreErrors) {
  for (const char* text : {"%", "%1", "%%", "%zz", "%1g", "abc%", "%-1", "%u0041"}) {
    const absl::Status status = DecodePercent(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("two hexadecimal digits")) << text;
  }
  EXPECT_EQ(DecodePercent("a%00b").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(QueryTest, ParametersAreDecoded) {
  EXPECT_EQ(ParseQuery("path=%2Ftmp&offset=0").value(),
            (Parameters{{"path", "/tmp"}, {"offset", "0"}}));
  EXPECT_EQ(ParseQuery("a=x+y%2Bz").value(), (Parameters{{"a", "x y+z"}}));
  EXPECT_EQ(ParseQuery("a=b=c").value(), (Parameters{{"a", "b=c"}}));
}

TEST(QueryTest, NamesMayHaveNoValue) {
  EXPECT_EQ(ParseQuery("").value(), Parameters{});
  EXPECT_EQ(ParseQuery("&&a&&b=").value(), (Parameters{{"a", ""}, {"b", ""}}));
}

TEST(QueryTest, TheLastOfANameCounts) {
  EXPECT_EQ(ParseQuery("a=1&a=2").value(), (Parameters{{"a", "2"}}));
}

TEST(QueryTest, Case01_MalformedNamesAndValuesAreErrors) {
  for (const char* text : {"%=1", "a=%", "a=1&b=%4"}) {
    EXPECT_EQ(ParseQuery(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(QueryTest, Case07_TooManyParametersAreAnError) {
  std::string text = "a=1";
  for (size_t i = 1; i < kMaxParameters; ++i) text += "&a=1";
  EXPECT_TRUE(ParseQuery(text).ok());
  EXPECT_EQ(ParseQuery(text + "&b").status(),
            absl::InvalidArgumentError("there are more than 256 parameters"));
}

}  // namespace
}  // namespace mesos::http
