#include "mesoslib/guest/host_state.h"

#include <dirent.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"

namespace mesos {
namespace {

std::vector<std::string> List(const std::string& folder) {
  std::vector<std::string> names;
  DIR* directory = opendir(folder.c_str());
  if (directory == nullptr) return names;
  const std::string own = absl::StrCat(dirfd(directory));
  while (const dirent* entry = readdir(directory)) {
    // Not the descriptor that lists the descriptors.
    if (entry->d_name[0] != '.' && entry->d_name != own) names.emplace_back(entry->d_name);
  }
  closedir(directory);
  return names;
}

std::string Read(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return std::string(absl::StripTrailingAsciiWhitespace(text.str()));
}

// A line of /proc/.../status.
std::string StatusField(const std::string& status, absl::string_view field) {
  for (absl::string_view line : absl::StrSplit(status, '\n')) {
    if (absl::ConsumePrefix(&line, field)) {
      return std::string(absl::StripAsciiWhitespace(line));
    }
  }
  return "";
}

std::map<std::string, std::string> ListThreads() {
  std::map<std::string, std::string> threads;
  // Opened by number: a thread of that number may just have ended.
  for (const std::string& id : List("/proc/self/task")) {
    const std::string name = Read(absl::StrCat("/proc/self/task/", id, "/comm"));
    if (!name.empty()) threads[id] = name;
  }
  return threads;
}

// While threads end, the kernel's list may be short of others: read until it is the same twice.
std::map<std::string, std::string> Threads() {
  std::map<std::string, std::string> threads = ListThreads();
  for (int i = 0; i < 1000; ++i) {
    std::map<std::string, std::string> again = ListThreads();
    if (again == threads) break;
    threads = std::move(again);
  }
  return threads;
}

std::map<std::string, std::string> Children(const std::map<std::string, std::string>& threads) {
  std::map<std::string, std::string> children;
  for (const auto& [thread, unused] : threads) {
    const std::string ids = Read(absl::StrCat("/proc/self/task/", thread, "/children"));
    for (absl::string_view id : absl::StrSplit(ids, ' ', absl::SkipEmpty())) {
      const std::string status = Read(absl::StrCat("/proc/", id, "/status"));
      children[std::string(id)] =
          absl::StrCat(StatusField(status, "Name:"), ", ", StatusField(status, "State:"));
    }
  }
  return children;
}

std::map<std::string, std::string> Descriptors() {
  std::map<std::string, std::string> descriptors;
  for (const std::string& number : List("/proc/self/fd")) {
    char target[512];
    const ssize_t size =
        readlink(absl::StrCat("/proc/self/fd/", number).c_str(), target, sizeof(target));
    int fd;
    if (size < 0 || !absl::SimpleAtoi(number, &fd)) continue;
    descriptors[number] = absl::StrCat(absl::string_view(target, static_cast<size_t>(size)),
                                       ", flags ", fcntl(fd, F_GETFD), ", ", fcntl(fd, F_GETFL));
  }
  return descriptors;
}

std::map<std::string, std::string> Timers() {
  std::map<std::string, std::string> timers;
  timers["posix"] = Read("/proc/self/timers");
  for (int which : {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF}) {
    itimerval value = {};
    getitimer(static_cast<__itimer_which>(which), &value);
    const bool armed = value.it_value.tv_sec != 0 || value.it_value.tv_usec != 0;
    timers[absl::StrCat("interval timer ", which)] = armed ? "armed" : "";
  }
  return timers;
}

std::map<std::string, std::string> Signals() {
  std::map<std::string, std::string> signals;
  // The kernel's own call: the C library hides the signals that it uses itself.
  struct {
    uint64_t handler, flags, restorer, mask;
  } action;
  for (int number = 1; number <= 64; ++number) {
    if (number > SIGSYS && number < SIGRTMIN) continue;  // Set by the C library for threads.
    action = {};
    syscall(SYS_rt_sigaction, number, nullptr, &action, sizeof(uint64_t));
    signals[absl::StrCat(number)] =
        absl::StrCat("handler ", absl::Hex(action.handler), ", flags ", absl::Hex(action.flags),
                     ", mask ", absl::Hex(action.mask));
  }
  uint64_t mask = 0;
  syscall(SYS_rt_sigprocmask, SIG_BLOCK, nullptr, &mask, sizeof(mask));
  signals["mask"] = absl::StrCat(absl::Hex(mask));
  return signals;
}

std::map<std::string, std::string> Settings() {
  std::map<std::string, std::string> settings;
  char folder[4096] = "";
  settings["working directory"] = getcwd(folder, sizeof(folder)) == nullptr ? "none" : folder;
  settings["umask"] = StatusField(Read("/proc/self/status"), "Umask:");
  settings["locale"] = setlocale(LC_ALL, nullptr);
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::vector<std::string> parts = absl::StrSplit(*variable, absl::MaxSplits('=', 1));
    settings[absl::StrCat("variable ", parts[0])] = parts.size() == 2 ? parts[1] : "";
  }
  for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
    rlimit limit = {};
    getrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
    settings[absl::StrCat("limit ", resource)] = absl::StrCat(limit.rlim_cur, " ", limit.rlim_max);
  }
  const std::string status = Read("/proc/self/status");
  for (absl::string_view field : {"Uid:", "Gid:", "Groups:", "NoNewPrivs:", "Seccomp:"}) {
    settings[std::string(field)] = StatusField(status, field);
  }
  settings["nice"] = absl::StrCat(getpriority(PRIO_PROCESS, 0));
  return settings;
}

void Compare(absl::string_view what, const std::map<std::string, std::string>& before,
             const std::map<std::string, std::string>& after, std::string* text) {
  for (const auto& [name, value] : before) {
    const auto now = after.find(name);
    if (now == after.end()) {
      absl::StrAppend(text, what, " ", name, " is gone: ", value, "\n");
    } else if (now->second != value) {
      absl::StrAppend(text, what, " ", name, " was ", value, ", is ", now->second, "\n");
    }
  }
  for (const auto& [name, value] : after) {
    if (!before.contains(name)) absl::StrAppend(text, what, " ", name, " is new: ", value, "\n");
  }
}

}  // namespace

HostState TakeHostState() {
  HostState state;
  state.threads = Threads();
  state.children = Children(state.threads);
  state.descriptors = Descriptors();
  state.timers = Timers();
  state.signals = Signals();
  state.settings = Settings();
  return state;
}

std::string Difference(const HostState& before, const HostState& after) {
  std::string text;
  Compare("thread", before.threads, after.threads, &text);
  Compare("child", before.children, after.children, &text);
  Compare("descriptor", before.descriptors, after.descriptors, &text);
  Compare("timer", before.timers, after.timers, &text);
  Compare("signal", before.signals, after.signals, &text);
  Compare("setting", before.settings, after.settings, &text);
  return text;
}

std::string DifferenceOnceSettled(const HostState& before, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (true) {
    std::string difference = Difference(before, TakeHostState());
    if (difference.empty() || absl::Now() > deadline) return difference;
    poll(nullptr, 0, 1);  // Nothing tells of a thread's end but the list of threads.
  }
}

std::string ThreadsThatTakeSignals(const HostState& state, const HostState& others) {
  // Those that a fault or a profiler sends to the thread itself, and what cannot be blocked.
  uint64_t own = 0;
  for (int number :
       {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGPROF, SIGSEGV, SIGSYS, SIGTRAP, SIGKILL, SIGSTOP}) {
    own |= uint64_t{1} << (number - 1);
  }
  own |= uint64_t{3} << 31;  // The C library's own.
  std::string text;
  for (const auto& [id, name] : state.threads) {
    if (others.threads.contains(id)) continue;
    const std::string status = Read(absl::StrCat("/proc/self/task/", id, "/status"));
    uint64_t blocked = 0;
    if (status.empty() || !absl::SimpleHexAtoi(StatusField(status, "SigBlk:"), &blocked)) continue;
    if ((blocked | own) == ~uint64_t{0}) continue;
    absl::StrAppend(&text, "thread ", id, " ", name, " blocks ", absl::Hex(blocked), "\n");
  }
  return text;
}

}  // namespace mesos
