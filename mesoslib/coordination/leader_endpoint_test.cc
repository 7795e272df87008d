#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/leader_election.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/notification.h"
#include "mesoslib/base/simulated_event_loop.h"
#include "mesoslib/coordination/leader_sessions.h"
#include "mesoslib/testing/fake_endpoint.h"
#include "mesoslib/testing/fake_leader_detector.h"
#include "mesoslib/testing/recording_sink.h"

namespace mesos {
namespace {

using testing::HasSubstr;
using v1::scheduler::Call;
using v1::scheduler::Event;
using FakeMaster = FakeEndpoint<Call, Event>;

Leader Named(const std::string& id) {
  Leader leader;
  leader.info.set_id(id);
  return leader;
}

Call OfType(Call::Type type) {
  Call call;
  call.set_type(type);
  return call;
}

// Stands for a master that lives elsewhere; counts how many are there.
class Way final : public SchedulerEndpoint {
 public:
  Way(FakeMaster* master, int* ways) : master_(master), ways_(ways) { ++*ways_; }
  ~Way() override { --*ways_; }
  std::unique_ptr<Session<Call>> Open(std::shared_ptr<Sink<Event>> sink, Peer peer) override {
    return master_->Open(std::move(sink), std::move(peer));
  }

 private:
  FakeMaster* const master_;
  int* const ways_;
};

class LeaderEndpointTest : public testing::Test {
 protected:
  LeaderEndpointTest() { loop_.Settle(); }

  std::unique_ptr<SchedulerEndpoint> Connect(const Leader& leader) {
    if (leader.info.id() == "nowhere") return nullptr;
    return std::make_unique<Way>(leader.info.id() == "A" ? &a_ : &b_, &ways_);
  }

  void Lead(std::optional<Leader> leader) {
    detector_.SetLeader(std::move(leader));
    loop_.Settle();
  }

  std::unique_ptr<Session<Call>> Open(const std::shared_ptr<RecordingSink<Event>>& sink) {
    auto session = endpoint_->Open(sink, {.principal = "p"});
    loop_.Settle();
    return session;
  }

  // A session that the leader has answered.
  std::unique_ptr<Session<Call>> OpenAndHear(FakeMaster* master) {
    auto session = Open(sink_);
    master->Deliver(Event());
    loop_.Settle();
    EXPECT_EQ(sink_->Take().size(), 1u);
    return session;
  }

  void Send(Session<Call>& session, Call call) {
    session.Send(std::move(call), [this](absl::Status status) { answers_.push_back(status); });
    loop_.Settle();
  }

  SimulatedEventLoop loop_;
  FakeLeaderDetector detector_{&loop_};
  FakeMaster a_;
  FakeMaster b_;
  int ways_ = 0;
  std::vector<absl::Status> answers_;
  std::shared_ptr<RecordingSink<Event>> sink_ = std::make_shared<RecordingSink<Event>>();
  std::unique_ptr<SchedulerEndpoint> endpoint_ =
      CreateLeaderSchedulerEndpoint(
          &detector_, [this](const Leader& leader) { return Connect(leader); }, &loop_)
          .value();
};

TEST_F(LeaderEndpointTest, ASessionWaitsWithItsCallsForALeader) {
  auto session = Open(sink_);
  Send(*session, OfType(Call::SUBSCRIBE));
  Send(*session, OfType(Call::REVIVE));
  loop_.Advance(absl::Hours(1));
  EXPECT_TRUE(answers_.empty());
  EXPECT_FALSE(sink_->closed.has_value());

  Lead(Named("A"));
  const std::vector<Call> calls = a_.TakeCalls();
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].type(), Call::SUBSCRIBE);
  EXPECT_EQ(calls[1].type(), Call::REVIVE);
  EXPECT_THAT(answers_, testing::ElementsAre(absl::OkStatus(), absl::OkStatus()));
  EXPECT_EQ(a_.peer().principal, "p");

  a_.Deliver(Event());
  loop_.Settle();
  EXPECT_EQ(sink_->events.size(), 1u);
}

TEST_F(LeaderEndpointTest, ASessionIsClosedWhenAnotherMasterLeads) {
  Lead(Named("A"));
  auto session = OpenAndHear(&a_);
  Lead(Named("B"));
  ASSERT_TRUE(sink_->closed.has_value());
  EXPECT_EQ(*sink_->closed, absl::UnavailableError("another master leads"));
  EXPECT_FALSE(a_.is_open());
  Send(*session, OfType(Call::REVIVE));
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_TRUE(absl::IsUnavailable(answers_[0]));
  EXPECT_TRUE(a_.TakeCalls().empty());

  auto next = Open(std::make_shared<RecordingSink<Event>>());
  EXPECT_TRUE(b_.is_open());
}

TEST_F(LeaderEndpointTest, TheSameMasterUnderAnotherIdIsAnother) {
  Leader leader = Named("A");
  leader.info.set_hostname("host");
  Lead(leader);
  auto session = OpenAndHear(&a_);
  leader.info.set_id("A2");
  Lead(leader);
  EXPECT_TRUE(sink_->closed.has_value());
}

TEST_F(LeaderEndpointTest, ALeaderOutOfSightKeepsItsSessionsWhileNewOnesWait) {
  Lead(Named("A"));
  auto session = OpenAndHear(&a_);
  Lead(std::nullopt);
  Send(*session, OfType(Call::REVIVE));
  EXPECT_EQ(a_.TakeCalls().size(), 1u);
  auto late = std::make_shared<RecordingSink<Event>>();
  auto waiting = Open(late);
  EXPECT_EQ(a_.opened(), 1);

  Lead(Named("A"));
  EXPECT_EQ(a_.opened(), 2);
  EXPECT_FALSE(sink_->closed.has_value());
  EXPECT_FALSE(late->closed.has_value());
}

TEST_F(LeaderEndpointTest, WhatTheLeaderClosesIsClosedWithItsReason) {
  Lead(Named("A"));
  auto session = Open(sink_);
  a_.Close(absl::PermissionDeniedError("not you"));
  loop_.Settle();
  EXPECT_EQ(sink_->closed, absl::PermissionDeniedError("not you"));
  Send(*session, OfType(Call::REVIVE));
  EXPECT_TRUE(absl::IsUnavailable(answers_.at(0)));
}

TEST_F(LeaderEndpointTest, ADestroyedSessionIsClosedAtTheLeaderAndHearsNothing) {
  Lead(Named("A"));
  auto session = Open(sink_);
  const auto stale = a_.OpenSink();
  session.reset();
  loop_.Settle();
  EXPECT_FALSE(a_.is_open());
  stale->Deliver(Event());
  stale->Closed(absl::UnavailableError("late"));
  Lead(Named("B"));
  EXPECT_TRUE(sink_->events.empty());
  EXPECT_FALSE(sink_->closed.has_value());
}

TEST_F(LeaderEndpointTest, ADestroyedSessionThatWaitedGivesItsCallsUp) {
  auto session = Open(sink_);
  auto other = Open(std::make_shared<RecordingSink<Event>>());
  Send(*session, OfType(Call::SUBSCRIBE));
  Send(*other, OfType(Call::REVIVE));
  session.reset();
  loop_.Settle();
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_TRUE(absl::IsUnavailable(answers_[0]));
  Lead(Named("A"));
  EXPECT_EQ(a_.opened(), 1);
  EXPECT_EQ(a_.TakeCalls().size(), 1u);
}

TEST_F(LeaderEndpointTest, WhatWaitsIsBounded) {
  auto session = Open(sink_);
  for (size_t i = 0; i < kMaxCallsWaitingForLeader; ++i) session->Send(OfType(Call::REVIVE));
  Send(*session, OfType(Call::REVIVE));
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_TRUE(absl::IsUnavailable(answers_[0]));
  EXPECT_THAT(std::string(answers_[0].message()), HasSubstr("10000 calls"));
  Lead(Named("A"));
  EXPECT_EQ(a_.TakeCalls().size(), kMaxCallsWaitingForLeader);
  a_.Deliver(Event());
  loop_.Settle();

  Lead(std::nullopt);
  auto next = Open(std::make_shared<RecordingSink<Event>>());
  Call big = OfType(Call::MESSAGE);
  big.mutable_message()->set_data(std::string(kMaxBytesWaitingForLeader / 2, 'x'));
  Send(*next, big);
  Send(*next, big);
  ASSERT_EQ(answers_.size(), 2u);
  EXPECT_TRUE(absl::IsUnavailable(answers_[1]));
  EXPECT_THAT(std::string(answers_[1].message()), HasSubstr("1 calls of"));
}

TEST_F(LeaderEndpointTest, AFormersEndpointIsDestroyedSomeTimeLater) {
  Lead(Named("A"));
  Lead(Named("B"));
  EXPECT_EQ(ways_, 2);
  loop_.Advance(kLeaderRetirement);
  EXPECT_EQ(ways_, 1);
  Lead(Named("A"));
  endpoint_.reset();
  EXPECT_EQ(ways_, 0);
  EXPECT_EQ(detector_.watchers(), 0u);
  loop_.Advance(2 * kLeaderRetirement);
}

TEST_F(LeaderEndpointTest, ALeaderWithoutAWayThereClosesSessions) {
  auto session = Open(sink_);
  Send(*session, OfType(Call::SUBSCRIBE));
  Lead(Named("nowhere"));
  ASSERT_TRUE(sink_->closed.has_value());
  EXPECT_TRUE(absl::IsUnavailable(*sink_->closed));
  EXPECT_TRUE(absl::IsUnavailable(answers_.at(0)));
  auto late = std::make_shared<RecordingSink<Event>>();
  auto next = Open(late);
  EXPECT_TRUE(late->closed.has_value());
}

TEST_F(LeaderEndpointTest, ALeaderThatDoesNotAnswerIsTriedAgainAndAnotherAtOnce) {
  a_.RefuseSessions(absl::UnavailableError("connection refused"));
  Lead(Named("A"));
  auto session = Open(sink_);
  Send(*session, OfType(Call::SUBSCRIBE));
  loop_.Advance(absl::Minutes(1));
  EXPECT_GE(a_.opened(), 10);
  EXPECT_LE(a_.opened(), 60);
  EXPECT_FALSE(sink_->closed.has_value());
  EXPECT_TRUE(answers_.empty());

  Lead(Named("B"));
  ASSERT_TRUE(b_.is_open());
  const std::vector<Call> calls = b_.TakeCalls();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].type(), Call::SUBSCRIBE);
  EXPECT_THAT(answers_, testing::ElementsAre(absl::OkStatus()));
  b_.Deliver(Event());
  loop_.Settle();
  EXPECT_EQ(sink_->events.size(), 1u);
  b_.Close(absl::UnavailableError("lost"));
  loop_.Settle();
  EXPECT_EQ(sink_->closed, absl::UnavailableError("lost")) << "what was answered is not repeated";
}

TEST_F(LeaderEndpointTest, ACallIsSentAgainUntilTheLeaderAnswers) {
  Lead(Named("A"));
  auto session = Open(sink_);
  Send(*session, OfType(Call::SUBSCRIBE));
  a_.Close(absl::UnavailableError("this master does not lead yet"));
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(a_.opened(), 2);
  EXPECT_EQ(a_.TakeCalls().size(), 2u);
  EXPECT_THAT(answers_, testing::SizeIs(1));
  a_.Deliver(Event());
  loop_.Settle();
  Send(*session, OfType(Call::REVIVE));
  EXPECT_EQ(a_.TakeCalls().size(), 1u);
  EXPECT_FALSE(sink_->closed.has_value());
}

TEST_F(LeaderEndpointTest, OfAttemptsToSubscribeOnlyTheLastWaits) {
  auto session = Open(sink_);
  for (int i = 0; i < 5; ++i) {
    Call call = OfType(Call::SUBSCRIBE);
    call.mutable_subscribe()->mutable_framework_info()->set_name(std::to_string(i));
    Send(*session, call);
  }
  Send(*session, OfType(Call::REVIVE));
  EXPECT_THAT(answers_, testing::Each(absl::OkStatus()));
  EXPECT_THAT(answers_, testing::SizeIs(4));
  Lead(Named("A"));
  const std::vector<Call> calls = a_.TakeCalls();
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].subscribe().framework_info().name(), "4");
}

TEST_F(LeaderEndpointTest, ARefusedCallIsNotRepeated) {
  a_.AnswerCalls(absl::InvalidArgumentError("malformed"));
  Lead(Named("A"));
  auto session = Open(sink_);
  Send(*session, OfType(Call::SUBSCRIBE));
  EXPECT_THAT(answers_, testing::ElementsAre(absl::InvalidArgumentError("malformed")));
  a_.Close(absl::InvalidArgumentError("malformed"));
  loop_.Settle();
  EXPECT_EQ(sink_->closed, absl::InvalidArgumentError("malformed"));
}

// What a session hears may be the reason to destroy everything.
class DestroyingSink final : public Sink<Event> {
 public:
  explicit DestroyingSink(
      std::function<void()> delivered, std::function<void()> closed = [] {})
      : delivered_(std::move(delivered)), closed_(std::move(closed)) {}
  void Deliver(Event) override { delivered_(); }
  void Closed(absl::Status) override { closed_(); }

 private:
  const std::function<void()> delivered_;
  const std::function<void()> closed_;
};

TEST_F(LeaderEndpointTest, ItMayBeDestroyedByWhatItCalls) {
  Lead(Named("A"));
  std::vector<std::unique_ptr<Session<Call>>> sessions;
  for (int i = 0; i < 3; ++i) {
    sessions.push_back(endpoint_->Open(
        std::make_shared<DestroyingSink>([] {}, [this] { endpoint_.reset(); }), Peer()));
    loop_.Settle();
    a_.Deliver(Event());
  }
  loop_.Settle();
  Lead(Named("B"));
  EXPECT_EQ(endpoint_, nullptr);
  EXPECT_EQ(ways_, 0);
}

TEST_F(LeaderEndpointTest, ItMayBeDestroyedByAnEvent) {
  Lead(Named("A"));
  auto session =
      endpoint_->Open(std::make_shared<DestroyingSink>([this] { endpoint_.reset(); }), Peer());
  loop_.Settle();
  a_.Deliver(Event());
  a_.Deliver(Event());
  loop_.Settle();
  EXPECT_EQ(endpoint_, nullptr);
}

TEST_F(LeaderEndpointTest, AHandleOutlivesTheEndpoint) {
  auto session = Open(sink_);
  Send(*session, OfType(Call::SUBSCRIBE));
  endpoint_.reset();
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_TRUE(absl::IsUnavailable(answers_[0]));
  Send(*session, OfType(Call::REVIVE));
  ASSERT_EQ(answers_.size(), 2u);
  EXPECT_TRUE(absl::IsUnavailable(answers_[1]));
}

TEST_F(LeaderEndpointTest, RefusesWhatItCannotWorkWith) {
  const SchedulerConnector connect = [](const Leader&) { return nullptr; };
  EXPECT_EQ(CreateLeaderSchedulerEndpoint(nullptr, connect, &loop_).status(),
            absl::InvalidArgumentError("detector is null"));
  EXPECT_EQ(CreateLeaderSchedulerEndpoint(&detector_, nullptr, &loop_).status(),
            absl::InvalidArgumentError("connect is null"));
  EXPECT_EQ(CreateLeaderAgentEndpoint(
                &detector_, [](const Leader&) { return nullptr; }, nullptr)
                .status(),
            absl::InvalidArgumentError("loop is null"));
}

// Two threads open, speak and close while the leader changes all the time.
TEST(LeaderEndpointThreadTest, AnyThreadMayUseIt) {
  auto loop = CreateThreadEventLoop("test").value();
  FakeLeaderDetector detector(loop.get());
  FakeMaster a;
  FakeMaster b;
  int ways = 0;
  auto endpoint = CreateLeaderSchedulerEndpoint(
                      &detector,
                      [&](const Leader& leader) {
                        return std::make_unique<Way>(leader.info.id() == "A" ? &a : &b, &ways);
                      },
                      loop.get())
                      .value();
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 300; ++j) {
        auto session = endpoint->Open(std::make_shared<DestroyingSink>([] {}), Peer());
        Notification taken;
        session->Send(OfType(Call::REVIVE), [&](absl::Status) { taken.Notify(); });
        taken.WaitForNotification();
      }
    });
  }
  Notification over;
  std::thread elections([&] {
    for (int i = 0; !over.HasBeenNotified(); ++i) {
      RunOn(loop.get(), [&] { detector.SetLeader(Named(i % 2 == 0 ? "A" : "B")); });
    }
  });
  for (std::thread& thread : threads) thread.join();
  over.Notify();
  elections.join();
  endpoint.reset();
  EXPECT_EQ(ways, 0);
}

}  // namespace
}  // namespace mesos
