// Operators who hear of a master's changes.
#include "mesoslib/http/change_feed.h"

#include <deque>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/http/fake_client.h"
#include "mesoslib/http/message_json.h"
#include "mesoslib/http/operator_api.h"
#include "mesoslib/master/master_fixture.h"

namespace mesos::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::master::Event;

class ChangeFeedTest : public MasterTest {
 protected:
  ChangeFeedTest() {
    const auto background = [this](absl::AnyInvocable<void()> job) {
      jobs_.push_back(std::move(job));
    };
    const auto reads = std::make_shared<StateReads>(master_.get(), background);
    handler_ = CreateMasterApi(
        master_.get(), [] { return Leading(); }, reads,
        std::make_shared<ChangeFeed>(master_.get(), reads, 3, background), background);
  }

  // The master ends the feed's session, and that is a job: none is left behind.
  ~ChangeFeedTest() override {
    handler_ = nullptr;
    agents_.clear();
    frameworks_.clear();
    master_ = nullptr;
    Finish();
  }

  ClientAnswer Begin(Headers accept = {}) {
    Request request;
    request.method = "POST";
    request.path = "/api/v1";
    request.headers = std::move(accept);
    request.headers.Add("Content-Type", "application/json");
    request.body = R"({"type":"SUBSCRIBE"})";
    return Ask(handler_, std::move(request));
  }
  ClientAnswer Subscribe(Headers accept = {}) {
    ClientAnswer answer = Begin(std::move(accept));
    Finish();
    return answer;
  }
  void RunJobs() {
    for (auto& job : std::exchange(jobs_, {})) job();
  }
  void Finish() {
    loop_.Settle();
    while (!jobs_.empty()) {
      RunJobs();
      loop_.Settle();
    }
  }

  std::vector<Event> Take(ClientAnswer& answer) {
    Finish();
    std::vector<Event> events;
    for (const std::string& record : answer.TakeRecords()) {
      Event& event = events.emplace_back();
      if (record.starts_with("{")) {
        EXPECT_EQ(JsonToMessage(record, &event), absl::OkStatus());
      } else {
        EXPECT_TRUE(event.ParseFromString(record));
      }
    }
    return events;
  }
  std::vector<std::string> TakeTypes(ClientAnswer& answer) {
    std::vector<std::string> types;
    for (const Event& event : Take(answer)) types.push_back(Event::Type_Name(event.type()));
    return types;
  }

  std::deque<absl::AnyInvocable<void()>> jobs_;
  Handler handler_;
};

TEST_F(ChangeFeedTest, FirstTheStateThenTheChanges) {
  AddAgent();
  ClientAnswer answer = Subscribe();
  EXPECT_EQ(answer.status(), 200);
  EXPECT_TRUE(answer.streams());
  EXPECT_EQ(answer.header("Content-Type"), "application/json");
  std::vector<Event> events = Take(answer);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].type(), Event::SUBSCRIBED);
  EXPECT_EQ(events[0].subscribed().heartbeat_interval_seconds(), 15);
  EXPECT_EQ(events[0].subscribed().get_state().get_agents().agents_size(), 1);
  EXPECT_EQ(events[1].type(), Event::HEARTBEAT);

  TestFramework& framework = AddFramework();
  Advance(absl::Seconds(1));
  RunTask(framework, "t1");
  EXPECT_THAT(TakeTypes(answer), ElementsAre("FRAMEWORK_ADDED", "TASK_ADDED", "TASK_UPDATED"));
  Advance(absl::Seconds(15));
  EXPECT_THAT(TakeTypes(answer), ElementsAre("HEARTBEAT"));
}

TEST_F(ChangeFeedTest, EncodingsAreAsAskedFor) {
  ClientAnswer protobuf = Subscribe({{"Accept", "application/x-protobuf"}});
  EXPECT_EQ(protobuf.header("Content-Type"), "application/x-protobuf");
  ClientAnswer records =
      Subscribe({{"Accept", "application/recordio"}, {"Message-Accept", "application/json"}});
  EXPECT_EQ(records.header("Content-Type"), "application/recordio");
  EXPECT_EQ(records.header("Message-Content-Type"), "application/json");
  EXPECT_THAT(TakeTypes(protobuf), ElementsAre("SUBSCRIBED", "HEARTBEAT"));
  EXPECT_THAT(TakeTypes(records), ElementsAre("SUBSCRIBED", "HEARTBEAT"));
  AddAgent();
  EXPECT_THAT(TakeTypes(protobuf), ElementsAre("AGENT_ADDED"));
  EXPECT_THAT(TakeTypes(records), ElementsAre("AGENT_ADDED"));
  EXPECT_EQ(Subscribe({{"Accept", "text/html"}}).status(), 406);
}

// Whatever the moment: what is in the state is not told again, and all else is told.
TEST_F(ChangeFeedTest, NothingIsMissedOrToldTwice) {
  for (int pause = 0; pause < 8; ++pause) {
    ClientAnswer answer = Begin();
    for (int i = 0; i < pause; ++i) {
      RunJobs();
      loop_.Step();
    }
    agents_.push_back(std::make_unique<SimulatedAgent>(
        SimulatedAgent::Options{.hostname = absl::StrCat("late", pause)}, &loop_, random_.get(),
        &master_->agents()));
    agents_.back()->Connect();
    std::vector<std::string> names;
    for (const Event& event : Take(answer)) {
      for (const auto& agent : event.subscribed().get_state().get_agents().agents()) {
        names.push_back(agent.agent_info().hostname());
      }
      if (event.has_agent_added()) {
        names.push_back(event.agent_added().agent().agent_info().hostname());
      }
    }
    EXPECT_THAT(names, SizeIs(pause + 1));
    EXPECT_EQ(names.back(), absl::StrCat("late", pause));
    answer.HangUp();
    Finish();
  }
}

TEST_F(ChangeFeedTest, OneTooManyEndsTheOldest) {
  ClientAnswer first = Subscribe();
  ClientAnswer second = Subscribe();
  Subscribe();
  EXPECT_FALSE(first.ended());
  ClientAnswer last = Subscribe();
  EXPECT_TRUE(first.ended());
  EXPECT_FALSE(second.ended());
  EXPECT_THAT(TakeTypes(last), ElementsAre("SUBSCRIBED", "HEARTBEAT"));
}

TEST_F(ChangeFeedTest, WhenAllHaveGoneNothingIsTold) {
  ClientAnswer answer = Subscribe();
  answer.HangUp();
  Finish();
  AddAgent();
  EXPECT_THAT(jobs_, IsEmpty());
  ClientAnswer again = Subscribe();
  EXPECT_THAT(TakeTypes(again), ElementsAre("SUBSCRIBED", "HEARTBEAT"));
  AddFramework();
  EXPECT_THAT(TakeTypes(again), ElementsAre("FRAMEWORK_ADDED"));
}

TEST_F(ChangeFeedTest, TheEndOfTheMasterEndsThem) {
  ClientAnswer told = Subscribe();
  ClientAnswer waiting = Begin();
  RunJobs();
  master_ = nullptr;
  Finish();
  EXPECT_TRUE(told.ended());
  EXPECT_EQ(waiting.status(), 503);
}

}  // namespace
}  // namespace mesos::http
