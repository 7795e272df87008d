// What tests of the whole master share: frameworks that say what they are told to, and a master in
// virtual time whose books must agree after every step.
#ifndef MESOSLIB_MASTER_MASTER_FIXTURE_H_
#define MESOSLIB_MASTER_MASTER_FIXTURE_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/allocator.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/master.h"
#include "mesos/random.h"
#include "mesos/resources.h"
#include "mesos/state_store.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/simulated_event_loop.h"
#include "mesoslib/master/master_for_testing.h"
#include "mesoslib/testing/recording_sink.h"
#include "mesoslib/testing/simulated_agent.h"

namespace mesos {

// A framework as a test wants it: it says what it is told to and remembers what it hears.
class TestFramework {
 public:
  using Call = v1::scheduler::Call;
  using Event = v1::scheduler::Event;

  TestFramework(Master* master, SimulatedEventLoop* loop) : master_(master), loop_(loop) {
    info.set_user("nobody");
    info.set_name("test");
    info.set_failover_timeout(3600);
    info.set_checkpoint(true);
    info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::PARTITION_AWARE);
  }

  void Subscribe(std::vector<std::string> suppressed = {}) {
    sink = std::make_shared<RecordingSink<Event>>();
    session = master_->schedulers().Open(sink, {"", "test"});
    Call call;
    call.set_type(Call::SUBSCRIBE);
    if (info.has_id()) *call.mutable_framework_id() = info.id();
    *call.mutable_subscribe()->mutable_framework_info() = info;
    for (const std::string& role : suppressed) call.mutable_subscribe()->add_suppressed_roles(role);
    *call.mutable_subscribe()->mutable_offer_constraints() = offer_constraints;
    Send(std::move(call)).IgnoreError();
    for (const Event& event : others) {
      if (event.type() == Event::SUBSCRIBED) {
        *info.mutable_id() = event.subscribed().framework_id();
      }
    }
  }

  absl::Status Send(Call call) {
    if (call.type() != Call::SUBSCRIBE) *call.mutable_framework_id() = info.id();
    absl::Status answer = absl::UnknownError("no answer");
    session->Send(std::move(call), [&answer](absl::Status status) { answer = status; });
    loop_->Settle();
    Collect();
    return answer;
  }

  absl::Status Send(Call::Type type) {
    Call call;
    call.set_type(type);
    return Send(std::move(call));
  }

  // Sorts what was heard.
  void Collect() {
    for (Event& event : sink->Take()) {
      switch (event.type()) {
        case Event::OFFERS:
          for (v1::Offer& offer : *event.mutable_offers()->mutable_offers()) {
            offers.push_back(std::move(offer));
          }
          break;
        case Event::RESCIND:
          rescinded.push_back(event.rescind().offer_id().value());
          break;
        case Event::UPDATE:
          updates.push_back(std::move(*event.mutable_update()->mutable_status()));
          break;
        default:
          others.push_back(std::move(event));
      }
    }
  }

  std::vector<v1::Offer> TakeOffers() {
    Collect();
    return std::exchange(offers, {});
  }
  std::vector<v1::TaskStatus> TakeUpdates() {
    Collect();
    return std::exchange(updates, {});
  }

  v1::TaskInfo Task(const std::string& id, const std::string& resources,
                    const std::string& agent) const {
    v1::TaskInfo task;
    task.set_name(id);
    task.mutable_task_id()->set_value(id);
    task.mutable_agent_id()->set_value(agent);
    task.mutable_command()->set_value("true");
    Resources::Parse(resources).value().ToProto(task.mutable_resources());
    return task;
  }

  void Launch(const std::vector<v1::Offer>& with, const std::vector<v1::TaskInfo>& tasks,
              double refuse_seconds = 5) {
    Call call;
    call.set_type(Call::ACCEPT);
    for (const v1::Offer& offer : with) *call.mutable_accept()->add_offer_ids() = offer.id();
    auto* operation = call.mutable_accept()->add_operations();
    operation->set_type(v1::Offer::Operation::LAUNCH);
    for (const v1::TaskInfo& task : tasks) *operation->mutable_launch()->add_task_infos() = task;
    call.mutable_accept()->mutable_filters()->set_refuse_seconds(refuse_seconds);
    EXPECT_TRUE(Send(std::move(call)).ok());
  }

  void Decline(const v1::Offer& offer, double refuse_seconds) {
    Call call;
    call.set_type(Call::DECLINE);
    *call.mutable_decline()->add_offer_ids() = offer.id();
    call.mutable_decline()->mutable_filters()->set_refuse_seconds(refuse_seconds);
    EXPECT_TRUE(Send(std::move(call)).ok());
  }

  void Acknowledge(const v1::TaskStatus& status) {
    Call call;
    call.set_type(Call::ACKNOWLEDGE);
    *call.mutable_acknowledge()->mutable_agent_id() = status.agent_id();
    *call.mutable_acknowledge()->mutable_task_id() = status.task_id();
    call.mutable_acknowledge()->set_uuid(status.uuid());
    EXPECT_TRUE(Send(std::move(call)).ok());
  }

  void Reconcile(const std::string& task, const std::string& agent = "") {
    Call call;
    call.set_type(Call::RECONCILE);
    call.mutable_reconcile();
    if (!task.empty()) {
      auto* asked = call.mutable_reconcile()->add_tasks();
      asked->mutable_task_id()->set_value(task);
      if (!agent.empty()) asked->mutable_agent_id()->set_value(agent);
    }
    EXPECT_TRUE(Send(std::move(call)).ok());
  }

  void Kill(const std::string& task) {
    Call call;
    call.set_type(Call::KILL);
    call.mutable_kill()->mutable_task_id()->set_value(task);
    EXPECT_TRUE(Send(std::move(call)).ok());
  }

  // Why it was refused; "": it was not.
  std::string Error() const {
    for (const Event& event : others) {
      if (event.type() == Event::ERROR) return event.error().message();
    }
    return "";
  }

  // Where it subscribes from now on.
  void set_master(Master* master) { master_ = master; }

  v1::FrameworkInfo info;
  v1::scheduler::OfferConstraints offer_constraints;  // That it subscribes with.
  std::shared_ptr<RecordingSink<Event>> sink;
  std::unique_ptr<Session<Call>> session;
  std::vector<v1::Offer> offers;
  std::vector<std::string> rescinded;
  std::vector<v1::TaskStatus> updates;
  std::vector<Event> others;

 private:
  Master* master_;
  SimulatedEventLoop* loop_;
};

class MasterTest : public ::testing::Test {
 protected:
  MasterTest() : random_(CreateSeededRandom(1)), store_(CreateMemoryStateStore(&loop_).value()) {
    NewMaster({});
  }

  ~MasterTest() override {
    Check();
    if (master_ != nullptr) {
      EXPECT_EQ(master::CheckStates(*master_), absl::OkStatus());
    }
    agents_.clear();
    frameworks_.clear();
    master_ = nullptr;
    loop_.Settle();
  }

  void NewMaster(MasterOptions options, std::unique_ptr<Allocator> allocator = nullptr) {
    master_ = nullptr;
    allocator_ =
        allocator != nullptr ? std::move(allocator) : CreateHierarchicalAllocator({}).value();
    master_ = CreateMaster(options, {&loop_, random_.get(), store_.get(), allocator_.get(), nullptr,
                                     [this](absl::Status why) { ended_ = std::move(why); }})
                  .value();
    absl::Status started = absl::UnknownError("not started");
    master_->Start([&](absl::Status status) { started = status; });
    loop_.Settle();
    ASSERT_TRUE(started.ok()) << started;
  }

  SimulatedAgent& AddAgent(SimulatedAgent::Options options = {}) {
    if (options.hostname.empty()) options.hostname = absl::StrCat("host", agents_.size());
    agents_.push_back(
        std::make_unique<SimulatedAgent>(options, &loop_, random_.get(), &master_->agents()));
    agents_.back()->Connect();
    loop_.Settle();
    EXPECT_TRUE(agents_.back()->registered());
    return *agents_.back();
  }

  TestFramework& AddFramework() {
    TestFramework& framework = NewFramework();
    framework.Subscribe();
    EXPECT_TRUE(framework.info.has_id());
    return framework;
  }

  TestFramework& NewFramework() {
    frameworks_.push_back(std::make_unique<TestFramework>(master_.get(), &loop_));
    return *frameworks_.back();
  }

  void Advance(absl::Duration duration) {
    loop_.Advance(duration);
    Check();
    for (auto& framework : frameworks_) {
      if (framework->sink != nullptr) framework->Collect();
    }
  }

  void Check() {
    if (master_ == nullptr) return;
    EXPECT_EQ(master::CheckLedger(*master_), absl::OkStatus());
  }

  absl::StatusOr<v1::master::Response> Operate(v1::master::Call call) {
    absl::StatusOr<v1::master::Response> answer = absl::UnknownError("no answer");
    master_->CallOperator(std::move(call), {},
                          [&](auto response) { answer = std::move(response); });
    loop_.Settle();
    return answer;
  }

  // By name, each told once.
  std::map<std::string, double> Metrics() {
    v1::master::Call call;
    call.set_type(v1::master::Call::GET_METRICS);
    call.mutable_get_metrics();
    const v1::master::Response response = Operate(call).value();
    std::map<std::string, double> metrics;
    for (const v1::Metric& metric : response.get_metrics().metrics()) {
      EXPECT_TRUE(metrics.emplace(metric.name(), metric.value()).second) << metric.name();
    }
    return metrics;
  }

  static std::string Text(const v1::Offer& offer) {
    Resources resources = Resources::FromProto(offer.resources()).value();
    resources.Unallocate();
    return resources.ToString();
  }

  // Launches one task that goes on running, and acknowledges that it runs.
  std::string RunTask(TestFramework& framework, const std::string& id,
                      const std::string& resources = "cpus:1;mem:128") {
    std::vector<v1::Offer> offers = framework.TakeOffers();
    EXPECT_THAT(offers, ::testing::SizeIs(1));
    framework.Launch(offers, {framework.Task(id, resources, offers[0].agent_id().value())});
    std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
    EXPECT_THAT(updates, ::testing::SizeIs(1));
    EXPECT_EQ(updates[0].state(), v1::TASK_RUNNING);
    framework.Acknowledge(updates[0]);
    return offers[0].agent_id().value();
  }

  absl::Status ended_;
  SimulatedEventLoop loop_;
  std::unique_ptr<Random> random_;
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<Allocator> allocator_;
  std::unique_ptr<Master> master_;
  std::vector<std::unique_ptr<SimulatedAgent>> agents_;
  std::vector<std::unique_ptr<TestFramework>> frameworks_;
};

}  // namespace mesos

#endif  // MESOSLIB_MASTER_MASTER_FIXTURE_H_
