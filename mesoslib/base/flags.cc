#include "mesoslib/base/flags.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

constexpr size_t kHelpColumn = 6;
constexpr size_t kHelpWidth = 100;
constexpr absl::string_view kFileScheme = "file://";
constexpr absl::string_view kHidden = "<hidden>";

template <typename T>
absl::Status ParseInteger(absl::string_view text, T* value) {
  // SimpleAtoi would skip blanks, and knows no 16 bit numbers.
  using Wide = std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>;
  Wide wide = 0;
  const bool blank = text != absl::StripAsciiWhitespace(text);
  if (blank || !absl::SimpleAtoi(text, &wide) || wide < std::numeric_limits<T>::min() ||
      wide > std::numeric_limits<T>::max()) {
    return absl::InvalidArgumentError(absl::StrCat(Quoted(text), " is not a whole number between ",
                                                   std::numeric_limits<T>::min(), " and ",
                                                   std::numeric_limits<T>::max()));
  }
  *value = static_cast<T>(wide);
  return absl::OkStatus();
}

std::string EnvironmentName(absl::string_view flag) {
  return absl::StrCat("MESOS_", absl::AsciiStrToUpper(flag));
}

// How many letters must be changed, added or left out to make one of the other.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

// `text` in lines of at most kHelpWidth, each after kHelpColumn blanks.
std::string Wrap(absl::string_view text) {
  const std::string indent(kHelpColumn, ' ');
  std::string result;
  std::string line;
  for (absl::string_view word : absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty())) {
    if (!line.empty() && kHelpColumn + line.size() + 1 + word.size() > kHelpWidth) {
      absl::StrAppend(&result, indent, line, "\n");
      line.clear();
    }
    absl::StrAppend(&line, line.empty() ? "" : " ", word);
  }
  if (!line.empty()) absl::StrAppend(&result, indent, line, "\n");
  return result;
}

}  // namespace

absl::Status ParseFlag(absl::string_view text, bool* value) {
  if (text == "true" || text == "1") {
    *value = true;
  } else if (text == "false" || text == "0") {
    *value = false;
  } else {
    return absl::InvalidArgumentError(absl::StrCat(Quoted(text), " is neither true nor false"));
  }
  return absl::OkStatus();
}
absl::Status ParseFlag(absl::string_view text, std::string* value) {
  *value = std::string(text);
  return absl::OkStatus();
}
absl::Status ParseFlag(absl::string_view text, int32_t* value) { return ParseInteger(text, value); }
absl::Status ParseFlag(absl::string_view text, int64_t* value) { return ParseInteger(text, value); }
absl::Status ParseFlag(absl::string_view text, uint16_t* value) {
  return ParseInteger(text, value);
}
absl::Status ParseFlag(absl::string_view text, uint32_t* value) {
  return ParseInteger(text, value);
}
absl::Status ParseFlag(absl::string_view text, uint64_t* value) {
  return ParseInteger(text, value);
}
absl::Status ParseFlag(absl::string_view text, double* value) {
  const bool blank = text != absl::StripAsciiWhitespace(text);
  if (blank || !absl::SimpleAtod(text, value) || !std::isfinite(*value)) {
    return absl::InvalidArgumentError(absl::StrCat(Quoted(text), " is not a number"));
  }
  return absl::OkStatus();
}
absl::Status ParseFlag(absl::string_view text, absl::Duration* value) {
  ASSIGN_OR_RETURN(*value, ParseDuration(text));
  return absl::OkStatus();
}
absl::Status ParseFlag(absl::string_view text, ByteSize* value) {
  ASSIGN_OR_RETURN(*value, ParseByteSize(text));
  return absl::OkStatus();
}
absl::Status ParseFlag(absl::string_view text, std::vector<std::string>* value) {
  value->clear();
  if (text.empty()) return absl::OkStatus();
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    value->emplace_back(absl::StripAsciiWhitespace(part));
    if (value->back().empty()) {
      return absl::InvalidArgumentError(absl::StrCat(Quoted(text), " holds an empty element"));
    }
  }
  return absl::OkStatus();
}

std::string FormatFlag(bool value) { return value ? "true" : "false"; }
std::string FormatFlag(const std::string& value) { return value; }
std::string FormatFlag(int32_t value) { return absl::StrCat(value); }
std::string FormatFlag(int64_t value) { return absl::StrCat(value); }
std::string FormatFlag(uint16_t value) { return absl::StrCat(value); }
std::string FormatFlag(uint32_t value) { return absl::StrCat(value); }
std::string FormatFlag(uint64_t value) { return absl::StrCat(value); }
std::string FormatFlag(double value) { return absl::StrCat(value); }
std::string FormatFlag(absl::Duration value) { return DurationToText(value); }
std::string FormatFlag(ByteSize value) { return ByteSizeToText(value); }
std::string FormatFlag(const std::vector<std::string>& value) { return absl::StrJoin(value, ","); }

absl::string_view FlagTypeName(const bool*) { return "switch"; }
absl::string_view FlagTypeName(const std::string*) { return "text"; }
absl::string_view FlagTypeName(const int32_t*) { return "integer"; }
absl::string_view FlagTypeName(const int64_t*) { return "integer"; }
absl::string_view FlagTypeName(const uint16_t*) { return "integer"; }
absl::string_view FlagTypeName(const uint32_t*) { return "integer"; }
absl::string_view FlagTypeName(const uint64_t*) { return "integer"; }
absl::string_view FlagTypeName(const double*) { return "number"; }
absl::string_view FlagTypeName(const absl::Duration*) { return "duration"; }
absl::string_view FlagTypeName(const ByteSize*) { return "size"; }
absl::string_view FlagTypeName(const std::vector<std::string>*) { return "list"; }

FlagSet::Flag& FlagSet::Flag::Required() {
  required = true;
  return *this;
}
FlagSet::Flag& FlagSet::Flag::Alias(absl::string_view alias) {
  aliases.emplace_back(alias);
  return *this;
}
FlagSet::Flag& FlagSet::Flag::Secret() {
  secret = true;
  return *this;
}
FlagSet::Flag& FlagSet::Flag::Literal() {
  literal = true;
  return *this;
}

FlagSet::FlagSet(absl::string_view program, absl::string_view summary)
    : program_(program), summary_(summary) {}

FlagSet::Flag& FlagSet::AddFlag(absl::string_view name, absl::string_view help) {
  std::unique_ptr<Flag>& flag = flags_[std::string(name)];
  if (flag != nullptr) defined_twice_.emplace_back(name);
  flag = std::make_unique<Flag>();
  flag->name = std::string(name);
  flag->help = std::string(help);
  return *flag;
}

void FlagSet::AllowArguments(absl::string_view usage) { arguments_usage_ = std::string(usage); }

absl::Status FlagSet::Parse(const std::vector<std::string>& arguments, const Sources& sources) {
  RETURN_IF_ERROR(CheckDefinitions());
  arguments_.clear();
  for (auto& [name, flag] : flags_) flag->given_by.clear();
  auto end_of_flags = std::find(arguments.begin(), arguments.end(), "--");
  if (std::find(arguments.begin(), end_of_flags, "--help") != end_of_flags) {
    help_requested_ = true;
    return absl::OkStatus();
  }
  for (auto argument = arguments.begin(); argument != end_of_flags; ++argument) {
    RETURN_IF_ERROR(ParseArgument(*argument, sources));
  }
  if (end_of_flags != arguments.end()) {
    arguments_.insert(arguments_.end(), end_of_flags + 1, arguments.end());
  }
  if (!arguments_.empty() && arguments_usage_.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("unexpected argument ", Quoted(arguments_[0]),
                                                   ": flags are written --name=value"));
  }
  RETURN_IF_ERROR(ParseEnvironment(sources));
  for (const auto& [name, flag] : flags_) {
    if (flag->required && flag->given_by.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("flag --", name, " is missing: give it as --",
                                                     name, "=<", flag->type, "> or in ",
                                                     EnvironmentName(name)));
    }
  }
  return absl::OkStatus();
}

// Own bugs, but a daemon that says so is easier to mend than one that aborts.
absl::Status FlagSet::CheckDefinitions() const {
  std::vector<std::string> twice = defined_twice_;
  for (const auto& [name, flag] : flags_) {
    for (const std::string& alias : flag->aliases) {
      if (Find(alias) != flag.get()) twice.push_back(alias);
    }
  }
  if (twice.empty()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("flag --", twice[0], " is defined twice"));
}

FlagSet::Flag* FlagSet::Find(absl::string_view name) const {
  auto found = flags_.find(std::string(name));
  if (found != flags_.end()) return found->second.get();
  for (const auto& [unused, flag] : flags_) {
    if (std::find(flag->aliases.begin(), flag->aliases.end(), name) != flag->aliases.end()) {
      return flag.get();
    }
  }
  return nullptr;
}

absl::Status FlagSet::ParseArgument(absl::string_view argument, const Sources& sources) {
  if (!absl::StartsWith(argument, "--")) {
    arguments_.emplace_back(argument);
    return absl::OkStatus();
  }
  const size_t equals = argument.find('=');
  const absl::string_view name = argument.substr(2, equals == argument.npos ? equals : equals - 2);
  const std::string given_by = absl::StrCat("--", name);
  Flag* flag = Find(name);
  bool negated = false;
  if (flag == nullptr && absl::StartsWith(name, "no-")) {
    flag = Find(name.substr(3));
    negated = flag != nullptr;
  }
  if (flag == nullptr) return UnknownFlag(name);
  if (!flag->given_by.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("flag --", flag->name, " is given twice: as ",
                                                   flag->given_by, " and as ", given_by));
  }
  if (negated && (!flag->is_switch || equals != argument.npos)) {
    return absl::InvalidArgumentError(
        absl::StrCat("flag ", given_by, " makes no sense: ",
                     flag->is_switch ? "a switch takes no value after --no-"
                                     : absl::StrCat("--", flag->name, " is not a switch")));
  }
  if (equals != argument.npos) return Set(flag, argument.substr(equals + 1), given_by, sources);
  if (!flag->is_switch) {
    return absl::InvalidArgumentError(
        absl::StrCat("flag ", given_by, " needs a value: ", given_by, "=<", flag->type, ">"));
  }
  return Set(flag, negated ? "false" : "true", given_by, sources);
}

absl::Status FlagSet::ParseEnvironment(const Sources& sources) {
  for (const auto& [name, flag] : flags_) {
    const bool on_command_line = !flag->given_by.empty();
    std::vector<std::string> names = flag->aliases;
    names.insert(names.begin(), name);
    for (const std::string& candidate : names) {
      const std::string variable = EnvironmentName(candidate);
      auto found = sources.environment.find(variable);
      if (found == sources.environment.end() || on_command_line) continue;
      if (!flag->given_by.empty()) {
        return absl::InvalidArgumentError(absl::StrCat("flag --", name, " is given twice: by ",
                                                       flag->given_by, " and by ", variable));
      }
      RETURN_IF_ERROR(Set(flag.get(), found->second, variable, sources));
    }
  }
  return absl::OkStatus();
}

absl::Status FlagSet::Set(Flag* flag, absl::string_view text, const std::string& given_by,
                          const Sources& sources) {
  std::string content;
  if (!flag->literal && absl::StartsWith(text, kFileScheme)) {
    const std::string path(absl::StripPrefix(text, kFileScheme));
    if (sources.read_file == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(given_by, ": values from files are not taken here"));
    }
    absl::StatusOr<std::string> read = sources.read_file(path);
    if (!read.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(given_by, ": cannot read ", Quoted(path), ": ", read.status().message()));
    }
    content = *std::move(read);
    text = content;
    // What an editor or echo leaves at the end is not part of the value.
    absl::ConsumeSuffix(&text, "\n");
    absl::ConsumeSuffix(&text, "\r");
  }
  if (absl::Status status = flag->parse(text); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        given_by, ": ",
        flag->secret ? absl::StrCat("its value is not a valid ", flag->type) : status.message()));
  }
  flag->given_by = given_by;
  return absl::OkStatus();
}

absl::Status FlagSet::UnknownFlag(absl::string_view name) const {
  std::string message = absl::StrCat("unknown flag ", Quoted(absl::StrCat("--", name)));
  const std::string* nearest = nullptr;
  size_t distance = std::max<size_t>(3, name.size() / 3 + 1);
  for (const auto& [known, flag] : flags_) {
    if (name.size() > 100) break;
    const size_t this_distance = EditDistance(name, known);
    if (this_distance >= distance) continue;
    distance = this_distance;
    nearest = &known;
  }
  if (nearest != nullptr)
    absl::StrAppend(&message, ", did you mean --", *nearest, "?");
  else
    absl::StrAppend(&message, ", see --help");
  return absl::InvalidArgumentError(message);
}

std::string FlagSet::Help() const {
  std::string text =
      absl::StrCat("Usage: ", program_, " [flags]", arguments_usage_.empty() ? "" : " ",
                   arguments_usage_, "\n\n", summary_, "\n\n",
                   "Where the command line is silent, the environment's MESOS_NAME "
                   "counts. A value file:///path is\nread from that file.\n\n");
  for (const auto& [name, flag] : flags_) {
    absl::StrAppend(&text, "  --", flag->is_switch ? "[no-]" : "", name);
    if (!flag->is_switch) absl::StrAppend(&text, "=<", flag->type, ">");
    if (flag->required) {
      absl::StrAppend(&text, "   (required)");
    } else if (!flag->default_value.empty()) {
      absl::StrAppend(&text, "   (default: ",
                      flag->secret ? kHidden : absl::string_view(flag->default_value), ")");
    }
    absl::StrAppend(&text, "\n", Wrap(flag->help));
    if (!flag->aliases.empty()) {
      text += Wrap(absl::StrCat("Deprecated: --", absl::StrJoin(flag->aliases, ", --"), "."));
    }
  }
  absl::StrAppend(&text, "  --help\n", Wrap("Shows this text."));
  return text;
}

std::vector<std::string> FlagSet::Changed() const {
  std::vector<std::string> result;
  for (const auto& [name, flag] : flags_) {
    const std::string value = flag->format();
    if (value == flag->default_value) continue;
    result.push_back(
        absl::StrCat("--", name, "=", flag->secret ? std::string(kHidden) : absl::CEscape(value)));
  }
  return result;
}

std::map<std::string, std::string> FlagSet::Values() const {
  std::map<std::string, std::string> result;
  for (const auto& [name, flag] : flags_) {
    std::string value = flag->format();
    result[name] = flag->secret && !value.empty() ? std::string(kHidden) : std::move(value);
  }
  return result;
}

}  // namespace mesos
