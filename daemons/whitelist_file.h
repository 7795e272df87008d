// --whitelist: a file with one hostname a line, which is read again every five seconds.
#ifndef DAEMONS_WHITELIST_FILE_H_
#define DAEMONS_WHITELIST_FILE_H_

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesos/log.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"

namespace mesos {

class WhitelistFile {
 public:
  using Hostnames = std::set<std::string>;
  using Changed = std::function<void(Hostnames)>;

  static constexpr absl::Duration kInterval = absl::Seconds(5);

  // Whether the flag names a file: it does not where it is empty or '*', which stand for no
  // whitelist.
  static bool IsNamedBy(absl::string_view flag);

  // Reads the file, `flag`'s path or file:///path, and tells `changed` what it lists, now and, on
  // the loop, whenever it lists something else. While it cannot be read the last list stays, which
  // is logged. Reading blocks: the loop is not the master's. InvalidArgument names a file that
  // cannot be read now.
  static absl::StatusOr<std::unique_ptr<WhitelistFile>> Open(absl::string_view flag,
                                                             EventLoop* loop, LogSink* log,
                                                             Changed changed);
  // Any thread; `changed` is not called afterwards.
  ~WhitelistFile();

 private:
  WhitelistFile(std::string path, EventLoop* loop, LogSink* log, Changed changed);
  // In the constructor and on the loop.
  void Take(Hostnames hostnames);
  void ReadLater();

  const std::string path_;
  EventLoop* const loop_;
  const Logger log_;
  const Changed changed_;
  Hostnames hostnames_;
  bool unreadable_ = false;
  std::unique_ptr<Lifetime> lifetime_ = std::make_unique<Lifetime>();
};

}  // namespace mesos

#endif  // DAEMONS_WHITELIST_FILE_H_
