// The command line as a process, against daemons as processes.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "daemons/testing/test_cluster.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

class CliTest : public ::testing::Test {
 protected:
  std::unique_ptr<TestProcess> Start(const std::string& line) {
    std::vector<std::string> arguments = absl::StrSplit(line, ' ', absl::SkipEmpty());
    return TestProcess::Start(
        program_, std::move(arguments), geteuid(),
        {"MESOS_MASTER=127.0.0.1:" + cluster_.master_http_port(), "HOME=" + cluster_.path("home")});
  }

  // What it says, on its output and its error output; it ends with `code`.
  std::string Run(const std::string& line, int code = 0) {
    auto process = Start(line);
    EXPECT_EQ(process->WaitForExit(), code) << line << ": " << process->output();
    return process->output();
  }

  TestCluster cluster_{geteuid()};
  std::string program_ = "daemons/mesos";
};

TEST_F(CliTest, AClusterIsLookedAt) {
  cluster_.StartMaster();
  EXPECT_EQ(Run("agent list"), "ID  HOSTNAME  STATE  CPUS  MEM  DISK  AGE\n");
  cluster_.StartAgent({"--hostname=here"});
  EXPECT_THAT(
      Run("agent list"),
      MatchesRegex("ID .*\n[-0-9a-f]+-S0  here      active   0/2  0M/512M  0M/100M   0s\n"));
  EXPECT_THAT(Run("agent inspect S0"), HasSubstr("Total:       cpus:2;mem:512;disk:100"));
  EXPECT_THAT(Run("agent inspect here -o json"), HasSubstr("\"hostname\": \"here\""));
  EXPECT_THAT(Run("agent inspect here -o yaml"), HasSubstr("\n  hostname: here\n"));
  auto execute = cluster_.Execute({"--command=" + UntilExists(cluster_.path("go")), "--name=long"});
  execute->WaitFor("task 'long' is TASK_RUNNING");
  EXPECT_THAT(Run("task list"), HasSubstr("long  long"));
  EXPECT_THAT(Run("task inspect lo"), HasSubstr("State:      running\n"));
  EXPECT_THAT(Run("framework list"), HasSubstr("-0000  long"));
  EXPECT_THAT(Run("framework inspect 0000"), HasSubstr("Allocated:         cpus:"));
  EXPECT_THAT(Run("role list"), StartsWith("ROLE  WEIGHT  FRAMEWORKS"));
  EXPECT_THAT(Run("master state"), HasSubstr("1 active, 0 inactive, 0 unreachable"));
  EXPECT_EQ(Run("master leader"), "127.0.0.1:" + cluster_.master_http_port() + "\n");
  EXPECT_THAT(Run("master metrics master/slaves_active"), HasSubstr("master/slaves_active"));
  EXPECT_THAT(Run("task kill long", 1), HasSubstr("only its framework can kill a task"));
  cluster_.Touch("go");
  EXPECT_EQ(execute->WaitForExit(), 0) << execute->output();
  EXPECT_THAT(Run("task list"), Not(HasSubstr("long")));
  EXPECT_THAT(Run("task list -a"), HasSubstr("finished"));
  EXPECT_THAT(Run("framework list -a"), HasSubstr("completed"));
}

TEST_F(CliTest, AClusterIsChanged) {
  cluster_.StartMaster();
  cluster_.StartAgent({"--hostname=here"});
  Run("quota set web --guarantee=cpus:1 --limit=cpus:2;mem:256");
  EXPECT_THAT(Run("quota list"), HasSubstr("web   cpus              1      2     0\n"));
  Run("quota remove web");
  EXPECT_EQ(Run("quota list"), "ROLE  RESOURCE  GUARANTEE  LIMIT  USED\n");
  Run("weight set web=2.5");
  EXPECT_THAT(Run("weight list"), HasSubstr("web      2.5\n"));
  EXPECT_THAT(Run("weight set web=x", 2), HasSubstr("'web=x' is no weight"));
  Run("reservation add cpus:1;disk:50 --agent=here --role=web");
  // Reserved when the agent has said so.
  std::string listed;
  for (int i = 0; i < 1000 && listed.find("cpus:1;disk:50") == std::string::npos; ++i) {
    listed = Run("reservation list");
  }
  EXPECT_THAT(listed, HasSubstr("dynamic"));
  Run("volume create data 20 --agent=here --role=web");
  EXPECT_THAT(Run("volume list"), HasSubstr("data   20M  web"));
  Run("volume destroy data");
  Run("reservation remove cpus:1 --agent=here --role=web");
  EXPECT_THAT(Run("reservation list"), HasSubstr("disk:50"));
  auto execute =
      cluster_.Execute({"--command=sleep 1000", "--name=long", "--resources=cpus:0.5;mem:32"});
  execute->WaitFor("task 'long' is TASK_RUNNING");
  EXPECT_THAT(Run("framework teardown long"), HasSubstr("its tasks are killed"));
  EXPECT_EQ(execute->WaitForExit(), 1);
  EXPECT_THAT(Run("agent gone --yes here"), HasSubstr("is marked gone"));
  EXPECT_EQ(Run("agent list"), "ID  HOSTNAME  STATE  CPUS  MEM  DISK  AGE\n");
}

TEST_F(CliTest, TheSandboxesOfALocalClusterAreSeen) {
  auto local = cluster_.Program("mesos-local",
                                {"--ip=127.0.0.1", "--port=0", "--grpc_port=0", "--num_agents=2",
                                 "--resources=cpus:1", "--work_dir=" + cluster_.path("local")});
  const std::string line = local->WaitFor("HTTP listens on port ");
  const std::string master = "--master=127.0.0.1:" + line.substr(line.rfind(' ') + 1);
  const std::string grpc = local->WaitFor("gRPC listens on port ");
  const std::string grpc_master = "--master=grpc://127.0.0.1:" + grpc.substr(grpc.rfind(' ') + 1);
  std::vector<std::unique_ptr<TestProcess>> tasks;
  for (const std::string name : {"one", "two"}) {
    const std::string command = "echo hello " + name + "; " + UntilExists(cluster_.path("go"));
    tasks.push_back(cluster_.Program(
        "mesos-execute",
        {grpc_master, "--name=" + name, "--command=" + command, "--resources=cpus:1;mem:32"}));
    tasks.back()->WaitFor("is TASK_RUNNING");
  }
  EXPECT_EQ(Run(master + " task logs one"), "hello one\n");
  EXPECT_EQ(Run(master + " task logs two"), "hello two\n");
  EXPECT_THAT(Run(master + " ps"), MatchesRegex("USER .*\n.* one +.*M .*\n.* two +.*M .*\n"));
}

TEST_F(CliTest, WhoLeadsIsFoundAndWhoDoesNotAnswerIsNamed) {
  cluster_.StartMaster();
  EXPECT_THAT(Run("agent list -m 127.0.0.1:1", 1),
              StartsWith("mesos: cannot reach the master at 127.0.0.1:1: "));
  std::filesystem::create_directories(cluster_.path("home/.mesos"));
  std::ofstream(cluster_.path("home/.mesos/config.toml")) << "[master]\naddress = 5050\n";
  EXPECT_THAT(Run("agent list", 2), HasSubstr("config.toml: line 2: master.address"));
  std::ofstream(cluster_.path("home/.mesos/config.toml")) << "[master]\naddress = 'x:1'\n";
  EXPECT_THAT(Run("config show"), HasSubstr("MESOS_MASTER\n"));
  EXPECT_THAT(Run("agent list --master=zk://user:secret@127.0.0.1:1/m --timeout=300ms", 1),
              HasSubstr("no leading master was found at zk://..@127.0.0.1:1/m within 300ms"));
}

TEST_F(CliTest, WhatCannotBeWrittenIsAFailure) {
  cluster_.StartMaster();
  const std::string command = std::filesystem::absolute(program_).string() +
                              " agent list -m 127.0.0.1:" + cluster_.master_http_port();
  for (const char* output : {" >&-", " >/dev/full"}) {
    auto shell = TestProcess::Start("/bin/bash", {"-c", command + output}, geteuid());
    EXPECT_EQ(shell->WaitForExit(), 1) << output;
    EXPECT_THAT(shell->output(), StartsWith("mesos: standard output cannot be written to: "));
  }
}

TEST_F(CliTest, OtherProgramsAreCommands) {
  cluster_.StartMaster();
  cluster_.StartAgent();
  EXPECT_THAT(Run("execute --version"), StartsWith("mesos-execute 1."));
  EXPECT_THAT(Run("exceute", 2), HasSubstr("no program mesos-exceute"));
  auto execute = cluster_.Execute({"--command=sleep 1000", "--name=long"});
  execute->WaitFor("task 'long' is TASK_RUNNING");
  // mesos-explain takes gRPC's port to be 10 above HTTP's, which test clusters do not keep.
  EXPECT_THAT(Run("explain long --timeout=1secs", 1), StartsWith("mesos-explain: "));
}

TEST_F(CliTest, ItIsMesosPsByThatName) {
  cluster_.StartMaster();
  const std::string link = cluster_.path("mesos-ps");
  std::filesystem::create_symlink(std::filesystem::absolute(program_), link);
  program_ = link;
  EXPECT_THAT(Run(""), StartsWith("USER  FRAMEWORK  TASK"));
  EXPECT_THAT(Run("--what", 2), StartsWith("mesos-ps: unknown option '--what'"));
}

TEST_F(CliTest, CompletionScriptsAreScripts) {
  const std::string script = cluster_.path("mesos.bash");
  std::ofstream(script) << Run("completion bash")
                        << "\nCOMP_WORDS=(mesos agent dr); COMP_CWORD=2; _mesos; echo $COMPREPLY\n"
                        << "COMP_WORDS=(mesos task list --fr); COMP_CWORD=3\n"
                        << "compopt() { :; }; _mesos; echo $COMPREPLY\n"
                        << "COMP_WORDS=(mesos mai); COMP_CWORD=1; _mesos; echo $COMPREPLY\n";
  auto bash = TestProcess::Start("/bin/bash", {script}, geteuid());
  EXPECT_EQ(bash->WaitForExit(), 0);
  EXPECT_EQ(bash->output(), "drain\n--framework=\nmaintenance\n");
  std::ofstream(script) << Run("completion zsh");
  auto zsh = TestProcess::Start("/bin/zsh", {"-n", script}, geteuid());
  EXPECT_EQ(zsh->WaitForExit(), 0) << zsh->output();
  EXPECT_EQ(zsh->output(), "");
}

}  // namespace
}  // namespace mesos
