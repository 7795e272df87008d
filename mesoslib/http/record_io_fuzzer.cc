// Bytes as records: what comes out, and what is refused, does not depend on the pieces in which
// they arrive, and a length that is only announced takes no memory.
//
// The first line of an input cuts what follows into pieces (CutIntoPieces).
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mesoslib/http/record_io.h"
#include "mesoslib/testing/fuzz_input.h"

namespace mesos::http {
namespace {

constexpr size_t kMaxBytes = 1000;

struct Outcome {
  std::vector<std::string> records;
  absl::Status status;  // Of the first piece that was refused, or of the end.

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome Decode(const std::vector<absl::string_view>& pieces, size_t max_record_bytes) {
  RecordDecoder decoder(max_record_bytes);
  Outcome outcome;
  for (const absl::string_view piece : pieces) {
    absl::StatusOr<std::vector<std::string>> records = decoder.Feed(piece);
    if (!records.ok()) {
      FUZZ_CHECK(decoder.Feed("1\nx").status() == records.status(), "it goes on after an error");
      outcome.status = records.status();
      return outcome;
    }
    for (std::string& record : *records) outcome.records.push_back(std::move(record));
  }
  outcome.status = decoder.Finish();
  return outcome;
}

void Check(absl::string_view bytes, const std::vector<absl::string_view>& pieces) {
  std::vector<absl::string_view> single;
  for (size_t i = 0; i < bytes.size(); ++i) single.push_back(bytes.substr(i, 1));
  const Outcome slow = Decode(single, kMaxBytes);
  const Outcome outcome = Decode(pieces, kMaxBytes);
  FUZZ_CHECK(outcome.status == slow.status,
             absl::StrCat(outcome.status.ToString(), " / ", slow.status.ToString()));
  // An error takes the records of its own piece along.
  FUZZ_CHECK(outcome.records.size() <= slow.records.size(), "");
  for (size_t i = 0; i < outcome.records.size(); ++i) {
    FUZZ_CHECK(outcome.records[i] == slow.records[i], outcome.records[i]);
    FUZZ_CHECK(outcome.records[i].size() <= kMaxBytes, "");
  }
  if (!outcome.status.ok()) return;
  FUZZ_CHECK(outcome.records == slow.records, "");
  std::string again;
  for (const std::string& record : outcome.records) again += EncodeRecord(record);
  FUZZ_CHECK(Decode({again}, kMaxBytes) == outcome, again);
}

}  // namespace
}  // namespace mesos::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  absl::string_view bytes = mesos::FuzzedBytes(data, size);
  const absl::string_view sizes = mesos::TakeLine(&bytes);
  const std::vector<absl::string_view> pieces = mesos::CutIntoPieces(bytes, sizes);
  mesos::http::Check(bytes, pieces);
  // Of this many bytes only those that come may take memory: libFuzzer watches.
  mesos::http::Decode(pieces, size_t{1} << 62);
  return 0;
}
