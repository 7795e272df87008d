// Against a client that is a shell script: HDFS is a folder.
#include "daemons/package_upload.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// clang-format would take this for C++.
// clang-format off
constexpr char kClient[] = R"sh(#!/bin/sh
[ "$1" = fs ] || exit 2
there() { echo "$0.root/${1#hdfs://localhost:9000/}"; }
case "$2" in
  -test) [ "$3" = -e ] && test -e "$(there "$4")" ;;
  -rm) rm "$(there "$3")" ;;
  -copyFromLocal) cp "$3" "$(there "$4")" ;;
  *) exit 2 ;;
esac
)sh";
// clang-format on

class PackageUploadTest : public testing::Test {
 protected:
  PackageUploadTest() : folder_(fs::path(testing::TempDir()) / "upload") {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "hadoop.root");
    Write("hadoop", kClient);
    fs::permissions(folder_ / "hadoop", fs::perms::owner_all);
    Write("package.tgz", "new");
    upload_ = {.package = folder_ / "package.tgz",
               .uri = "hdfs://localhost:9000/package.tgz",
               .hadoop = folder_ / "hadoop"};
  }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }
  std::string Uploaded() const {
    std::ostringstream text;
    text << std::ifstream(folder_ / "hadoop.root/package.tgz").rdbuf();
    return text.str();
  }

  const fs::path folder_;
  PackageUpload upload_;
};

TEST_F(PackageUploadTest, AFileIsPutWhereThereIsNone) {
  EXPECT_EQ(Upload(upload_), absl::OkStatus());
  EXPECT_EQ(Uploaded(), "new");
}

TEST_F(PackageUploadTest, WhatIsThereIsReplacedOnlyOnDemand) {
  Write("hadoop.root/package.tgz", "old");
  const absl::Status status = Upload(upload_);
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  EXPECT_EQ(Uploaded(), "old");
  upload_.overwrite = true;
  EXPECT_EQ(Upload(upload_), absl::OkStatus());
  EXPECT_EQ(Uploaded(), "new");
}

TEST_F(PackageUploadTest, AClientThatFailsIsTold) {
  upload_.package = folder_ / "missing";
  EXPECT_THAT(std::string(Upload(upload_).message()), HasSubstr("has failed with exit code 1"));
  Write("hadoop", "#!/bin/sh\nexit 255\n");
  EXPECT_THAT(std::string(Upload(upload_).message()), HasSubstr("has failed with exit code 255"));
  Write("hadoop", "#!/bin/sh\nkill -9 $$\n");
  EXPECT_THAT(std::string(Upload(upload_).message()), HasSubstr("has failed with exit code 137"));
  upload_.hadoop = folder_ / "nowhere";
  const absl::Status status = Upload(upload_);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("nowhere': No such file or directory"));
}

}  // namespace
}  // namespace mesos
