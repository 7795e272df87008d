#include "mesoslib/http/outlet.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace mesos::http {
namespace {

class CountingWaker final : public Outlet::Waker {
 public:
  void Wake() override { ++wakes; }
  void Post(absl::AnyInvocable<void()> callback) override { callback(); }
  int wakes = 0;
};

std::string All(ByteQueue* queue) {
  std::string bytes;
  while (!queue->empty()) {
    bytes += std::string(queue->front()[0]);
    queue->Consume(queue->front()[0].size());
  }
  return bytes;
}

class OutletTest : public testing::Test {
 protected:
  std::shared_ptr<Outlet> Make(bool chunked = true) {
    return std::make_shared<Outlet>(waker_, chunked, BacklogLimit{.bytes = 200'000, .all = all_});
  }

  // As a connection does before anything is written.
  std::shared_ptr<Outlet> MakeStream(bool chunked = true) {
    auto outlet = Make(chunked);
    outlet->Start({}, [this](absl::Status reason) { closed_.push_back(reason); });
    EXPECT_TRUE(outlet->TakeAnswer()->streams);
    return outlet;
  }

  std::string Take(Outlet* outlet) {
    ByteQueue queue;
    ended_ = outlet->TakeChunks(&queue);
    return All(&queue);
  }

  std::shared_ptr<CountingWaker> waker_ = std::make_shared<CountingWaker>();
  std::shared_ptr<MemoryBudget> all_ = std::make_shared<MemoryBudget>(300'000);
  std::vector<absl::Status> closed_;
  bool ended_ = false;
};

TEST_F(OutletTest, TheFirstLookNeedsNoTelling) {
  auto outlet = Make();
  outlet->Reply({.status = 202});
  EXPECT_EQ(waker_->wakes, 0);
  EXPECT_EQ(outlet->TakeAnswer()->response.status, 202);
  EXPECT_FALSE(outlet->TakeAnswer().has_value());
}

TEST_F(OutletTest, AnAnswerThatComesLaterIsTold) {
  auto outlet = Make();
  EXPECT_FALSE(outlet->TakeAnswer().has_value());
  outlet->Reply({});
  EXPECT_EQ(waker_->wakes, 1);
  EXPECT_TRUE(outlet->TakeAnswer().has_value());
}

TEST_F(OutletTest, WhatIsWrittenBetweenTwoLooksIsToldOnce) {
  auto outlet = MakeStream();
  for (int i = 0; i < 10; ++i) outlet->Write("x");
  EXPECT_EQ(waker_->wakes, 1);
  EXPECT_EQ(Take(outlet.get()).size(), 10 * std::string("1\r\nx\r\n").size());
  outlet->Write("x");
  EXPECT_EQ(waker_->wakes, 2);
}

TEST_F(OutletTest, WhoeverHasMoreHearsOnceWhenAllWasTaken) {
  auto outlet = MakeStream();
  int ready = 0;
  outlet->WhenTaken([&] { ++ready; });  // Nothing waits.
  EXPECT_EQ(ready, 1);
  outlet->Write(std::string(150'000, 'x'));
  outlet->WhenTaken([&] { ++ready; });
  EXPECT_EQ(ready, 1);
  Take(outlet.get());
  EXPECT_EQ(ready, 2);
  Take(outlet.get());
  EXPECT_EQ(ready, 2);
}

TEST_F(OutletTest, WhatWaitsForAClientThatHasGoneIsDestroyedUncalled) {
  auto outlet = MakeStream();
  auto held = std::make_shared<int>();
  outlet->Write("x");
  outlet->WhenTaken([held] { ++*held; });
  outlet->Close(absl::UnavailableError("gone"));
  EXPECT_EQ(held.use_count(), 1);
  outlet->WhenTaken([held] { ++*held; });
  EXPECT_EQ(held.use_count(), 1);
  auto ended = MakeStream();
  ended->Write("x");
  ended->WhenTaken([held] { ++*held; });
  ended->End();
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(*held, 0);
}

TEST_F(OutletTest, ChunksHaveBordersOnlyWhereTheWireHasChunks) {
  auto outlet = MakeStream();
  outlet->Write("hello world of chunks");
  outlet->End();
  EXPECT_EQ(Take(outlet.get()), "15\r\nhello world of chunks\r\n0\r\n\r\n");
  EXPECT_TRUE(ended_);
  auto plain = MakeStream(/*chunked=*/false);
  plain->Write("hello");
  plain->End();
  EXPECT_EQ(Take(plain.get()), "hello");
  EXPECT_TRUE(ended_);
}

TEST_F(OutletTest, ALargeBacklogIsTakenInParts) {
  auto outlet = Make();
  outlet->Start({}, nullptr);
  outlet->Write(std::string(150'000, 'x'));
  outlet->Write(std::string(40'000, 'x'));
  outlet->End();
  size_t size = 0;
  int parts = 0;
  while (!ended_) {
    size += Take(outlet.get()).size();
    ++parts;
  }
  EXPECT_GT(size, 190'000u);
  EXPECT_LE(parts, 2);
}

TEST_F(OutletTest, Case06_WhatIsInFlightCounts) {
  auto outlet = MakeStream();
  outlet->Write(std::string(150'000, 'x'));
  Take(outlet.get());
  outlet->Write(std::string(100'000, 'x'));
  EXPECT_TRUE(outlet->Failure().has_value());
  auto taken = MakeStream();
  taken->Write(std::string(150'000, 'x'));
  Take(taken.get());
  Take(taken.get());  // The first part has been sent.
  taken->Write(std::string(100'000, 'x'));
  EXPECT_FALSE(taken->Failure().has_value());
}

TEST_F(OutletTest, Case06_WhereMemoryIsScarceEachMayHaveLittle) {
  auto first = MakeStream();
  auto second = MakeStream();
  auto third = MakeStream();
  first->Write(std::string(190'000, 'x'));
  second->Write(std::string(100'000, 'x'));
  third->Write(std::string(50'000, 'x'));
  EXPECT_TRUE(all_->exceeded());
  third->Write(std::string(10'000, 'x'));
  EXPECT_FALSE(third->Failure().has_value());
  second->Write("x");
  EXPECT_TRUE(second->Failure().has_value());
  EXPECT_FALSE(all_->exceeded());
  first->Write("x");
  EXPECT_FALSE(first->Failure().has_value());
  for (auto* outlet : {&first, &second, &third}) outlet->reset();
  EXPECT_EQ(all_->taken(), 0u);
}

TEST_F(OutletTest, WhatFailsIsNotEndedInGoodOrder) {
  auto outlet = MakeStream();
  outlet->Write("some");
  Take(outlet.get());
  outlet->Write("more");
  const int wakes = waker_->wakes;
  outlet->Fail(absl::AbortedError("the disk is broken"));
  outlet->Fail(absl::AbortedError("and so is this"));
  EXPECT_GT(waker_->wakes, wakes);
  EXPECT_EQ(outlet->Failure(), absl::AbortedError("the disk is broken"));
  outlet->End();
  EXPECT_EQ(Take(outlet.get()), "");
  EXPECT_EQ(all_->taken(), 0u);
}

TEST_F(OutletTest, WhatHasEndedCannotFail) {
  auto outlet = MakeStream();
  outlet->Write("all");
  outlet->End();
  outlet->Fail(absl::AbortedError("too late"));
  EXPECT_FALSE(outlet->Failure().has_value());
  EXPECT_EQ(Take(outlet.get()), "3\r\nall\r\n0\r\n\r\n");
}

TEST_F(OutletTest, TheBacklogOfAClosedConnectionIsGivenBack) {
  auto outlet = MakeStream();
  outlet->Write(std::string(100'000, 'x'));
  outlet->Close(absl::UnavailableError("gone"));
  EXPECT_EQ(all_->taken(), 0u);
  outlet->Write("x");
  EXPECT_EQ(all_->taken(), 0u);
}

TEST_F(OutletTest, AHandlerIsToldOnceThatItsPeerIsGone) {
  auto outlet = MakeStream();
  outlet->Close(absl::UnavailableError("gone"));
  outlet->Close(absl::UnavailableError("gone again"));
  outlet->End();
  EXPECT_EQ(closed_, std::vector<absl::Status>{absl::UnavailableError("gone")});
}

TEST_F(OutletTest, AHandlerIsNotToldAfterTheEnd) {
  auto outlet = MakeStream();
  outlet->End();
  outlet->Close(absl::UnavailableError("gone"));
  EXPECT_TRUE(closed_.empty());
}

}  // namespace
}  // namespace mesos::http
