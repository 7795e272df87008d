// Every call of the interface with what makes no sense: a status that names what and why, and
// nothing has changed. That is seen in what the allocator tells, and in what it does afterwards, side
// by side with a twin that never heard of it.
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "mesoslib/allocator/testing.h"

namespace mesos {
namespace {

using ::absl::StatusCode;
using ::testing::HasSubstr;

const FrameworkId kF("f"), kG("g"), kNobody("nobody");
const AgentId kA("a"), kB("b"), kNowhere("nowhere");
const absl::Time kNow = absl::UnixEpoch() + absl::Seconds(10);

Quota MakeQuota(absl::string_view guarantees, std::map<std::string, int64_t> limits) {
  Quota quota;
  quota.guarantees = Q(guarantees);
  quota.limits = std::move(limits);
  return quota;
}

Allocation Held(const std::string& role, absl::string_view resources, AgentId agent = kA,
                FrameworkId framework = kF) {
  return {framework, agent, role, AllocatedTo(role, R(resources))};
}

// A cluster with something of everything: holdings, a filter, quotas, weights, a reservation, a
// request, an inverse offer that is out.
std::unique_ptr<HierarchicalAllocator> Build() {
  auto allocator = std::make_unique<HierarchicalAllocator>(AllocatorOptions());
  auto ok = [](const absl::Status& status) { EXPECT_EQ(absl::OkStatus(), status); };
  ok(allocator->AddFramework(kF, InRoles({"eng/web", "ops"})));
  ok(allocator->AddFramework(kG, InRoles({"ads"})));
  AgentAllocationState a = With("cpus:8;mem:64;cpus(ops):2");
  a.unavailability.emplace().mutable_start()->set_nanoseconds(1);
  ok(allocator->AddAgent(kA, a, {Held("eng/web", "cpus:2;mem:8")}));
  ok(allocator->AddAgent(kB, With("cpus:4;mem:16"), {}));
  ok(allocator->UpdateWeights({{"eng", 2}}));
  ok(allocator->UpdateQuotas({{"eng", MakeQuota("cpus:3", {{"cpus", 6000}})},
                              {"eng/web", MakeQuota("cpus:2", {})}},
                             /*force=*/false));
  for (const Allocation& offer : allocator->Allocate(kNow, true)) {
    ok(allocator->Decline(offer, absl::Seconds(offer.role == "ads" ? 60 : 0), kNow));
  }
  ok(allocator->Request(kG, "ads", Q("cpus:1")));
  EXPECT_EQ(allocator->AllocateInverse(kNow).size(), 1u);
  return allocator;
}

std::string Tell(Allocator& allocator) {
  std::string told = absl::StrCat("changes ", allocator.HasChanges(), "\n");
  for (const FrameworkId& id : {kF, kG}) {
    absl::StatusOr<AllocationExplanation> explanation = allocator.Explain(id, kNow);
    absl::StrAppend(&told, explanation.ok() ? explanation->ToString()
                                            : std::string(explanation.status().message()));
  }
  for (const auto& [role, count] : allocator.CountFilters()) {
    absl::StrAppend(&told, role, " has ", count, " filters\n");
  }
  return told;
}

// What comes afterwards, until the filter has expired and everything has been given out.
std::string Play(HierarchicalAllocator& allocator) {
  std::string played;
  for (int second = 1; second <= 70; ++second) {
    for (bool batch : {false, true}) {
      const std::vector<Allocation> offers =
          allocator.Allocate(kNow + absl::Seconds(second), batch);
      for (const std::string& offer : Describe(offers)) absl::StrAppend(&played, offer, "\n");
      // Half of it goes back.
      for (size_t i = 0; i < offers.size(); i += 2) {
        EXPECT_TRUE(allocator.Decline(offers[i], absl::Seconds(3), kNow).ok());
      }
    }
    for (const InverseAllocation& inverse : allocator.AllocateInverse(kNow)) {
      absl::StrAppend(&played, "give back ", inverse.agent.value(), "\n");
    }
  }
  EXPECT_EQ(absl::OkStatus(), allocator.CheckInvariants());
  EXPECT_FALSE(played.empty());
  return played;
}

struct BadCall {
  std::string name;
  std::function<absl::Status(Allocator&)> call;
  StatusCode code;
  std::vector<std::string> named;  // In the message.
};

std::vector<BadCall> UnknownIds() {
  const std::vector<std::string> framework = {"nobody"};
  const std::vector<std::string> agent = {"nowhere"};
  auto not_found = [](std::string name, std::vector<std::string> named,
                      std::function<absl::Status(Allocator&)> call) {
    return BadCall{std::move(name), std::move(call), StatusCode::kNotFound, std::move(named)};
  };
  return {
      not_found("UpdateFramework", framework,
                [](Allocator& a) { return a.UpdateFramework(kNobody, InRoles({"eng"})); }),
      not_found("RemoveFramework", framework,
                [](Allocator& a) { return a.RemoveFramework(kNobody); }),
      not_found("UpdateAgent", agent,
                [](Allocator& a) { return a.UpdateAgent(kNowhere, With("cpus:1")); }),
      not_found("RemoveAgent", agent, [](Allocator& a) { return a.RemoveAgent(kNowhere); }),
      not_found("Suppress", framework, [](Allocator& a) { return a.Suppress(kNobody, {}); }),
      not_found("Revive", framework, [](Allocator& a) { return a.Revive(kNobody, {}); }),
      not_found("RecoverOfNobody", framework,
                [](Allocator& a) { return a.Recover(Held("ops", "cpus:1", kA, kNobody)); }),
      not_found("RecoverFromNowhere", agent,
                [](Allocator& a) { return a.Recover(Held("ops", "cpus:1", kNowhere)); }),
      not_found("DeclineOfNobody", framework,
                [](Allocator& a) {
                  return a.Decline(Held("ops", "cpus:1", kA, kNobody), absl::Seconds(1), kNow);
                }),
      not_found("DeclineFromNowhere", agent,
                [](Allocator& a) {
                  return a.Decline(Held("ops", "cpus:1", kNowhere), absl::Seconds(1), kNow);
                }),
      not_found("TransformOfNobody", framework,
                [](Allocator& a) { return a.Transform(Held("ops", "cpus:1", kA, kNobody), {}); }),
      not_found("TransformFromNowhere", agent,
                [](Allocator& a) { return a.Transform(Held("ops", "cpus:1", kNowhere), {}); }),
      not_found("Request", framework,
                [](Allocator& a) { return a.Request(kNobody, "ads", Q("cpus:1")); }),
      not_found("RecoverInverseOfNobody", framework,
                [](Allocator& a) { return a.RecoverInverse(kNobody, kA, absl::Seconds(1), kNow); }),
      not_found(
          "RecoverInverseFromNowhere", agent,
          [](Allocator& a) { return a.RecoverInverse(kF, kNowhere, absl::Seconds(1), kNow); }),
      not_found("RecoverInverseThatIsNotOut", {"f", "b"},
                [](Allocator& a) { return a.RecoverInverse(kF, kB, absl::Seconds(1), kNow); }),
      not_found("Explain", framework,
                [](Allocator& a) { return a.Explain(kNobody, kNow).status(); }),
  };
}

std::vector<BadCall> DoubledIds() {
  return {
      {"AddFramework", [](Allocator& a) { return a.AddFramework(kF, InRoles({"new"})); },
       StatusCode::kAlreadyExists, {"f"}},
      {"AddAgent",
       [](Allocator& a) { return a.AddAgent(kA, With("cpus:99"), {Held("ops", "cpus:1")}); },
       StatusCode::kAlreadyExists, {"a"}},
  };
}

BadCall Invalid(std::string name, std::vector<std::string> named,
                std::function<absl::Status(Allocator&)> call) {
  return {std::move(name), std::move(call), StatusCode::kInvalidArgument, std::move(named)};
}

// Wherever a role can be named.
std::vector<BadCall> BadRoles() {
  std::vector<BadCall> calls;
  const std::string deep = absl::StrJoin(std::vector<std::string>(10000, "a"), "/");
  for (const std::string& role : {std::string(".."), std::string(""), std::string("eng//web"),
                                  std::string("/eng"), std::string("eng/"), std::string("*/eng"),
                                  std::string("a b"), std::string("-a"), deep}) {
    const std::string shown = role.substr(0, 90);
    auto add = [&](absl::string_view what, std::function<absl::Status(Allocator&)> call) {
      calls.push_back(Invalid(absl::StrCat(what, " '", shown.substr(0, 20), "'"), {shown},
                              std::move(call)));
    };
    add("AddFramework", [role](Allocator& a) {
      return a.AddFramework(kNobody, InRoles({"eng", role}));
    });
    add("UpdateFramework", [role](Allocator& a) {
      return a.UpdateFramework(kF, InRoles({"eng/web", "new", role}));
    });
    add("Suppress", [role](Allocator& a) { return a.Suppress(kF, {"eng/web", role}); });
    add("Revive", [role](Allocator& a) { return a.Revive(kF, {"eng/web", role}); });
    add("AddAgent", [role](Allocator& a) {
      return a.AddAgent(kNowhere, With("cpus:1"),
                        {{kF, kNowhere, role, AllocatedTo("ops", R("cpus:1"))}});
    });
    add("Request", [role](Allocator& a) { return a.Request(kF, role, Q("cpus:1")); });
    add("UpdateWeights", [role](Allocator& a) { return a.UpdateWeights({{"ads", 9}, {role, 1}}); });
    add("UpdateQuotas", [role](Allocator& a) {
      return a.UpdateQuotas({{"ads", MakeQuota("cpus:1", {})}, {role, MakeQuota("cpus:1", {})}},
                            /*force=*/true);
    });
  }
  return calls;
}

std::vector<BadCall> BadResources() {
  std::vector<BadCall> calls;
  for (const Allocation& wrong :
       {Held("eng/web", "cpus:3"), Held("eng/web", "cpus:1;disk:1"), Held("ops", "cpus:1"),
        Held("eng/web", "cpus:1", kB), Held("ads", "cpus:1", kA, kG)}) {
    const std::string what = Describe(wrong);
    calls.push_back(Invalid("Recover " + what, {wrong.agent.value()},
                            [wrong](Allocator& a) { return a.Recover(wrong); }));
    calls.push_back(Invalid("Decline " + what, {wrong.agent.value()}, [wrong](Allocator& a) {
      return a.Decline(wrong, absl::Seconds(9), kNow);
    }));
    calls.push_back(Invalid("Transform " + what, {wrong.agent.value()},
                            [wrong](Allocator& a) { return a.Transform(wrong, {}); }));
  }
  const Allocation unallocated = {kF, kA, "eng/web", R("cpus:1")};
  calls.push_back(Invalid("Recover what carries no role", {"eng/web"},
                          [=](Allocator& a) { return a.Recover(unallocated); }));
  calls.push_back(Invalid("Transform into what carries no role", {"eng/web"}, [](Allocator& a) {
    return a.Transform(Held("eng/web", "cpus:1"), R("cpus:1"));
  }));
  calls.push_back(Invalid("A total that is allocated", {"ops"}, [](Allocator& a) {
    return a.UpdateAgent(kA, With(AllocatedTo("ops", R("cpus:1"))));
  }));
  calls.push_back(Invalid("A new agent's total that is allocated", {"ops"}, [](Allocator& a) {
    return a.AddAgent(kNowhere, With(AllocatedTo("ops", R("cpus:1"))), {});
  }));
  calls.push_back(Invalid("An allocation on another agent", {"nowhere", "'a'"}, [](Allocator& a) {
    return a.AddAgent(kNowhere, With("cpus:1"), {Held("ops", "cpus:1", kA)});
  }));
  calls.push_back(Invalid("An allocation to nobody", {"nowhere", "framework id"},
                          [](Allocator& a) {
                            return a.AddAgent(kNowhere, With("cpus:1"),
                                              {Held("ops", "cpus:1", kNowhere, FrameworkId())});
                          }));
  calls.push_back(Invalid("An empty framework id", {"framework id"}, [](Allocator& a) {
    return a.AddFramework(FrameworkId(), InRoles({"eng"}));
  }));
  calls.push_back(Invalid("An empty agent id", {"agent id"}, [](Allocator& a) {
    return a.AddAgent(AgentId(), With("cpus:1"), {});
  }));
  return calls;
}

std::vector<BadCall> BadNumbers() {
  std::vector<BadCall> calls;
  for (double weight : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity(),
                        -std::numeric_limits<double>::infinity()}) {
    calls.push_back(Invalid(absl::StrCat("A weight of ", weight), {"eng", absl::StrCat(weight)},
                            [weight](Allocator& a) {
                              return a.UpdateWeights({{"ads", 7}, {"eng", weight}});
                            }));
  }
  for (absl::Duration refuse : {-absl::Nanoseconds(1), -absl::InfiniteDuration()}) {
    calls.push_back(Invalid("Decline for less than no time", {"refuse"}, [refuse](Allocator& a) {
      return a.Decline(Held("eng/web", "cpus:1"), refuse, kNow);
    }));
    calls.push_back(Invalid("RecoverInverse for less than no time", {"refuse"},
                            [refuse](Allocator& a) {
                              return a.RecoverInverse(kF, kA, refuse, kNow);
                            }));
  }
  return calls;
}

std::vector<BadCall> Contradictions() {
  auto quotas = [](std::map<std::string, Quota> quotas, bool force) {
    return [=](Allocator& a) { return a.UpdateQuotas(quotas, force); };
  };
  auto refused = [](std::string name, std::vector<std::string> named,
                    std::function<absl::Status(Allocator&)> call) {
    return BadCall{std::move(name), std::move(call), StatusCode::kFailedPrecondition,
                   std::move(named)};
  };
  FrameworkAllocationState stranger = InRoles({"eng/web", "new"});
  stranger.suppressed_roles = {"ads"};
  const Quota fine = MakeQuota("cpus:1", {});
  return {
      Invalid("A guarantee above its limit", {"ops", "cpus"},
              quotas({{"ads", fine}, {"ops", MakeQuota("cpus:2", {{"cpus", 1000}})}}, true)),
      Invalid("A negative limit", {"ops", "cpus"},
              quotas({{"ads", fine}, {"ops", MakeQuota("", {{"cpus", -1}})}}, true)),
      Invalid("A quota of everybody's role", {"*"}, quotas({{"ads", fine}, {"*", fine}}, true)),
      refused("More than there is", {"cluster", "cpus"},
              quotas({{"ads", fine}, {"ops", MakeQuota("cpus:100", {})}}, false)),
      refused("A child's above its parent's", {"eng", "cpus"},
              quotas({{"ads", fine}, {"eng/web", MakeQuota("cpus:4", {})}}, false)),
      refused("Children's above their parent's", {"eng", "cpus"},
              quotas({{"ads", fine}, {"eng/db", MakeQuota("cpus:2", {})}}, false)),
      refused("A limit that is exceeded already", {"eng/web", "mem"},
              quotas({{"ads", fine}, {"eng/web", MakeQuota("", {{"mem", 4000}})}}, false)),
      Invalid("A suppressed role of others, in AddFramework", {"ads"},
              [=](Allocator& a) { return a.AddFramework(kNobody, stranger); }),
      Invalid("A suppressed role of others, in UpdateFramework", {"ads"},
              [=](Allocator& a) { return a.UpdateFramework(kF, stranger); }),
      Invalid("Suppress in a role of others", {"ads"},
              [](Allocator& a) { return a.Suppress(kF, {"eng/web", "ads"}); }),
      Invalid("Revive in a role of others", {"ads"},
              [](Allocator& a) { return a.Revive(kF, {"eng/web", "ads"}); }),
      Invalid("Request in a role of others", {"ads"},
              [](Allocator& a) { return a.Request(kF, "ads", Q("cpus:1")); }),
  };
}

class BadInputTest : public ::testing::Test {
 protected:
  void ExpectRefused(const std::vector<BadCall>& calls) {
    const std::unique_ptr<HierarchicalAllocator> twin = Build();
    const std::unique_ptr<HierarchicalAllocator> allocator = Build();
    const std::string before = Tell(*twin);
    for (const BadCall& bad : calls) {
      SCOPED_TRACE(bad.name);
      const absl::Status status = bad.call(*allocator);
      EXPECT_EQ(status.code(), bad.code) << status;
      for (const std::string& named : bad.named) {
        EXPECT_THAT(std::string(status.message()), HasSubstr(named));
      }
      EXPECT_LT(status.message().size(), 400u);
      EXPECT_EQ(absl::OkStatus(), allocator->CheckInvariants());
      EXPECT_EQ(Tell(*allocator), before);
    }
    EXPECT_EQ(Play(*allocator), Play(*twin));
  }
};

TEST_F(BadInputTest, IdsThatNobodyKnows) { ExpectRefused(UnknownIds()); }
TEST_F(BadInputTest, IdsThatAreTaken) { ExpectRefused(DoubledIds()); }
TEST_F(BadInputTest, RolesThatAreNone) { ExpectRefused(BadRoles()); }
TEST_F(BadInputTest, ResourcesThatAreNotThere) { ExpectRefused(BadResources()); }
TEST_F(BadInputTest, NumbersThatAreNone) { ExpectRefused(BadNumbers()); }
TEST_F(BadInputTest, WhatContradictsItself) { ExpectRefused(Contradictions()); }

}  // namespace
}  // namespace mesos
