#include "mesoslib/base/thread.h"

#include <pthread.h>
#include <signal.h>

#include <string>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mesos {

SignalsBlocked::SignalsBlocked() {
  sigset_t most;
  sigfillset(&most);
  for (int own : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGPROF, SIGSEGV, SIGSYS, SIGTRAP}) {
    sigdelset(&most, own);
  }
  pthread_sigmask(SIG_BLOCK, &most, &before_);
}

SignalsBlocked::~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

absl::StatusOr<std::thread> StartThread(absl::string_view name, absl::AnyInvocable<void()> body) {
  const SignalsBlocked blocked;
  try {
    return std::thread([name = std::string(name.substr(0, 15)), body = std::move(body)]() mutable {
      pthread_setname_np(pthread_self(), name.c_str());
      body();
    });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(
        absl::StrCat("cannot start the thread ", name, ": ", error.what()));
  }
}

}  // namespace mesos
