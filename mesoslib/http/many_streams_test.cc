// Thousands of streams at a time, on two threads.
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/config.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mesoslib/http/raw_client.h"
#include "mesoslib/http/server_fixture.h"

namespace mesos::http {
namespace {

constexpr int kStreams = 2000;

double ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  double size = 0;
  double resident = 0;
  statm >> size >> resident;
  return resident * 4096;
}

// Sanitizers keep much more for each object.
constexpr bool kMeasures =
#if defined(ABSL_HAVE_ADDRESS_SANITIZER) || defined(ABSL_HAVE_THREAD_SANITIZER)
    false;
#else
    true;
#endif

TEST_F(ServerTest, AStreamThatWaitsTakesLittleMemory) {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < 2 * kStreams + 100) GTEST_SKIP() << "too few descriptors are allowed";

  Start();
  std::vector<RawClient> clients;
  std::vector<OpenStream> streams;
  clients.reserve(kStreams);
  const auto open = [&] {
    clients.push_back(Client());
    streams.push_back(Subscribe(&clients.back()));
  };
  while (streams.size() < 100) open();
  const double before = ResidentBytes();
  while (streams.size() < kStreams) open();
  const double each = (ResidentBytes() - before) / (kStreams - 100);
  RecordProperty("bytes_per_stream", absl::StrCat(each));
  if (kMeasures) {
    EXPECT_LT(each, 30'000);
  }

  for (int round = 0; round < 3; ++round) {
    for (const OpenStream& stream : streams) stream.stream->Write(absl::StrCat("event ", round));
    for (RawClient& client : clients) ASSERT_EQ(client.ReadChunk(), absl::StrCat("event ", round));
  }
  ExpectServerWorks();
  server_.reset();
  for (const OpenStream& stream : streams) ASSERT_EQ(stream.closed->size(), 1u);
}

}  // namespace
}  // namespace mesos::http
