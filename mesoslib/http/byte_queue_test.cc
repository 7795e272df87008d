#include "mesoslib/http/byte_queue.h"

#include <string>

#include "gtest/gtest.h"

namespace mesos::http {
namespace {

TEST(ByteQueueTest, SmallPiecesAreJoined) {
  ByteQueue queue;
  for (int i = 0; i < 100; ++i) queue.Append("0123456789");
  EXPECT_EQ(queue.size(), 1000u);
  EXPECT_EQ(queue.Front().size(), 1000u);
}

TEST(ByteQueueTest, LargePiecesStayWhatTheyAre) {
  ByteQueue queue;
  queue.Append("small");
  queue.Append(std::string(ByteQueue::kJoinedBytes, 'x'));
  EXPECT_EQ(queue.Front(), "small");
  queue.Consume(5);
  EXPECT_EQ(queue.Front().size(), ByteQueue::kJoinedBytes);
}

TEST(ByteQueueTest, PiecesMayBeConsumedInParts) {
  ByteQueue queue;
  queue.Append("");
  EXPECT_TRUE(queue.empty());
  queue.Append("hello");
  queue.Consume(0);
  queue.Consume(2);
  EXPECT_EQ(queue.Front(), "llo");
  queue.Append(" world");
  EXPECT_EQ(queue.Front(), "llo world");
  queue.Consume(9);
  EXPECT_TRUE(queue.empty());
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
