#include "mesoslib/base/uuid.h"

#include <cstring>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace mesos {

std::string NewUuidBytes(Random* random) {
  const uint64_t words[2] = {random->Next(), random->Next()};
  std::string bytes(16, '\0');
  std::memcpy(bytes.data(), words, 16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  return bytes;
}

std::string NewUuidText(Random* random) { return UuidToText(NewUuidBytes(random)); }

bool IsUuidBytes(absl::string_view bytes) {
  return bytes.size() == 16 && (static_cast<unsigned char>(bytes[8]) & 0xc0) == 0x80;
}

std::string UuidToText(absl::string_view bytes) {
  std::string hex = absl::BytesToHexString(bytes);
  if (bytes.size() != 16) return hex;
  absl::string_view view = hex;
  return absl::StrCat(view.substr(0, 8), "-", view.substr(8, 4), "-", view.substr(12, 4), "-",
                      view.substr(16, 4), "-", view.substr(20));
}

}  // namespace mesos
