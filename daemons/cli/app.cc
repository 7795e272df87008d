#include "daemons/cli/app.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "daemons/cli/help.h"
#include "daemons/cli/text.h"
#include "mesos/version.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::cli {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(1);

// What a command and its arguments are called together by the first words.
struct Meant {
  const Command* command = nullptr;
  std::vector<std::string> rest;
};

bool IsSwitch(const std::string& argument, absl::string_view name, absl::string_view letter) {
  return argument == name || argument == letter;
}

std::vector<std::string> VerbsOf(const std::string& noun) {
  std::vector<std::string> verbs;
  for (const Command& command : AllCommands()) {
    if (command.noun == noun && !command.verb.empty()) verbs.push_back(command.verb);
  }
  return verbs;
}

std::vector<std::string> NounNames() {
  std::vector<std::string> nouns = {"help", "version"};
  for (const Command& command : AllCommands()) nouns.push_back(command.noun);
  return nouns;
}

// "agents" for "agent", too.
std::string Singular(const std::string& noun) {
  const std::vector<std::string> nouns = NounNames();
  if (std::find(nouns.begin(), nouns.end(), noun) != nouns.end()) return noun;
  absl::string_view less = noun;
  if (absl::ConsumeSuffix(&less, "s") &&
      std::find(nouns.begin(), nouns.end(), less) != nouns.end()) {
    return std::string(less);
  }
  return noun;
}

absl::Status NoSuchCommand(absl::string_view noun) {
  const std::string near = Nearest(noun, NounNames());
  return absl::InvalidArgumentError(absl::StrCat(
      "there is no command '", Printable(noun), "', and no program mesos-", Printable(noun),
      near.empty() ? "; 'mesos help' shows what there is"
                   : absl::StrCat("; did you mean '", near, "'?")));
}

absl::Status NoSuchVerb(absl::string_view noun, absl::string_view verb,
                        const std::vector<std::string>& verbs) {
  const std::string near = Nearest(verb, verbs);
  return absl::InvalidArgumentError(
      absl::StrCat("'mesos ", noun, "' has no '", Printable(verb), "'; ",
                   near.empty() ? absl::StrCat("'mesos help ", noun, "' shows what there is")
                                : absl::StrCat("did you mean '", near, "'?")));
}

class App {
 public:
  App(std::vector<std::string> arguments, const World& world)
      : arguments_(std::move(arguments)), world_(world), terminal_(*world.terminal) {}

  absl::Status Run() {
    // Options that all commands have may stand before the command's words.
    size_t first = 0;
    RETURN_IF_ERROR(SkipOptions(&first));
    if (first == arguments_.size()) {
      if (wants_version_) return Version();
      return terminal_.Write(OverviewHelp());
    }
    const std::string noun = Singular(arguments_[first]);
    if (noun == "help") return Help({arguments_.begin() + first + 1, arguments_.end()});
    if (noun == "version") return Version();
    ASSIGN_OR_RETURN(const Meant meant, Find(noun, first));
    if (meant.command == nullptr) return absl::OkStatus();
    return Run(*meant.command, meant.rest);
  }

 private:
  absl::Status SkipOptions(size_t* first) {
    while (*first < arguments_.size() && absl::StartsWith(arguments_[*first], "-")) {
      const std::string& option = arguments_[*first];
      wants_version_ = wants_version_ || option == "--version";
      const bool has_value = option == "-m" || option == "--master" || option == "-o" ||
                             option == "--output" || option == "--timeout";
      *first += has_value ? 2 : 1;
      if (IsSwitch(option, "--help", "-h") || option == "--version") *first = arguments_.size();
    }
    *first = std::min(*first, arguments_.size());
    if (*first < arguments_.size() || arguments_.empty() || wants_version_) {
      return absl::OkStatus();
    }
    const std::string& last = arguments_.back();
    if (std::any_of(arguments_.begin(), arguments_.end(),
                    [](const auto& a) { return IsSwitch(a, "--help", "-h"); })) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(absl::StrCat("a command is missing after '", Printable(last),
                                                   "'; 'mesos help' shows what there is"));
  }

  absl::Status Version() { return terminal_.Write("mesos " MESOS_VERSION "\n"); }

  absl::Status Help(const std::vector<std::string>& words) {
    if (words.empty()) return terminal_.Write(OverviewHelp());
    const std::string noun = Singular(words[0]);
    for (const Command& command : AllCommands()) {
      if (command.noun == noun &&
          (words.size() > 1 ? command.verb == words[1] : command.verb.empty())) {
        return terminal_.Write(CommandHelp(command));
      }
    }
    const std::string text = NounHelp(noun);
    if (text.empty()) return NoSuchCommand(words[0]);
    if (words.size() > 1) return NoSuchVerb(noun, words[1], VerbsOf(noun));
    return terminal_.Write(text);
  }

  // No command: what was asked for has been done.
  absl::StatusOr<Meant> Find(const std::string& noun, size_t first) {
    Meant meant;
    meant.rest = {arguments_.begin(), arguments_.begin() + first};
    std::vector<std::string> after(arguments_.begin() + first + 1, arguments_.end());
    const std::vector<std::string> verbs = VerbsOf(noun);
    // The verb is the first word; options may stand before it.
    const auto verb = std::find_if(after.begin(), after.end(), [](const std::string& argument) {
      return !absl::StartsWith(argument, "-");
    });
    for (const Command& command : AllCommands()) {
      if (command.noun != noun) continue;
      if (command.verb.empty() || (verb != after.end() && command.verb == *verb)) {
        if (!command.verb.empty()) after.erase(verb);
        meant.command = &command;
        meant.rest.insert(meant.rest.end(), after.begin(), after.end());
        return meant;
      }
    }
    if (verbs.empty()) return Elsewhere(arguments_[first], after);
    const bool asks = std::any_of(after.begin(), after.end(), [](const std::string& argument) {
      return IsSwitch(argument, "--help", "-h");
    });
    if (asks) {
      RETURN_IF_ERROR(terminal_.Write(NounHelp(noun)));
      return meant;
    }
    if (verb == after.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("'mesos ", noun, "' needs one of: ", absl::StrJoin(verbs, ", ")));
    }
    return NoSuchVerb(noun, *verb, verbs);
  }

  // What is no command of ours may be a program's.
  absl::StatusOr<Meant> Elsewhere(const std::string& name, const std::vector<std::string>& after) {
    if (absl::StrContains(name, '/') || name.empty()) return NoSuchCommand(name);
    const absl::Status status = world_.become("mesos-" + name, after);
    if (absl::IsNotFound(status)) return NoSuchCommand(name);
    RETURN_IF_ERROR(status);
    return Meant();
  }

  absl::Status Run(const Command& command, const std::vector<std::string>& rest) {
    if (std::any_of(rest.begin(), rest.end(),
                    [](const std::string& a) { return IsSwitch(a, "--help", "-h"); })) {
      return terminal_.Write(CommandHelp(command));
    }
    ASSIGN_OR_RETURN(const Arguments arguments, Arguments::Parse(rest, OptionsOf(command)));
    const size_t words = arguments.words().size();
    if (words < command.least || words > command.most) {
      return absl::InvalidArgumentError(absl::StrCat(
          words < command.least
              ? absl::StrCat("'mesos ", command.name(), "' needs more")
              : absl::StrCat("'", Printable(arguments.words()[command.most]), "' is too much"),
          "; usage: ", UsageOf(command)));
    }
    ASSIGN_OR_RETURN(Config config, LoadConfig(world_.environment));
    if (arguments.Has("master")) {
      config.master = arguments.Value("master");
      config.master_from = "--master";
    }
    ASSIGN_OR_RETURN(const auto timeout, arguments.Duration("timeout"));
    if (timeout.has_value()) {
      config.timeout = *timeout;
      config.timeout_from = "--timeout";
    }
    if (config.timeout <= absl::ZeroDuration() || config.timeout > absl::Hours(24)) {
      return absl::InvalidArgumentError(absl::StrCat("the timeout (of ", config.timeout_from,
                                                     ") is ", absl::FormatDuration(config.timeout),
                                                     "; expected more than 0, at most a day"));
    }
    Client client(world_.http, config.master, config.timeout, world_.find_leader);
    ASSIGN_OR_RETURN(const Format format, ParseFormat(arguments.Value("output")));
    Context context = {.world = world_,
                       .config = config,
                       .arguments = arguments,
                       .client = client,
                       .terminal = terminal_,
                       .now = terminal_.Now(),
                       .as_json = format == Format::kJson || format == Format::kYaml};
    if (command.run != nullptr) return command.run(context);
    return Show(command, format, &context);
  }

  absl::Status Show(const Command& command, Format format, Context* context) {
    const Arguments& arguments = context->arguments;
    ASSIGN_OR_RETURN(const auto given, arguments.Duration("interval"));
    const absl::Duration interval = given.value_or(kInterval);
    if (interval < absl::Milliseconds(100) || interval > absl::Hours(24)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--interval is ", absl::FormatDuration(interval), "; expected 100ms to 24hrs"));
    }
    if (!command.watches && !arguments.Has("watch")) {
      ASSIGN_OR_RETURN(const View view, command.show(*context));
      return terminal_.Write(Render(view, Style(format)));
    }
    std::string before;
    for (bool first = true;; first = false) {
      context->now = terminal_.Now();
      const absl::StatusOr<View> view = command.show(*context);
      if (!view.ok() && (first || !IsPassing(view.status()))) return view.status();
      // A master that is away for a moment ends nothing; people are told, programs wait.
      const std::string text = view.ok() ? Render(*view, Style(format))
                               : terminal_.is_screen()
                                   ? absl::StrCat(Printable(view.status().message()), "\n")
                                   : before;
      if (terminal_.is_screen()) {
        RETURN_IF_ERROR(terminal_.Write(Frame(text, first)));
      } else if (text != before) {
        RETURN_IF_ERROR(terminal_.Write(first ? text : absl::StrCat("\n", text)));
      }
      before = text;
      if (terminal_.Wait(interval) < 0) return absl::OkStatus();
    }
  }

  static bool IsPassing(const absl::Status& status) {
    return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
           absl::IsNotFound(status);
  }

  // Drawn over what was there, as much as there is room for.
  std::string Frame(absl::string_view text, bool first) const {
    std::string frame = first ? "\x1b[2J\x1b[H" : "\x1b[H";
    int rows = terminal_.size().rows - 1;
    for (absl::string_view line : absl::StrSplit(absl::StripSuffix(text, "\n"), '\n')) {
      if (rows-- <= 0) break;
      // Cleared before it is written: after it, a full line would lose its last character.
      absl::StrAppend(&frame, "\x1b[K", line, "\n");
    }
    absl::StrAppend(&frame, "\x1b[J");
    return frame;
  }

  ViewStyle Style(Format format) const {
    const auto no_colour = world_.environment.find("NO_COLOR");
    const auto term = world_.environment.find("TERM");
    const bool dumb = term != world_.environment.end() && term->second == "dumb";
    ViewStyle style;
    style.format = format;
    style.terminal = terminal_.is_screen();
    style.width = style.terminal ? terminal_.size().columns : 0;
    style.colours = style.terminal && !dumb &&
                    (no_colour == world_.environment.end() || no_colour->second.empty());
    return style;
  }

  const std::vector<std::string> arguments_;
  const World& world_;
  Terminal& terminal_;
  bool wants_version_ = false;
};

}  // namespace

int RunCommandLine(const std::string& program, std::vector<std::string> arguments,
                   const World& world) {
  absl::string_view verb = program;
  if (absl::ConsumePrefix(&verb, "mesos-")) arguments.insert(arguments.begin(), std::string(verb));
  const absl::Status status = App(std::move(arguments), world).Run();
  if (status.ok()) return 0;
  world.terminal->WriteError(absl::StrCat(program, ": ", Printable(status.message()), "\n"));
  return absl::IsInvalidArgument(status) ? 2 : 1;
}

}  // namespace mesos::cli
