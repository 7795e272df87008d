// The Debian packages on a machine of their own: installed, run by systemd, upgraded, purged.
#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/install/shell.h"
#include "mesoslib/install/testing/debian_guest.h"
#include "mesoslib/install/testing/debian_packages.h"

namespace mesos {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kPackages[] = "libmesoslib1 libmesoslib-dev mesos-master mesos-agent mesos-tools";

// Ends when the command succeeds, at the latest after 30 s.
std::string Until(const std::string& command) {
  return absl::StrCat("for i in {1..1500}; do if ", command,
                      "; then exit 0; fi; sleep 0.02; done 2>/dev/null; exit 1");
}

class DebGuestTest : public testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<DebianGuest>> guest = DebianGuest::Boot(Packages().folder);
    if (absl::IsFailedPrecondition(guest.status())) GTEST_SKIP() << guest.status().message();
    ASSERT_TRUE(guest.ok()) << guest.status();
    guest_ = *std::move(guest);
  }

  // What the script prints; a failure of the test where it fails.
  std::string Run(const std::string& script) {
    const Ran ran = guest_->Run(script);
    EXPECT_EQ(ran.code, 0) << script << "\n" << ran.output;
    return ran.output;
  }

  void Install() { Run("dpkg -i /packages/*.deb"); }

  // As the README says.
  void Configure() {
    Run("echo MESOS_MASTER=127.0.0.1:5050 >>/etc/default/mesos-agent && "
        "systemctl enable --quiet --now mesos-agent");
  }

  // A task that ends by itself only after an hour. It is told of in /tmp/task.
  void StartLongTask() {
    Run("mesos-execute --master=127.0.0.1:5050 --name=long --checkpoint --command='exec sleep "
        "3600' "
        "</dev/null >/tmp/task 2>&1 & disown");
    Run(Until("grep -q TASK_RUNNING /tmp/task && pgrep -f '^sleep 3600' >/tmp/pid"));
  }

  std::unique_ptr<DebianGuest> guest_;
};

TEST_F(DebGuestTest, WhatIsInstalledIsWhatWasPackaged) {
  Install();
  EXPECT_THAT(Run(absl::StrCat("dpkg --audit; dpkg --verify ", kPackages)), IsEmpty());
  EXPECT_THAT(Run("ldconfig -p"), HasSubstr("libmesoslib.so.1"));
  EXPECT_THAT(Run("getent passwd mesos-master"),
              ContainsRegex("^mesos-master:x:[1-9][0-9]*:[1-9].*:/usr/sbin/nologin\n$"));
  EXPECT_THAT(Run("mesos-local --version"), HasSubstr("1.12.0"));
  EXPECT_THAT(Run("env -u DEBIAN_FRONTEND systemd-sysusers --dry-run mesos-master.conf"), IsEmpty())
      << "the account is made as sysusers would";
}

TEST_F(DebGuestTest, AProgramIsCompiledAgainstTheDevelopmentPackage) {
  Install();
  const std::string output = Run(R"(cat >/tmp/x.cc <<'END'
#include <cstdio>
#include "mesos/resources.h"
#include "mesos/version.h"
int main() {
  const auto resources = mesos::Resources::Parse("cpus:2;mem:64");
  std::printf("%s with %s\n", resources.value().ToString().c_str(), mesos::LibraryVersion().data());
  return mesos::CheckVersion().ok() ? 0 : 1;
}
END
g++ -o /tmp/x /tmp/x.cc $(pkg-config --cflags --libs mesoslib) && /tmp/x)");
  EXPECT_THAT(output, HasSubstr("cpus:2; mem:64 with 1.12.0"));
}

TEST_F(DebGuestTest, SystemdHasNothingToSayAgainstTheUnits) {
  Install();
  EXPECT_THAT(Run("systemd-analyze verify /lib/systemd/system/mesos-{master,agent}.service"),
              IsEmpty());
}

TEST_F(DebGuestTest, TheMasterRunsAtOnceWithFewRightsAndTheAgentDoesNot) {
  Install();
  Run(Until("journalctl -u mesos-master | grep -q 'the master leads'"));
  EXPECT_EQ(Run("systemctl is-enabled mesos-master; systemctl is-active mesos-master"),
            "enabled\nactive\n");
  const std::string rights =
      Run("pid=$(systemctl show -P MainPID mesos-master); ps -o user= $pid | tr -d ' '; "
          "grep -E 'CapEff|CapBnd|NoNewPrivs|Seccomp:' /proc/$pid/status");
  EXPECT_THAT(rights, ContainsRegex("^mesos-m[a-z+-]*\nCapEff:\t0+\nCapBnd:\t0+\nNoNewPrivs:\t1\n"
                                    "Seccomp:\t2\n$"));
  EXPECT_EQ(Run("stat -c '%U:%G %a' /var/lib/mesos-master"), "mesos-master:mesos-master 700\n");
  EXPECT_EQ(Run("systemctl is-enabled mesos-agent; systemctl is-active mesos-agent; true"),
            "disabled\ninactive\n");
}

TEST_F(DebGuestTest, ATaskRunsOnceTheAgentKnowsItsMaster) {
  Install();
  Configure();
  EXPECT_THAT(Run("timeout 30 mesos-execute --master=127.0.0.1:5050 --command=true"),
              HasSubstr("TASK_FINISHED"));
  EXPECT_EQ(Run("ps -o user= $(systemctl show -P MainPID mesos-agent)"), "root\n");
  Run("systemctl stop mesos-agent mesos-master");
  EXPECT_EQ(Run("systemctl show -P ActiveState -P Result mesos-agent mesos-master"),
            "success\ninactive\n\nsuccess\ninactive\n");
}

TEST_F(DebGuestTest, AMasterComesBackAfterACrashAndWithItsPortFromTheSettings) {
  Install();
  Run("echo MESOS_GRPC_PORT=7777 >>/etc/default/mesos-master; systemctl restart mesos-master");
  Run(Until("journalctl -u mesos-master | grep -q 'gRPC listens on port 7777'"));
  const std::string before = Run("systemctl show -P MainPID mesos-master");
  Run("systemctl kill --signal=KILL mesos-master");
  Run(
      Until("[[ $(systemctl show -P NRestarts mesos-master) == 1 ]] && "
            "systemctl --quiet is-active mesos-master"));
  EXPECT_NE(Run("systemctl show -P MainPID mesos-master"), before);
}

TEST_F(DebGuestTest, TasksGoOnWhileTheirAgentIsUpgradedAndEndWhenItIsRemoved) {
  Install();
  Configure();
  StartLongTask();
  const std::string before = Run("systemctl show -P MainPID mesos-agent");
  Run("dpkg -i /packages/mesos-agent_*.deb");
  EXPECT_NE(Run("systemctl show -P MainPID mesos-agent"), before);
  EXPECT_EQ(Run("pgrep -f '^sleep 3600'"), Run("cat /tmp/pid"));
  Run("grep -q ^MESOS_MASTER /etc/default/mesos-agent");
  Run(Until(
      "journalctl -u mesos-agent | grep -q 're-registered\\|registered again\\|with 1 container'"));

  EXPECT_THAT(Run("dpkg --remove mesos-agent"), HasSubstr("ending the tasks of this agent"));
  EXPECT_EQ(guest_->Run("pgrep -f '^sleep 3600'").code, 1);
  Run(Until("! pgrep -x mesos-execute"));
  EXPECT_THAT(Run("cat /tmp/task"), ContainsRegex("TASK_(KILLED|FAILED|GONE|LOST)"));
}

TEST_F(DebGuestTest, PackagesAreInstalledWhereSystemdDoesNotRun) {
  Run(
      absl::StrCat("unshare --mount bash -ec 'mount -t tmpfs x /run; dpkg -i /packages/*.deb; "
                   "dpkg --purge ",
                   kPackages, "'"));
  EXPECT_EQ(guest_->Run("pgrep -x mesos-master").code, 1);
}

// What may be new is what dpkg, the loader and the tools for accounts keep for themselves.
TEST_F(DebGuestTest, APurgeLeavesNothingBehind) {
  const std::string list =
      "find /mnt/upper '(' ! -type d -o -iname '*mesos*' ')' | grep -Ev '^/mnt/upper/("
      "var/lib/dpkg/|var/log/|var/cache/ldconfig/|etc/ld.so.cache$|etc/.pwd.lock$|"
      "etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$)' | sort >/mnt/";
  Run("cp -a /etc /mnt/etc; " + list + "before");
  Install();
  Configure();
  StartLongTask();
  Run("test -d /var/lib/mesos-agent/meta -a -d /var/lib/mesos-master/registry");
  Run(absl::StrCat("dpkg --purge ", kPackages));
  EXPECT_THAT(Run("ps -eo args | grep -E '^(/usr/sbin/mesos|mesos-cont|sleep 3600)'; true"),
              IsEmpty());
  EXPECT_THAT(Run(list + "after; comm -13 /mnt/before /mnt/after"), IsEmpty());
  EXPECT_THAT(Run("diff -r --no-dereference -x '*-' -x ld.so.cache -x .pwd.lock /mnt/etc /etc"),
              IsEmpty());
  EXPECT_THAT(Run("ls -d /run/mesos* 2>/dev/null; dpkg-query -l | grep mesos; true"), IsEmpty());
}

TEST_F(DebGuestTest, BashCompletesTheFlagsThatTheProgramsTellOf) {
  Install();
  const std::string complete = R"(
complete_word() {
  source /usr/share/bash-completion/completions/$1
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
  complete -p $1 | grep -q -- '-F _mesos_flags' && _mesos_flags 2>/dev/null
  echo "${COMPREPLY[@]}"
}
)";
  EXPECT_EQ(Run(complete + "complete_word mesos-master --work"), "--work_dir=\n");
  EXPECT_EQ(Run(complete + "complete_word mesos-agent --ip=1.2.3.4 --recovery_t"),
            "--recovery_timeout=\n");
  EXPECT_EQ(Run(complete + "complete_word mesos-execute --no-s"), "--no-shell\n");
  EXPECT_EQ(Run(complete + "complete_word mesos-local --num"), "--num_agents=\n");
  EXPECT_EQ(Run(complete + "complete_word mesos-master --work_dir=/tm"), "\n") << "files complete";
}

TEST_F(DebGuestTest, ZshCompletesTheFlagsThatTheProgramsTellOf) {
  if (guest_->Run("command -v zsh").code != 0) GTEST_SKIP() << "zsh is not installed";
  Install();
  // An interactive shell, into which the line and a tab are typed; ^X tells what has become of it.
  const auto complete = [this](const std::string& line) {
    return Run(absl::StrCat(R"(cat >/tmp/type.zsh <<'END'
zmodload zsh/zpty
zpty shell zsh -f -i
tell='tell() { print -r -- "[$BUFFER]" >/tmp/line.new; mv /tmp/line.new /tmp/line }; zle -N tell'
zpty -w shell "autoload -U compinit; compinit -u -D; $tell; bindkey '^X' tell; touch /tmp/ready"
repeat 1000 { [[ -e /tmp/ready ]] && break; sleep 0.02 }
zpty -w -n shell ')",
                            line, R"('$'\t\x18'
repeat 1000 { [[ -e /tmp/line ]] && break; sleep 0.02 }
zpty -d shell
END
rm -f /tmp/line /tmp/ready; zsh -f /tmp/type.zsh >/dev/null 2>&1; cat /tmp/line)"));
  };
  EXPECT_THAT(complete("mesos-master --work_d"), HasSubstr("[mesos-master --work_dir="));
  EXPECT_THAT(complete("mesos-agent --no-qui"), HasSubstr("[mesos-agent --no-quiet"));
  EXPECT_THAT(complete("mesos-execute --kill_a"), HasSubstr("[mesos-execute --kill_after="));
}

TEST_F(DebGuestTest, AGuestLeavesNothingOnItsHost) {
  const std::string cgroup = guest_->cgroup();
  const std::string before = Shell("cat /proc/mounts; hostname").output;
  EXPECT_TRUE(std::filesystem::exists(cgroup));
  Run("touch /etc/of-the-guest; hostname of-the-guest; sleep 3600 </dev/null >/dev/null 2>&1 & "
      "disown");
  guest_.reset();
  EXPECT_FALSE(std::filesystem::exists(cgroup));
  EXPECT_FALSE(std::filesystem::exists("/etc/of-the-guest"));
  EXPECT_EQ(Shell("cat /proc/mounts; hostname").output, before);
}

}  // namespace
}  // namespace mesos
