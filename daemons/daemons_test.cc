// The daemons as processes, over gRPC on loopback: what an operator does with them.
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daemons/testing/test_cluster.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/containerizer/cgroup_hierarchy.h"

namespace mesos {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr uid_t kNobody = 65534;

// Not where they are read-only, as in most containers.
bool MayMakeCgroups() {
  const auto hierarchy = CgroupHierarchy::Find();
  return hierarchy.ok() && access((*hierarchy)->PathOf("").c_str(), W_OK) == 0;
}

// Everything is true for root and for others, as far as the account that runs the test can show it.
class DaemonsTest : public testing::TestWithParam<uid_t> {
 protected:
  void Run() {
    cluster_.StartMaster();
    cluster_.StartAgent();
  }

  // Its exit code is `code`, and all that it says is one line with `text`.
  static void ExpectOneLine(TestProcess& process, int code, const std::string& text) {
    EXPECT_EQ(process.WaitForExit(), code);
    EXPECT_EQ(process.lines(), 1) << process.output();
    EXPECT_THAT(process.output(), HasSubstr(text));
  }

  TestCluster cluster_{GetParam()};
};

std::vector<uid_t> Accounts() {
  if (geteuid() == 0) return {0, kNobody};
  return {geteuid()};
}

INSTANTIATE_TEST_SUITE_P(Accounts, DaemonsTest, testing::ValuesIn(Accounts()),
                         [](const auto& info) { return absl::StrCat("uid", info.param); });

TEST_P(DaemonsTest, ACommandSucceedsInASandboxOfMesosLayout) {
  Run();
  auto execute = cluster_.Execute({"--command=echo hello; echo oops >&2", "--name=greet"});
  EXPECT_EQ(execute->WaitForExit(), 0) << execute->output();
  EXPECT_THAT(execute->output(), HasSubstr("task 'greet' is TASK_RUNNING"));
  EXPECT_THAT(execute->output(), HasSubstr("task 'greet' is TASK_FINISHED"));
  EXPECT_EQ(execute->lines(), 4) << execute->output();
  EXPECT_EQ(cluster_.SandboxFile("stdout"), "hello\n");
  EXPECT_EQ(cluster_.SandboxFile("stderr"), "oops\n");
  EXPECT_THAT(cluster_.FindInSandboxes("stdout").string(),
              MatchesRegex("slaves/[-0-9a-f]+-S0/frameworks/[-0-9a-f]+-0000/executors/greet/runs/"
                           "[-0-9a-f]+/stdout"));
}

TEST_P(DaemonsTest, TheExitCodeTellsThatACommandFailed) {
  Run();
  auto execute = cluster_.Execute({"--command=false"});
  EXPECT_EQ(execute->WaitForExit(), 1);
  EXPECT_THAT(execute->output(), HasSubstr("is TASK_FAILED"));
  EXPECT_THAT(execute->output(), HasSubstr("exited with status 1"));
}

TEST_P(DaemonsTest, AMissingProgramFailsTheTaskWithTheReason) {
  Run();
  auto execute = cluster_.Execute({"--command=/no/such/program", "--no-shell"});
  EXPECT_EQ(execute->WaitForExit(), 1);
  EXPECT_THAT(execute->output(), HasSubstr("is TASK_FAILED"));
  EXPECT_THAT(execute->output(), HasSubstr("REASON_CONTAINER_LAUNCH_FAILED"));
  EXPECT_THAT(execute->output(), HasSubstr("/no/such/program"));
  EXPECT_THAT(execute->output(), HasSubstr("No such file or directory"));
}

TEST_P(DaemonsTest, ATaskSeesItsEnvironment) {
  Run();
  auto execute = cluster_.Execute({"--command=echo $COLOUR; id -u", R"(--env={"COLOUR":"blue"})",
                                   "--resources=cpus:0.1;mem:32"});
  EXPECT_EQ(execute->WaitForExit(), 0) << execute->output();
  EXPECT_EQ(cluster_.SandboxFile("stdout"), absl::StrCat("blue\n", cluster_.uid(), "\n"));
}

TEST_P(DaemonsTest, ATaskAsJsonRuns) {
  Run();
  auto execute = cluster_.Execute(
      {R"(--task={"name":"n","task_id":{"value":"json-1"},"command":{"value":"exit 0"}})"});
  EXPECT_EQ(execute->WaitForExit(), 0) << execute->output();
  EXPECT_THAT(execute->output(), HasSubstr("task 'json-1' is TASK_FINISHED"));
}

TEST_P(DaemonsTest, WhatTheAgentDoesNotHaveIsRefusedByName) {
  Run();
  auto image = cluster_.Execute({"--command=true", "--docker_image=alpine"});
  EXPECT_EQ(image->WaitForExit(), 1);
  EXPECT_THAT(image->output(), HasSubstr("container.mesos.image"));
  auto group = cluster_.Execute({R"(--task_group={"tasks":[{"name":"a","task_id":{"value":"a"},)"
                                 R"("command":{"value":"true"},"resources":[{"name":"cpus",)"
                                 R"("type":"SCALAR","scalar":{"value":0.1}},{"name":"mem",)"
                                 R"("type":"SCALAR","scalar":{"value":32}}]}]})"});
  EXPECT_EQ(group->WaitForExit(), 1);
  EXPECT_THAT(group->output(), HasSubstr("task 'a' is TASK_"));
  EXPECT_THAT(group->output(), HasSubstr("no default executor"));
}

TEST_P(DaemonsTest, ByTheLinuxLauncherATaskIsInACgroup) {
  if (!MayMakeCgroups()) GTEST_SKIP() << "no cgroups can be made here";
  const std::string root = absl::StrCat("mesoslib-daemons-test-", getpid());
  const std::vector<std::string> flags = {"--launcher=linux", "--cgroups_root=" + root};
  cluster_.StartMaster();
  if (GetParam() != 0) {
    auto agent = cluster_.Agent(flags);
    EXPECT_EQ(agent->WaitForExit(), 1);
    EXPECT_THAT(agent->output(), HasSubstr("cgroups_root: cannot make /"));
    EXPECT_THAT(agent->output(), HasSubstr("Permission denied"));
    return;
  }
  cluster_.StartAgent(flags);
  auto execute = cluster_.Execute({"--command=cat /proc/self/cgroup"});
  EXPECT_EQ(execute->WaitForExit(), 0) << execute->output();
  EXPECT_THAT(cluster_.SandboxFile("stdout"), HasSubstr(absl::StrCat(":/", root, "/")));
  auto killed = cluster_.Execute({"--command=sleep 1000 & sleep 1000", "--kill_after=50ms"});
  EXPECT_THAT(killed->WaitForExit(), 1);
  EXPECT_THAT(killed->output(), HasSubstr("is TASK_KILLED"));
  cluster_.agent().Signal(SIGTERM);
  EXPECT_EQ(cluster_.agent().WaitForExit(), 0);
  EXPECT_THAT(CgroupHierarchy::Find().value()->Children(root).value(), testing::IsEmpty());
  EXPECT_EQ(CgroupHierarchy::Find().value()->Destroy(root, absl::Seconds(60)), absl::OkStatus());
}

TEST_P(DaemonsTest, ATaskThatTakesMoreMemoryThanItWasGivenFails) {
  if (GetParam() != 0 || !MayMakeCgroups()) GTEST_SKIP() << "only root may make cgroups";
  const std::string root = absl::StrCat("mesoslib-daemons-test-", getpid());
  cluster_.StartMaster();
  cluster_.StartAgent({"--isolation=cgroups/cpu,cgroups/mem", "--cgroups_root=" + root});
  auto execute =
      cluster_.Execute({"--command=(tail /dev/zero); sleep 1000", "--resources=cpus:0.1;mem:64"});
  EXPECT_EQ(execute->WaitForExit(), 1);
  EXPECT_THAT(execute->output(), HasSubstr("is TASK_FAILED"));
  EXPECT_THAT(execute->output(), HasSubstr("REASON_CONTAINER_LIMITATION_MEMORY"));
  EXPECT_THAT(execute->output(), HasSubstr("Memory limit exceeded: Requested: 64MB"));
  cluster_.agent().Signal(SIGTERM);
  EXPECT_EQ(cluster_.agent().WaitForExit(), 0);
  for (const CgroupMount& mount : ParseCgroupMounts(ReadControl("/proc/self/mountinfo").value())) {
    const auto hierarchy = CgroupHierarchy::Open(mount);
    EXPECT_THAT(hierarchy->Children(root).value(), testing::IsEmpty()) << mount.path;
    EXPECT_EQ(hierarchy->Destroy(root, absl::Seconds(60)), absl::OkStatus());
  }
}

TEST_P(DaemonsTest, ATaskIsKilledWhenItsTimeIsUp) {
  Run();
  auto execute = cluster_.Execute({"--command=sleep 1000", "--kill_after=50ms"});
  EXPECT_EQ(execute->WaitForExit(), 1);
  EXPECT_THAT(execute->output(), HasSubstr("is TASK_KILLED"));
}

TEST_P(DaemonsTest, WhatFitsNowhereIsGivenUpAfterATimeout) {
  Run();
  auto execute = cluster_.Execute({"--command=true", "--resources=cpus:1000", "--timeout=200ms"});
  EXPECT_EQ(execute->WaitForExit(), 1);
  EXPECT_THAT(execute->output(), EndsWith("mesos-execute: gave up after --timeout\n"));
}

TEST_P(DaemonsTest, AnAgentIsOfferedOnceTheWhitelistNamesIt) {
  const std::string path = cluster_.path("hosts");
  std::ofstream(path) << "elsewhere\n";
  cluster_.StartMaster({"--whitelist=" + path});
  cluster_.StartAgent({"--hostname=here"});
  auto before = cluster_.Execute({"--command=true", "--timeout=200ms"});
  EXPECT_EQ(before->WaitForExit(), 1);
  EXPECT_THAT(before->output(), EndsWith("mesos-execute: gave up after --timeout\n"));
  std::ofstream(path) << "elsewhere\nhere\n";
  auto after = cluster_.Execute({"--command=true"});
  EXPECT_EQ(after->WaitForExit(), 0) << after->output();
}

TEST_P(DaemonsTest, ATaskGoesOnWhileItsAgentIsKilledAndStartedAgain) {
  Run();
  auto execute = cluster_.Execute(
      {"--command=" + UntilExists(cluster_.path("go")), "--checkpoint", "--name=long"});
  execute->WaitFor("task 'long' is TASK_RUNNING");
  cluster_.agent().Signal(SIGKILL);
  EXPECT_EQ(cluster_.agent().WaitForExit(), 128 + SIGKILL);
  cluster_.Touch("go");
  cluster_.StartAgent();
  EXPECT_EQ(execute->WaitForExit(), 0) << execute->output();
  EXPECT_THAT(execute->output(), HasSubstr("task 'long' is TASK_FINISHED"));
}

TEST_P(DaemonsTest, AnAgentKeepsItsIdWhenTheMasterIsStartedAgain) {
  Run();
  const std::string id = cluster_.agent().WaitFor("registered as agent ");
  cluster_.master().Signal(SIGKILL);
  cluster_.master().WaitForExit();
  cluster_.StartMaster();
  EXPECT_THAT(cluster_.master().WaitFor("agent " + id.substr(1, id.size() - 2)),
              HasSubstr("re-registered"));
  auto execute = cluster_.Execute({"--command=true"});
  EXPECT_EQ(execute->WaitForExit(), 0) << execute->output();
  EXPECT_THAT(execute->output(), HasSubstr(id));
}

TEST_P(DaemonsTest, AFolderThatAnotherAgentHoldsIsRefused) {
  Run();
  auto second = cluster_.Agent();
  ExpectOneLine(*second, 1, "is held by another process");
  auto elsewhere = cluster_.Agent({"--work_dir=" + cluster_.path("agent2")});
  ExpectOneLine(*elsewhere, 1, "is held by another process");
  auto master = cluster_.Master({"--port=0", "--grpc_port=0"});
  ExpectOneLine(*master, 1, "is held by another process");
  auto execute = cluster_.Execute({"--command=true"});
  EXPECT_EQ(execute->WaitForExit(), 0) << "nothing is damaged: " << execute->output();
}

TEST_P(DaemonsTest, APortInUseIsRefused) {
  cluster_.StartMaster();
  const std::string elsewhere = "--work_dir=" + cluster_.path("master2");
  auto master = cluster_.Master({elsewhere, "--grpc_port=0"});
  ExpectOneLine(*master, 1, "for HTTP: the port is in use");
  auto grpc = cluster_.Master({elsewhere, "--port=0"});
  ExpectOneLine(*grpc, 1, "for gRPC: the port is in use");
  auto agent = cluster_.Agent({"--grpc_port=" + cluster_.master_port()});
  ExpectOneLine(*agent, 1, "the port is in use");
  auto local = cluster_.Program(
      "mesos-local", {"--ip=127.0.0.1", "--port=0", "--grpc_port=" + cluster_.master_port(),
                      "--work_dir=" + cluster_.path("local")});
  ExpectOneLine(*local, 1, "the port is in use");
}

TEST_P(DaemonsTest, WhyOffersAreWhatTheyAreIsAskedOfTheMaster) {
  cluster_.StartMaster();
  const std::string master = "--master=grpc://127.0.0.1:" + cluster_.master_port();
  auto unknown = cluster_.Program("mesos-explain", {master, "--framework=nobody"});
  ExpectOneLine(*unknown, 1, "mesos-explain: ");
  auto missing = cluster_.Program("mesos-explain", {master});
  ExpectOneLine(*missing, 2, "--framework is missing");
  auto nowhere = cluster_.Program("mesos-explain", {"--framework=f"});
  ExpectOneLine(*nowhere, 2, "--master is missing");
  auto nobody = cluster_.Program(
      "mesos-explain", {"--master=grpc://127.0.0.1:1", "--framework=f", "--timeout=10secs"});
  ExpectOneLine(*nobody, 1, "127.0.0.1:1");
}

TEST_P(DaemonsTest, WrongFlagsAreNamed) {
  for (const char* name :
       {"mesos-master", "mesos-agent", "mesos-local", "mesos-execute", "mesos-explain"}) {
    const int code = absl::StartsWith(name, "mesos-ex") ? 2 : 1;
    auto unknown = cluster_.Program(name, {"--work_dri=/tmp/x"});
    ExpectOneLine(*unknown, code, absl::StrCat(name, ": unknown flag '--work_dri'"));
    auto unreadable =
        cluster_.Program(name, {"--master=file:///no/such", "--work_dir=file:///no/such"});
    EXPECT_EQ(unreadable->WaitForExit(), code);
    EXPECT_EQ(unreadable->lines(), 1) << unreadable->output();
    auto help = cluster_.Program(name, {"--help"});
    EXPECT_EQ(help->WaitForExit(), 0);
    EXPECT_THAT(help->output(), StartsWith(absl::StrCat("Usage: ", name)));
    auto version = cluster_.Program(name, {"--version"});
    EXPECT_EQ(version->WaitForExit(), 0);
    EXPECT_THAT(version->output(), StartsWith(absl::StrCat(name, " 1.")));
  }
  auto no_folder = cluster_.Program("mesos-master", {});
  ExpectOneLine(*no_folder, 1, "--work_dir");
  auto registry = cluster_.Master({"--registry=paper"});
  ExpectOneLine(*registry, 1, "--registry is 'paper'");
  auto whitelist = cluster_.Master({"--whitelist=/no/such"});
  ExpectOneLine(*whitelist, 1, "--whitelist: '/no/such' cannot be read");
  auto resources = cluster_.Agent({"--master=host:5050", "--resources=cpus:many"});
  ExpectOneLine(*resources, 1, "--resources: ");
  auto launcher = cluster_.Agent({"--launcher=windows"});
  ExpectOneLine(*launcher, 1, "--launcher is 'windows', expected posix or linux");
  auto isolation = cluster_.Agent({"--master=host:5050", "--isolation=posix/cpu,walls"});
  ExpectOneLine(*isolation, 1, "isolation names 'walls'; expected some of posix/cpu, posix/mem, ");
  auto zookeeper = cluster_.Agent({"--master=zk://a/b"});
  ExpectOneLine(*zookeeper, 1, "--master: a ZooKeeper URL names the server 'a' without a port");
  auto folder = cluster_.Agent({"--master=host:5050", "--work_dir=/proc/nothing"});
  ExpectOneLine(*folder, 1, "--work_dir: '/proc/nothing'");
  auto both =
      cluster_.Program("mesos-execute", {"--master=localhost:5050", "--command=true", "--task={}"});
  ExpectOneLine(*both, 2, "give one of --command, --task and --task_group");
}

TEST_P(DaemonsTest, DaemonsEndWhenTheyAreToldTo) {
  Run();
  auto local = cluster_.Program(
      "mesos-local", {"--ip=127.0.0.1", "--port=0", "--work_dir=" + cluster_.path("local")});
  local->WaitFor("gRPC listens on port ");
  local->Signal(SIGINT);
  EXPECT_EQ(local->WaitForExit(), 0) << local->output();
  cluster_.agent().Signal(SIGTERM);
  EXPECT_EQ(cluster_.agent().WaitForExit(), 0) << cluster_.agent().output();
  cluster_.master().Signal(SIGTERM);
  EXPECT_EQ(cluster_.master().WaitForExit(), 0) << cluster_.master().output();
}

TEST_P(DaemonsTest, SigtermLeavesContainersRunningAndSigusr1EndsThem) {
  Run();
  auto execute = cluster_.Execute({"--command=sleep 1000", "--checkpoint", "--name=long"});
  execute->WaitFor("task 'long' is TASK_RUNNING");
  cluster_.agent().Signal(SIGTERM);
  EXPECT_EQ(cluster_.agent().WaitForExit(), 0);
  cluster_.StartAgent();
  EXPECT_THAT(cluster_.agent().WaitFor("recovered agent"), HasSubstr("with 1 containers"));
  cluster_.agent().Signal(SIGUSR1);
  EXPECT_EQ(cluster_.agent().WaitForExit(), 0) << cluster_.agent().output();
  EXPECT_THAT(cluster_.master().WaitFor("removing agent"), HasSubstr("unregistered"));
  EXPECT_EQ(execute->WaitForExit(), 1);
  EXPECT_THAT(execute->output(),
              HasSubstr("is TASK_LOST, says SOURCE_MASTER, REASON_AGENT_REMOVED"));
}

TEST_P(DaemonsTest, MesosLocalRunsTasks) {
  auto local = cluster_.Program(
      "mesos-local", {"--ip=127.0.0.1", "--port=0", "--num_agents=2", "--resources=cpus:1;mem:128",
                      "--work_dir=" + cluster_.path("local")});
  const std::string master = "--master=grpc://127.0.0.1:" + local->WaitFor("gRPC listens on port ");
  auto first = cluster_.Program(
      "mesos-execute", {master, "--name=first", "--command=" + UntilExists(cluster_.path("go"))});
  first->WaitFor("TASK_RUNNING");
  auto second = cluster_.Program("mesos-execute", {master, "--command=true"});
  EXPECT_EQ(second->WaitForExit(), 0) << "on the other agent: " << second->output();
  cluster_.Touch("go");
  EXPECT_EQ(first->WaitForExit(), 0) << first->output();
}

TEST_P(DaemonsTest, TheLogFileHoldsWhatStderrHas) {
  auto master = cluster_.Master({"--log_dir=" + cluster_.path("log"), "--cluster=blue"});
  master->WaitFor("the master leads");
  master->Signal(SIGTERM);
  EXPECT_EQ(master->WaitForExit(), 0);
  std::ifstream file(cluster_.path("log/mesos-master.log"));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(text, master->output());
  EXPECT_THAT(text, HasSubstr("--cluster=blue"));
  auto quiet = cluster_.Master({"--quiet", "--work_dir=/proc/nothing"});
  ExpectOneLine(*quiet, 1, "mesos-master: --work_dir: ");
}

}  // namespace
}  // namespace mesos
