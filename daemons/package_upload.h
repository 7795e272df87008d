// Puts a file into HDFS by Hadoop's own client, as mesos-execute --package does.
#ifndef DAEMONS_PACKAGE_UPLOAD_H_
#define DAEMONS_PACKAGE_UPLOAD_H_

#include <string>

#include "absl/status/status.h"

namespace mesos {

struct PackageUpload {
  std::string package;            // A file here.
  std::string uri;                // "hdfs://localhost:9000/root/package.tgz"
  std::string hadoop = "hadoop";  // Its client: a path, or a name on PATH.
  bool overwrite = false;
};

// Waits until it is there. AlreadyExists: something is, and is not to be overwritten; Unavailable:
// the client cannot be run, or has failed; it says why on stderr.
absl::Status Upload(const PackageUpload& upload);

}  // namespace mesos

#endif  // DAEMONS_PACKAGE_UPLOAD_H_
