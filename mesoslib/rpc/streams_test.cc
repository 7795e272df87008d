// Connect streams over loopback connections, with our own client.
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mesos/rpc.h"
#include "mesoslib/rpc/rpc_fakes.h"

namespace mesos {
namespace {

using SchedulerSink = RecordingSink<v1::scheduler::Event>;
using MasterSink = RecordingSink<internal::MasterMessage>;
using ExecutorSink = RecordingSink<v1::executor::Event>;

class StreamsTest : public testing::Test {
 protected:
  void SetUp() override { StartServer("127.0.0.1:0"); }

  void StartServer(const std::string& address) {
    auto server = CreateGrpcServer({.address = address, .master = &master_, .agent = &agent_});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    address_ = absl::StrCat("127.0.0.1:", server_->port());
  }

  FakeMaster master_;
  FakeAgent agent_;
  std::unique_ptr<GrpcServer> server_;
  std::string address_;
};

TEST_F(StreamsTest, OrderIsKeptBothWaysOverTenThousandMessages) {
  constexpr int kMessages = 10'000;
  master_.schedulers().answer = [](const v1::scheduler::Call& call,
                                   Sink<v1::scheduler::Event>& sink) {
    sink.Deliver(SchedulerEvent(call.message().data()));
    return absl::OkStatus();
  };
  auto endpoint = CreateGrpcSchedulerEndpoint(address_).value();
  auto sink = std::make_shared<SchedulerSink>();
  auto session = endpoint->Open(sink, {});
  std::atomic<int> done = 0;
  for (int i = 0; i < kMessages; ++i) {
    session->Send(SchedulerMessage(absl::StrCat(i)), [&done](absl::Status status) {
      if (status.ok()) ++done;
    });
  }
  ASSERT_TRUE(sink->AwaitEvents(kMessages));
  const auto calls = master_.schedulers().calls(0);
  ASSERT_EQ(calls.size(), size_t{kMessages});
  sink->heard.With([&](SchedulerSink::Heard& heard) {
    for (int i = 0; i < kMessages; ++i) {
      ASSERT_EQ(calls[i].message().data(), absl::StrCat(i));
      ASSERT_EQ(heard.events[i].message().data(), absl::StrCat(i));
    }
  });
  session.reset();
  endpoint.reset();  // Waits for the stream, and with it for the last `done`.
  EXPECT_EQ(done, kMessages);
  EXPECT_EQ(sink->times_closed(), 0u);
}

TEST_F(StreamsTest, AgentsAndExecutorsHaveTheSameStreams) {
  auto agents = CreateGrpcAgentEndpoint(address_).value();
  auto master_sink = std::make_shared<MasterSink>();
  auto agent_session = agents->Open(master_sink, {});
  internal::AgentMessage pong;
  pong.mutable_pong();
  agent_session->Send(pong);
  ASSERT_TRUE(master_.agents().AwaitCalls(0, 1));
  EXPECT_TRUE(master_.agents().calls(0)[0].has_pong());
  internal::MasterMessage ping;
  ping.mutable_ping()->set_connected(true);
  master_.agents().sink(0)->Deliver(ping);
  ASSERT_TRUE(master_sink->AwaitEvents(1));

  auto executors = CreateGrpcExecutorEndpoint(address_).value();
  auto executor_sink = std::make_shared<ExecutorSink>();
  auto executor_session = executors->Open(executor_sink, {});
  v1::executor::Call call;
  call.set_type(v1::executor::Call::SUBSCRIBE);
  executor_session->Send(call);
  ASSERT_TRUE(agent_.executors().AwaitCalls(0, 1));
  v1::executor::Event event;
  event.set_type(v1::executor::Event::SHUTDOWN);
  agent_.executors().sink(0)->Deliver(event);
  ASSERT_TRUE(executor_sink->AwaitEvents(1));
}

TEST_F(StreamsTest, ThePeersAddressIsKnown) {
  auto endpoint = CreateGrpcSchedulerEndpoint(address_).value();
  auto session = endpoint->Open(std::make_shared<SchedulerSink>(), {});
  ASSERT_TRUE(master_.schedulers().AwaitConnections(1));
  master_.schedulers().connections.With([](FakeSchedulers::Connections& all) {
    EXPECT_EQ(all[0]->peer.address.rfind("127.0.0.1:", 0), 0u) << all[0]->peer.address;
    EXPECT_EQ(all[0]->peer.principal, "");
  });
}

TEST_F(StreamsTest, TheReasonOfAClosedSessionArrivesAfterTheEventsBeforeIt) {
  auto endpoint = CreateGrpcSchedulerEndpoint(address_).value();
  auto sink = std::make_shared<SchedulerSink>();
  auto session = endpoint->Open(sink, {});
  ASSERT_TRUE(master_.schedulers().AwaitConnections(1));
  for (int i = 0; i < 500; ++i) master_.schedulers().sink(0)->Deliver(SchedulerEvent("last"));
  master_.schedulers().sink(0)->Closed(absl::PermissionDeniedError("role 'x' is not allowed"));
  ASSERT_TRUE(sink->AwaitClosed());
  EXPECT_EQ(sink->reason(), absl::PermissionDeniedError("role 'x' is not allowed"));
  EXPECT_EQ(sink->heard.With([](auto& heard) { return heard.events.size(); }), 500u);
  EXPECT_TRUE(master_.schedulers().AwaitAllGone());
  absl::Status late;
  session->Send(SchedulerMessage("late"), [&](absl::Status status) { late = status; });
  EXPECT_EQ(late.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(sink->times_closed(), 1u);
}

TEST_F(StreamsTest, ARefusedSubscriptionClosesTheStreamAndOtherRefusalsDoNot) {
  master_.schedulers().answer = [](const v1::scheduler::Call& call, auto&) {
    return call.type() == v1::scheduler::Call::SUBSCRIBE
               ? absl::InvalidArgumentError("framework_info.name is missing")
               : absl::FailedPreconditionError("not subscribed");
  };
  auto endpoint = CreateGrpcSchedulerEndpoint(address_).value();
  auto sink = std::make_shared<SchedulerSink>();
  auto session = endpoint->Open(sink, {});
  session->Send(SchedulerMessage("1"));
  session->Send(SchedulerMessage("2"));
  ASSERT_TRUE(master_.schedulers().AwaitCalls(0, 2));
  EXPECT_EQ(sink->times_closed(), 0u);
  session->Send(SchedulerSubscribe());
  ASSERT_TRUE(sink->AwaitClosed());
  EXPECT_EQ(sink->reason(), absl::InvalidArgumentError("framework_info.name is missing"));
}

TEST_F(StreamsTest, WhatWasSentJustBeforeTheEndStillArrives) {
  for (int round = 0; round < 20; ++round) {
    {
      auto endpoint = CreateGrpcSchedulerEndpoint(address_).value();
      auto session = endpoint->Open(std::make_shared<SchedulerSink>(), {});
      for (int i = 0; i < 100; ++i) session->Send(SchedulerMessage("teardown"));
    }
    ASSERT_TRUE(master_.schedulers().AwaitCalls(round, 100));
  }
  EXPECT_TRUE(master_.schedulers().AwaitAllGone());
}

TEST_F(StreamsTest, TheServersEndIsUnavailableToItsClients) {
  auto endpoint = CreateGrpcSchedulerEndpoint(address_).value();
  auto sink = std::make_shared<SchedulerSink>();
  auto session = endpoint->Open(sink, {});
  ASSERT_TRUE(master_.schedulers().AwaitConnections(1));
  server_.reset();
  EXPECT_TRUE(master_.schedulers().connections.With([](auto& all) { return !all[0]->open; }));
  ASSERT_TRUE(sink->AwaitClosed());
  EXPECT_EQ(sink->reason().code(), absl::StatusCode::kUnavailable) << sink->reason();
  master_.schedulers().sink(0)->Deliver(SchedulerEvent("nobody listens"));
  master_.schedulers().sink(0)->Closed(absl::OkStatus());

  EXPECT_TRUE(sink->heard.With([](auto& heard) { return heard.events.empty(); }));

  // A successor at the same address is found again, soon.
  master_.schedulers().answer = [](const v1::scheduler::Call&, Sink<v1::scheduler::Event>& sink) {
    sink.Deliver(SchedulerEvent("here"));
    return absl::OkStatus();
  };
  StartServer(address_);
  bool found = false;
  for (int attempt = 0; attempt < 10'000 && !found; ++attempt) {
    auto again = std::make_shared<SchedulerSink>();
    auto second = endpoint->Open(again, {});
    second->Send(SchedulerMessage("again"));
    ASSERT_TRUE(again->heard.Await([](const SchedulerSink::Heard& heard) {
      return !heard.closed.empty() || !heard.events.empty();
    }));
    found = again->heard.With([](auto& heard) { return !heard.events.empty(); });
  }
  EXPECT_TRUE(found);
}

TEST_F(StreamsTest, AConnectionThatIsRefusedIsReportedOnceWithTheAddress) {
  server_.reset();
  auto endpoint = CreateGrpcSchedulerEndpoint(address_).value();
  auto sink = std::make_shared<SchedulerSink>();
  auto session = endpoint->Open(sink, {});
  Watched<absl::Status> done;
  session->Send(SchedulerMessage("x"), [&](absl::Status status) {
    done.With([&](absl::Status& value) { value = status; });
  });
  ASSERT_TRUE(sink->AwaitClosed());
  EXPECT_EQ(sink->reason().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(sink->reason().ToString().find(address_), std::string::npos) << sink->reason();
  EXPECT_TRUE(done.Await([](const absl::Status& value) { return absl::IsUnavailable(value); }));
  session.reset();
  EXPECT_EQ(sink->times_closed(), 1u);
}

TEST_F(StreamsTest, ASessionMayBeDestroyedFromWithinDeliver) {
  auto endpoint = CreateGrpcSchedulerEndpoint(address_).value();
  std::unique_ptr<Session<v1::scheduler::Call>> session;
  Mutex mutex;
  auto sink = std::make_shared<SchedulerSink>([&](const v1::scheduler::Event&) {
    MutexLock lock(&mutex);
    session.reset();
  });
  {
    MutexLock lock(&mutex);
    session = endpoint->Open(sink, {});
  }
  ASSERT_TRUE(master_.schedulers().AwaitConnections(1));
  for (int i = 0; i < 100; ++i) master_.schedulers().sink(0)->Deliver(SchedulerEvent("x"));
  EXPECT_TRUE(master_.schedulers().AwaitAllGone());
  endpoint.reset();
  EXPECT_EQ(sink->times_closed(), 0u);
  EXPECT_EQ(sink->heard.With([](auto& heard) { return heard.events.size(); }), 1u);
}

TEST_F(StreamsTest, SessionsMayBeDestroyedAtAnyMoment) {
  master_.schedulers().answer = [](const v1::scheduler::Call&, Sink<v1::scheduler::Event>& sink) {
    sink.Deliver(SchedulerEvent(std::string(1000, 'x')));
    return absl::OkStatus();
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      auto endpoint = CreateGrpcSchedulerEndpoint(address_).value();
      for (int i = 0; i < 150; ++i) {
        auto sink = std::make_shared<SchedulerSink>();
        auto session = endpoint->Open(sink, {});
        for (int n = 0; n < (i + t) % 50; ++n) session->Send(SchedulerMessage("x"));
        if (i % 3 == 0) {
          EXPECT_TRUE(sink->AwaitEvents((i + t) % 50 / 2));
        }
        session.reset();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(master_.schedulers().AwaitAllGone());
}

TEST_F(StreamsTest, SessionsMayBeDestroyedWhileConnectingToNobody) {
  server_.reset();
  auto endpoint = CreateGrpcAgentEndpoint(address_).value();
  for (int i = 0; i < 500; ++i) {
    auto session = endpoint->Open(std::make_shared<MasterSink>(), {});
    if (i % 2 == 0) session->Send(internal::AgentMessage());
  }
}

TEST_F(StreamsTest, TwoHundredSessionsLiveSideBySide) {
  constexpr int kSessions = 200;
  master_.agents().answer = [](const internal::AgentMessage& message,
                               Sink<internal::MasterMessage>& sink) {
    internal::MasterMessage answer;
    answer.mutable_framework_message()->set_data(message.executor_message().data());
    sink.Deliver(std::move(answer));
    return absl::OkStatus();
  };
  auto endpoint = CreateGrpcAgentEndpoint(address_).value();
  std::vector<std::shared_ptr<MasterSink>> sinks;
  std::vector<std::unique_ptr<Session<internal::AgentMessage>>> sessions;
  for (int s = 0; s < kSessions; ++s) {
    sinks.push_back(std::make_shared<MasterSink>());
    sessions.push_back(endpoint->Open(sinks.back(), {}));
    for (int i = 0; i < 20; ++i) {
      internal::AgentMessage message;
      message.mutable_executor_message()->set_data(absl::StrCat(s, ":", i));
      sessions.back()->Send(std::move(message));
    }
  }
  for (int s = 0; s < kSessions; ++s) {
    ASSERT_TRUE(sinks[s]->AwaitEvents(20));
    sinks[s]->heard.With([s](MasterSink::Heard& heard) {
      EXPECT_EQ(heard.events[19].framework_message().data(), absl::StrCat(s, ":19"));
    });
  }
  sessions.clear();
  EXPECT_TRUE(master_.agents().AwaitAllGone());
}

TEST_F(StreamsTest, AServerEndsInTheMiddleOfTraffic) {
  master_.schedulers().answer = [](const v1::scheduler::Call&, Sink<v1::scheduler::Event>& sink) {
    for (int i = 0; i < 10; ++i) sink.Deliver(SchedulerEvent(std::string(1000, 'x')));
    return absl::OkStatus();
  };
  for (int round = 0; round < 5; ++round) {
    auto endpoint = CreateGrpcSchedulerEndpoint(address_).value();
    auto sink = std::make_shared<SchedulerSink>();
    auto session = endpoint->Open(sink, {});
    for (int i = 0; i < 2000; ++i) session->Send(SchedulerMessage("x"));
    ASSERT_TRUE(sink->AwaitEvents(10));
    server_.reset();
    ASSERT_TRUE(sink->AwaitClosed());
    EXPECT_EQ(sink->reason().code(), absl::StatusCode::kUnavailable) << sink->reason();
    EXPECT_TRUE(master_.schedulers().AwaitAllGone());
    StartServer("127.0.0.1:0");
  }
}

}  // namespace
}  // namespace mesos
