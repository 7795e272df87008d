// task logs, cat and tail, against an agent that gives its files as Mesos does.
#include <algorithm>
#include <map>
#include <string>

#include "daemons/cli/app_fixture.h"
#include "gmock/gmock.h"

namespace mesos::cli {
namespace {

using ::testing::HasSubstr;

class LogsTest : public AppTest {
 protected:
  LogsTest() {
    AddAgent("a-S1", "one");
    AddFramework("f-0001", "web");
    AddTask("t1", "t1");
    agent_ = [this](const v1::agent::Call& call) { return AnswerAgent(call); };
  }

  HttpAnswer AnswerAgent(const v1::agent::Call& call) {
    using Call = v1::agent::Call;
    v1::agent::Response response;
    if (call.type() == Call::READ_FILE) {
      ++reads_;
      const auto file = files_.find(call.read_file().path());
      if (file == files_.end()) return {404, "text/plain", "no such file"};
      const std::string& text = file->second;
      const size_t offset = std::min<size_t>(call.read_file().offset(), text.size());
      const size_t length = std::min<size_t>(call.read_file().length(), most_at_once_);
      response.mutable_read_file()->set_size(text.size());
      response.mutable_read_file()->set_data(text.substr(offset, length));
    } else if (call.type() == Call::GET_FLAGS && !work_dir_.empty()) {
      v1::Flag* flag = response.mutable_get_flags()->add_flags();
      flag->set_name("work_dir");
      flag->set_value(work_dir_);
    } else if (call.type() == Call::GET_CONTAINERS) {
      if (runs_) {
        auto* container = response.mutable_get_containers()->add_containers();
        container->mutable_framework_id()->set_value("f-0001");
        container->mutable_executor_id()->set_value("t1");
      }
    } else {
      return {501, "text/plain", "not answered"};
    }
    return {200, "application/x-protobuf", response.SerializeAsString()};
  }

  std::string& stdout_file() {
    return files_["/frameworks/f-0001/executors/t1/runs/latest/stdout"];
  }

  std::map<std::string, std::string> files_;
  std::string work_dir_;
  size_t most_at_once_ = 64 << 10;
  bool runs_ = true;
  int reads_ = 0;
};

TEST_F(LogsTest, AllThatWasWrittenIsShownByteForByte) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "line " + std::to_string(i) + "\n";
  text += std::string("\x1b[2J\0\xff", 6);
  stdout_file() = text;
  EXPECT_EQ(Run("task logs t1"), 0) << error();
  EXPECT_EQ(out(), text);
  most_at_once_ = 1000;
  EXPECT_EQ(Run("cat t1"), 0) << error();
  EXPECT_EQ(out(), text) << "agents give as little as they like";
}

TEST_F(LogsTest, AScreenIsNotDrivenByWhatATaskWrites) {
  terminal_.screen = true;
  stdout_file() = "a\x1b[31mb\x1b[2Jc\n";
  EXPECT_EQ(Run("task logs t1"), 0);
  EXPECT_EQ(out(), "a\x1b[31mb\\x1b[2Jc\n\x1b[0m");
  world_.environment["NO_COLOR"] = "1";
  EXPECT_EQ(Run("task logs t1"), 0);
  EXPECT_EQ(out(), "a\\x1b[31mb\\x1b[2Jc\n");
}

TEST_F(LogsTest, TheLastLinesAreFoundFromTheEnd) {
  stdout_file() = "1\n2\n3\n";
  EXPECT_EQ(Run("task logs t1 -n 2"), 0);
  EXPECT_EQ(out(), "2\n3\n");
  EXPECT_EQ(Run("task logs t1 -n 0"), 0);
  EXPECT_EQ(out(), "");
  EXPECT_EQ(Run("task logs t1 -n 100"), 0);
  EXPECT_EQ(out(), "1\n2\n3\n");
  stdout_file() = "1\n2\nopen";
  EXPECT_EQ(Run("task logs t1 -n 2"), 0);
  EXPECT_EQ(out(), "2\nopen");
  stdout_file() = "";
  EXPECT_EQ(Run("task logs t1 -n 5"), 0);
  EXPECT_EQ(out(), "");
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "line " + std::to_string(i) + "\n";
  stdout_file() = text;
  reads_ = 0;
  EXPECT_EQ(Run("tail t1"), 0);
  EXPECT_EQ(out(), text.substr(text.find("line 199990\n")));
  EXPECT_LT(reads_, 6) << "not the whole file";
  most_at_once_ = 777;
  EXPECT_EQ(Run("tail t1 -n 9000"), 0);
  EXPECT_EQ(out(), text.substr(text.find("line 191000\n")));
}

TEST_F(LogsTest, FollowingEndsWhenTheContainerDoes) {
  stdout_file() = "1\n";
  for (int i = 0; i < 3; ++i) {
    terminal_.steps.push_back([&] {
      stdout_file() += "more\n";
      return 0;
    });
  }
  for (int i = 0; i < 20; ++i) {
    terminal_.steps.push_back([&, i] {
      if (i == 5) {
        stdout_file() += "last\n";
        runs_ = false;
      }
      return 0;
    });
  }
  EXPECT_EQ(Run("task logs -f t1"), 0) << error();
  EXPECT_EQ(out(), "1\nmore\nmore\nmore\nlast\n");
  EXPECT_FALSE(terminal_.steps.empty());
}

TEST_F(LogsTest, AFileThatBecomesShorterIsShownFromItsStart) {
  stdout_file() = "a long line\n";
  terminal_.steps.push_back([&] {
    stdout_file() = "new\n";
    return 0;
  });
  EXPECT_EQ(Run("task logs -f t1"), 0);
  EXPECT_EQ(out(), "a long line\nnew\n");
  EXPECT_THAT(error(), HasSubstr("has become shorter"));
}

TEST_F(LogsTest, OtherFilesAndOtherPlacesAreFound) {
  files_["/frameworks/f-0001/executors/t1/runs/latest/stderr"] = "err\n";
  files_["/frameworks/f-0001/executors/t1/runs/latest/a/b.txt"] = "b\n";
  EXPECT_EQ(Run("task logs t1 --stderr"), 0);
  EXPECT_EQ(out(), "err\n");
  EXPECT_EQ(RunWords({"--framework=web", "--task=t1", "--file=a/b.txt"}, "mesos-cat"), 0);
  EXPECT_EQ(out(), "b\n");
  EXPECT_EQ(Run("cat t1 a/b.txt"), 0);
  EXPECT_EQ(out(), "b\n");
  work_dir_ = "/var/lib/mesos";
  files_ = {
      {"/var/lib/mesos/slaves/a-S1/frameworks/f-0001/executors/t1/runs/latest/stdout", "w\n"}};
  EXPECT_EQ(Run("task logs t1"), 0) << error();
  EXPECT_EQ(out(), "w\n");
  auto* status = response("GET_TASKS").mutable_get_tasks()->mutable_tasks(0)->add_statuses();
  auto* container = status->mutable_container_status()->mutable_container_id();
  container->set_value("nested");
  container->mutable_parent()->set_value("c1");
  files_ = {
      {"/var/lib/mesos/slaves/a-S1/frameworks/f-0001/executors/t1/runs/c1/containers/nested/"
       "stdout",
       "n\n"}};
  EXPECT_EQ(Run("task logs t1"), 0) << error();
  EXPECT_EQ(out(), "n\n");
}

TEST_F(LogsTest, WhatIsMissingIsNamed) {
  EXPECT_EQ(Run("task logs t1"), 1);
  EXPECT_EQ(error(), "mesos: task t1 has no 'stdout' in its sandbox on agent a-S1\n");
  EXPECT_EQ(Run("task logs t9"), 1);
  EXPECT_EQ(error(), "mesos: no task's id begins with 't9'; 'mesos task list' shows them\n");
  EXPECT_EQ(Run("cat"), 2);
  EXPECT_EQ(Run("task logs t1 --stderr --file=x"), 2);
  agent_ = nullptr;
  EXPECT_EQ(Run("task logs t1"), 1);
  EXPECT_THAT(error(), HasSubstr("the agent a-S1 at 10.0.0.2:5051 cannot do that"));
  response("GET_AGENTS").mutable_get_agents()->mutable_agents(0)->set_pid("\x1b[2J");
  EXPECT_EQ(Run("task logs t1"), 1);
  EXPECT_THAT(error(), HasSubstr("is at '\\x1b[2J'; expected slave(1)@ip:port"));
  response("GET_AGENTS").mutable_get_agents()->clear_agents();
  EXPECT_EQ(Run("task logs t1"), 1);
  EXPECT_EQ(error(), "mesos: the agent a-S1, which has the sandbox, is not registered\n");
}

}  // namespace
}  // namespace mesos::cli
