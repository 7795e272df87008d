#include "mesoslib/executor/executor_core.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/base/mutation.h"
#include "mesoslib/base/units.h"
#include "mesoslib/base/uuid.h"

namespace mesos {
namespace {

// An agent that has not answered SUBSCRIBE by then has not heard it.
constexpr absl::Duration kSubscribeTimeout = absl::Seconds(15);

}  // namespace

ExecutorCore::ExecutorCore(ExecutorDriver* driver, ExecutorDriverOptions options,
                           ExecutorDriverDependencies dependencies)
    : driver_(driver),
      options_(std::move(options)),
      dependencies_(dependencies),
      log_(dependencies.log),
      // Each pause is a part of the maximum: all executors of an agent come back within it.
      backoff_(dependencies.random, options_.subscription_backoff_max,
               options_.subscription_backoff_max) {}

ExecutorCore::~ExecutorCore() = default;

void ExecutorCore::Start() {
  if (state_ != State::kIdle) return;
  backoff_.Next();  // The first attempt's pause: none.
  if (options_.checkpoint) {
    SetTimer(&recovery_timer_, dependencies_.loop->Now() + options_.recovery_timeout,
             &ExecutorCore::GiveUp);
  }
  Connect();
}

void ExecutorCore::Stop() {
  if (state_ == State::kStopped) return;
  state_ = State::kStopped;
  run_state_.Stop();
  CancelTimer(&attempt_timer_);
  CancelTimer(&recovery_timer_);
  CloseSession();
}

void ExecutorCore::Connect() {
  state_ = State::kSubscribing;
  sink_ = std::make_shared<LoopSink<Event>>(dependencies_.loop, this);
  session_ = dependencies_.agent->Open(sink_, Peer{"", "in-process"});
  Call call = NewCall(Call::SUBSCRIBE);
  if (!Mutated(Mutation::kForgetUnacknowledged)) unacknowledged_.CopyTo(call.mutable_subscribe());
  session_->Send(std::move(call), [sink = sink_](absl::Status status) {
    if (!status.ok()) sink->Closed(std::move(status));
  });
  SetTimer(&attempt_timer_, dependencies_.loop->Now() + kSubscribeTimeout,
           &ExecutorCore::SubscribeTimedOut);
}

ExecutorCore::Call ExecutorCore::NewCall(Call::Type type) const {
  Call call;
  call.set_type(type);
  *call.mutable_framework_id() = options_.framework_id;
  *call.mutable_executor_id() = options_.executor_id;
  return call;
}

void ExecutorCore::HandleEvent(Event event) {
  if (state_ != State::kSubscribing && state_ != State::kSubscribed) return;
  const std::shared_ptr<ExecutorCore> self = shared_from_this();
  if (event.type() == Event::SUBSCRIBED) {
    Subscribed(event.subscribed());
  } else if (event.type() == Event::ERROR) {
    Fail(event.error().message());
  } else if (state_ == State::kSubscribed) {
    Dispatch(&event);
  }
}

void ExecutorCore::HandleRefused(const absl::Status& reason) {
  log_.Warning("the agent refused a call of executor ", Quoted(options_.executor_id.value()), ": ",
               Quoted(reason.ToString()));
}

void ExecutorCore::HandleClosed(const absl::Status& reason) {
  const std::shared_ptr<ExecutorCore> self = shared_from_this();
  if (IsTransient(reason)) {
    Reconnect(reason);
  } else {
    Fail(std::string(reason.message()));
  }
}

void ExecutorCore::Subscribed(const Event::Subscribed& subscribed) {
  state_ = State::kSubscribed;
  subscribed_at_ = dependencies_.loop->Now();
  CancelTimer(&attempt_timer_);
  CancelTimer(&recovery_timer_);
  if (registered_) {
    dependencies_.executor->Reregistered(*driver_, subscribed.agent_info());
    return;
  }
  registered_ = true;
  dependencies_.executor->Registered(*driver_, subscribed.executor_info(),
                                     subscribed.framework_info(), subscribed.agent_info());
}

void ExecutorCore::Dispatch(Event* event) {
  Executor* executor = dependencies_.executor;
  switch (event->type()) {
    case Event::LAUNCH:
      unacknowledged_.AddTask(event->launch().task());
      return executor->LaunchTask(*driver_, event->launch().task());
    case Event::LAUNCH_GROUP:
      return LaunchGroup(event->mutable_launch_group()->mutable_task_group());
    case Event::KILL:
      return executor->KillTask(*driver_, event->kill().task_id(), event->kill().kill_policy());
    case Event::ACKNOWLEDGED:
      return unacknowledged_.Acknowledge(event->acknowledged().task_id().value(),
                                         event->acknowledged().uuid());
    case Event::MESSAGE:
      return executor->FrameworkMessage(*driver_, event->message().data());
    case Event::SHUTDOWN:
      return executor->Shutdown(*driver_);
    default:  // HEARTBEAT, and what later agents may say.
      return;
  }
}

void ExecutorCore::LaunchGroup(v1::TaskGroupInfo* group) {
  std::vector<v1::TaskInfo> tasks;
  tasks.reserve(static_cast<size_t>(group->tasks_size()));
  for (v1::TaskInfo& task : *group->mutable_tasks()) {
    unacknowledged_.AddTask(task);
    tasks.push_back(std::move(task));
  }
  dependencies_.executor->LaunchTaskGroup(*driver_, tasks);
}

void ExecutorCore::Update(v1::TaskStatus status) {
  if (state_ == State::kStopped) return;
  if (status.task_id().value().empty() || !status.has_state()) {
    log_.Error("an executor's update lacks its ", status.has_state() ? "task_id" : "state",
               "; dropped: ", Quoted(status.ShortDebugString()));
    return;
  }
  status.set_uuid(NewUuidBytes(dependencies_.random));
  status.set_source(v1::TaskStatus::SOURCE_EXECUTOR);
  status.set_timestamp(absl::ToDoubleSeconds(dependencies_.loop->WallTime() - absl::UnixEpoch()));
  *status.mutable_executor_id() = options_.executor_id;
  unacknowledged_.AddUpdate(status);
  if (state_ != State::kSubscribed) return;  // SUBSCRIBE will carry it.
  Call call = NewCall(Call::UPDATE);
  *call.mutable_update()->mutable_status() = std::move(status);
  Transmit(std::move(call));
}

void ExecutorCore::SendMessage(std::string data) {
  if (state_ != State::kSubscribed) return;
  Call call = NewCall(Call::MESSAGE);
  call.mutable_message()->set_data(std::move(data));
  Transmit(std::move(call));
}

void ExecutorCore::Reconnect(const absl::Status& reason) {
  log_.Info("executor ", Quoted(options_.executor_id.value()),
            " lost its agent: ", Quoted(reason.ToString()));
  const bool was_subscribed = state_ == State::kSubscribed;
  CloseSession();
  state_ = State::kWaiting;
  CancelTimer(&attempt_timer_);
  const absl::Time now = dependencies_.loop->Now();
  if (was_subscribed) {
    // An agent that drops us as soon as it has us is no success.
    if (now - subscribed_at_ >= options_.subscription_backoff_max) backoff_.Reset();
    dependencies_.executor->Disconnected(*driver_);
    if (state_ != State::kWaiting) return;
  }
  if (!options_.checkpoint) {
    return Fail(
        absl::StrCat("the connection to the agent is lost, and the framework does not "
                     "checkpoint: ",
                     reason.ToString()));
  }
  if (was_subscribed) {
    SetTimer(&recovery_timer_, now + options_.recovery_timeout, &ExecutorCore::GiveUp);
  }
  SetTimer(&attempt_timer_, now + backoff_.Next(), &ExecutorCore::Connect);
}

void ExecutorCore::GiveUp() {
  Fail(absl::StrCat("the agent has been away for ", DurationToText(options_.recovery_timeout)));
}

void ExecutorCore::SubscribeTimedOut() {
  Reconnect(absl::DeadlineExceededError("SUBSCRIBE is not answered"));
}

void ExecutorCore::Fail(const std::string& message) {
  log_.Error("executor ", Quoted(options_.executor_id.value()), " gives up: ", Quoted(message));
  Stop();
  dependencies_.executor->Error(*driver_, message);
}

void ExecutorCore::CloseSession() {
  if (sink_ == nullptr) return;
  sink_->Detach();
  sink_.reset();
  session_.reset();
}

void ExecutorCore::Transmit(Call call) {
  session_->Send(std::move(call),
                 [sink = sink_](absl::Status status) { sink->CallAnswered(std::move(status)); });
}

void ExecutorCore::SetTimer(TimerId* timer, absl::Time when, void (ExecutorCore::*method)()) {
  CancelTimer(timer);
  *timer = dependencies_.loop->PostAt(when, [weak = weak_from_this(), timer, method] {
    const std::shared_ptr<ExecutorCore> self = weak.lock();
    if (self == nullptr || self->state_ == State::kStopped) return;
    *timer = 0;
    ((*self).*method)();
  });
}

void ExecutorCore::CancelTimer(TimerId* timer) {
  dependencies_.loop->Cancel(std::exchange(*timer, 0));
}

}  // namespace mesos
