#include "daemons/cli/arguments.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "daemons/cli/text.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/units.h"

namespace mesos::cli {
namespace {

absl::Status Unknown(absl::string_view shown, const std::vector<Option>& options) {
  std::vector<std::string> names;
  for (const Option& option : options) names.push_back("--" + option.name);
  const std::string near = Nearest(shown, names);
  return absl::InvalidArgumentError(
      absl::StrCat("unknown option '", Printable(shown), "'",
                   near.empty() ? "" : absl::StrCat("; did you mean ", near, "?")));
}

template <typename Predicate>
const Option* Find(const std::vector<Option>& options, Predicate predicate) {
  const auto found = std::find_if(options.begin(), options.end(), predicate);
  return found == options.end() ? nullptr : &*found;
}

class Parser {
 public:
  Parser(const std::vector<std::string>& arguments, const std::vector<Option>& options,
         std::vector<std::string>* words, std::map<std::string, std::string>* values)
      : arguments_(arguments), options_(options), words_(words), values_(values) {}

  absl::Status Parse() {
    for (next_ = 0; next_ < arguments_.size();) {
      const std::string& argument = arguments_[next_++];
      if (argument == "--") {
        words_->insert(words_->end(), arguments_.begin() + next_, arguments_.end());
        return absl::OkStatus();
      }
      if (absl::StartsWith(argument, "--")) {
        RETURN_IF_ERROR(ParseLong(argument));
      } else if (argument.size() > 1 && argument[0] == '-') {
        RETURN_IF_ERROR(ParseLetters(argument));
      } else {
        words_->push_back(argument);
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status ParseLong(absl::string_view argument) {
    const size_t equals = argument.find('=');
    const absl::string_view shown = argument.substr(0, equals);
    const absl::string_view name = shown.substr(2);
    const Option* option = Find(options_, [&](const Option& o) { return o.name == name; });
    if (option == nullptr) return Unknown(shown, options_);
    if (equals == argument.npos) return Take(*option, shown);
    if (option->value.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(shown, " takes no value"));
    }
    return Set(*option, shown, argument.substr(equals + 1));
  }

  absl::Status ParseLetters(absl::string_view argument) {
    for (size_t i = 1; i < argument.size(); ++i) {
      const std::string shown = {'-', argument[i]};
      const Option* option =
          Find(options_, [&](const Option& o) { return o.letter == argument[i]; });
      if (option == nullptr) return Unknown(i == 1 ? argument : shown, options_);
      if (!option->value.empty() && i + 1 < argument.size()) {
        return Set(*option, shown, argument.substr(i + 1));
      }
      RETURN_IF_ERROR(Take(*option, shown));
    }
    return absl::OkStatus();
  }

  // A switch, or an option whose value is the next argument.
  absl::Status Take(const Option& option, absl::string_view shown) {
    if (option.value.empty()) return Set(option, shown, "");
    if (next_ == arguments_.size()) {
      return absl::InvalidArgumentError(absl::StrCat(shown, " needs a value: ", option.value));
    }
    return Set(option, shown, arguments_[next_++]);
  }

  absl::Status Set(const Option& option, absl::string_view shown, absl::string_view value) {
    if (!option.value.empty() && value.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(shown, " has an empty value; expected ", option.value));
    }
    const auto [at, added] = values_->emplace(option.name, std::string(value));
    if (added || (option.value.empty() && at->second == value)) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("--", option.name, " is given twice"));
  }

  const std::vector<std::string>& arguments_;
  const std::vector<Option>& options_;
  std::vector<std::string>* words_;
  std::map<std::string, std::string>* values_;
  size_t next_ = 0;
};

}  // namespace

absl::StatusOr<Arguments> Arguments::Parse(const std::vector<std::string>& arguments,
                                           const std::vector<Option>& options) {
  Arguments parsed;
  RETURN_IF_ERROR(Parser(arguments, options, &parsed.words_, &parsed.values_).Parse());
  return parsed;
}

std::string Arguments::Value(absl::string_view option) const {
  const auto found = values_.find(std::string(option));
  return found == values_.end() ? "" : found->second;
}

absl::StatusOr<std::optional<double>> Arguments::Number(absl::string_view option) const {
  if (!Has(option)) return std::nullopt;
  double number;
  if (!absl::SimpleAtod(Value(option), &number) || !std::isfinite(number) || number < 0) {
    return absl::InvalidArgumentError(absl::StrCat("--", option, " is '", Printable(Value(option)),
                                                   "'; expected a number, not negative"));
  }
  return number;
}

absl::StatusOr<std::optional<absl::Duration>> Arguments::Duration(absl::string_view option) const {
  if (!Has(option)) return std::nullopt;
  const absl::StatusOr<absl::Duration> duration = ParseDuration(Value(option));
  RETURN_IF_ERROR(Annotate(duration.status(), absl::StrCat("--", option)));
  return *duration;
}

}  // namespace mesos::cli
