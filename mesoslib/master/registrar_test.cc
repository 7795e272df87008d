#include "mesoslib/master/registrar.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/internal/registry.pb.h"
#include "mesoslib/base/simulated_event_loop.h"
#include "mesoslib/testing/fake_state_store.h"

namespace mesos::master {
namespace {

using ::testing::HasSubstr;

class RegistrarTest : public ::testing::Test {
 protected:
  RegistrarTest() : store_(&loop_) { NewRegistrar(); }

  void NewRegistrar() {
    registrar_ = std::make_unique<Registrar>(&store_, Logger(nullptr),
                                             [this](absl::Status status) { lost_ = status; });
  }

  absl::StatusOr<Registrar::Contents> Recover() {
    absl::StatusOr<Registrar::Contents> result = absl::UnknownError("no answer");
    v1::MasterInfo leader;
    leader.set_id("m");
    registrar_->Recover(leader, [&](auto contents) { result = std::move(contents); });
    loop_.Settle();
    return result;
  }

  v1::AgentInfo Info(const std::string& hostname) {
    v1::AgentInfo info;
    info.set_hostname(hostname);
    return info;
  }

  Registrar::Done Count() {
    return [this](absl::Status status) { status.ok() ? ++written_ : ++refused_; };
  }

  SimulatedEventLoop loop_;
  FakeStateStore store_;
  std::unique_ptr<Registrar> registrar_;
  absl::Status lost_;
  int written_ = 0;
  int refused_ = 0;
};

TEST_F(RegistrarTest, WhatWasWrittenIsFoundByTheNextMaster) {
  ASSERT_TRUE(Recover().ok());
  registrar_->Admit(AgentId("a"), Info("ha"), Count());
  registrar_->Admit(AgentId("b"), Info("hb"), Count());
  registrar_->Admit(AgentId("c"), Info("hc"), Count());
  registrar_->Admit(AgentId("d"), Info("hd"), Count());
  registrar_->MarkUnreachable(AgentId("b"), loop_.WallTime(), Count());
  registrar_->MarkGone(AgentId("c"), loop_.WallTime(), Count());
  registrar_->Remove(AgentId("d"), Count());
  loop_.Settle();
  EXPECT_EQ(written_, 7);

  NewRegistrar();
  absl::StatusOr<Registrar::Contents> contents = Recover();
  ASSERT_TRUE(contents.ok()) << contents.status();
  ASSERT_EQ(contents->admitted.size(), 1u);
  EXPECT_EQ(contents->admitted.at(AgentId("a")).hostname(), "ha");
  ASSERT_EQ(contents->unreachable.size(), 1u);
  EXPECT_EQ(contents->unreachable.at(AgentId("b")), loop_.WallTime());
  EXPECT_TRUE(contents->gone.contains(AgentId("c")));
  registrar_->MarkReachable(AgentId("b"), Info("hb"), Count());
  loop_.Settle();
  NewRegistrar();
  EXPECT_EQ(Recover()->admitted.size(), 2u);
}

TEST_F(RegistrarTest, ChangesMadeWhileACommitIsOnItsWayShareTheNextOne) {
  ASSERT_TRUE(Recover().ok());
  const int before = store_.commits();
  store_.hold = true;
  for (int i = 0; i < 1000; ++i) {
    registrar_->Admit(AgentId(std::to_string(i)), Info("h"), Count());
  }
  loop_.Settle();
  EXPECT_EQ(written_, 0) << "nobody hears of it before it is durable";
  store_.Release();
  loop_.Settle();
  EXPECT_EQ(written_, 1000);
  EXPECT_EQ(store_.commits() - before, 2);
}

TEST_F(RegistrarTest, AConflictEndsTheTermAndChangesNothing) {
  ASSERT_TRUE(Recover().ok());
  ++store_.snapshot().version;  // Somebody else has written.
  registrar_->Admit(AgentId("a"), Info("h"), Count());
  loop_.Settle();
  EXPECT_EQ(refused_, 1);
  EXPECT_EQ(lost_.code(), absl::StatusCode::kAborted);
  EXPECT_FALSE(store_.Has("agents/a"));
}

TEST_F(RegistrarTest, ADamagedEntryIsNamed) {
  store_.snapshot().entries["agents/a"] = "\xff\xff garbage";
  absl::StatusOr<Registrar::Contents> contents = Recover();
  EXPECT_EQ(contents.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(contents.status().message(), HasSubstr("agents/a"));
}

TEST_F(RegistrarTest, AStoreThatCannotBeReadIsReported) {
  store_.load_status = absl::UnavailableError("disk on fire");
  EXPECT_THAT(Recover().status().message(), HasSubstr("disk on fire"));
}

}  // namespace
}  // namespace mesos::master
