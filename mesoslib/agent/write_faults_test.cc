// Case 41, agent's side: an agent on a real database, of which the n-th write fails, for every n
// and in every way; then the machine loses power; then a new agent starts from what is on the disk.
#include <stdlib.h>

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mesos/internal/checkpoint.pb.h"
#include "mesos/task_states.h"
#include "mesoslib/agent/agent_fixture.h"
#include "mesoslib/storage/faulty_env.h"
#include "mesoslib/storage/leveldb_database.h"

namespace mesos::agent {
namespace {

namespace fs = std::filesystem;

using ::testing::IsEmpty;
using ::testing::SizeIs;

using Event = v1::executor::Event;
using Failure = FaultyEnv::Failure;

// A database without a thread: a commit is written before Commit returns, and answered later.
class DirectStateStore final : public StateStore {
 public:
  DirectStateStore(EventLoop* loop, std::unique_ptr<LevelDbDatabase> database)
      : loop_(loop), database_(std::move(database)) {}

  void Load(LoadDone done) override {
    loop_->Post(lifetime_.Guard(
        [done = std::move(done), loaded = database_->Load()]() mutable { done(loaded); }));
  }

  void Commit(std::vector<Mutation> mutations, uint64_t expected, CommitDone done) override {
    EXPECT_EQ(expected, database_->version() + (database_->status().ok() ? 0 : failed_++));
    const std::set<std::string> acknowledged = Acknowledged(mutations);
    database_->Add(mutations);
    absl::StatusOr<uint64_t> result = expected + 1;
    if (absl::Status status = database_->Write(expected + 1); !status.ok()) result = status;
    if (result.ok()) durably_acknowledged.insert(acknowledged.begin(), acknowledged.end());
    loop_->Post(
        lifetime_.Guard([done = std::move(done), result]() mutable { done(std::move(result)); }));
  }

  // The uuids of updates whose acknowledgement is on the disk.
  std::set<std::string> durably_acknowledged;

 private:
  std::set<std::string> Acknowledged(const std::vector<Mutation>& mutations) {
    std::set<std::string> uuids;
    for (const Mutation& mutation : mutations) {
      if (!absl::StartsWith(mutation.key, "updates/")) continue;
      internal::UpdateCheckpoint update;
      if (mutation.value) update.ParseFromString(*mutation.value);
      if (mutation.value && !update.acknowledged()) {
        written_[mutation.key] = update.status().uuid();
      } else {
        uuids.insert(mutation.value ? update.status().uuid() : written_[mutation.key]);
      }
    }
    return uuids;
  }

  EventLoop* const loop_;
  const std::unique_ptr<LevelDbDatabase> database_;
  std::map<std::string, std::string> written_;
  uint64_t failed_ = 0;
  Lifetime lifetime_;
};

class WriteFaultsTest : public AgentTest {
 protected:
  WriteFaultsTest() {
    std::string folder = testing::TempDir() + "write-faults-XXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    path_ = folder + "/checkpoints";
    check_resources_ = false;
    master_.find_unreported = [this](const AgentMessage::Reregister& introduction) {
      return FindUnreported(introduction);
    };
  }

  ~WriteFaultsTest() override {
    agent_.reset();
    database_.reset();
    fs::remove_all(fs::path(path_).parent_path());
  }

  // False: the database can't be opened.
  bool StartOnDisk() {
    auto database = LevelDbDatabase::Open(path_, faults_->env());
    if (!database.ok()) return false;
    database_ = std::make_unique<DirectStateStore>(&loop_, *std::move(database));
    started_.reset();
    ended_.reset();
    agent_ = CreateAgent(options_, {.loop = &loop_,
                                    .random = random_.get(),
                                    .master = &master_,
                                    .containerizer = containers_.get(),
                                    .checkpoints = database_.get(),
                                    .log = &log_,
                                    .ended = [this](absl::Status why) { ended_ = why; }})
                 .value();
    agent_->Start([this](absl::Status status) { started_ = status; });
    loop_.Settle();
    return true;
  }

  void Crash() {
    session_.reset();
    agent_.reset();
    if (database_ != nullptr) {
      const auto& acknowledged = database_->durably_acknowledged;
      acknowledged_.insert(acknowledged.begin(), acknowledged.end());
    }
    database_.reset();
    loop_.Settle();
    heard_ = master_.updates.size();
    if (fs::exists(path_)) faults_->LosePower(path_);
    faults_->writes_left = 1 << 30;
  }

  // -- The master --

  // It knows of a task from when it sends it, if there is an agent to send it to.
  void Launch(std::vector<v1::TaskInfo> tasks) {
    if (!master_.connected() || master_.registers == 0) return;
    for (const v1::TaskInfo& task : tasks) launched_.insert(task.task_id().value());
    Run(std::move(tasks));
  }

  std::vector<MasterMessage::TaskReference> FindUnreported(
      const AgentMessage::Reregister& introduction) {
    std::set<std::string> missing;
    for (const std::string& task : launched_) {
      if (!IsTerminal(master_.LatestOf(task).state())) missing.insert(task);
    }
    for (const v1::Task& task : introduction.tasks()) missing.erase(task.task_id().value());
    std::vector<MasterMessage::TaskReference> references;
    for (const std::string& id : missing) {
      references.emplace_back().mutable_framework_id()->set_value("F");
      references.back().mutable_task_id()->set_value(id);
    }
    return references;
  }

  // -- The executor, as long as its container runs --

  bool ExecutorRuns() {
    const ContainerId container = containers_->FindByEnvironment("MESOS_EXECUTOR_ID", "E");
    return !container.empty() && !containers_->container(container).termination;
  }

  void Connect() {
    if (!ExecutorRuns()) return;
    heard_events_ = 0;
    executor_ = OpenSession();
    ExecutorCall call = MakeCall(ExecutorCall::SUBSCRIBE);
    for (const auto& [id, task] : unacknowledged_tasks_) {
      *call.mutable_subscribe()->add_unacknowledged_tasks() = task;
    }
    for (const ExecutorCall& update : unacknowledged_updates_) {
      *call.mutable_subscribe()->add_unacknowledged_updates() = update.update();
    }
    Send(std::move(call)).IgnoreError();
    Hear();
  }

  void Hear() {
    while (executor_ != nullptr && heard_events_ < executor_->events.size()) {
      const Event event = executor_->events[heard_events_++];
      if (event.type() == Event::LAUNCH) {
        const v1::TaskInfo& task = event.launch().task();
        unacknowledged_tasks_[task.task_id().value()] = task;
        running_.insert(task.task_id().value());
        Update(task.task_id().value(), v1::TASK_RUNNING);
      } else if (event.type() == Event::KILL) {
        End(event.kill().task_id().value(), v1::TASK_KILLED);
      } else if (event.type() == Event::ACKNOWLEDGED) {
        unacknowledged_tasks_.erase(event.acknowledged().task_id().value());
        std::erase_if(unacknowledged_updates_, [&](const ExecutorCall& update) {
          return update.update().status().uuid() == event.acknowledged().uuid();
        });
      }
    }
  }

  void Update(const std::string& task, v1::TaskState state) {
    unacknowledged_updates_.push_back(MakeUpdate(task, state));
    Send(unacknowledged_updates_.back()).IgnoreError();
    Hear();
  }

  void End(const std::string& task, v1::TaskState state) {
    if (session_ != nullptr && running_.erase(task) > 0) Update(task, state);
  }

  void EndCommand(const std::string& task) {
    containers_->End(containers_->FindByEnvironment("MESOS_TASK_ID", task), 0);
    loop_.Settle();
    Hear();
  }

  // -- What happens --

  void Begin() {
    containers_ = std::make_unique<FakeContainerizer>(&loop_);
    faults_ = std::make_unique<FaultyEnv>();
    fs::remove_all(path_);
    master_.messages.clear();
    master_.updates.clear();
    master_.registers = 0;
    launched_.clear();
    running_.clear();
    unacknowledged_tasks_.clear();
    unacknowledged_updates_.clear();
    acknowledged_.clear();
    executor_.reset();
  }

  void History() {
    Launch({Command("c1"), Command("c2"), Custom("t1")});
    Connect();
    Launch({Custom("t2"), Command("c3")});
    Hear();
    EndCommand("c1");
    End("t1", v1::TASK_FINISHED);
    Kill("c2");
    Launch({Custom("t3")});
    Hear();
    Kill("t3");
    Hear();
    Advance(absl::Seconds(1));
  }

  void Finish() {
    Connect();
    Advance(absl::Seconds(3));
    for (const std::string& task : launched_) EndCommand(task);
    for (const std::string& task : std::set<std::string>(running_)) End(task, v1::TASK_FINISHED);
    Advance(absl::Seconds(30));
    for (const ContainerId& id : containers_->Running()) containers_->End(id, 0);
    Advance(absl::Seconds(30));
  }

  void ExpectConverged(bool exactly_once) {
    EXPECT_EQ(started_, absl::OkStatus());
    EXPECT_FALSE(ended_.has_value());
    for (const std::string& task : launched_) {
      std::set<std::string> ends;
      for (const auto& update : master_.updates) {
        const v1::TaskStatus& status = update.status();
        if (status.task_id().value() == task && IsTerminal(status.state())) {
          ends.insert(status.uuid());
        }
      }
      EXPECT_GE(ends.size(), 1u) << task;
      if (exactly_once) {
        EXPECT_THAT(ends, SizeIs(1)) << task;
      }
    }
    EXPECT_THAT(containers_->Running(), IsEmpty());
    absl::StatusOr<StateStore::Snapshot> left = absl::UnknownError("");
    database_->Load([&](absl::StatusOr<StateStore::Snapshot> loaded) { left = loaded; });
    loop_.Settle();
    EXPECT_THAT(left->entries, SizeIs(2)) << "agent and format";
    for (size_t i = heard_; exactly_once && i < master_.updates.size(); ++i) {
      EXPECT_EQ(acknowledged_.count(master_.updates[i].status().uuid()), 0u)
          << "acknowledged before: " << master_.updates[i].ShortDebugString();
    }
  }

  // Returns how often the disk failed.
  int FailEveryWrite(Failure failure, const char* error = "No space left on device") {
    int failures = 0;
    for (bool failed = true; failed; ++failures) {
      SCOPED_TRACE(absl::StrCat("write ", failures, " fails"));
      Begin();
      faults_->failure = failure;
      faults_->error = error;
      faults_->writes_left = failures;
      if (StartOnDisk()) History();
      failed = faults_->failed();
      const int registers = master_.registers;
      Crash();
      if (!StartOnDisk()) {
        ADD_FAILURE() << "the database is lost";
        return failures;
      }
      // A new agent has nothing to do with what the old one was sent.
      if (master_.registers > registers) launched_.clear();
      Finish();
      ExpectConverged(failure != Failure::kLostSync);
      Crash();
      if (HasFailure() || failures > 1000) return failures;
    }
    return failures;
  }

  std::string path_;
  std::unique_ptr<FaultyEnv> faults_;
  std::unique_ptr<FakeContainerizer> containers_;
  std::unique_ptr<DirectStateStore> database_;
  std::set<std::string> launched_;
  std::set<std::string> acknowledged_;  // For good, before the crash.
  size_t heard_ = 0;
  std::shared_ptr<ExecutorLog> executor_;
  size_t heard_events_ = 0;
  std::set<std::string> running_;
  std::map<std::string, v1::TaskInfo> unacknowledged_tasks_;
  std::deque<ExecutorCall> unacknowledged_updates_;
};

TEST_F(WriteFaultsTest, Case41_EveryWriteThatFails) {
  EXPECT_GT(FailEveryWrite(Failure::kError), 30);
}

TEST_F(WriteFaultsTest, Case41_EveryWriteThatIsTorn) {
  EXPECT_GT(FailEveryWrite(Failure::kTorn, "Input/output error"), 30);
}

TEST_F(WriteFaultsTest, Case41_EverySyncThatIsLost) {
  EXPECT_GT(FailEveryWrite(Failure::kLostSync), 30);
}

}  // namespace
}  // namespace mesos::agent
