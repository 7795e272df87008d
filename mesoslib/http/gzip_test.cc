#include "mesoslib/http/gzip.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace mesos::http {
namespace {

constexpr size_t kNoLimit = 1 << 30;

std::string Compress(absl::string_view text) {
  Gzip gzip;
  gzip.Write(text);
  return gzip.Finish().value();
}

absl::Status Decompress(absl::string_view bytes, size_t limit, std::string* decoded) {
  Gunzip gunzip;
  const absl::Status status = gunzip.Write(bytes, limit, decoded);
  return status.ok() ? gunzip.Finish() : status;
}

std::string SomeText(int lines) {
  std::string text;
  for (int i = 0; i < lines; ++i)
    absl::StrAppend(&text, "{\"id\":", i, ",\"hash\":", i * 7919, "}\n");
  return text;
}

TEST(GzipTest, WhatWasCompressedIsDecoded) {
  for (const std::string& text : {std::string(), std::string("x"), SomeText(100'000)}) {
    std::string decoded;
    EXPECT_TRUE(Decompress(Compress(text), kNoLimit, &decoded).ok());
    EXPECT_EQ(decoded, text);
  }
}

TEST(GzipTest, PiecesOfAnySizeGiveTheSameText) {
  const std::string text = SomeText(200);
  for (size_t size = 1; size < 300; ++size) {
    Gzip gzip;
    for (size_t at = 0; at < text.size(); at += size) gzip.Write(text.substr(at, size));
    const std::string compressed = gzip.Finish().value();
    EXPECT_LT(compressed.size(), text.size() / 2);
    Gunzip gunzip;
    std::string decoded;
    for (size_t at = 0; at < compressed.size(); at += size) {
      ASSERT_TRUE(gunzip.Write(compressed.substr(at, size), kNoLimit, &decoded).ok());
    }
    EXPECT_TRUE(gunzip.Finish().ok());
    ASSERT_EQ(decoded, text);
  }
}

TEST(GzipTest, Case07_ABombGoesOffAtTheLimit) {
  const std::string bomb = Compress(std::string(100 << 20, '\0'));
  EXPECT_LT(bomb.size(), size_t{1} << 20);
  std::string decoded;
  const absl::Status status = Decompress(bomb, 1 << 20, &decoded);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_LE(decoded.size(), size_t{1} << 20);
}

TEST(GzipTest, TheLimitItselfIsAllowed) {
  const std::string text = SomeText(5000);
  std::string decoded;
  EXPECT_TRUE(Decompress(Compress(text), text.size(), &decoded).ok());
  decoded.clear();
  EXPECT_EQ(Decompress(Compress(text), text.size() - 1, &decoded).code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(GzipTest, WhatIsNotGzipIsAnError) {
  const std::string good = Compress("some text");
  std::string flipped = good;
  flipped[flipped.size() - 5] ^= 1;  // The checksum.
  for (const std::string& bytes :
       {std::string("plain text"), flipped, good + "x", good + good, good.substr(0, 12),
        good.substr(0, good.size() - 1), std::string()}) {
    std::string decoded;
    EXPECT_EQ(Decompress(bytes, kNoLimit, &decoded).code(), absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace mesos::http
