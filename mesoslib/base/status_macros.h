// Early return for absl::Status and absl::StatusOr.
//
//   RETURN_IF_ERROR(store.Open());
//   ASSIGN_OR_RETURN(Resources total, Resources::Parse(flags.resources));
//
// Debian's Abseil has no such macros. Private to the library: no public header includes this file.
#ifndef MESOSLIB_BASE_STATUS_MACROS_H_
#define MESOSLIB_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#define MESOS_CONCAT_INNER(a, b) a##b
#define MESOS_CONCAT(a, b) MESOS_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expression)                           \
  do {                                                        \
    if (absl::Status status_ = (expression); !status_.ok()) { \
      return status_;                                         \
    }                                                         \
  } while (false)

#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_IMPL(MESOS_CONCAT(status_or_, __LINE__), declaration, expression)

#define ASSIGN_OR_RETURN_IMPL(result, declaration, expression) \
  auto result = (expression);                                  \
  if (!result.ok()) {                                          \
    return std::move(result).status();                         \
  }                                                            \
  declaration = *std::move(result)

namespace mesos {

// The same error with where it happened in front: Annotate(status, "offer 7") says
// "offer 7: <message>". OK stays OK.
inline absl::Status Annotate(const absl::Status& status, absl::string_view context) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(context, ": ", status.message()));
}

}  // namespace mesos

#endif  // MESOSLIB_BASE_STATUS_MACROS_H_
