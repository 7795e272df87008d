// LoopDoor: how other threads reach an object that lives on a loop and may be gone by the time they
// do. Shared between the object's owner and everybody who may still knock.
//
//   door->Post([call, done](AgentCore* core) {
//     if (core == nullptr) return done(absl::UnavailableError("the agent has stopped"));
//     core->Receive(call, done);
//   });
#ifndef MESOSLIB_BASE_LOOP_DOOR_H_
#define MESOSLIB_BASE_LOOP_DOOR_H_

#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesoslib/base/mutex.h"

namespace mesos {

template <typename T>
class LoopDoor : public std::enable_shared_from_this<LoopDoor<T>> {
 public:
  using Callback = absl::AnyInvocable<void(T*)>;

  LoopDoor(EventLoop* loop, T* target) : loop_(loop), target_(target) {}

  // Any thread. `callback` runs on the loop with the target; with null, on any thread, where the
  // door was closed before that.
  void Post(Callback callback) {
    {
      MutexLock lock(&mutex_);
      if (loop_ != nullptr) {
        loop_->Post([door = this->shared_from_this(), callback = std::move(callback)]() mutable {
          callback(door->target_);
        });
        return;
      }
    }
    callback(nullptr);
  }

  // The same, with the loop's time when this was called; without, where the door was closed then.
  void PostTimed(absl::AnyInvocable<void(T*, absl::Time)> callback) {
    {
      MutexLock lock(&mutex_);
      if (loop_ != nullptr) {
        loop_->Post([door = this->shared_from_this(), callback = std::move(callback),
                     posted = loop_->Now()]() mutable { callback(door->target_, posted); });
        return;
      }
    }
    callback(nullptr, absl::InfinitePast());
  }

  // `callback` as something that the target may call: it runs on the loop a moment later, with
  // nothing of the target's below it on the stack, and so may destroy the target. Answer: also
  // where the door was closed meanwhile; AnswerWhileOpen: not then.
  template <typename R>
  absl::AnyInvocable<void(R)> Answer(absl::AnyInvocable<void(R)> callback) {
    return Later(std::move(callback), /*only_while_open=*/false);
  }
  template <typename R>
  absl::AnyInvocable<void(R)> AnswerWhileOpen(absl::AnyInvocable<void(R)> callback) {
    return Later(std::move(callback), /*only_while_open=*/true);
  }

  // On the loop. Once this returns, neither the target nor the loop is touched any more.
  void Close() {
    target_ = nullptr;
    MutexLock lock(&mutex_);
    loop_ = nullptr;
  }

 private:
  template <typename R>
  absl::AnyInvocable<void(R)> Later(absl::AnyInvocable<void(R)> callback, bool only_while_open) {
    return [door = this->shared_from_this(), callback = std::move(callback),
            only_while_open](R result) mutable {
      door->Post([callback = std::move(callback), result = std::move(result),
                  only_while_open](T* target) mutable {
        if (target != nullptr || !only_while_open) callback(std::move(result));
      });
    };
  }

  Mutex mutex_;
  EventLoop* loop_ ABSL_GUARDED_BY(mutex_);
  T* target_;  // Used on the loop only.
};

}  // namespace mesos

#endif  // MESOSLIB_BASE_LOOP_DOOR_H_
