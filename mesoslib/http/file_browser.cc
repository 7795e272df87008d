#include "mesoslib/http/file_browser.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::http {
namespace {

using Components = std::vector<absl::string_view>;

// The kernel knows no longer ones.
constexpr size_t kMaxPathBytes = 4096;

absl::Status Failed(absl::string_view path) {
  const int error = errno;
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError(absl::StrCat("there is no file at path ", Quoted(path)));
    case EXDEV:
      return absl::PermissionDeniedError(
          absl::StrCat("path ", Quoted(path), " leads out of what is shown here"));
    case ELOOP:
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(
          absl::StrCat("path ", Quoted(path), " cannot be read: ", strerror(error)));
    case ENOSYS:
      return absl::UnimplementedError("files are shown on Linux 5.6 and later only");
    case ENAMETOOLONG:
      return absl::InvalidArgumentError(
          absl::StrCat("path is ", path.size(), " bytes long, or one of its names is too long"));
    default:
      return absl::UnavailableError(
          absl::StrCat("path ", Quoted(path), " cannot be read: ", strerror(error)));
  }
}

// InvalidArgument: what no virtual path looks like.
absl::StatusOr<Components> Split(absl::string_view path) {
  if (path.empty() || path.front() != '/') {
    return absl::InvalidArgumentError(
        absl::StrCat("path is ", Quoted(path), ", expected one that begins with '/'"));
  }
  if (path.size() >= kMaxPathBytes || absl::StrContains(path, absl::string_view("\0", 1))) {
    return absl::InvalidArgumentError(absl::StrCat("path is ", Quoted(path), ", expected one of ",
                                                   kMaxPathBytes - 1, " bytes, none of them 0"));
  }
  Components components = absl::StrSplit(path, '/', absl::SkipEmpty());
  components.erase(std::remove(components.begin(), components.end(), "."), components.end());
  if (std::find(components.begin(), components.end(), "..") != components.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("path is ", Quoted(path), ", expected one without '..'"));
  }
  return components;
}

std::string Join(absl::string_view root, Components::const_iterator begin,
                 Components::const_iterator end) {
  std::string path(root);
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  for (auto component = begin; component != end; ++component) {
    absl::StrAppend(&path, path == "/" ? "" : "/", *component);
  }
  return path;
}

UniqueFd OpenBelow(const UniqueFd& root, const std::string& below, int flags) {
  open_how how = {};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  long fd = -1;
  // EAGAIN: something was renamed on the way, and whether it leads out is not known.
  for (int attempt = 0; attempt < 100 && fd < 0; ++attempt) {
    fd = syscall(SYS_openat2, root.get(), below.c_str(), &how, sizeof(how));
    if (fd < 0 && errno != EAGAIN && errno != EINTR) break;
  }
  return UniqueFd(static_cast<int>(fd));
}

// Of whoever owns files; asked once for each.
class Names {
 public:
  std::string User(uid_t id) {
    return Name(id, &users_, [](uid_t uid, char* buffer, size_t size) {
      passwd account = {};
      passwd* found = nullptr;
      getpwuid_r(uid, &account, buffer, size, &found);
      return found == nullptr ? std::string() : std::string(found->pw_name);
    });
  }
  std::string Group(gid_t id) {
    return Name(id, &groups_, [](gid_t gid, char* buffer, size_t size) {
      group account = {};
      group* found = nullptr;
      getgrgid_r(gid, &account, buffer, size, &found);
      return found == nullptr ? std::string() : std::string(found->gr_name);
    });
  }

 private:
  template <typename LookUp>
  std::string Name(uint32_t id, std::map<uint32_t, std::string>* known, LookUp look_up) {
    auto [entry, fresh] = known->try_emplace(id);
    if (fresh) {
      std::vector<char> buffer(16 << 10);
      entry->second = look_up(id, buffer.data(), buffer.size());
      if (entry->second.empty()) entry->second = absl::StrCat(id);
    }
    return entry->second;
  }

  std::map<uint32_t, std::string> users_;
  std::map<uint32_t, std::string> groups_;
};

v1::FileInfo Describe(std::string path, const struct stat& found, Names* names) {
  v1::FileInfo info;
  info.set_path(std::move(path));
  info.set_nlink(static_cast<int32_t>(found.st_nlink));
  info.set_size(static_cast<uint64_t>(found.st_size));
  info.mutable_mtime()->set_nanoseconds(int64_t{found.st_mtim.tv_sec} * 1'000'000'000 +
                                        found.st_mtim.tv_nsec);
  info.set_mode(found.st_mode);
  info.set_uid(names->User(found.st_uid));
  info.set_gid(names->Group(found.st_gid));
  return info;
}

// Of a symlink that stays inside, what it leads to. None: it is not there any more.
std::optional<struct stat> StatEntry(const UniqueFd& directory, const UniqueFd& root,
                                     const std::string& below, const char* name) {
  struct stat found = {};
  if (fstatat(directory.get(), name, &found, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  if (!S_ISLNK(found.st_mode)) return found;
  const UniqueFd target = OpenBelow(root, absl::StrCat(below, "/", name), O_PATH);
  struct stat led = {};
  if (target.valid() && fstat(target.get(), &led) == 0) return led;
  return found;
}

// What an O_PATH descriptor stands for, opened; nobody can put something else in its place.
UniqueFd Reopen(const UniqueFd& found, int flags) {
  const std::string path = absl::StrCat("/proc/self/fd/", found.get());
  return UniqueFd(open(path.c_str(), flags | O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

}  // namespace

FileBrowser::FileBrowser(std::map<std::string, Attached> attached)
    : attached_(std::move(attached)) {}

absl::StatusOr<FileBrowser::Found> FileBrowser::Find(absl::string_view path) const {
  ASSIGN_OR_RETURN(const Components components, Split(path));
  // The longest virtual path that this one begins with.
  for (size_t count = components.size(); count > 0; --count) {
    const auto split = components.begin() + static_cast<ptrdiff_t>(count);
    const auto attached = attached_.find(Join("/", components.begin(), split));
    if (attached == attached_.end()) continue;
    const size_t left = components.size() - count;
    const auto own = split + static_cast<ptrdiff_t>(std::min(attached->second.depth, left));
    Found found;
    found.path = Join("/", components.begin(), components.end());
    found.root =
        UniqueFd(open(Join(attached->second.real, split, own).c_str(), O_PATH | O_CLOEXEC));
    if (!found.root.valid()) return Failed(found.path);
    found.below = own == components.end() ? "." : absl::StrJoin(own, components.end(), "/");
    if (found.below == ".") {
      found.fd = UniqueFd(fcntl(found.root.get(), F_DUPFD_CLOEXEC, 0));
    } else {
      found.fd = OpenBelow(found.root, found.below, O_PATH);
    }
    if (!found.fd.valid()) return Failed(found.path);
    return found;
  }
  return absl::NotFoundError(absl::StrCat("there is no file at path ", Quoted(path)));
}

absl::StatusOr<std::vector<v1::FileInfo>> FileBrowser::List(absl::string_view path) const {
  ASSIGN_OR_RETURN(const Found found, Find(path));
  UniqueFd opened = Reopen(found.fd, O_DIRECTORY);
  if (!opened.valid() && errno == ENOTDIR) {
    return absl::InvalidArgumentError(
        absl::StrCat("path is ", Quoted(path), ", expected that of a directory"));
  }
  if (!opened.valid()) return Failed(path);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(opened.get()), closedir);
  if (stream == nullptr) return Failed(path);
  const UniqueFd directory(fcntl(opened.get(), F_DUPFD_CLOEXEC, 0));
  opened.Release();  // The stream closes it.
  if (!directory.valid()) return Failed(path);
  Names names;
  std::map<std::string, v1::FileInfo> files;
  while (const dirent* entry = readdir(stream.get())) {
    const std::string name(entry->d_name);
    if (name == "." || name == "..") continue;
    if (files.size() == kMaxEntries) {
      return absl::OutOfRangeError(absl::StrCat("path is ", Quoted(path), ", which has more than ",
                                                kMaxEntries, " entries; expected fewer"));
    }
    const auto about = StatEntry(directory, found.root, found.below, entry->d_name);
    if (!about.has_value()) continue;
    files.emplace(name, Describe(absl::StrCat(found.path, "/", name), *about, &names));
  }
  std::vector<v1::FileInfo> list;
  list.reserve(files.size());
  for (auto& [name, info] : files) list.push_back(std::move(info));
  return list;
}

absl::StatusOr<FileBrowser::OpenFile> FileBrowser::Open(absl::string_view path) const {
  ASSIGN_OR_RETURN(const Found found, Find(path));
  struct stat about = {};
  if (fstat(found.fd.get(), &about) != 0) return Failed(path);
  if (!S_ISREG(about.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("path is ", Quoted(path), ", ",
                     S_ISDIR(about.st_mode) ? "a directory" : "neither a file nor a directory",
                     "; expected that of a regular file"));
  }
  OpenFile file;
  file.fd = Reopen(found.fd, 0);
  if (!file.fd.valid()) return Failed(path);
  file.size = static_cast<uint64_t>(about.st_size);
  file.name = found.path.substr(found.path.rfind('/') + 1);
  return file;
}

absl::StatusOr<FileBrowser::Page> FileBrowser::Read(absl::string_view path, uint64_t offset,
                                                    uint64_t length) const {
  ASSIGN_OR_RETURN(const OpenFile file, Open(path));
  Page page;
  page.size = file.size;
  if (offset >= page.size) return page;
  const uint64_t wanted = std::min({length, page.size - offset, uint64_t{kMaxPageBytes}});
  ASSIGN_OR_RETURN(page.data, ReadAt(file.fd, offset, static_cast<size_t>(wanted)));
  return page;
}

bool IsVirtualPath(absl::string_view path) {
  const absl::StatusOr<Components> components = Split(path);
  return components.ok() && !components->empty() &&
         Join("/", components->begin(), components->end()) == path;
}

absl::StatusOr<std::string> ReadAt(const UniqueFd& file, uint64_t offset, size_t length) {
  std::string data(length, '\0');
  size_t filled = 0;
  while (filled < length) {
    const ssize_t got = pread(file.get(), data.data() + filled, length - filled,
                              static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::UnavailableError(absl::StrCat("cannot read: ", strerror(errno)));
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  data.resize(filled);
  return data;
}

}  // namespace mesos::http
