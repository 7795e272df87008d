#include "daemons/process_flags.h"

#include <stdlib.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

TEST(ProcessFlagsTest, TakesArgumentsEnvironmentAndFiles) {
  const std::string path = absl::StrCat(testing::TempDir(), "/secret");
  std::ofstream(path) << "from a file\n";
  setenv("MESOS_FROM_ENVIRONMENT", "a=b", 1);
  std::string from_file;
  std::string from_environment;
  FlagSet flags("test", "Test.");
  flags.Add(&from_file, "from_file", "A flag.");
  flags.Add(&from_environment, "from_environment", "A flag.");
  std::string program = "test";
  std::string argument = absl::StrCat("--from_file=file://", path);
  char* argv[] = {program.data(), argument.data(), nullptr};
  absl::Status status = ParseProcessFlags(2, argv, &flags);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(from_file, "from a file");
  EXPECT_EQ(from_environment, "a=b");
}

TEST(ProcessFlagsTest, SaysWhyAFileCannotBeRead) {
  EXPECT_EQ(ReadFlagFile("/none").status().message(), "No such file or directory");
  EXPECT_EQ(ReadFlagFile(testing::TempDir()).status().message(), "Is a directory");
  EXPECT_EQ(ReadFlagFile("/dev/zero").status().message(), "larger than 16 MiB");
}

}  // namespace
}  // namespace mesos
