// Quotas and weights as operators meet them: the calls, their errors, what of them outlives a
// master, and what becomes of offers. The allocator is told, and is another test's affair.
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/allocator.h"
#include "mesos/internal/registry.pb.h"
#include "mesos/master.h"
#include "mesoslib/master/master_fixture.h"
#include "mesoslib/testing/fake_state_store.h"
#include "mesoslib/testing/recording_allocator.h"

namespace mesos {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using v1::master::Call;
using v1::master::Response;
using v1::quota::QuotaConfig;

QuotaConfig Config(const std::string& role, const std::string& guarantees,
                   const std::string& limits) {
  QuotaConfig config;
  config.set_role(role);
  auto write = [](const std::string& text, auto* amounts) {
    if (text.empty()) return;
    const ResourceQuantities quantities = ResourceQuantities::Parse(text).value();
    for (const auto& [name, millis] : quantities) {
      (*amounts)[std::string(name.view())].set_value(MillisToDouble(millis));
    }
  };
  write(guarantees, config.mutable_guarantees());
  write(limits, config.mutable_limits());
  return config;
}

class QuotaTest : public MasterTest {
 protected:
  QuotaTest() {
    master_ = nullptr;
    store_ = std::make_unique<FakeStateStore>(&loop_);
    NewLeader({});
  }

  // The next one, with the registry of the one before.
  void NewLeader(MasterOptions options) {
    // The other's last act is to empty its allocator.
    std::unique_ptr<Allocator> emptied = std::move(allocator_);
    NewMaster(std::move(options),
              std::make_unique<RecordingAllocator>(CreateHierarchicalAllocator({}).value()));
  }

  RecordingAllocator& allocator() { return static_cast<RecordingAllocator&>(*allocator_); }
  const StateStore::Snapshot& registry() { return store().snapshot(); }
  FakeStateStore& store() { return static_cast<FakeStateStore&>(*store_); }

  static Call UpdateQuota(const std::vector<QuotaConfig>& configs, bool force = false) {
    Call call;
    call.set_type(Call::UPDATE_QUOTA);
    call.mutable_update_quota()->set_force(force);
    for (const QuotaConfig& config : configs) {
      *call.mutable_update_quota()->add_quota_configs() = config;
    }
    return call;
  }
  static Call SetQuota(const std::string& role, const std::string& guarantee, bool force = false) {
    Call call;
    call.set_type(Call::SET_QUOTA);
    auto* request = call.mutable_set_quota()->mutable_quota_request();
    request->set_role(role);
    request->set_force(force);
    if (guarantee.empty()) return call;
    Resources::Parse(guarantee).value().ToProto(request->mutable_guarantee());
    return call;
  }
  static Call RemoveQuota(const std::string& role) {
    Call call;
    call.set_type(Call::REMOVE_QUOTA);
    call.mutable_remove_quota()->set_role(role);
    return call;
  }
  static Call UpdateWeights(const std::vector<std::pair<std::string, double>>& weights) {
    Call call;
    call.set_type(Call::UPDATE_WEIGHTS);
    call.mutable_update_weights();
    for (const auto& [role, weight] : weights) {
      v1::WeightInfo* info = call.mutable_update_weights()->add_weight_infos();
      info->set_role(role);
      info->set_weight(weight);
    }
    return call;
  }

  absl::Status Do(Call call) { return Operate(std::move(call)).status(); }

  Response Read(Call::Type type) {
    Call call;
    call.set_type(type);
    if (type == Call::GET_METRICS) call.mutable_get_metrics();
    return Operate(std::move(call)).value();
  }

  // "role: guarantees / limits", one each.
  std::vector<std::string> Quotas() {
    std::vector<std::string> lines;
    const Response read = Read(Call::GET_QUOTA);
    for (const QuotaConfig& config : read.get_quota().status().configs()) {
      auto text = [](const auto& amounts) {
        ResourceQuantities quantities;
        for (const auto& [name, scalar] : amounts) {
          quantities.Add(name, MillisFromDouble(scalar.value()).value());
        }
        return quantities.ToString();
      };
      lines.push_back(absl::StrCat(config.role(), ": ", text(config.guarantees()), " / ",
                                   text(config.limits())));
    }
    return lines;
  }

  std::vector<std::pair<std::string, double>> Weights() {
    std::vector<std::pair<std::string, double>> weights;
    const Response read = Read(Call::GET_WEIGHTS);
    for (const auto& info : read.get_weights().weight_infos()) {
      weights.emplace_back(info.role(), info.weight());
    }
    return weights;
  }

  double Metric(const std::string& name) {
    const Response read = Read(Call::GET_METRICS);
    for (const v1::Metric& metric : read.get_metrics().metrics()) {
      if (metric.name() == name) return metric.value();
    }
    return -1;
  }

  TestFramework& AddFrameworkOf(const std::string& role) {
    TestFramework& framework = NewFramework();
    framework.info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::MULTI_ROLE);
    framework.info.add_capabilities()->set_type(
        v1::FrameworkInfo::Capability::RESERVATION_REFINEMENT);
    framework.info.add_roles(role);
    framework.Subscribe();
    EXPECT_TRUE(framework.info.has_id());
    return framework;
  }

  size_t OffersOut() { return static_cast<size_t>(Metric("master/outstanding_offers")); }
};

// -- UPDATE_QUOTA --

TEST_F(QuotaTest, AQuotaIsInForceInTheRegistryAndShown) {
  ASSERT_TRUE(
      Do(UpdateQuota({Config("eng/web", "cpus:1", "cpus:2;mem:64"), Config("ads", "", "cpus:3")}))
          .ok());
  EXPECT_THAT(Quotas(), ElementsAre("ads:  / cpus:3", "eng/web: cpus:1 / cpus:2; mem:64"));
  EXPECT_EQ(allocator().quotas.at("eng/web").guarantees.ToString(), "cpus:1");
  EXPECT_THAT(allocator().quotas.at("ads").limits, ElementsAre(Pair("cpus", 3000)));
  EXPECT_TRUE(store().Has("quotas/eng/web"));
  EXPECT_TRUE(store().Has("quotas/ads"));
  // The older form shows guarantees.
  const v1::quota::QuotaStatus status = Read(Call::GET_QUOTA).get_quota().status();
  ASSERT_THAT(status.infos(), SizeIs(1));
  EXPECT_EQ(status.infos(0).role(), "eng/web");
  EXPECT_EQ(Resources::FromProto(status.infos(0).guarantee()).value().ToString(), "cpus:1");
}

TEST_F(QuotaTest, AnUpdateReplacesAndAnEmptyOneRemoves) {
  ASSERT_TRUE(Do(UpdateQuota({Config("a", "cpus:1", "mem:64"), Config("b", "cpus:1", "")})).ok());
  ASSERT_TRUE(Do(UpdateQuota({Config("a", "", "cpus:4"), Config("b", "", "")})).ok());
  EXPECT_THAT(Quotas(), ElementsAre("a:  / cpus:4"));
  EXPECT_FALSE(store().Has("quotas/b"));
  EXPECT_THAT(allocator().quotas, SizeIs(1));
}

TEST_F(QuotaTest, ALimitOfZeroIsALimit) {
  QuotaConfig none;
  none.set_role("a");
  (*none.mutable_limits())["gpus"].set_value(0);
  ASSERT_TRUE(Do(UpdateQuota({none})).ok());
  EXPECT_THAT(allocator().quotas.at("a").limits, ElementsAre(Pair("gpus", 0)));
  NewLeader({});
  EXPECT_THAT(allocator().quotas.at("a").limits, ElementsAre(Pair("gpus", 0)));
}

struct BadQuota {
  std::function<void(QuotaConfig*)> spoil;
  std::string says;
};

TEST_F(QuotaTest, OneBadEntryIsNamedAndChangesNothing) {
  ASSERT_TRUE(Do(UpdateQuota({Config("a", "cpus:1", "cpus:2")})).ok());
  auto set = [](double value) {
    return [value](QuotaConfig* config) { (*config->mutable_limits())["mem"].set_value(value); };
  };
  const std::vector<BadQuota> bad = {
      {[](QuotaConfig* config) { config->clear_role(); }, "quota_configs[1].role"},
      {[](QuotaConfig* config) { config->set_role("*"); }, "role is '*', which cannot"},
      {[](QuotaConfig* config) { config->set_role("eng/"); }, "quota_configs[1].role"},
      {[](QuotaConfig* config) { config->set_role("a"); }, "role is 'a' once more"},
      {set(-1), "quota_configs[1].limits['mem']"},
      {set(std::nan("")), "quota_configs[1].limits['mem']"},
      {set(INFINITY), "quota_configs[1].limits['mem']"},
      {set(0.1234), "quota_configs[1].limits['mem']"},
      {set(1.2e12), "quota_configs[1].limits['mem']"},
      {[](QuotaConfig* config) { (*config->mutable_limits())["cpus"].set_value(1e15); },
       "quota_configs[1].limits['cpus']"},
      {[](QuotaConfig* config) { (*config->mutable_limits())[""].set_value(1); },
       "resource without a name"},
      {[](QuotaConfig* config) { (*config->mutable_guarantees())["cpus"].set_value(9); },
       "guarantees['cpus'] is 9; expected at most the limit, 4"}};
  const StateStore::Snapshot before = registry();
  for (const BadQuota& one : bad) {
    QuotaConfig spoilt = Config("b", "cpus:1", "cpus:4");
    one.spoil(&spoilt);
    const absl::Status refused = Do(UpdateQuota({Config("a", "cpus:7", ""), spoilt}, true));
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << one.says << ": " << refused;
    EXPECT_THAT(std::string(refused.message()), HasSubstr(one.says));
  }
  EXPECT_THAT(Quotas(), ElementsAre("a: cpus:1 / cpus:2"));
  EXPECT_THAT(allocator().forced, SizeIs(1)) << "the allocator was not asked";
  EXPECT_EQ(registry().version, before.version);
  EXPECT_EQ(registry().entries, before.entries);
}

TEST_F(QuotaTest, TheCallsNeedTheirMessage) {
  for (auto type :
       {Call::UPDATE_QUOTA, Call::SET_QUOTA, Call::REMOVE_QUOTA, Call::UPDATE_WEIGHTS}) {
    Call call;
    call.set_type(type);
    EXPECT_TRUE(absl::IsInvalidArgument(Do(call))) << Call::Type_Name(type);
  }
}

TEST_F(QuotaTest, WhatTheAllocatorRefusesIsNeitherWrittenNorShown) {
  ASSERT_TRUE(Do(UpdateQuota({Config("a", "cpus:1", "")})).ok());
  allocator().on_quotas = [](const auto&, bool force) {
    return force ? absl::OkStatus() : absl::FailedPreconditionError("there is not that much");
  };
  const uint64_t version = registry().version;
  const Call call = UpdateQuota({Config("a", "cpus:2", ""), Config("b", "cpus:100", "")});
  EXPECT_TRUE(absl::IsFailedPrecondition(Do(call)));
  EXPECT_THAT(Quotas(), ElementsAre("a: cpus:1 / "));
  EXPECT_EQ(registry().version, version);
  // The same with force is accepted.
  Call forced = call;
  forced.mutable_update_quota()->set_force(true);
  EXPECT_TRUE(Do(forced).ok());
  EXPECT_THAT(Quotas(), ElementsAre("a: cpus:2 / ", "b: cpus:100 / "));
}

TEST_F(QuotaTest, ALimitBelowWhatIsConsumedNeedsForce) {
  AddAgent({.resources = "cpus:4;mem:4096"});
  TestFramework& framework = AddFrameworkOf("eng/web");
  RunTask(framework, "t", "cpus:3;mem:128");
  const absl::Status refused = Do(UpdateQuota({Config("eng", "", "cpus:2")}));
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()),
              HasSubstr("role 'eng' consumes 3 of cpus, which is more than its new limit, 2"));
  EXPECT_THAT(Quotas(), IsEmpty());
  EXPECT_THAT(allocator().forced, IsEmpty());
  EXPECT_TRUE(Do(UpdateQuota({Config("eng", "", "cpus:2")}, /*force=*/true)).ok());
  EXPECT_THAT(Quotas(), ElementsAre("eng:  / cpus:2"));
}

TEST_F(QuotaTest, ReservationsCountAgainstALimitThoughNobodyHoldsThem) {
  AddAgent({.resources = "cpus(eng/web):3;cpus:1;mem:512"});
  EXPECT_TRUE(absl::IsFailedPrecondition(Do(UpdateQuota({Config("eng", "", "cpus:2")}))));
  EXPECT_TRUE(Do(UpdateQuota({Config("eng/db", "", "cpus:2")})).ok()) << "reserved beside it";
}

// -- Offers --

TEST_F(QuotaTest, OffersAreNoReasonToRefuseALimitAndTheLatestAreRescinded) {
  AddAgent();
  TestFramework& framework = AddFrameworkOf("eng");
  AddAgent();
  const std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(2));
  // As an allocator does that counts what is offered.
  allocator().on_quotas = [asked = 0](const auto&, bool) mutable {
    return ++asked == 1 ? absl::FailedPreconditionError("over its limit") : absl::OkStatus();
  };
  EXPECT_TRUE(Do(UpdateQuota({Config("eng", "", "cpus:5")})).ok());
  framework.Collect();
  EXPECT_THAT(framework.rescinded, ElementsAre(offers[1].id().value()));
}

TEST_F(QuotaTest, ALimitOfOneRoleLeavesTheOffersOfOthers) {
  AddAgent();
  TestFramework& framework = AddFrameworkOf("eng");
  EXPECT_TRUE(Do(UpdateQuota({Config("ads", "", "cpus:1"), Config("eng/web", "", "cpus:1")})).ok());
  framework.Collect();
  EXPECT_THAT(framework.rescinded, IsEmpty());
}

TEST_F(QuotaTest, AGuaranteeRescindsOffersToOthersUntilEnoughIsFree) {
  for (int i = 0; i < 3; ++i) AddAgent();
  TestFramework& framework = AddFrameworkOf("ads");
  const std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(3));
  EXPECT_TRUE(Do(UpdateQuota({Config("eng", "cpus:6", "")})).ok());
  framework.Collect();
  EXPECT_THAT(framework.rescinded, ElementsAre(offers[0].id().value(), offers[1].id().value()));
}

TEST_F(QuotaTest, AForcedLimitRescindsTheOffersAboveIt) {
  AddAgent();
  TestFramework& framework = AddFrameworkOf("eng/web");
  RunTask(framework, "t", "cpus:3;mem:128");
  Advance(absl::Seconds(10));
  const std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  EXPECT_TRUE(Do(UpdateQuota({Config("eng", "", "cpus:2")}, /*force=*/true)).ok());
  framework.Collect();
  EXPECT_THAT(framework.rescinded, ElementsAre(offers[0].id().value()));
}

TEST_F(QuotaTest, ThoseWhoAreGuaranteedSomethingLoseTheirOffersLast) {
  ASSERT_TRUE(Do(UpdateQuota({Config("ads", "cpus:1", "")})).ok());
  AddAgent();
  TestFramework& guaranteed = AddFrameworkOf("ads");
  TestFramework& other = AddFrameworkOf("misc");
  AddAgent();
  ASSERT_THAT(guaranteed.TakeOffers(), SizeIs(1));
  ASSERT_THAT(other.TakeOffers(), SizeIs(1));
  EXPECT_TRUE(Do(UpdateQuota({Config("eng", "cpus:4", "")})).ok());
  guaranteed.Collect();
  other.Collect();
  EXPECT_THAT(guaranteed.rescinded, IsEmpty());
  EXPECT_THAT(other.rescinded, SizeIs(1));
}

TEST_F(QuotaTest, AGuaranteeThatIsFreeAlreadyRescindsNothing) {
  AddAgent({.resources = "cpus:4;mem:4096"});
  TestFramework& framework = AddFrameworkOf("ads");
  RunTask(framework, "t", "cpus:1;mem:128");
  Advance(absl::Seconds(10));
  ASSERT_EQ(OffersOut(), 1u);
  EXPECT_TRUE(Do(UpdateQuota({Config("ads", "cpus:4", "")})).ok()) << "it has that";
  framework.Decline(framework.TakeOffers()[0], 3600);
  EXPECT_TRUE(Do(UpdateQuota({Config("eng", "cpus:3", "")})).ok()) << "it is free";
  framework.Collect();
  EXPECT_THAT(framework.rescinded, IsEmpty());
}

// -- The older calls --

TEST_F(QuotaTest, SetMakesTheGuaranteeTheLimitTooAndOnlyOnce) {
  ASSERT_TRUE(Do(SetQuota("eng", "cpus:2;mem:64")).ok());
  EXPECT_THAT(Quotas(), ElementsAre("eng: cpus:2; mem:64 / cpus:2; mem:64"));
  const absl::Status again = Do(SetQuota("eng", "cpus:3", /*force=*/true));
  EXPECT_TRUE(absl::IsInvalidArgument(again)) << again;
  EXPECT_THAT(std::string(again.message()), HasSubstr("role 'eng' has a quota already"));
  EXPECT_TRUE(Do(RemoveQuota("eng")).ok());
  EXPECT_THAT(Quotas(), IsEmpty());
  EXPECT_THAT(std::string(Do(RemoveQuota("eng")).message()), HasSubstr("'eng' has no quota"));
  EXPECT_TRUE(Do(SetQuota("eng", "cpus:3", /*force=*/true)).ok());
  EXPECT_THAT(allocator().forced, ElementsAre(false, false, true));
}

TEST_F(QuotaTest, SetRefusesWhatIsNoPlainAmount) {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"", "guarantee is empty"},
      {"ports:[1-2]", "is no scalar"},
      {"cpus(eng):1", "is reserved"},
      {R"([{"name":"cpus","type":"SCALAR","scalar":{"value":1},"revocable":{}}])", "is revocable"}};
  for (const auto& [guarantee, says] : bad) {
    EXPECT_THAT(std::string(Do(SetQuota("eng", guarantee)).message()), HasSubstr(says))
        << guarantee;
  }
  Call twice = SetQuota("eng", "cpus:1");
  auto* request = twice.mutable_set_quota()->mutable_quota_request();
  *request->add_guarantee() = request->guarantee(0);
  EXPECT_THAT(std::string(Do(twice).message()), HasSubstr("guarantee[1].name is 'cpus' once more"));
  for (double amount : {-1.0, 0.0, 0.1234, 1.2e12}) {
    Call call = SetQuota("eng", "cpus:1");
    call.mutable_set_quota()
        ->mutable_quota_request()
        ->mutable_guarantee(0)
        ->mutable_scalar()
        ->set_value(amount);
    EXPECT_THAT(std::string(Do(call).message()), HasSubstr("guarantee[0]")) << amount;
  }
  EXPECT_THAT(std::string(Do(SetQuota("*", "cpus:1")).message()), HasSubstr("role is '*'"));
  EXPECT_THAT(std::string(Do(RemoveQuota("")).message()), HasSubstr("remove_quota.role"));
  EXPECT_THAT(Quotas(), IsEmpty());
}

// -- Durability --

TEST_F(QuotaTest, NobodyHearsOfAQuotaBeforeItIsWritten) {
  store().hold = true;
  absl::Status first = absl::UnknownError("no answer"), second = first;
  master_->CallOperator(SetQuota("eng", "cpus:1"), {}, [&](auto r) { first = r.status(); });
  loop_.Settle();
  EXPECT_TRUE(absl::IsUnknown(first));
  EXPECT_THAT(Quotas(), IsEmpty());
  EXPECT_THAT(allocator().quotas, SizeIs(1))
      << "in force already: what comes next is checked by it";
  EXPECT_TRUE(absl::IsInvalidArgument(Do(SetQuota("eng", "cpus:2"))));
  master_->CallOperator(UpdateQuota({Config("eng", "cpus:3", ""), Config("ads", "cpus:1", "")}), {},
                        [&](auto r) { second = r.status(); });
  loop_.Settle();
  store().Release();
  loop_.Settle();
  EXPECT_TRUE(first.ok() && second.ok()) << first << second;
  EXPECT_THAT(Quotas(), ElementsAre("ads: cpus:1 / ", "eng: cpus:3 / "));
  NewLeader({});
  EXPECT_THAT(Quotas(), ElementsAre("ads: cpus:1 / ", "eng: cpus:3 / "));
}

TEST_F(QuotaTest, AWriteThatFailsEndsTheTermAndTheNextHasTheOldQuota) {
  ASSERT_TRUE(Do(UpdateQuota({Config("eng", "cpus:1", "")})).ok());
  store().commits_until_failure = 0;
  const absl::Status lost =
      Do(UpdateQuota({Config("eng", "cpus:2", ""), Config("a", "cpus:1", "")}));
  EXPECT_TRUE(absl::IsUnavailable(lost)) << lost;
  EXPECT_FALSE(ended_.ok());
  EXPECT_THAT(allocator().quotas, IsEmpty()) << "who leads no more promises nothing";
  store().commits_until_failure = -1;
  NewLeader({});
  EXPECT_THAT(Quotas(), ElementsAre("eng: cpus:1 / "));
}

TEST_F(QuotaTest, AMasterThatIsDestroyedAnswersWhoWaits) {
  store().hold = true;
  absl::Status quota, weight;
  master_->CallOperator(SetQuota("eng", "cpus:1"), {}, [&](auto r) { quota = r.status(); });
  master_->CallOperator(UpdateWeights({{"eng", 2}}), {}, [&](auto r) { weight = r.status(); });
  loop_.Settle();
  master_ = nullptr;
  EXPECT_TRUE(absl::IsUnavailable(quota)) << quota;
  EXPECT_TRUE(absl::IsUnavailable(weight)) << weight;
}

TEST_F(QuotaTest, ANewLeaderGivesTheAllocatorQuotasAndWeightsBeforeAgents) {
  ASSERT_TRUE(Do(UpdateQuota({Config("eng/web", "cpus:1", "cpus:2")})).ok());
  ASSERT_TRUE(Do(UpdateWeights({{"eng/web", 2.5}, {"*", 3}})).ok());
  SimulatedAgent& agent = AddAgent();
  NewLeader({});
  EXPECT_EQ(allocator().quotas.at("eng/web").guarantees.ToString(), "cpus:1");
  EXPECT_THAT(allocator().quotas.at("eng/web").limits, ElementsAre(Pair("cpus", 2000)));
  EXPECT_THAT(allocator().forced, ElementsAre(true)) << "there are no agents yet";
  EXPECT_EQ(allocator().agents_at_last_update, 0u);
  EXPECT_THAT(allocator().weights, ElementsAre(Pair("*", 3), Pair("eng/web", 2.5)));
  agent.ConnectTo(&master_->agents());
  loop_.Settle();
  EXPECT_THAT(Quotas(), ElementsAre("eng/web: cpus:1 / cpus:2"));
  EXPECT_THAT(Weights(), ElementsAre(Pair("*", 3), Pair("eng/web", 2.5)));
  master_ = nullptr;
  EXPECT_THAT(allocator().quotas, IsEmpty());
  EXPECT_THAT(allocator().weights, ElementsAre(Pair("*", 1), Pair("eng/web", 1)));
}

TEST_F(QuotaTest, AnAllocatorThatCannotKeepTheQuotasKeepsTheMasterFromLeading) {
  ASSERT_TRUE(Do(UpdateQuota({Config("eng", "cpus:1", "")})).ok());
  master_ = nullptr;
  RecordingAllocator lacking(CreateHierarchicalAllocator({}).value());
  lacking.on_quotas = [](const auto&, bool) { return absl::UnimplementedError("no quotas here"); };
  auto master = CreateMaster({}, {&loop_, random_.get(), store_.get(), &lacking}).value();
  absl::Status started;
  master->Start([&](absl::Status status) { started = std::move(status); });
  loop_.Settle();
  EXPECT_THAT(std::string(started.message()), HasSubstr("refuses the quotas"));
  EXPECT_THAT(std::string(started.message()), HasSubstr("no quotas here"));
}

TEST_F(QuotaTest, QuotasNeedACapableMaster) {
  auto needs = [this] {
    internal::Registry header;
    EXPECT_TRUE(header.ParseFromString(registry().entries.at("registry")));
    return header.minimum_capabilities_size() == 1 && header.minimum_capabilities(0) == "QUOTA_V2";
  };
  EXPECT_FALSE(needs());
  ASSERT_TRUE(Do(UpdateQuota({Config("a", "cpus:1", ""), Config("b", "cpus:1", "")})).ok());
  EXPECT_TRUE(needs());
  ASSERT_TRUE(Do(RemoveQuota("a")).ok());
  EXPECT_TRUE(needs());
  NewLeader({});
  EXPECT_TRUE(needs());
  ASSERT_TRUE(Do(RemoveQuota("b")).ok());
  EXPECT_FALSE(needs());
}

// -- Weights --

TEST_F(QuotaTest, WeightsAreInForceInTheRegistryAndShownWhereConfigured) {
  ASSERT_TRUE(Do(UpdateWeights({{"eng/web", 2}})).ok());
  ASSERT_TRUE(Do(UpdateWeights({{"ads", 0.5}, {"eng/web", 3}})).ok());
  EXPECT_THAT(Weights(), ElementsAre(Pair("ads", 0.5), Pair("eng/web", 3)));
  EXPECT_THAT(allocator().weights, ElementsAre(Pair("ads", 0.5), Pair("eng/web", 3)));
  EXPECT_TRUE(store().Has("weights/eng/web"));
}

TEST_F(QuotaTest, OneBadWeightIsNamedAndChangesNothing) {
  const uint64_t version = registry().version;
  const std::vector<std::pair<std::pair<std::string, double>, std::string>> bad = {
      {{"b", 0}, "weight_infos[1].weight is 0"},
      {{"b", -1}, "weight_infos[1].weight is -1"},
      {{"b", std::nan("")}, "weight_infos[1].weight is nan"},
      {{"b", INFINITY}, "weight_infos[1].weight is inf"},
      {{"b//c", 1}, "weight_infos[1].role"},
      {{"a", 2}, "role is 'a' once more"}};
  for (const auto& [weight, says] : bad) {
    const absl::Status refused = Do(UpdateWeights({{"a", 1}, weight}));
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
    EXPECT_THAT(std::string(refused.message()), HasSubstr(says));
  }
  allocator().on_weights = [](const auto&) { return absl::UnimplementedError("no weights"); };
  EXPECT_EQ(Do(UpdateWeights({{"a", 1}})).code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(Weights(), IsEmpty());
  EXPECT_THAT(allocator().weights, IsEmpty());
  EXPECT_EQ(registry().version, version);
}

TEST_F(QuotaTest, OffersAreRescindedWhereATouchedRoleIsActive) {
  AddAgent();
  TestFramework& framework = AddFrameworkOf("eng/web");
  const std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  ASSERT_TRUE(Do(UpdateWeights({{"ads", 2}, {"eng/web/x", 2}})).ok());
  framework.Collect();
  EXPECT_THAT(framework.rescinded, IsEmpty());
  ASSERT_TRUE(Do(UpdateWeights({{"eng", 2}})).ok());
  framework.Collect();
  EXPECT_THAT(framework.rescinded, ElementsAre(offers[0].id().value()));
}

TEST_F(QuotaTest, TheOptionsWeightsGoIntoARegistryThatHasNone) {
  NewLeader({.weights = {{"eng", 2}}});
  EXPECT_THAT(Weights(), ElementsAre(Pair("eng", 2)));
  EXPECT_THAT(allocator().weights, ElementsAre(Pair("eng", 2)));
  NewLeader({.weights = {{"eng", 7}, {"ads", 7}}});
  EXPECT_THAT(Weights(), ElementsAre(Pair("eng", 2)));
  const absl::Status bad = CreateMaster({.weights = {{"eng", -1}}},
                                        {&loop_, random_.get(), store_.get(), allocator_.get()})
                               .status();
  EXPECT_THAT(std::string(bad.message()), HasSubstr("MasterOptions::weights.weight is -1"));
}

// -- Roles --

TEST_F(QuotaTest, RolesAreListedWithWhatTheyHaveWhoeverKnowsThem) {
  AddAgent({.resources = "cpus:4;mem:1024;cpus(data):1"});
  TestFramework& framework = AddFrameworkOf("eng/web");
  RunTask(framework, "t", "cpus:1;mem:128");
  Advance(absl::Seconds(10));
  ASSERT_THAT(framework.TakeOffers(), SizeIs(1));
  ASSERT_TRUE(Do(UpdateQuota({Config("quoted", "cpus:1", "")})).ok());
  ASSERT_TRUE(Do(UpdateWeights({{"eng/web", 2.5}, {"weighed", 3}})).ok());
  Advance(absl::Seconds(10));
  std::vector<std::string> lines;
  const Response read = Read(Call::GET_ROLES);
  for (const v1::Role& role : read.get_roles().roles()) {
    Resources held = Resources::FromProto(role.resources()).value();
    held.Unallocate();
    lines.push_back(absl::StrCat(role.name(), " ", role.weight(), " ", role.frameworks_size(), " ",
                                 held.ToString()));
  }
  EXPECT_THAT(lines, ElementsAre("data 1 0 ", "eng/web 2.5 1 cpus:4; mem:1024", "quoted 1 0 ",
                                 "weighed 3 0 "));
}

TEST_F(QuotaTest, ConsumptionIsWhatIsUsedOrReservedBelowARoleAndNotWhatIsOffered) {
  AddAgent({.resources = "cpus:4;mem:1024;cpus(eng/web):2;cpus(ads):1"});
  TestFramework& framework = AddFrameworkOf("eng/web");
  RunTask(framework, "t", "cpus:1;mem:128");
  Advance(absl::Seconds(10));
  ASSERT_THAT(framework.TakeOffers(), SizeIs(1));
  ASSERT_TRUE(Do(UpdateQuota({Config("eng", "cpus:1", "mem:900"), Config("ads", "cpus:1", "")},
                             /*force=*/true))
                  .ok());
  const std::string eng = "allocator/mesos/quota/roles/eng/resources/";
  EXPECT_EQ(Metric(eng + "cpus/guarantee"), 1);
  EXPECT_EQ(Metric(eng + "mem/limit"), 900);
  EXPECT_EQ(Metric(eng + "cpus/consumed"), 3) << "one used, two reserved";
  EXPECT_EQ(Metric(eng + "cpus/offered_or_allocated"), 6) << "three more are offered";
  EXPECT_EQ(Metric(eng + "mem/consumed"), 128);
  EXPECT_EQ(Metric("allocator/mesos/quota/roles/ads/resources/cpus/consumed"), 1);
}

// -- After a failover --

class HoldOffTest : public QuotaTest {
 protected:
  // A new leader of a registry with five agents, which has a quota. One of the framework's offers
  // is one agent's.
  TestFramework& FailOver(MasterOptions options, bool with_quota) {
    for (int i = 0; i < 5; ++i) AddAgent();
    if (with_quota) {
      EXPECT_TRUE(Do(UpdateQuota({Config("eng", "cpus:1", "")})).ok());
    }
    NewLeader(std::move(options));
    TestFramework& framework = NewFramework();
    framework.set_master(master_.get());
    framework.Subscribe();
    return framework;
  }
  void Return(size_t index) {
    agents_[index]->ConnectTo(&master_->agents());
    loop_.Settle();
  }
};

TEST_F(HoldOffTest, WithQuotasNoOffersBeforeFourFifthsOfTheAgentsAreBack) {
  TestFramework& framework = FailOver({}, /*with_quota=*/true);
  for (size_t i = 0; i < 3; ++i) Return(i);
  Advance(absl::Minutes(5));
  EXPECT_THAT(framework.TakeOffers(), IsEmpty());
  Return(3);
  Advance(absl::Seconds(1));
  EXPECT_THAT(framework.TakeOffers(), SizeIs(4));
  Return(4);
  EXPECT_THAT(framework.TakeOffers(), SizeIs(1));
}

TEST_F(HoldOffTest, OrForTheTimeout) {
  TestFramework& framework =
      FailOver({.allocator_recovery_timeout = absl::Minutes(3)}, /*with_quota=*/true);
  Return(0);
  Advance(absl::Minutes(3) - absl::Seconds(2));
  EXPECT_THAT(framework.TakeOffers(), IsEmpty());
  Advance(absl::Seconds(3));
  EXPECT_THAT(framework.TakeOffers(), SizeIs(1));
}

TEST_F(HoldOffTest, WithoutQuotasOffersAreMadeAtOnce) {
  TestFramework& framework = FailOver({}, /*with_quota=*/false);
  Return(0);
  EXPECT_THAT(framework.TakeOffers(), SizeIs(1));
}

TEST_F(HoldOffTest, NobodyWaitsForOneAgentAlone) {
  AddAgent();
  ASSERT_TRUE(Do(UpdateQuota({Config("eng", "cpus:1", "")})).ok());
  NewLeader({});
  TestFramework& framework = NewFramework();
  framework.Subscribe();
  AddAgent();
  EXPECT_THAT(framework.TakeOffers(), SizeIs(1)) << "four fifths of one are none";
}

// -- Why --

TEST_F(QuotaTest, TheMasterPassesOnWhyOffersAreWhatTheyAre) {
  auto ask = [this](const std::string& framework) {
    absl::StatusOr<AllocationExplanation> heard = absl::UnknownError("no answer");
    master_->ExplainOffers(FrameworkId(framework), [&](auto told) { heard = std::move(told); });
    loop_.Settle();
    return heard;
  };
  EXPECT_EQ(ask("f").status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_TRUE(absl::IsInvalidArgument(ask("").status()));
  AllocationExplanation told;
  told.framework = FrameworkId("f");
  told.roles.emplace_back().agents.emplace_back().until = loop_.Now() + absl::Seconds(5);
  told.roles[0].agents.emplace_back();
  allocator().explanation = told;
  const AllocationExplanation heard = ask("f").value();
  EXPECT_EQ(heard.framework.value(), "f");
  EXPECT_EQ(heard.roles[0].agents[0].until, loop_.WallTime() + absl::Seconds(5));
  EXPECT_EQ(heard.roles[0].agents[1].until, absl::InfiniteFuture());
  store().commits_until_failure = 0;
  EXPECT_FALSE(Do(UpdateWeights({{"a", 2}})).ok());
  EXPECT_TRUE(absl::IsUnavailable(ask("f").status()));
}

}  // namespace
}  // namespace mesos
