#include "mesoslib/sim/load_framework.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesos/resources.h"

namespace mesos::sim {
namespace {

// A call may be that long on its way: what was launched since is not asked after.
constexpr absl::Duration kInFlight = absl::Seconds(90);

v1::FrameworkInfo Info(const LoadPlan& plan, const Book& book) {
  v1::FrameworkInfo info;
  info.set_name(book.name());
  info.set_user("nobody");
  info.add_roles(plan.role);
  info.set_checkpoint(plan.checkpoint);
  info.set_failover_timeout(absl::ToDoubleSeconds(plan.failover_timeout));
  info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::MULTI_ROLE);
  if (plan.partition_aware) {
    info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::PARTITION_AWARE);
  }
  if (plan.revocable_tasks > 0) {
    info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::REVOCABLE_RESOURCES);
  }
  if (!book.framework_id().empty()) info.mutable_id()->set_value(book.framework_id());
  return info;
}

// It has an executor of its own, for one cannot be both.
void MakeRevocable(v1::TaskInfo* task) {
  for (v1::Resource& resource : *task->mutable_resources()) resource.mutable_revocable();
  if (!task->has_executor()) return;
  task->mutable_executor()->mutable_executor_id()->set_value(
      absl::StrCat("r", task->executor().executor_id().value()));
  for (v1::Resource& resource : *task->mutable_executor()->mutable_resources()) {
    resource.mutable_revocable();
  }
}

}  // namespace

LoadFramework::LoadFramework(World* world, std::shared_ptr<Process> process, LoadPlan plan,
                             Book* book, SchedulerEndpoint* master)
    : world_(world), process_(std::move(process)), plan_(std::move(plan)), book_(book) {
  SchedulerDriverOptions options;
  options.framework = Info(plan_, *book);
  options.implicit_acknowledgements = !plan_.explicit_acknowledgements;
  driver_ = CreateSchedulerDriver(
                options, {process_.get(), process_->random(), master, this, process_->log()})
                .value();
  driver_->Start().IgnoreError();
  Tick();
}

LoadFramework::~LoadFramework() = default;

void LoadFramework::Tick() {
  process_->PostAt(process_->Now() + world_->Between(absl::Milliseconds(500), absl::Seconds(4)),
                   lifetime_.Guard([this] { Tick(); }));
  if (!connected_) return;
  // What is kept is answered in the end.
  while (!offers_.empty() && (!plan_.hoards || world_->Chance(300))) {
    const v1::Offer offer = offers_.begin()->second;
    offers_.erase(offers_.begin());
    AnswerOffer(offer);
  }
  if (world_->Chance(50)) Reconcile(kInFlight);
  if (world_->Chance(20)) driver_->ReconcileTasks({}).IgnoreError();
  if (quiet_) return;
  if (plan_.steady) return SetSuppressed(book_->open().size() >= plan_.tasks);
  if (world_->Chance(30)) KillSomeTask();
  if (suppressed_ ? world_->Chance(300) : world_->Chance(20)) SetSuppressed(!suppressed_);
}

void LoadFramework::SetSuppressed(bool suppressed) {
  if (suppressed_ == suppressed) return;
  suppressed_ = suppressed;
  (suppressed_ ? driver_->SuppressOffers() : driver_->ReviveOffers()).IgnoreError();
}

void LoadFramework::Connected() {
  connected_ = true;
  offers_.clear();
  // As any framework should: what happened meanwhile, nobody may have been told.
  Reconcile(kInFlight);
  driver_->ReconcileTasks({}).IgnoreError();
}

void LoadFramework::Registered(SchedulerDriver&, const v1::FrameworkID& id, const v1::MasterInfo&) {
  book_->set_framework_id(id.value());
  Connected();
}

void LoadFramework::Reregistered(SchedulerDriver&, const v1::MasterInfo&) { Connected(); }

void LoadFramework::Disconnected(SchedulerDriver&) {
  connected_ = false;
  offers_.clear();
}

void LoadFramework::Error(SchedulerDriver&, const std::string& message) {
  connected_ = false;
  refused_ = true;
  removed_ = message != "Framework failed over";
}

void LoadFramework::ResourceOffers(SchedulerDriver&, const std::vector<v1::Offer>& offers) {
  for (const v1::Offer& offer : offers) {
    if (plan_.hoards) {
      offers_[offer.id().value()] = offer;
    } else {
      AnswerOffer(offer);
    }
  }
}

void LoadFramework::OfferRescinded(SchedulerDriver&, const v1::OfferID& offer) {
  offers_.erase(offer.value());
}

void LoadFramework::AnswerOffer(const v1::Offer& offer) {
  v1::Filters filters;
  filters.set_refuse_seconds(static_cast<double>(1 + world_->Pick(10)));
  std::vector<v1::TaskInfo> tasks;
  Resources left = Resources::FromProto(offer.resources()).value();
  left.Unallocate();
  for (uint64_t i = 1 + world_->Pick(plan_.tasks_per_offer); i > 0 && !quiet_; --i) {
    if (book_->open().size() >= plan_.tasks) break;
    v1::TaskInfo task = NewTask(offer);
    Resources needed = Resources::FromProto(task.resources()).value();
    if (task.has_executor()) {
      needed += Resources::FromProto(task.executor().resources()).value();
    }
    if (!left.Contains(needed)) break;
    left -= needed;
    book_->Launched(task.task_id().value(), offer.agent_id().value());
    tasks.push_back(std::move(task));
  }
  if (tasks.empty()) {
    driver_->DeclineOffers({offer.id()}, filters).IgnoreError();
  } else {
    driver_->LaunchTasks({offer.id()}, tasks, filters).IgnoreError();
  }
}

v1::TaskInfo LoadFramework::NewTask(const v1::Offer& offer) {
  v1::TaskInfo task;
  task.set_name("task");
  task.mutable_task_id()->set_value(book_->NewTaskId());
  *task.mutable_agent_id() = offer.agent_id();
  Resources::Scalar("cpus", static_cast<int64_t>(50 + world_->Pick(500)))
      .ToProto(task.mutable_resources());
  Resources::Scalar("mem", static_cast<int64_t>(32'000 + world_->Pick(200'000)))
      .ToProto(task.mutable_resources());
  std::string work;
  if (world_->Chance(plan_.long_tasks)) {
    work = "sleep 1000000";
  } else {
    const int64_t longest = absl::ToInt64Milliseconds(plan_.longest);
    work = absl::StrCat("sleep ", world_->Pick(static_cast<uint64_t>(longest)) / 1000.0);
    if (world_->Chance(100)) absl::StrAppend(&work, "; exit 1");
  }
  if (world_->Chance(plan_.executor_tasks)) {
    v1::ExecutorInfo& executor = *task.mutable_executor();
    executor.mutable_executor_id()->set_value(absl::StrCat("e", world_->Pick(2)));
    executor.mutable_command()->set_value("executor");
    Resources::Scalar("cpus", 100).ToProto(executor.mutable_resources());
    Resources::Scalar("mem", 32'000).ToProto(executor.mutable_resources());
    task.set_data(work);
  } else {
    task.mutable_command()->set_value(work);
  }
  if (plan_.revocable_tasks > 0 && world_->Chance(plan_.revocable_tasks)) MakeRevocable(&task);
  return task;
}

void LoadFramework::StatusUpdate(SchedulerDriver&, const v1::TaskStatus& status) {
  book_->Heard(status);
  if (plan_.explicit_acknowledgements && status.has_uuid()) AcknowledgeLater(status);
}

void LoadFramework::AcknowledgeLater(const v1::TaskStatus& status) {
  process_->PostAt(process_->Now() + world_->Between(absl::ZeroDuration(), absl::Seconds(2)),
                   lifetime_.Guard([this, status] {
                     if (connected_) driver_->AcknowledgeStatusUpdate(status).IgnoreError();
                   }));
}

void LoadFramework::Reconcile(absl::Duration silent_for) {
  std::vector<v1::TaskStatus> tasks;
  for (const std::string& id : book_->open()) {
    const Book::Task& task = book_->tasks().at(id);
    if (world_->elapsed() - task.last_heard < silent_for) continue;
    v1::TaskStatus& status = tasks.emplace_back();
    status.mutable_task_id()->set_value(id);
    status.mutable_agent_id()->set_value(task.agent);
    status.set_state(task.state);
  }
  if (!tasks.empty()) driver_->ReconcileTasks(tasks).IgnoreError();
}

void LoadFramework::KillSomeTask() {
  const auto& open = book_->open();
  if (open.empty()) return;
  v1::TaskID id;
  id.set_value(*std::next(open.begin(), static_cast<int64_t>(world_->Pick(open.size()))));
  driver_->KillTask(id).IgnoreError();
}

}  // namespace mesos::sim
