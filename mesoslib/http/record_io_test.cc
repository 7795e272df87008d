#include "mesoslib/http/record_io.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(RecordIoTest, ARecordIsItsLengthANewlineAndItsBytes) {
  EXPECT_EQ(EncodeRecord("{\"type\":\"HEARTBEAT\"}"), "20\n{\"type\":\"HEARTBEAT\"}");
  EXPECT_EQ(EncodeRecord(""), "0\n");
  EXPECT_EQ(EncodeRecord(std::string("a\0\n", 3)), std::string("3\na\0\n", 5));
}

TEST(RecordIoTest, PiecesOfAnySizeGiveTheSameRecords) {
  const std::vector<std::string> records = {"first", "", std::string(1000, 'x'), "\n9\n", "last"};
  std::string bytes;
  for (const std::string& record : records) bytes += EncodeRecord(record);
  for (size_t size = 1; size <= bytes.size(); ++size) {
    RecordDecoder decoder;
    std::vector<std::string> decoded;
    for (size_t at = 0; at < bytes.size(); at += size) {
      const std::vector<std::string> some = decoder.Feed(bytes.substr(at, size)).value();
      decoded.insert(decoded.end(), some.begin(), some.end());
    }
    ASSERT_EQ(decoded, records) << size;
    ASSERT_TRUE(decoder.Finish().ok());
  }
}

TEST(RecordIoTest, AnEmptyRecordIsARecord) {
  RecordDecoder decoder;
  EXPECT_THAT(decoder.Feed("0\n").value(), ElementsAre(""));
  EXPECT_THAT(decoder.Feed("").value(), IsEmpty());
}

TEST(RecordIoTest, MalformedLengthsAreErrors) {
  for (const char* bytes : {"\n", "-1\nx", "+1\nx", "0x1\nx", " 1\nx", "1 \nx", "{\"a\":1}",
                            "1\r\nx", "18446744073709551616\nx", "111111111111111111111\n"}) {
    RecordDecoder decoder;
    EXPECT_EQ(decoder.Feed(bytes).status().code(), absl::StatusCode::kInvalidArgument) << bytes;
  }
}

TEST(RecordIoTest, Case07_TooLargeARecordIsRefusedByItsLengthAlone) {
  RecordDecoder decoder(100);
  EXPECT_THAT(decoder.Feed(absl::StrCat("100\n", std::string(100, 'x'))).value().size(), 1u);
  EXPECT_EQ(decoder.Feed("101\n").status(),
            absl::InvalidArgumentError("a record has 101 bytes; the maximum is 100"));
}

TEST(RecordIoTest, AnErrorIsForGood) {
  RecordDecoder decoder;
  const absl::Status error = decoder.Feed("x").status();
  EXPECT_FALSE(error.ok());
  EXPECT_EQ(decoder.Feed("1\nx").status(), error);
  EXPECT_EQ(decoder.Finish(), error);
}

TEST(RecordIoTest, BytesThatEndWithinARecordAreAnError) {
  RecordDecoder in_length;
  ASSERT_TRUE(in_length.Feed("1\nx12").ok());
  EXPECT_THAT(std::string(in_length.Finish().message()),
              HasSubstr("within a record's length '12'"));
  RecordDecoder in_record;
  ASSERT_TRUE(in_record.Feed("5\nxy").ok());
  EXPECT_EQ(in_record.Finish(), absl::InvalidArgumentError("the last record lacks 3 bytes"));
}

}  // namespace
}  // namespace mesos::http
