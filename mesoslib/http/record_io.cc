#include "mesoslib/http/record_io.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::http {
namespace {

constexpr size_t kMaxDigits = 20;  // Of a length of 64 bits.

}  // namespace

std::string EncodeRecord(absl::string_view record) {
  return absl::StrCat(record.size(), "\n", record);
}

RecordDecoder::RecordDecoder(size_t max_record_bytes) : max_record_bytes_(max_record_bytes) {}

absl::StatusOr<std::vector<std::string>> RecordDecoder::Feed(absl::string_view bytes) {
  RETURN_IF_ERROR(broken_);
  std::vector<std::string> records;
  while (!bytes.empty()) {
    if (!in_record_) {
      broken_ = FeedLength(&bytes);
      RETURN_IF_ERROR(broken_);
    }
    if (in_record_) FeedRecord(&bytes);
    if (in_record_ && missing_ == 0) {
      records.push_back(std::exchange(record_, {}));
      in_record_ = false;
    }
  }
  return records;
}

absl::Status RecordDecoder::FeedLength(absl::string_view* bytes) {
  while (!bytes->empty()) {
    const char c = bytes->front();
    bytes->remove_prefix(1);
    if (c != '\n') {
      digits_ += c;
      if (absl::ascii_isdigit(c) && digits_.size() <= kMaxDigits) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("record length ", Quoted(digits_),
                       "... is malformed: it is at most 20 decimal digits and a newline"));
    }
    uint64_t length = 0;
    if (!absl::SimpleAtoi(digits_, &length)) {
      return absl::InvalidArgumentError(
          absl::StrCat("record length ", Quoted(digits_), " is not an integer of 64 bits"));
    }
    if (length > max_record_bytes_) {
      return absl::InvalidArgumentError(
          absl::StrCat("a record has ", length, " bytes; the maximum is ", max_record_bytes_));
    }
    digits_.clear();
    in_record_ = true;
    missing_ = length;
    return absl::OkStatus();
  }
  return absl::OkStatus();
}

void RecordDecoder::FeedRecord(absl::string_view* bytes) {
  const size_t taken = std::min(missing_, bytes->size());
  record_.append(bytes->data(), taken);
  bytes->remove_prefix(taken);
  missing_ -= taken;
}

absl::Status RecordDecoder::Finish() const {
  RETURN_IF_ERROR(broken_);
  if (in_record_) {
    return absl::InvalidArgumentError(absl::StrCat("the last record lacks ", missing_, " bytes"));
  }
  if (!digits_.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the bytes end within a record's length ", Quoted(digits_)));
  }
  return absl::OkStatus();
}

}  // namespace mesos::http
