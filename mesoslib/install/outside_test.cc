// The installed library as its users have it, without Bazel: the examples are built with g++ and
// pkg-config, with CMake, and statically, and run.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "daemons/testing/test_process.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/install/shell.h"

namespace mesos {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string Sources() { return Installed() + "/share/doc/mesoslib/examples"; }

std::string PkgConfig(const std::string& what) {
  return "$(PKG_CONFIG_PATH=" + Installed() + "/lib/pkgconfig pkg-config " + what + " mesoslib)";
}

void WriteFile(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

// Two compilers at a time.
std::string BuildWithGcc(const std::string& compiler, const std::string& flags) {
  const std::string folder = NewFolder("gcc");
  const Ran ran = Shell("cd " + Sources() + " && ls *.cc | sed s/.cc$// | xargs -P2 -I{} sh -c '" +
                        compiler + " {}.cc " + PkgConfig(flags) + " -o " + folder + "/{}'");
  EXPECT_EQ(ran.code, 0) << ran.output;
  return folder;
}

std::string BuildWithCMake() {
  const std::string folder = NewFolder("cmake");
  WriteFile(folder + "/CMakeLists.txt", absl::StrReplaceAll(R"(
cmake_minimum_required(VERSION 3.25)
project(host CXX)
find_package(mesoslib 1.12 REQUIRED COMPONENTS static)
foreach(example embed_cluster scheduler executor)
  add_executable(${example} SOURCES/${example}.cc)
  target_link_libraries(${example} PRIVATE mesoslib::mesoslib)
endforeach()
add_executable(embed_agent SOURCES/embed_agent.cc)
target_link_libraries(embed_agent PRIVATE mesoslib::static)
)",
                                                            {{"SOURCES", Sources()}}));
  const Ran ran = Shell("cd " + folder + " && cmake -DCMAKE_PREFIX_PATH=" + Installed() +
                        " . && cmake --build . -j2");
  EXPECT_EQ(ran.code, 0) << ran.output;
  return folder;
}

enum class Way { kPkgConfig, kCMake, kStatic };

std::string Name(Way way) {
  return way == Way::kPkgConfig ? "PkgConfig" : way == Way::kCMake ? "CMake" : "Static";
}

// Where the examples are that were built this way; the first call builds them.
const std::string& Built(Way way) {
  static auto* const folders = new std::map<Way, std::string>();
  if (auto found = folders->find(way); found != folders->end()) return found->second;
  std::string folder = way == Way::kCMake ? BuildWithCMake()
                       : way == Way::kPkgConfig
                           ? BuildWithGcc("g++", "--cflags --libs")
                           : BuildWithGcc("g++ -static", "--static --cflags --libs");
  return folders->emplace(way, std::move(folder)).first->second;
}

class OutsideTest : public testing::TestWithParam<Way> {
 protected:
  std::unique_ptr<TestProcess> Start(const std::string& example,
                                     std::vector<std::string> arguments = {}) {
    std::vector<std::string> environment;
    if (GetParam() != Way::kStatic) {
      environment.push_back("LD_LIBRARY_PATH=" + Installed() + "/lib");
    }
    return TestProcess::Start(Built(GetParam()) + "/" + example, std::move(arguments), geteuid(),
                              std::move(environment));
  }

  // Both installed daemons. Returns the master's gRPC address.
  std::string StartMaster() {
    folder_ = NewFolder("cluster");
    master_ = TestProcess::Start(
        Installed() + "/sbin/mesos-master",
        {"--ip=127.0.0.1", "--port=0", "--work_dir=" + folder_ + "/m"}, geteuid());
    const std::string address = "127.0.0.1:" + master_->WaitFor("gRPC listens on port ");
    master_->WaitFor("the master leads");
    return address;
  }

  void StartAgent(const std::string& master) {
    agent_ = TestProcess::Start(
        Installed() + "/sbin/mesos-agent",
        {"--master=grpc://" + master, "--ip=127.0.0.1", "--port=0",
         "--work_dir=" + folder_ + "/a", "--runtime_dir=" + folder_ + "/r", "--no-switch_user",
         "--resources=cpus:2;mem:512"},
        geteuid());
    agent_->WaitFor("registered as agent");
  }

  std::string folder_;
  std::unique_ptr<TestProcess> master_, agent_;
};

TEST_P(OutsideTest, AClusterInAProcessRunsATaskOnEachOfItsAgents) {
  auto cluster = Start("embed_cluster");
  EXPECT_EQ(cluster->WaitForExit(), 0) << cluster->output();
  EXPECT_THAT(cluster->output(),
              AllOf(HasSubstr("hello-1 is TASK_FINISHED"), HasSubstr("hello-2 is TASK_FINISHED")));
}

TEST_P(OutsideTest, ASchedulerRunsCommandsOnACluster) {
  const std::string master = StartMaster();
  StartAgent(master);
  auto scheduler = Start("scheduler", {master});
  EXPECT_EQ(scheduler->WaitForExit(), 0) << scheduler->output();
  EXPECT_THAT(scheduler->output(), HasSubstr("task-3 is TASK_FINISHED"));
}

TEST_P(OutsideTest, ACustomExecutorRunsTasksOnACluster) {
  const std::string master = StartMaster();
  StartAgent(master);
  std::string executor = Built(GetParam()) + "/executor";
  if (GetParam() != Way::kStatic) {
    executor = "LD_LIBRARY_PATH=" + Installed() + "/lib exec " + executor;
  }
  auto scheduler = Start("scheduler", {master, executor});
  EXPECT_EQ(scheduler->WaitForExit(), 0) << scheduler->output();
  EXPECT_THAT(scheduler->output(), HasSubstr("task-3 is TASK_FINISHED the sum is 42"));
}

TEST_P(OutsideTest, AServiceWithALoopOfItsOwnIsAnAgent) {
  const std::string master = StartMaster();
  auto service = Start("embed_agent", {master, folder_ + "/service"});
  service->WaitFor("agent: OK");
  auto scheduler = Start("scheduler", {master});
  EXPECT_EQ(scheduler->WaitForExit(), 0) << scheduler->output();
  service->WaitFor("service/slave/tasks_finished 3");
  service->Signal(SIGINT);
  EXPECT_EQ(service->WaitForExit(), 0) << service->output();
  EXPECT_THAT(service->output(),
              AllOf(HasSubstr("[info] "), HasSubstr("service/slave/registered 1"),
                    HasSubstr("service/slave/cpus_total 2")));
}

TEST_P(OutsideTest, ProgramsSayWhatIsWrongWithTheirArguments) {
  auto scheduler = Start("scheduler", {"nonsense"});
  EXPECT_EQ(scheduler->WaitForExit(), 2);
  EXPECT_THAT(scheduler->output(), HasSubstr("address is 'nonsense', not \"host:port\""));
  auto executor = Start("executor");
  EXPECT_EQ(executor->WaitForExit(), 2);
  EXPECT_THAT(executor->output(), HasSubstr("MESOS_"));
}

INSTANTIATE_TEST_SUITE_P(Builds, OutsideTest,
                         testing::Values(Way::kPkgConfig, Way::kCMake, Way::kStatic),
                         [](const auto& info) { return Name(info.param); });

// The headers of a version to come, with the library of today.
TEST(VersionMismatchTest, IsRefusedAtTheStartWithBothVersionsNamed) {
  const std::string folder = NewFolder("newer");
  fs::copy(Installed() + "/include", folder + "/include", fs::copy_options::recursive);
  ASSERT_EQ(Shell("sed -i 's/_MINOR 12/_MINOR 13/' " + folder + "/include/mesos/version.h").code,
            0);
  WriteFile(folder + "/host.cc", R"(
#include <cstdio>
#include "mesos/event_loop.h"
int main() {
  absl::Status refused = mesos::CreateThreadEventLoop("host").status();
  std::printf("%s\n", refused.ToString().c_str());
}
)");
  const Ran built = Shell("cd " + folder + " && g++ -Iinclude host.cc " +
                          PkgConfig("--cflags --libs") + " -Iinclude -o host");
  ASSERT_EQ(built.code, 0) << built.output;
  const Ran ran = Shell("LD_LIBRARY_PATH=" + Installed() + "/lib " + folder + "/host");
  EXPECT_THAT(ran.output, AllOf(HasSubstr("FAILED_PRECONDITION"), HasSubstr("mesoslib 1.13.0"),
                                HasSubstr("the library 1.12.0")));
}

TEST(PackageFilesTest, AnotherMajorVersionIsNotFound) {
  const std::string folder = NewFolder("versions");
  WriteFile(folder + "/CMakeLists.txt", R"(
cmake_minimum_required(VERSION 3.25)
project(host CXX)
foreach(version 1 1.0 1.12 1.12.0 1.13 2 0.9)
  find_package(mesoslib ${version} QUIET)
  message(STATUS "${version}: ${mesoslib_FOUND}")
endforeach()
)");
  const Ran ran = Shell("cd " + folder + " && cmake -DCMAKE_PREFIX_PATH=" + Installed() + " .");
  for (const char* found : {"1: 1", "1.0: 1", "1.12: 1", "1.12.0: 1"}) {
    EXPECT_THAT(ran.output, HasSubstr(std::string("-- ") + found));
  }
  for (const char* missing : {"1.13: 0", "2: 0", "0.9: 0"}) {
    EXPECT_THAT(ran.output, HasSubstr(std::string("-- ") + missing));
  }
  const Ran newer = Shell("PKG_CONFIG_PATH=" + Installed() +
                          "/lib/pkgconfig pkg-config --print-errors 'mesoslib >= 1.13'");
  EXPECT_NE(newer.code, 0);
}

}  // namespace
}  // namespace mesos
