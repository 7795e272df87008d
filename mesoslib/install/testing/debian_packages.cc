#include "mesoslib/install/testing/debian_packages.h"

#include <stdlib.h>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mesoslib/install/shell.h"

namespace mesos {

std::string DebCommand() {
  const char* runfiles = getenv("TEST_SRCDIR");
  const std::string root = runfiles == nullptr ? "" : runfiles;
  return absl::StrCat("RUNFILES_DIR='", root, "' '", root, "/mesoslib/mesoslib/install/deb'");
}

const BuiltPackages& Packages() {
  static const auto* const packages = [] {
    auto* built = new BuiltPackages{NewFolder("packages"), NewFolder("again")};
    const Ran ran =
        Shell(absl::StrCat("(umask 077; TZ=Asia/Tokyo ", DebCommand(), " --out=", built->again,
                           ") & ", DebCommand(), " --out=", built->folder, " && wait $!"));
    EXPECT_EQ(ran.code, 0) << ran.output;
    return built;
  }();
  return *packages;
}

}  // namespace mesos
