// What the tests of guests share: a folder, and at the end the proof that nothing is left.
#ifndef MESOSLIB_GUEST_GUEST_FIXTURE_H_
#define MESOSLIB_GUEST_GUEST_FIXTURE_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/guest/host_state.h"
#include "mesoslib/guest/hosted_cluster.h"

namespace mesos {

// The library joins its threads, and so does gRPC with the last of its objects. But an object that
// gRPC holds itself goes a moment later, and the kernel lists a thread for a while after its end.
inline constexpr absl::Duration kSettleTime = absl::Seconds(10);

// Tasks that end in every way, and how.
inline std::map<std::string, std::string> Commands() {
  return {{"finish", "true"},       {"fail", "exit 3"},         {"kill", "sleep 1000"},
          {"signal", "kill -9 $$"}, {"kill-too", "sleep 1000"}, {"write", "echo hello"}};
}

inline void ExpectRightEnds(const std::map<std::string, std::string>& ends) {
  using ::testing::HasSubstr;
  ASSERT_EQ(ends.size(), Commands().size());
  EXPECT_THAT(ends.at("finish"), HasSubstr("TASK_FINISHED"));
  EXPECT_THAT(ends.at("write"), HasSubstr("TASK_FINISHED"));
  EXPECT_THAT(ends.at("fail"), HasSubstr("TASK_FAILED Command exited with status 3"));
  EXPECT_THAT(ends.at("signal"), HasSubstr("TASK_FAILED Command terminated"));
  EXPECT_THAT(ends.at("kill"), HasSubstr("TASK_KILLED"));
  EXPECT_THAT(ends.at("kill-too"), HasSubstr("TASK_KILLED"));
}

// A master, its agents, a framework; destroyed from the last to the first.
struct Cluster {
  HostedMaster master;
  std::vector<HostedAgent> agents;
  std::unique_ptr<HostedFramework> framework;

  ~Cluster() {
    framework.reset();
    agents.clear();
  }

  // A whole one, with two agents. Nothing runs yet.
  static std::unique_ptr<Cluster> Start(const std::string& folder, Transport transport,
                                        std::map<std::string, std::string> commands = Commands()) {
    auto cluster = std::make_unique<Cluster>();
    cluster->master = CreateHostedMaster(folder, transport).value();
    Told leads;
    cluster->master.master->Start(leads.Callback());
    EXPECT_TRUE(leads.Wait().ok());
    for (int i = 0; i < 2; ++i) {
      cluster->agents.push_back(
          CreateHostedAgent(absl::StrCat(folder, "/agent", i), cluster->master).value());
      Told recovered;
      cluster->agents.back().agent->Start(recovered.Callback());
      EXPECT_TRUE(recovered.Wait().ok());
    }
    cluster->framework = HostedFramework::Create(cluster->master, std::move(commands)).value();
    return cluster;
  }
};

class GuestFixture : public ::testing::Test {
 protected:
  void TearDown() override {
    EXPECT_EQ(ProcessesIn(folder_.path()), "");
    EXPECT_EQ(DifferenceOnceSettled(before_, kSettleTime), "");
  }

  std::string Folder(const std::string& name) const {
    return absl::StrCat(folder_.path(), "/", name);
  }

  // After a cluster in `folder` has been destroyed, tasks or not: nothing is locked any more, and
  // successors find the containers and end them.
  void ExpectNothingLeft(const std::string& folder) const {
    EXPECT_TRUE(ReopenRegistry(folder).ok()) << ReopenRegistry(folder);
    for (int i = 0; i < 2; ++i) {
      const absl::Status cleaned = CleanUpAfterAgent(absl::StrCat(folder, "/agent", i));
      EXPECT_TRUE(cleaned.ok()) << cleaned;
    }
    EXPECT_EQ(ProcessesIn(folder), "");
    EXPECT_EQ(DifferenceOnceSettled(before_, kSettleTime), "");
  }

  const TestFolder folder_;
  HostState before_ = TakeHostState();
};

// Tasks of all kinds that keep a cluster busy while it is destroyed.
inline std::map<std::string, std::string> ManyCommands() {
  std::map<std::string, std::string> commands;
  for (int i = 0; i < 10; ++i) {
    commands[absl::StrCat("kill", i)] = "sleep 1000";
    commands[absl::StrCat("short", i)] = "true";
    commands[absl::StrCat("long", i)] = "sleep 1000";
  }
  return commands;
}

// One life of a cluster that is cut off somewhere. `steps` are taken; then, after `pause` or when
// all is over, `destroy` begins what the destructors end.
inline void LiveUntil(const std::string& folder, Transport transport, int steps,
                      absl::Duration pause, absl::FunctionRef<void(Cluster*)> destroy) {
  Cluster cluster;
  Told leads, started[2];
  if (--steps < 0) return;
  cluster.master = CreateHostedMaster(folder, transport).value();
  if (--steps < 0) return;
  cluster.master.master->Start(leads.Callback());
  for (int i = 0; i < 2; ++i) {
    if (--steps < 0) return;
    cluster.agents.push_back(
        CreateHostedAgent(absl::StrCat(folder, "/agent", i), cluster.master).value());
    if (--steps < 0) return;
    cluster.agents.back().agent->Start(started[i].Callback());
  }
  if (--steps < 0) return;
  cluster.framework = HostedFramework::Create(cluster.master, ManyCommands()).value();
  if (--steps < 0) return;
  ASSERT_TRUE(cluster.framework->Start().ok());
  cluster.framework->WaitUntilAllHaveEnded(pause);
  destroy(&cluster);
}

}  // namespace mesos

#endif  // MESOSLIB_GUEST_GUEST_FIXTURE_H_
