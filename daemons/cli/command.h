// Command: one of the things the command line does: its words, its options, what it does.
#ifndef DAEMONS_CLI_COMMAND_H_
#define DAEMONS_CLI_COMMAND_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "daemons/cli/arguments.h"
#include "daemons/cli/client.h"
#include "daemons/cli/config.h"
#include "daemons/cli/http.h"
#include "daemons/cli/terminal.h"
#include "daemons/cli/view.h"

namespace mesos::cli {

// What the command line has of the world; tests have another one.
struct World {
  std::map<std::string, std::string> environment;
  Http* http = nullptr;
  Terminal* terminal = nullptr;
  LeaderFinder find_leader;
  // Becomes another program, found on PATH or beside this one; returns only where it cannot.
  // NotFound: there is none of that name.
  std::function<absl::Status(const std::string& program, const std::vector<std::string>& arguments)>
      become;
};

// What a command has to work with. All of it outlives the call.
struct Context {
  const World& world;
  const Config& config;
  const Arguments& arguments;
  Client& client;
  Terminal& terminal;
  absl::Time now;        // When it was asked.
  bool as_json = false;  // Or YAML; then no tables are shown.

  // The n-th word behind the command's own; empty where there is none.
  std::string word(size_t n) const {
    return n < arguments.words().size() ? arguments.words()[n] : "";
  }
};

struct Command {
  std::string noun;       // "agent"
  std::string verb;       // "list"; empty: the noun is all.
  std::string arguments;  // "AGENT", "[AGENT]", "MACHINE..."
  size_t least = 0;       // So many of them.
  size_t most = 0;
  std::string summary;
  std::vector<Option> options = {};
  // One of these. What is shown may be watched.
  std::function<absl::StatusOr<View>(Context&)> show = nullptr;
  std::function<absl::Status(Context&)> run = nullptr;
  bool watches = false;  // Always, not only with -w.
  bool acts = false;     // Changes something, so it is not repeated.

  std::string name() const { return verb.empty() ? noun : noun + " " + verb; }
};

inline constexpr size_t kAnyNumber = static_cast<size_t>(-1);

// All of them, in the order of help.
const std::vector<Command>& AllCommands();

// The options of a command, with those that all have.
std::vector<Option> OptionsOf(const Command& command);

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_COMMAND_H_
