// The Debian packages: how they are built and what is in them.
#include <stdlib.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/install/shell.h"
#include "mesoslib/install/testing/debian_packages.h"

namespace mesos {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;

std::map<std::string, fs::path> Files() {
  std::map<std::string, fs::path> files;
  for (const auto& entry : fs::directory_iterator(Packages().folder)) {
    const std::string name = entry.path().filename().string();
    files[name.substr(0, name.find('_'))] = entry.path();
  }
  return files;
}

std::string Field(const std::string& package, const std::string& field) {
  return Shell(absl::StrCat("dpkg-deb -f ", Files().at(package).string(), " ", field)).output;
}

// A line of `tar -tv` for each file and folder of a package.
std::vector<std::string> Listing(const fs::path& package) {
  const Ran ran = Shell("dpkg-deb --fsys-tarfile " + package.string() + " | tar -tv --full-time");
  EXPECT_EQ(ran.code, 0) << ran.output;
  return absl::StrSplit(ran.output, '\n', absl::SkipEmpty());
}

std::string PathOf(const std::string& line) {
  const std::string path = line.substr(line.find(" ./") + 2);
  return path.substr(0, path.find(" -> "));
}

TEST(DebTest, ThereAreFivePackagesOfTheLibrarysVersion) {
  std::vector<std::string> names;
  for (const auto& [name, path] : Files()) {
    names.push_back(name);
    EXPECT_THAT(Field(name, "Version"), testing::MatchesRegex("[0-9.]+-1\n"));
    EXPECT_THAT(Shell("grep MESOS_VERSION_ " + Installed() + "/include/mesos/version.h").output,
                HasSubstr(Field(name, "Version").substr(0, 1)));
  }
  EXPECT_THAT(names, ElementsAre("libmesoslib-dev", "libmesoslib1", "mesos-agent", "mesos-master",
                                 "mesos-tools"));
}

TEST(DebTest, TheSameTreeGivesTheSameBytes) {
  const Ran ran = Shell(absl::StrCat("diff -r ", Packages().folder, " ", Packages().again));
  EXPECT_EQ(ran.code, 0) << ran.output;
}

TEST(DebTest, NoFileIsInTwoPackages) {
  std::map<std::string, std::string> owners;
  for (const auto& [name, path] : Files()) {
    for (const std::string& line : Listing(path)) {
      if (line[0] == 'd') continue;
      const auto [other, is_new] = owners.emplace(PathOf(line), name);
      EXPECT_TRUE(is_new) << PathOf(line) << " is in " << name << " and in " << other->second;
    }
  }
  EXPECT_GT(owners.size(), 80u);
}

TEST(DebTest, AllIsRootsNothingIsWritableForOthersAndOneTimeRules) {
  std::set<std::string> times;
  for (const auto& [name, path] : Files()) {
    for (const std::string& line : Listing(path)) {
      EXPECT_THAT(line, ContainsRegex("^([d-]rwxr-xr-x|-rw-r--r--|lrwxrwxrwx) root/root "));
      const std::vector<std::string> fields = absl::StrSplit(line, ' ', absl::SkipEmpty());
      times.insert(fields[3] + " " + fields[4]);
    }
  }
  EXPECT_THAT(times, ElementsAre("2026-11-21 00:00:00"));
}

TEST(DebTest, EachPackageTellsItsLicenseAndItsHistory) {
  for (const auto& [name, path] : Files()) {
    std::set<std::string> paths;
    for (const std::string& line : Listing(path)) paths.insert(PathOf(line));
    for (const char* file : {"copyright", "changelog.Debian.gz"}) {
      EXPECT_TRUE(paths.count(absl::StrCat("/usr/share/doc/", name, "/", file))) << name << file;
    }
  }
}

TEST(DebTest, ProgramsNeedThePackagesOfTheirLibraries) {
  for (const char* package : {"libmesoslib1", "mesos-master", "mesos-agent", "mesos-tools"}) {
    EXPECT_THAT(Field(package, "Depends"), ContainsRegex("libgrpc\\+\\+.*libprotobuf")) << package;
  }
  const std::string dev = Field("libmesoslib-dev", "Depends");
  EXPECT_THAT(dev, HasSubstr("libmesoslib1 (= " + Field("libmesoslib1", "Version").substr(0, 8)));
  for (const char* needed : {"libabsl-dev", "libgrpc++-dev", "libleveldb-dev", "libprotobuf-dev",
                             "libre2-dev", "libsnappy-dev", "libzookeeper-mt-dev", "zlib1g-dev"}) {
    EXPECT_THAT(dev, HasSubstr(needed));
  }
  EXPECT_EQ(Shell("dpkg-deb -I " + Files().at("libmesoslib1").string() + " shlibs").output,
            "libmesoslib 1 libmesoslib1 (>= 1.12.0)\n");
}

TEST(DebTest, WhatUsersEditIsTheirs) {
  for (const char* daemon : {"mesos-master", "mesos-agent"}) {
    EXPECT_EQ(Shell("dpkg-deb -I " + Files().at(daemon).string() + " conffiles").output,
              absl::StrCat("/etc/default/", daemon, "\n"));
  }
}

TEST(DebTest, RefusesWhatMakesNoSenseAndNamesIt) {
  const std::string file = NewFolder("file") + "/file";
  Shell("touch " + file);
  const struct {
    std::string arguments;
    std::string message;
  } cases[] = {
      {"", "--out is '': expected an absolute path"},
      {"--out=", "--out is ''"},
      {"--out=relative/path", "--out is 'relative/path': expected an absolute path"},
      {"--out=" + file, "--out is '" + file + "': no folder"},
      {"--out=" + file + "/below", "--out is '" + file + "/below': no folder"},
      {"--uot=/tmp", "unknown argument '--uot=/tmp'"},
  };
  for (const auto& bad : cases) {
    const Ran ran = Shell(DebCommand() + " " + bad.arguments);
    EXPECT_EQ(ran.code, 2) << bad.arguments;
    EXPECT_THAT(ran.output, HasSubstr(bad.message));
  }
  const Ran epoch =
      Shell("SOURCE_DATE_EPOCH=yesterday " + DebCommand() + " --out=" + NewFolder("out"));
  EXPECT_EQ(epoch.code, 2);
  EXPECT_THAT(epoch.output, HasSubstr("SOURCE_DATE_EPOCH is 'yesterday'"));
}

TEST(DebTest, AFileInNoPackageFailsTheBuildAndALineForNoFileToo) {
  const std::string pieces = NewFolder("pieces");
  ASSERT_EQ(Shell("cp -a \"" + std::string(getenv("TEST_SRCDIR")) + "/.\" " + pieces).code, 0);
  const std::string list = pieces + "/mesoslib/mesoslib/install/debian/mesos-tools.install";
  const std::string deb =
      "RUNFILES_DIR=" + pieces + " " + pieces + "/mesoslib/mesoslib/install/deb";
  const std::string out = NewFolder("none");
  Shell("sed '/bin.mesos-local/d' " + list + " >" + list + ".new; mv " + list + ".new " + list);
  const Ran forgotten = Shell(deb + " --out=" + out);
  EXPECT_EQ(forgotten.code, 1);
  EXPECT_THAT(forgotten.output, HasSubstr("in no package: ./usr/bin/mesos-local\n"));
  Shell("echo usr/bin/mesos-typo >>" + list);
  const Ran mistaken = Shell(deb + " --out=" + out);
  EXPECT_EQ(mistaken.code, 1);
  EXPECT_THAT(mistaken.output, HasSubstr("names 'usr/bin/mesos-typo', which is not there"));
  EXPECT_TRUE(fs::is_empty(out));
}

}  // namespace
}  // namespace mesos
