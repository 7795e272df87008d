#include "mesoslib/base/uuid.h"

#include <memory>

#include "gtest/gtest.h"

namespace mesos {
namespace {

TEST(UuidTest, IsOfVersionFourAndNeverTheSameTwice) {
  auto random = CreateSeededRandom(1);
  std::string first = NewUuidBytes(random.get());
  std::string second = NewUuidBytes(random.get());
  EXPECT_NE(first, second);
  EXPECT_TRUE(IsUuidBytes(first));
  std::string text = UuidToText(first);
  ASSERT_EQ(text.size(), 36u);
  EXPECT_EQ(text[14], '4');
  EXPECT_EQ(text[8], '-');
}

TEST(UuidTest, TheSameSeedGivesTheSameUuids) {
  EXPECT_EQ(NewUuidText(CreateSeededRandom(7).get()), NewUuidText(CreateSeededRandom(7).get()));
}

TEST(UuidTest, OtherBytesAreNoUuid) {
  EXPECT_FALSE(IsUuidBytes(""));
  EXPECT_FALSE(IsUuidBytes(std::string(16, '\0')));
  EXPECT_FALSE(IsUuidBytes(std::string(17, '\x80')));
  EXPECT_EQ(UuidToText("ab"), "6162");
}

}  // namespace
}  // namespace mesos
