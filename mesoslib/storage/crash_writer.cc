// Commits to the state store in the folder argv[1] until it is killed, and prints each version that
// was answered.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "mesos/event_loop.h"
#include "mesos/state_store.h"

namespace {

void CommitForever(mesos::StateStore* store, uint64_t version) {
  const std::string value = absl::StrCat(version + 1, std::string(1000, '.'));
  store->Commit({{"first", value}, {"second", value}}, version,
                [store](absl::StatusOr<uint64_t> result) {
                  if (!result.ok()) _exit(1);
                  const std::string line = absl::StrCat(*result, "\n");
                  if (write(STDOUT_FILENO, line.data(), line.size()) < 0) _exit(1);
                  CommitForever(store, *result);
                });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return EXIT_FAILURE;
  auto loop = mesos::CreateThreadEventLoop("crash-writer").value();
  auto store = mesos::CreateLevelDbStateStore(argv[1], loop.get());
  if (!store.ok()) return EXIT_FAILURE;
  loop->Post([&store] {
    (*store)->Load([&store](absl::StatusOr<mesos::StateStore::Snapshot> snapshot) {
      if (!snapshot.ok()) _exit(1);
      CommitForever(store->get(), snapshot->version);
    });
  });
  pause();
  return EXIT_FAILURE;
}
