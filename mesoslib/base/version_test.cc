#include "mesos/version.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(VersionTest, TheTextAndTheNumbersAgree) {
  EXPECT_EQ(absl::StrCat(MESOS_VERSION_MAJOR, ".", MESOS_VERSION_MINOR, ".", MESOS_VERSION_PATCH),
            MESOS_VERSION);
  EXPECT_EQ(LibraryVersion(), MESOS_VERSION);
}

TEST(VersionTest, ServesHeadersOfItsMajorVersionThatAreNotNewer) {
  EXPECT_TRUE(CheckVersion().ok());
  EXPECT_TRUE(CheckVersion({MESOS_VERSION_MAJOR, 0, 0}).ok());
  EXPECT_TRUE(CheckVersion({MESOS_VERSION_MAJOR, MESOS_VERSION_MINOR, 99}).ok());
}

TEST(VersionTest, RefusesOthersNamingBothVersions) {
  for (HeaderVersion headers : {HeaderVersion{MESOS_VERSION_MAJOR, MESOS_VERSION_MINOR + 1, 3},
                                HeaderVersion{MESOS_VERSION_MAJOR + 1, 0, 0},
                                HeaderVersion{MESOS_VERSION_MAJOR - 1, 9, 0}}) {
    const absl::Status refused = CheckVersion(headers);
    EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
    EXPECT_THAT(
        std::string(refused.message()),
        AllOf(HasSubstr(absl::StrCat(headers.major, ".", headers.minor, ".", headers.patch)),
              HasSubstr(MESOS_VERSION)));
  }
}

}  // namespace
}  // namespace mesos
