#include "mesoslib/install/shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "gtest/gtest.h"

namespace mesos {
namespace {

std::string Quote(const std::string& text) {
  std::string quoted = "'";
  for (char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

}  // namespace

Ran Shell(const std::string& command) {
  const std::string clean = "env -i PATH=/usr/bin:/bin HOME=/nonexistent LC_ALL=C.UTF-8 TMPDIR=" +
                            Quote(testing::TempDir()) + " bash -c " + Quote(command) + " 2>&1";
  FILE* pipe = popen(clean.c_str(), "re");
  if (pipe == nullptr) return {};
  Ran ran;
  char buffer[4096];
  while (size_t size = fread(buffer, 1, sizeof(buffer), pipe)) ran.output.append(buffer, size);
  const int status = pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

std::string NewFolder(const std::string& name) {
  std::string path = testing::TempDir() + "/" + name + "-XXXXXX";
  EXPECT_NE(mkdtemp(path.data()), nullptr) << path;
  return std::filesystem::canonical(path).string();
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string InstallCommand() {
  const char* runfiles = getenv("TEST_SRCDIR");
  const std::string root = runfiles == nullptr ? "" : runfiles;
  return "RUNFILES_DIR=" + Quote(root) + " " + Quote(root + "/mesoslib/mesoslib/install/install");
}

const std::string& Installed() {
  static const auto* const prefix = [] {
    auto* path = new std::string(NewFolder("installed"));
    const Ran ran = Shell(InstallCommand() + " --prefix=" + Quote(*path));
    EXPECT_EQ(ran.code, 0) << ran.output;
    return path;
  }();
  return *prefix;
}

}  // namespace mesos
