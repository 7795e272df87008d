// ExecutorCore: what an executor driver keeps and does, on its loop.
//
//             Start                 SUBSCRIBED
//    kIdle ----------> kSubscribing -----------> kSubscribed
//                       ^        |                    |
//            pause over |        | closed             | closed: Disconnected
//                       |        v                    v
//                      kWaiting <---------------------+
//
//    any --(Stop; or refused for good, or away too long: Error)--> kStopped
#ifndef MESOSLIB_EXECUTOR_EXECUTOR_CORE_H_
#define MESOSLIB_EXECUTOR_EXECUTOR_CORE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "mesos/endpoint.h"
#include "mesos/executor.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesoslib/base/backoff.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/loop_sink.h"
#include "mesoslib/base/run_state.h"
#include "mesoslib/executor/unacknowledged.h"

namespace mesos {

// Everything on the loop. Held by shared pointers, since a callback may destroy the driver.
class ExecutorCore final : public std::enable_shared_from_this<ExecutorCore>,
                           public LoopSink<v1::executor::Event>::Handler {
 public:
  // `driver` is handed to the executor's callbacks; it stops this before it goes.
  ExecutorCore(ExecutorDriver* driver, ExecutorDriverOptions options,
               ExecutorDriverDependencies dependencies);
  ~ExecutorCore() override;

  // Whether calls are taken; the driver begins and ends it. Any thread.
  RunState& run_state() { return run_state_; }

  void Start();
  void Stop();
  // Fills the status in, keeps it until it is acknowledged, and sends it if it can.
  void Update(v1::TaskStatus status);
  // Dropped unless subscribed.
  void SendMessage(std::string data);

 private:
  using Event = v1::executor::Event;
  using Call = v1::executor::Call;

  enum class State { kIdle, kSubscribing, kSubscribed, kWaiting, kStopped };

  void HandleEvent(Event event) override;
  void HandleRefused(const absl::Status& reason) override;
  void HandleClosed(const absl::Status& reason) override;

  void Connect();
  Call NewCall(Call::Type type) const;
  void Subscribed(const Event::Subscribed& subscribed);
  void Dispatch(Event* event);
  void LaunchGroup(v1::TaskGroupInfo* group);

  void Reconnect(const absl::Status& reason);
  void GiveUp();
  void SubscribeTimedOut();
  void Fail(const std::string& message);
  void CloseSession();
  void Transmit(Call call);

  void SetTimer(TimerId* timer, absl::Time when, void (ExecutorCore::*method)());
  void CancelTimer(TimerId* timer);

  ExecutorDriver* const driver_;
  const ExecutorDriverOptions options_;
  const ExecutorDriverDependencies dependencies_;
  const Logger log_;

  RunState run_state_{"the executor driver"};
  State state_ = State::kIdle;
  bool registered_ = false;  // Whether the executor has heard Registered.
  Backoff backoff_;
  TimerId attempt_timer_ = 0;   // Of the pause, or of SUBSCRIBE's answer.
  TimerId recovery_timer_ = 0;  // While not subscribed.
  std::shared_ptr<LoopSink<Event>> sink_;
  std::unique_ptr<Session<Call>> session_;
  absl::Time subscribed_at_;
  Unacknowledged unacknowledged_;
};

}  // namespace mesos

#endif  // MESOSLIB_EXECUTOR_EXECUTOR_CORE_H_
