// Terminal: where output goes, and where keys come from; a file or a pipe is one without screen.
#ifndef DAEMONS_CLI_TERMINAL_H_
#define DAEMONS_CLI_TERMINAL_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos::cli {

struct ScreenSize {
  int columns = 80;
  int rows = 24;
};

class Terminal {
 public:
  virtual ~Terminal() = default;

  // Whether people look at it.
  virtual bool is_screen() const = 0;
  virtual ScreenSize size() const = 0;

  // To standard output, at once. Unavailable: it cannot be written to any more.
  virtual absl::Status Write(absl::string_view text) = 0;
  // To standard error.
  virtual void WriteError(absl::string_view text) = 0;

  // From here on keys come one by one, are not shown, and the screen is another one, which is gone
  // afterwards. FailedPrecondition: this is no screen with a keyboard.
  virtual absl::Status TakeScreen() = 0;
  virtual void GiveScreenBack() = 0;
  // Waits until a key is pressed (which is returned), the size changes, or that time has passed
  // (0). -1: the screen has gone, or the program is told to end.
  virtual int Wait(absl::Duration duration) = 0;

  virtual absl::Time Now() const = 0;
};

// Of this process. Where it is told to end it leaves the screen as it was.
std::unique_ptr<Terminal> CreateProcessTerminal();

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_TERMINAL_H_
