// Files in a task's sandbox, read from its agent.
#ifndef DAEMONS_CLI_SANDBOX_H_
#define DAEMONS_CLI_SANDBOX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "daemons/cli/client.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::cli {

// A piece of a file, and how long the file is at present.
struct FilePiece {
  std::string data;
  uint64_t size = 0;
};

class SandboxFile {
 public:
  // `file` is relative to the sandbox: "stdout". What it takes to find it is asked of the master
  // and of the agent.
  static absl::StatusOr<SandboxFile> Find(Client* client, const v1::Task& task,
                                          const std::string& file);

  // At most 64 KiB from there on; agents give less where they like. NotFound: there is no such
  // file.
  absl::StatusOr<FilePiece> Read(uint64_t offset, uint64_t length = kMaxPiece);

  // Where the last so many lines begin.
  absl::StatusOr<uint64_t> FindLines(uint64_t lines);

  // Whether the container that writes it is there still; true where the agent does not tell.
  bool HasWriter();

  static constexpr uint64_t kMaxPiece = 64 << 10;

 private:
  SandboxFile(Client* client, const v1::Task& task, std::string address)
      : client_(client), task_(task), address_(std::move(address)) {}

  std::string executor() const;
  absl::StatusOr<FilePiece> ReadAt(const std::string& path, uint64_t offset, uint64_t length);

  Client* client_;
  v1::Task task_;
  std::string address_;
  std::string path_;
};

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_SANDBOX_H_
