#include "daemons/testing/test_cluster.h"

#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mesos {

namespace fs = std::filesystem;

namespace {

std::string FlagName(const std::string& argument) { return argument.substr(0, argument.find('=')); }

// What `more` names replaces what is there.
std::vector<std::string> Override(std::vector<std::string> arguments,
                                  const std::vector<std::string>& more) {
  for (const std::string& argument : more) {
    std::erase_if(arguments, [&](const auto& old) { return FlagName(old) == FlagName(argument); });
    arguments.push_back(argument);
  }
  return arguments;
}

}  // namespace

TestCluster::TestCluster(uid_t uid) : uid_(uid) {
  // Another account cannot reach the test's own folder.
  folder_ = uid == geteuid() ? testing::TempDir() + "cluster-XXXXXX" : "/tmp/mesos-test-XXXXXX";
  EXPECT_NE(mkdtemp(folder_.data()), nullptr) << folder_;
  if (uid != geteuid()) {
    EXPECT_EQ(chown(folder_.c_str(), uid, uid), 0);
  }
}

TestCluster::~TestCluster() {
  agent_.reset();
  master_.reset();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::unique_ptr<TestProcess> TestCluster::Program(const std::string& name,
                                                  std::vector<std::string> arguments) {
  return TestProcess::Start("daemons/" + name, std::move(arguments), uid_);
}

std::unique_ptr<TestProcess> TestCluster::Master(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"--ip=127.0.0.1", "--work_dir=" + path("master"),
                                        "--port=" + master_http_port_,
                                        "--grpc_port=" + master_port_};
  return Program("mesos-master", Override(std::move(arguments), more));
}

std::unique_ptr<TestProcess> TestCluster::Agent(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"--ip=127.0.0.1",
                                        "--work_dir=" + path("agent"),
                                        "--runtime_dir=" + path("run"),
                                        "--port=" + agent_http_port_,
                                        "--grpc_port=0",
                                        "--master=grpc://127.0.0.1:" + master_port_,
                                        "--registration_backoff_factor=10ms",
                                        "--resources=cpus:2;mem:512;disk:100"};
  return Program("mesos-agent", Override(std::move(arguments), more));
}

std::unique_ptr<TestProcess> TestCluster::Execute(std::vector<std::string> arguments) {
  arguments.push_back("--master=grpc://127.0.0.1:" + master_port_);
  return Program("mesos-execute", std::move(arguments));
}

void TestCluster::StartMaster(const std::vector<std::string>& more) {
  master_ = Master(more);
  master_http_port_ = master_->WaitFor("HTTP listens on port ");
  master_port_ = master_->WaitFor("gRPC listens on port ");
  master_->WaitFor("the master leads");
}

void TestCluster::StartAgent(const std::vector<std::string>& more) {
  agent_ = Agent(more);
  agent_http_port_ = agent_->WaitFor("HTTP listens on port ");
  agent_->WaitFor("registered as agent");
}

fs::path TestCluster::FindInSandboxes(const std::string& name) const {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(path("agent"))) {
    if (entry.path().filename() == name) found.push_back(entry.path());
  }
  EXPECT_EQ(found.size(), 1u) << name;
  return found.empty() ? fs::path() : fs::relative(found[0], path("agent"));
}

std::string TestCluster::SandboxFile(const std::string& name) const {
  std::ifstream file(fs::path(path("agent")) / FindInSandboxes(name));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void TestCluster::Touch(const std::string& name) const { std::ofstream(path(name)).flush(); }

std::string UntilExists(const std::string& path) {
  return absl::StrCat("i=0; while [ ! -e ", path,
                      " ] && [ $i -lt 3000 ]; do sleep 0.01; i=$((i+1)); done; [ -e ", path, " ]");
}

}  // namespace mesos
