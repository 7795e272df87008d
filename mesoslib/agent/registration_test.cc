#include "mesoslib/agent/registration.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/base/message_times.h"
#include "mesoslib/base/simulated_event_loop.h"
#include "mesoslib/testing/fake_master.h"

namespace mesos::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::Lt;

class RegistrationTest : public ::testing::Test, public Registration::Registrant {
 protected:
  using AgentMessage = internal::AgentMessage;
  using MasterMessage = internal::MasterMessage;

  RegistrationTest() : random_(CreateSeededRandom(3)) { Make(absl::Seconds(1)); }

  void Make(absl::Duration backoff) {
    registration_ =
        std::make_unique<Registration>(&loop_, random_.get(), &master_, backoff, Logger(nullptr),
                                       this, std::make_shared<MessageTimes>(1));
  }

  AgentMessage Introduce() override {
    AgentMessage message;
    if (known_) {
      message.mutable_reregister()->mutable_agent()->mutable_id()->set_value("S0");
    } else {
      message.mutable_register_();
    }
    return message;
  }
  absl::Status Registered(const MasterMessage::Registered&) override {
    known_ = true;
    heard_.push_back("registered");
    return answer_;
  }
  absl::Status Reregistered(const MasterMessage::Reregistered&) override {
    heard_.push_back("reregistered");
    return answer_;
  }
  void Disconnected() override { heard_.push_back("disconnected"); }
  void Receive(MasterMessage) override { heard_.push_back("message"); }

  void Start() {
    registration_->Start({});
    loop_.Settle();
  }

  void Ping(bool connected) {
    MasterMessage ping;
    ping.mutable_ping()->set_connected(connected);
    master_.Say(ping);
    loop_.Settle();
  }

  SimulatedEventLoop loop_;
  std::unique_ptr<Random> random_;
  FakeMaster master_;
  bool known_ = false;
  absl::Status answer_;
  std::vector<std::string> heard_;
  std::unique_ptr<Registration> registration_;
};

TEST_F(RegistrationTest, TheFirstAttemptIsMadeAtOnce) {
  Start();
  EXPECT_TRUE(registration_->registered());
  EXPECT_EQ(master_.registers, 1);
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(master_.registers, 1);
}

TEST_F(RegistrationTest, AsksAgainEverMoreSeldomWhileTheMasterIsSilent) {
  master_.answer_registrations = false;
  Start();
  loop_.Advance(absl::Minutes(1));
  const int first_minute = master_.registers;
  EXPECT_GE(first_minute, 4);
  EXPECT_THAT(first_minute, Lt(12));
  loop_.Advance(absl::Minutes(9));
  const int before = master_.registers;
  loop_.Advance(absl::Minutes(10));
  EXPECT_GE(master_.registers - before, 10);
  EXPECT_THAT(master_.registers - before, Lt(22));
  EXPECT_EQ(master_.opened, 1);
  EXPECT_FALSE(registration_->registered());
}

TEST_F(RegistrationTest, ConnectsAgainWhenTheConnectionBreaks) {
  Start();
  master_.Cut();
  loop_.Settle();
  EXPECT_FALSE(registration_->registered());
  loop_.Advance(absl::Seconds(2));
  EXPECT_THAT(heard_, ElementsAre("registered", "disconnected", "reregistered"));
  EXPECT_EQ(master_.opened, 2);
}

TEST_F(RegistrationTest, WithoutBackoffAMasterThatIsDownDoesNotKeepTheLoopBusy) {
  Make(absl::ZeroDuration());
  master_.refuse_connections = true;
  Start();
  loop_.Advance(absl::Seconds(1));
  EXPECT_GE(master_.opened, 10);
  EXPECT_LE(master_.opened, 101);
  master_.refuse_connections = false;
  loop_.Advance(absl::Milliseconds(20));
  EXPECT_TRUE(registration_->registered());
}

TEST_F(RegistrationTest, AnswersPings) {
  Start();
  Ping(true);
  EXPECT_TRUE(master_.messages.back().has_pong());
  EXPECT_TRUE(registration_->registered());
}

TEST_F(RegistrationTest, ComesBackWhenTheMasterTakesItForDisconnected) {
  Start();
  Ping(false);
  EXPECT_THAT(heard_, ElementsAre("registered", "disconnected", "reregistered"));
  EXPECT_EQ(master_.opened, 1);
}

TEST_F(RegistrationTest, Case37_ASilentMasterIsTakenForLost) {
  Start();
  for (int i = 0; i < 10; ++i) {
    loop_.Advance(absl::Seconds(15));
    Ping(true);
  }
  EXPECT_EQ(master_.opened, 1);
  loop_.Advance(absl::Seconds(80));
  EXPECT_EQ(master_.opened, 2);
  EXPECT_THAT(heard_, ElementsAre("registered", "disconnected", "reregistered"));
}

TEST_F(RegistrationTest, AnAnswerThatMakesNoSenseIsRefused) {
  answer_ = absl::InvalidArgumentError("agent_id: missing");
  Start();
  EXPECT_FALSE(registration_->registered());
  answer_ = absl::OkStatus();
  loop_.Advance(absl::Minutes(1));
  EXPECT_TRUE(registration_->registered());
}

TEST_F(RegistrationTest, WhatAFormerSessionStillSaysIsNotHeard) {
  Start();
  master_.Cut();
  MasterMessage message;
  message.mutable_run_tasks();
  master_.Say(message);
  loop_.Advance(absl::Seconds(5));
  heard_.clear();
  registration_->Stop();
  master_.Say(message);
  loop_.Advance(absl::Minutes(5));
  EXPECT_THAT(heard_, ElementsAre());
  EXPECT_FALSE(master_.connected());
}

TEST_F(RegistrationTest, SaysNothingWhileItIsNotRegistered) {
  master_.answer_registrations = false;
  Start();
  AgentMessage message;
  message.mutable_status_update();
  registration_->Send(message);
  loop_.Settle();
  EXPECT_TRUE(master_.updates.empty());
}

TEST_F(RegistrationTest, Case38_ManyAgentsDoNotComeBackAllAtOnce) {
  std::vector<absl::Duration> delays;
  for (int seed = 0; seed < 50; ++seed) {
    SimulatedEventLoop loop;
    FakeMaster master;
    std::unique_ptr<Random> random = CreateSeededRandom(seed);
    Registration registration(&loop, random.get(), &master, absl::Seconds(1), Logger(nullptr), this,
                              std::make_shared<MessageTimes>(1));
    registration.Start({});
    loop.Settle();
    master.Cut();
    const absl::Time cut = loop.Now();
    loop.Settle();
    while (master.opened < 2) loop.Step();
    delays.push_back(loop.Now() - cut);
  }
  std::sort(delays.begin(), delays.end());
  EXPECT_LE(delays.back(), absl::Seconds(1));
  EXPECT_GT(delays[40] - delays[10], absl::Milliseconds(300));
}

}  // namespace
}  // namespace mesos::agent
