#include "daemons/cli/process_world.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "daemons/cli/text.h"
#include "daemons/leader_location.h"
#include "daemons/process_flags.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::cli {

absl::StatusOr<std::string> FindLeaderAddress(const std::string& zookeeper,
                                              absl::Duration timeout) {
  MasterLocation location{zookeeper};
  absl::string_view path = zookeeper;
  if (absl::ConsumePrefix(&path, "file://")) {
    ASSIGN_OR_RETURN(const std::string text, ReadFlagFile(std::string(path)));
    location.text = std::string(absl::StripAsciiWhitespace(text));
    // A file may name a master, too; it is nobody's leader, but there it is.
    if (!location.is_zookeeper()) return location.text;
  }
  RETURN_IF_ERROR(CheckZooKeeper("master", location));
  ASSIGN_OR_RETURN(const Leader leader, FindLeader(location, timeout, nullptr));
  return LeaderAddress(leader);
}

absl::Status BecomeProgram(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<char*> pointers = {const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  std::error_code ignored;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  if (!self.empty()) {
    const std::string beside = (self.parent_path() / program).string();
    if (access(beside.c_str(), X_OK) == 0) execv(beside.c_str(), pointers.data());
  }
  execvp(program.c_str(), pointers.data());
  if (errno == ENOENT || errno == ENOTDIR) {
    return absl::NotFoundError(
        absl::StrCat("there is no program ", Printable(program), " beside this one or on PATH"));
  }
  return absl::UnavailableError(
      absl::StrCat(Printable(program), " cannot be run: ", strerror(errno)));
}

}  // namespace mesos::cli
