// What the command line tells about itself: help, and completion for shells, out of the list of
// commands.
#ifndef DAEMONS_CLI_HELP_H_
#define DAEMONS_CLI_HELP_H_

#include <string>

#include "absl/status/statusor.h"
#include "daemons/cli/command.h"

namespace mesos::cli {

// Everything there is, a line each.
std::string OverviewHelp();
// The verbs of a noun, or of what is like one; empty: there is no such noun.
std::string NounHelp(const std::string& noun);
std::string CommandHelp(const Command& command);

// "Usage: mesos agent list [OPTION...] [AGENT]".
std::string UsageOf(const Command& command);

// A script for `shell`: "bash" or "zsh"; InvalidArgument for another one.
absl::StatusOr<std::string> CompletionScript(const std::string& shell);

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_HELP_H_
