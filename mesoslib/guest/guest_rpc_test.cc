// Masters and agents in one process that speak gRPC with each other: as guest_test, and gRPC leaves
// nothing behind either.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/guest/guest_fixture.h"
#include "mesoslib/guest/host_state.h"
#include "mesoslib/guest/hosted_cluster.h"

namespace mesos {
namespace {

using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

using GuestRpcTest = GuestFixture;

// The first one, for a process has a first time only once.
TEST_F(GuestRpcTest, GrpcItselfKeepsTwoDescriptorsForTheProcess) {
  UseGrpcOnce();
  const HostState now = TakeHostState();
  std::vector<std::string> kept;
  for (const auto& [number, target] : now.descriptors) {
    if (!before_.descriptors.contains(number)) kept.push_back(target);
  }
  // Of which nothing is inherited: the flag 1 is FD_CLOEXEC.
  EXPECT_THAT(kept, UnorderedElementsAre(StartsWith("anon_inode:[eventpoll], flags 1"),
                                         StartsWith("anon_inode:[eventfd], flags 1")));
  EXPECT_EQ(now.threads, before_.threads);
  before_ = now;
}

TEST_F(GuestRpcTest, TwoClustersInOneProcessDoNotDisturbEachOther) {
  std::unique_ptr<Cluster> clusters[2];
  for (int c = 0; c < 2; ++c) {
    clusters[c] = Cluster::Start(Folder(absl::StrCat("cluster", c)), Transport::kGrpc);
  }
  for (auto& cluster : clusters) ASSERT_TRUE(cluster->framework->Start().ok());
  for (auto& cluster : clusters) {
    ASSERT_TRUE(cluster->framework->WaitUntilAllHaveEnded(absl::Seconds(30)));
    ExpectRightEnds(cluster->framework->ends());
  }
  EXPECT_EQ(ThreadsThatTakeSignals(TakeHostState(), before_), "");
  clusters[0].reset();
  auto another = HostedFramework::Create(clusters[1]->master, Commands()).value();
  ASSERT_TRUE(another->Start().ok());
  EXPECT_TRUE(another->WaitUntilAllHaveEnded(absl::Seconds(30)));
  ExpectRightEnds(another->ends());
}

// Destroys the parts of a cluster in any order: over gRPC, none needs another one.
void DestroyInAnyOrder(Cluster* cluster, std::mt19937* random) {
  std::vector<std::function<void()>> parts = {[&] { cluster->framework.reset(); },
                                              [&] { cluster->master.server.reset(); }};
  for (HostedAgent& agent : cluster->agents) {
    parts.push_back([&] {
      agent.agent.reset();
      agent.link.reset();
    });
  }
  std::shuffle(parts.begin(), parts.end(), *random);
  for (auto& destroy : parts) destroy();
}

TEST_F(GuestRpcTest, DestroyedAtAnyMomentNothingIsLeft) {
  std::mt19937 random(20262);
  for (int round = 0; round < 32; ++round) {
    SCOPED_TRACE(absl::StrCat("round ", round));
    const std::string folder = Folder(absl::StrCat("round", round));
    const int steps = round < 8 ? round : 8;
    LiveUntil(folder, Transport::kGrpc, steps, absl::Microseconds(random() % 60'000),
              [&](Cluster* cluster) { DestroyInAnyOrder(cluster, &random); });
    ExpectNothingLeft(folder);
    if (HasFailure()) return;
  }
}

// A port that connections are made to, but nobody ever answers.
class SilentPort {
 public:
  SilentPort() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(fd_, reinterpret_cast<sockaddr*>(&address), size);
    listen(fd_, 16);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    address_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
  }
  ~SilentPort() { close(fd_); }
  const std::string& address() const { return address_; }

 private:
  const int fd_;
  std::string address_;
};

TEST_F(GuestRpcTest, DestroyedWhileNobodyListensNothingIsLeft) {
  std::mt19937 random(20263);
  for (int round = 0; round < 12; ++round) {
    SCOPED_TRACE(absl::StrCat("round ", round));
    {
      HostedAgent agent = CreateHostedAgent(Folder("agent"), "127.0.0.1:1").value();
      Told started, never;
      agent.agent->Start(started.Callback());
      ASSERT_TRUE(started.Wait().ok());
      EXPECT_FALSE(never.Wait(absl::Microseconds(random() % 30'000)).ok());
    }
    EXPECT_EQ(DifferenceOnceSettled(before_, kSettleTime), "");
    if (HasFailure()) return;
  }
}

// gRPC gives up an attempt to connect after five seconds, wanted or not, and ends then.
TEST_F(GuestRpcTest, DestroyedWhileConnectingNothingIsLeftFiveSecondsLater) {
  const SilentPort silent;
  const HostState before = TakeHostState();
  std::mt19937 random(20264);
  for (int round = 0; round < 4; ++round) {
    HostedAgent agent = CreateHostedAgent(Folder("agent"), silent.address()).value();
    Told started, never;
    agent.agent->Start(started.Callback());
    ASSERT_TRUE(started.Wait().ok());
    EXPECT_FALSE(never.Wait(absl::Microseconds(random() % 30'000)).ok());
    const absl::Time begin = absl::Now();
    agent.agent.reset();
    agent.link.reset();
    EXPECT_LT(absl::Now() - begin, absl::Seconds(3));
  }
  v1::master::Call call;
  call.set_type(v1::master::Call::GET_HEALTH);
  EXPECT_FALSE(CallGrpcMaster(silent.address(), call, absl::Milliseconds(50)).ok());
  EXPECT_EQ(DifferenceOnceSettled(before, kSettleTime), "");
}

}  // namespace
}  // namespace mesos
