// What /proc tells about processes (see proc(5)).
//
// Uses nothing but the standard library: the supervisor links it.
#ifndef MESOSLIB_CONTAINERIZER_SUPERVISOR_PROC_H_
#define MESOSLIB_CONTAINERIZER_SUPERVISOR_PROC_H_

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace mesos {

struct ProcStat {
  pid_t pid = 0;
  char state = 0;
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
  uint64_t start_time = 0;  // Clock ticks since boot: with the pid, names a process for good.
  uint64_t user_ticks = 0;
  uint64_t system_ticks = 0;
  uint64_t children_user_ticks = 0;  // Of those that have ended and were waited for.
  uint64_t children_system_ticks = 0;
  uint64_t threads = 0;
  uint64_t resident_pages = 0;
};

// False: there is no such process.
bool ReadProcStat(pid_t pid, ProcStat* stat);

// Reads the text of a /proc/<pid>/stat, whose second field may hold anything, also ") R 1".
bool ParseProcStat(const char* text, ProcStat* stat);

// The children of every thread of `pid`; empty if there are none or no such process.
std::vector<pid_t> ReadChildren(pid_t pid);

// Everyone.
std::vector<pid_t> ReadAllPids();

// Sends `signal` to all descendants of `root` but those in the process group `except_group` (0:
// none). Never to a process that has merely taken over a descendant's number. Returns how many were
// signalled.
int SignalDescendants(pid_t root, int signal, pid_t except_group = 0);

}  // namespace mesos

#endif  // MESOSLIB_CONTAINERIZER_SUPERVISOR_PROC_H_
