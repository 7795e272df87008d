// zk://[user:password@]host:port[,host:port...]/path, as users write it.
#ifndef MESOSLIB_COORDINATION_ZOOKEEPER_URL_H_
#define MESOSLIB_COORDINATION_ZOOKEEPER_URL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mesos {

struct ZooKeeperUrl {
  std::string servers;      // "host:port,host:port"
  std::string credentials;  // "user:password"; empty: none.
  std::string path;         // "/mesos": at least one name, no slash at the end.
};

// Whether it means ZooKeeper at all, and not a master's address.
bool IsZooKeeperUrl(absl::string_view text);

// `text` may also be file:///path of a file that holds the URL. InvalidArgument says what is wrong
// and what would be right; NotFound, PermissionDenied: the file. No message shows a password.
absl::StatusOr<ZooKeeperUrl> ParseZooKeeperUrl(absl::string_view text);

}  // namespace mesos

#endif  // MESOSLIB_COORDINATION_ZOOKEEPER_URL_H_
