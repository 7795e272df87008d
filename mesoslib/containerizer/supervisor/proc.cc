#include "mesoslib/containerizer/supervisor/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

namespace mesos {
namespace {

// False: it cannot be opened.
bool ReadFile(const char* path, std::string* text) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char buffer[4096];
  ssize_t count;
  while ((count = read(fd, buffer, sizeof(buffer))) > 0) {
    text->append(buffer, static_cast<size_t>(count));
  }
  close(fd);
  return true;
}

// The numbers that name entries of a directory of /proc.
std::vector<pid_t> ReadNumbers(const char* path) {
  std::vector<pid_t> numbers;
  DIR* directory = opendir(path);
  if (directory == nullptr) return numbers;
  while (const dirent* entry = readdir(directory)) {
    const pid_t number = atoi(entry->d_name);
    if (number > 0) numbers.push_back(number);
  }
  closedir(directory);
  return numbers;
}

// For kernels that are built without /proc/<pid>/task/<tid>/children.
std::vector<pid_t> FindChildren(pid_t pid) {
  std::vector<pid_t> children;
  ProcStat stat;
  for (pid_t other : ReadAllPids()) {
    if (ReadProcStat(other, &stat) && stat.parent == pid) children.push_back(other);
  }
  return children;
}

// The pidfd is opened first: if the number then still belongs to a child of `parent`, so does the
// pidfd.
bool SignalChild(pid_t parent, pid_t child, int signal, pid_t except_group) {
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
  if (pidfd < 0) return false;
  ProcStat stat;
  const bool signalled = ReadProcStat(child, &stat) && stat.parent == parent && stat.state != 'Z' &&
                         (except_group == 0 || stat.group != except_group) &&
                         syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0;
  close(pidfd);
  return signalled;
}

}  // namespace

bool ParseProcStat(const char* text, ProcStat* stat) {
  const char* name_end = strrchr(text, ')');
  if (name_end == nullptr) return false;
  stat->pid = atoi(text);
  unsigned long user, system, resident;          // NOLINT(runtime/int): scanf's types.
  long children_user, children_system, threads;  // NOLINT(runtime/int)
  unsigned long long start_time;                 // NOLINT(runtime/int)
  const int fields = sscanf(
      name_end + 1,
      " %c %d %d %d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld %*d %*d %ld %*d %llu %*u %lu",
      &stat->state, &stat->parent, &stat->group, &stat->session, &user, &system, &children_user,
      &children_system, &threads, &start_time, &resident);
  if (fields != 11) return false;
  stat->user_ticks = user;
  stat->system_ticks = system;
  stat->children_user_ticks = static_cast<uint64_t>(children_user);
  stat->children_system_ticks = static_cast<uint64_t>(children_system);
  stat->threads = static_cast<uint64_t>(threads);
  stat->start_time = start_time;
  stat->resident_pages = resident;
  return true;
}

bool ReadProcStat(pid_t pid, ProcStat* stat) {
  char path[32];
  snprintf(path, sizeof(path), "/proc/%d/stat", pid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char text[1024];
  const ssize_t size = read(fd, text, sizeof(text) - 1);
  close(fd);
  if (size <= 0) return false;
  text[size] = '\0';
  return ParseProcStat(text, stat);
}

std::vector<pid_t> ReadChildren(pid_t pid) {
  char path[64];
  snprintf(path, sizeof(path), "/proc/%d/task", pid);
  std::vector<pid_t> children;
  for (pid_t thread : ReadNumbers(path)) {
    std::string text;
    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, thread);
    if (!ReadFile(path, &text) && access("/proc/thread-self/children", F_OK) != 0) {
      return FindChildren(pid);
    }
    const char* position = text.c_str();
    char* end;
    while (const pid_t child = static_cast<pid_t>(strtol(position, &end, 10))) {
      children.push_back(child);
      position = end;
    }
  }
  return children;
}

std::vector<pid_t> ReadAllPids() { return ReadNumbers("/proc"); }

int SignalDescendants(pid_t root, int signal, pid_t except_group) {
  struct Link {
    pid_t parent;
    pid_t child;
  };
  std::vector<Link> links;
  for (pid_t child : ReadChildren(root)) links.push_back({root, child});
  for (size_t i = 0; i < links.size(); ++i) {
    const pid_t parent = links[i].child;
    for (pid_t child : ReadChildren(parent)) links.push_back({parent, child});
  }
  // From the leaves up: when a parent has died its children are somebody else's.
  int signalled = 0;
  for (auto link = links.rbegin(); link != links.rend(); ++link) {
    if (SignalChild(link->parent, link->child, signal, except_group)) ++signalled;
  }
  return signalled;
}

}  // namespace mesos
