// Offer constraints: which agents a framework wants to be offered, in each of its roles, as it says
// when it subscribes. The master compiles them for its allocator; hosts that drive an allocator of
// their own do the same.
//
//   mesos::v1::scheduler::OfferConstraints wanted;
//   auto* constraint = (*wanted.mutable_role_constraints())["eng"]
//                          .add_groups()
//                          ->add_attribute_constraints();
//   constraint->mutable_selector()->set_attribute_name("rack");
//   constraint->mutable_predicate()->mutable_text_matches()->set_regex("r[1-4]");
//   auto constraints = mesos::CompileOfferConstraints(wanted, {"eng", "sci"}).value();
//   mesos::v1::AgentInfo agent;
//   if (!constraints->Allow("eng", agent)) {
//     std::puts(constraints->Explain("eng", agent).c_str());  // rack text_matches 'r[1-4]' (...)
//   }
//
// A role's agents are those that meet all constraints of one of its groups; a role that is not
// named has all agents. What a constraint looks at is the first attribute of a name, or the agent's
// hostname, region or zone. Where that is missing the predicates not_exists, text_not_equals and
// text_not_matches hold; where it is a scalar, ranges or a set, all but not_exists do. Regular
// expressions are RE2's and must match the whole text.
//
// Threads: what is compiled is immutable; any thread may ask it.
// Ownership: shared by all who ask; it keeps nothing of what it was made from.
// Errors: InvalidArgument names the role, the group and the constraint by their numbers from 0,
// what is wrong there, and what would be right.
#ifndef MESOS_OFFER_CONSTRAINTS_H_
#define MESOS_OFFER_CONSTRAINTS_H_

#include <cstddef>
#include <memory>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "mesos/allocator.h"
#include "mesos/export.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesos/version.h"

namespace mesos {

// What a framework may ask for, so that no framework makes rounds slow for the others.
inline constexpr size_t kMaxOfferConstraints = 1000;       // In all roles and groups together.
inline constexpr size_t kMaxOfferConstraintRegexes = 100;  // Of these, that hold an expression.
inline constexpr size_t kMaxOfferConstraintRegexBytes = 1024;
// How much RE2 may need for one: bytes, and steps of the program that it becomes. As in Mesos.
inline constexpr int kOfferConstraintRegexMemory = 4096;
inline constexpr int kOfferConstraintRegexProgramSize = 100;

// `roles`: those that the framework is in. A framework that names no role gets null: all agents.
MESOS_EXPORT absl::StatusOr<std::shared_ptr<const OfferConstraints>> CompileOfferConstraints(
    const v1::scheduler::OfferConstraints& constraints, const std::set<std::string>& roles,
    HeaderVersion headers = {});

}  // namespace mesos

#endif  // MESOS_OFFER_CONSTRAINTS_H_
