// A master and an agent as real processes, on loopback and on free ports, in a folder of their own.
#ifndef DAEMONS_TESTING_TEST_CLUSTER_H_
#define DAEMONS_TESTING_TEST_CLUSTER_H_

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "daemons/testing/test_process.h"

namespace mesos {

class TestCluster {
 public:
  explicit TestCluster(uid_t uid);
  ~TestCluster();

  // Waits until it leads. Started again, it takes the ports it had.
  void StartMaster(const std::vector<std::string>& more = {});
  // Waits until it has registered, or has recovered and registered again, with the HTTP port it had.
  void StartAgent(const std::vector<std::string>& more = {});

  // Another process on the same folders, not waited for.
  std::unique_ptr<TestProcess> Agent(const std::vector<std::string>& more = {});
  std::unique_ptr<TestProcess> Master(const std::vector<std::string>& more = {});
  std::unique_ptr<TestProcess> Program(const std::string& name, std::vector<std::string> arguments);
  // mesos-execute with this master.
  std::unique_ptr<TestProcess> Execute(std::vector<std::string> arguments);

  TestProcess& master() { return *master_; }
  TestProcess& agent() { return *agent_; }
  const std::string& master_port() const { return master_port_; }  // Of gRPC.
  const std::string& master_http_port() const { return master_http_port_; }
  const std::string& agent_http_port() const { return agent_http_port_; }
  uid_t uid() const { return uid_; }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  // The content of the one file of that name in the agent's sandboxes.
  std::string SandboxFile(const std::string& name) const;
  // The path of that file relative to the agent's work_dir.
  std::filesystem::path FindInSandboxes(const std::string& name) const;
  // Makes an empty file.
  void Touch(const std::string& name) const;

 private:
  const uid_t uid_;
  std::string folder_;
  std::string master_port_ = "0";
  std::string master_http_port_ = "0";
  std::string agent_http_port_ = "0";
  std::unique_ptr<TestProcess> master_;
  std::unique_ptr<TestProcess> agent_;
};

// A shell command that ends when the file is there, at the latest after 30 s.
std::string UntilExists(const std::string& path);

}  // namespace mesos

#endif  // DAEMONS_TESTING_TEST_CLUSTER_H_
