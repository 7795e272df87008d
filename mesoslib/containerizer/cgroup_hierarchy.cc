#include "mesoslib/containerizer/cgroup_hierarchy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

// How long processes have to come to rest before they are killed. One in the middle of a system
// call that cannot be interrupted takes its time, and is killed without.
constexpr absl::Duration kFreezeTimeout = absl::Seconds(2);
constexpr absl::Duration kKillInterval = absl::Seconds(1);
constexpr absl::Duration kMaxPause = absl::Milliseconds(20);

absl::Status SystemError(absl::string_view what, absl::string_view path) {
  const int error = errno;
  const std::string message = absl::StrCat("cannot ", what, " ", path, ": ", strerror(error));
  if (error == EACCES || error == EPERM || error == EROFS) {
    return absl::PermissionDeniedError(message);
  }
  if (error == ENOENT || error == ENODEV) return absl::NotFoundError(message);
  if (error == ENOSPC || error == EMFILE || error == ENFILE || error == ENOMEM) {
    return absl::ResourceExhaustedError(message);
  }
  return absl::FailedPreconditionError(message);
}

// The kernel writes blanks and the like as "\040".
std::string Unescape(absl::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
        is_octal(text[i + 3])) {
      result += static_cast<char>((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 |
                                  (text[i + 3] - '0'));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

absl::StatusOr<std::vector<std::string>> Subdirectories(const std::string& path) {
  DIR* directory = opendir(path.c_str());
  if (directory == nullptr) {
    if (errno == ENOENT) return std::vector<std::string>();
    return SystemError("open", path);
  }
  const absl::Cleanup close = [&] { closedir(directory); };
  std::vector<std::string> names;
  while (const dirent* entry = readdir(directory)) {
    const absl::string_view name = entry->d_name;
    if (entry->d_type == DT_DIR && name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Calls `done` until it is true, with growing pauses. False: not in time.
template <typename Done>
bool Await(absl::Time deadline, Done done) {
  for (absl::Duration pause = absl::Microseconds(100); !done();
       pause = std::min(pause * 2, kMaxPause)) {
    if (absl::Now() >= deadline) return false;
    absl::SleepFor(pause);
  }
  return true;
}

// What both versions have in common: directories below a mount.
class MountedHierarchy : public CgroupHierarchy {
 public:
  explicit MountedHierarchy(CgroupMount mount) : mount_(std::move(mount)) {}

  std::string PathOf(const std::string& name) const final {
    return absl::StrCat(mount_.path, "/", name);
  }

  absl::StatusOr<UniqueFd> Hold(const std::string& name) final {
    RETURN_IF_ERROR(Make(name));
    const std::string path = PathOf(name);
    UniqueFd held(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!held.valid()) return SystemError("open", path);
    if (flock(held.get(), LOCK_EX | LOCK_NB) == 0) return held;
    if (errno != EWOULDBLOCK) return SystemError("lock", path);
    return absl::AlreadyExistsError(
        absl::StrCat("the cgroup ", path, " is held by another process"));
  }

  absl::Status Destroy(const std::string& name, absl::Duration timeout) final {
    const std::string path = PathOf(name);
    const absl::Time deadline = absl::Now() + timeout;
    absl::Time next_kill = absl::InfinitePast();
    absl::Status status;
    const bool gone = Await(deadline, [&] {
      status = Remove(path);
      if (!absl::IsUnavailable(status)) return true;
      // Once should do. Who could not be frozen may have forked meanwhile.
      if (absl::Now() < next_kill) return false;
      next_kill = absl::Now() + kKillInterval;
      status = Kill(name);
      return !status.ok();
    });
    if (gone) return absl::IsNotFound(status) ? absl::OkStatus() : status;
    return absl::DeadlineExceededError(absl::StrCat("processes in ", path, " are still there ",
                                                    absl::FormatDuration(timeout),
                                                    " after they were killed"));
  }

  absl::StatusOr<std::vector<std::string>> Children(const std::string& name) final {
    return Subdirectories(PathOf(name));
  }

 protected:
  const CgroupMount& mount() const { return mount_; }

  // With those above it.
  absl::Status Make(const std::string& name) const {
    std::string path = mount_.path;
    for (const absl::string_view part : absl::StrSplit(name, '/')) {
      absl::StrAppend(&path, "/", part);
      if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return SystemError("make", path);
    }
    return absl::OkStatus();
  }

 private:
  // With all below. Unavailable: there are processes in it.
  static absl::Status Remove(const std::string& path) {
    ASSIGN_OR_RETURN(const std::vector<std::string> below, Subdirectories(path));
    for (const std::string& name : below) {
      RETURN_IF_ERROR(Remove(absl::StrCat(path, "/", name)));
    }
    if (rmdir(path.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
    if (errno == EBUSY || errno == ENOTEMPTY) return absl::UnavailableError(path);
    return SystemError("remove", path);
  }

  const CgroupMount mount_;
};

// -- Version 1 --

// What is frozen can neither fork nor end: whom the list names then is whom a signal goes to.
class FirstHierarchy final : public MountedHierarchy {
 public:
  using MountedHierarchy::MountedHierarchy;

  absl::StatusOr<std::string> Create(const std::string& name) override {
    RETURN_IF_ERROR(Make(name));
    return absl::StrCat(PathOf(name), "/cgroup.procs");
  }

  absl::Status Kill(const std::string& name) override {
    const std::string path = PathOf(name);
    if (!mount().controllers.contains("freezer")) return KillAll(path);
    const std::string state = absl::StrCat(path, "/freezer.state");
    RETURN_IF_ERROR(WriteControl(state, "FROZEN"));
    // Whatever happens: who was killed dies only when it is thawed.
    absl::Status status;
    Await(absl::Now() + kFreezeTimeout, [&] {
      const absl::StatusOr<std::string> now = ReadControl(state);
      status = now.status();
      return !now.ok() || absl::StartsWith(*now, "FROZEN");
    });
    if (status.ok()) status = KillAll(path);
    status.Update(WriteControl(state, "THAWED"));
    return status;
  }

 private:
  static absl::Status KillAll(const std::string& path) {
    ASSIGN_OR_RETURN(const std::string text, ReadControl(absl::StrCat(path, "/cgroup.procs")));
    for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
      pid_t pid = 0;
      // A process of another pid namespace is told as 0.
      if (!absl::SimpleAtoi(line, &pid) || pid <= 0) continue;
      kill(pid, SIGKILL);
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> below, Subdirectories(path));
    for (const std::string& name : below) {
      RETURN_IF_ERROR(KillAll(absl::StrCat(path, "/", name)));
    }
    return absl::OkStatus();
  }
};

// -- Version 2 --

class UnifiedHierarchy final : public MountedHierarchy {
 public:
  using MountedHierarchy::MountedHierarchy;

  absl::StatusOr<std::string> Create(const std::string& name) override {
    const std::string leaf = absl::StrCat(name, "/leaf");
    RETURN_IF_ERROR(Make(leaf));
    return absl::StrCat(PathOf(leaf), "/cgroup.procs");
  }

  // The kernel's own (Linux 5.14), which no fork outruns.
  absl::Status Kill(const std::string& name) override {
    return WriteControl(absl::StrCat(PathOf(name), "/cgroup.kill"), "1");
  }
};

}  // namespace

absl::StatusOr<std::string> ReadControl(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return SystemError("open", path);
  std::string text;
  char bytes[4096];
  ssize_t count = 0;
  while ((count = read(fd.get(), bytes, sizeof(bytes))) > 0) {
    text.append(bytes, static_cast<size_t>(count));
  }
  if (count < 0) return SystemError("read", path);
  return text;
}

absl::Status WriteControl(const std::string& path, absl::string_view text) {
  const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.valid()) return SystemError("open", path);
  if (write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return SystemError(absl::StrCat("write '", text, "' into"), path);
  }
  return absl::OkStatus();
}

std::vector<CgroupMount> ParseCgroupMounts(absl::string_view mountinfo) {
  std::vector<CgroupMount> mounts;
  for (const absl::string_view line : absl::StrSplit(mountinfo, '\n', absl::SkipEmpty())) {
    // "ID parent device root mount-point options [tags] - type source super-options"
    const std::pair<absl::string_view, absl::string_view> halves =
        absl::StrSplit(line, absl::MaxSplits(absl::ByString(" - "), 1));
    const std::vector<absl::string_view> mount = absl::StrSplit(halves.first, ' ');
    const std::vector<absl::string_view> type = absl::StrSplit(halves.second, ' ');
    if (mount.size() < 6 || type.size() < 3 || mount[3] != "/") continue;
    CgroupMount found = {.path = Unescape(mount[4])};
    if (type[0] == "cgroup2") {
      found.version = 2;
    } else if (type[0] == "cgroup") {
      for (const absl::string_view option : absl::StrSplit(type[2], ',')) {
        if (option != "rw" && option != "ro") found.controllers.emplace(option);
      }
    } else {
      continue;
    }
    mounts.push_back(std::move(found));
  }
  return mounts;
}

absl::StatusOr<std::unique_ptr<CgroupHierarchy>> CgroupHierarchy::Find() {
  ASSIGN_OR_RETURN(const std::string mountinfo, ReadControl("/proc/self/mountinfo"));
  const std::vector<CgroupMount> mounts = ParseCgroupMounts(mountinfo);
  for (const CgroupMount& mount : mounts) {
    if (mount.controllers.contains("freezer")) return Open(mount);
  }
  for (const CgroupMount& mount : mounts) {
    if (mount.version == 2) return Open(mount);
  }
  return absl::FailedPreconditionError(
      "no cgroups are mounted: expected those of version 2, or the freezer's of version 1");
}

std::unique_ptr<CgroupHierarchy> CgroupHierarchy::Open(CgroupMount mount) {
  if (mount.version == 2) return std::make_unique<UnifiedHierarchy>(std::move(mount));
  return std::make_unique<FirstHierarchy>(std::move(mount));
}

}  // namespace mesos
