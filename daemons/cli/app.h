// The command line as a whole: which command is meant, what is shown how, and the exit code.
//
// Exit codes: 0, 1 where it failed, 2 for wrong use. What failed is one line on standard error.
#ifndef DAEMONS_CLI_APP_H_
#define DAEMONS_CLI_APP_H_

#include <string>
#include <vector>

#include "daemons/cli/command.h"

namespace mesos::cli {

// `program`: the name by which it was called: "mesos", or "mesos-ps" for `mesos ps`, so for "cat"
// and "tail". `arguments` without it.
int RunCommandLine(const std::string& program, std::vector<std::string> arguments,
                   const World& world);

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_APP_H_
