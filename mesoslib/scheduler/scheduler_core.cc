#include "mesoslib/scheduler/scheduler_core.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos {
namespace {

// A master that has not answered SUBSCRIBE by then has not heard it.
constexpr absl::Duration kSubscribeTimeout = absl::Seconds(15);

// So many heartbeats may be missed.
constexpr int kMissedHeartbeats = 5;

bool IsPartitionAware(const v1::FrameworkInfo& framework) {
  for (const auto& capability : framework.capabilities()) {
    if (capability.type() == v1::FrameworkInfo::Capability::PARTITION_AWARE) return true;
  }
  return false;
}

std::set<std::string> Roles(const v1::FrameworkInfo& framework) {
  if (framework.roles().empty()) return {framework.role()};
  return {framework.roles().begin(), framework.roles().end()};
}

}  // namespace

SchedulerCore::SchedulerCore(SchedulerDriver* driver, SchedulerDriverOptions options,
                             SchedulerDriverDependencies dependencies)
    : driver_(driver),
      dependencies_(dependencies),
      implicit_acknowledgements_(options.implicit_acknowledgements),
      max_backoff_(options.max_registration_backoff),
      log_(dependencies.log),
      framework_(std::move(options.framework)),
      suppressed_roles_(options.suppressed_roles.begin(), options.suppressed_roles.end()),
      backoff_(dependencies.random, options.registration_backoff_factor,
               options.max_registration_backoff) {}

SchedulerCore::~SchedulerCore() = default;

void SchedulerCore::Start() {
  if (state_ != State::kIdle) return;
  backoff_.Next();  // The first attempt's pause: none.
  Connect();
}

void SchedulerCore::Stop(bool failover) {
  if (state_ == State::kStopped) return;
  const bool subscribed = state_ == State::kSubscribed;
  state_ = State::kStopped;
  run_state_.Stop();
  CancelTimer();
  if (failover || !subscribed) {
    CloseSession();
    return;
  }
  // The session stays until the master ends it, for closing it might overtake the call.
  Call call;
  call.set_type(Call::TEARDOWN);
  Transmit(std::move(call));
}

void SchedulerCore::Close() {
  Stop(/*failover=*/true);
  CloseSession();
}

void SchedulerCore::Connect() {
  state_ = State::kSubscribing;
  sink_ = std::make_shared<LoopSink<Event>>(dependencies_.loop, this);
  session_ = dependencies_.master->Open(sink_, Peer{"", "in-process"});
  session_->Send(SubscribeCall(), [sink = sink_](absl::Status status) {
    if (!status.ok()) sink->Closed(std::move(status));
  });
  last_heard_ = dependencies_.loop->Now();
  silence_limit_ = kSubscribeTimeout;
  WatchHeartbeats();
}

SchedulerCore::Call SchedulerCore::SubscribeCall() const {
  Call call;
  call.set_type(Call::SUBSCRIBE);
  if (framework_.has_id()) *call.mutable_framework_id() = framework_.id();
  Call::Subscribe* subscribe = call.mutable_subscribe();
  *subscribe->mutable_framework_info() = framework_;
  for (const std::string& role : suppressed_roles_) subscribe->add_suppressed_roles(role);
  if (has_offer_constraints_) *subscribe->mutable_offer_constraints() = offer_constraints_;
  return call;
}

void SchedulerCore::HandleEvent(Event event) {
  if (state_ != State::kSubscribing && state_ != State::kSubscribed) return;
  const std::shared_ptr<SchedulerCore> self = shared_from_this();
  last_heard_ = dependencies_.loop->Now();
  if (event.type() == Event::SUBSCRIBED) {
    Subscribed(event.mutable_subscribed());
  } else if (event.type() == Event::ERROR) {
    Fail(event.error().message());
  } else if (state_ == State::kSubscribed) {
    Dispatch(&event);
  }
}

void SchedulerCore::HandleRefused(const absl::Status& reason) {
  const std::shared_ptr<SchedulerCore> self = shared_from_this();
  log_.Warning("the master refused a call of framework ", Quoted(framework_.id().value()), ": ",
               Quoted(reason.ToString()));
  // What did not get through may have been an answer to an offer or an update. A new subscription
  // voids the former and repeats the latter.
  const bool undelivered = reason.code() == absl::StatusCode::kUnavailable ||
                           reason.code() == absl::StatusCode::kDeadlineExceeded;
  if (state_ == State::kSubscribed && undelivered) Reconnect(reason);
}

void SchedulerCore::HandleClosed(const absl::Status& reason) {
  const std::shared_ptr<SchedulerCore> self = shared_from_this();
  if (state_ == State::kStopped) {
    CloseSession();
  } else if (IsTransient(reason)) {
    Reconnect(reason);
  } else {
    Fail(std::string(reason.message()));
  }
}

void SchedulerCore::Subscribed(Event::Subscribed* subscribed) {
  if (subscribed->framework_id().value().empty()) {
    Reconnect(absl::InternalError("SUBSCRIBED carries no framework_id"));
    return;
  }
  *framework_.mutable_id() = subscribed->framework_id();
  state_ = State::kSubscribed;
  subscribed_at_ = last_heard_;
  const double interval = subscribed->heartbeat_interval_seconds();
  const bool sensible = interval > 0 && interval < 1e6;  // Neither is NaN.
  silence_limit_ =
      sensible ? kMissedHeartbeats * absl::Seconds(interval) : absl::InfiniteDuration();
  WatchHeartbeats();
  if (registered_) {
    dependencies_.scheduler->Reregistered(*driver_, subscribed->master_info());
    return;
  }
  registered_ = true;
  dependencies_.scheduler->Registered(*driver_, subscribed->framework_id(),
                                      subscribed->master_info());
}

void SchedulerCore::Dispatch(Event* event) {
  Scheduler* scheduler = dependencies_.scheduler;
  switch (event->type()) {
    case Event::OFFERS:
      return Offers(event->mutable_offers());
    case Event::RESCIND:
      return scheduler->OfferRescinded(*driver_, event->rescind().offer_id());
    case Event::UPDATE:
      return Update(event->mutable_update()->mutable_status());
    case Event::UPDATE_OPERATION_STATUS:
      return UpdateOperation(event->mutable_update_operation_status()->mutable_status());
    case Event::MESSAGE:
      return scheduler->FrameworkMessage(*driver_, event->message().executor_id(),
                                         event->message().agent_id(), event->message().data());
    case Event::FAILURE:
      return Failure(event->failure());
    default:  // HEARTBEAT, inverse offers, and what later masters may say.
      return;
  }
}

void SchedulerCore::Offers(Event::Offers* offers) {
  std::vector<v1::Offer> moved;
  moved.reserve(static_cast<size_t>(offers->offers_size()));
  for (v1::Offer& offer : *offers->mutable_offers()) moved.push_back(std::move(offer));
  dependencies_.scheduler->ResourceOffers(*driver_, moved);
}

void SchedulerCore::Update(v1::TaskStatus* status) {
  dependencies_.scheduler->StatusUpdate(*driver_, *status);
  if (!implicit_acknowledgements_ || status->uuid().empty()) return;
  if (state_ != State::kSubscribed) return;
  Call call;
  call.set_type(Call::ACKNOWLEDGE);
  Call::Acknowledge* acknowledge = call.mutable_acknowledge();
  *acknowledge->mutable_agent_id() = std::move(*status->mutable_agent_id());
  *acknowledge->mutable_task_id() = std::move(*status->mutable_task_id());
  *acknowledge->mutable_uuid() = std::move(*status->mutable_uuid());
  Transmit(std::move(call));
}

void SchedulerCore::UpdateOperation(v1::OperationStatus* status) {
  dependencies_.scheduler->OperationStatusUpdate(*driver_, *status);
  if (!implicit_acknowledgements_ || !status->has_uuid() || !status->has_operation_id()) return;
  if (state_ != State::kSubscribed) return;
  Call call;
  call.set_type(Call::ACKNOWLEDGE_OPERATION_STATUS);
  Call::AcknowledgeOperationStatus* acknowledge = call.mutable_acknowledge_operation_status();
  if (status->has_agent_id()) *acknowledge->mutable_agent_id() = status->agent_id();
  if (status->has_resource_provider_id()) {
    *acknowledge->mutable_resource_provider_id() = status->resource_provider_id();
  }
  acknowledge->set_uuid(status->uuid().value());
  *acknowledge->mutable_operation_id() = status->operation_id();
  Transmit(std::move(call));
}

void SchedulerCore::Failure(const Event::Failure& failure) {
  if (failure.has_executor_id()) {
    dependencies_.scheduler->ExecutorLost(*driver_, failure.executor_id(), failure.agent_id(),
                                          failure.status());
  } else {
    dependencies_.scheduler->AgentLost(*driver_, failure.agent_id());
  }
}

void SchedulerCore::Reconnect(const absl::Status& reason) {
  log_.Info("framework ", Quoted(framework_.id().value()),
            " lost the master: ", Quoted(reason.ToString()));
  const bool was_subscribed = state_ == State::kSubscribed;
  CloseSession();
  state_ = State::kWaiting;
  const absl::Time now = dependencies_.loop->Now();
  // A master that drops us as soon as it has us is no success.
  if (was_subscribed && now - subscribed_at_ >= max_backoff_) backoff_.Reset();
  SetTimer(now + backoff_.Next(), &SchedulerCore::Connect);
  if (was_subscribed) dependencies_.scheduler->Disconnected(*driver_);
}

void SchedulerCore::Fail(const std::string& message) {
  log_.Error("framework ", Quoted(framework_.id().value()),
             " is refused by the master: ", Quoted(message));
  state_ = State::kStopped;
  run_state_.Stop();
  CancelTimer();
  CloseSession();
  dependencies_.scheduler->Error(*driver_, message);
}

void SchedulerCore::CloseSession() {
  if (sink_ == nullptr) return;
  sink_->Detach();
  sink_.reset();
  session_.reset();
}

void SchedulerCore::SetTimer(absl::Time when, void (SchedulerCore::*method)()) {
  CancelTimer();
  timer_ = dependencies_.loop->PostAt(when, [weak = weak_from_this(), method] {
    const std::shared_ptr<SchedulerCore> self = weak.lock();
    if (self == nullptr || self->state_ == State::kStopped) return;
    self->timer_ = 0;
    ((*self).*method)();
  });
}

void SchedulerCore::CancelTimer() {
  dependencies_.loop->Cancel(timer_);
  timer_ = 0;
}

void SchedulerCore::WatchHeartbeats() {
  if (silence_limit_ == absl::InfiniteDuration()) return CancelTimer();
  const absl::Duration silence = dependencies_.loop->Now() - last_heard_;
  if (silence >= silence_limit_) {
    return Reconnect(absl::DeadlineExceededError(
        absl::StrCat("nothing heard for ", absl::FormatDuration(silence))));
  }
  SetTimer(last_heard_ + silence_limit_, &SchedulerCore::WatchHeartbeats);
}

void SchedulerCore::Send(Call call) {
  if (call.type() == Call::SUBSCRIBE) {
    log_.Warning("a scheduler sent SUBSCRIBE, which is left to its driver; dropped");
    return;
  }
  if (state_ == State::kStopped) return;
  Remember(call);
  if (state_ == State::kSubscribed) {
    Transmit(std::move(call));
  } else if (call.type() == Call::ACCEPT) {
    ReportTasksLost(call.accept());
  }
}

void SchedulerCore::AcknowledgeExplicitly(Call call) {
  if (!implicit_acknowledgements_) Send(std::move(call));
}

void SchedulerCore::Transmit(Call call) {
  *call.mutable_framework_id() = framework_.id();
  session_->Send(std::move(call),
                 [sink = sink_](absl::Status status) { sink->CallAnswered(std::move(status)); });
}

void SchedulerCore::Remember(const Call& call) {
  if (call.type() == Call::SUPPRESS) {
    const auto& roles = call.suppress().roles();
    if (roles.empty()) suppressed_roles_ = Roles(framework_);
    suppressed_roles_.insert(roles.begin(), roles.end());
  } else if (call.type() == Call::REVIVE) {
    if (call.revive().roles().empty()) suppressed_roles_.clear();
    for (const std::string& role : call.revive().roles()) suppressed_roles_.erase(role);
  } else if (call.type() == Call::UPDATE_FRAMEWORK) {
    const Call::UpdateFramework& update = call.update_framework();
    const v1::FrameworkID id = framework_.id();
    framework_ = update.framework_info();
    if (!id.value().empty()) *framework_.mutable_id() = id;
    suppressed_roles_ = {update.suppressed_roles().begin(), update.suppressed_roles().end()};
    has_offer_constraints_ = update.has_offer_constraints();
    offer_constraints_ = update.offer_constraints();
  }
}

// The master would say the same, if it could hear.
void SchedulerCore::ReportTasksLost(const Call::Accept& accept) {
  std::vector<v1::TaskStatus> statuses;
  auto add = [&](const v1::TaskInfo& task) {
    v1::TaskStatus& status = statuses.emplace_back();
    *status.mutable_task_id() = task.task_id();
    *status.mutable_agent_id() = task.agent_id();
    status.set_state(IsPartitionAware(framework_) ? v1::TASK_DROPPED : v1::TASK_LOST);
    status.set_source(v1::TaskStatus::SOURCE_MASTER);
    status.set_reason(v1::TaskStatus::REASON_MASTER_DISCONNECTED);
    status.set_message("the driver is not connected to the master");
    status.set_timestamp(absl::ToDoubleSeconds(dependencies_.loop->WallTime() - absl::UnixEpoch()));
  };
  for (const v1::Offer::Operation& operation : accept.operations()) {
    for (const v1::TaskInfo& task : operation.launch().task_infos()) add(task);
    for (const v1::TaskInfo& task : operation.launch_group().task_group().tasks()) add(task);
  }
  if (statuses.empty() || state_ == State::kIdle) return;
  dependencies_.loop->Post([weak = weak_from_this(), statuses = std::move(statuses)] {
    if (auto self = weak.lock()) self->DeliverLost(statuses);
  });
}

void SchedulerCore::DeliverLost(const std::vector<v1::TaskStatus>& statuses) {
  for (const v1::TaskStatus& status : statuses) {
    if (state_ == State::kStopped) return;
    dependencies_.scheduler->StatusUpdate(*driver_, status);
  }
}

}  // namespace mesos
