// Every factory refuses what it cannot work with, naming it, and what was compiled with the headers
// of another library.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/agent.h"
#include "mesos/allocator.h"
#include "mesos/containerizer.h"
#include "mesos/event_loop.h"
#include "mesos/executor.h"
#include "mesos/http.h"
#include "mesos/local_cluster.h"
#include "mesos/master.h"
#include "mesos/offer_constraints.h"
#include "mesos/oversubscription.h"
#include "mesos/random.h"
#include "mesos/rpc.h"
#include "mesos/scheduler.h"
#include "mesos/state_store.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/version.h"

namespace mesos {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr absl::Duration kNegative = absl::Seconds(-1);

class NoExecutor final : public Executor {};
class NoScheduler final : public Scheduler {};

class FactoriesTest : public testing::Test {
 protected:
  FactoriesTest() {
    agent_options_.resources = Resources::Parse("cpus:1").value();
    agent_options_.work_dir = testing::TempDir() + "/agent";
    executor_options_.framework_id.set_value("F");
    executor_options_.executor_id.set_value("E");
  }

  absl::Status Master(
      std::function<void(MasterOptions&)> options,
      std::function<void(MasterDependencies&)> dependencies = [](auto&) {}) {
    MasterOptions with;
    MasterDependencies on = {loop_.get(), random_.get(), store_.get(), allocator_.get()};
    options(with);
    dependencies(on);
    return CreateMaster(with, on).status();
  }

  absl::Status Agent(
      std::function<void(AgentOptions&)> options,
      std::function<void(AgentDependencies&)> dependencies = [](auto&) {}) {
    AgentOptions with = agent_options_;
    AgentDependencies on = {loop_.get(), random_.get(), &master_->agents(), containerizer_.get(),
                            store_.get()};
    options(with);
    dependencies(on);
    return CreateAgent(with, on).status();
  }

  absl::Status Scheduling(
      std::function<void(SchedulerDriverOptions&)> options,
      std::function<void(SchedulerDriverDependencies&)> dependencies = [](auto&) {}) {
    SchedulerDriverOptions with;
    SchedulerDriverDependencies on = {loop_.get(), random_.get(), &master_->schedulers(),
                                      &scheduler_};
    options(with);
    dependencies(on);
    return CreateSchedulerDriver(with, on).status();
  }

  absl::Status Executing(
      std::function<void(ExecutorDriverOptions&)> options,
      std::function<void(ExecutorDriverDependencies&)> dependencies = [](auto&) {}) {
    ExecutorDriverOptions with = executor_options_;
    ExecutorDriverDependencies on = {loop_.get(), random_.get(), &agent_->executors(), &executor_};
    options(with);
    dependencies(on);
    return CreateExecutorDriver(with, on).status();
  }

  void SetUp() override {
    agent_ = CreateAgent(agent_options_, {loop_.get(), random_.get(), &master_->agents(),
                                          containerizer_.get(), store_.get()})
                 .value();
  }

  std::unique_ptr<EventLoop> loop_ = CreateThreadEventLoop("test").value();
  std::unique_ptr<Random> random_ = CreateSystemRandom();
  std::unique_ptr<StateStore> store_ = CreateMemoryStateStore(loop_.get()).value();
  std::unique_ptr<Allocator> allocator_ = CreateHierarchicalAllocator({}).value();
  std::unique_ptr<Containerizer> containerizer_ =
      CreateMesosContainerizer({.runtime_dir = testing::TempDir() + "/run"}, {loop_.get()}).value();
  AgentOptions agent_options_;
  ExecutorDriverOptions executor_options_;
  std::unique_ptr<mesos::Master> master_ =
      CreateMaster({}, {loop_.get(), random_.get(), store_.get(), allocator_.get()}).value();
  std::unique_ptr<mesos::Agent> agent_;
  NoExecutor executor_;
  NoScheduler scheduler_;
};

void ExpectNamed(const absl::Status& refused, const std::string& name) {
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << name << ": " << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr(name));
}

TEST_F(FactoriesTest, NothingIsMissingForTheRest) {
  EXPECT_TRUE(Master([](auto&) {}).ok());
  EXPECT_TRUE(Agent([](auto&) {}).ok());
  EXPECT_TRUE(Scheduling([](auto&) {}).ok());
  EXPECT_TRUE(Executing([](auto&) {}).ok());
}

TEST_F(FactoriesTest, MissingDependenciesAreNamed) {
  const auto plain = [](auto&) {};
  ExpectNamed(Master(plain, [](auto& on) { on.loop = nullptr; }), "loop");
  ExpectNamed(Master(plain, [](auto& on) { on.random = nullptr; }), "random");
  ExpectNamed(Master(plain, [](auto& on) { on.registry = nullptr; }), "registry");
  ExpectNamed(Master(plain, [](auto& on) { on.allocator = nullptr; }), "allocator");
  ExpectNamed(Agent(plain, [](auto& on) { on.loop = nullptr; }), "loop");
  ExpectNamed(Agent(plain, [](auto& on) { on.random = nullptr; }), "random");
  ExpectNamed(Agent(plain, [](auto& on) { on.master = nullptr; }), "master");
  ExpectNamed(Agent(plain, [](auto& on) { on.containerizer = nullptr; }), "containerizer");
  ExpectNamed(Agent(plain, [](auto& on) { on.checkpoints = nullptr; }), "checkpoints");
  ExpectNamed(Scheduling(plain, [](auto& on) { on.loop = nullptr; }), "loop");
  ExpectNamed(Scheduling(plain, [](auto& on) { on.random = nullptr; }), "random");
  ExpectNamed(Scheduling(plain, [](auto& on) { on.master = nullptr; }), "master");
  ExpectNamed(Scheduling(plain, [](auto& on) { on.scheduler = nullptr; }), "scheduler");
  ExpectNamed(Executing(plain, [](auto& on) { on.loop = nullptr; }), "loop");
  ExpectNamed(Executing(plain, [](auto& on) { on.random = nullptr; }), "random");
  ExpectNamed(Executing(plain, [](auto& on) { on.agent = nullptr; }), "agent");
  ExpectNamed(Executing(plain, [](auto& on) { on.executor = nullptr; }), "executor");
  ExpectNamed(CreateMemoryStateStore(nullptr).status(), "loop");
  ExpectNamed(CreateLevelDbStateStore(testing::TempDir() + "/db", nullptr).status(), "loop");
  ExpectNamed(CreateMesosContainerizer({.runtime_dir = "/tmp/x"}, {}).status(), "loop");
  ExpectNamed(CreateGrpcServer({.address = "127.0.0.1:0"}).status(), "master");
  ExpectNamed(CreateHttpServer({.address = "127.0.0.1:0"}).status(), "master");
}

TEST_F(FactoriesTest, OptionsOfAMasterThatMakeNoSenseAreNamed) {
  ExpectNamed(Master([](auto& o) { o.hostname = ""; }), "hostname");
  for (const char* ip : {"", "localhost", "1.2.3", "1.2.3.256", "1.2.3.4.5"}) {
    ExpectNamed(Master([&](auto& o) { o.ip = ip; }), "ip");
  }
  EXPECT_TRUE(Master([](auto& o) { o.ip = "::1"; }).ok());
  ExpectNamed(Master([](auto& o) { o.port = -1; }), "port");
  ExpectNamed(Master([](auto& o) { o.port = 65536; }), "port");
  ExpectNamed(Master([](auto& o) { o.roles = {"a//b"}; }), "roles");
  ExpectNamed(Master([](auto& o) { o.allocation_interval = kNegative; }), "allocation_interval");
  ExpectNamed(Master([](auto& o) { o.allocation_interval = absl::InfiniteDuration(); }),
              "allocation_interval");
  ExpectNamed(Master([](auto& o) { o.offer_timeout = kNegative; }), "offer_timeout");
  ExpectNamed(Master([](auto& o) { o.agent_ping_timeout = kNegative; }), "agent_ping_timeout");
  ExpectNamed(Master([](auto& o) { o.max_agent_ping_timeouts = 0; }), "max_agent_ping_timeouts");
  ExpectNamed(Master([](auto& o) { o.agent_reregister_timeout = kNegative; }),
              "agent_reregister_timeout");
  ExpectNamed(Master([](auto& o) { o.heartbeat_interval = kNegative; }), "heartbeat_interval");
}

TEST_F(FactoriesTest, OptionsOfAnAgentThatMakeNoSenseAreNamed) {
  ExpectNamed(Agent([](auto& o) { o.hostname = ""; }), "hostname");
  ExpectNamed(Agent([](auto& o) { o.ip = ""; }), "ip");
  ExpectNamed(Agent([](auto& o) { o.port = 65536; }), "port");
  ExpectNamed(Agent([](auto& o) { o.resources = Resources(); }), "resources");
  ExpectNamed(Agent([](auto& o) { o.work_dir = "relative"; }), "work_dir");
  ExpectNamed(Agent([](auto& o) { o.registration_backoff_factor = kNegative; }),
              "registration_backoff_factor");
  ExpectNamed(Agent([](auto& o) { o.executor_registration_timeout = kNegative; }),
              "executor_registration_timeout");
  ExpectNamed(Agent([](auto& o) { o.executor_shutdown_grace_period = kNegative; }),
              "executor_shutdown_grace_period");
  ExpectNamed(Agent([](auto& o) { o.recovery_timeout = kNegative; }), "recovery_timeout");
}

TEST_F(FactoriesTest, OptionsOfDriversThatMakeNoSenseAreNamed) {
  ExpectNamed(Scheduling([](auto& o) { o.registration_backoff_factor = kNegative; }),
              "registration_backoff_factor");
  ExpectNamed(Scheduling([](auto& o) { o.max_registration_backoff = absl::InfiniteDuration(); }),
              "max_registration_backoff");
  ExpectNamed(Executing([](auto& o) { o.framework_id.clear_value(); }), "framework_id");
  ExpectNamed(Executing([](auto& o) { o.executor_id.clear_value(); }), "executor_id");
  ExpectNamed(Executing([](auto& o) { o.recovery_timeout = kNegative; }), "recovery_timeout");
  ExpectNamed(Executing([](auto& o) { o.subscription_backoff_max = kNegative; }),
              "subscription_backoff_max");
  ExpectNamed(ParseExecutorEnvironment({}).status(), "MESOS_");
}

TEST_F(FactoriesTest, OptionsOfTheOthersThatMakeNoSenseAreNamed) {
  ExpectNamed(CreateHierarchicalAllocator({.allocation_interval = kNegative}).status(),
              "allocation_interval");
  ExpectNamed(CreateLevelDbStateStore("", loop_.get()).status(), "path");
  ExpectNamed(CreateMesosContainerizer({.runtime_dir = "here"}, {loop_.get()}).status(),
              "runtime_dir");
  ExpectNamed(
      CreateMesosContainerizer({.runtime_dir = "/tmp/x", .worker_threads = 0}, {loop_.get()})
          .status(),
      "worker_threads");
  ExpectNamed(CreateMesosContainerizer(
                  {.runtime_dir = "/tmp/x", .destroy_timeout = absl::ZeroDuration()}, {loop_.get()})
                  .status(),
              "destroy_timeout");
  ExpectNamed(CreateLocalCluster({.agents = {{.resources = "cpus:many"}}}).status(),
              "agents[0].resources");
  ExpectNamed(CreateLocalCluster({.agents = {{.resources = "cpus:1"}, {.resources = ""}}}).status(),
              "agents[1]: resources");
  ExpectNamed(CreateLocalCluster({.agents = {{.resources = "cpus:1", .attributes = "{"}}}).status(),
              "agents[0].attributes");
}

TEST_F(FactoriesTest, AddressesThatMakeNoSenseAreNamed) {
  for (const char* bad : {"", "host", "host:", ":5060", "host:0", "host:65536", "host:x",
                          "ho st:5060", "http://host:5060", "host:5060/x"}) {
    ExpectNamed(CreateGrpcSchedulerEndpoint(bad).status(), "address");
    ExpectNamed(CreateGrpcAgentEndpoint(bad).status(), "address");
    ExpectNamed(CreateGrpcExecutorEndpoint(bad).status(), "address");
    ExpectNamed(CallGrpcMaster(bad, {}, absl::Seconds(1)).status(), "address");
    ExpectNamed(ExplainGrpcOffers(bad, FrameworkId("f"), absl::Seconds(1)).status(), "address");
  }
  for (const char* good : {"host:1", "10.0.0.1:5060", "[::1]:5060"}) {
    EXPECT_TRUE(CreateGrpcAgentEndpoint(good).ok()) << good;
  }
  ExpectNamed(CallGrpcAgent("127.0.0.1:1", {}, absl::ZeroDuration()).status(), "timeout");
  const GrpcServerOptions good = {.address = "127.0.0.1:0", .master = master_.get()};
  GrpcServerOptions bad = good;
  bad.address = "everywhere";
  ExpectNamed(CreateGrpcServer(bad).status(), "everywhere");
  bad = good;
  bad.max_message_bytes = 0;
  ExpectNamed(CreateGrpcServer(bad).status(), "max_message_bytes");
  bad = good;
  bad.max_backlog_bytes = 0;
  ExpectNamed(CreateGrpcServer(bad).status(), "max_backlog_bytes");
}

TEST_F(FactoriesTest, OptionsOfAnHttpServerThatMakeNoSenseAreNamed) {
  const HttpServerOptions good = {.address = "127.0.0.1:0", .master = master_.get()};
  auto refused = [&](absl::string_view name, std::function<void(HttpServerOptions&)> spoil) {
    HttpServerOptions bad = good;
    spoil(bad);
    ExpectNamed(CreateHttpServer(bad).status(), std::string(name));
  };
  EXPECT_GT(CreateHttpServer(good).value()->port(), 0);
  refused("master", [](auto& o) { o.master = nullptr; });
  refused("everywhere", [](auto& o) { o.address = "everywhere"; });
  refused("max_request_body_bytes", [](auto& o) { o.max_request_body_bytes = 0; });
  refused("max_backlog_bytes", [](auto& o) { o.max_backlog_bytes = 0; });
  refused("max_connections", [](auto& o) { o.max_connections = 0; });
}

TEST_F(FactoriesTest, HeadersOfANewerLibraryAreRefusedBeforeAnythingElse) {
  const HeaderVersion newer = {MESOS_VERSION_MAJOR, MESOS_VERSION_MINOR + 1, 7};
  const std::vector<absl::Status> answers = {
      CreateMaster({}, {}, newer).status(),
      CreateAgent({}, {}, newer).status(),
      CreateHierarchicalAllocator({}, newer).status(),
      CreateMesosContainerizer({}, {}, newer).status(),
      CreateFixedResourceEstimator({}, newer).status(),
      CreateLoadQosController({}, {}, newer).status(),
      CreateThreadEventLoop("x", newer).status(),
      CreateMemoryStateStore(nullptr, newer).status(),
      CreateLevelDbStateStore("", nullptr, newer).status(),
      CreateSchedulerDriver({}, {}, newer).status(),
      CreateExecutorDriver({}, {}, newer).status(),
      CreateLocalCluster({}, newer).status(),
      CreateGrpcServer({}, newer).status(),
      CreateHttpServer({}, newer).status(),
      CreateGrpcSchedulerEndpoint("", newer).status(),
      CreateGrpcAgentEndpoint("", newer).status(),
      CreateGrpcExecutorEndpoint("", newer).status(),
      CompileOfferConstraints({}, {}, newer).status(),
  };
  for (const absl::Status& answer : answers) {
    EXPECT_TRUE(absl::IsFailedPrecondition(answer)) << answer;
    EXPECT_THAT(std::string(answer.message()),
                AllOf(HasSubstr(absl::StrCat(MESOS_VERSION_MAJOR, ".", newer.minor, ".7")),
                      HasSubstr(MESOS_VERSION)));
  }
}

}  // namespace
}  // namespace mesos
