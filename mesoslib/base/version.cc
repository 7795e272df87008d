#include "mesos/version.h"

#include "absl/strings/str_cat.h"

namespace mesos {

absl::string_view LibraryVersion() { return MESOS_VERSION; }

absl::Status CheckVersion(HeaderVersion headers) {
  if (headers.major == MESOS_VERSION_MAJOR && headers.minor <= MESOS_VERSION_MINOR) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "this program was compiled with the headers of mesoslib ", headers.major, ".", headers.minor,
      ".", headers.patch, ", but runs with the library ", MESOS_VERSION, ", which serves headers ",
      MESOS_VERSION_MAJOR, ".0.0 to ", MESOS_VERSION_MAJOR, ".", MESOS_VERSION_MINOR, ".x"));
}

}  // namespace mesos
