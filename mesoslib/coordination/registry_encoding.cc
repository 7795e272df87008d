#include "mesoslib/coordination/registry_encoding.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "mesoslib/base/logger.h"

namespace mesos {
namespace {

constexpr size_t kChecksumBytes = 8;

// FNV-1a.
uint64_t Checksum(absl::string_view bytes) {
  uint64_t hash = 14695981039346656037u;
  for (char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

std::string ChecksumOf(absl::string_view bytes) {
  uint64_t sum = Checksum(bytes);
  std::string text;
  for (size_t i = 0; i < kChecksumBytes; ++i, sum >>= 8) text += static_cast<char>(sum & 255);
  return text;
}

}  // namespace

void RegistryWriter::Number(uint64_t number) {
  for (; number >= 128; number >>= 7) fields_ += static_cast<char>((number & 127) | 128);
  fields_ += static_cast<char>(number);
}

void RegistryWriter::Text(absl::string_view text) {
  Number(text.size());
  fields_.append(text.data(), text.size());
}

std::string RegistryWriter::Finish(absl::string_view format) const {
  return absl::StrCat(format, ChecksumOf(fields_), fields_);
}

absl::StatusOr<RegistryReader> RegistryReader::Open(absl::string_view format,
                                                    absl::string_view data) {
  absl::string_view fields = data;
  if (!absl::ConsumePrefix(&fields, format)) {
    return absl::DataLossError(
        absl::StrCat("it begins with ", Quoted(data.substr(0, format.size())), ", not with '",
                     format, "': it is damaged, foreign or of a newer version"));
  }
  if (fields.size() < kChecksumBytes ||
      ChecksumOf(fields.substr(kChecksumBytes)) != fields.substr(0, kChecksumBytes)) {
    return absl::DataLossError("its checksum is wrong: it is damaged");
  }
  return RegistryReader(fields.substr(kChecksumBytes));
}

absl::Status RegistryReader::Number(uint64_t* number) {
  *number = 0;
  for (int shift = 0; shift < 64 && !fields_.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(fields_.front());
    fields_.remove_prefix(1);
    *number |= uint64_t{byte & 127u} << shift;
    if (byte < 128) return absl::OkStatus();
  }
  return absl::DataLossError("a number in it has no end");
}

absl::Status RegistryReader::Text(absl::string_view* text) {
  uint64_t size = 0;
  if (absl::Status status = Number(&size); !status.ok()) return status;
  if (size > fields_.size()) return absl::DataLossError("a text in it has no end");
  *text = fields_.substr(0, size);
  fields_.remove_prefix(size);
  return absl::OkStatus();
}

}  // namespace mesos
