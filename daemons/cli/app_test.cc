// What the command line shows, and how it ends.
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "daemons/cli/app_fixture.h"
#include "daemons/cli/text.h"
#include "gmock/gmock.h"

namespace mesos::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(AppTest, AgentsAreListed) {
  AddAgent("0123-S1", "one.example.org");
  EXPECT_EQ(Run("agent list"), 0) << error();
  EXPECT_EQ(out(),
            "ID       HOSTNAME         STATE    CPUS      MEM    DISK  AGE\n"
            "0123-S1  one.example.org  active  1.5/4  512M/4G  0M/10G   3h\n");
  EXPECT_EQ(LastCall(), R"({"type":"GET_AGENTS"})") << "nothing that is not needed is asked for";
  EXPECT_EQ(http_.sent.size(), 1u);
  EXPECT_EQ(Run("agent list -o wide"), 0);
  EXPECT_THAT(out(), HasSubstr("1.12.0   10.0.0.2:5051"));
  EXPECT_EQ(Run("agents list"), 0) << "the plural is understood";
}

TEST_F(AppTest, ProgramsGetJsonAndYaml) {
  AddAgent("0123-S1", "one.example.org");
  EXPECT_EQ(Run("agent list -o json"), 0);
  EXPECT_THAT(out(), StartsWith("[\n  {\n    \"agent_info\": {\n"));
  EXPECT_THAT(out(), HasSubstr("\"value\": \"0123-S1\""));
  EXPECT_EQ(Run("agent inspect S1 --output=yaml"), 0);
  EXPECT_THAT(out(), StartsWith("agent_info:\n  hostname: one.example.org\n"));
  EXPECT_EQ(Run("agent list -o xml"), 2);
  EXPECT_EQ(error(), "mesos: --output is 'xml'; expected table, wide, json or yaml\n");
}

TEST_F(AppTest, AnIdMayBeCutShort) {
  AddAgent("0123-S1", "one");
  AddAgent("0123-S2", "two");
  EXPECT_EQ(Run("agent inspect S2"), 0);
  EXPECT_THAT(out(), HasSubstr("Id:          0123-S2\n"));
  EXPECT_EQ(Run("agent inspect 0123"), 1);
  EXPECT_EQ(error(), "mesos: '0123' may be 2 agents: 0123-S1 (one), 0123-S2 (two)\n");
  EXPECT_EQ(Run("agent inspect x"), 1);
  EXPECT_EQ(error(), "mesos: no agent's id begins with 'x'; 'mesos agent list' shows them\n");
}

TEST_F(AppTest, TasksThatHaveEndedAreListedOnlyWhereTheyAreAskedFor) {
  AddTask("web-1", "web");
  AddTask("old-1", "old", true);
  EXPECT_EQ(Run("task list"), 0);
  EXPECT_THAT(out(), HasSubstr("web-1  web   f-0001     a-S1   running   0.5  64M   5m\n"));
  EXPECT_THAT(out(), Not(HasSubstr("old-1")));
  EXPECT_EQ(Run("task list -a"), 0);
  EXPECT_THAT(out(), HasSubstr("old-1"));
  EXPECT_EQ(Run("task list --state=finished"), 0);
  EXPECT_THAT(out(), Not(HasSubstr("web-1")));
  EXPECT_EQ(Run("task list --state=sleeping"), 2);
  EXPECT_EQ(Run("task inspect old"), 0);
  EXPECT_THAT(out(), HasSubstr("State:      finished\n"));
}

TEST_F(AppTest, AHostileNameDrivesNoTerminal) {
  terminal_.screen = true;
  world_.environment["NO_COLOR"] = "1";
  AddTask("\x1b[2J\x1b]0;owned\x07", "\xe2\x80\xae\n\xff\xc2\x9b");
  AddFramework("f-1", "\x1b[31mred")->mutable_framework_info()->set_user("a\rb");
  for (const char* line :
       {"task list", "task list -o wide", "framework list -o wide", "task inspect \x1b[2J",
        "framework inspect f", "task inspect nothing", "task list -o json", "task list -o yaml"}) {
    Run(line);
    for (const char c : out() + error()) {
      EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << line << ": " << out();
    }
    EXPECT_THAT(out(), Not(HasSubstr("\xc2\x9b"))) << line;
    EXPECT_THAT(out(), Not(HasSubstr("\xe2\x80\xae"))) << line;
  }
}

TEST_F(AppTest, AScreenGetsWhatFitsAndColoursUnlessTheyAreUnwanted) {
  const std::string id = "01234567-89ab-cdef-0123-456789abcdef-S";
  for (int i = 0; i < 12; ++i) AddAgent(id + std::to_string(i), "a-host-of-a-long-name.example");
  terminal_.screen = true;
  EXPECT_EQ(Run("agent list"), 0);
  EXPECT_THAT(out(), HasSubstr("\x1b[32mactive\x1b[0m"));
  world_.environment["NO_COLOR"] = "1";
  for (const char* line : {"agent list", "agent list -o wide"}) {
    EXPECT_EQ(Run(line), 0);
    EXPECT_THAT(out(), Not(HasSubstr("\x1b")));
    EXPECT_THAT(out(), HasSubstr("-S11  "));
    for (absl::string_view row : absl::StrSplit(out(), '\n')) EXPECT_LE(Columns(row), 80) << row;
  }
  terminal_.screen = false;
  EXPECT_EQ(Run("agent list"), 0);
  EXPECT_THAT(out(), HasSubstr(id + "11")) << "a pipe gets it in full";
}

TEST_F(AppTest, AnEmptyClusterIsNoError) {
  terminal_.screen = true;
  for (const char* noun : {"agent", "framework", "task", "role", "quota", "weight", "offer",
                           "reservation", "volume"}) {
    EXPECT_EQ(Run(std::string(noun) + " list"), 0) << error();
    EXPECT_THAT(out(), Not(HasSubstr("ID"))) << noun;
    EXPECT_THAT(out(), EndsWith("\n")) << noun;
  }
  for (const char* line : {"maintenance status", "maintenance schedule", "ps", "master state",
                           "master metrics", "config show"}) {
    EXPECT_EQ(Run(line), 0) << line << error();
  }
}

TEST_F(AppTest, WhatIsWrongIsOneLineAndExitCodeTwo) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"agnet list",
       "there is no command 'agnet', and no program mesos-agnet; did you mean "
       "'agent'?"},
      {"agent lst", "'mesos agent' has no 'lst'; did you mean 'list'?"},
      {"agent",
       "'mesos agent' needs one of: list, inspect, watch, drain, deactivate, reactivate, "
       "gone"},
      {"agent inspect",
       "'mesos agent inspect' needs more; usage: mesos agent inspect [OPTION...] "
       "AGENT"},
      {"agent list x", "'x' is too much; usage: mesos agent list [OPTION...]"},
      {"agent list --watcch", "unknown option '--watcch'; did you mean --watch?"},
      {"agent list --timeout=0secs",
       "the timeout (of --timeout) is 0; expected more than 0, at "
       "most a day"},
      {"agent list -w --interval=1ms", "--interval is 1ms; expected 100ms to 24hrs"},
      {"agent list -m grpc://x:1",
       "'grpc://x:1' is no address; expected host:port of HTTP, which "
       "gRPC's port is not"},
      {"agent list -m x:70000", "'x:70000' is no address; expected host:port"},
      {"-m x:1", "a command is missing after 'x:1'; 'mesos help' shows what there is"},
      {"help nothing",
       "there is no command 'nothing', and no program mesos-nothing; 'mesos help' "
       "shows what there is"},
      {"completion fish", "there is no completion for 'fish'; expected bash or zsh"},
      {"agent gone a-S1",
       "a gone agent never comes back, and its tasks are given up; to mean it: "
       "mesos agent gone --yes a-S1"},
      {"weight set web", "'web' is no weight; expected such as web=2.5"},
      {"quota set web",
       "--guarantee and --limit are both missing; 'mesos quota remove' takes a "
       "quota away"},
      {"quota set web --limit=cpus", "--limit has 'cpus'; expected such as cpus:4;mem:1024"},
      {"task logs t --lines=1.5", "--lines is '1.5'; expected a whole number, at most 1e9"},
      {"task logs t --file=../x",
       "the file is '../x'; expected a path within the sandbox, such "
       "as stdout"},
  };
  for (const auto& [line, what] : cases) {
    EXPECT_EQ(Run(line), 2) << line;
    EXPECT_EQ(error(), "mesos: " + what + "\n");
    EXPECT_EQ(out(), "");
  }
}

TEST_F(AppTest, WhatFailsIsOneLineAndExitCodeOne) {
  refusals_["GET_AGENTS"] = {503, "text/plain", "no master leads"};
  EXPECT_EQ(Run("agent list"), 1);
  EXPECT_EQ(error(),
            "mesos: the master at localhost:5050 cannot answer at present: no master leads; try "
            "again\n");
  refusals_["GET_AGENTS"] = {501, "text/plain", "this master does not answer the call\n\x1b[2J"};
  EXPECT_EQ(Run("agent list"), 1);
  EXPECT_EQ(error(),
            "mesos: the master at localhost:5050 cannot do that: this master does not answer the "
            "call\\n\\x1b[2J\n");
  refusals_["GET_AGENTS"] = {200, "application/x-protobuf", "\xff\xff"};
  EXPECT_EQ(Run("agent list"), 1);
  EXPECT_THAT(error(), HasSubstr("what the master at localhost:5050 answers cannot be read"));
  refusals_["GET_AGENTS"] = {200, "text/html", "<html>"};
  EXPECT_EQ(Run("agent list"), 1);
  EXPECT_THAT(error(), HasSubstr("Content-Type is 'text/html'"));
  http_.answer = [](const SentRequest&) { return absl::UnavailableError("Connection refused"); };
  EXPECT_EQ(Run("agent list"), 1);
  EXPECT_EQ(error(),
            "mesos: cannot reach the master at localhost:5050: Connection refused; "
            "--master=HOST:PORT or MESOS_MASTER says where it is\n");
}

TEST_F(AppTest, TheMasterIsWhereTheArgumentsTheEnvironmentOrZooKeeperSay) {
  const auto asked = [&](absl::string_view line) {
    EXPECT_EQ(Run(line), 0) << error();
    return http_.sent.empty() ? "" : http_.sent[0].address;
  };
  EXPECT_EQ(asked("agent list"), "localhost:5050");
  world_.environment["MESOS_MASTER"] = "10.0.0.3";
  EXPECT_EQ(asked("agent list"), "10.0.0.3:5050");
  EXPECT_EQ(asked("agent list --master=http://h:1/"), "h:1");
  EXPECT_EQ(asked("-m h:2 agent list"), "h:2") << "also before the command";
  EXPECT_EQ(asked("agent list -m [::1]:7"), "[::1]:7");
  EXPECT_EQ(asked("agent list -m zk://a:1/m"), "10.0.0.9:5050");
  EXPECT_EQ(Run("agent list -m zk://b:1/m"), 1);
  EXPECT_EQ(error(), "mesos: no leading master was found\n");
}

TEST_F(AppTest, AnotherProgramIsACommand) {
  programs_["mesos-own"] = true;
  EXPECT_EQ(Run("own --x y"), 0);
  EXPECT_THAT(became_, ElementsAre("mesos-own", "--x", "y"));
  EXPECT_EQ(Run("../own"), 2) << "a name, not a path";
  EXPECT_EQ(Run("\x1b[2J"), 2);
  EXPECT_THAT(error(), HasSubstr("'\\x1b[2J'"));
}

TEST_F(AppTest, ExplainAsksTheProgramThatSpeaksWithMasters) {
  programs_["mesos-explain"] = true;
  AddFramework("f-0001", "web");
  EXPECT_EQ(Run("explain web"), 0) << error();
  EXPECT_THAT(became_, ElementsAre("mesos-explain", "--master=localhost:5050", "--framework=f-0001",
                                   "--timeout=5secs"));
}

TEST_F(AppTest, HelpTellsOfEverything) {
  EXPECT_EQ(Run(""), 0);
  const std::string overview = out();
  for (const Command& command : AllCommands()) {
    EXPECT_THAT(overview, HasSubstr("  " + command.name() + " "));
    EXPECT_EQ(Run(command.name() + " --help"), 0);
    EXPECT_THAT(out(), StartsWith("Usage: mesos " + command.name() + " [OPTION...]"));
    EXPECT_EQ((command.show == nullptr) + (command.run == nullptr), 1) << command.name();
  }
  for (absl::string_view line : absl::StrSplit(overview, '\n')) {
    EXPECT_LE(Columns(line), 110) << line;
  }
  EXPECT_EQ(Run("help agent"), 0);
  EXPECT_THAT(out(), HasSubstr("  agent drain AGENT "));
  EXPECT_EQ(Run("--version"), 0);
  EXPECT_THAT(out(), StartsWith("mesos 1."));
}

TEST_F(AppTest, CompletionKnowsNounsVerbsAndOptions) {
  for (const char* shell : {"bash", "zsh"}) {
    EXPECT_EQ(Run(std::string("completion ") + shell), 0);
    EXPECT_THAT(out(), HasSubstr("agent) verbs='list inspect watch drain"));
    EXPECT_THAT(out(), HasSubstr("task) verbs='list inspect watch kill logs'"));
    EXPECT_THAT(out(), HasSubstr("--max-grace-period="));
    for (const char* left : {"@VERBS@", "@NOUNS@", "@OPTIONS@"}) {
      EXPECT_THAT(out(), Not(HasSubstr(left)));
    }
  }
}

TEST_F(AppTest, WatchingRedrawsAScreenAndTellsAFileOnlyWhatIsNew) {
  AddAgent("0123-S1", "one");
  int rounds = 0;
  for (int i = 0; i < 2; ++i) {
    terminal_.steps.push_back([&] { return ++rounds, 0; });
  }
  terminal_.steps.push_back([&] {
    AddAgent("0123-S2", "two");
    return 0;
  });
  EXPECT_EQ(Run("agent watch"), 0);
  EXPECT_EQ(rounds, 2);
  const std::vector<std::string> lines = absl::StrSplit(out(), '\n');
  EXPECT_EQ(lines.size(), 7u) << out();
  terminal_.screen = true;
  terminal_.steps.push_back([] { return 0; });
  EXPECT_EQ(Run("agent list -w"), 0);
  EXPECT_THAT(out(), StartsWith("\x1b[2J\x1b[H"));
  EXPECT_THAT(out(), HasSubstr("\x1b[J\x1b[H"));
}

TEST_F(AppTest, AMasterThatIsAwayForAMomentEndsNoWatching) {
  AddAgent("0123-S1", "one");
  terminal_.screen = true;
  terminal_.steps.push_back([&] {
    refusals_["GET_AGENTS"] = {503, "text/plain", "no master leads"};
    return 0;
  });
  terminal_.steps.push_back([&] {
    refusals_.clear();
    return 0;
  });
  EXPECT_EQ(Run("agent watch"), 0) << error();
  EXPECT_THAT(out(), HasSubstr("no master leads"));
  EXPECT_THAT(out(), EndsWith("\x1b[J"));
  refusals_["GET_AGENTS"] = {503, "text/plain", "no master leads"};
  EXPECT_EQ(Run("agent watch"), 1) << "not from the start";
}

TEST_F(AppTest, TopTakesTheScreenAndGivesItBack) {
  AddAgent("0123-S1", "one");
  EXPECT_EQ(Run("top"), 1) << "a pipe is no screen";
  terminal_.screen = true;
  terminal_.steps.push_back([] { return 0; });
  terminal_.steps.push_back([&] {
    EXPECT_TRUE(terminal_.taken);
    terminal_.screen_size = {120, 40};
    return 0;
  });
  terminal_.steps.push_back([] { return 'q'; });
  EXPECT_EQ(Run("top"), 0) << error();
  EXPECT_FALSE(terminal_.taken);
  EXPECT_THAT(out(), HasSubstr("1 agents"));
}

}  // namespace
}  // namespace mesos::cli
