// Host: what a server tells of the program it is in, rather than of its master or agent.
#ifndef MESOSLIB_HTTP_HOST_H_
#define MESOSLIB_HTTP_HOST_H_

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "mesos/http.h"
#include "mesoslib/http/background.h"
#include "mesoslib/http/file_browser.h"

namespace mesos::http {

struct Host {
  std::map<std::string, std::string> flags;
  LoggingLevel* logging_level = nullptr;  // May be null.
  std::string work_dir;                   // The agent's; may be empty.
  absl::Time start_time = absl::UnixEpoch();
  FileBrowser files{{}};
  // Where files are read: they may be slow, and keep nothing else waiting.
  Background file_work;
};

// Shared by all handlers; never changes.
using HostPtr = std::shared_ptr<const Host>;

// What is attached for these options: their files, and the sandboxes below their work_dir.
inline std::map<std::string, FileBrowser::Attached> AttachedFiles(
    const HttpServerOptions& options) {
  std::map<std::string, FileBrowser::Attached> attached;
  if (!options.work_dir.empty()) {
    const std::string agents = options.work_dir + "/slaves";
    // ID/frameworks/ID/executors/ID/runs/ID; each sandbox for itself, so that none leads to
    // another.
    attached[agents] = {.real = agents, .depth = 7};
    attached["/frameworks"] = {.real = agents + "/latest/frameworks", .depth = 5};
  }
  for (const auto& [path, real] : options.files) attached[path] = {.real = real};
  return attached;
}

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_HOST_H_
