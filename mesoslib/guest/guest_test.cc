// Masters and agents in one process, without gRPC: they do not disturb each other, and at whatever
// moment they are destroyed, nothing of them is left.
#include <stdlib.h>

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/local_cluster.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/guest/guest_fixture.h"
#include "mesoslib/guest/host_state.h"
#include "mesoslib/guest/hosted_cluster.h"

namespace mesos {
namespace {

using GuestTest = GuestFixture;

size_t CountAgents(Master& master) {
  v1::master::Call call;
  call.set_type(v1::master::Call::GET_AGENTS);
  size_t count = 0;
  Told told;
  master.CallOperator(
      call, {},
      [&, callback = told.Callback()](absl::StatusOr<v1::master::Response> response) mutable {
        if (response.ok()) {
          count = static_cast<size_t>(response->get_agents().agents_size());
        }
        callback(response.status());
      });
  EXPECT_TRUE(told.Wait().ok());
  return count;
}

TEST_F(GuestTest, TwoClustersInOneProcessDoNotDisturbEachOther) {
  std::unique_ptr<Cluster> clusters[2];
  for (int c = 0; c < 2; ++c) {
    clusters[c] = Cluster::Start(Folder(absl::StrCat("cluster", c)), Transport::kInProcess);
  }
  for (auto& cluster : clusters) ASSERT_TRUE(cluster->framework->Start().ok());
  for (auto& cluster : clusters) {
    ASSERT_TRUE(cluster->framework->WaitUntilAllHaveEnded(absl::Seconds(30)));
    ExpectRightEnds(cluster->framework->ends());
    EXPECT_EQ(CountAgents(*cluster->master.master), 2u);
  }
  EXPECT_EQ(ThreadsThatTakeSignals(TakeHostState(), before_), "");
  // One of them goes; the other one works on.
  clusters[0].reset();
  auto another = HostedFramework::Create(clusters[1]->master, Commands()).value();
  ASSERT_TRUE(another->Start().ok());
  EXPECT_TRUE(another->WaitUntilAllHaveEnded(absl::Seconds(30)));
  ExpectRightEnds(another->ends());
}

TEST_F(GuestTest, DestroyedAtAnyMomentNothingIsLeft) {
  std::mt19937 random(20261);
  for (int round = 0; round < 48; ++round) {
    SCOPED_TRACE(absl::StrCat("round ", round));
    const std::string folder = Folder(absl::StrCat("round", round));
    const int steps = round < 8 ? round : 8;
    const absl::Duration pause = absl::Microseconds(random() % 60'000);
    const bool agents_first = random() % 2 == 0;
    LiveUntil(folder, Transport::kInProcess, steps, pause, [&](Cluster* cluster) {
      if (agents_first) cluster->agents.clear();
    });
    ExpectNothingLeft(folder);
    if (HasFailure()) return;
  }
}

// A callback destroys the object that called it.
TEST_F(GuestTest, AMasterMayBeDestroyedByItsOwnCallbacks) {
  for (bool leads : {false, true}) {
    HostedMaster parts = CreateHostedMaster(Folder("master"), Transport::kInProcess).value();
    Told destroyed;
    auto destroy = [&parts, callback = destroyed.Callback()](auto) mutable {
      parts.master.reset();
      callback(absl::OkStatus());
    };
    if (leads) {
      Told started;
      parts.master->Start(started.Callback());
      ASSERT_TRUE(started.Wait().ok());
      v1::master::Call call;
      call.set_type(v1::master::Call::GET_HEALTH);
      parts.master->CallOperator(call, {}, std::move(destroy));
    } else {
      parts.master->Start(std::move(destroy));
    }
    EXPECT_TRUE(destroyed.Wait().ok());
  }
}

TEST_F(GuestTest, AnAgentMayBeDestroyedByItsOwnCallbacks) {
  HostedMaster master = CreateHostedMaster(Folder("master"), Transport::kInProcess).value();
  Told leads;
  master.master->Start(leads.Callback());
  ASSERT_TRUE(leads.Wait().ok());
  for (int which = 0; which < 3; ++which) {
    SCOPED_TRACE(which);
    HostedAgent parts = CreateHostedAgent(Folder(absl::StrCat("agent", which)), master).value();
    Told destroyed;
    auto destroy = [&parts, callback = destroyed.Callback()](auto) mutable {
      parts.agent.reset();
      callback(absl::OkStatus());
    };
    if (which == 0) {
      parts.agent->Start(std::move(destroy));
    } else {
      Told started;
      parts.agent->Start(started.Callback());
      ASSERT_TRUE(started.Wait().ok());
      v1::agent::Call call;
      call.set_type(v1::agent::Call::GET_HEALTH);
      if (which == 1) {
        parts.agent->CallOperator(call, {}, std::move(destroy));
      } else {
        parts.agent->Shutdown(std::move(destroy));
      }
    }
    EXPECT_TRUE(destroyed.Wait().ok());
  }
}

TEST_F(GuestTest, AContainerizerMayBeDestroyedByItsOwnCallbacks) {
  for (int which = 0; which < 5; ++which) {
    SCOPED_TRACE(which);
    auto loop = CreateThreadEventLoop("test").value();
    auto containerizer =
        CreateMesosContainerizer({.runtime_dir = Folder("run")}, {loop.get(), nullptr}).value();
    Told destroyed;
    auto destroy = [&containerizer, callback = destroyed.Callback()](auto) mutable {
      containerizer.reset();
      callback(absl::OkStatus());
    };
    loop->Post([&] {
      if (which == 0) return containerizer->Recover({}, std::move(destroy));
      const ContainerId id(absl::StrCat("container", which));
      ContainerConfig config;
      config.command.set_value(which == 2 ? "true" : "sleep 1000");
      config.directory = Folder(absl::StrCat("sandbox", which));
      if (which == 1) return containerizer->Launch(id, config, std::move(destroy));
      containerizer->Launch(id, config, [](absl::Status) {});
      if (which == 2) containerizer->Wait(id, std::move(destroy));
      if (which == 3) containerizer->Destroy(id, std::move(destroy));
      if (which == 4) containerizer->Usage(id, std::move(destroy));
    });
    EXPECT_TRUE(destroyed.Wait().ok());
    loop.reset();
    // What still runs goes.
    loop = CreateThreadEventLoop("test").value();
    containerizer =
        CreateMesosContainerizer({.runtime_dir = Folder("run")}, {loop.get(), nullptr}).value();
    Told recovered;
    loop->Post([&] { containerizer->Recover({}, recovered.Callback()); });
    EXPECT_TRUE(recovered.Wait().ok());
    containerizer.reset();
  }
}

TEST_F(GuestTest, ALocalClusterLeavesNoTemporaryFiles) {
  const char* old = getenv("TMPDIR");
  const std::string saved = old == nullptr ? "" : old;
  setenv("TMPDIR", folder_.path().c_str(), 1);
  for (int round = 0; round < 5; ++round) {
    auto cluster = CreateLocalCluster(
        {.agents = {{.resources = "cpus:1;mem:64"}, {.resources = "cpus:2;mem:64"}}});
    EXPECT_TRUE(cluster.ok()) << cluster.status();
    EXPECT_NE(folder_.Listing(), "");
  }
  // Where it cannot start, neither.
  EXPECT_FALSE(CreateLocalCluster({.agents = {{.resources = "nonsense"}}}).ok());
  if (old == nullptr) {
    unsetenv("TMPDIR");
  } else {
    setenv("TMPDIR", saved.c_str(), 1);
  }
  EXPECT_EQ(folder_.Listing(), "");
}

// LevelDB compacts when it has written a few files.
TEST_F(GuestTest, AStateStoreThatHasCompactedLeavesNoThread) {
  for (int round = 0; round < 3; ++round) {
    auto loop = CreateThreadEventLoop("test").value();
    auto store = CreateLevelDbStateStore(Folder("store"), loop.get()).value();
    for (int i = 0; i < 20; ++i) {
      const bool expect_fresh = round == 0;
      const uint64_t version = expect_fresh ? i : round * 20 + i;
      Told committed;
      loop->Post([&] {
        store->Commit({{absl::StrCat("key", i), std::string(1 << 18, 'x')}}, version,
                      [callback = committed.Callback()](absl::StatusOr<uint64_t> result) mutable {
                        callback(result.status());
                      });
      });
      ASSERT_TRUE(committed.Wait().ok());
    }
    store.reset();
    loop.reset();
    ASSERT_EQ(DifferenceOnceSettled(before_, kSettleTime), "");
  }
}

}  // namespace
}  // namespace mesos
