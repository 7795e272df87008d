// What a host's process notices of a server in it: nothing that stays, nothing that its children
// inherit, no signals.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/base/unique_fd.h"
#include "mesoslib/http/raw_client.h"
#include "mesoslib/http/server_fixture.h"

namespace mesos::http {
namespace {

using testing::HasSubstr;

std::set<std::string> Entries(const std::string& directory) {
  std::set<std::string> names;
  DIR* open = opendir(directory.c_str());
  const std::string own = absl::StrCat(dirfd(open));
  while (const dirent* entry = readdir(open)) {
    if (entry->d_name[0] != '.' && entry->d_name != own) names.insert(entry->d_name);
  }
  closedir(open);
  return names;
}

std::set<std::string> Descriptors() { return Entries("/proc/self/fd"); }

class GuestTest : public ServerTest {};

TEST_F(GuestTest, ADestroyedServerLeavesNothing) {
  Start();  // What a process has once for all servers is there after the first.
  ExpectServerWorks();
  server_.reset();
  const std::set<std::string> descriptors = Descriptors();
  const size_t threads = Entries("/proc/self/task").size();
  for (int i = 0; i < 10; ++i) {
    Start();
    ExpectServerWorks();
    RawClient client = Client();
    OpenStream open = Subscribe(&client);
    server_.reset();
  }
  EXPECT_EQ(Descriptors(), descriptors);
  EXPECT_EQ(Entries("/proc/self/task").size(), threads);
}

TEST_F(GuestTest, ChildrenInheritNoDescriptor) {
  const std::set<std::string> before = Descriptors();
  Start();
  RawClient client = Client();
  OpenStream open = Subscribe(&client);
  size_t added = 0;
  for (const std::string& name : Descriptors()) {
    if (before.count(name) > 0) continue;
    ++added;
    EXPECT_TRUE(fcntl(std::atoi(name.c_str()), F_GETFD) & FD_CLOEXEC) << "descriptor " << name;
  }
  EXPECT_GE(added, 3u);
}

TEST_F(GuestTest, ThreadsTakeNoSignalsOfTheHost) {
  static int signals = 0;
  struct sigaction action = {};
  action.sa_handler = [](int) { ++signals; };
  struct sigaction former = {};
  sigaction(SIGUSR1, &action, &former);
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  Start();
  pthread_sigmask(SIG_BLOCK, &usr1, nullptr);
  kill(getpid(), SIGUSR1);
  ExpectServerWorks();
  EXPECT_EQ(signals, 0);
  pthread_sigmask(SIG_UNBLOCK, &usr1, nullptr);
  EXPECT_EQ(signals, 1);
  sigaction(SIGUSR1, &former, nullptr);
}

TEST_F(GuestTest, AClientThatGoesIsNoSignal) {
  Start();
  for (int i = 0; i < 20; ++i) {
    RawClient client = Client();
    OpenStream open = Subscribe(&client);
    client.Close();
    for (int j = 0; j < 100; ++j) open.stream->Write(std::string(10'000, 'x'));
    EXPECT_TRUE(open.closed->Take().has_value());
  }
  ExpectServerWorks();
}

TEST_F(GuestTest, Case07_WithoutDescriptorsConnectionsWait) {
  Start();
  rlimit former = {};
  getrlimit(RLIMIT_NOFILE, &former);
  rlimit scarce = former;
  scarce.rlim_cur = 100;
  setrlimit(RLIMIT_NOFILE, &scarce);
  std::vector<UniqueFd> taken;
  do {
    taken.emplace_back(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
  } while (taken.back().valid());
  taken.resize(taken.size() - 2);  // One for the client, none for the server.
  RawClient client = Client();
  EXPECT_TRUE(client.Send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
  const std::string line = log_.lines.Take().value_or("");
  taken.clear();
  setrlimit(RLIMIT_NOFILE, &former);
  EXPECT_THAT(line, HasSubstr("cannot accept a connection"));
  EXPECT_EQ(client.ReadResponse().value_or(RawResponse()).body, "hello");
}

}  // namespace
}  // namespace mesos::http
