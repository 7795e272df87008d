// Which one of many is meant by what a user typed.
#ifndef DAEMONS_CLI_FIND_ID_H_
#define DAEMONS_CLI_FIND_ID_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mesos::cli {

struct Candidate {
  std::string id;
  std::string name;  // Another name that it goes by; may be empty.
};

// The index of the one whose id or name is `wanted`; else whose id alone begins with it; else whose
// id alone ends with it after a '-' or a '.', for what one master has named differs there only
// ("S12"); a shortened id as tables show it ("0123…-S12") is understood. `kind`: "agent".
// NotFound: there is none; FailedPrecondition names those among which it is not clear.
absl::StatusOr<size_t> FindId(absl::string_view kind, absl::string_view wanted,
                              const std::vector<Candidate>& candidates);

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_FIND_ID_H_
