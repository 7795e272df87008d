#include "mesoslib/containerizer/runtime_state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/unique_fd.h"
#include "mesoslib/containerizer/sandbox.h"

namespace mesos {
namespace {

absl::Status Failed(absl::string_view what, absl::string_view path) {
  const int error = errno;
  const std::string message = absl::StrCat("cannot ", what, " ", path, ": ", strerror(error));
  if (error == ENOENT) return absl::NotFoundError(message);
  if (error == ENOSPC || error == EDQUOT || error == EMFILE || error == ENFILE) {
    return absl::ResourceExhaustedError(message);
  }
  return absl::FailedPreconditionError(message);
}

// These files are small; more than this is damage.
constexpr size_t kMaxFileBytes = 256;

absl::StatusOr<std::string> ReadSmallFile(const std::string& path) {
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.valid()) return Failed("open", path);
  char buffer[kMaxFileBytes];
  const ssize_t size = read(file.get(), buffer, sizeof(buffer));
  if (size < 0) return Failed("read", path);
  return std::string(buffer, static_cast<size_t>(size));
}

absl::Status Damaged(const std::string& path, absl::string_view text) {
  return absl::DataLossError(absl::StrCat(path, " is damaged: it holds ", Quoted(text)));
}

// With this mode, whatever the host's umask.
bool MakeNew(const std::string& directory) {
  return mkdir(directory.c_str(), 0755) == 0 && chmod(directory.c_str(), 0755) == 0;
}

bool ParsePid(absl::string_view text, pid_t* pid) {
  return absl::SimpleAtoi(text, pid) && *pid > 0;
}

}  // namespace

absl::StatusOr<RuntimeState> RuntimeState::Open(const std::string& runtime_dir) {
  const std::string containers = absl::StrCat(runtime_dir, "/containers");
  RETURN_IF_ERROR(Annotate(MakeDirectories(containers), "runtime_dir"));
  ASSIGN_OR_RETURN(const std::string boot_id, ReadSmallFile("/proc/sys/kernel/random/boot_id"));
  return RuntimeState(containers, std::string(absl::StripSuffix(boot_id, "\n")));
}

std::string RuntimeState::Directory(const ContainerId& id) const {
  return absl::StrCat(containers_, "/", id.value());
}

absl::Status RuntimeState::Prepare(const ContainerId& id) const {
  const std::string path = Directory(id);
  if (MakeNew(path)) return absl::OkStatus();
  if (errno == EEXIST) {
    Remove(id);
    if (MakeNew(path)) return absl::OkStatus();
  }
  return Failed("make the directory", path);
}

absl::Status RuntimeState::WritePid(const ContainerId& id, pid_t supervisor,
                                    uint64_t start_time) const {
  const std::string path = absl::StrCat(Directory(id), "/pid");
  const UniqueFd file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  // The supervisor opens it again, whatever the host's umask.
  if (!file.valid() || fchmod(file.get(), 0644) != 0) return Failed("make", path);
  const std::string text = absl::StrCat(supervisor, " ", start_time, " ", boot_id_, "\n");
  if (write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) {
    return absl::OkStatus();
  }
  return Failed("write", path);
}

absl::StatusOr<ContainerPids> RuntimeState::ReadPids(const ContainerId& id) const {
  const std::string path = absl::StrCat(Directory(id), "/pid");
  ASSIGN_OR_RETURN(const std::string text, ReadSmallFile(path));
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  const std::vector<absl::string_view> words = absl::StrSplit(lines[0], ' ');
  ContainerPids pids;
  // The last element is what follows the last newline: nothing.
  if (lines.size() < 2 || lines.size() > 3 || !lines.back().empty() || words.size() != 3 ||
      !ParsePid(words[0], &pids.supervisor) ||
      !absl::SimpleAtoi(words[1], &pids.supervisor_start_time) ||
      (lines.size() == 3 && !ParsePid(lines[1], &pids.task))) {
    return Damaged(path, text);
  }
  if (words[2] != boot_id_) {
    return absl::NotFoundError(absl::StrCat(path, " was written before the machine's last start"));
  }
  return pids;
}

absl::StatusOr<int> RuntimeState::ReadStatus(const ContainerId& id) const {
  const std::string path = absl::StrCat(Directory(id), "/status");
  ASSIGN_OR_RETURN(const std::string text, ReadSmallFile(path));
  int status;
  if (!absl::EndsWith(text, "\n") || !absl::SimpleAtoi(text, &status)) return Damaged(path, text);
  return status;
}

absl::Status RuntimeState::SetAside(const ContainerId& id, absl::string_view name) const {
  const std::string path = absl::StrCat(Directory(id), "/", name);
  if (rename(path.c_str(), absl::StrCat(path, ".damaged").c_str()) == 0) return absl::OkStatus();
  return Failed("rename", path);
}

absl::StatusOr<std::vector<ContainerId>> RuntimeState::List() const {
  DIR* directory = opendir(containers_.c_str());
  if (directory == nullptr) return Failed("list", containers_);
  std::vector<ContainerId> ids;
  while (const dirent* entry = readdir(directory)) {
    if (entry->d_name[0] != '.') ids.emplace_back(entry->d_name);
  }
  closedir(directory);
  return ids;
}

void RuntimeState::Remove(const ContainerId& id) const {
  const std::string path = Directory(id);
  unlink(absl::StrCat(path, "/pid").c_str());
  unlink(absl::StrCat(path, "/status").c_str());
  if (rmdir(path.c_str()) == 0 || errno == ENOENT) return;
  for (const char* name : {"status.new", "pid.damaged", "status.damaged"}) {
    unlink(absl::StrCat(path, "/", name).c_str());
  }
  rmdir(path.c_str());
}

}  // namespace mesos
