// RecordIO, the framing of event streams: a record is its length in decimal, a newline, its bytes.
//
//   stream->Write(EncodeRecord(event));           // One record, one chunk.
//
//   RecordDecoder decoder;
//   ASSIGN_OR_RETURN(std::vector<std::string> records, decoder.Feed(bytes));  // As they arrive.
//   RETURN_IF_ERROR(decoder.Finish());
#ifndef MESOSLIB_HTTP_RECORD_IO_H_
#define MESOSLIB_HTTP_RECORD_IO_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mesos::http {

inline constexpr size_t kMaxRecordBytes = 4 << 20;

std::string EncodeRecord(absl::string_view record);

// Takes records out of pieces that have nothing to do with their borders. Memory is taken for bytes
// that have arrived, never for a length that was announced.
class RecordDecoder {
 public:
  explicit RecordDecoder(size_t max_record_bytes = kMaxRecordBytes);

  // The records that `bytes` complete. InvalidArgument: what came is no record, or one of more than
  // the maximum; so is then everything that follows.
  absl::StatusOr<std::vector<std::string>> Feed(absl::string_view bytes);

  // InvalidArgument where the bytes end within a record.
  absl::Status Finish() const;

 private:
  // Take what they need from the front of `bytes`.
  absl::Status FeedLength(absl::string_view* bytes);
  void FeedRecord(absl::string_view* bytes);

  const size_t max_record_bytes_;
  absl::Status broken_;
  std::string digits_;      // Of a length whose newline has not come yet.
  bool in_record_ = false;  // The length is known:
  size_t missing_ = 0;      // So much of the record has not come yet.
  std::string record_;
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_RECORD_IO_H_
