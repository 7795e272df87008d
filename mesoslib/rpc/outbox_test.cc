#include "mesoslib/rpc/outbox.h"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "mesos/rpc/services.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos {
namespace {

using Out = Outbox<rpc::SchedulerEvents>;

class FakeWire final : public Out::Wire {
 public:
  void WriteFrame(const rpc::SchedulerEvents* frame) override {
    EXPECT_TRUE(ends.empty());
    frames.push_back(frame->events_size());
    if (in_write) in_write();
  }
  void EndWriting(absl::Status status) override { ends.push_back(status); }

  std::vector<int> frames;
  std::vector<absl::Status> ends;
  std::function<void()> in_write;
};

v1::scheduler::Event EventOf(size_t bytes) {
  v1::scheduler::Event event;
  event.mutable_message()->set_data(std::string(bytes, 'x'));
  return event;
}

TEST(OutboxTest, WhatArrivesDuringAWriteGoesOutAsOneFrame) {
  FakeWire wire;
  Out out(&wire, 1 << 20);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(out.Push(EventOf(10)), Out::Pushed::kYes);
  EXPECT_EQ(wire.frames, std::vector<int>({1}));
  out.OnWritten(true);
  EXPECT_EQ(wire.frames, std::vector<int>({1, 5}));
  out.OnWritten(true);
  EXPECT_EQ(wire.frames, std::vector<int>({1, 5}));
}

TEST(OutboxTest, AFrameHasAtMostAThousandMessagesAndAMebibyte) {
  FakeWire wire;
  Out out(&wire, 64 << 20);
  for (int i = 0; i < 1502; ++i) out.Push(EventOf(10));
  out.OnWritten(true);
  out.OnWritten(true);
  out.OnWritten(true);
  EXPECT_EQ(wire.frames, std::vector<int>({1, 1000, 501}));
  for (int i = 0; i < 4; ++i) out.Push(EventOf(400 << 10));
  out.OnWritten(true);
  out.OnWritten(true);
  EXPECT_EQ(wire.frames, std::vector<int>({1, 1000, 501, 1, 2, 1}));
}

TEST(OutboxTest, FinishWritesWhatWaitsFirst) {
  FakeWire wire;
  Out out(&wire, 1 << 20);
  out.Push(EventOf(1));
  out.Push(EventOf(1));
  out.Finish(absl::NotFoundError("why"));
  EXPECT_EQ(out.Push(EventOf(1)), Out::Pushed::kEnded);
  EXPECT_TRUE(wire.ends.empty());
  out.OnWritten(true);
  EXPECT_TRUE(wire.ends.empty());
  out.OnWritten(true);
  EXPECT_EQ(wire.frames, std::vector<int>({1, 1}));
  ASSERT_EQ(wire.ends.size(), 1u);
  EXPECT_EQ(wire.ends[0], absl::NotFoundError("why"));
}

TEST(OutboxTest, AbortDropsWhatWaitsAndEndsOnce) {
  FakeWire wire;
  Out out(&wire, 1 << 20);
  std::vector<absl::Status> heard;
  out.Push(EventOf(1), [&](absl::Status s) { heard.push_back(s); });
  out.Push(EventOf(1), [&](absl::Status s) { heard.push_back(s); });
  out.Finish(absl::OkStatus());
  out.Abort(absl::UnavailableError("gone"));
  out.Abort(absl::InternalError("late"));
  ASSERT_EQ(wire.ends.size(), 1u);
  EXPECT_EQ(wire.ends[0], absl::UnavailableError("gone"));
  EXPECT_EQ(heard, std::vector<absl::Status>({absl::UnavailableError("gone")}));
  out.OnWritten(true);
  EXPECT_EQ(heard.size(), 2u);
  EXPECT_TRUE(heard[1].ok());
  EXPECT_EQ(wire.ends.size(), 1u);
}

TEST(OutboxTest, AFailedWriteEndsIt) {
  FakeWire wire;
  Out out(&wire, 1 << 20);
  std::vector<absl::Status> heard;
  out.Push(EventOf(1), [&](absl::Status s) { heard.push_back(s); });
  out.Push(EventOf(1), [&](absl::Status s) { heard.push_back(s); });
  out.OnWritten(false);
  ASSERT_EQ(wire.ends.size(), 1u);
  EXPECT_EQ(wire.ends[0].code(), absl::StatusCode::kUnavailable);
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[0].code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(heard[1].code(), absl::StatusCode::kUnavailable);
}

TEST(OutboxTest, EndWaitsForAWriteThatIsBeingStarted) {
  FakeWire wire;
  Out out(&wire, 1 << 20);
  wire.in_write = [&] {
    out.Abort(absl::CancelledError("now"));
    EXPECT_TRUE(wire.ends.empty());
  };
  out.Push(EventOf(1));
  EXPECT_EQ(wire.ends.size(), 1u);
}

TEST(OutboxTest, AWriteMayBeDoneBeforeItsStartReturns) {
  FakeWire wire;
  Out out(&wire, 1 << 20);
  int depth = 0;
  wire.in_write = [&] {
    if (++depth == 1) out.OnWritten(true);
  };
  out.Push(EventOf(1));
  out.Push(EventOf(1));
  out.OnWritten(true);
  out.Finish(absl::OkStatus());
  EXPECT_EQ(wire.frames, std::vector<int>({1, 1}));
  EXPECT_EQ(wire.ends.size(), 1u);
}

TEST(OutboxTest, MoreThanTheBacklogIsRefused) {
  FakeWire wire;
  Out out(&wire, 1000);
  EXPECT_EQ(out.Push(EventOf(5000)), Out::Pushed::kYes);  // Nothing waits yet.
  absl::Status heard;
  EXPECT_EQ(out.Push(EventOf(1), [&](absl::Status s) { heard = s; }), Out::Pushed::kOverflow);
  EXPECT_EQ(heard.code(), absl::StatusCode::kResourceExhausted);
  out.OnWritten(true);
  EXPECT_EQ(out.Push(EventOf(500)), Out::Pushed::kYes);
  EXPECT_EQ(out.Push(EventOf(300)), Out::Pushed::kYes);
  EXPECT_EQ(out.Push(EventOf(300)), Out::Pushed::kOverflow);
}

}  // namespace
}  // namespace mesos
