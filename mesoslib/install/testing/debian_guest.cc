#include "mesoslib/install/testing/debian_guest.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace mesos {
namespace {

namespace fs = std::filesystem;

// The start of the name of a guest's cgroup; the process that made it follows.
constexpr absl::string_view kCgroup = "mesos-guest-";

std::string Quoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", R"('\'')"}}), "'");
}

absl::Status Cannot(const std::string& why) { return absl::FailedPreconditionError(why); }

// Where this host has cgroups of version 2; empty where it has none.
std::string CgroupRoot() {
  std::ifstream mounts("/proc/self/mounts");
  for (std::string line; std::getline(mounts, line);) {
    const std::vector<std::string> fields = absl::StrSplit(line, ' ');
    if (fields.size() > 2 && fields[2] == "cgroup2") return fields[1];
  }
  return "";
}

// A killed process is gone from its cgroup a moment later than from its parent.
void RemoveCgroup(const std::string& path) {
  Shell(absl::StrCat("for i in {1..1000}; do find ", path, " -depth -type d -exec rmdir {} +; ",
                     "[[ -e ", path, " ]] || exit; sleep 0.01; done"));
}

// What tests that were killed could not remove.
void RemoveStaleCgroups(const std::string& root) {
  for (const auto& entry : fs::directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    if (absl::StartsWith(name, kCgroup) &&
        !fs::exists(absl::StrCat("/proc/", name.substr(kCgroup.size())))) {
      RemoveCgroup(entry.path().string());
    }
  }
}

// What a guest is made of.
absl::Status CheckHost() {
  if (geteuid() != 0) return Cannot("a guest needs root");
  if (!fs::exists("/lib/systemd/systemd")) return Cannot("a guest needs systemd installed");
  const Ran made = Shell(
      "unshare --mount --pid --net --uts --ipc --cgroup --fork bash -ec 'mount -t tmpfs x /mnt; "
      "cd /mnt; mkdir u w r; mount -t overlay -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w x r'");
  if (made.code == 0) return absl::OkStatus();
  return Cannot("a guest needs namespaces and overlays: " + made.output);
}

absl::StatusOr<std::string> MakeCgroup() {
  const std::string root = CgroupRoot();
  if (root.empty()) return Cannot("a guest needs cgroups of version 2");
  RemoveStaleCgroups(root);
  const std::string cgroup = absl::StrCat(root, "/", kCgroup, getpid());
  std::error_code error;
  if (fs::create_directory(cgroup, error)) return cgroup;
  return Cannot(absl::StrCat("a guest needs a cgroup, and cannot make ", cgroup));
}

// The guest's first process: the only child of the one that made the namespaces, once it is systemd
// and can be spoken to.
Ran FindInit(pid_t parent) {
  return Shell(absl::StrCat(
      "for i in {1..1000}; do grep -q ^State:.Z /proc/", parent, "/status && exit 1; ",
      "pid=$(pgrep -P ", parent, ") && ",
      "[[ $(cat /proc/$pid/comm) == systemd && -S /proc/$pid/root/run/systemd/private ]] && ",
      "echo -n $pid && exit; sleep 0.02; done 2>/dev/null; exit 1"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<DebianGuest>> DebianGuest::Boot(const std::string& folder) {
  if (absl::Status status = CheckHost(); !status.ok()) return status;
  absl::StatusOr<std::string> cgroup = MakeCgroup();
  if (!cgroup.ok()) return cgroup.status();
  auto guest = std::unique_ptr<DebianGuest>(new DebianGuest(*cgroup));
  const std::string script = fs::canonical("mesoslib/install/testing/guest.sh").string();
  guest->process_ = TestProcess::Start("/bin/bash", {script, *cgroup, folder}, 0);
  const Ran init = FindInit(guest->process_->pid());
  if (init.code != 0) {
    guest->process_->Signal(9);
    guest->process_->WaitForExit();
    return absl::InternalError("the guest does not come up: " + guest->process_->output());
  }
  guest->enter_ = absl::StrCat("nsenter --target ", init.output,
                               " --all env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "
                               "LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive bash -c ");
  const Ran up = guest->Run("systemctl start guest.target");
  if (up.code != 0) return absl::InternalError("the guest does not answer: " + up.output);
  return guest;
}

DebianGuest::~DebianGuest() {
  process_.reset();
  RemoveCgroup(cgroup_);
}

Ran DebianGuest::Run(const std::string& script) const {
  return Shell(absl::StrCat(enter_, Quoted("cd /\n" + script)));
}

}  // namespace mesos
