#include "mesoslib/http/event_stream.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesoslib/base/notification.h"
#include "mesoslib/base/worker_pool.h"
#include "mesoslib/http/fake_client.h"
#include "mesoslib/testing/fake_endpoint.h"

namespace mesos::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::executor::Call;
using v1::executor::Event;
using Stream = EventStream<Call, Event>;

Event MakeEvent(const std::string& data) {
  Event event;
  event.mutable_message()->set_data(data);
  return event;
}

class EventStreamTest : public testing::Test {
 protected:
  // The endpoint's sessions hold their sinks, and these their sessions.
  ~EventStreamTest() override { endpoint_.Close(absl::UnavailableError("the test is over")); }

  ClientAnswer Start(Background background = RunAtOnce) {
    ClientAnswer answer;
    std::make_shared<Stream>(std::make_unique<ClientExchange>(Request(), answer),
                             Encoding::kProtobuf, Headers{{"X-Name", "value"}},
                             std::move(background))
        ->Start(&endpoint_, Call());
    return answer;
  }

  FakeEndpoint<Call, Event> endpoint_;
};

TEST_F(EventStreamTest, ACallThatIsTakenOpensTheStreamWithoutAnyEvent) {
  const ClientAnswer answer = Start();
  EXPECT_TRUE(answer.streams());
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.header("X-Name"), "value");
  EXPECT_EQ(answer.header("Content-Type"), "application/x-protobuf");
  EXPECT_FALSE(answer.ended());
}

TEST_F(EventStreamTest, ARefusedCallIsAnsweredWithTheReasonAndEndsTheSession) {
  endpoint_.AnswerCalls(absl::InvalidArgumentError("type is missing"));
  const ClientAnswer answer = Start();
  EXPECT_FALSE(answer.streams());
  EXPECT_EQ(answer.status(), 400);
  EXPECT_EQ(answer.body(), "type is missing");
  EXPECT_FALSE(endpoint_.is_open());
}

TEST_F(EventStreamTest, ASessionThatIsRefusedIsAnsweredWithTheReason) {
  endpoint_.RefuseSessions(absl::UnavailableError("not leading"));
  const ClientAnswer answer = Start();
  EXPECT_EQ(answer.status(), 503);
  EXPECT_EQ(answer.body(), "not leading");
}

TEST_F(EventStreamTest, WhatWasHeardBeforeTheEndIsWritten) {
  ClientAnswer answer = Start();
  endpoint_.Deliver(MakeEvent("a"));
  const std::shared_ptr<Sink<Event>> sink = endpoint_.OpenSink();
  endpoint_.Close(absl::AbortedError("replaced"));
  sink->Deliver(MakeEvent("late"));
  sink->Closed(absl::AbortedError("again"));
  EXPECT_THAT(answer.TakeRecords(), ElementsAre(MakeEvent("a").SerializeAsString()));
  EXPECT_TRUE(answer.ended());
}

TEST_F(EventStreamTest, AClientThatGoesEndsTheSession) {
  ClientAnswer answer = Start();
  const std::shared_ptr<Sink<Event>> sink = endpoint_.OpenSink();
  answer.HangUp();
  EXPECT_FALSE(endpoint_.is_open());
  sink->Deliver(MakeEvent("late"));
  EXPECT_THAT(answer.TakeChunks(), IsEmpty());
}

TEST_F(EventStreamTest, Case6_AStreamThatCannotBeWrittenFastEnoughIsEnded) {
  std::vector<absl::AnyInvocable<void()>> jobs;
  ClientAnswer answer =
      Start([&jobs](absl::AnyInvocable<void()> job) { jobs.push_back(std::move(job)); });
  const Event event = MakeEvent(std::string(1 << 20, 'x'));
  int delivered = 0;
  while (endpoint_.is_open() && delivered < 1000) {
    endpoint_.Deliver(event);
    ++delivered;
  }
  EXPECT_EQ(delivered, 65);  // 64 MiB, and the one that is too many.
  while (!jobs.empty()) {
    auto job = std::move(jobs.back());
    jobs.pop_back();
    job();
  }
  EXPECT_TRUE(answer.ended());
  EXPECT_EQ(answer.TakeRecords().size(), 64u);
}

TEST_F(EventStreamTest, EventsKeepTheirOrderWithManyThreadsAtWork) {
  constexpr int kEvents = 3000;
  auto pool = WorkerPool::Create("encode", 4).value();
  ClientAnswer answer =
      Start([&pool](absl::AnyInvocable<void()> job) { pool->Run(std::move(job)); });
  for (int i = 0; i < kEvents; ++i) endpoint_.Deliver(MakeEvent(absl::StrCat(i)));
  endpoint_.Close(absl::UnavailableError("the end"));
  while (!answer.ended()) {
    Notification ran;
    pool->Run([&ran] { ran.Notify(); });
    ran.WaitForNotification();
  }
  std::vector<std::string> expected;
  for (int i = 0; i < kEvents; ++i) {
    expected.push_back(MakeEvent(absl::StrCat(i)).SerializeAsString());
  }
  EXPECT_EQ(answer.TakeRecords(), expected);
}

TEST_F(EventStreamTest, AClientMayGoAtAnyMoment) {
  auto pool = WorkerPool::Create("encode", 2).value();
  for (int i = 0; i < 200; ++i) {
    ClientAnswer answer =
        Start([&pool](absl::AnyInvocable<void()> job) { pool->Run(std::move(job)); });
    pool->Run([answer]() mutable { answer.HangUp(); });
    for (int n = 0; n < i % 20; ++n) endpoint_.Deliver(MakeEvent("x"));
    answer.HangUp();
    endpoint_.Close(absl::UnavailableError("the end"));
  }
  pool = nullptr;
}

TEST_F(EventStreamTest, WhereNoThreadIsLeftTheClientIsNotLeftWaiting) {
  const ClientAnswer answer = Start([](absl::AnyInvocable<void()> /*job*/) {});
  endpoint_.Close(absl::UnavailableError("stopping"));
  EXPECT_EQ(answer.status(), 500);
}

}  // namespace
}  // namespace mesos::http
