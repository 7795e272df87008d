#include "daemons/package_upload.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

// Runs `hadoop fs ARGUMENTS` to its end: its exit code.
absl::StatusOr<int> Run(const std::string& hadoop, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {hadoop, "fs"});
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, hadoop.c_str(), nullptr, nullptr, argv.data(), environ);
  if (failed != 0) {
    return absl::UnavailableError(
        absl::StrCat("--hadoop is ", Quoted(hadoop), ": ", strerror(failed)));
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  // As a shell has it.
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

absl::Status RunWell(const std::string& hadoop, const std::vector<std::string>& arguments) {
  ASSIGN_OR_RETURN(const int code, Run(hadoop, arguments));
  if (code == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("'", hadoop, " fs ", absl::StrJoin(arguments, " "),
                                             "' has failed with exit code ", code));
}

}  // namespace

absl::Status Upload(const PackageUpload& upload) {
  ASSIGN_OR_RETURN(const int absent, Run(upload.hadoop, {"-test", "-e", upload.uri}));
  // 1: it is not there. All else is a failure, such as 127 of a shell, or 255 of Java.
  if (absent != 0 && absent != 1) {
    return absl::UnavailableError(absl::StrCat("'", upload.hadoop, " fs -test -e ", upload.uri,
                                               "' has failed with exit code ", absent));
  }
  if (absent == 0) {
    if (!upload.overwrite) {
      return absl::AlreadyExistsError(absl::StrCat(upload.uri, " exists; --overwrite replaces it"));
    }
    RETURN_IF_ERROR(RunWell(upload.hadoop, {"-rm", upload.uri}));
  }
  return RunWell(upload.hadoop, {"-copyFromLocal", upload.package, upload.uri});
}

}  // namespace mesos
