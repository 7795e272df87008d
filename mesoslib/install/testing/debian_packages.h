// The Debian packages, as the tests build them.
#ifndef MESOSLIB_INSTALL_TESTING_DEBIAN_PACKAGES_H_
#define MESOSLIB_INSTALL_TESTING_DEBIAN_PACKAGES_H_

#include <string>

namespace mesos {

// How the test runs deb.sh: an assignment of what it needs, and its path.
std::string DebCommand();

struct BuiltPackages {
  std::string folder;
  // The same, built at the same time with another umask and in another time zone.
  std::string again;
};

// Built by the first call.
const BuiltPackages& Packages();

}  // namespace mesos

#endif  // MESOSLIB_INSTALL_TESTING_DEBIAN_PACKAGES_H_
