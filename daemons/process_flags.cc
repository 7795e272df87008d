#include "daemons/process_flags.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "absl/strings/string_view.h"

namespace mesos {
namespace {

constexpr size_t kMaxFileBytes = 16 << 20;

}  // namespace

absl::Status ParseProcessFlags(int argc, char** argv, FlagSet* flags) {
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) arguments.emplace_back(argv[i]);
  return flags->Parse(arguments, {ProcessEnvironment(), ReadFlagFile});
}

std::map<std::string, std::string> ProcessEnvironment() {
  std::map<std::string, std::string> environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const absl::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals == absl::string_view::npos) continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

absl::StatusOr<std::string> ReadFlagFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return absl::InvalidArgumentError(strerror(errno));
  std::string content;
  char buffer[16384];
  ssize_t size = 0;
  do {
    size = read(file, buffer, sizeof(buffer));
    if (size > 0) content.append(buffer, static_cast<size_t>(size));
  } while ((size > 0 && content.size() <= kMaxFileBytes) || (size < 0 && errno == EINTR));
  const int error = size < 0 ? errno : 0;
  close(file);
  if (error != 0) return absl::InvalidArgumentError(strerror(error));
  if (content.size() > kMaxFileBytes) return absl::InvalidArgumentError("larger than 16 MiB");
  return content;
}

}  // namespace mesos
