// The supervisor program (see supervisor.h), as bytes.
#ifndef MESOSLIB_CONTAINERIZER_SUPERVISOR_SUPERVISOR_IMAGE_H_
#define MESOSLIB_CONTAINERIZER_SUPERVISOR_SUPERVISOR_IMAGE_H_

#include "absl/strings/string_view.h"

namespace mesos {

// A static ELF executable.
absl::string_view SupervisorImage();

}  // namespace mesos

#endif  // MESOSLIB_CONTAINERIZER_SUPERVISOR_SUPERVISOR_IMAGE_H_
