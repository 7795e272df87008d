// What `mesos top` draws: pure text out of what the master tells and the size of the screen.
#ifndef DAEMONS_CLI_TOP_SCREEN_H_
#define DAEMONS_CLI_TOP_SCREEN_H_

#include <string>

#include "absl/time/time.h"
#include "daemons/cli/terminal.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::cli {

struct TopState {
  std::string master;  // Its address.
  v1::master::Response::GetAgents agents;
  v1::master::Response::GetFrameworks frameworks;
  v1::master::Response::GetRoles roles;
  std::string error;  // Why this is not of now; empty: it is.
  absl::Time now;
  int scrolled = 0;  // So many lines.
};

// A whole screen: never more lines than it has, none wider than it is. Begins at the upper left
// corner and clears what it does not fill.
std::string DrawTop(const TopState& state, ScreenSize size, bool colours);

// "█████▌    " of so many columns; `share` in [0, 1].
std::string Bar(double share, int columns);

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_TOP_SCREEN_H_
