// Random histories of a whole master: agents and frameworks come, go, vanish and return, tasks are
// launched, finish and are killed, offers are declined, hoarded and used twice, resources are
// reserved and made into volumes and back, by frameworks and operators, agents are drained and
// machines maintained. After every single callback the books must agree, and the allocator must
// never refuse a move.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mesos/allocator.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/log.h"
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
namespace {

using v1::scheduler::Call;
using v1::scheduler::Event;

class FailOnError final : public LogSink {
 public:
  void Log(LogLevel level, absl::string_view line) override {
    EXPECT_NE(level, LogLevel::kError) << std::string(line);
  }
};

// A framework that does whatever chance tells it to.
struct WildFramework {
  v1::FrameworkInfo info;
  std::shared_ptr<RecordingSink<Event>> sink;
  std::unique_ptr<Session<Call>> session;
  std::vector<v1::Offer> offers;
  std::vector<v1::TaskStatus> unacknowledged;
  std::vector<v1::OperationStatus> unacknowledged_operations;
  std::vector<v1::InverseOffer> inverse_offers;
  std::vector<std::string> tasks;

  // Everything it has heard.
  std::string* trace = nullptr;

  void Collect() {
    if (sink == nullptr) return;
    for (Event& event : sink->Take()) {
      event.AppendToString(trace);
      if (event.type() == Event::SUBSCRIBED) {
        *info.mutable_id() = event.subscribed().framework_id();
      } else if (event.type() == Event::OFFERS) {
        for (auto& offer : *event.mutable_offers()->mutable_offers()) offers.push_back(offer);
      } else if (event.type() == Event::INVERSE_OFFERS) {
        for (auto& offer : *event.mutable_inverse_offers()->mutable_inverse_offers()) {
          inverse_offers.push_back(offer);
        }
      } else if (event.type() == Event::UPDATE && event.update().status().has_uuid()) {
        unacknowledged.push_back(event.update().status());
      } else if (event.type() == Event::UPDATE_OPERATION_STATUS &&
                 event.update_operation_status().status().has_uuid()) {
        unacknowledged_operations.push_back(event.update_operation_status().status());
      } else if (event.type() == Event::ERROR) {
        info.clear_id();  // Removed, or failed over: it starts anew.
      }
    }
  }
};

// What somebody knows who has heard of every change.
class Mirror {
 public:
  void Hear(const v1::master::Event& event) {
    using Event = v1::master::Event;
    switch (event.type()) {
      case Event::TASK_ADDED: {
        const v1::Task& task = event.task_added().task();
        tasks_[{task.framework_id().value(), task.task_id().value()}] = task.state();
        break;
      }
      case Event::TASK_UPDATED: {
        const Event::TaskUpdated& updated = event.task_updated();
        tasks_[{updated.framework_id().value(), updated.status().task_id().value()}] =
            updated.state();
        break;
      }
      case Event::FRAMEWORK_ADDED:
        Describe(event.framework_added().framework());
        break;
      case Event::FRAMEWORK_UPDATED:
        Describe(event.framework_updated().framework());
        break;
      case Event::FRAMEWORK_REMOVED:
        frameworks_.erase(event.framework_removed().framework_info().id().value());
        break;
      default:
        break;
    }
  }

  void ExpectIs(const MasterState& state) const {
    std::map<std::string, bool> frameworks;
    for (const MasterState::Framework& framework : state.frameworks) {
      frameworks[framework.id.value()] = framework.connected;
      for (const auto* pages : {&framework.tasks, &framework.unreachable_tasks}) {
        for (const auto& page : *pages) {
          for (const MasterState::Task& task : page->items) {
            const auto known = tasks_.find({framework.id.value(), task.description->id.value()});
            ASSERT_NE(known, tasks_.end()) << task.description->id;
            EXPECT_EQ(known->second, task.state) << task.description->id;
          }
        }
      }
    }
    EXPECT_EQ(frameworks_, frameworks);
  }

 private:
  void Describe(const v1::master::Response::GetFrameworks::Framework& framework) {
    frameworks_[framework.framework_info().id().value()] = framework.connected();
  }

  std::map<std::pair<std::string, std::string>, v1::TaskState> tasks_;
  std::map<std::string, bool> frameworks_;  // And whether they are connected.
};

class History {
 public:
  explicit History(uint64_t seed)
      : random_(CreateSeededRandom(seed)),
        store_(CreateMemoryStateStore(&loop_).value()),
        allocator_(CreateHierarchicalAllocator({}).value()),
        master_(CreateMaster({}, {&loop_, random_.get(), store_.get(), allocator_.get(), &log_})
                    .value()) {
    master_->Start([](absl::Status status) { ASSERT_TRUE(status.ok()); });
    loop_.Settle();
    listener_ = master_->changes().Open(changes_, {});
    v1::master::Call subscribe;
    subscribe.set_type(v1::master::Call::SUBSCRIBE);
    listener_->Send(subscribe);
    Settle();
  }

  ~History() {
    agents_.clear();
    frameworks_.clear();
    master_.reset();
    loop_.Settle();
  }

  void Step() {
    switch (Pick(21)) {
      case 0:
        return AddAgent();
      case 1:
        return AgentConnects();
      case 2:
        return AgentVanishes();
      case 3:
        return AddFramework();
      case 4:
        return FrameworkVanishes();
      case 5:
      case 6:
      case 7:
        return Launch();
      case 8:
        return Decline();
      case 9:
        return Acknowledge();
      case 10:
        return EndTask();
      case 11:
        return SimpleCall();
      case 12:
        return SetAnswering();
      case 13:
      case 14:
        return Convert();
      case 15:
        return AcknowledgeOperation();
      case 16:
        return Operate();
      case 17:
        return TakeOutOfService();
      case 18:
        return Maintain();
      case 19:
        return AnswerInverse();
      default:
        Advance(absl::Milliseconds(Pick(40'000)));
    }
  }

  // All that the master has said, to frameworks and, but for tasks and pings, to agents.
  std::string Trace() const {
    std::string trace = trace_;
    for (const auto& agent : agents_) {
      for (const internal::MasterMessage& message : agent->heard()) message.AppendToString(&trace);
    }
    return trace;
  }

  // Whether the resources of all agents are free or offered once nobody runs anything.
  void ExpectNothingLeaks() {
    frameworks_.clear();
    Settle();
    Advance(absl::Hours(2));
    v1::master::Call call;
    call.set_type(v1::master::Call::GET_AGENTS);
    master_->CallOperator(call, {}, [this](absl::StatusOr<v1::master::Response> response) {
      ASSERT_TRUE(response.ok());
      for (const auto& agent : response->get_agents().agents()) {
        EXPECT_TRUE(agent.allocated_resources().empty()) << agent.DebugString();
        EXPECT_TRUE(agent.offered_resources().empty()) << agent.DebugString();
      }
      ExpectSameTotals(response->get_agents());
    });
    Settle();
  }

 private:
  // What operations have made is the same in the master's books and on the agents.
  void ExpectSameTotals(const v1::master::Response::GetAgents& listed) const {
    for (const auto& told : listed.agents()) {
      for (const auto& agent : agents_) {
        if (!told.active() || agent->id() != told.agent_info().id().value()) continue;
        EXPECT_EQ(agent->total(), Resources::FromProto(told.total_resources()).value());
      }
    }
  }

  size_t Pick(size_t below) { return random_->Next() % below; }

  void Check() {
    const absl::Status status = master::CheckLedger(*master_);
    ASSERT_TRUE(status.ok()) << status;
  }

  // Runs what is posted, and what that posts, looking at the books after each callback.
  void Settle() {
    // A marker goes round the queue; no chain of messages here is longer than these rounds.
    for (int round = 0; round < 12; ++round) {
      bool passed = false;
      loop_.Post([&passed] { passed = true; });
      while (!passed) {
        loop_.Step();
        Check();
      }
    }
    loop_.Settle();
    Check();
    if (++settled_ % 8 == 0) CheckState();
    for (auto& framework : frameworks_) framework->Collect();
  }

  // What is shared with earlier states is true, and who hears of changes knows the same.
  void CheckState() {
    ASSERT_EQ(master::CheckStates(*master_), absl::OkStatus());
    std::shared_ptr<const MasterState> state;
    master_->GetState([&](auto taken) { state = *taken; });
    loop_.Settle();
    for (const MasterChange& change : changes_->Take()) {
      EXPECT_LE(change.number, state->version);
      mirror_.Hear(*change.event);
    }
    mirror_.ExpectIs(*state);
  }

  void Advance(absl::Duration duration) {
    loop_.Advance(duration);
    Settle();
  }

  void AddAgent() {
    if (agents_.size() >= 6) return AgentConnects();
    agents_.push_back(std::make_unique<SimulatedAgent>(
        SimulatedAgent::Options{.hostname = absl::StrCat("host", agents_.size()),
                                .resources = "cpus:4;mem:4096;disk:1000"},
        &loop_, random_.get(), &master_->agents()));
    agents_.back()->Connect();
    Settle();
  }

  void AgentConnects() {
    if (agents_.empty()) return;
    agents_[Pick(agents_.size())]->Connect();
    Settle();
  }

  void AgentVanishes() {
    if (agents_.empty() || Pick(3) > 0) return;
    agents_[Pick(agents_.size())]->Disconnect();
    Settle();
  }

  void SetAnswering() {
    if (agents_.empty()) return;
    agents_[Pick(agents_.size())]->set_answer_pings(Pick(3) > 0);
  }

  void AddFramework() {
    if (frameworks_.size() < 4) {
      auto framework = std::make_unique<WildFramework>();
      framework->trace = &trace_;
      framework->info.set_user("nobody");
      framework->info.set_name("wild");
      framework->info.set_role(Pick(2) == 0 ? "*" : "eng/web");
      framework->info.set_failover_timeout(Pick(2) == 0 ? 0 : 60);
      framework->info.set_checkpoint(Pick(2) == 0);
      if (Pick(2) == 0) {
        framework->info.add_capabilities()->set_type(
            v1::FrameworkInfo::Capability::PARTITION_AWARE);
      }
      frameworks_.push_back(std::move(framework));
    }
    WildFramework& framework = *frameworks_[Pick(frameworks_.size())];
    framework.sink = std::make_shared<RecordingSink<Event>>();
    auto former = std::move(framework.session);  // Closed only after the new one has subscribed.
    framework.session = master_->schedulers().Open(framework.sink, {});
    Call call;
    call.set_type(Call::SUBSCRIBE);
    if (framework.info.has_id()) *call.mutable_framework_id() = framework.info.id();
    *call.mutable_subscribe()->mutable_framework_info() = framework.info;
    framework.session->Send(call);
    Settle();
  }

  WildFramework* AnyFramework() {
    if (frameworks_.empty()) return nullptr;
    WildFramework* framework = frameworks_[Pick(frameworks_.size())].get();
    return framework->session == nullptr ? nullptr : framework;
  }

  void FrameworkVanishes() {
    WildFramework* framework = AnyFramework();
    if (framework == nullptr || Pick(3) > 0) return;
    framework->session = nullptr;
    Settle();
  }

  void Send(WildFramework* framework, Call call) {
    *call.mutable_framework_id() = framework->info.id();
    framework->session->Send(std::move(call));
    Settle();
  }

  // An offer is forgotten most of the time; sometimes it is used again.
  void TakeOffers(WildFramework* framework, google::protobuf::RepeatedPtrField<v1::OfferID>* ids,
                  std::string* agent) {
    const size_t count = std::min<size_t>(framework->offers.size(), 1 + Pick(2));
    for (size_t i = 0; i < count; ++i) {
      const size_t index = Pick(framework->offers.size());
      *ids->Add() = framework->offers[index].id();
      *agent = framework->offers[index].agent_id().value();
      if (Pick(8) > 0) framework->offers.erase(framework->offers.begin() + index);
    }
  }

  void Launch() {
    WildFramework* framework = AnyFramework();
    if (framework == nullptr || framework->offers.empty()) return;
    Call call;
    call.set_type(Call::ACCEPT);
    std::string agent;
    TakeOffers(framework, call.mutable_accept()->mutable_offer_ids(), &agent);
    auto* operation = call.mutable_accept()->add_operations();
    operation->set_type(v1::Offer::Operation::LAUNCH);
    for (size_t i = Pick(4); i > 0; --i) {
      v1::TaskInfo* task = operation->mutable_launch()->add_task_infos();
      task->set_name("wild");
      task->mutable_task_id()->set_value(absl::StrCat("t", next_task_ += Pick(4) > 0));
      task->mutable_agent_id()->set_value(agent);
      framework->tasks.push_back(task->task_id().value());
      Resources::Scalar("cpus", 1 + Pick(3000)).ToProto(task->mutable_resources());
      Resources::Scalar("mem", 1 + Pick(2'000'000)).ToProto(task->mutable_resources());
      if (Pick(3) > 0) {
        task->mutable_command()->set_value("true");
      } else {
        task->mutable_executor()->mutable_executor_id()->set_value(absl::StrCat("e", Pick(2)));
        task->mutable_executor()->mutable_command()->set_value("run");
        Resources::Scalar("cpus", 100).ToProto(task->mutable_executor()->mutable_resources());
      }
    }
    call.mutable_accept()->mutable_filters()->set_refuse_seconds(Pick(3));
    Send(framework, std::move(call));
  }

  // What operations may make of this resource, and sometimes what they may not.
  v1::Offer::Operation OperationOn(const v1::Resource& resource, const std::string& role) {
    v1::Offer::Operation operation;
    v1::Resource changed = resource;
    changed.clear_allocation_info();
    const bool volume = resource.disk().has_persistence();
    if (volume) {
      operation.set_type(v1::Offer::Operation::DESTROY);
      *operation.mutable_destroy()->add_volumes() = changed;
    } else if (!resource.has_reservation() && resource.reservations().empty()) {
      operation.set_type(v1::Offer::Operation::RESERVE);
      if (Pick(2) == 0) changed.mutable_scalar()->set_value(1 + Pick(3));
      auto* reservation = changed.add_reservations();
      changed.clear_role();
      reservation->set_type(v1::Resource::ReservationInfo::DYNAMIC);
      reservation->set_role(role);
      *operation.mutable_reserve()->add_resources() = changed;
    } else if (resource.name() == "disk" && Pick(2) == 0) {
      operation.set_type(v1::Offer::Operation::CREATE);
      changed.mutable_disk()->mutable_persistence()->set_id(absl::StrCat("v", Pick(20)));
      changed.mutable_disk()->mutable_volume()->set_container_path("data");
      changed.mutable_disk()->mutable_volume()->set_mode(v1::Volume::RW);
      *operation.mutable_create()->add_volumes() = changed;
    } else {
      operation.set_type(v1::Offer::Operation::UNRESERVE);
      *operation.mutable_unreserve()->add_resources() = changed;
    }
    if (Pick(2) == 0) operation.mutable_id()->set_value(absl::StrCat("o", next_operation_++));
    return operation;
  }

  // Some of an offer is made into something else, and a task may use that at once.
  void Convert() {
    WildFramework* framework = AnyFramework();
    if (framework == nullptr || framework->offers.empty()) return;
    const v1::Offer offer = framework->offers[Pick(framework->offers.size())];
    Call call;
    call.set_type(Call::ACCEPT);
    *call.mutable_accept()->add_offer_ids() = offer.id();
    const std::string role = framework->info.role();
    for (const v1::Resource& resource : offer.resources()) {
      if (Pick(3) == 0) continue;
      v1::Offer::Operation* operation = call.mutable_accept()->add_operations();
      *operation = OperationOn(resource, role);
      if (operation->type() != v1::Offer::Operation::RESERVE || Pick(2) == 0) continue;
      const v1::Resource reserved = operation->reserve().resources(0);
      operation = call.mutable_accept()->add_operations();
      operation->set_type(v1::Offer::Operation::LAUNCH);
      v1::TaskInfo* task = operation->mutable_launch()->add_task_infos();
      task->set_name("wild");
      task->mutable_task_id()->set_value(absl::StrCat("t", ++next_task_));
      *task->mutable_agent_id() = offer.agent_id();
      task->mutable_command()->set_value("true");
      *task->add_resources() = reserved;
      framework->tasks.push_back(task->task_id().value());
    }
    call.mutable_accept()->mutable_filters()->set_refuse_seconds(Pick(3));
    // It may be that the agent goes before it hears of all that.
    if (Pick(6) == 0 && !agents_.empty()) {
      *call.mutable_framework_id() = framework->info.id();
      framework->session->Send(std::move(call));
      for (size_t i = Pick(4); i > 0; --i) loop_.Step();
      agents_[Pick(agents_.size())]->Connect();
      return Settle();
    }
    Send(framework, std::move(call));
  }

  void AcknowledgeOperation() {
    WildFramework* framework = AnyFramework();
    if (framework == nullptr || framework->unacknowledged_operations.empty()) return;
    auto& waiting = framework->unacknowledged_operations;
    const size_t index = Pick(waiting.size());
    Call call;
    call.set_type(Call::ACKNOWLEDGE_OPERATION_STATUS);
    auto* acknowledge = call.mutable_acknowledge_operation_status();
    *acknowledge->mutable_agent_id() = waiting[index].agent_id();
    *acknowledge->mutable_operation_id() = waiting[index].operation_id();
    acknowledge->set_uuid(waiting[index].uuid().value());
    waiting.erase(waiting.begin() + index);
    Send(framework, std::move(call));
  }

  // An operator changes what an agent has.
  void Operate() {
    if (agents_.empty()) return;
    const SimulatedAgent& agent = *agents_[Pick(agents_.size())];
    google::protobuf::RepeatedPtrField<v1::Resource> total;
    agent.total().ToProto(&total);
    const v1::Offer::Operation operation = OperationOn(total[Pick(total.size())], "eng/web");
    v1::master::Call call;
    if (operation.has_reserve()) {
      call.set_type(v1::master::Call::RESERVE_RESOURCES);
      call.mutable_reserve_resources()->mutable_agent_id()->set_value(agent.id());
      *call.mutable_reserve_resources()->mutable_resources() = operation.reserve().resources();
    } else if (operation.has_unreserve()) {
      call.set_type(v1::master::Call::UNRESERVE_RESOURCES);
      call.mutable_unreserve_resources()->mutable_agent_id()->set_value(agent.id());
      *call.mutable_unreserve_resources()->mutable_resources() = operation.unreserve().resources();
    } else if (operation.has_create()) {
      call.set_type(v1::master::Call::CREATE_VOLUMES);
      call.mutable_create_volumes()->mutable_agent_id()->set_value(agent.id());
      *call.mutable_create_volumes()->mutable_volumes() = operation.create().volumes();
    } else {
      call.set_type(v1::master::Call::DESTROY_VOLUMES);
      call.mutable_destroy_volumes()->mutable_agent_id()->set_value(agent.id());
      *call.mutable_destroy_volumes()->mutable_volumes() = operation.destroy().volumes();
    }
    master_->CallOperator(std::move(call), {}, [](auto) {});
    Settle();
  }

  // An operator deactivates, drains or reactivates an agent.
  void TakeOutOfService() {
    if (agents_.empty()) return;
    const std::string& id = agents_[Pick(agents_.size())]->id();
    v1::master::Call call;
    switch (Pick(4)) {
      case 0:
        call.set_type(v1::master::Call::DRAIN_AGENT);
        call.mutable_drain_agent()->mutable_agent_id()->set_value(id);
        call.mutable_drain_agent()->set_mark_gone(Pick(12) == 0);
        break;
      case 1:
        call.set_type(v1::master::Call::DEACTIVATE_AGENT);
        call.mutable_deactivate_agent()->mutable_agent_id()->set_value(id);
        break;
      default:
        call.set_type(v1::master::Call::REACTIVATE_AGENT);
        call.mutable_reactivate_agent()->mutable_agent_id()->set_value(id);
    }
    master_->CallOperator(std::move(call), {}, [](auto) {});
    // It may be that it goes before it hears of that.
    if (Pick(6) == 0) {
      for (size_t i = Pick(4); i > 0; --i) loop_.Step();
      agents_[Pick(agents_.size())]->Connect();
    }
    Settle();
  }

  // Machines are scheduled anew, go down, or come up again, whichever makes sense.
  void Maintain() {
    v1::master::Call call;
    const std::string host = absl::StrCat("HOST", Pick(6));
    switch (Pick(4)) {
      case 0:
        call.set_type(v1::master::Call::START_MAINTENANCE);
        call.mutable_start_maintenance()->add_machines()->set_hostname(host);
        break;
      case 1:
        call.set_type(v1::master::Call::STOP_MAINTENANCE);
        call.mutable_stop_maintenance()->add_machines()->set_hostname(host);
        break;
      default: {
        call.set_type(v1::master::Call::UPDATE_MAINTENANCE_SCHEDULE);
        auto* schedule = call.mutable_update_maintenance_schedule()->mutable_schedule();
        for (int machine = 0; machine < 6; ++machine) {
          if (Pick(3) == 0) continue;
          auto* window = schedule->add_windows();
          window->add_machine_ids()->set_hostname(absl::StrCat("host", machine));
          window->mutable_unavailability()->mutable_start()->set_nanoseconds(
              static_cast<int64_t>(Pick(3)));
        }
      }
    }
    master_->CallOperator(std::move(call), {}, [](auto) {});
    Settle();
  }

  void AnswerInverse() {
    WildFramework* framework = AnyFramework();
    if (framework == nullptr || framework->inverse_offers.empty()) return;
    const size_t index = Pick(framework->inverse_offers.size());
    Call call;
    call.set_type(Call::DECLINE_INVERSE_OFFERS);
    *call.mutable_decline_inverse_offers()->add_inverse_offer_ids() =
        framework->inverse_offers[index].id();
    call.mutable_decline_inverse_offers()->mutable_filters()->set_refuse_seconds(Pick(20));
    framework->inverse_offers.erase(framework->inverse_offers.begin() + index);
    Send(framework, std::move(call));
  }

  void Decline() {
    WildFramework* framework = AnyFramework();
    if (framework == nullptr || framework->offers.empty()) return;
    Call call;
    call.set_type(Call::DECLINE);
    std::string agent;
    TakeOffers(framework, call.mutable_decline()->mutable_offer_ids(), &agent);
    call.mutable_decline()->mutable_filters()->set_refuse_seconds(Pick(10));
    Send(framework, std::move(call));
  }

  void Acknowledge() {
    WildFramework* framework = AnyFramework();
    if (framework == nullptr || framework->unacknowledged.empty()) return;
    const size_t index = Pick(framework->unacknowledged.size());
    const v1::TaskStatus& status = framework->unacknowledged[index];
    Call call;
    call.set_type(Call::ACKNOWLEDGE);
    *call.mutable_acknowledge()->mutable_agent_id() = status.agent_id();
    *call.mutable_acknowledge()->mutable_task_id() = status.task_id();
    call.mutable_acknowledge()->set_uuid(status.uuid());
    framework->unacknowledged.erase(framework->unacknowledged.begin() + index);
    Send(framework, std::move(call));
  }

  void EndTask() {
    WildFramework* framework = AnyFramework();
    if (framework == nullptr || framework->tasks.empty()) return;
    const std::string& task = framework->tasks[Pick(framework->tasks.size())];
    if (Pick(2) == 0) {
      Call call;
      call.set_type(Call::KILL);
      call.mutable_kill()->mutable_task_id()->set_value(task);
      return Send(framework, std::move(call));
    }
    for (auto& agent : agents_) {
      agent->Finish(framework->info.id().value(), task,
                    Pick(2) == 0 ? v1::TASK_FINISHED : v1::TASK_FAILED);
    }
    Settle();
  }

  void SimpleCall() {
    WildFramework* framework = AnyFramework();
    if (framework == nullptr) return;
    Call call;
    const Call::Type types[] = {Call::REVIVE, Call::SUPPRESS, Call::REVIVE, Call::RECONCILE,
                                Call::TEARDOWN};
    call.set_type(types[Pick(Pick(10) == 0 ? 5 : 4)]);
    if (call.type() == Call::RECONCILE) call.mutable_reconcile();
    Send(framework, std::move(call));
  }

  FailOnError log_;
  SimulatedEventLoop loop_;
  std::unique_ptr<Random> random_;
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<Allocator> allocator_;
  std::unique_ptr<Master> master_;
  std::vector<std::unique_ptr<SimulatedAgent>> agents_;
  std::vector<std::unique_ptr<WildFramework>> frameworks_;
  const std::shared_ptr<RecordingSink<MasterChange>> changes_ =
      std::make_shared<RecordingSink<MasterChange>>();
  std::unique_ptr<Session<v1::master::Call>> listener_;
  Mirror mirror_;
  int settled_ = 0;
  int next_task_ = 0;
  int next_operation_ = 0;
  std::string trace_;
};

class HistoryTest : public ::testing::TestWithParam<uint64_t> {};

TEST_P(HistoryTest, TheBooksAgreeAfterEveryCallback) {
  History history(GetParam());
  for (int i = 0; i < 400 && !::testing::Test::HasFailure(); ++i) history.Step();
  if (!::testing::Test::HasFailure()) history.ExpectNothingLeaks();
}

// Where things lie in memory is different in the second life.
TEST_P(HistoryTest, TheMasterSaysTheSameWhereverThingsLie) {
  std::string traces[2];
  std::vector<std::unique_ptr<char[]>> holes;
  for (std::string& trace : traces) {
    History history(GetParam());
    for (int i = 0; i < 200 && !::testing::Test::HasFailure(); ++i) {
      history.Step();
      if (&trace == &traces[1]) holes.push_back(std::make_unique<char[]>(16 + i * 37 % 700));
      if (i % 3 == 0 && !holes.empty()) holes.erase(holes.begin() + i % holes.size());
    }
    trace = history.Trace();
  }
  EXPECT_FALSE(traces[0].empty());
  EXPECT_TRUE(traces[0] == traces[1]);
}

INSTANTIATE_TEST_SUITE_P(Seeds, HistoryTest, ::testing::Range<uint64_t>(1, 51));

}  // namespace
}  // namespace mesos
