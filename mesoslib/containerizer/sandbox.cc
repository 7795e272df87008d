#include "mesoslib/containerizer/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/unique_fd.h"

namespace mesos {
namespace {

constexpr mode_t kDirectoryMode = 0755;
constexpr mode_t kSandboxMode = 0750;

absl::Status Failed(absl::string_view what, const std::string& path) {
  const int error = errno;
  const std::string message = absl::StrCat("cannot ", what, " ", path, ": ", strerror(error));
  if (error == ENOSPC || error == EDQUOT || error == EMFILE || error == ENFILE) {
    return absl::ResourceExhaustedError(message);
  }
  return absl::FailedPreconditionError(message);
}

std::string Parent(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

// Its mode is `mode`, whatever the host's umask.
bool MakeOrFind(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) != 0) return errno == EEXIST;
  return chmod(path.c_str(), mode) == 0;
}

// Nearly always all but the last directory exist: try from the end.
absl::Status MakeDirectory(const std::string& path, mode_t mode) {
  if (MakeOrFind(path, mode)) return absl::OkStatus();
  if (errno != ENOENT || path.size() <= 1) return Failed("make the directory", path);
  RETURN_IF_ERROR(MakeDirectory(Parent(path), kDirectoryMode));
  if (MakeOrFind(path, mode)) return absl::OkStatus();
  return Failed("make the directory", path);
}

// One at a time in this process: where the host's umask is strict, a directory between its mkdir
// and its chmod is one that nobody may enter.
absl::Status MakeDirectoryAlone(const std::string& path, mode_t mode) {
  static Mutex* const one_at_a_time = new Mutex();
  MutexLock lock(one_at_a_time);
  return MakeDirectory(path, mode);
}

std::string WithoutTrailingSlashes(const std::string& path) {
  absl::string_view text = path;
  while (text.size() > 1 && absl::ConsumeSuffix(&text, "/")) {
  }
  return std::string(text);
}

bool LeadsTo(const std::string& symlink, const std::string& name) {
  std::string target(name.size() + 1, '\0');
  const ssize_t size = readlink(symlink.c_str(), target.data(), target.size());
  return size == static_cast<ssize_t>(name.size()) && target.compare(0, name.size(), name) == 0;
}

// Relative, so that it also leads there when the work directory has moved. Replaced in one step:
// there is always one that leads somewhere.
absl::Status PointLatestTo(const std::string& path) {
  const std::string folder = Parent(path);
  const std::string name = path.substr(folder.size() + 1);
  const std::string latest = absl::StrCat(folder, "/latest");
  if (LeadsTo(latest, name)) return absl::OkStatus();
  if (symlink(name.c_str(), latest.c_str()) == 0) return absl::OkStatus();
  if (errno != EEXIST) return Failed("make the symlink", latest);
  const std::string fresh = absl::StrCat(folder, "/.latest.", name);
  if (symlink(name.c_str(), fresh.c_str()) != 0 && errno != EEXIST) {
    return Failed("make the symlink", fresh);
  }
  if (rename(fresh.c_str(), latest.c_str()) != 0) return Failed("replace the symlink", latest);
  return absl::OkStatus();
}

// Of an executor's runs, and of the agents that have run here: .../slaves/<agent>/frameworks/
// <framework>/executors/<executor>/runs/<container>.
absl::Status PointLatestToRun(const std::string& path) {
  if (!absl::EndsWith(Parent(path), "/runs")) return absl::OkStatus();
  std::string agent = path;
  for (int i = 0; i < 6; ++i) agent = Parent(agent);
  if (absl::EndsWith(Parent(agent), "/slaves")) {
    static Mutex* const one_at_a_time = new Mutex();
    MutexLock lock(one_at_a_time);
    RETURN_IF_ERROR(PointLatestTo(agent));
  }
  return PointLatestTo(path);
}

absl::StatusOr<std::vector<gid_t>> GroupsOf(const std::string& name, gid_t group) {
  std::vector<gid_t> groups(64);
  int count = static_cast<int>(groups.size());
  while (getgrouplist(name.c_str(), group, groups.data(), &count) < 0) {
    if (count <= static_cast<int>(groups.size())) {
      return absl::InternalError(absl::StrCat("cannot list the groups of user ", Quoted(name)));
    }
    groups.resize(static_cast<size_t>(count));
  }
  groups.resize(static_cast<size_t>(count));
  return groups;
}

absl::StatusOr<passwd> FindAccount(const std::string& name, std::vector<char>* buffer) {
  passwd account = {};
  passwd* found = nullptr;
  buffer->resize(4096);
  int error;
  while ((error = getpwnam_r(name.c_str(), &account, buffer->data(), buffer->size(), &found)) ==
         ERANGE) {
    buffer->resize(buffer->size() * 2);
  }
  if (found != nullptr) return account;
  if (error == 0 || error == ENOENT || error == ESRCH) {
    return absl::InvalidArgumentError(
        absl::StrCat("user names no account of this machine: ", Quoted(name)));
  }
  return absl::UnavailableError(
      absl::StrCat("cannot look up the user ", Quoted(name), ": ", strerror(error)));
}

}  // namespace

absl::Status MakeDirectories(const std::string& path) {
  return MakeDirectoryAlone(WithoutTrailingSlashes(path), kDirectoryMode);
}

absl::StatusOr<std::optional<LaunchUser>> LookUpUser(const std::string& name) {
  if (name.empty()) return std::optional<LaunchUser>();
  std::vector<char> buffer;
  ASSIGN_OR_RETURN(const passwd account, FindAccount(name, &buffer));
  if (account.pw_uid == geteuid()) return std::optional<LaunchUser>();
  if (geteuid() != 0) {
    return absl::InvalidArgumentError(absl::StrCat("user is ", Quoted(name),
                                                   ", but only an agent that runs as root can run "
                                                   "tasks as others; this one runs as uid ",
                                                   geteuid()));
  }
  ASSIGN_OR_RETURN(std::vector<gid_t> groups, GroupsOf(name, account.pw_gid));
  return std::optional<LaunchUser>(LaunchUser{account.pw_uid, account.pw_gid, std::move(groups)});
}

absl::Status MakeSandbox(const std::string& directory, const std::optional<LaunchUser>& owner) {
  const std::string path = WithoutTrailingSlashes(directory);
  RETURN_IF_ERROR(MakeDirectoryAlone(path, kSandboxMode));
  if (owner.has_value()) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd.valid()) return Failed("open the sandbox", path);
    if (fchown(fd.get(), owner->uid, owner->gid) != 0) {
      return Failed(absl::StrCat("hand to uid ", owner->uid, " the sandbox"), path);
    }
  }
  return PointLatestToRun(path);
}

}  // namespace mesos
