// What fuzzers share: how they take their input apart, and how they say what broke.
//
// A corpus is to be read and written by people, so inputs begin with lines that steer, and go on
// with the bytes that are tried.
//
//   extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
//     absl::string_view bytes = mesos::FuzzedBytes(data, size);
//     const absl::string_view pieces = mesos::TakeLine(&bytes);
//     FUZZ_CHECK(Feed(mesos::CutIntoPieces(bytes, pieces)) == Feed({bytes}), "borders matter");
//     return 0;
//   }
#ifndef MESOSLIB_TESTING_FUZZ_INPUT_H_
#define MESOSLIB_TESTING_FUZZ_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

// Ends the process, so that libFuzzer keeps the input. `details` is text for people.
#define FUZZ_CHECK(condition, details)                                                \
  do {                                                                                \
    if (!(condition)) ::mesos::FuzzFailed(#condition, (details), __FILE__, __LINE__); \
  } while (false)

namespace mesos {

[[noreturn]] inline void FuzzFailed(const char* condition, const std::string& details,
                                    const char* file, int line) {
  std::fprintf(stderr, "%s:%d: %s does not hold: %s\n", file, line, condition, details.c_str());
  std::abort();
}

inline absl::string_view FuzzedBytes(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Up to the first newline, which is dropped; everything where there is none.
inline absl::string_view TakeLine(absl::string_view* bytes) {
  const size_t end = std::min(bytes->find('\n'), bytes->size());
  const absl::string_view line = bytes->substr(0, end);
  bytes->remove_prefix(std::min(end + 1, bytes->size()));
  return line;
}

// Each character of `sizes`, around and around, is the size of a piece; none: one piece is all.
inline std::vector<absl::string_view> CutIntoPieces(absl::string_view bytes,
                                                    absl::string_view sizes) {
  if (sizes.empty()) return {bytes};
  std::vector<absl::string_view> pieces;
  for (size_t i = 0; !bytes.empty(); ++i) {
    const size_t size = 1 + static_cast<uint8_t>(sizes[i % sizes.size()]) % 128;
    pieces.push_back(bytes.substr(0, size));
    bytes.remove_prefix(pieces.back().size());
  }
  return pieces;
}

}  // namespace mesos

#endif  // MESOSLIB_TESTING_FUZZ_INPUT_H_
