// FileBrowser: files and directories of this machine under virtual paths, to be listed and read by
// people who are not trusted, and which others write who are trusted even less: the tasks whose
// sandboxes these are.
//
//   FileBrowser files({{"/slave/log", {.real = "/var/log/mesos/agent.log"}},
//                      {"/var/lib/mesos/slaves", {.real = "/var/lib/mesos/slaves", .depth = 7}}});
//   files.List("/var/lib/mesos/slaves/S1/frameworks/F1/executors/e1/runs/latest");
//
// What is attached is trusted, and so are the `depth` components below it, which the agent makes.
// From there on the kernel itself keeps a path from leading out, in one step with its lookup
// (openat2: no symlink that is absolute or goes up too far, none of /proc's, no other filesystem).
// Only regular files are opened; what they are is looked at first, without opening.
//
// Threads: any, several at a time; but files may be slow: not for loops and HTTP's threads.
// Errors: InvalidArgument (the path is malformed, or is no directory, or no file), NotFound,
// PermissionDenied (it leads out, or this process may not read it), OutOfRange (a directory with
// too many entries), Unimplemented (a kernel older than 5.6).
#ifndef MESOSLIB_HTTP_FILE_BROWSER_H_
#define MESOSLIB_HTTP_FILE_BROWSER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/base/unique_fd.h"

namespace mesos::http {

class FileBrowser {
 public:
  struct Attached {
    std::string real;  // An absolute path; need not exist yet.
    size_t depth = 0;
  };

  // A regular file, and how large it was when it was opened.
  struct OpenFile {
    UniqueFd fd;
    uint64_t size = 0;
    std::string name;  // The path's last component.
  };

  struct Page {
    uint64_t size = 0;  // Of the whole file.
    std::string data;
  };

  // More is not read at a time.
  static constexpr size_t kMaxPageBytes = 16 * 4096;
  static constexpr size_t kMaxEntries = 100'000;

  // By virtual path, which begins with '/'.
  explicit FileBrowser(std::map<std::string, Attached> attached);

  const std::map<std::string, Attached>& attached() const { return attached_; }

  // What is in a directory, by path. Of a symlink that stays inside, what it leads to.
  absl::StatusOr<std::vector<v1::FileInfo>> List(absl::string_view path) const;
  // Nothing from its end on.
  absl::StatusOr<Page> Read(absl::string_view path, uint64_t offset, uint64_t length) const;
  absl::StatusOr<OpenFile> Open(absl::string_view path) const;

 private:
  struct Found {
    UniqueFd fd;  // O_PATH.
    UniqueFd root;
    std::string below;  // The path from `root`; "." for itself.
    std::string path;   // As it was asked for, without what is redundant.
  };

  absl::StatusOr<Found> Find(absl::string_view path) const;

  std::map<std::string, Attached> attached_;
};

// Whether something may be attached there: "/a/b", without anything redundant.
bool IsVirtualPath(absl::string_view path);

// Up to `length` bytes at `offset`; fewer only at the end. Unavailable: the system cannot read it.
absl::StatusOr<std::string> ReadAt(const UniqueFd& file, uint64_t offset, size_t length);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_FILE_BROWSER_H_
