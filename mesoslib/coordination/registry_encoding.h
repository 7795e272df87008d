// How a registry's znodes are written: four letters that name the format, a checksum, and fields:
// numbers in base 128, texts after their length.
#ifndef MESOSLIB_COORDINATION_REGISTRY_ENCODING_H_
#define MESOSLIB_COORDINATION_REGISTRY_ENCODING_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mesos {

class RegistryWriter {
 public:
  void Number(uint64_t number);
  void Text(absl::string_view text);

  // All that was written, in its envelope. `format` has four letters.
  std::string Finish(absl::string_view format) const;

 private:
  std::string fields_;
};

// Every error is DataLoss.
class RegistryReader {
 public:
  static absl::StatusOr<RegistryReader> Open(absl::string_view format, absl::string_view data);

  absl::Status Number(uint64_t* number);
  absl::Status Text(absl::string_view* text);
  bool AtEnd() const { return fields_.empty(); }

 private:
  explicit RegistryReader(absl::string_view fields) : fields_(fields) {}

  absl::string_view fields_;
};

}  // namespace mesos

#endif  // MESOSLIB_COORDINATION_REGISTRY_ENCODING_H_
