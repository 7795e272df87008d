#include "mesoslib/http/read_endpoints.h"

#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/base/simulated_event_loop.h"
#include "mesoslib/http/fake_client.h"

namespace mesos::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class MetricsEndpointTest : public testing::Test {
 protected:
  ClientAnswer Get(const Handler& handler, std::map<std::string, std::string> query = {}) {
    return Ask(handler, {.method = "GET", .query = std::move(query)});
  }
  void Answer() { std::exchange(asked_, nullptr)(Metrics{{"master/elected", 1}}); }

  SimulatedEventLoop loop_;
  const std::shared_ptr<Timers> timers_ = std::make_shared<Timers>(&loop_);
  absl::AnyInvocable<void(absl::StatusOr<Metrics>)> asked_;
  const AskMetrics ask_ = [this](auto done) { asked_ = std::move(done); };
  const Handler snapshot_ = CreateMetricsSnapshot(ask_, RunAtOnce, timers_);
};

TEST_F(MetricsEndpointTest, TheMachinesGaugesAreAmongThem) {
  const ClientAnswer answer = Get(snapshot_);
  Answer();
  EXPECT_EQ(answer.status(), 200);
  for (const char* name :
       {"master/elected", "system/cpus_total", "system/load_1min", "system/load_5min",
        "system/load_15min", "system/mem_total_bytes", "system/mem_free_bytes"}) {
    EXPECT_THAT(answer.body(), HasSubstr(absl::StrCat("\"", name, "\":"))) << answer.body();
  }
  const ClientAnswer text = Get(CreatePrometheusEndpoint(ask_, RunAtOnce));
  Answer();
  EXPECT_THAT(text.body(), HasSubstr("\nsystem_cpus_total "));
}

TEST_F(MetricsEndpointTest, WhatDoesNotComeInTimeIsLeftOut) {
  const ClientAnswer answer = Get(snapshot_, {{"timeout", "2secs"}});
  loop_.Advance(absl::Seconds(2) - absl::Nanoseconds(1));
  EXPECT_EQ(answer.status(), 0);
  loop_.Advance(absl::Nanoseconds(1));
  EXPECT_EQ(answer.status(), 200);
  EXPECT_THAT(answer.body(), HasSubstr("system/cpus_total"));
  EXPECT_THAT(answer.body(), Not(HasSubstr("master/elected")));
  Answer();  // Too late, and no second answer.
  EXPECT_THAT(answer.body(), Not(HasSubstr("master/elected")));
}

TEST_F(MetricsEndpointTest, WhatComesInTimeNeedsNoTimer) {
  const ClientAnswer answer = Get(snapshot_, {{"timeout", "10000weeks"}});
  Answer();
  EXPECT_THAT(answer.body(), HasSubstr("master/elected"));
  EXPECT_FALSE(loop_.Step());
  for (const char* wrong : {"", "2", "-1secs", "soon"}) {
    const ClientAnswer refused = Get(snapshot_, {{"timeout", wrong}});
    EXPECT_EQ(refused.status(), 400) << wrong;
    EXPECT_THAT(refused.body(), HasSubstr("expected a number with its unit"));
  }
}

}  // namespace
}  // namespace mesos::http
