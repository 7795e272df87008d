// The commands of each noun; AllCommands() is what they are together.
#ifndef DAEMONS_CLI_NOUNS_H_
#define DAEMONS_CLI_NOUNS_H_

#include <vector>

#include "daemons/cli/command.h"

namespace mesos::cli {

std::vector<Command> AgentCommands();
std::vector<Command> FrameworkCommands();
std::vector<Command> TaskCommands();
std::vector<Command> LogCommands();         // task logs, cat, tail
std::vector<Command> StatisticsCommands();  // ps
std::vector<Command> RoleCommands();
std::vector<Command> QuotaCommands();
std::vector<Command> WeightCommands();
std::vector<Command> OfferCommands();
std::vector<Command> MaintenanceCommands();
std::vector<Command> ReservationCommands();
std::vector<Command> VolumeCommands();
std::vector<Command> MasterCommands();
std::vector<Command> TopCommands();
std::vector<Command> OwnCommands();  // explain, config, completion

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_NOUNS_H_
