#include "daemons/cli/help.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "daemons/cli/text.h"

namespace mesos::cli {
namespace {

using Line = std::pair<std::string, std::string>;

// Two columns below each other.
std::string Aligned(const std::vector<Line>& lines) {
  int width = 0;
  for (const auto& [left, right] : lines) width = std::max(width, Columns(left));
  std::string text;
  for (const auto& [left, right] : lines) {
    absl::StrAppend(&text, "  ", left, std::string(width - Columns(left) + 2, ' '), right, "\n");
  }
  return text;
}

std::string Called(const Command& command) {
  return command.arguments.empty() ? command.name()
                                   : absl::StrCat(command.name(), " ", command.arguments);
}

std::string OptionText(const Option& option) {
  const std::string letter =
      option.letter == '\0' ? "    " : absl::StrCat("-", std::string(1, option.letter), ", ");
  return absl::StrCat(letter, "--", option.name, option.value.empty() ? "" : "=", option.value);
}

// Nouns with their verbs, in order.
std::vector<std::pair<std::string, std::vector<std::string>>> Nouns() {
  std::vector<std::pair<std::string, std::vector<std::string>>> nouns;
  for (const Command& command : AllCommands()) {
    if (nouns.empty() || nouns.back().first != command.noun) nouns.push_back({command.noun, {}});
    if (!command.verb.empty()) nouns.back().second.push_back(command.verb);
  }
  return nouns;
}

// Which options each command has: "agent list) options='--all ...';;".
std::string OptionCases() {
  std::string cases;
  for (const Command& command : AllCommands()) {
    std::vector<std::string> options;
    for (const Option& option : OptionsOf(command)) {
      options.push_back(absl::StrCat("--", option.name, option.value.empty() ? "" : "="));
    }
    absl::StrAppend(&cases, "    '", command.noun, " ", command.verb, "') options='",
                    absl::StrJoin(options, " "), "' ;;\n");
  }
  return cases;
}

std::string VerbCases() {
  std::string cases;
  for (const auto& [noun, verbs] : Nouns()) {
    if (!verbs.empty()) {
      absl::StrAppend(&cases, "    ", noun, ") verbs='", absl::StrJoin(verbs, " "), "' ;;\n");
    }
  }
  return cases;
}

constexpr absl::string_view kBash =
    R"sh(# Completion of mesos for bash: eval "$(mesos completion bash)"
_mesos() {
  local word=${COMP_WORDS[COMP_CWORD]} noun='' verb='' verbs='' options='' i
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i]} in
    -* | =) ;;
    *)
      if [[ -z $noun ]]; then noun=${COMP_WORDS[i]}
      elif [[ -z $verb ]]; then verb=${COMP_WORDS[i]}
      fi
      ;;
    esac
  done
  COMPREPLY=()
  case $noun in
@VERBS@  esac
  [[ -n $verbs ]] || verb=''
  case "$noun $verb" in
@OPTIONS@  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi
  elif [[ -z $noun ]]; then
    mapfile -t COMPREPLY < <(compgen -W '@NOUNS@' -- "$word")
  elif [[ $noun == help && -z $verb ]]; then
    mapfile -t COMPREPLY < <(compgen -W '@NOUNS@' -- "$word")
  elif [[ -n $verbs && -z $verb ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$word")
  elif [[ $noun == completion ]]; then
    mapfile -t COMPREPLY < <(compgen -W 'bash zsh' -- "$word")
  fi
}
complete -o default -F _mesos mesos
)sh";

constexpr absl::string_view kZsh = R"sh(#compdef mesos
# Completion of mesos for zsh: eval "$(mesos completion zsh)"
_mesos() {
  local noun='' verb='' verbs='' options='' word
  local -a found
  for word in ${words[2,CURRENT-1]}; do
    [[ $word == -* ]] && continue
    if [[ -z $noun ]]; then noun=$word; elif [[ -z $verb ]]; then verb=$word; fi
  done
  case $noun in
@VERBS@  esac
  [[ -n $verbs ]] || verb=''
  case "$noun $verb" in
@OPTIONS@  esac
  if [[ ${words[CURRENT]} == -* ]]; then
    found=(${=options})
    compadd -S '' -- ${(M)found:#*=}
    compadd -- ${found:#*=}
  elif [[ -z $noun || ($noun == help && -z $verb) ]]; then
    found=(@NOUNS@)
    compadd -- $found
  elif [[ -n $verbs && -z $verb ]]; then
    found=(${=verbs})
    compadd -- $found
  elif [[ $noun == completion ]]; then
    compadd -- bash zsh
  else
    _files
  fi
}
# As a file among zsh's functions this is called to complete; read by eval it says what it completes.
if [[ ${funcstack[1]} == _mesos ]]; then _mesos "$@"; else compdef _mesos mesos; fi
)sh";

}  // namespace

std::string UsageOf(const Command& command) {
  return absl::StrCat("mesos ", command.name(), " [OPTION...]",
                      command.arguments.empty() ? "" : " ", command.arguments);
}

std::string OverviewHelp() {
  std::vector<Line> lines;
  for (const Command& command : AllCommands()) {
    lines.push_back({Called(command), command.summary});
  }
  return absl::StrCat(
      "Usage: mesos NOUN VERB [OPTION...]\n\n", Aligned(lines), "\nOptions that all have:\n",
      "  -m, --master=HOST:PORT  where the master is, or zk://...; else MESOS_MASTER, else the\n"
      "                          file ~/.mesos/config.toml, else localhost:5050\n"
      "  -o, --output=FORMAT     table, wide, json or yaml\n"
      "  -w, --watch             again and again\n"
      "  -h, --help              what a command does\n\n"
      "An id may be cut short, as long as it is clear: 'mesos agent inspect S3'.\n"
      "'mesos NAME' runs the program mesos-NAME where there is no such command here.\n");
}

std::string NounHelp(const std::string& noun) {
  std::vector<Line> lines;
  for (const Command& command : AllCommands()) {
    if (command.noun == noun) lines.push_back({Called(command), command.summary});
  }
  if (lines.empty()) return "";
  return absl::StrCat("Usage: mesos ", noun, " VERB [OPTION...]\n\n", Aligned(lines), "\n'mesos ",
                      noun, " VERB --help' tells of options.\n");
}

std::string CommandHelp(const Command& command) {
  std::vector<Line> lines;
  for (const Option& option : OptionsOf(command)) {
    lines.push_back({OptionText(option), option.help});
  }
  return absl::StrCat("Usage: ", UsageOf(command), "\n\n", command.summary, ".\n\n",
                      Aligned(lines));
}

absl::StatusOr<std::string> CompletionScript(const std::string& shell) {
  if (shell != "bash" && shell != "zsh") {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no completion for '", Printable(shell), "'; expected bash or zsh"));
  }
  std::vector<std::string> nouns;
  for (const auto& [noun, verbs] : Nouns()) nouns.push_back(noun);
  return absl::StrReplaceAll(shell == "bash" ? kBash : kZsh,
                             {{"@VERBS@", VerbCases()},
                              {"@OPTIONS@", OptionCases()},
                              {"@NOUNS@", absl::StrJoin(nouns, " ")}});
}

}  // namespace mesos::cli
