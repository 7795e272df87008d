// Lifetime: ties callbacks to the life of the object that will be called back, and RunOn: crosses
// over to an object's loop and waits.
#ifndef MESOSLIB_BASE_LIFETIME_H_
#define MESOSLIB_BASE_LIFETIME_H_

#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "mesos/event_loop.h"
#include "mesoslib/base/notification.h"

namespace mesos {

// A member of an object that lives on a loop; last, so that it goes first.
//
//   loop->PostAt(deadline, lifetime_.Guard([this] { Expire(); }));
//
// A guarded callback does nothing once the object is gone. Both must happen on the object's loop.
class Lifetime {
 public:
  Lifetime() : alive_(std::make_shared<char>()) {}
  Lifetime(const Lifetime&) = delete;
  Lifetime& operator=(const Lifetime&) = delete;

  template <typename F>
  auto Guard(F callback) const {
    return [alive = std::weak_ptr<char>(alive_),
            callback = std::move(callback)](auto&&... args) mutable {
      if (!alive.expired()) callback(std::forward<decltype(args)>(args)...);
    };
  }

 private:
  std::shared_ptr<char> alive_;
};

// Runs `callback` on the loop and returns when it has run: at once if the caller is on the loop.
inline void RunOn(EventLoop* loop, absl::AnyInvocable<void()> callback) {
  if (loop->InLoop()) {
    callback();
    return;
  }
  Notification done;
  loop->Post([&callback, &done] {
    callback();
    done.Notify();
  });
  done.WaitForNotification();
}

}  // namespace mesos

#endif  // MESOSLIB_BASE_LIFETIME_H_
