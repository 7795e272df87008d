// What the allocator's tests share: short ways to say who is there.
#ifndef MESOSLIB_ALLOCATOR_TESTING_H_
#define MESOSLIB_ALLOCATOR_TESTING_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "mesos/allocator.h"
#include "mesos/resource_quantities.h"
#include "mesos/resources.h"
#include "mesoslib/allocator/hierarchical_allocator.h"

namespace mesos {

inline Resources R(absl::string_view text) {
  absl::StatusOr<Resources> resources = Resources::Parse(text);
  EXPECT_TRUE(resources.ok()) << resources.status();
  return resources.ok() ? *resources : Resources();
}

inline ResourceQuantities Q(absl::string_view text) {
  absl::StatusOr<ResourceQuantities> quantities = ResourceQuantities::Parse(text);
  EXPECT_TRUE(quantities.ok()) << quantities.status();
  return quantities.ok() ? *quantities : ResourceQuantities();
}

inline Resources AllocatedTo(absl::string_view role, Resources resources) {
  resources.Allocate(role);
  return resources;
}

inline FrameworkAllocationState InRoles(std::set<std::string> roles) {
  FrameworkAllocationState state;
  state.roles = std::move(roles);
  state.capabilities = {v1::FrameworkInfo::Capability::MULTI_ROLE,
                        v1::FrameworkInfo::Capability::RESERVATION_REFINEMENT};
  return state;
}

// Offers to it contain one task's worth.
inline FrameworkAllocationState Demanding(const std::string& role, absl::string_view task) {
  FrameworkAllocationState state = InRoles({role});
  state.min_allocatable_resources[role] = {Q(task)};
  return state;
}

inline AgentAllocationState With(Resources total) {
  AgentAllocationState state;
  state.total = std::move(total);
  state.capabilities = {v1::AgentInfo::Capability::MULTI_ROLE,
                        v1::AgentInfo::Capability::HIERARCHICAL_ROLE,
                        v1::AgentInfo::Capability::RESERVATION_REFINEMENT};
  return state;
}

inline AgentAllocationState With(absl::string_view total) { return With(R(total)); }

// "framework role agent resources", without allocation.
inline std::string Describe(const Allocation& allocation) {
  Resources resources = allocation.resources;
  resources.Unallocate();
  return allocation.framework.value() + " " + allocation.role + " " + allocation.agent.value() +
         " " + resources.ToString();
}

inline std::vector<std::string> Describe(const std::vector<Allocation>& allocations) {
  std::vector<std::string> texts;
  for (const Allocation& allocation : allocations) texts.push_back(Describe(allocation));
  return texts;
}

class AllocatorTest : public ::testing::Test {
 protected:
  void Create(AllocatorOptions options = {}) {
    allocator_ = std::make_unique<HierarchicalAllocator>(std::move(options));
  }
  void AddFramework(const std::string& id, FrameworkAllocationState state) {
    ASSERT_EQ(absl::OkStatus(), allocator_->AddFramework(FrameworkId(id), std::move(state)));
  }
  void AddAgent(const std::string& id, AgentAllocationState state) {
    ASSERT_EQ(absl::OkStatus(), allocator_->AddAgent(AgentId(id), std::move(state), {}));
  }
  std::vector<std::string> Triggered() { return Describe(allocations_ = Run(false)); }
  // Batch rounds come once a second.
  std::vector<std::string> Batch() {
    now_ += absl::Seconds(1);
    return Describe(allocations_ = Run(true));
  }
  std::vector<Allocation> Run(bool batch) {
    std::vector<Allocation> allocations = allocator_->Allocate(now_, batch);
    EXPECT_EQ(absl::OkStatus(), allocator_->CheckInvariants());
    return allocations;
  }
  void Decline(const Allocation& allocation, absl::Duration refuse) {
    ASSERT_EQ(absl::OkStatus(), allocator_->Decline(allocation, refuse, now_));
  }
  void Recover(const Allocation& allocation) {
    ASSERT_EQ(absl::OkStatus(), allocator_->Recover(allocation));
  }
  Allocation Part(const Allocation& whole, absl::string_view resources) {
    return Allocation{whole.framework, whole.agent, whole.role,
                      AllocatedTo(whole.role, R(resources))};
  }

  std::unique_ptr<HierarchicalAllocator> allocator_ =
      std::make_unique<HierarchicalAllocator>(AllocatorOptions());
  absl::Time now_ = absl::UnixEpoch();
  std::vector<Allocation> allocations_;  // Of the last round.
};

}  // namespace mesos

#endif  // MESOSLIB_ALLOCATOR_TESTING_H_
