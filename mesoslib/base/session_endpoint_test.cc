#include "mesoslib/base/session_endpoint.h"

#include <memory>
#include <utility>

#include "gtest/gtest.h"
#include "mesoslib/base/message_times.h"
#include "mesoslib/base/simulated_event_loop.h"

namespace mesos {
namespace {

struct Silent final : Sink<int> {
  void Deliver(int) override {}
  void Closed(absl::Status) override {}
};

size_t KindOf(const int& call) { return static_cast<size_t>(call); }

class SessionEndpointTest : public testing::Test {
 protected:
  using Endpoint = SessionEndpoint<int, int>;

  Endpoint::Handlers Handlers() {
    return {[](Endpoint::Id, auto, Peer) {},
            [this](Endpoint::Id, int, Endpoint::Done done) {
              loop_.Suspend(absl::Milliseconds(4));  // It takes that long.
              if (done != nullptr) done(absl::OkStatus());
            },
            [](Endpoint::Id) {}};
  }

  SimulatedEventLoop loop_;
  const std::shared_ptr<MessageTimes> times_ = std::make_shared<MessageTimes>(3);
  std::unique_ptr<Endpoint> endpoint_ =
      std::make_unique<Endpoint>(&loop_, Handlers(), Endpoint::Meter{times_, KindOf});
};

TEST_F(SessionEndpointTest, MeasuresHowLongCallsWaitAndTakeByTheirKind) {
  auto session = endpoint_->Open(std::make_shared<Silent>(), {});
  session->Send(1);
  session->Send(2);
  EXPECT_EQ(times_->waiting(), 2);
  loop_.Suspend(absl::Milliseconds(16));
  loop_.Settle();
  EXPECT_EQ(times_->waiting(), 0);
  const auto& kinds = times_->kinds();
  EXPECT_EQ(kinds[0].queue.count(), 0u);
  EXPECT_DOUBLE_EQ(kinds[1].queue.sum_ms(), 16);
  EXPECT_DOUBLE_EQ(kinds[1].run.sum_ms(), 4);
  EXPECT_DOUBLE_EQ(kinds[2].queue.sum_ms(), 20) << "it has waited for the one before it, too";
  EXPECT_DOUBLE_EQ(kinds[2].run.sum_ms(), 4);
}

TEST_F(SessionEndpointTest, AKindThatIsNotKnownIsCountedAsTheFirst) {
  auto session = endpoint_->Open(std::make_shared<Silent>(), {});
  session->Send(3);
  session->Send(-1);
  loop_.Settle();
  EXPECT_EQ(times_->kinds()[0].run.count(), 2u);
}

TEST_F(SessionEndpointTest, AHandlerMayDestroyTheEndpoint) {
  auto session = endpoint_->Open(std::make_shared<Silent>(), {});
  absl::Status late;
  session->Send(1, [this](absl::Status) { endpoint_ = nullptr; });
  session->Send(2, [&](absl::Status status) { late = std::move(status); });
  loop_.Settle();
  EXPECT_EQ(times_->kinds()[1].run.count(), 1u);
  EXPECT_TRUE(absl::IsUnavailable(late)) << late;
  session->Send(1, [&](absl::Status status) { late = std::move(status); });
  session = nullptr;
  loop_.Settle();
  EXPECT_TRUE(absl::IsUnavailable(late)) << late;
}

}  // namespace
}  // namespace mesos
