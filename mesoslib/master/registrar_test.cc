#include "mesoslib/master/registrar.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/internal/registry.pb.h"
#include "mesoslib/base/simulated_event_loop.h"
#include "mesoslib/master/registry_entries.h"
#include "mesoslib/testing/fake_state_store.h"

namespace mesos::master {
namespace {

using ::testing::HasSubstr;

class RegistrarTest : public ::testing::Test {
 protected:
  RegistrarTest() : store_(&loop_) { NewRegistrar(); }

  void NewRegistrar(Registrar::Options options = {}) {
    registrar_ = std::make_unique<Registrar>(options, &store_, &loop_, Logger(&log_),
                                             [this](absl::Status status) { lost_ = status; });
  }

  absl::StatusOr<Registrar::Contents> Recover() {
    absl::StatusOr<Registrar::Contents> result = absl::UnknownError("no answer");
    v1::MasterInfo leader;
    leader.set_id("m");
    registrar_->Recover(leader, "r" + std::to_string(++recoveries_),
                        [&](auto contents) { result = std::move(contents); });
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

  // Keeps what is logged.
  struct Lines final : LogSink {
    void Log(LogLevel, absl::string_view line) override { absl::StrAppend(&all, line, "\n"); }
    std::string all;
  };

  Lines log_;
  SimulatedEventLoop loop_;
  FakeStateStore store_;
  std::unique_ptr<Registrar> registrar_;
  absl::Status lost_;
  int written_ = 0;
  int refused_ = 0;
  int recoveries_ = 0;
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

TEST_F(RegistrarTest, DeactivatedAgentsAndMaintenanceAreFoundByTheNextMaster) {
  ASSERT_TRUE(Recover().ok());
  internal::DeactivatedAgent draining;
  draining.mutable_drain_info()->set_state(v1::DRAINING);
  draining.mutable_drain_info()->mutable_config()->mutable_max_grace_period()->set_nanoseconds(7);
  registrar_->Admit(AgentId("a"), Info("ha"), Count());
  registrar_->Admit(AgentId("b"), Info("hb"), Count());
  registrar_->Deactivate(AgentId("a"), draining, Count());
  registrar_->Deactivate(AgentId("b"), {}, Count());
  registrar_->MarkUnreachable(AgentId("a"), loop_.WallTime(), Count());
  internal::Maintenance maintenance;
  auto* window = maintenance.mutable_schedule()->add_windows();
  window->add_machine_ids()->set_hostname("h");
  window->mutable_unavailability()->mutable_start()->set_nanoseconds(1);
  maintenance.add_down()->set_hostname("h");
  registrar_->UpdateMaintenance(master::MaintenancePlan::Read(maintenance).value(), Count());
  loop_.Settle();
  NewRegistrar();
  absl::StatusOr<Registrar::Contents> contents = Recover();
  ASSERT_TRUE(contents.ok()) << contents.status();
  ASSERT_EQ(contents->deactivated.size(), 2u);
  EXPECT_EQ(contents->deactivated.at(AgentId("a")).drain_info().SerializeAsString(),
            draining.drain_info().SerializeAsString());
  EXPECT_FALSE(contents->deactivated.at(AgentId("b")).has_drain_info());
  EXPECT_EQ(contents->maintenance.ToProto().SerializeAsString(), maintenance.SerializeAsString());

  // It goes with the agent, whichever way that goes.
  registrar_->MarkGone(AgentId("a"), loop_.WallTime(), Count());
  registrar_->Remove(AgentId("b"), Count());
  registrar_->UpdateMaintenance({}, Count());
  loop_.Settle();
  NewRegistrar();
  contents = Recover();
  EXPECT_TRUE(contents->deactivated.empty());
  EXPECT_TRUE(contents->maintenance.empty());
  EXPECT_EQ(refused_, 0);
}

TEST_F(RegistrarTest, AnUnreachableAgentThatIsForgottenIsNotDeactivatedAnyMore) {
  ASSERT_TRUE(Recover().ok());
  registrar_->Deactivate(AgentId("a"), {}, Count());
  registrar_->MarkUnreachable(AgentId("a"), loop_.WallTime(), Count());
  registrar_->Forget({AgentId("a")}, {}, Count());
  loop_.Settle();
  NewRegistrar();
  EXPECT_TRUE(Recover()->deactivated.empty());
}

TEST_F(RegistrarTest, AnAgentWhoseDrainIsDamagedStaysDeactivated) {
  ASSERT_TRUE(Recover().ok());
  registrar_->Deactivate(AgentId("a"), {}, Count());
  loop_.Settle();
  for (const std::string damage : {"", "\xff"}) {
    store_.snapshot().entries["deactivated/a"] = damage;
    store_.snapshot().entries["maintenance"] = damage;
    NewRegistrar({.strict = true});
    EXPECT_TRUE(absl::IsDataLoss(Recover().status()));
    NewRegistrar();
    absl::StatusOr<Registrar::Contents> contents = Recover();
    ASSERT_TRUE(contents.ok()) << contents.status();
    ASSERT_EQ(contents->deactivated.size(), 1u);
    EXPECT_FALSE(contents->deactivated.at(AgentId("a")).has_drain_info());
    EXPECT_TRUE(contents->maintenance.empty());
  }
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

TEST_F(RegistrarTest, FewCallbacksRunInOneTurn) {
  ASSERT_TRUE(Recover().ok());
  for (int i = 0; i < 1000; ++i) {
    registrar_->Admit(AgentId(std::to_string(i)), Info("h"), Count());
  }
  int most = 0;
  while (written_ < 1000) {
    const int before = written_;
    ASSERT_TRUE(loop_.Step());
    most = std::max(most, written_ - before);
  }
  EXPECT_LE(most, 32);
}

TEST_F(RegistrarTest, ATermIsTheVersionAfterTheTakingOver) {
  const auto first = Recover().value().term;
  EXPECT_EQ(first.registry_id(), "r1");
  EXPECT_EQ(first.number(), store_.snapshot().version);
  registrar_->Admit(AgentId("a"), Info("h"), Count());
  loop_.Settle();
  NewRegistrar();
  const auto second = Recover().value().term;
  EXPECT_EQ(second.registry_id(), "r1") << "made once";
  EXPECT_GT(second.number(), first.number());
}

TEST_F(RegistrarTest, AFormerLeadersLastWriteDoesNotStopTheNew) {
  bool raced = false;
  store_.before_commit = [&] {
    if (!std::exchange(raced, true)) ++store_.snapshot().version;
  };
  EXPECT_TRUE(Recover().ok());
  store_.before_commit = [&] { ++store_.snapshot().version; };
  NewRegistrar();
  EXPECT_TRUE(absl::IsAborted(Recover().status())) << "but one that goes on writing does";
}

// -- Damage --

TEST_F(RegistrarTest, ADamagedEntryIsSetAsideAndTheRestIsRead) {
  ASSERT_TRUE(Recover().ok());
  for (const char* id : {"a", "b", "c", "d"}) registrar_->Admit(AgentId(id), Info("h"), Count());
  registrar_->MarkGone(AgentId("g"), loop_.WallTime(), Count());
  registrar_->MarkUnreachable(AgentId("u"), loop_.WallTime(), Count());
  loop_.Settle();
  auto& entries = store_.snapshot().entries;
  const std::string whole = entries.at("agents/c");
  entries["agents/a"] = "\xff\xff garbage";
  entries["agents/b"] = "";
  entries["agents/c"] = whole.substr(0, whole.size() - 3);
  internal::RegisteredAgent newer;
  *newer.mutable_agent() = Info("h");
  newer.set_format(2);
  entries["agents/d"] = newer.SerializeAsString();
  entries["gone/g"] = "";
  entries["unreachable/u"] = "\xff";
  const auto damaged = entries;
  loop_.Advance(absl::Hours(1));
  for (int recovery = 0; recovery < 2; ++recovery) {
    NewRegistrar();
    absl::StatusOr<Registrar::Contents> contents = Recover();
    ASSERT_TRUE(contents.ok()) << contents.status();
    EXPECT_TRUE(contents->admitted.empty());
    EXPECT_TRUE(contents->gone.contains(AgentId("g"))) << "who was gone stays gone";
    EXPECT_EQ(contents->unreachable.count(AgentId("u")), 1u);
    EXPECT_EQ(contents->term.registry_id(), "r1");
    for (const char* key :
         {"agents/a", "agents/b", "agents/c", "agents/d", "gone/g", "unreachable/u"}) {
      EXPECT_EQ(entries.at(std::string("damaged/") + key), damaged.at(key)) << key;
      EXPECT_EQ(store_.Has(key), key[0] != 'a') << key;
    }
  }
  EXPECT_THAT(log_.all, HasSubstr("'agents/b' is damaged: it is empty"));
  EXPECT_THAT(log_.all, HasSubstr("kept as 'damaged/agents/c'"));
  EXPECT_THAT(log_.all, HasSubstr("format 2 of a newer master"));
  EXPECT_THAT(log_.all, HasSubstr("agent a is not expected back"));
  EXPECT_THAT(log_.all, HasSubstr("agent g stays gone"));
}

TEST_F(RegistrarTest, WhatWasSetAsideBeforeIsNotOverwritten) {
  auto& entries = store_.snapshot().entries;
  entries["damaged/agents/a"] = "first";
  entries["agents/a"] = "\xff";
  ASSERT_TRUE(Recover().ok());
  EXPECT_EQ(entries.at("damaged/agents/a"), "first");
  EXPECT_EQ(entries.at("damaged/agents/a~2"), "\xff");
}

TEST_F(RegistrarTest, StrictlyADamagedEntryEndsTheRecoveryAndNothingIsChanged) {
  store_.snapshot().entries["agents/a"] = "\xff\xff garbage";
  NewRegistrar({.strict = true});
  absl::StatusOr<Registrar::Contents> contents = Recover();
  EXPECT_EQ(contents.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(contents.status().message(), HasSubstr("'agents/a' is damaged"));
  EXPECT_EQ(store_.commits(), 0);
}

TEST_F(RegistrarTest, ADamagedHeaderIsSetAside) {
  ASSERT_TRUE(Recover().ok());
  store_.snapshot().entries["registry"] = "";
  store_.snapshot().entries["master"] = "\xff";
  NewRegistrar();
  EXPECT_EQ(Recover().value().term.registry_id(), "r2");
  EXPECT_TRUE(store_.Has("damaged/registry"));
  EXPECT_TRUE(store_.Has("damaged/master"));
}

TEST_F(RegistrarTest, ARegistryMayNeedAMoreCapableMaster) {
  internal::Registry header;
  header.set_registry_id("r");
  header.add_minimum_capabilities("AGENT_UPDATE");
  store_.snapshot().entries["registry"] = header.SerializeAsString();
  EXPECT_TRUE(Recover().ok());
  header.add_minimum_capabilities("TIME_TRAVEL");
  store_.snapshot().entries["registry"] = header.SerializeAsString();
  NewRegistrar();
  EXPECT_THAT(std::string(Recover().status().message()), HasSubstr("TIME_TRAVEL"));
}

TEST_F(RegistrarTest, QuotasAndWeightsAreFoundByTheNextMaster) {
  ASSERT_TRUE(Recover().ok());
  Quota quota;
  quota.guarantees.Set("cpus", 1500);
  quota.limits = {{"cpus", 2000}, {"gpus", 0}};
  const int before = store_.commits();
  registrar_->UpdateQuotas({{"eng/web", quota}, {"ads", quota}}, Count());
  loop_.Settle();
  EXPECT_EQ(store_.commits(), before + 1) << "all or nothing";
  registrar_->UpdateQuotas({{"ads", Quota()}}, Count());
  registrar_->UpdateWeights({{"eng/web", 0.25}, {"*", 2}}, Count());
  loop_.Settle();
  EXPECT_EQ(written_, 3);
  NewRegistrar({.weights = {{"other", 5}}});
  const Registrar::Contents contents = Recover().value();
  EXPECT_EQ(contents.quotas, (std::map<std::string, Quota>{{"eng/web", quota}}));
  EXPECT_EQ(contents.weights, (std::map<std::string, double>{{"eng/web", 0.25}, {"*", 2}}));
  EXPECT_FALSE(store_.Has("weights/other"));
}

TEST_F(RegistrarTest, WeightsAreWrittenIntoARegistryThatNeverHadAny) {
  NewRegistrar({.weights = {{"eng", 2}}});
  EXPECT_EQ(Recover()->weights.at("eng"), 2);
  EXPECT_TRUE(store_.Has("weights/eng"));
  store_.snapshot().entries["weights/eng"] = "\xff";
  NewRegistrar({.weights = {{"eng", 2}}});
  EXPECT_TRUE(Recover()->weights.empty()) << "what is set aside was once somebody's will";
  NewRegistrar({.weights = {{"eng", 2}}});
  EXPECT_TRUE(Recover()->weights.empty());
}

TEST_F(RegistrarTest, DamagedQuotasAndWeightsAreSetAside) {
  const Quota quota{.limits = {{"cpus", 1000}}};
  internal::RoleQuota impossible;
  impossible.mutable_config()->set_role("d");
  (*impossible.mutable_config()->mutable_guarantees())["cpus"].set_value(2);
  (*impossible.mutable_config()->mutable_limits())["cpus"].set_value(1);
  internal::RoleQuota newer;
  newer.ParseFromString(QuotaEntry("e", quota));
  newer.set_format(2);
  const std::map<std::string, std::string> damaged = {{"quotas/a", "\xff"},
                                                      {"quotas/b", ""},
                                                      {"quotas/c/d", QuotaEntry("c", quota)},
                                                      {"quotas/d", impossible.SerializeAsString()},
                                                      {"quotas/e", newer.SerializeAsString()},
                                                      {"quotas/*", QuotaEntry("*", quota)},
                                                      {"quotas/f", QuotaEntry("f", Quota())},
                                                      {"weights/a", "\xff"},
                                                      {"weights/b", WeightEntry("c", 1)},
                                                      {"weights/c", WeightEntry("c", -1)}};
  auto& entries = store_.snapshot().entries;
  for (const auto& [key, value] : damaged) entries[key] = value;
  entries["quotas/x/y"] = QuotaEntry("x/y", quota);
  entries["weights/x"] = WeightEntry("x", 2);
  for (int i = 0; i < 2; ++i) {
    NewRegistrar();
    const absl::StatusOr<Registrar::Contents> contents = Recover();
    ASSERT_TRUE(contents.ok()) << contents.status();
    EXPECT_EQ(contents->quotas, (std::map<std::string, Quota>{{"x/y", quota}}));
    EXPECT_EQ(contents->weights, (std::map<std::string, double>{{"x", 2}}));
    for (const auto& [key, value] : damaged) {
      EXPECT_FALSE(store_.Has(key)) << key;
      EXPECT_EQ(entries.at("damaged/" + key), value) << key;
    }
  }
  EXPECT_THAT(log_.all, HasSubstr("role 'a' has neither guarantees nor limits"));
  EXPECT_THAT(log_.all, HasSubstr("role 'b' weighs 1"));
  EXPECT_THAT(log_.all, HasSubstr("config.role is 'c'; expected 'c/d'"));
  EXPECT_THAT(log_.all, HasSubstr("config.guarantees['cpus'] is 2; expected at most the limit, 1"));
}

TEST_F(RegistrarTest, AQuotaThatIsSetAsideNeedsNoCapableMaster) {
  ASSERT_TRUE(Recover().ok());
  auto needs = [this] {
    internal::Registry header;
    EXPECT_TRUE(header.ParseFromString(store_.snapshot().entries.at("registry")));
    return header.minimum_capabilities_size();
  };
  registrar_->UpdateQuotas({{"a", Quota{.limits = {{"cpus", 1000}}}}}, Count());
  loop_.Settle();
  EXPECT_EQ(needs(), 1);
  store_.snapshot().entries["quotas/a"] = "\xff";
  NewRegistrar();
  ASSERT_TRUE(Recover().ok());
  EXPECT_EQ(needs(), 0);
}

TEST_F(RegistrarTest, ForgetsTheAbsent) {
  ASSERT_TRUE(Recover().ok());
  registrar_->MarkGone(AgentId("g"), loop_.WallTime(), Count());
  registrar_->MarkUnreachable(AgentId("u"), loop_.WallTime(), Count());
  registrar_->Forget({AgentId("u")}, {AgentId("g")}, Count());
  loop_.Settle();
  EXPECT_EQ(written_, 3);
  EXPECT_FALSE(store_.Has("gone/g"));
  EXPECT_FALSE(store_.Has("unreachable/u"));
}

TEST_F(RegistrarTest, AStoreThatCannotBeReadIsReported) {
  store_.load_status = absl::UnavailableError("disk on fire");
  EXPECT_THAT(Recover().status().message(), HasSubstr("disk on fire"));
}

}  // namespace
}  // namespace mesos::master
