// A persistent volume from its reservation to its end, with a real master, agent and containerizer
// in one process: what a task has written is there for the next, also after the agent's restart.
#include <stdlib.h>

#include <chrono>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mesos/agent.h"
#include "mesos/allocator.h"
#include "mesos/containerizer.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesos/master.h"
#include "mesos/random.h"
#include "mesos/resources.h"
#include "mesos/state_store.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/notification.h"

namespace mesos {
namespace {

namespace fs = std::filesystem;
using v1::scheduler::Call;
using v1::scheduler::Event;
using Operation = v1::Offer::Operation;

constexpr auto kPatience = std::chrono::seconds(60);

// What a framework hears, waited for by the test's thread.
class Ear final : public Sink<Event> {
 public:
  void Deliver(Event event) override {
    MutexLock lock(&mutex_);
    const Event::Type type = event.type();
    events_[type].push_back(std::move(event));
    changed_.NotifyAll();
  }
  void Closed(absl::Status) override {}

  // The next one of this kind. An empty one where none comes.
  Event Next(Event::Type type) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    MutexLock lock(&mutex_);
    while (events_[type].empty() && std::chrono::steady_clock::now() < deadline) {
      changed_.WaitUntil(&mutex_, deadline);
    }
    if (!events_[type].empty()) {
      Event event = std::move(events_[type].front());
      events_[type].pop_front();
      return event;
    }
    ADD_FAILURE() << "no " << Event::Type_Name(type);
    return Event();
  }

 private:
  Mutex mutex_;
  Condition changed_;
  std::map<Event::Type, std::deque<Event>> events_ ABSL_GUARDED_BY(mutex_);
};

template <typename Begin>
absl::Status Await(Begin begin) {
  Notification answered;
  absl::Status result;
  begin([&](absl::Status status) {
    result = std::move(status);
    answered.Notify();
  });
  answered.WaitForNotification();
  return result;
}

class VolumesTest : public ::testing::Test {
 protected:
  VolumesTest() {
    folder_ = absl::StrCat(::testing::TempDir(), "/volumes.XXXXXX");
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    MasterOptions options;
    options.allocation_interval = absl::Milliseconds(20);
    master_ = CreateMaster(options,
                           {master_loop_.get(), random_.get(), registry_.get(), allocator_.get()})
                  .value();
    EXPECT_EQ(Await([&](Master::Started done) { master_->Start(std::move(done)); }),
              absl::OkStatus());
  }

  ~VolumesTest() override {
    session_ = nullptr;
    if (agent_ != nullptr) {
      Await([&](Agent::Done done) { agent_->Shutdown(std::move(done)); }).IgnoreError();
    }
    StopAgent();
  }

  void StartAgent() {
    containerizer_ =
        CreateMesosContainerizer({.runtime_dir = folder_ + "/run"}, {agent_loop_.get()}).value();
    AgentOptions options;
    options.resources = Resources::Parse("cpus:4;mem:512;disk:100").value();
    options.work_dir = folder_;
    options.registration_backoff_factor = absl::Milliseconds(10);
    agent_ = CreateAgent(options, {agent_loop_.get(), agent_random_.get(), &master_->agents(),
                                   containerizer_.get(), checkpoints_.get()})
                 .value();
    ASSERT_EQ(Await([&](Agent::Done done) { agent_->Start(std::move(done)); }), absl::OkStatus());
  }

  // As if its process had been killed.
  void StopAgent() {
    agent_ = nullptr;
    containerizer_ = nullptr;
  }

  void Subscribe() {
    session_ = master_->schedulers().Open(ear_, {"", "test"});
    Call call;
    call.set_type(Call::SUBSCRIBE);
    v1::FrameworkInfo* info = call.mutable_subscribe()->mutable_framework_info();
    info->set_user("nobody");
    info->set_name("volumes");
    info->set_checkpoint(true);
    info->set_failover_timeout(3600);
    info->add_roles("eng/db");
    info->add_capabilities()->set_type(v1::FrameworkInfo::Capability::MULTI_ROLE);
    info->add_capabilities()->set_type(v1::FrameworkInfo::Capability::RESERVATION_REFINEMENT);
    session_->Send(std::move(call));
    id_ = ear_->Next(Event::SUBSCRIBED).subscribed().framework_id();
  }

  void Send(Call call) {
    *call.mutable_framework_id() = id_;
    session_->Send(std::move(call));
  }

  // An offer with all of these, and nothing else of that kind.
  v1::Offer NextOffer(const Resources& wanted) {
    for (;;) {
      const Event event = ear_->Next(Event::OFFERS);
      if (!event.has_offers()) return v1::Offer();
      for (const v1::Offer& offer : event.offers().offers()) {
        Resources resources = Resources::FromProto(offer.resources()).value();
        resources.Unallocate();
        if (resources.Contains(wanted)) return offer;
        Decline(offer);
      }
    }
  }

  void AwaitRescind(const v1::Offer& offer) {
    for (;;) {
      const Event event = ear_->Next(Event::RESCIND);
      if (!event.has_rescind() || event.rescind().offer_id().value() == offer.id().value()) return;
    }
  }

  void Decline(const v1::Offer& offer) {
    Call call;
    call.set_type(Call::DECLINE);
    *call.mutable_decline()->add_offer_ids() = offer.id();
    call.mutable_decline()->mutable_filters()->set_refuse_seconds(0);
    Send(std::move(call));
  }

  static Operation Make(Operation::Type type, const Resources& resources, const std::string& id) {
    Operation operation;
    operation.set_type(type);
    operation.mutable_id()->set_value(id);
    resources.ToProto(type == Operation::RESERVE  ? operation.mutable_reserve()->mutable_resources()
                      : type == Operation::CREATE ? operation.mutable_create()->mutable_volumes()
                      : type == Operation::DESTROY
                          ? operation.mutable_destroy()->mutable_volumes()
                          : operation.mutable_unreserve()->mutable_resources());
    return operation;
  }

  Operation Launch(const v1::Offer& offer, const std::string& id, const std::string& command) {
    Operation operation;
    operation.set_type(Operation::LAUNCH);
    v1::TaskInfo* task = operation.mutable_launch()->add_task_infos();
    task->set_name(id);
    task->mutable_task_id()->set_value(id);
    *task->mutable_agent_id() = offer.agent_id();
    task->mutable_command()->set_value(command);
    (Resources::Parse("cpus:0.1;mem:32").value() + volume_).ToProto(task->mutable_resources());
    return operation;
  }

  void Accept(const v1::Offer& offer, const std::vector<Operation>& operations) {
    Call call;
    call.set_type(Call::ACCEPT);
    *call.mutable_accept()->add_offer_ids() = offer.id();
    for (const Operation& one : operations) *call.mutable_accept()->add_operations() = one;
    call.mutable_accept()->mutable_filters()->set_refuse_seconds(0);
    Send(std::move(call));
  }

  v1::OperationState NextOperation(const std::string& id) {
    for (;;) {
      const Event event = ear_->Next(Event::UPDATE_OPERATION_STATUS);
      if (!event.has_update_operation_status()) return v1::OPERATION_UNKNOWN;
      const v1::OperationStatus& status = event.update_operation_status().status();
      Call call;
      call.set_type(Call::ACKNOWLEDGE_OPERATION_STATUS);
      *call.mutable_acknowledge_operation_status()->mutable_agent_id() = status.agent_id();
      *call.mutable_acknowledge_operation_status()->mutable_operation_id() = status.operation_id();
      call.mutable_acknowledge_operation_status()->set_uuid(status.uuid().value());
      Send(std::move(call));
      if (status.operation_id().value() == id) return status.state();
    }
  }

  // How the task has ended.
  v1::TaskState End(const std::string& id) {
    for (;;) {
      const Event event = ear_->Next(Event::UPDATE);
      if (!event.has_update()) return v1::TASK_UNKNOWN;
      const v1::TaskStatus& status = event.update().status();
      if (!status.uuid().empty()) {
        Call call;
        call.set_type(Call::ACKNOWLEDGE);
        *call.mutable_acknowledge()->mutable_agent_id() = status.agent_id();
        *call.mutable_acknowledge()->mutable_task_id() = status.task_id();
        call.mutable_acknowledge()->set_uuid(status.uuid());
        Send(std::move(call));
      }
      if (status.task_id().value() == id && status.state() != v1::TASK_RUNNING) {
        return status.state();
      }
    }
  }

  static Resources Reserved(absl::string_view text) {
    ResourceEntry::Reservation reservation;
    reservation.set_type(ResourceEntry::Reservation::DYNAMIC);
    reservation.set_role("eng/db");
    return Resources::Parse(text).value().PushReservation(reservation).value();
  }

  static Resources MakeVolume() {
    Resources::ProtoList protos;
    Reserved("disk:64").ToProto(&protos);
    protos[0].mutable_disk()->mutable_persistence()->set_id("db");
    protos[0].mutable_disk()->mutable_volume()->set_container_path("data");
    protos[0].mutable_disk()->mutable_volume()->set_mode(v1::Volume::RW);
    return Resources::FromProto(protos).value();
  }

  std::string folder_;
  const Resources volume_ = MakeVolume();
  std::unique_ptr<EventLoop> master_loop_ = CreateThreadEventLoop("master").value();
  std::unique_ptr<EventLoop> agent_loop_ = CreateThreadEventLoop("agent").value();
  std::unique_ptr<Random> random_ = CreateSystemRandom();
  std::unique_ptr<Random> agent_random_ = CreateSystemRandom();
  std::unique_ptr<StateStore> registry_ = CreateMemoryStateStore(master_loop_.get()).value();
  std::unique_ptr<StateStore> checkpoints_ = CreateMemoryStateStore(agent_loop_.get()).value();
  std::unique_ptr<Allocator> allocator_ = CreateHierarchicalAllocator({}).value();
  std::unique_ptr<Master> master_;
  std::unique_ptr<Containerizer> containerizer_;
  std::unique_ptr<Agent> agent_;
  std::shared_ptr<Ear> ear_ = std::make_shared<Ear>();
  std::unique_ptr<Session<Call>> session_;
  v1::FrameworkID id_;
};

TEST_F(VolumesTest, ATasksDataOutlivesTheTaskAndTheAgentAndGoesWithTheVolume) {
  StartAgent();
  Subscribe();
  v1::Offer offer = NextOffer(Resources::Parse("cpus:4;disk:100").value());
  Accept(offer, {Make(Operation::RESERVE, Reserved("disk:64"), "reserve"),
                 Make(Operation::CREATE, volume_, "create"),
                 Launch(offer, "writer", "echo precious > data/file")});
  EXPECT_EQ(NextOperation("create"), v1::OPERATION_FINISHED);
  EXPECT_EQ(End("writer"), v1::TASK_FINISHED);
  const fs::path file = folder_ + "/volumes/roles/eng db/db/file";
  EXPECT_TRUE(fs::exists(file));

  offer = NextOffer(Resources::Parse("cpus:1").value() + volume_);
  StopAgent();
  AwaitRescind(offer);
  StartAgent();
  offer = NextOffer(Resources::Parse("cpus:1").value() + volume_);
  Accept(offer, {Launch(offer, "reader", "grep -q precious data/file")});
  EXPECT_EQ(End("reader"), v1::TASK_FINISHED);

  offer = NextOffer(volume_);
  Accept(offer, {Make(Operation::DESTROY, volume_, "destroy"),
                 Make(Operation::UNRESERVE, Reserved("disk:64"), "unreserve")});
  EXPECT_EQ(NextOperation("destroy"), v1::OPERATION_FINISHED);
  EXPECT_FALSE(fs::exists(file));
  EXPECT_FALSE(NextOffer(Resources::Parse("cpus:4;disk:100").value()).id().value().empty());
}

}  // namespace
}  // namespace mesos
