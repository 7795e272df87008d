// Random UUIDs (RFC 4122, version 4), as text and as the 16 bytes status updates carry.
#ifndef MESOSLIB_BASE_UUID_H_
#define MESOSLIB_BASE_UUID_H_

#include <string>

#include "absl/strings/string_view.h"
#include "mesos/random.h"

namespace mesos {

// 16 bytes.
std::string NewUuidBytes(Random* random);

// 36 characters: "110ec58a-a0f2-4ac4-8393-c866d813b8d1".
std::string NewUuidText(Random* random);

// Whether these are the 16 bytes of a UUID of RFC 4122's variant.
bool IsUuidBytes(absl::string_view bytes);

// The bytes as text, for people; hex where they are no UUID.
std::string UuidToText(absl::string_view bytes);

}  // namespace mesos

#endif  // MESOSLIB_BASE_UUID_H_
