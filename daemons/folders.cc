#include "daemons/folders.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/base/logger.h"

namespace mesos {

absl::StatusOr<std::string> MakeFolder(const std::string& flag, const std::string& path) {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::absolute(path, error).lexically_normal();
  if (!folder.has_filename() && folder.has_relative_path()) folder = folder.parent_path();
  if (!error && !path.empty()) {
    std::filesystem::create_directories(folder, error);
    if (!error && std::filesystem::is_directory(folder, error)) return folder.string();
  }
  return absl::InvalidArgumentError(absl::StrCat("--", flag, ": ", Quoted(path),
                                                 " is no folder and cannot be made one",
                                                 error ? absl::StrCat(": ", error.message()) : ""));
}

absl::StatusOr<UniqueFd> HoldFolder(const std::string& path) {
  const std::string file = absl::StrCat(path, "/HOLDER");
  UniqueFd descriptor(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!descriptor.valid()) {
    return absl::InvalidArgumentError(absl::StrCat("cannot write ", file, ": ", strerror(errno)));
  }
  if (flock(descriptor.get(), LOCK_EX | LOCK_NB) == 0) return descriptor;
  return absl::FailedPreconditionError(absl::StrCat(path, " is held by another process"));
}

}  // namespace mesos
