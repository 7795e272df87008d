#include "mesoslib/http/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos::http {
namespace {

constexpr int kWindowBits = 15 + 16;  // zlib: the largest window, a gzip header.
constexpr int kMemoryLevel = 8;       // zlib's default.
constexpr size_t kPieceBytes = 16 << 10;

// Points zlib to its input, which it does not change, though its type does not say so. zlib counts
// in 32 bits, so input goes in by parts.
void TakeInput(absl::string_view* bytes, z_stream* stream) {
  const absl::string_view part = bytes->substr(0, 1 << 20);
  bytes->remove_prefix(part.size());
  stream->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));
  stream->avail_in = static_cast<uInt>(part.size());
}

// Room for what zlib gives next.
struct Piece {
  void Offer(z_stream* stream) {
    stream->next_out = reinterpret_cast<Bytef*>(bytes);
    stream->avail_out = sizeof(bytes);
  }
  absl::string_view Taken(const z_stream& stream) const {
    return absl::string_view(bytes, sizeof(bytes) - stream.avail_out);
  }
  char bytes[kPieceBytes];
};

absl::Status Malformed(const char* what) {
  return absl::InvalidArgumentError(
      absl::StrCat("malformed gzip data: ", what == nullptr ? "it is damaged" : what));
}

}  // namespace

struct Gzip::Stream {
  z_stream z = {};
  bool working = false;
  std::string compressed;

  // Runs zlib until it has nothing more to give.
  void Run(int flush) {
    Piece piece;
    do {
      piece.Offer(&z);
      working = working && deflate(&z, flush) != Z_STREAM_ERROR;
      if (!working) return;
      const absl::string_view taken = piece.Taken(z);
      compressed.append(taken.data(), taken.size());
    } while (z.avail_out == 0);
  }
};

Gzip::Gzip() : stream_(std::make_unique<Stream>()) {
  stream_->working = deflateInit2(&stream_->z, Z_BEST_SPEED, Z_DEFLATED, kWindowBits, kMemoryLevel,
                                  Z_DEFAULT_STRATEGY) == Z_OK;
}

Gzip::~Gzip() { deflateEnd(&stream_->z); }

void Gzip::Write(absl::string_view bytes) {
  while (!bytes.empty()) {
    TakeInput(&bytes, &stream_->z);
    stream_->Run(Z_NO_FLUSH);
  }
}

std::optional<std::string> Gzip::Finish() {
  stream_->Run(Z_FINISH);
  if (!stream_->working) return std::nullopt;
  return std::move(stream_->compressed);
}

struct Gunzip::Stream {
  z_stream z = {};
  bool working = false;
  bool ended = false;
};

Gunzip::Gunzip() : stream_(std::make_unique<Stream>()) {
  stream_->working = inflateInit2(&stream_->z, kWindowBits) == Z_OK;
}

Gunzip::~Gunzip() { inflateEnd(&stream_->z); }

absl::Status Gunzip::Write(absl::string_view bytes, size_t limit, std::string* decoded) {
  z_stream& z = stream_->z;
  if (!stream_->working) return absl::ResourceExhaustedError("there is no memory for zlib");
  Piece piece;
  while (!bytes.empty()) {
    if (stream_->ended) return Malformed("bytes follow its end");
    TakeInput(&bytes, &z);
    do {
      piece.Offer(&z);
      const int result = inflate(&z, Z_NO_FLUSH);
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return Malformed(z.msg);
      const absl::string_view taken = piece.Taken(z);
      if (taken.size() > limit) {
        return absl::ResourceExhaustedError("gzip data decodes to more than the limit");
      }
      limit -= taken.size();
      decoded->append(taken.data(), taken.size());
      stream_->ended = result == Z_STREAM_END;
    } while (z.avail_out == 0 && !stream_->ended);
    if (z.avail_in > 0) return Malformed("bytes follow its end");
  }
  return absl::OkStatus();
}

absl::Status Gunzip::Finish() const {
  return stream_->ended ? absl::OkStatus() : Malformed("it ends early");
}

}  // namespace mesos::http
