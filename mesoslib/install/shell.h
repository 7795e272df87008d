// What the tests of the installed library share: shell commands in a clean environment, and an
// installation of their own.
#ifndef MESOSLIB_INSTALL_SHELL_H_
#define MESOSLIB_INSTALL_SHELL_H_

#include <string>

namespace mesos {

struct Ran {
  int code = -1;       // 128 + the signal's number where it was killed.
  std::string output;  // stdout and stderr.
};

// Runs it with bash, PATH being /usr/bin:/bin and little else in the environment. Waits for its
// end.
Ran Shell(const std::string& command);

// A new folder below the test's temporary one.
std::string NewFolder(const std::string& name);

// The whole file; a failure of the test where it cannot be read.
std::string ReadFile(const std::string& path);

// How the test runs install.sh: an assignment of what it needs, and its path.
std::string InstallCommand();

// Where this test's installation is, made by the first call.
const std::string& Installed();

}  // namespace mesos

#endif  // MESOSLIB_INSTALL_SHELL_H_
