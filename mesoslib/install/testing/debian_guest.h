// A machine like this one, with systemd, that a test may install packages on. It is made of
// namespaces and an overlay in memory: the host keeps nothing of it, however the test ends.
#ifndef MESOSLIB_INSTALL_TESTING_DEBIAN_GUEST_H_
#define MESOSLIB_INSTALL_TESTING_DEBIAN_GUEST_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "daemons/testing/test_process.h"
#include "mesoslib/install/shell.h"

namespace mesos {

class DebianGuest {
 public:
  // Boots one, which has `folder` as /packages. FailedPrecondition where this host cannot, with the
  // reason. One at a time.
  static absl::StatusOr<std::unique_ptr<DebianGuest>> Boot(const std::string& folder);
  // Ends all its processes.
  ~DebianGuest();

  // Runs a bash script there, as root.
  Ran Run(const std::string& script) const;
  // Where the host keeps its processes together.
  const std::string& cgroup() const { return cgroup_; }

 private:
  explicit DebianGuest(std::string cgroup) : cgroup_(std::move(cgroup)) {}

  const std::string cgroup_;
  std::unique_ptr<TestProcess> process_;
  std::string enter_;  // The command that runs another in there.
};

}  // namespace mesos

#endif  // MESOSLIB_INSTALL_TESTING_DEBIAN_GUEST_H_
