// Real processes: three ZooKeeper servers, two masters, three agents and a scheduler that keeps 200
// short tasks and 20 long ones going. For two minutes (--seconds) all of them are killed, paused
// and started again at random (--seed); then every task that was ever launched has ended exactly
// once, or runs and is known to everybody.
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "daemons/testing/chaos_journal.h"
#include "daemons/testing/test_process.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/resources.h"
#include "mesos/rpc.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/base/flags.h"
#include "mesoslib/base/unique_fd.h"
#include "mesoslib/coordination/testing/ensemble.h"
#include "mesoslib/coordination/testing/relay.h"

namespace mesos {
namespace {

using Names = std::set<std::string>;
using Clock = std::chrono::steady_clock;

int chaos_seconds = 120;
uint64_t chaos_seed = 0;

constexpr int kMasters = 2;
constexpr int kAgents = 3;
constexpr size_t kLongTasks = 20;
constexpr std::chrono::seconds kConvergence(120);

void Pass(int milliseconds) { poll(nullptr, 0, milliseconds); }

// How many there are, and the first of them.
std::string Shown(const Names& names) {
  std::string shown = absl::StrCat(names.size(), ":");
  size_t left = 5;
  for (const std::string& name : names) {
    if (left-- == 0) return shown + " ...";
    absl::StrAppend(&shown, " ", name);
  }
  return shown;
}

// A program that is started again and again, its output at the end of a file.
class Program {
 public:
  Program(std::string name, std::string folder, std::vector<std::string> command)
      : name_(std::move(name)), log_(folder + "/" + name_ + ".log"), command_(std::move(command)) {}

  const std::string& log() const { return log_; }
  const std::string& name() const { return name_; }

  void Start() {
    // A path among the test's data, which the shell does not see from "/".
    char* const path = realpath(command_[0].c_str(), nullptr);
    std::vector<std::string> arguments = {"-c", "exec \"$@\" >>" + log_ + " 2>&1", "sh", path};
    free(path);
    arguments.insert(arguments.end(), command_.begin() + 1, command_.end());
    process_ = TestProcess::Start("/bin/sh", arguments, geteuid());
  }
  void Kill() {
    EXPECT_FALSE(process_->HasEnded()) << "it has crashed: " << log_;
    process_.reset();
  }
  void Signal(int number) { process_->Signal(number); }
  // The exit code.
  int End() {
    process_->Signal(SIGTERM);
    return process_->WaitForExit();
  }
  int WaitForExit() { return process_->WaitForExit(); }

 private:
  const std::string name_;
  const std::string log_;
  const std::vector<std::string> command_;
  std::unique_ptr<TestProcess> process_;
};

// Something that can be killed, paused and started.
struct Victim {
  std::string name;
  std::function<void()> kill;
  std::function<void()> start;
  std::function<void(int)> signal;
};

// Does things to victims, and undoes them some time later.
class Chaos {
 public:
  Chaos(std::vector<Victim> victims, uint64_t seed) : victims_(std::move(victims)), random_(seed) {}

  void Run(std::chrono::seconds duration) {
    const auto end = Clock::now() + duration;
    while (Clock::now() < end) {
      Strike();
      const auto next = Clock::now() + std::chrono::milliseconds(200 + random_() % 1000);
      do {
        Heal(Clock::now());
        Pass(20);
      } while (Clock::now() < next);
    }
    Heal(Clock::time_point::max());
  }

  const std::map<std::string, int>& done() const { return done_; }

 private:
  void Strike() {
    const size_t which = random_() % victims_.size();
    if (busy_.contains(which)) return;
    const Victim& victim = victims_[which];
    const auto until = Clock::now() + std::chrono::milliseconds(random_() % 4000);
    const bool kill = random_() % 2 == 0;
    ++done_[absl::StrCat(kill ? "killed " : "paused ", victim.name)];
    if (kill) {
      victim.kill();
    } else {
      victim.signal(SIGSTOP);
    }
    busy_.insert(which);
    healing_.emplace(until, [this, which, kill] {
      if (kill) {
        victims_[which].start();
      } else {
        victims_[which].signal(SIGCONT);
      }
      busy_.erase(which);
    });
  }

  void Heal(Clock::time_point now) {
    while (!healing_.empty() && healing_.begin()->first <= now) {
      healing_.begin()->second();
      healing_.erase(healing_.begin());
    }
  }

  const std::vector<Victim> victims_;
  std::mt19937_64 random_;
  std::set<size_t> busy_;
  std::multimap<Clock::time_point, std::function<void()>> healing_;
  std::map<std::string, int> done_;
};

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// The tasks whose processes live, by what their environment says.
std::map<std::string, std::vector<pid_t>> ProcessesOf(const std::string& folder) {
  std::map<std::string, std::vector<pid_t>> tasks;
  DIR* const proc = opendir("/proc");
  while (const dirent* entry = readdir(proc)) {
    const int pid = atoi(entry->d_name);
    if (pid == 0) continue;
    const std::string environment = ReadWhole(absl::StrCat("/proc/", pid, "/environ"));
    for (absl::string_view variable : absl::StrSplit(environment, '\0')) {
      if (absl::ConsumePrefix(&variable, absl::StrCat("CHAOS_TASK=", folder, "|"))) {
        tasks[std::string(variable)].push_back(pid);
      }
    }
  }
  closedir(proc);
  return tasks;
}

// Processes that belong to this test's folder: supervisors, by their arguments.
int ProcessesNaming(const std::string& folder) {
  int found = 0;
  DIR* const proc = opendir("/proc");
  while (const dirent* entry = readdir(proc)) {
    const int pid = atoi(entry->d_name);
    if (pid == 0 || pid == getpid()) continue;
    if (absl::StrContains(ReadWhole(absl::StrCat("/proc/", pid, "/cmdline")), folder)) ++found;
  }
  closedir(proc);
  return found;
}

class ChaosTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!Ensemble::Missing().empty()) GTEST_SKIP() << Ensemble::Missing();
    folder_ = testing::TempDir() + "/chaos-XXXXXX";
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    ensemble_ = std::make_unique<Ensemble>();
    zk_ = ensemble_->url("/mesos");
    for (int i = 0; i < kMasters; ++i) AddMaster(i);
    for (int i = 0; i < kAgents; ++i) AddAgent(i);
    programs_.emplace_back("scheduler", folder_,
                           std::vector<std::string>{"daemons/testing/chaos_scheduler",
                                                    "--master=" + zk_, "--folder=" + folder_});
    for (Program& program : programs_) program.Start();
  }

  void TearDown() override {
    programs_.clear();
    for (const auto& [task, pids] : ProcessesOf(folder_)) {
      for (pid_t pid : pids) kill(pid, SIGKILL);
    }
  }

  int ReservePort() {
    int port = 0;
    reserved_.push_back(ReserveLoopbackPort(&port));
    return port;
  }

  void AddMaster(int number) {
    master_ports_.push_back(ReservePort());
    programs_.emplace_back(absl::StrCat("master", number), folder_,
                           std::vector<std::string>{
                               "daemons/mesos-master", "--ip=127.0.0.1",
                               absl::StrCat("--advertise_port=", 7001 + number), "--port=0",
                               absl::StrCat("--grpc_port=", master_ports_.back()), "--zk=" + zk_,
                               "--zk_session_timeout=2secs", "--agent_ping_timeout=1secs",
                               "--max_agent_ping_timeouts=3", "--agent_reregister_timeout=20secs"});
  }

  void AddAgent(int number) {
    agent_ports_.push_back(ReservePort());
    const std::string name = absl::StrCat("agent", number);
    programs_.emplace_back(
        name, folder_,
        std::vector<std::string>{"daemons/mesos-agent", "--ip=127.0.0.1", "--master=" + zk_,
                                 "--zk_session_timeout=2secs", "--work_dir=" + folder_ + "/" + name,
                                 "--runtime_dir=" + folder_ + "/" + name + "-run",
                                 absl::StrCat("--port=", ReservePort()),
                                 absl::StrCat("--grpc_port=", agent_ports_.back()),
                                 "--registration_backoff_factor=100ms", "--no-switch_user",
                                 "--resources=cpus:10;mem:800;disk:100"});
  }

  std::vector<Victim> Victims() {
    std::vector<Victim> victims;
    for (Program& program : programs_) {
      victims.push_back({program.name(), [&program] { program.Kill(); },
                         [&program] { program.Start(); },
                         [&program](int number) { program.Signal(number); }});
    }
    for (int i = 0; i < Ensemble::kServers; ++i) {
      victims.push_back({absl::StrCat("zookeeper", i), [this, i] { ensemble_->Kill(i); },
                         [this, i] { ensemble_->Start(i); },
                         [this, i](int number) {
                           number == SIGSTOP ? ensemble_->Pause(i) : ensemble_->Continue(i);
                         }});
    }
    return victims;
  }

  void Say(const std::string& name) { std::ofstream(folder_ + "/" + name) << "now\n"; }
  ChaosJournal Journal() const { return ChaosJournal(folder_ + "/journal"); }

  // Of the master that leads.
  absl::StatusOr<v1::master::Response> AskMaster(v1::master::Call::Type type) const {
    absl::Status last;
    for (int port : master_ports_) {
      v1::master::Call call;
      call.set_type(type);
      auto answer = CallGrpcMaster(absl::StrCat("127.0.0.1:", port), call, absl::Seconds(5));
      if (answer.ok()) return answer;
      last = answer.status();
    }
    return last;
  }

  // Those the master takes for running; the others in `others`.
  Names MasterTasks(Names* others) const {
    Names running;
    auto answer = AskMaster(v1::master::Call::GET_TASKS);
    if (!answer.ok()) {
      others->insert(std::string(answer.status().message()));
      return running;
    }
    for (const v1::Task& task : answer->get_tasks().tasks()) {
      (task.state() == v1::TASK_RUNNING ? running : *others).insert(task.task_id().value());
    }
    for (const v1::Task& task : answer->get_tasks().unreachable_tasks()) {
      others->insert("unreachable:" + task.task_id().value());
    }
    return running;
  }

  Names AgentTasks(Names* others) const {
    Names running;
    for (int port : agent_ports_) {
      v1::agent::Call call;
      call.set_type(v1::agent::Call::GET_TASKS);
      auto answer = CallGrpcAgent(absl::StrCat("127.0.0.1:", port), call, absl::Seconds(5));
      if (!answer.ok()) {
        others->insert(std::string(answer.status().message()));
        continue;
      }
      for (const v1::Task& task : answer->get_tasks().launched_tasks()) {
        (task.state() == v1::TASK_RUNNING ? running : *others).insert(task.task_id().value());
      }
      for (const v1::Task& task : answer->get_tasks().terminated_tasks()) {
        others->insert("unacknowledged:" + task.task_id().value());
      }
    }
    return running;
  }

  // What the agents' tasks have, all together.
  Resources Used(int* active_agents) const {
    Resources used;
    *active_agents = 0;
    auto answer = AskMaster(v1::master::Call::GET_AGENTS);
    if (!answer.ok()) return used;
    for (const auto& agent : answer->get_agents().agents()) {
      if (agent.active()) ++*active_agents;
      Resources allocated = Resources::FromProto(agent.allocated_resources()).value();
      allocated.Unallocate();
      used += allocated;
    }
    return used;
  }

  // What is still wrong; empty: everybody agrees.
  std::string Disagreement() const {
    std::ostringstream wrong;
    const ChaosJournal journal = Journal();
    const Names short_tasks = journal.active(/*is_long=*/false);
    const Names running = journal.active(/*is_long=*/true);
    if (!short_tasks.empty()) wrong << "short tasks that have not ended: " << Shown(short_tasks);
    if (running.size() != kLongTasks) wrong << "\nlong tasks: " << Shown(running);
    for (const std::string& id : running) {
      if (journal.tasks().at(id).state != v1::TASK_RUNNING) wrong << "\nnot running: " << id;
    }
    Names others;
    const Names at_master = MasterTasks(&others);
    if (at_master != running || !others.empty()) {
      wrong << "\nthe master has " << Shown(at_master) << "\nand " << Shown(others);
    }
    others.clear();
    const Names at_agents = AgentTasks(&others);
    if (at_agents != running || !others.empty()) {
      wrong << "\nthe agents have " << Shown(at_agents) << "\nand " << Shown(others);
    }
    Names alive;
    for (const auto& [task, pids] : ProcessesOf(folder_)) alive.insert(task);
    if (alive != running) wrong << "\nprocesses: " << Shown(alive);
    int active_agents = 0;
    const Resources used = Used(&active_agents);
    const Resources expected = Resources::Parse("cpus:2;mem:160").value();
    if (active_agents != kAgents) wrong << "\nactive agents: " << active_agents;
    if (used != expected) wrong << "\nused: " << used.ToString();
    return wrong.str();
  }

  std::string WaitForAgreement(const std::function<std::string()>& disagreement) const {
    const auto deadline = Clock::now() + kConvergence;
    std::string wrong;
    while (!(wrong = disagreement()).empty() && Clock::now() < deadline) Pass(500);
    return wrong;
  }

  // Every task ended exactly once, or runs; and nobody was told that a task that ran is lost, for
  // no agent left for good.
  void ExpectOneEndEach() const {
    std::map<std::string, int> states;
    const ChaosJournal journal = Journal();
    for (const auto& [id, task] : journal.tasks()) {
      EXPECT_FALSE(task.agent.empty()) << "an update of " << id << ", which was never launched";
      EXPECT_LE(task.ends.size(), 1u) << id << ": " << absl::StrJoin(task.ends, ", ");
      EXPECT_LE(task.end_uuids.size(), 1u) << id << ": " << absl::StrJoin(task.end_uuids, ", ");
      // A restarted agent does not know who has ended the task: it was killed, so it failed.
      const bool killed = task.ends.contains("TASK_KILLED") ||
                          (task.kill_asked && task.ends.contains("TASK_FAILED"));
      const bool lost = !task.ends.empty() && !task.ends.contains("TASK_FINISHED") && !killed;
      EXPECT_FALSE(task.ran && lost) << id << " ran, and is " << absl::StrJoin(task.ends, ", ");
      ++states[task.ends.empty() ? v1::TaskState_Name(task.state) : *task.ends.begin()];
    }
    for (const auto& [state, count] : states) std::printf("%s: %d\n", state.c_str(), count);
  }

  std::string folder_;
  std::vector<UniqueFd> reserved_;
  std::vector<int> master_ports_;
  std::vector<int> agent_ports_;
  std::unique_ptr<Ensemble> ensemble_;
  std::string zk_;
  std::list<Program> programs_;
};

TEST_F(ChaosTest, NothingIsLostDoubledOrLeaked) {
  std::printf("chaos for %d s, --seed=%llu, in %s\n", chaos_seconds,
              static_cast<unsigned long long>(chaos_seed), folder_.c_str());
  std::fflush(stdout);
  ASSERT_EQ(WaitForAgreement(
                [this] { return Journal().tasks().size() >= 220 ? "" : "the tasks do not start"; }),
            "");
  Chaos chaos(Victims(), chaos_seed);
  chaos.Run(std::chrono::seconds(chaos_seconds));
  for (const auto& [what, times] : chaos.done()) std::printf("%s: %d\n", what.c_str(), times);
  const auto healed = Clock::now();
  Say("drain");
  const std::string wrong = WaitForAgreement([this] { return Disagreement(); });
  std::printf("all agree %.1f s later\n",
              std::chrono::duration<double>(Clock::now() - healed).count());
  EXPECT_EQ(wrong, "");
  ExpectOneEndEach();

  Say("end");
  EXPECT_EQ(programs_.back().WaitForExit(), 0);
  EXPECT_EQ(WaitForAgreement([this]() -> std::string {
              int active_agents = 0;
              const Resources used = Used(&active_agents);
              if (active_agents != kAgents || !used.empty()) return "used: " + used.ToString();
              return ProcessesOf(folder_).empty() ? "" : "processes are left";
            }),
            "");
  programs_.pop_back();
  for (Program& program : programs_) EXPECT_EQ(program.End(), 0) << program.log();
  EXPECT_EQ(WaitForAgreement([this]() -> std::string {
              ensemble_.reset();
              return ProcessesNaming(folder_) == 0 ? "" : "processes name the folder";
            }),
            "");
}

int Main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  chaos_seed = std::random_device()();
  FlagSet flags("chaos_test", "Kills and pauses everything.");
  flags.Add(&chaos_seconds, "seconds", "For how long.");
  flags.Add(&chaos_seed, "seed", "Of what happens.");
  const absl::Status parsed = flags.Parse({argv + 1, argv + argc}, {});
  if (!parsed.ok()) {
    std::fprintf(stderr, "%s\n", std::string(parsed.message()).c_str());
    return 2;
  }
  return RUN_ALL_TESTS();
}

}  // namespace
}  // namespace mesos

int main(int argc, char** argv) { return mesos::Main(argc, argv); }
