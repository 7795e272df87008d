#include <iterator>
#include <utility>

#include "daemons/cli/command.h"
#include "daemons/cli/nouns.h"

namespace mesos::cli {

const std::vector<Command>& AllCommands() {
  static const auto* all = [] {
    auto* commands = new std::vector<Command>;
    for (auto of_noun :
         {AgentCommands, FrameworkCommands, TaskCommands, LogCommands, StatisticsCommands,
          RoleCommands, QuotaCommands, WeightCommands, OfferCommands, ReservationCommands,
          VolumeCommands, MaintenanceCommands, MasterCommands, TopCommands, OwnCommands}) {
      std::vector<Command> some = of_noun();
      std::move(some.begin(), some.end(), std::back_inserter(*commands));
    }
    return commands;
  }();
  return *all;
}

std::vector<Option> OptionsOf(const Command& command) {
  std::vector<Option> options = command.options;
  options.push_back({"master", 'm', "MASTER", "Where the master is: host:port, or zk://..."});
  options.push_back({"timeout", '\0', "TIME", "How long to wait for an answer: 5secs"});
  options.push_back({"output", 'o', "FORMAT", "table, wide, json or yaml"});
  if (command.show != nullptr && !command.acts) {
    options.push_back({"watch", 'w', "", "Shows it again and again"});
    options.push_back({"interval", '\0', "TIME", "How often, with --watch: 1secs"});
  }
  options.push_back({"help", 'h', "", "Shows this"});
  return options;
}

}  // namespace mesos::cli
