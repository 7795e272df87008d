// The library's version, at compile time and at run time. The API it speaks is Apache Mesos's v1 of
// the same number.
//
//   std::printf("compiled with %s, running %s\n", MESOS_VERSION, mesos::LibraryVersion().data());
//   if (!mesos::CheckVersion().ok()) std::puts("they do not fit");
//
// Every factory that can fail takes the version of the headers its caller was compiled with as a
// last argument that nobody needs to write, and refuses what does not fit, before it touches
// anything else: the layout of options may differ. A library serves headers of its own major
// version that are not newer than itself.
//
// Threads: functions without state; any thread.
// Ownership: none; the version's text is valid for ever.
// Errors: FailedPrecondition, from CheckVersion and from every factory, names both versions.
#ifndef MESOS_VERSION_H_
#define MESOS_VERSION_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mesos/export.h"

#define MESOS_VERSION_MAJOR 1
#define MESOS_VERSION_MINOR 12
#define MESOS_VERSION_PATCH 0
#define MESOS_VERSION "1.12.0"

namespace mesos {

// The headers that the code using this was compiled with.
struct HeaderVersion {
  int major = MESOS_VERSION_MAJOR;
  int minor = MESOS_VERSION_MINOR;
  int patch = MESOS_VERSION_PATCH;
};

// MESOS_VERSION of the library that runs. Valid for ever, ends with a NUL.
MESOS_EXPORT absl::string_view LibraryVersion();

// FailedPrecondition, naming both versions, where the library cannot serve code that was compiled
// with these headers.
MESOS_EXPORT absl::Status CheckVersion(HeaderVersion headers = {});

}  // namespace mesos

#endif  // MESOS_VERSION_H_
