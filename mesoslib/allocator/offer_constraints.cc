// What the OfferConstraints of v1 mean: follows Mesos's filter of offer constraints.
#include "mesos/offer_constraints.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "re2/re2.h"

namespace mesos {
namespace {

using v1::AgentInfo;
using v1::scheduler::AttributeConstraint;
using Groups = v1::scheduler::OfferConstraints::RoleConstraints;
using Predicate = AttributeConstraint::Predicate;
using Selector = AttributeConstraint::Selector;

// So many groups, and constraints of each, are explained.
constexpr size_t kExplained = 8;

// What a constraint looks at.
struct Subject {
  enum Kind { kMissing, kNoText, kText } kind = kMissing;
  absl::string_view text;  // The agent's own.

  std::string ToString() const {
    if (kind == kText) return absl::StrCat("is ", Quoted(text));
    return kind == kMissing ? "is missing" : "is no text";
  }
};

struct Constraint {
  Selector selector;
  Predicate predicate;
  std::unique_ptr<const RE2> regex;  // Of those that match.
};

using Group = std::vector<Constraint>;

Subject DomainName(const AgentInfo& agent, Selector::PseudoattributeType type) {
  if (!agent.domain().has_fault_domain()) return {};
  const v1::DomainInfo::FaultDomain& domain = agent.domain().fault_domain();
  return {Subject::kText, type == Selector::REGION ? domain.region().name() : domain.zone().name()};
}

Subject Select(const Selector& selector, const AgentInfo& agent) {
  if (selector.selector_case() == Selector::kPseudoattributeType) {
    if (selector.pseudoattribute_type() == Selector::HOSTNAME) {
      return {Subject::kText, agent.hostname()};
    }
    return DomainName(agent, selector.pseudoattribute_type());
  }
  for (const v1::Attribute& attribute : agent.attributes()) {
    if (attribute.name() != selector.attribute_name()) continue;
    if (attribute.type() != v1::Value::TEXT) return {Subject::kNoText, ""};
    return {Subject::kText, attribute.text().value()};
  }
  return {};
}

bool Matches(const Constraint& constraint, absl::string_view text) {
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *constraint.regex);
}

bool Holds(const Constraint& constraint, const Subject& subject) {
  const bool missing = subject.kind == Subject::kMissing;
  const bool no_text = subject.kind == Subject::kNoText;
  switch (constraint.predicate.predicate_case()) {
    case Predicate::kExists:
      return !missing;
    case Predicate::kNotExists:
      return missing;
    case Predicate::kTextEquals:
      return no_text || (!missing && subject.text == constraint.predicate.text_equals().value());
    case Predicate::kTextNotEquals:
      return no_text || missing || subject.text != constraint.predicate.text_not_equals().value();
    case Predicate::kTextMatches:
      return no_text || (!missing && Matches(constraint, subject.text));
    case Predicate::kTextNotMatches:
      return no_text || missing || !Matches(constraint, subject.text);
    case Predicate::PREDICATE_NOT_SET:
      break;  // Refused when it was compiled.
  }
  return false;
}

std::string ToString(const Constraint& constraint, const Subject& subject) {
  const Selector& selector = constraint.selector;
  std::string text = selector.selector_case() == Selector::kPseudoattributeType
                         ? Selector::PseudoattributeType_Name(selector.pseudoattribute_type())
                         : absl::CHexEscape(selector.attribute_name());
  const Predicate& predicate = constraint.predicate;
  switch (predicate.predicate_case()) {
    case Predicate::kExists:
      absl::StrAppend(&text, " exists");
      break;
    case Predicate::kNotExists:
      absl::StrAppend(&text, " not_exists");
      break;
    case Predicate::kTextEquals:
      absl::StrAppend(&text, " text_equals ", Quoted(predicate.text_equals().value()));
      break;
    case Predicate::kTextNotEquals:
      absl::StrAppend(&text, " text_not_equals ", Quoted(predicate.text_not_equals().value()));
      break;
    case Predicate::kTextMatches:
      absl::StrAppend(&text, " text_matches ", Quoted(predicate.text_matches().regex()));
      break;
    case Predicate::kTextNotMatches:
      absl::StrAppend(&text, " text_not_matches ", Quoted(predicate.text_not_matches().regex()));
      break;
    case Predicate::PREDICATE_NOT_SET:
      break;
  }
  return absl::StrCat(text, " (", subject.ToString(), ")");
}

// The first few, and how many there are besides.
std::string JoinFew(const std::vector<std::string>& texts, absl::string_view separator,
                    absl::string_view things) {
  if (texts.size() <= kExplained) return absl::StrJoin(texts, separator);
  return absl::StrCat(absl::StrJoin(texts.begin(), texts.begin() + kExplained, separator),
                      separator, texts.size() - kExplained, " more ", things);
}

class CompiledOfferConstraints final : public OfferConstraints {
 public:
  explicit CompiledOfferConstraints(absl::btree_map<std::string, std::vector<Group>> roles)
      : roles_(std::move(roles)) {}

  bool Allow(absl::string_view role, const AgentInfo& agent) const override {
    auto groups = roles_.find(role);
    if (groups == roles_.end()) return true;
    return std::any_of(groups->second.begin(), groups->second.end(), [&](const Group& group) {
      return std::all_of(group.begin(), group.end(), [&](const Constraint& constraint) {
        return Holds(constraint, Select(constraint.selector, agent));
      });
    });
  }

  std::string Explain(absl::string_view role, const AgentInfo& agent) const override {
    if (Allow(role, agent)) return "";
    std::vector<std::string> groups;
    for (const Group& group : roles_.find(role)->second) {
      std::vector<std::string> unmet;
      for (const Constraint& constraint : group) {
        const Subject subject = Select(constraint.selector, agent);
        if (!Holds(constraint, subject)) unmet.push_back(ToString(constraint, subject));
      }
      groups.push_back(JoinFew(unmet, " and ", "constraints"));
    }
    return JoinFew(groups, ", or ", "groups");
  }

 private:
  const absl::btree_map<std::string, std::vector<Group>> roles_;
};

// Reads the constraints of one framework.
class Compiler {
 public:
  absl::StatusOr<std::vector<Group>> Compile(const Groups& groups) {
    if (groups.groups_size() == 0) {
      return absl::InvalidArgumentError(".groups is empty; expected at least one group");
    }
    std::vector<Group> result;
    for (int i = 0; i < groups.groups_size(); ++i) {
      absl::StatusOr<Group> group = Compile(groups.groups(i));
      if (!group.ok()) return Below(absl::StrCat(".groups[", i, "]"), group.status());
      result.push_back(*std::move(group));
    }
    return result;
  }

  // `status` of the field or the entry `path`; its message begins with what is below that.
  static absl::Status Below(absl::string_view path, const absl::Status& status) {
    return absl::InvalidArgumentError(absl::StrCat(path, status.message()));
  }

 private:
  absl::StatusOr<Group> Compile(const Groups::Group& group) {
    if (group.attribute_constraints_size() == 0) {
      return absl::InvalidArgumentError(
          ".attribute_constraints is empty; expected at least one constraint");
    }
    Group result;
    for (int i = 0; i < group.attribute_constraints_size(); ++i) {
      absl::StatusOr<Constraint> constraint = Compile(group.attribute_constraints(i));
      if (!constraint.ok()) {
        return Below(absl::StrCat(".attribute_constraints[", i, "]"), constraint.status());
      }
      result.push_back(*std::move(constraint));
    }
    return result;
  }

  absl::StatusOr<Constraint> Compile(const AttributeConstraint& constraint) {
    if (++constraints_ > kMaxOfferConstraints) {
      return absl::InvalidArgumentError(absl::StrCat(" is one too many; expected at most ",
                                                     kMaxOfferConstraints,
                                                     " in all roles and groups together"));
    }
    RETURN_IF_ERROR(Check(constraint.selector()));
    RETURN_IF_ERROR(Check(constraint.predicate()));
    Constraint result{constraint.selector(), constraint.predicate(), nullptr};
    const Predicate& predicate = constraint.predicate();
    if (predicate.has_text_matches()) {
      ASSIGN_OR_RETURN(result.regex, Compile("text_matches", predicate.text_matches().regex()));
    }
    if (predicate.has_text_not_matches()) {
      ASSIGN_OR_RETURN(result.regex,
                       Compile("text_not_matches", predicate.text_not_matches().regex()));
    }
    return result;
  }

  static absl::Status Check(const Selector& selector) {
    if (selector.selector_case() == Selector::SELECTOR_NOT_SET) {
      return absl::InvalidArgumentError(
          ".selector is missing; expected attribute_name or pseudoattribute_type");
    }
    if (selector.has_pseudoattribute_type() &&
        selector.pseudoattribute_type() == Selector::UNKNOWN) {
      return absl::InvalidArgumentError(
          ".selector.pseudoattribute_type is UNKNOWN; expected HOSTNAME, REGION or ZONE");
    }
    return absl::OkStatus();
  }

  static absl::Status Check(const Predicate& predicate) {
    auto missing = [](absl::string_view field) {
      return absl::InvalidArgumentError(absl::StrCat(".predicate.", field, " is missing"));
    };
    switch (predicate.predicate_case()) {
      case Predicate::kExists:
      case Predicate::kNotExists:
        return absl::OkStatus();
      case Predicate::kTextEquals:
        if (predicate.text_equals().has_value()) return absl::OkStatus();
        return missing("text_equals.value");
      case Predicate::kTextNotEquals:
        if (predicate.text_not_equals().has_value()) return absl::OkStatus();
        return missing("text_not_equals.value");
      case Predicate::kTextMatches:
        if (predicate.text_matches().has_regex()) return absl::OkStatus();
        return missing("text_matches.regex");
      case Predicate::kTextNotMatches:
        if (predicate.text_not_matches().has_regex()) return absl::OkStatus();
        return missing("text_not_matches.regex");
      case Predicate::PREDICATE_NOT_SET:
        break;
    }
    return absl::InvalidArgumentError(
        ".predicate is missing; expected exists, not_exists, text_equals, text_not_equals, "
        "text_matches or text_not_matches");
  }

  absl::StatusOr<std::unique_ptr<const RE2>> Compile(absl::string_view field,
                                                     const std::string& regex) {
    const std::string is = absl::StrCat(".predicate.", field, ".regex is ", Quoted(regex));
    if (++regexes_ > kMaxOfferConstraintRegexes) {
      return absl::InvalidArgumentError(
          absl::StrCat(is, ", which is one too many; expected at most ", kMaxOfferConstraintRegexes,
                       " in all roles and groups together"));
    }
    if (regex.size() > kMaxOfferConstraintRegexBytes) {
      return absl::InvalidArgumentError(absl::StrCat(
          is, ", of ", regex.size(), " bytes; expected at most ", kMaxOfferConstraintRegexBytes));
    }
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(kOfferConstraintRegexMemory);
    auto compiled = std::make_unique<const RE2>(regex, options);
    if (compiled->error_code() == RE2::ErrorPatternTooLarge) {
      return absl::InvalidArgumentError(absl::StrCat(is, ", which takes more than ",
                                                     kOfferConstraintRegexMemory,
                                                     " bytes of memory; expected a smaller one"));
    }
    if (!compiled->ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(is, ": ", absl::CHexEscape(compiled->error()),
                       "; expected a regular expression as RE2 has them"));
    }
    if (compiled->ProgramSize() > kOfferConstraintRegexProgramSize) {
      return absl::InvalidArgumentError(
          absl::StrCat(is, ", which becomes a program of ", compiled->ProgramSize(),
                       " steps; expected at most ", kOfferConstraintRegexProgramSize));
    }
    return compiled;
  }

  size_t constraints_ = 0;
  size_t regexes_ = 0;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const OfferConstraints>> CompileOfferConstraints(
    const v1::scheduler::OfferConstraints& constraints, const std::set<std::string>& roles,
    HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  if (constraints.role_constraints().empty()) return nullptr;
  // In the order of the roles, so that of several mistakes the same one is named each time.
  absl::btree_map<std::string, const Groups*> named;
  for (const auto& [role, groups] : constraints.role_constraints()) named[role] = &groups;
  absl::btree_map<std::string, std::vector<Group>> compiled;
  Compiler compiler;
  for (const auto& [role, groups] : named) {
    const std::string field =
        absl::StrCat("offer_constraints.role_constraints[", Quoted(role), "]");
    if (!roles.contains(role)) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, " is of a role that the framework does not have"));
    }
    absl::StatusOr<std::vector<Group>> result = compiler.Compile(*groups);
    if (!result.ok()) return Compiler::Below(field, result.status());
    compiled[role] = *std::move(result);
  }
  return std::make_shared<const CompiledOfferConstraints>(std::move(compiled));
}

}  // namespace mesos
