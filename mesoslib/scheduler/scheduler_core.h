// SchedulerCore: what a scheduler driver keeps and does, on its loop.
//
//             Start                 SUBSCRIBED
//    kIdle ----------> kSubscribing -----------> kSubscribed
//                       ^        |                    |
//            pause over |        | closed or silent   | closed or silent: Disconnected
//                       |        v                    v
//                      kWaiting <---------------------+
//
//    any --(Stop, or refused for good: Error)--> kStopped
#ifndef MESOSLIB_SCHEDULER_SCHEDULER_CORE_H_
#define MESOSLIB_SCHEDULER_SCHEDULER_CORE_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "mesos/endpoint.h"
#include "mesos/scheduler.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/backoff.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/loop_sink.h"
#include "mesoslib/base/run_state.h"

namespace mesos {

// Everything on the loop. Held by shared pointers, since a callback may destroy the driver.
class SchedulerCore final : public std::enable_shared_from_this<SchedulerCore>,
                            public LoopSink<v1::scheduler::Event>::Handler {
 public:
  // `driver` is handed to the scheduler's callbacks; it stops this before it goes.
  SchedulerCore(SchedulerDriver* driver, SchedulerDriverOptions options,
                SchedulerDriverDependencies dependencies);
  ~SchedulerCore() override;

  // Whether calls are taken; the driver begins and ends it. Any thread.
  RunState& run_state() { return run_state_; }

  void Start();
  void Stop(bool failover);
  // Stops, if need be, and waits for nothing: a TEARDOWN that is under way may be lost.
  void Close();

  // Fills in the framework's id. Dropped unless subscribed; the tasks of an ACCEPT are then
  // reported lost. SUBSCRIBE is the driver's own business and dropped.
  void Send(v1::scheduler::Call call);

  // Unless acknowledging is the driver's own business.
  void AcknowledgeExplicitly(v1::scheduler::Call call);

 private:
  using Event = v1::scheduler::Event;
  using Call = v1::scheduler::Call;

  enum class State { kIdle, kSubscribing, kSubscribed, kWaiting, kStopped };

  void HandleEvent(Event event) override;
  void HandleRefused(const absl::Status& reason) override;
  void HandleClosed(const absl::Status& reason) override;

  void Connect();
  Call SubscribeCall() const;
  void Subscribed(Event::Subscribed* subscribed);
  void Dispatch(Event* event);
  void Offers(Event::Offers* offers);
  void Update(v1::TaskStatus* status);
  void UpdateOperation(v1::OperationStatus* status);
  void Failure(const Event::Failure& failure);

  // The connection is gone or useless: tells the scheduler, and tries again after a pause.
  void Reconnect(const absl::Status& reason);
  void Fail(const std::string& message);
  void CloseSession();

  void SetTimer(absl::Time when, void (SchedulerCore::*method)());
  void CancelTimer();
  void WatchHeartbeats();

  void Transmit(Call call);
  // What a later SUBSCRIBE must repeat.
  void Remember(const Call& call);
  void ReportTasksLost(const Call::Accept& accept);
  void DeliverLost(const std::vector<v1::TaskStatus>& statuses);

  SchedulerDriver* const driver_;
  const SchedulerDriverDependencies dependencies_;
  const bool implicit_acknowledgements_;
  const absl::Duration max_backoff_;
  const Logger log_;

  v1::FrameworkInfo framework_;
  std::set<std::string> suppressed_roles_;
  v1::scheduler::OfferConstraints offer_constraints_;
  bool has_offer_constraints_ = false;

  RunState run_state_{"the scheduler driver"};
  State state_ = State::kIdle;
  bool registered_ = false;  // Whether the scheduler has heard Registered.
  Backoff backoff_;
  TimerId timer_ = 0;  // Of the pause, or of the watch over the connection.
  std::shared_ptr<LoopSink<Event>> sink_;
  std::unique_ptr<Session<Call>> session_;
  absl::Time subscribed_at_;
  absl::Time last_heard_;
  absl::Duration silence_limit_ = absl::InfiniteDuration();
};

}  // namespace mesos

#endif  // MESOSLIB_SCHEDULER_SCHEDULER_CORE_H_
