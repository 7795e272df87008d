#include "mesoslib/rpc/quiet.h"

#include <cstdlib>

#include "grpc/grpc.h"
#include "grpc/support/log.h"

namespace mesos {

void QuietGrpc() {
  [[maybe_unused]] static const bool done = [] {
    if (std::getenv("GRPC_VERBOSITY") == nullptr && grpc_is_initialized() == 0) {
      // One above the highest severity: nothing is logged.
      gpr_set_log_verbosity(static_cast<gpr_log_severity>(GPR_LOG_SEVERITY_ERROR + 1));
    }
    return true;
  }();
}

}  // namespace mesos
