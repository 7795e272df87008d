// Masters, agents and commands that find each other through a real ZooKeeper.
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemons/testing/test_cluster.h"
#include "daemons/testing/test_process.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/coordination/testing/ensemble.h"

namespace mesos {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class FailoverTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (Ensemble::Missing().empty()) ensemble_ = new Ensemble;
  }
  static void TearDownTestSuite() {
    delete ensemble_;
    ensemble_ = nullptr;
  }
  void SetUp() override {
    if (ensemble_ == nullptr) GTEST_SKIP() << Ensemble::Missing();
    const std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
    zk_ = ensemble_->url("/" + test + "/mesos", "user:secret");
  }

  // HTTP's port is what tells masters apart.
  std::unique_ptr<TestProcess> Master(int port) {
    return cluster_.Program(
        "mesos-master",
        {"--ip=127.0.0.1", absl::StrCat("--advertise_port=", port), "--port=0", "--grpc_port=0",
         "--zk=" + zk_, "--zk_session_timeout=2secs", "--quorum=2", "--registry=replicated_log"});
  }

  std::string Resolve(const std::string& url) {
    auto resolve = cluster_.Program("mesos-resolve", {"--timeout=20secs", url});
    EXPECT_EQ(resolve->WaitForExit(), 0) << resolve->output();
    return resolve->output();
  }

  std::unique_ptr<TestProcess> Execute(const std::string& command) {
    return cluster_.Program("mesos-execute", {"--master=" + zk_, "--command=" + command,
                                              "--resources=cpus:0.1;mem:16"});
  }

  static Ensemble* ensemble_;
  std::string zk_;
  TestCluster cluster_{geteuid()};
};

Ensemble* FailoverTest::ensemble_ = nullptr;

TEST_F(FailoverTest, AnotherMasterTakesOverAndTasksGoOn) {
  auto first = Master(7001);
  first->WaitFor("the master stands for election");
  EXPECT_EQ(Resolve(zk_), "127.0.0.1:7001\n");
  auto second = Master(7002);
  second->WaitFor("the master stands for election");
  std::ofstream(cluster_.path("url")) << zk_ << "\n";
  cluster_.StartAgent({"--master=file://" + cluster_.path("url")});

  auto quick = Execute("echo hello");
  EXPECT_EQ(quick->WaitForExit(), 0) << quick->output();
  auto lasting = Execute(UntilExists(cluster_.path("end")));
  lasting->WaitFor("TASK_RUNNING");

  first->Signal(SIGKILL);
  first->WaitForExit();
  auto next = Execute("echo again");
  EXPECT_EQ(next->WaitForExit(), 0) << next->output();
  EXPECT_EQ(Resolve(zk_), "127.0.0.1:7002\n");
  cluster_.Touch("end");
  EXPECT_EQ(lasting->WaitForExit(), 0) << lasting->output();
  for (const TestProcess* process : {second.get(), &cluster_.agent(), lasting.get()}) {
    EXPECT_THAT(process->output(), Not(HasSubstr("secret"))) << "the password is in a log";
  }
}

TEST_F(FailoverTest, AMasterThatDoesNotLeadNamesTheOneThatDoes) {
  auto first = Master(7001);
  first->WaitFor("the master stands for election");
  Resolve(zk_);
  auto second = Master(7002);
  const std::string port = second->WaitFor("gRPC listens on port ");
  second->WaitFor("the master stands for election");
  auto execute = cluster_.Program(
      "mesos-execute", {"--master=grpc://127.0.0.1:" + port, "--command=true", "--timeout=2secs"});
  EXPECT_EQ(execute->WaitForExit(), 1);
  EXPECT_THAT(execute->output(), HasSubstr("7001"));
}

TEST_F(FailoverTest, OthersAreToldTheAdvertisedAddress) {
  auto master = cluster_.Program("mesos-master",
                                 {"--ip=127.0.0.1", "--port=0", "--advertise_ip=10.9.8.7",
                                  "--advertise_port=7003", "--zk=" + zk_, "--registry=in_memory"});
  EXPECT_EQ(Resolve(zk_), "10.9.8.7:7003\n");
}

TEST_F(FailoverTest, NoLeaderIsToldByName) {
  auto resolve = cluster_.Program("mesos-resolve", {"--timeout=1secs", "--verbose", zk_});
  EXPECT_EQ(resolve->WaitForExit(), 1);
  EXPECT_THAT(resolve->output(),
              AllOf(HasSubstr("no leading master was found at zk://..@127"), HasSubstr("within 1s"),
                    HasSubstr("a session"), Not(HasSubstr("secret"))));
}

TEST(ZooKeeperFlagsTest, MalformedUrlsEndProgramsWithAReason) {
  TestCluster cluster(geteuid());
  const std::vector<std::pair<std::string, std::vector<std::string>>> programs = {
      {"mesos-master", {"--zk=zk://user:secret@host/mesos"}},
      {"mesos-agent",
       {"--work_dir=" + cluster.path("agent"), "--master=zk://user:secret@host/mesos"}},
      {"mesos-resolve", {"zk://user:secret@host/mesos"}}};
  for (const auto& [program, arguments] : programs) {
    auto process = cluster.Program(program, arguments);
    EXPECT_EQ(process->WaitForExit(), 1) << program;
    EXPECT_THAT(process->output(), AllOf(HasSubstr("names the server 'host' without a port"),
                                         Not(HasSubstr("secret"))))
        << program;
  }
  auto execute = cluster.Program("mesos-execute", {"--command=true", "--master=zk://host:1"});
  EXPECT_EQ(execute->WaitForExit(), 2);
  EXPECT_THAT(execute->output(), HasSubstr("--master: a ZooKeeper URL has no path"));
  auto master = cluster.Program("mesos-master", {"--registry=zookeeper"});
  EXPECT_EQ(master->WaitForExit(), 1);
  EXPECT_THAT(master->output(), HasSubstr("--zk, which says where, is missing"));
  auto resolve = cluster.Program("mesos-resolve", {});
  EXPECT_EQ(resolve->WaitForExit(), 2);
  resolve = cluster.Program("mesos-resolve", {"10.0.0.1:5050"});
  EXPECT_EQ(resolve->WaitForExit(), 0);
  EXPECT_EQ(resolve->output(), "10.0.0.1:5050\n");
}

}  // namespace
}  // namespace mesos
