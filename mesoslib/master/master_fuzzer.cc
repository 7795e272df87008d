// A whole master, with two agents and two frameworks in virtual time, told by its input what they
// say: offers that were used, rescinded or made to others, resources that are nobody's or no
// number, calls of any bytes. Whatever it is, each call is answered once, and after each step the
// books agree.
//
// Each byte of an input is a choice: the next step's, then those that the step has.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
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
#include "mesoslib/testing/fuzz_input.h"
#include "mesoslib/testing/recording_sink.h"
#include "mesoslib/testing/simulated_agent.h"

namespace mesos {
namespace {

using v1::scheduler::Call;
using v1::scheduler::Event;
using Operation = v1::Offer::Operation;

constexpr int kMaxSteps = 60;

// The input, as choices; 0 where it has ended.
class Choices {
 public:
  explicit Choices(absl::string_view bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }
  size_t Next(size_t below) {
    if (bytes_.empty()) return 0;
    const size_t choice = static_cast<uint8_t>(bytes_[0]) % below;
    bytes_.remove_prefix(1);
    return choice;
  }
  bool Flip() { return Next(2) == 1; }
  template <typename List>
  const auto& Of(const List& list) {
    return list[Next(std::size(list))];
  }
  std::string Bytes() {
    const std::string bytes(bytes_.substr(0, Next(256)));
    bytes_.remove_prefix(bytes.size());
    return bytes;
  }

 private:
  absl::string_view bytes_;
};

constexpr double kAmounts[] = {1,    0.5,   0.001, 4,
                               0,    -1,    1e-9,  0.0015,
                               1e12, 1e300, 4.001, std::numeric_limits<double>::infinity(),
                               NAN};
constexpr const char* kTaskIds[] = {"t0", "t1", "t2", "t3", "", "..", "a/b"};
constexpr const char* kRoles[] = {"eng", "eng/web", "sci", "*", "", "no/../role"};

// What one framework knows, and how it speaks.
struct Framework {
  v1::FrameworkInfo info;
  std::shared_ptr<RecordingSink<Event>> sink;
  std::unique_ptr<Session<Call>> session;
  std::vector<v1::Offer> offers;  // All it ever heard of: many are no longer any.
  std::vector<v1::TaskStatus> updates;
};

class Cluster {
 public:
  explicit Cluster(absl::string_view bytes)
      : choices_(bytes),
        random_(CreateSeededRandom(1)),
        store_(CreateMemoryStateStore(&loop_).value()),
        allocator_(CreateHierarchicalAllocator({}).value()) {
    MasterOptions options;
    master_ = CreateMaster(options, {&loop_, random_.get(), store_.get(), allocator_.get(), nullptr,
                                     [](const absl::Status&) {}})
                  .value();
    master_->Start([](const absl::Status& status) { FUZZ_CHECK(status.ok(), status.ToString()); });
    loop_.Settle();
    for (const char* hostname : {"host0", "host1"}) {
      SimulatedAgent::Options agent = {.hostname = hostname,
                                       .resources = "cpus:4;mem:4096;disk:1000;ports:[1-100]"};
      agents_.push_back(
          std::make_unique<SimulatedAgent>(agent, &loop_, random_.get(), &master_->agents()));
      agents_.back()->Connect();
    }
    loop_.Settle();
    for (Framework& framework : frameworks_) {
      framework.info.set_user("nobody");
      framework.info.set_name("fuzzed");
      framework.info.set_failover_timeout(60);
      for (const char* role : {"eng", "eng/web"}) framework.info.add_roles(role);
      for (const auto capability : {v1::FrameworkInfo::Capability::PARTITION_AWARE,
                                    v1::FrameworkInfo::Capability::MULTI_ROLE,
                                    v1::FrameworkInfo::Capability::RESERVATION_REFINEMENT}) {
        framework.info.add_capabilities()->set_type(capability);
      }
      Subscribe(&framework);
    }
  }

  ~Cluster() {
    CheckStates();
    for (Framework& framework : frameworks_) framework.session = nullptr;
    agents_.clear();
    master_ = nullptr;
    loop_.Settle();
  }

  void Run() {
    for (int step = 0; step < kMaxSteps && !choices_.empty(); ++step) {
      Step(&frameworks_[choices_.Next(2)]);
      loop_.Settle();
      for (Framework& framework : frameworks_) Collect(&framework);
      const absl::Status books = master::CheckLedger(*master_);
      FUZZ_CHECK(books.ok(), absl::StrCat(books.ToString(), " after ", last_));
    }
  }

 private:
  void Step(Framework* framework) {
    switch (choices_.Next(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        return Send(framework, Accept(*framework));
      case 5:
        return Send(framework, Decline());
      case 6:
        return Send(framework, Kill());
      case 7:
        return Send(framework, Acknowledge());
      case 8:
        return Send(framework, Reconcile());
      case 9:
        return Send(framework, ForRoles());
      case 10:
        return SendRaw(framework);
      case 11:
        return loop_.Advance(absl::Milliseconds(choices_.Of(std::vector{100, 1000, 6000, 90'000})));
      case 12:
        return StepAgent(agents_[choices_.Next(agents_.size())].get());
      case 13:
        return StepSession(framework);
      case 14:
        return Operate();
      default:
        return Send(framework, Rest());
    }
  }

  // -- Calls --

  Call Accept(const Framework& framework) {
    Call call;
    call.set_type(Call::ACCEPT);
    const Framework& owner = choices_.Next(8) == 7 ? frameworks_[choices_.Next(2)] : framework;
    // Mostly the latest, which are good still.
    std::vector<v1::Offer> offers;
    for (size_t count = choices_.Next(4); count > 0 && !owner.offers.empty(); --count) {
      const size_t back = choices_.Next(std::min<size_t>(owner.offers.size(), 8));
      offers.push_back(owner.offers[owner.offers.size() - 1 - back]);
      *call.mutable_accept()->add_offer_ids() = offers.back().id();
    }
    const size_t operations = choices_.Next(4);
    for (size_t i = 0; i < operations; ++i) {
      *call.mutable_accept()->add_operations() = MakeOperation(offers);
    }
    if (choices_.Flip()) {
      call.mutable_accept()->mutable_filters()->set_refuse_seconds(choices_.Of(kAmounts));
    }
    return call;
  }

  Operation MakeOperation(const std::vector<v1::Offer>& offers) {
    Operation operation;
    operation.set_type(static_cast<Operation::Type>(choices_.Of(std::vector<int>{
        Operation::LAUNCH, Operation::LAUNCH, Operation::LAUNCH_GROUP, Operation::RESERVE,
        Operation::UNRESERVE, Operation::CREATE, Operation::DESTROY, Operation::GROW_VOLUME,
        Operation::SHRINK_VOLUME, Operation::CREATE_DISK, Operation::UNKNOWN})));
    if (choices_.Next(4) == 3) operation.mutable_id()->set_value(choices_.Of(kTaskIds));
    switch (operation.type()) {
      case Operation::LAUNCH:
        for (size_t count = choices_.Next(4); count > 0; --count) {
          *operation.mutable_launch()->add_task_infos() = MakeTask(offers);
        }
        break;
      case Operation::LAUNCH_GROUP:
        *operation.mutable_launch_group()->mutable_executor() = MakeExecutor(offers);
        for (size_t count = choices_.Next(3); count > 0; --count) {
          *operation.mutable_launch_group()->mutable_task_group()->add_tasks() = MakeTask(offers);
        }
        break;
      case Operation::RESERVE:
        Fill(offers, operation.mutable_reserve()->mutable_resources());
        break;
      case Operation::UNRESERVE:
        Fill(offers, operation.mutable_unreserve()->mutable_resources());
        break;
      case Operation::CREATE:
        Fill(offers, operation.mutable_create()->mutable_volumes());
        break;
      case Operation::DESTROY:
        Fill(offers, operation.mutable_destroy()->mutable_volumes());
        break;
      case Operation::GROW_VOLUME:
        *operation.mutable_grow_volume()->mutable_volume() = MakeResource(offers);
        *operation.mutable_grow_volume()->mutable_addition() = MakeResource(offers);
        break;
      case Operation::SHRINK_VOLUME:
        *operation.mutable_shrink_volume()->mutable_volume() = MakeResource(offers);
        operation.mutable_shrink_volume()->mutable_subtract()->set_value(choices_.Of(kAmounts));
        break;
      default:
        break;
    }
    return operation;
  }

  v1::TaskInfo MakeTask(const std::vector<v1::Offer>& offers) {
    v1::TaskInfo task;
    task.set_name("task");
    task.mutable_task_id()->set_value(choices_.Of(kTaskIds));
    *task.mutable_agent_id() =
        offers.empty() || choices_.Next(8) == 7 ? AnyAgent() : offers[0].agent_id();
    Fill(offers, task.mutable_resources());
    if (choices_.Next(4) == 3) {
      *task.mutable_executor() = MakeExecutor(offers);
    } else {
      task.mutable_command()->set_value("true");
    }
    return task;
  }

  v1::ExecutorInfo MakeExecutor(const std::vector<v1::Offer>& offers) {
    v1::ExecutorInfo executor;
    executor.mutable_executor_id()->set_value(choices_.Flip() ? "e0" : "e1");
    executor.set_type(choices_.Flip() ? v1::ExecutorInfo::DEFAULT : v1::ExecutorInfo::CUSTOM);
    if (executor.type() == v1::ExecutorInfo::CUSTOM) executor.mutable_command()->set_value("run");
    Fill(offers, executor.mutable_resources());
    return executor;
  }

  void Fill(const std::vector<v1::Offer>& offers, Resources::ProtoList* resources) {
    for (size_t count = 1 + choices_.Next(3); count > 0; --count) {
      *resources->Add() = MakeResource(offers);
    }
  }

  // One that is offered, changed in as many ways as the input wants.
  v1::Resource MakeResource(const std::vector<v1::Offer>& offers) {
    v1::Resource resource;
    if (!offers.empty() && offers[0].resources_size() > 0) {
      const v1::Offer& offer = choices_.Of(offers);
      resource = offer.resources(static_cast<int>(choices_.Next(offer.resources_size())));
    } else {
      resource.set_name("cpus");
      resource.set_type(v1::Value::SCALAR);
    }
    while (choices_.Next(4) != 0) Change(&resource);
    return resource;
  }

  void Change(v1::Resource* resource) {
    using Reservation = v1::Resource::ReservationInfo;
    switch (choices_.Next(10)) {
      case 0:
      case 1:
        resource->mutable_scalar()->set_value(choices_.Of(kAmounts));
        break;
      case 2: {
        auto* range = resource->mutable_ranges()->add_range();
        range->set_begin(choices_.Of(std::vector<uint64_t>{1, 50, ~uint64_t{0}}));
        range->set_end(choices_.Of(std::vector<uint64_t>{1, 60, 0, ~uint64_t{0}}));
        break;
      }
      case 3: {
        Reservation* reservation = resource->add_reservations();
        reservation->set_type(choices_.Next(4) == 3 ? Reservation::STATIC : Reservation::DYNAMIC);
        reservation->set_role(choices_.Of(kRoles));
        break;
      }
      case 4:
        resource->clear_reservations();
        break;
      case 5:
        resource->mutable_disk()->mutable_persistence()->set_id(choices_.Of(kTaskIds));
        resource->mutable_disk()->mutable_volume()->set_container_path("data");
        resource->mutable_disk()->mutable_volume()->set_mode(v1::Volume::RW);
        break;
      case 6:
        resource->clear_disk();
        break;
      case 7:
        if (resource->has_shared()) {
          resource->clear_shared();
        } else {
          resource->mutable_shared();
        }
        break;
      case 8:
        resource->mutable_allocation_info()->set_role(choices_.Of(kRoles));
        break;
      default:
        resource->set_role(choices_.Of(kRoles));
    }
  }

  Call Decline() {
    Call call;
    call.set_type(Call::DECLINE);
    *call.mutable_decline()->add_offer_ids() = AnyOffer();
    call.mutable_decline()->mutable_filters()->set_refuse_seconds(choices_.Of(kAmounts));
    return call;
  }

  Call Kill() {
    Call call;
    call.set_type(Call::KILL);
    call.mutable_kill()->mutable_task_id()->set_value(choices_.Of(kTaskIds));
    if (choices_.Flip()) *call.mutable_kill()->mutable_agent_id() = AnyAgent();
    return call;
  }

  Call Acknowledge() {
    Call call;
    call.set_type(Call::ACKNOWLEDGE);
    auto* acknowledge = call.mutable_acknowledge();
    const Framework& owner = frameworks_[choices_.Next(2)];
    if (!owner.updates.empty()) {
      const v1::TaskStatus& status =
          owner.updates[owner.updates.size() - 1 - choices_.Next(owner.updates.size())];
      *acknowledge->mutable_task_id() = status.task_id();
      *acknowledge->mutable_agent_id() = status.agent_id();
      acknowledge->set_uuid(status.uuid());
    }
    if (choices_.Next(4) == 3) *acknowledge->mutable_agent_id() = AnyAgent();
    if (choices_.Next(4) == 3) acknowledge->set_uuid(choices_.Bytes());
    return call;
  }

  Call Reconcile() {
    Call call;
    call.set_type(Call::RECONCILE);
    call.mutable_reconcile();
    for (size_t count = choices_.Next(3); count > 0; --count) {
      auto* task = call.mutable_reconcile()->add_tasks();
      task->mutable_task_id()->set_value(choices_.Of(kTaskIds));
      if (choices_.Flip()) *task->mutable_agent_id() = AnyAgent();
    }
    return call;
  }

  Call ForRoles() {
    Call call;
    call.set_type(choices_.Flip() ? Call::REVIVE : Call::SUPPRESS);
    if (choices_.Flip()) {
      (call.type() == Call::REVIVE ? call.mutable_revive()->mutable_roles()
                                   : call.mutable_suppress()->mutable_roles())
          ->Add(choices_.Of(kRoles));
    }
    return call;
  }

  Call Rest() {
    Call call;
    switch (choices_.Next(4)) {
      case 0:
        call.set_type(Call::TEARDOWN);
        break;
      case 1:
        call.set_type(Call::SHUTDOWN);
        call.mutable_shutdown()->mutable_executor_id()->set_value("e0");
        *call.mutable_shutdown()->mutable_agent_id() = AnyAgent();
        break;
      case 2:
        call.set_type(Call::UPDATE_FRAMEWORK);
        *call.mutable_update_framework()->mutable_framework_info() = frameworks_[0].info;
        call.mutable_update_framework()->mutable_framework_info()->add_roles(choices_.Of(kRoles));
        break;
      default:
        call.set_type(static_cast<Call::Type>(choices_.Next(Call::Type_MAX + 1)));
    }
    return call;
  }

  // -- Who says it --

  void Send(Framework* framework, Call call) {
    last_ = call.ShortDebugString();
    if (call.type() != Call::SUBSCRIBE && !call.has_framework_id()) {
      *call.mutable_framework_id() = framework->info.id();
    }
    int answers = 0;
    framework->session->Send(std::move(call), [&answers](const absl::Status&) { ++answers; });
    loop_.Settle();
    FUZZ_CHECK(answers == 1, absl::StrCat(answers, " answers to ", last_));
  }

  void SendRaw(Framework* framework) {
    Call call;
    if (!call.ParsePartialFromString(choices_.Bytes())) return;
    Send(framework, std::move(call));
  }

  void Subscribe(Framework* framework) {
    framework->sink = std::make_shared<RecordingSink<Event>>();
    framework->session = master_->schedulers().Open(framework->sink, {"", "fuzzed"});
    Call call;
    call.set_type(Call::SUBSCRIBE);
    if (framework->info.has_id()) *call.mutable_framework_id() = framework->info.id();
    *call.mutable_subscribe()->mutable_framework_info() = framework->info;
    Send(framework, std::move(call));
    Collect(framework);
  }

  void StepSession(Framework* framework) {
    last_ = "the session's end";
    if (choices_.Next(4) == 3) framework->info.clear_id();
    Subscribe(framework);
  }

  void StepAgent(SimulatedAgent* agent) {
    last_ = "what an agent does";
    switch (choices_.Next(6)) {
      case 0:
        return agent->Connect();
      case 1:
        agent->Disconnect();
        loop_.Settle();
        return agent->Connect();
      case 2:
        return agent->ReportOperations();
      case 3: {
        internal::AgentMessage message;
        if (message.ParsePartialFromString(choices_.Bytes())) agent->Send(std::move(message));
        return;
      }
      case 4:
        return agent->set_answer_pings(choices_.Flip());
      default:
        if (agent->tasks().empty()) return;
        const auto& [name, task] = *agent->tasks().begin();
        const std::string framework = name.substr(0, name.find('/'));
        const std::string id = name.substr(framework.size() + 1);
        agent->Finish(framework, id,
                      static_cast<v1::TaskState>(choices_.Next(v1::TaskState_MAX + 1)));
    }
  }

  void Operate() {
    using OperatorCall = v1::master::Call;
    OperatorCall call;
    std::vector<v1::Offer> offers;
    for (const Framework& framework : frameworks_) {
      if (!framework.offers.empty()) offers.push_back(framework.offers.back());
    }
    switch (choices_.Next(5)) {
      case 0:
        call.set_type(OperatorCall::RESERVE_RESOURCES);
        *call.mutable_reserve_resources()->mutable_agent_id() = AnyAgent();
        Fill(offers, call.mutable_reserve_resources()->mutable_resources());
        break;
      case 1:
        call.set_type(OperatorCall::UNRESERVE_RESOURCES);
        *call.mutable_unreserve_resources()->mutable_agent_id() = AnyAgent();
        Fill(offers, call.mutable_unreserve_resources()->mutable_resources());
        break;
      case 2: {
        call.set_type(OperatorCall::UPDATE_QUOTA);
        auto* quota = call.mutable_update_quota()->add_quota_configs();
        quota->set_role(choices_.Of(kRoles));
        (*quota->mutable_guarantees())["cpus"].set_value(choices_.Of(kAmounts));
        (*quota->mutable_limits())["cpus"].set_value(choices_.Of(kAmounts));
        call.mutable_update_quota()->set_force(choices_.Flip());
        break;
      }
      case 3:
        call.set_type(choices_.Flip() ? OperatorCall::DRAIN_AGENT : OperatorCall::REACTIVATE_AGENT);
        *call.mutable_drain_agent()->mutable_agent_id() = AnyAgent();
        *call.mutable_reactivate_agent()->mutable_agent_id() = AnyAgent();
        break;
      default:
        if (!call.ParsePartialFromString(choices_.Bytes())) return;
    }
    last_ = call.ShortDebugString();
    int answers = 0;
    master_->CallOperator(std::move(call), {}, [&answers](const auto&) { ++answers; });
    loop_.Advance(absl::Seconds(1));
    FUZZ_CHECK(answers == 1, absl::StrCat(answers, " answers to ", last_));
  }

  // -- What there is --

  v1::AgentID AnyAgent() {
    v1::AgentID id;
    const size_t choice = choices_.Next(agents_.size() + 1);
    id.set_value(choice < agents_.size() ? agents_[choice]->id() : "no-such-agent");
    return id;
  }

  v1::OfferID AnyOffer() {
    const Framework& owner = frameworks_[choices_.Next(2)];
    v1::OfferID id;
    id.set_value("no-such-offer");
    return owner.offers.empty() ? id : owner.offers[choices_.Next(owner.offers.size())].id();
  }

  static void Collect(Framework* framework) {
    for (Event& event : framework->sink->Take()) {
      if (event.type() == Event::SUBSCRIBED) {
        *framework->info.mutable_id() = event.subscribed().framework_id();
      }
      for (v1::Offer& offer : *event.mutable_offers()->mutable_offers()) {
        FUZZ_CHECK(Resources::FromProto(offer.resources()).ok(), offer.DebugString());
        framework->offers.push_back(std::move(offer));
      }
      if (event.type() == Event::UPDATE) framework->updates.push_back(event.update().status());
    }
  }

  void CheckStates() {
    const absl::Status states = master::CheckStates(*master_);
    FUZZ_CHECK(states.ok(), absl::StrCat(states.ToString(), " after ", last_));
  }

  Choices choices_;
  SimulatedEventLoop loop_;
  std::unique_ptr<Random> random_;
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<Allocator> allocator_;
  std::unique_ptr<Master> master_;
  std::vector<std::unique_ptr<SimulatedAgent>> agents_;
  Framework frameworks_[2];
  std::string last_;
};

}  // namespace
}  // namespace mesos

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mesos::Cluster(mesos::FuzzedBytes(data, size)).Run();
  return 0;
}
