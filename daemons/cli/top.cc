#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "daemons/cli/cluster.h"
#include "daemons/cli/nouns.h"
#include "daemons/cli/top_screen.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::cli {
namespace {

using Call = v1::master::Call;

constexpr absl::Duration kInterval = absl::Seconds(1);
constexpr int kControlC = 3;
constexpr int kEscape = 27;

absl::Status Ask(Client* client, TopState* state) {
  ASSIGN_OR_RETURN(state->master, client->MasterAddress());
  ASSIGN_OR_RETURN(auto agents, client->Ask(Call::GET_AGENTS));
  state->agents = std::move(*agents.mutable_get_agents());
  ASSIGN_OR_RETURN(auto frameworks, client->Ask(Call::GET_FRAMEWORKS));
  state->frameworks = std::move(*frameworks.mutable_get_frameworks());
  ASSIGN_OR_RETURN(auto roles, client->Ask(Call::GET_ROLES));
  state->roles = std::move(*roles.mutable_get_roles());
  return absl::OkStatus();
}

// The lines that a key scrolls; 0 for the others.
int Scroll(int key, Terminal* terminal) {
  if (key == 'j') return 1;
  if (key == 'k') return -1;
  if (key == ' ') return terminal->size().rows / 2;
  // Cursor keys: ESC [ A, ESC [ B.
  if (key != kEscape || terminal->Wait(absl::Milliseconds(20)) != '[') return 0;
  const int which = terminal->Wait(absl::Milliseconds(20));
  return which == 'A' ? -1 : which == 'B' ? 1 : 0;
}

absl::Status Top(Context& context) {
  Terminal& terminal = context.terminal;
  TopState state;
  // What fails at once is said as everywhere; later, a master may be away for a moment.
  RETURN_IF_ERROR(Ask(&context.client, &state));
  RETURN_IF_ERROR(terminal.TakeScreen());
  const auto restore = absl::MakeCleanup([&] { terminal.GiveScreenBack(); });
  const bool colours = !context.world.environment.contains("NO_COLOR");
  absl::Time next = terminal.Now() + kInterval;
  while (true) {
    state.now = terminal.Now();
    RETURN_IF_ERROR(terminal.Write(DrawTop(state, terminal.size(), colours)));
    const int key = terminal.Wait(std::max(absl::Milliseconds(1), next - terminal.Now()));
    if (key < 0 || key == 'q' || key == 'Q' || key == kControlC) return absl::OkStatus();
    // Never further than there may be lines.
    const int lines =
        state.agents.agents_size() + state.frameworks.frameworks_size() + state.roles.roles_size();
    if (key > 0) state.scrolled = std::clamp(state.scrolled + Scroll(key, &terminal), 0, lines);
    if (terminal.Now() < next) continue;
    const absl::Status asked = Ask(&context.client, &state);
    state.error = asked.ok() ? "" : std::string(asked.message());
    next = terminal.Now() + kInterval;
  }
}

}  // namespace

std::vector<Command> TopCommands() {
  return {{.noun = "top",
           .summary = "Shows roles, frameworks and agents, and their shares, live",
           .run = Top}};
}

}  // namespace mesos::cli
