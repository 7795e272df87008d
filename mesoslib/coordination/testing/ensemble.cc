#include "mesoslib/coordination/testing/ensemble.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

constexpr char kJava[] = "/usr/bin/java";
constexpr char kJar[] = "/usr/share/java/zookeeper.jar";
constexpr std::chrono::seconds kPatience(60);

// Another process's state can only be asked for again and again.
template <typename Condition>
bool WaitUntil(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    poll(nullptr, 0, 20);
  }
  return true;
}

void AppendNumber(std::string* text, int64_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    *text += static_cast<char>(number >> shift);
  }
}

void SetPatience(int fd) {
  const timeval patience = {2, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

// Takes a session over at a server, and closes it.
void EndSession(int port, const Relay::Session& session) {
  const UniqueFd fd = ConnectToLoopback(port);
  if (!fd.valid()) return;
  SetPatience(fd.get());
  std::string request;
  AppendNumber(&request, 44, 4);  // The length.
  AppendNumber(&request, 0, 4);   // Protocol version.
  AppendNumber(&request, 0, 8);   // The last transaction seen.
  AppendNumber(&request, 2000, 4);
  AppendNumber(&request, session.id, 8);
  AppendNumber(&request, 16, 4);
  request += session.password;
  AppendNumber(&request, 8, 4);
  AppendNumber(&request, 1, 4);
  AppendNumber(&request, -11, 4);  // Close.
  send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL);
  char answer[256];
  while (recv(fd.get(), answer, sizeof(answer), 0) > 0) {
  }
}

}  // namespace

std::string Ensemble::Missing() {
  for (const char* file : {kJava, kJar}) {
    if (access(file, R_OK) != 0) {
      return absl::StrCat(file, " is missing: third_party/with-deps installs it");
    }
  }
  return "";
}

Ensemble::Ensemble() : servers_(kServers) {
  folder_ = testing::TempDir() + "/ensemble-XXXXXX";
  EXPECT_NE(mkdtemp(folder_.data()), nullptr);
  for (Server& server : servers_) {
    for (int* port : {&server.client_port, &server.peer_port, &server.election_port}) {
      server.reserved.push_back(ReserveLoopbackPort(port));
    }
  }
  for (int i = 0; i < kServers; ++i) WriteConfiguration(i);
  for (int i = 0; i < kServers; ++i) Start(i);
  WaitForServing(kServers);
}

Ensemble::~Ensemble() {
  for (Server& server : servers_) server.process.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string Ensemble::FolderOf(int server) const { return absl::StrCat(folder_, "/", server); }

void Ensemble::WriteConfiguration(int server) const {
  std::filesystem::create_directories(FolderOf(server));
  std::ofstream(FolderOf(server) + "/myid") << server + 1 << "\n";
  std::ofstream file(FolderOf(server) + "/zoo.cfg");
  file << "tickTime=" << absl::ToInt64Milliseconds(kTick)
       << "\ninitLimit=40\nsyncLimit=8\nmaxClientCnxns=0\nadmin.enableServer=false\n"
       << "4lw.commands.whitelist=srvr\nclientPortAddress=127.0.0.1\n"
       << "dataDir=" << FolderOf(server) << "\nclientPort=" << port(server) << "\n";
  for (int i = 0; i < kServers; ++i) {
    const Server& other = servers_[static_cast<size_t>(i)];
    file << "server." << i + 1 << "=127.0.0.1:" << other.peer_port << ":" << other.election_port
         << "\n";
  }
}

void Ensemble::Start(int server) {
  servers_[static_cast<size_t>(server)].process = TestProcess::Start(
      kJava,
      {"-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData",
       "-Dzookeeper.preAllocSize=1024", "-Dzookeeper.commitLogCount=100", "-cp", kJar,
       "org.apache.zookeeper.server.quorum.QuorumPeerMain", FolderOf(server) + "/zoo.cfg"},
      geteuid());
}

void Ensemble::Kill(int server) { servers_[static_cast<size_t>(server)].process.reset(); }

void Ensemble::Pause(int server) { servers_[static_cast<size_t>(server)].process->Signal(SIGSTOP); }

void Ensemble::Continue(int server) {
  servers_[static_cast<size_t>(server)].process->Signal(SIGCONT);
}

std::string Ensemble::ModeOf(int server) const {
  const UniqueFd fd = ConnectToLoopback(port(server));
  if (!fd.valid()) return "";
  SetPatience(fd.get());
  send(fd.get(), "srvr", 4, MSG_NOSIGNAL);
  std::string answer;
  char buffer[4096];
  ssize_t size = 0;
  while ((size = recv(fd.get(), buffer, sizeof(buffer), 0)) > 0) {
    answer.append(buffer, static_cast<size_t>(size));
  }
  const size_t mode = answer.find("Mode: ");
  if (mode == std::string::npos) return "";
  return answer.substr(mode + 6, answer.find('\n', mode) - mode - 6);
}

int Ensemble::Leader() const {
  int leader = -1;
  EXPECT_TRUE(WaitUntil([&] {
    for (int i = 0; i < kServers; ++i) {
      if (ModeOf(i) == "leader") leader = i;
    }
    return leader >= 0;
  })) << "the ensemble has no leader";
  return leader;
}

void Ensemble::WaitForServing(int servers) const {
  EXPECT_TRUE(WaitUntil([&] {
    int serving = 0;
    for (int i = 0; i < kServers; ++i) serving += ModeOf(i).empty() ? 0 : 1;
    return serving >= servers;
  })) << "not "
      << servers << " servers serve";
}

std::string Ensemble::url(const std::string& path, const std::string& credentials) const {
  std::vector<std::string> servers;
  for (int i = 0; i < kServers; ++i) servers.push_back(absl::StrCat("127.0.0.1:", port(i)));
  return absl::StrCat("zk://", credentials.empty() ? "" : credentials + "@",
                      absl::StrJoin(servers, ","), path);
}

Ensemble::Route::Route(const Ensemble& ensemble) : ensemble_(ensemble) {
  for (int i = 0; i < kServers; ++i) relays_.push_back(std::make_unique<Relay>(ensemble.port(i)));
}

std::string Ensemble::Route::url(const std::string& path) const {
  std::vector<std::string> servers;
  for (const auto& relay : relays_) servers.push_back(absl::StrCat("127.0.0.1:", relay->port()));
  return absl::StrCat("zk://", absl::StrJoin(servers, ","), path);
}

void Ensemble::Route::SetMode(Relay::Mode mode) {
  for (const auto& relay : relays_) relay->SetMode(mode);
}

void Ensemble::Route::EndSessions() const {
  for (const auto& relay : relays_) {
    for (const Relay::Session& session : relay->sessions()) {
      EndSession(ensemble_.port(ensemble_.Leader()), session);
    }
  }
}

}  // namespace mesos
