// Terminal on this process's standard input, output and error.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daemons/cli/terminal.h"

namespace mesos::cli {
namespace {

// The other screen, without cursor and without wrapped lines; and back.
constexpr absl::string_view kTake = "\x1b[?1049h\x1b[?25l\x1b[?7l";
constexpr absl::string_view kGiveBack = "\x1b[?7h\x1b[?25h\x1b[?1049l";

int WriteAll(int fd, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return errno;
      pollfd writable = {fd, POLLOUT, 0};
      poll(&writable, 1, -1);
      continue;
    }
    text.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

class ProcessTerminal final : public Terminal {
 public:
  ~ProcessTerminal() override { GiveScreenBack(); }

  bool is_screen() const override { return is_screen_; }

  ScreenSize size() const override {
    winsize window = {};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0) return {};
    return {window.ws_col, window.ws_row};
  }

  absl::Status Write(absl::string_view text) override {
    const int error = WriteAll(STDOUT_FILENO, text);
    if (error == 0) return absl::OkStatus();
    return absl::UnavailableError(
        absl::StrCat("standard output cannot be written to: ", strerror(error)));
  }

  void WriteError(absl::string_view text) override { WriteAll(STDERR_FILENO, text); }

  absl::Status TakeScreen() override {
    if (!is_screen_ || tcgetattr(STDIN_FILENO, &before_) != 0) {
      return absl::FailedPreconditionError(
          "this needs a terminal for its input and output; 'list' commands with -w do not");
    }
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGWINCH, SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    signals_ = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    taken_ = true;
    return Write(kTake);
  }

  void GiveScreenBack() override {
    if (!taken_) return;
    taken_ = false;
    Write(kGiveBack).IgnoreError();
    tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    close(signals_);
    signals_ = -1;
  }

  int Wait(absl::Duration duration) override {
    pollfd waiting[] = {{taken_ ? STDIN_FILENO : -1, POLLIN, 0}, {signals_, POLLIN, 0}};
    const int ready = poll(waiting, 2, static_cast<int>(absl::ToInt64Milliseconds(duration)));
    if (ready <= 0) return 0;
    if (waiting[1].revents != 0) {
      signalfd_siginfo signal = {};
      if (read(signals_, &signal, sizeof(signal)) == sizeof(signal)) {
        return signal.ssi_signo == SIGWINCH ? 0 : -1;
      }
    }
    if (waiting[0].revents != 0) {
      unsigned char key = 0;
      return read(STDIN_FILENO, &key, 1) == 1 ? key : -1;
    }
    return 0;
  }

  absl::Time Now() const override { return absl::Now(); }

 private:
  const bool is_screen_ = isatty(STDOUT_FILENO) != 0;
  bool taken_ = false;
  termios before_ = {};
  int signals_ = -1;
};

}  // namespace

std::unique_ptr<Terminal> CreateProcessTerminal() {
  // Where one of these was closed, the next connection would be given its number, and what is
  // written to people would be sent there.
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", O_RDONLY);
  }
  return std::make_unique<ProcessTerminal>();
}

}  // namespace mesos::cli
