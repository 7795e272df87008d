// FlagSet: a program's flags, bound to the fields of a struct, as Mesos's users know them.
//
//   struct AgentFlags {
//     std::string master;
//     int32_t port = 5051;
//     bool strict = true;
//     std::optional<absl::Duration> gc_delay;
//   } agent;
//   FlagSet flags("mesos-agent", "Runs tasks on this machine.");
//   flags.Add(&agent.master, "master", "The master: host:port.").Required();
//   flags.Add(&agent.port, "port", "Port to listen on.");
//   flags.Add(&agent.strict, "strict", "Whether damage found on recovery is fatal.");
//   RETURN_IF_ERROR(flags.Parse({argv + 1, argv + argc}, {environment, ReadFile}));
//
// A flag's default is what its field holds when it is added. On the command line a flag is
// --name=value, a switch --name or --no-name. Where the command line is silent, the environment's
// MESOS_NAME counts; other MESOS_ variables are none of our business. A value file:///path is read
// from that file.
#ifndef MESOSLIB_BASE_FLAGS_H_
#define MESOSLIB_BASE_FLAGS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesoslib/base/units.h"

namespace mesos {

// What a flag's field may be: these, and std::optional of each of them where there is no default. A
// type of one's own needs the same three functions in its namespace.
absl::Status ParseFlag(absl::string_view text, bool* value);
absl::Status ParseFlag(absl::string_view text, std::string* value);
absl::Status ParseFlag(absl::string_view text, int32_t* value);
absl::Status ParseFlag(absl::string_view text, int64_t* value);
absl::Status ParseFlag(absl::string_view text, uint16_t* value);
absl::Status ParseFlag(absl::string_view text, uint32_t* value);
absl::Status ParseFlag(absl::string_view text, uint64_t* value);
absl::Status ParseFlag(absl::string_view text, double* value);
absl::Status ParseFlag(absl::string_view text, absl::Duration* value);
absl::Status ParseFlag(absl::string_view text, ByteSize* value);
// Comma separated; empty text: none.
absl::Status ParseFlag(absl::string_view text, std::vector<std::string>* value);

std::string FormatFlag(bool value);
std::string FormatFlag(const std::string& value);
std::string FormatFlag(int32_t value);
std::string FormatFlag(int64_t value);
std::string FormatFlag(uint16_t value);
std::string FormatFlag(uint32_t value);
std::string FormatFlag(uint64_t value);
std::string FormatFlag(double value);
std::string FormatFlag(absl::Duration value);
std::string FormatFlag(ByteSize value);
std::string FormatFlag(const std::vector<std::string>& value);

// What --help calls the value: "duration".
absl::string_view FlagTypeName(const bool*);
absl::string_view FlagTypeName(const std::string*);
absl::string_view FlagTypeName(const int32_t*);
absl::string_view FlagTypeName(const int64_t*);
absl::string_view FlagTypeName(const uint16_t*);
absl::string_view FlagTypeName(const uint32_t*);
absl::string_view FlagTypeName(const uint64_t*);
absl::string_view FlagTypeName(const double*);
absl::string_view FlagTypeName(const absl::Duration*);
absl::string_view FlagTypeName(const ByteSize*);
absl::string_view FlagTypeName(const std::vector<std::string>*);

template <typename T>
absl::Status ParseFlag(absl::string_view text, std::optional<T>* value) {
  return ParseFlag(text, &value->emplace());
}
template <typename T>
std::string FormatFlag(const std::optional<T>& value) {
  return value.has_value() ? FormatFlag(*value) : "";
}
template <typename T>
absl::string_view FlagTypeName(const std::optional<T>*) {
  return FlagTypeName(static_cast<const T*>(nullptr));
}

class FlagSet {
 public:
  // One flag; its methods refine it and return it.
  class Flag {
   public:
    // Parse fails where it is given nowhere.
    Flag& Required();
    // An older name that is still taken.
    Flag& Alias(absl::string_view name);
    // Its value is not shown by --help, Changed or Values.
    Flag& Secret();
    // The value is taken as it is, also where it begins with file://.
    Flag& Literal();

   private:
    friend class FlagSet;

    std::string name;
    std::string help;
    std::string type;
    std::string default_value;
    std::vector<std::string> aliases;
    bool is_switch = false;
    bool required = false;
    bool secret = false;
    bool literal = false;
    std::string given_by;  // "--port", "MESOS_PORT"; empty: by nobody.
    std::function<absl::Status(absl::string_view)> parse;
    std::function<std::string()> format;
  };

  // What the program takes values from, apart from its arguments.
  struct Sources {
    std::map<std::string, std::string> environment;
    // The content of a file; null: file:// values are refused.
    std::function<absl::StatusOr<std::string>(const std::string& path)> read_file;
  };

  // `program` and `summary` are for --help.
  FlagSet(absl::string_view program, absl::string_view summary);
  FlagSet(const FlagSet&) = delete;
  FlagSet& operator=(const FlagSet&) = delete;

  // `field` must outlive this. `help`: sentences, of which the first says what the flag is for.
  template <typename T>
  Flag& Add(T* field, absl::string_view name, absl::string_view help) {
    Flag& flag = AddFlag(name, help);
    flag.is_switch = FlagTypeName(field) == FlagTypeName(static_cast<const bool*>(nullptr));
    flag.type = std::string(FlagTypeName(field));
    flag.default_value = FormatFlag(*field);
    flag.parse = [field](absl::string_view text) {
      T value{};
      absl::Status status = ParseFlag(text, &value);
      if (status.ok()) *field = std::move(value);
      return status;
    };
    flag.format = [field] { return FormatFlag(*field); };
    return flag;
  }

  // Arguments that are no flags become errors unless allowed; `usage` is shown by --help:
  // "<master>".
  void AllowArguments(absl::string_view usage);

  // `arguments` without the program's name. The first thing that is wrong becomes InvalidArgument,
  // one line that names the flag, where it came from and what would be right; fields are then as
  // far as parsing came. With --help nothing else is looked at.
  absl::Status Parse(const std::vector<std::string>& arguments, const Sources& sources);

  bool help_requested() const { return help_requested_; }
  // What is no flag, or comes after "--".
  const std::vector<std::string>& arguments() const { return arguments_; }

  std::string Help() const;

  // "--name=value", escaped, of each flag that is not at its default; for the log.
  std::vector<std::string> Changed() const;

  // All flags, by name.
  std::map<std::string, std::string> Values() const;

 private:
  Flag& AddFlag(absl::string_view name, absl::string_view help);
  absl::Status CheckDefinitions() const;
  Flag* Find(absl::string_view name) const;
  absl::Status ParseArgument(absl::string_view argument, const Sources& sources);
  absl::Status ParseEnvironment(const Sources& sources);
  absl::Status Set(Flag* flag, absl::string_view text, const std::string& given_by,
                   const Sources& sources);
  absl::Status UnknownFlag(absl::string_view name) const;

  const std::string program_;
  const std::string summary_;
  std::string arguments_usage_;
  std::map<std::string, std::unique_ptr<Flag>, std::less<>> flags_;
  std::vector<std::string> defined_twice_;
  std::vector<std::string> arguments_;
  bool help_requested_ = false;
};

}  // namespace mesos

#endif  // MESOSLIB_BASE_FLAGS_H_
