#include "mesoslib/http/byte_queue.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::http {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST(ByteQueueTest, SmallPiecesAreJoined) {
  ByteQueue queue;
  for (int i = 0; i < 100; ++i) queue.Append("0123456789");
  EXPECT_EQ(queue.size(), 1000u);
  EXPECT_THAT(queue.front(), ElementsAre(SizeIs(1000)));
}

TEST(ByteQueueTest, LargePiecesStayWhatTheyAre) {
  ByteQueue queue;
  queue.Append("small");
  queue.Append(std::string(ByteQueue::kJoinedBytes, 'x'));
  EXPECT_THAT(queue.front(), ElementsAre("small", SizeIs(ByteQueue::kJoinedBytes)));
  queue.Consume(5);
  EXPECT_THAT(queue.front(), ElementsAre(SizeIs(ByteQueue::kJoinedBytes)));
}

TEST(ByteQueueTest, PiecesMayBeConsumedInParts) {
  ByteQueue queue;
  queue.Append("");
  EXPECT_TRUE(queue.empty());
  queue.Append("hello");
  queue.Consume(0);
  queue.Consume(2);
  EXPECT_THAT(queue.front(), ElementsAre("llo"));
  queue.Append(" world");
  EXPECT_THAT(queue.front(), ElementsAre("llo world"));
  queue.Consume(9);
  EXPECT_TRUE(queue.empty());
}

TEST(ByteQueueTest, AnyNumberOfBytesOfSeveralPiecesIsConsumed) {
  std::string all;
  std::vector<std::shared_ptr<const std::string>> pieces;
  for (size_t i = 0; i < ByteQueue::kFront + 4; ++i) {
    pieces.push_back(std::make_shared<const std::string>(i % 3 + 1, static_cast<char>('a' + i)));
    all += *pieces.back();
  }
  for (size_t first = 0; first <= all.size(); ++first) {
    ByteQueue queue;
    for (const auto& piece : pieces) queue.Append(piece);
    queue.Consume(first);
    EXPECT_EQ(queue.size(), all.size() - first);
    EXPECT_LE(queue.front().size(), ByteQueue::kFront);
    std::string rest;
    while (!queue.empty()) {
      const std::string front = absl::StrJoin(queue.front(), "");
      rest += front;
      queue.Consume(front.size());
    }
    EXPECT_EQ(rest, all.substr(first));
  }
}

TEST(ByteQueueTest, WholePiecesMoveToAnotherQueue) {
  ByteQueue from;
  for (int i = 0; i < 4; ++i) from.Append(std::string(ByteQueue::kJoinedBytes, 'x'));
  ByteQueue to;
  to.TakeFrom(&from, ByteQueue::kJoinedBytes + 1);
  EXPECT_EQ(to.size(), 2 * ByteQueue::kJoinedBytes);
  EXPECT_EQ(from.size(), 2 * ByteQueue::kJoinedBytes);
  to.TakeFrom(&from, 1);
  EXPECT_EQ(from.size(), ByteQueue::kJoinedBytes);
  from.Clear();
  to.TakeFrom(&from, 1);
  EXPECT_EQ(to.size(), 3 * ByteQueue::kJoinedBytes);
}

}  // namespace
}  // namespace mesos::http
