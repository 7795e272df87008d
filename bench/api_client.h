// A client of the benchmarks over HTTP: it reads as fast as it can and keeps nothing.
#ifndef BENCH_API_CLIENT_H_
#define BENCH_API_CLIENT_H_

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "mesoslib/base/unique_fd.h"

namespace mesos::bench {

// Ends the program where something fails: a benchmark has nothing to say then.
class ApiClient {
 public:
  struct Post {
    absl::string_view path;
    absl::string_view type = "application/json";  // Of the body, and of the answer.
    absl::string_view stream_id = "";             // Empty: none is sent.
    absl::string_view body = "";
  };

  explicit ApiClient(int port);

  // The bytes of the answer's body, which is read to its end.
  size_t Get(absl::string_view path);
  size_t Ask(const Post& post);

  // Begins a stream and reads its head.
  void Subscribe(const Post& post);
  // Of the stream, as the server calls it.
  const std::string& stream_id() const { return stream_id_; }
  // The stream's next one; nothing: it has ended.
  std::optional<std::string> NextChunk();
  // Until a chunk has come in which this is; what comes before it is dropped.
  void AwaitChunk(absl::string_view what = "");
  // Ends the stream, on any thread.
  void HangUp();

 private:
  void Send(const Post& post);
  std::string ReadHead();
  size_t ReadBody();
  bool Receive();

  UniqueFd fd_;
  std::string received_;
  std::string stream_id_;
  std::atomic<bool> hung_up_{false};
};

}  // namespace mesos::bench

#endif  // BENCH_API_CLIENT_H_
