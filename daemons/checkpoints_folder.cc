#include "daemons/checkpoints_folder.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/notification.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

namespace fs = std::filesystem;

// Some damage shows only when everything is read.
absl::Status ReadAll(StateStore* store, EventLoop* loop) {
  absl::Status result;
  Notification done;
  loop->Post([&] {
    store->Load([&](absl::StatusOr<StateStore::Snapshot> snapshot) {
      result = snapshot.status();
      done.Notify();
    });
  });
  done.WaitForNotification();
  return result;
}

absl::StatusOr<std::unique_ptr<StateStore>> OpenWhole(const std::string& path, EventLoop* loop) {
  ASSIGN_OR_RETURN(std::unique_ptr<StateStore> store, CreateLevelDbStateStore(path, loop));
  absl::Status readable = ReadAll(store.get(), loop);
  if (readable.ok()) return store;
  RunOn(loop, [&store] { store.reset(); });
  return readable;
}

absl::StatusOr<std::string> SetAside(const std::string& path) {
  std::error_code error;
  for (int number = 1;; ++number) {
    const std::string aside = absl::StrCat(path, ".damaged-", number);
    if (fs::exists(aside, error)) continue;
    fs::rename(path, aside, error);
    if (!error) return aside;
    return absl::UnavailableError(
        absl::StrCat("cannot rename ", Quoted(path), " to ", Quoted(aside), ": ", error.message()));
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<StateStore>> OpenCheckpoints(const std::string& path, bool strict,
                                                            EventLoop* loop, LogSink* log) {
  absl::StatusOr<std::unique_ptr<StateStore>> store = OpenWhole(path, loop);
  if (!absl::IsDataLoss(store.status())) return store;
  const std::string lost = absl::StrCat(store.status().message(),
                                        ". Lost with it: the agent's id, and what it knows of its "
                                        "tasks; containers that still run are "
                                        "ended");
  if (strict) {
    return absl::DataLossError(absl::StrCat(lost,
                                            ". Nothing was changed. To go on as a new agent start "
                                            "once with --strict=false: the folder is "
                                            "renamed, not deleted"));
  }
  ASSIGN_OR_RETURN(const std::string aside, SetAside(path));
  Logger(log).Error(lost, ". The folder is now ", Quoted(aside));
  return CreateLevelDbStateStore(path, loop);
}

}  // namespace mesos
