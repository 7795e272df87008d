#include "mesoslib/sim/rogue_framework.h"

#include <iterator>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos::sim {

RogueFramework::RogueFramework(World* world, std::shared_ptr<Process> process,
                               SchedulerEndpoint* master, std::vector<const Book*> victims)
    : world_(world),
      process_(std::move(process)),
      master_(master),
      victims_(std::move(victims)) {
  Connect();
  Tick();
}

RogueFramework::~RogueFramework() {
  if (sink_ != nullptr) sink_->Detach();
}

void RogueFramework::Connect() {
  if (sink_ != nullptr) sink_->Detach();
  session_ = nullptr;
  id_.clear();
  offers_.clear();
  sink_ = std::make_shared<LoopSink<v1::scheduler::Event>>(process_.get(), this);
  session_ = master_->Open(sink_, Peer());
  Call call;
  call.set_type(Call::SUBSCRIBE);
  v1::FrameworkInfo& info = *call.mutable_subscribe()->mutable_framework_info();
  info.set_name("rogue");
  info.set_user("nobody");
  info.set_failover_timeout(0);
  session_->Send(std::move(call));
}

void RogueFramework::HandleEvent(v1::scheduler::Event event) {
  if (event.has_subscribed()) id_ = event.subscribed().framework_id().value();
  for (v1::Offer& offer : *event.mutable_offers()->mutable_offers()) {
    offers_.push_back(std::move(offer));
  }
}

void RogueFramework::HandleClosed(const absl::Status&) {
  process_->PostAt(process_->Now() + absl::Seconds(2), lifetime_.Guard([this] { Connect(); }));
}

void RogueFramework::Tick() {
  process_->PostAt(process_->Now() + world_->Between(absl::Milliseconds(100), absl::Seconds(3)),
                   lifetime_.Guard([this] { Tick(); }));
  if (!id_.empty()) Misbehave();
}

void RogueFramework::Misbehave() {
  Call call;
  switch (world_->Pick(8)) {
    case 0:
      call = AcknowledgeOthers();
      break;
    case 1:
      call = KillOthers();
      break;
    case 2:
    case 3:
      call = AcceptAnything();
      break;
    case 4:
      call = DeclineNonsense();
      break;
    case 5:
      call = ReconcileNonsense();
      break;
    case 6:
      call = ShutDownOthers();
      break;
    default:
      call.set_type(static_cast<Call::Type>(world_->Pick(20)));
      if (!Call::Type_IsValid(call.type()) || call.type() == Call::SUBSCRIBE) call.Clear();
  }
  Send(std::move(call));
}

void RogueFramework::Send(Call call) {
  // It may pretend to be somebody else.
  const Book* const victim = Victim();
  const bool pretends = victim != nullptr && world_->Chance(300);
  call.mutable_framework_id()->set_value(pretends ? victim->framework_id() : id_);
  session_->Send(std::move(call));
}

const Book* RogueFramework::Victim() {
  return victims_.empty() ? nullptr : victims_[world_->Pick(victims_.size())];
}

std::string RogueFramework::VictimsTask(const Book& victim, std::string* agent) {
  const auto& open = victim.open();
  if (open.empty()) return NonsenseId();
  const auto task =
      std::next(open.begin(), static_cast<int64_t>(world_->Pick(std::min<size_t>(open.size(), 9))));
  *agent = victim.tasks().at(*task).agent;
  return *task;
}

RogueFramework::Call RogueFramework::AcknowledgeOthers() {
  Call call;
  call.set_type(Call::ACKNOWLEDGE);
  std::string agent;
  const Book* const victim = Victim();
  const std::string task = victim == nullptr ? NonsenseId() : VictimsTask(*victim, &agent);
  call.mutable_acknowledge()->mutable_task_id()->set_value(task);
  call.mutable_acknowledge()->mutable_agent_id()->set_value(agent);
  // A uuid of 16 bytes that nobody has given, or none at all.
  std::string uuid(world_->Chance(500) ? 16 : world_->Pick(40), 'x');
  if (victim != nullptr && victim->tasks().count(task) > 0 && world_->Chance(500)) {
    const auto& uuids = victim->tasks().at(task).uuids;
    if (!uuids.empty()) uuid = *uuids.rbegin();
  }
  call.mutable_acknowledge()->set_uuid(uuid);
  return call;
}

RogueFramework::Call RogueFramework::KillOthers() {
  Call call;
  call.set_type(Call::KILL);
  std::string agent;
  const Book* const victim = Victim();
  call.mutable_kill()->mutable_task_id()->set_value(
      victim == nullptr ? NonsenseId() : VictimsTask(*victim, &agent));
  call.mutable_kill()->mutable_agent_id()->set_value(agent);
  return call;
}

RogueFramework::Call RogueFramework::ShutDownOthers() {
  Call call;
  if (world_->Chance(300)) {
    call.set_type(Call::MESSAGE);
    call.mutable_message()->mutable_executor_id()->set_value("e0");
    call.mutable_message()->mutable_agent_id()->set_value(NonsenseId());
    call.mutable_message()->set_data(std::string(world_->Pick(10'000), 'x'));
    return call;
  }
  call.set_type(Call::SHUTDOWN);
  std::string agent;
  if (const Book* const victim = Victim()) VictimsTask(*victim, &agent);
  call.mutable_shutdown()->mutable_executor_id()->set_value("e0");
  call.mutable_shutdown()->mutable_agent_id()->set_value(agent);
  return call;
}

RogueFramework::Call RogueFramework::AcceptAnything() {
  Call call;
  call.set_type(Call::ACCEPT);
  for (uint64_t i = world_->Pick(3); i > 0 && !offers_.empty(); --i) {
    const size_t index = world_->Pick(offers_.size());
    *call.mutable_accept()->add_offer_ids() = offers_[index].id();
    // Most of the time it uses an offer again.
    if (world_->Chance(300)) offers_.erase(offers_.begin() + static_cast<int64_t>(index));
  }
  if (world_->Chance(300)) call.mutable_accept()->add_offer_ids()->set_value(NonsenseId());
  v1::Offer::Operation* const operation = call.mutable_accept()->add_operations();
  operation->set_type(v1::Offer::Operation::LAUNCH);
  for (uint64_t i = world_->Pick(4); i > 0; --i) {
    *operation->mutable_launch()->add_task_infos() = NonsenseTask();
  }
  if (world_->Chance(200)) {
    call.mutable_accept()->add_operations()->set_type(
        world_->Chance(500) ? v1::Offer::Operation::RESERVE : v1::Offer::Operation::UNKNOWN);
  }
  call.mutable_accept()->mutable_filters()->set_refuse_seconds(NonsenseNumber());
  return call;
}

v1::TaskInfo RogueFramework::NonsenseTask() {
  v1::TaskInfo task;
  std::string agent = NonsenseId();
  std::string id = NonsenseId();
  // A name that others use, too.
  if (const Book* const victim = Victim(); victim != nullptr && world_->Chance(500)) {
    id = VictimsTask(*victim, &agent);
  }
  if (!offers_.empty() && world_->Chance(700)) agent = offers_.back().agent_id().value();
  task.set_name("nonsense");
  task.mutable_task_id()->set_value(id);
  task.mutable_agent_id()->set_value(agent);
  for (const char* name : {"cpus", "mem", "cpus"}) {
    if (world_->Chance(300)) continue;
    v1::Resource& resource = *task.add_resources();
    resource.set_name(name);
    resource.set_type(v1::Value::SCALAR);
    resource.mutable_scalar()->set_value(world_->Chance(500) ? 0.1 : NonsenseNumber());
  }
  if (world_->Chance(800)) task.mutable_command()->set_value("sleep 5");
  if (world_->Chance(300)) task.mutable_executor()->mutable_executor_id()->set_value(NonsenseId());
  return task;
}

RogueFramework::Call RogueFramework::DeclineNonsense() {
  Call call;
  call.set_type(Call::DECLINE);
  for (uint64_t i = world_->Pick(5); i > 0; --i) {
    call.mutable_decline()->add_offer_ids()->set_value(
        offers_.empty() || world_->Chance(300) ? NonsenseId() : offers_.back().id().value());
  }
  call.mutable_decline()->mutable_filters()->set_refuse_seconds(NonsenseNumber());
  return call;
}

RogueFramework::Call RogueFramework::ReconcileNonsense() {
  Call call;
  call.set_type(Call::RECONCILE);
  call.mutable_reconcile();
  for (uint64_t i = world_->Pick(20); i > 0; --i) {
    call.mutable_reconcile()->add_tasks()->mutable_task_id()->set_value(NonsenseId());
  }
  return call;
}

double RogueFramework::NonsenseNumber() {
  const double numbers[] = {-1,
                            0,
                            1e-9,
                            1e300,
                            -1e300,
                            std::numeric_limits<double>::quiet_NaN(),
                            std::numeric_limits<double>::infinity(),
                            9.3e15};
  return numbers[world_->Pick(8)];
}

std::string RogueFramework::NonsenseId() {
  const std::string ids[] = {"", ".", "..", "a/b", std::string(300, 'a'), std::string("a\0b", 3),
                             absl::StrCat("x", world_->Pick(100))};
  return ids[world_->Pick(7)];
}

}  // namespace mesos::sim
