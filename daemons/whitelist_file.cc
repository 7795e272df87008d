#include "daemons/whitelist_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/unique_fd.h"

namespace mesos {
namespace {

// More than a hundred thousand names; what is larger is another file.
constexpr size_t kMaxBytes = 16 << 20;

absl::StatusOr<std::string> ReadText(const std::string& path) {
  auto bad = [&path](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat("--whitelist: ", Quoted(path),
                                                   " cannot be read: ", why,
                                                   "; expected a file with one hostname a line"));
  };
  // What is no file, a pipe for one, must not make us wait.
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat is;
  if (!file.valid() || fstat(file.get(), &is) != 0) return bad(strerror(errno));
  if (!S_ISREG(is.st_mode)) return bad("it is no regular file");
  std::string text;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t count = read(file.get(), buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return bad(strerror(errno));
    if (count == 0) return text;
    text.append(buffer, count);
    if (text.size() > kMaxBytes) return bad("it has more than 16 MB");
  }
}

absl::StatusOr<WhitelistFile::Hostnames> ReadHostnames(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadText(path));
  WhitelistFile::Hostnames hostnames;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (!line.empty()) hostnames.emplace(line);
  }
  return hostnames;
}

}  // namespace

bool WhitelistFile::IsNamedBy(absl::string_view flag) { return !flag.empty() && flag != "*"; }

absl::StatusOr<std::unique_ptr<WhitelistFile>> WhitelistFile::Open(absl::string_view flag,
                                                                   EventLoop* loop, LogSink* log,
                                                                   Changed changed) {
  const std::string path(absl::StripPrefix(flag, "file://"));
  ASSIGN_OR_RETURN(Hostnames hostnames, ReadHostnames(path));
  std::unique_ptr<WhitelistFile> file(new WhitelistFile(path, loop, log, std::move(changed)));
  file->Take(std::move(hostnames));
  RunOn(loop, [&file] { file->ReadLater(); });
  return file;
}

WhitelistFile::WhitelistFile(std::string path, EventLoop* loop, LogSink* log, Changed changed)
    : path_(std::move(path)), loop_(loop), log_(log), changed_(std::move(changed)) {}

WhitelistFile::~WhitelistFile() {
  RunOn(loop_, [this] { lifetime_ = nullptr; });
}

void WhitelistFile::Take(Hostnames hostnames) {
  hostnames_ = std::move(hostnames);
  if (hostnames_.empty()) {
    log_.Warning("--whitelist: ", Quoted(path_), " lists nobody: no agent is offered");
  }
  changed_(hostnames_);
}

void WhitelistFile::ReadLater() {
  loop_->PostAt(loop_->Now() + kInterval, lifetime_->Guard([this] {
    absl::StatusOr<Hostnames> hostnames = ReadHostnames(path_);
    if (!hostnames.ok() && !unreadable_) {
      log_.Warning(hostnames.status().message(), "; the last list stays");
    }
    unreadable_ = !hostnames.ok();
    if (hostnames.ok() && *hostnames != hostnames_) Take(*std::move(hostnames));
    ReadLater();
  }));
}

}  // namespace mesos
