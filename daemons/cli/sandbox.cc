#include "daemons/cli/sandbox.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "daemons/cli/cluster.h"
#include "daemons/cli/text.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::cli {
namespace {

using AgentCall = v1::agent::Call;

// Of what is looked for when the end of a file is.
constexpr uint64_t kMaxLookedAt = uint64_t{64} << 20;

v1::ContainerID ContainerOf(const v1::Task& task) {
  for (int i = task.statuses_size() - 1; i >= 0; --i) {
    const v1::ContainerID& id = task.statuses(i).container_status().container_id();
    if (!id.value().empty()) return id;
  }
  return {};
}

// "/containers/c" of a container within others, "" of one by itself.
std::string BelowExecutor(const v1::ContainerID& container) {
  if (!container.has_parent()) return "";
  return absl::StrCat(BelowExecutor(container.parent()), "/containers/", container.value());
}

std::string RunOf(const v1::ContainerID& container) {
  if (container.has_parent()) return RunOf(container.parent());
  return container.value().empty() ? "latest" : container.value();
}

}  // namespace

std::string SandboxFile::executor() const {
  // A command's executor has its task's id.
  return task_.executor_id().value().empty() ? task_.task_id().value()
                                             : task_.executor_id().value();
}

absl::StatusOr<FilePiece> SandboxFile::ReadAt(const std::string& path, uint64_t offset,
                                              uint64_t length) {
  AgentCall call;
  call.set_type(AgentCall::READ_FILE);
  call.mutable_read_file()->set_path(path);
  call.mutable_read_file()->set_offset(offset);
  call.mutable_read_file()->set_length(std::min(length, kMaxPiece));
  ASSIGN_OR_RETURN(v1::agent::Response response,
                   client_->AskAgent(task_.agent_id().value(), address_, call));
  FilePiece piece;
  piece.size = response.read_file().size();
  piece.data = std::move(*response.mutable_read_file()->mutable_data());
  return piece;
}

absl::StatusOr<SandboxFile> SandboxFile::Find(Client* client, const v1::Task& task,
                                              const std::string& file) {
  ASSIGN_OR_RETURN(const auto agents, GetAgents(client));
  const absl::StatusOr<const AgentEntry*> agent = FindAgent(*agents, task.agent_id().value());
  if (!agent.ok()) {
    return absl::NotFoundError(absl::StrCat("the agent ", Printable(task.agent_id().value()),
                                            ", which has the sandbox, is not registered"));
  }
  ASSIGN_OR_RETURN(std::string address, AddressOf(**agent));
  SandboxFile found(client, task, std::move(address));
  const v1::ContainerID container = ContainerOf(task);
  const std::string below = absl::StrCat("/frameworks/", task.framework_id().value(), "/executors/",
                                         found.executor(), "/runs/");
  const std::string inside = absl::StrCat(BelowExecutor(container), "/", file);
  // The name by which agents give sandboxes to anybody who does not know their work_dir.
  found.path_ = absl::StrCat(below, "latest", inside);
  absl::Status status = found.ReadAt(found.path_, 0, 1).status();
  if (!absl::IsNotFound(status)) {
    RETURN_IF_ERROR(status);
    return found;
  }
  AgentCall call;
  call.set_type(AgentCall::GET_FLAGS);
  v1::agent::Response flags;
  if (auto told = client->AskAgent(task.agent_id().value(), found.address_, call); told.ok()) {
    flags = *std::move(told);
  }
  for (const v1::Flag& flag : flags.get_flags().flags()) {
    if (flag.name() != "work_dir") continue;
    found.path_ = absl::StrCat(flag.value(), "/slaves/", task.agent_id().value(), below,
                               RunOf(container), inside);
    status = found.ReadAt(found.path_, 0, 1).status();
    if (status.ok()) return found;
  }
  if (!absl::IsNotFound(status)) return status;
  return absl::NotFoundError(absl::StrCat("task ", Printable(task.task_id().value()), " has no '",
                                          Printable(file), "' in its sandbox on agent ",
                                          Printable(task.agent_id().value())));
}

absl::StatusOr<FilePiece> SandboxFile::Read(uint64_t offset, uint64_t length) {
  return ReadAt(path_, offset, length);
}

absl::StatusOr<uint64_t> SandboxFile::FindLines(uint64_t lines) {
  ASSIGN_OR_RETURN(const FilePiece first, Read(0, 1));
  const uint64_t size = first.size;
  uint64_t end = size;
  uint64_t seen = 0;
  while (end > 0 && size - end < kMaxLookedAt) {
    uint64_t begin = end - std::min(end, kMaxPiece);
    const uint64_t until = end;
    // An agent may give less than it is asked for.
    std::string block;
    while (begin + block.size() < until) {
      ASSIGN_OR_RETURN(const FilePiece piece,
                       Read(begin + block.size(), until - begin - block.size()));
      if (piece.data.empty()) break;
      block += piece.data;
    }
    block.resize(std::min<size_t>(block.size(), until - begin));
    for (size_t i = block.size(); i > 0; --i) {
      if (block[i - 1] != '\n') continue;
      // The file's last byte ends the last line.
      if (begin + i == size) continue;
      if (++seen == lines) return begin + i;
    }
    end = begin;
  }
  return lines == 0 ? size : end;
}

bool SandboxFile::HasWriter() {
  AgentCall call;
  call.set_type(AgentCall::GET_CONTAINERS);
  const auto response = client_->AskAgent(task_.agent_id().value(), address_, call);
  if (!response.ok()) return true;
  for (const auto& container : response->get_containers().containers()) {
    if (container.framework_id().value() == task_.framework_id().value() &&
        container.executor_id().value() == executor()) {
      return true;
    }
  }
  return false;
}

}  // namespace mesos::cli
