// What the command line does by itself: explain (by mesos-explain), config, completion.
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "daemons/cli/cluster.h"
#include "daemons/cli/help.h"
#include "daemons/cli/nouns.h"
#include "daemons/cli/text.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/units.h"

namespace mesos::cli {
namespace {

// The URL of ZooKeeper may have a password in it.
std::string WithoutPassword(const std::string& master) {
  const size_t begin = master.find("://");
  const size_t at = master.rfind('@');
  if (begin == std::string::npos || at == std::string::npos || at < begin) return master;
  return absl::StrCat(master.substr(0, begin + 3), "..", master.substr(at));
}

// What masters tell about offers goes over gRPC, which takes longer to load than most commands here
// to run; so it has a program of its own.
absl::Status Explain(Context& context) {
  ASSIGN_OR_RETURN(const auto frameworks, GetFrameworks(&context.client));
  ASSIGN_OR_RETURN(const FrameworkEntry* found, FindFramework(*frameworks, context.word(0), false));
  std::vector<std::string> arguments = {"--master=" + context.client.master(),
                                        "--framework=" + found->framework_info().id().value(),
                                        "--timeout=" + DurationToText(context.client.timeout())};
  return context.world.become("mesos-explain", arguments);
}

absl::StatusOr<View> ShowConfig(Context& context) {
  const Config& config = context.config;
  const std::string master = WithoutPassword(config.master);
  const std::string file =
      config.path.empty() ? "none" : absl::StrCat(config.path, config.file_exists ? "" : " (none)");
  Table table;
  table.columns = {{.heading = "SETTING"}, {.heading = "VALUE"}, {.heading = "FROM"}};
  table.rows = {{"master", master, config.master_from},
                {"timeout", DurationToText(config.timeout), config.timeout_from},
                {"file", file, ""}};
  View view;
  view.sections.push_back({.table = std::move(table)});
  view.json = [=] {
    return JsonObject({{"master", JsonString(master)},
                       {"timeout", JsonString(DurationToText(config.timeout))},
                       {"file", JsonString(config.path)}});
  };
  return view;
}

absl::Status Completion(Context& context) {
  ASSIGN_OR_RETURN(const std::string script, CompletionScript(context.word(0)));
  return context.terminal.Write(script);
}

}  // namespace

std::vector<Command> OwnCommands() {
  return {
      {.noun = "explain",
       .arguments = "FRAMEWORK",
       .least = 1,
       .most = 1,
       .summary = "Tells why a framework is offered what it is, and why nothing else",
       .run = Explain},
      {.noun = "config",
       .verb = "show",
       .summary = "Shows what is set, and where",
       .show = ShowConfig},
      {.noun = "completion",
       .arguments = "bash|zsh",
       .least = 1,
       .most = 1,
       .summary = "Prints a script that completes commands in a shell",
       .run = Completion},
  };
}

}  // namespace mesos::cli
