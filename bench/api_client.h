// A client of the benchmarks over HTTP: it reads as fast as it can and keeps nothing.
#ifndef BENCH_API_CLIENT_H_
#define BENCH_API_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "mesoslib/base/unique_fd.h"

namespace mesos::bench {

// Ends the program where something fails: a benchmark has nothing to say then.
class ApiClient {
 public:
  explicit ApiClient(int port);

  // The bytes of the answer's body, which is read to its end. "GET /state", "POST /api/v1".
  size_t Ask(absl::string_view method_and_path, absl::string_view body = "");
  // Begins a stream; reads its head and its first `records` chunks.
  void Subscribe(absl::string_view path, absl::string_view body, int records);
  // Until a chunk has come in which this is; what comes before it is dropped.
  void AwaitChunk(absl::string_view what = "");

 private:
  void Send(absl::string_view method_and_path, absl::string_view body);
  std::string ReadHead();
  void Receive();

  UniqueFd fd_;
  std::string received_;
};

}  // namespace mesos::bench

#endif  // BENCH_API_CLIENT_H_
