// Arguments: a command's words, and the options between them, as people type them:
//
//   -o json, -ojson, --output json, --output=json     an option with a value
//   -a, --all, -aw                                    switches, also together
//   --                                                what follows are words
#ifndef DAEMONS_CLI_ARGUMENTS_H_
#define DAEMONS_CLI_ARGUMENTS_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos::cli {

struct Option {
  std::string name;    // "output"
  char letter = '\0';  // 'o'; none: '\0'
  std::string value;   // What --help calls its value: "FORMAT"; empty: a switch.
  std::string help;
};

class Arguments {
 public:
  // InvalidArgument: an option that is not among `options`, is there twice, or lacks its value.
  static absl::StatusOr<Arguments> Parse(const std::vector<std::string>& arguments,
                                         const std::vector<Option>& options);

  const std::vector<std::string>& words() const { return words_; }
  bool Has(absl::string_view option) const { return values_.contains(std::string(option)); }
  // Empty where it is not there.
  std::string Value(absl::string_view option) const;

  // Of options with such values; nothing where it is not there, InvalidArgument where it is no such
  // value.
  absl::StatusOr<std::optional<double>> Number(absl::string_view option) const;
  absl::StatusOr<std::optional<absl::Duration>> Duration(absl::string_view option) const;

 private:
  std::vector<std::string> words_;
  std::map<std::string, std::string> values_;
};

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_ARGUMENTS_H_
