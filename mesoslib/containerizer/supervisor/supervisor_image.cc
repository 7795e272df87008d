#include "mesoslib/containerizer/supervisor/supervisor_image.h"

#include <cstddef>

extern "C" const char mesos_supervisor_image_begin[];
extern "C" const char mesos_supervisor_image_end[];

namespace mesos {

absl::string_view SupervisorImage() {
  return absl::string_view(
      mesos_supervisor_image_begin,
      static_cast<size_t>(mesos_supervisor_image_end - mesos_supervisor_image_begin));
}

}  // namespace mesos
