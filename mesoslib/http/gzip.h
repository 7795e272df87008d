// gzip in pieces: Gzip compresses what a server sends, Gunzip decodes what a peer sent.
//
//   Gzip gzip;
//   gzip.Write(text);
//   if (auto compressed = gzip.Finish()) response.body = *std::move(compressed);
#ifndef MESOSLIB_HTTP_GZIP_H_
#define MESOSLIB_HTTP_GZIP_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mesos::http {

// Favours speed over size. For one thread.
class Gzip {
 public:
  Gzip();
  ~Gzip();

  void Write(absl::string_view bytes);
  // All of the compressed bytes; the last call. Nothing: zlib got no memory.
  std::optional<std::string> Finish();

 private:
  struct Stream;
  const std::unique_ptr<Stream> stream_;
};

// One gzip member, no more. For one thread.
class Gunzip {
 public:
  Gunzip();
  ~Gunzip();

  // Appends what `bytes` decode to. InvalidArgument: they are not gzip. ResourceExhausted: more
  // than `limit` bytes would have been appended; not more than that ever are.
  absl::Status Write(absl::string_view bytes, size_t limit, std::string* decoded);

  // InvalidArgument where the bytes end within the member.
  absl::Status Finish() const;

 private:
  struct Stream;
  const std::unique_ptr<Stream> stream_;
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_GZIP_H_
