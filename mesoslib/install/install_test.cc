// What install.sh lays out, where, and what it refuses.
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/install/shell.h"

namespace mesos {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

mode_t Mode(const std::string& path) {
  struct stat info = {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777;
}

TEST(InstallTest, ThereIsWhatADistributionWouldHave) {
  for (const char* file : {"include/mesos/master.h",
                           "include/mesos/v1/mesos.pb.h",
                           "include/mesos/v1/scheduler/scheduler.pb.h",
                           "include/mesos/internal/messages.pb.h",
                           "lib/libmesoslib.a",
                           "lib/libmesoslib.so",
                           "lib/libmesoslib.so.1",
                           "lib/pkgconfig/mesoslib.pc",
                           "lib/cmake/mesoslib/mesoslibConfig.cmake",
                           "lib/cmake/mesoslib/mesoslibConfigVersion.cmake",
                           "share/mesoslib/proto/mesos/v1/mesos.proto",
                           "share/mesoslib/proto/mesos/rpc/services.proto",
                           "sbin/mesos-master",
                           "sbin/mesos-agent",
                           "bin/mesos",
                           "bin/mesos-ps",
                           "bin/mesos-local",
                           "bin/mesos-execute",
                           "bin/mesos-explain",
                           "bin/mesos-resolve",
                           "libexec/mesos/mesos-containerizer",
                           "lib/systemd/system/mesos-master.service",
                           "lib/systemd/system/mesos-agent.service",
                           "share/bash-completion/completions/mesos-agent",
                           "share/zsh/site-functions/_mesos-agent",
                           "share/bash-completion/completions/mesos",
                           "share/zsh/site-functions/_mesos",
                           "lib/sysusers.d/mesos-master.conf",
                           "etc/default/mesos-master",
                           "share/doc/mesoslib/README.md",
                           "share/doc/mesoslib/LICENSE",
                           "share/doc/mesoslib/embedding.md",
                           "share/doc/mesoslib/examples/scheduler.cc"}) {
    EXPECT_TRUE(fs::exists(Installed() + "/" + file)) << file;
  }
}

TEST(InstallTest, NothingOfTheInsideIsThere) {
  for (const auto& entry : fs::recursive_directory_iterator(Installed() + "/include")) {
    const std::string name = entry.path().filename().string();
    EXPECT_THAT(name, Not(HasSubstr("checkpoint"))) << entry.path();
    EXPECT_THAT(name, Not(HasSubstr("registry"))) << entry.path();
    EXPECT_THAT(name, Not(HasSubstr("grpc"))) << entry.path();
  }
}

TEST(InstallTest, EverybodyMayReadAndProgramsRun) {
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(Installed())) {
    if (!entry.is_regular_file() || entry.is_symlink()) continue;
    ++files;
    const mode_t mode = Mode(entry.path().string());
    EXPECT_TRUE(mode == 0644 || mode == 0755) << entry.path() << " has mode " << std::oct << mode;
  }
  EXPECT_GT(files, 50);
  EXPECT_EQ(Mode(Installed() + "/sbin/mesos-agent"), 0755u);
  EXPECT_EQ(Mode(Installed() + "/include/mesos/agent.h"), 0644u);
  const Ran version = Shell(Installed() + "/sbin/mesos-master --version");
  EXPECT_EQ(version.code, 0);
  EXPECT_THAT(version.output, HasSubstr("1.12.0"));
}

TEST(InstallTest, TheSharedLibraryIsNamedStrippedAndHasNoPathsOfTheBuild) {
  const std::string library = Installed() + "/lib/libmesoslib.so.1";
  EXPECT_EQ(fs::read_symlink(Installed() + "/lib/libmesoslib.so"), "libmesoslib.so.1");
  EXPECT_EQ(fs::read_symlink(library), "libmesoslib.so.1.12.0");
  const std::string dynamic = Shell("readelf -d " + library).output;
  EXPECT_THAT(dynamic, HasSubstr("Library soname: [libmesoslib.so.1]"));
  EXPECT_THAT(dynamic, Not(HasSubstr("RPATH")));
  EXPECT_THAT(dynamic, Not(HasSubstr("RUNPATH")));
  EXPECT_THAT(Shell("readelf -S " + library).output, Not(HasSubstr(".symtab")));
  EXPECT_LE(fs::file_size(library), 12u << 20);
}

TEST(InstallTest, DestdirIsAboveButNotInWhatIsInstalled) {
  const std::string destdir = NewFolder("destdir");
  const Ran ran = Shell("DESTDIR=" + destdir + " " + InstallCommand() +
                        " --prefix=/usr --libdir=lib/x86_64-linux-gnu --docdir=share/doc/mesos");
  ASSERT_EQ(ran.code, 0) << ran.output;
  EXPECT_TRUE(fs::exists(destdir + "/usr/lib/x86_64-linux-gnu/libmesoslib.so.1"));
  EXPECT_TRUE(fs::exists(destdir + "/usr/share/doc/mesos/README.md"));
  const std::string unit = ReadFile(destdir + "/usr/lib/systemd/system/mesos-agent.service");
  EXPECT_THAT(unit, AllOf(HasSubstr("ExecStart=/usr/sbin/mesos-agent\n"),
                          HasSubstr("EnvironmentFile=-/etc/default/mesos-agent\n")));
  EXPECT_THAT(Shell("grep -rlI '" + destdir + "\\|@[A-Z]*@' --exclude=*.pb.h " + destdir).output,
              IsEmpty());
  const Ran flags =
      Shell("PKG_CONFIG_SYSROOT_DIR= PKG_CONFIG_PATH=" + destdir +
            "/usr/lib/x86_64-linux-gnu/pkgconfig pkg-config --variable=protodir mesoslib");
  EXPECT_TRUE(fs::equivalent(std::string(absl::StripAsciiWhitespace(flags.output)),
                             destdir + "/usr/share/mesoslib/proto"))
      << flags.output;
}

TEST(InstallTest, InstallsAgainOverItself) {
  const std::string prefix = NewFolder("twice");
  for (int i = 0; i < 2; ++i) {
    const Ran ran = Shell(InstallCommand() + " --prefix=" + prefix);
    ASSERT_EQ(ran.code, 0) << ran.output;
  }
}

TEST(InstallTest, RefusesWhatMakesNoSenseAndNamesIt) {
  const struct {
    const char* arguments;
    const char* message;
  } cases[] = {
      {"", "--prefix is ''"},
      {"--prefix=relative/path", "--prefix is 'relative/path': expected an absolute path"},
      {"--prefix=/tmp/x --libdir=/abs", "--libdir is '/abs': expected a path below the prefix"},
      {"--prefix=/tmp/x --libdir=a/../../b", "--libdir is 'a/../../b'"},
      {"--prefix=/tmp/x --docdir=", "--docdir is ''"},
      {"--prefix=/tmp/x --zshdir=/zsh", "--zshdir is '/zsh': expected a path below the prefix"},
      {"--prefix=/tmp/x --sysconfdir=etc", "--sysconfdir is 'etc'"},
      {"--prefx=/tmp/x", "unknown argument '--prefx=/tmp/x'"},
  };
  for (const auto& bad : cases) {
    const Ran ran = Shell(InstallCommand() + " " + bad.arguments);
    EXPECT_EQ(ran.code, 2) << bad.arguments;
    EXPECT_THAT(ran.output, HasSubstr(bad.message));
  }
  const Ran relative = Shell("DESTDIR=here " + InstallCommand() + " --prefix=/usr");
  EXPECT_EQ(relative.code, 2);
  EXPECT_THAT(relative.output, HasSubstr("DESTDIR is 'here'"));
}

}  // namespace
}  // namespace mesos
