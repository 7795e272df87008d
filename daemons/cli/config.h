// What the command line is told besides its arguments: ~/.mesos/config.toml and the environment.
//
//   [master]
//   address = "10.0.0.1:5050"       # or
//   [master.zookeeper]
//   addresses = ["10.0.0.1:2181", "10.0.0.2:2181"]
//   path = "/mesos"
//   [agent]
//   timeout = 5                     # Seconds; for the master, too.
//
// The file is read strictly: a key that is not known, or has a value of another kind, is an error
// that names the line and the key, for a setting that is silently ignored is worse than none. The
// keys of Apache Mesos's file are known; those that would need what is not there yet (ssl,
// principal, plugins) are refused unless they ask for nothing.
#ifndef DAEMONS_CLI_CONFIG_H_
#define DAEMONS_CLI_CONFIG_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos::cli {

struct Config {
  std::string master = "localhost:5050";  // As for --master.
  std::string master_from = "default";    // "--master", "MESOS_MASTER", "/root/.mesos/config.toml".
  absl::Duration timeout = absl::Seconds(5);
  std::string timeout_from = "default";
  std::string path;  // The file; empty: nobody has a home here.
  bool file_exists = false;
};

// InvalidArgument names the line and the key: "line 3: master.adress is not known; did you mean
// master.address?". `name` is what the file is called in errors, and in master_from.
absl::Status ReadConfig(absl::string_view text, absl::string_view name, Config* config);

// The file's text where there is one, then the environment, which counts more. A file that cannot
// be read, or has more than a megabyte, is an error; one that is missing is not, unless
// MESOS_CLI_CONFIG_FILE names it.
absl::StatusOr<Config> LoadConfig(const std::map<std::string, std::string>& environment);

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_CONFIG_H_
