// AppTest: the command line with a master and agents that answer what a test has put there, and a
// terminal that remembers what was written to it.
#ifndef DAEMONS_CLI_APP_FIXTURE_H_
#define DAEMONS_CLI_APP_FIXTURE_H_

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "daemons/cli/app.h"
#include "daemons/cli/http.h"
#include "daemons/cli/terminal.h"
#include "gtest/gtest.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/http/message_json.h"

namespace mesos::cli {

// A request that was sent: "10.0.0.1:5050" and the call's JSON, or a path.
struct SentRequest {
  std::string address;
  std::string path;
  std::string body;
};

class FakeHttp final : public Http {
 public:
  absl::StatusOr<HttpAnswer> Send(const HttpRequest& request) override {
    absl::string_view rest = request.url;
    rest.remove_prefix(7);
    const size_t slash = rest.find('/');
    sent.push_back(
        {std::string(rest.substr(0, slash)), std::string(rest.substr(slash)), request.body});
    return answer(sent.back());
  }

  std::vector<SentRequest> sent;
  std::function<absl::StatusOr<HttpAnswer>(const SentRequest&)> answer;
};

class FakeTerminal final : public Terminal {
 public:
  bool is_screen() const override { return screen; }
  ScreenSize size() const override { return screen_size; }
  absl::Status Write(absl::string_view text) override {
    absl::StrAppend(&out, text);
    return absl::OkStatus();
  }
  void WriteError(absl::string_view text) override { absl::StrAppend(&error, text); }
  absl::Status TakeScreen() override {
    if (!screen) return absl::FailedPreconditionError("no screen");
    taken = true;
    return absl::OkStatus();
  }
  void GiveScreenBack() override { taken = false; }
  // A test's steps, then the end.
  int Wait(absl::Duration duration) override {
    now += duration;
    if (steps.empty()) return -1;
    const std::function<int()> step = std::move(steps.front());
    steps.pop_front();
    return step();
  }
  absl::Time Now() const override { return now; }

  bool screen = false;
  bool taken = false;
  ScreenSize screen_size;
  std::string out;
  std::string error;
  std::deque<std::function<int()>> steps;
  absl::Time now = absl::FromUnixSeconds(1'800'000'000);
};

class AppTest : public ::testing::Test {
 protected:
  AppTest() {
    http_.answer = [this](const SentRequest& request) { return Answer(request); };
    world_.http = &http_;
    world_.terminal = &terminal_;
    world_.find_leader = [](const std::string& url, absl::Duration) -> absl::StatusOr<std::string> {
      return url == "zk://a:1/m" ? absl::StatusOr<std::string>("10.0.0.9:5050")
                                 : absl::DeadlineExceededError("no leading master was found");
    };
    world_.become = [this](const std::string& program, const std::vector<std::string>& arguments) {
      if (!programs_.contains(program)) return absl::NotFoundError("none");
      became_ = {program};
      became_.insert(became_.end(), arguments.begin(), arguments.end());
      return absl::OkStatus();
    };
    responses_["GET_AGENTS"].set_type(v1::master::Response::GET_AGENTS);
  }

  // The exit code of `mesos LINE`; words are what spaces separate.
  int Run(absl::string_view line) { return RunWords(absl::StrSplit(line, ' ', absl::SkipEmpty())); }
  int RunWords(const std::vector<std::string>& words, const std::string& program = "mesos") {
    terminal_.out.clear();
    terminal_.error.clear();
    http_.sent.clear();
    return RunCommandLine(program, words, world_);
  }

  const std::string& out() const { return terminal_.out; }
  const std::string& error() const { return terminal_.error; }

  // The body of the last call.
  std::string LastCall() const { return http_.sent.empty() ? "" : http_.sent.back().body; }

  v1::master::Response& response(const std::string& call) { return responses_[call]; }

  v1::master::Response::GetAgents::Agent* AddAgent(const std::string& id,
                                                   const std::string& hostname) {
    auto* agent = response("GET_AGENTS").mutable_get_agents()->add_agents();
    agent->mutable_agent_info()->mutable_id()->set_value(id);
    agent->mutable_agent_info()->set_hostname(hostname);
    agent->set_pid(absl::StrCat("slave(1)@10.0.0.2:5051"));
    agent->set_active(true);
    agent->set_version("1.12.0");
    const absl::Time registered = terminal_.now - absl::Hours(3);
    agent->mutable_registered_time()->set_nanoseconds(absl::ToUnixNanos(registered));
    AddScalar("cpus", 4, agent->mutable_total_resources());
    AddScalar("mem", 4096, agent->mutable_total_resources());
    AddScalar("disk", 10240, agent->mutable_total_resources());
    AddScalar("cpus", 1.5, agent->mutable_allocated_resources());
    AddScalar("mem", 512, agent->mutable_allocated_resources());
    return agent;
  }

  v1::master::Response::GetFrameworks::Framework* AddFramework(const std::string& id,
                                                               const std::string& name) {
    auto* framework = response("GET_FRAMEWORKS").mutable_get_frameworks()->add_frameworks();
    framework->mutable_framework_info()->mutable_id()->set_value(id);
    framework->mutable_framework_info()->set_name(name);
    framework->mutable_framework_info()->set_user("root");
    framework->mutable_framework_info()->add_roles("web");
    framework->set_active(true);
    framework->set_connected(true);
    AddScalar("cpus", 1.5, framework->mutable_allocated_resources());
    return framework;
  }

  v1::Task* AddTask(const std::string& id, const std::string& name, bool ended = false) {
    auto* all = response("GET_TASKS").mutable_get_tasks();
    v1::Task* task = ended ? all->add_completed_tasks() : all->add_tasks();
    task->mutable_task_id()->set_value(id);
    task->set_name(name);
    task->mutable_framework_id()->set_value("f-0001");
    task->mutable_agent_id()->set_value("a-S1");
    task->set_state(ended ? v1::TASK_FINISHED : v1::TASK_RUNNING);
    AddScalar("cpus", 0.5, task->mutable_resources());
    AddScalar("mem", 64, task->mutable_resources());
    v1::TaskStatus* status = task->add_statuses();
    status->set_state(v1::TASK_RUNNING);
    status->set_timestamp(static_cast<double>(absl::ToUnixSeconds(terminal_.now) - 300));
    return task;
  }

  static void AddScalar(const std::string& name, double value,
                        google::protobuf::RepeatedPtrField<v1::Resource>* resources) {
    v1::Resource* resource = resources->Add();
    resource->set_name(name);
    resource->set_type(v1::Value::SCALAR);
    resource->mutable_scalar()->set_value(value);
  }

  FakeHttp http_;
  FakeTerminal terminal_;
  World world_;
  std::map<std::string, v1::master::Response> responses_;  // By the call's name.
  std::map<std::string, HttpAnswer> refusals_;             // By the call's name.
  // What agents answer; null: 501.
  std::function<HttpAnswer(const v1::agent::Call& call)> agent_;
  std::map<std::string, bool> programs_;
  std::vector<std::string> became_;

 private:
  absl::StatusOr<HttpAnswer> Answer(const SentRequest& request) {
    if (absl::EndsWith(request.address, ":5051")) {
      v1::agent::Call call;
      EXPECT_TRUE(http::JsonToMessage(request.body, &call).ok()) << request.body;
      if (agent_ != nullptr) return agent_(call);
      return HttpAnswer{501, "text/plain", "type: this agent does not answer it"};
    }
    v1::master::Call call;
    const absl::Status read = http::JsonToMessage(request.body, &call);
    EXPECT_TRUE(read.ok()) << read << request.body;
    EXPECT_EQ(request.path, "/api/v1");
    const std::string name = v1::master::Call::Type_Name(call.type());
    if (const auto refusal = refusals_.find(name); refusal != refusals_.end()) {
      return refusal->second;
    }
    const auto found = responses_.find(name);
    if (found == responses_.end()) return HttpAnswer{200, "", ""};
    return HttpAnswer{200, "application/x-protobuf", found->second.SerializeAsString()};
  }
};

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_APP_FIXTURE_H_
