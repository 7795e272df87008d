#include "mesoslib/http/metrics_text.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/http/metric_names.h"

namespace mesos::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MetricsTextTest, JsonIsFlatAndKeepsTheNames) {
  EXPECT_EQ(MetricsAsJson({{"master/elected", 1}, {"master/cpus_percent", 0.25}}),
            R"({"master/cpus_percent":0.25,"master/elected":1.0})");
  EXPECT_EQ(MetricsAsJson({}), "{}");
  EXPECT_EQ(MetricsAsJson({{"roles/a\"b\n", 2}}), R"({"roles/a\"b\n":2.0})");
}

TEST(MetricsTextTest, JsonHasWhatMesosHasOfATimerAndNoBuckets) {
  EXPECT_EQ(MetricsAsJson({{"a_ms/sum", 3},
                           {"a_ms/bucket/1.024", 2},
                           {"a_ms/bucket/inf", 2},
                           {"a_ms/p50", 1},
                           {"roles/x_ms/bucket/inf/active", 4}}),
            R"({"a_ms/p50":1.0,"a_ms/sum":3.0,"roles/x_ms/bucket/inf/active":4.0})");
}

TEST(MetricsTextTest, PrometheusNamesHoldLettersDigitsAndUnderscores) {
  EXPECT_EQ(MetricsForPrometheus({{"master/cpus_percent", 0.25}, {"7up", 1}}),
            "# HELP _7up 7up\n# TYPE _7up gauge\n_7up 1\n"
            "# HELP master_cpus_percent master/cpus_percent\n"
            "# TYPE master_cpus_percent gauge\nmaster_cpus_percent 0.25\n");
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(MetricsForPrometheus({{"a", -infinity}}), "# HELP a a\n# TYPE a gauge\na -Inf\n");
}

// Roles are named by frameworks: no name may make the whole text unreadable.
TEST(MetricsTextTest, NamesThatBecomeAlikeAreToldApart) {
  EXPECT_EQ(MetricsForPrometheus({{"roles/eng/web", 1}, {"roles/eng_web", 2}}),
            "# HELP roles_eng_web roles/eng/web\n# TYPE roles_eng_web gauge\n"
            "roles_eng_web{mesos_name=\"roles/eng/web\"} 1\n"
            "roles_eng_web{mesos_name=\"roles/eng_web\"} 2\n");
  EXPECT_EQ(MetricsForPrometheus({{"r/\"", 1}, {"r/\n", 2}, {"r/\xff", 3}}),
            "# HELP r__ r/\\n\n# TYPE r__ gauge\n"
            "r__{mesos_name=\"r/\\n\"} 2\nr__{mesos_name=\"r/\\\"\"} 1\n"
            "r__{mesos_name=\"r/%ff\"} 3\n");
}

// promtool takes the one for wrong where the other belongs.
TEST(MetricsTextTest, QuotesAreEscapedInLabelsOnly) {
  EXPECT_EQ(MetricsForPrometheus({{"a/\"b\\", 1}}),
            "# HELP a__b_ a/\"b\\\\\n# TYPE a__b_ gauge\na__b_ 1\n");
}

TEST(MetricsTextTest, FrameworksAndKindsOfMessagesAreLabels) {
  EXPECT_EQ(MetricsForPrometheus({{"master/frameworks/a%20b/F1/calls/kill", 2},
                                  {"master/frameworks//F2/calls/kill", 3}}),
            "# HELP master_frameworks_calls_kill master/frameworks/<name>/<id>/calls/kill\n"
            "# TYPE master_frameworks_calls_kill counter\n"
            "master_frameworks_calls_kill{name=\"\",id=\"F2\"} 3\n"
            "master_frameworks_calls_kill{name=\"a%20b\",id=\"F1\"} 2\n");
  const std::string roles =
      MetricsForPrometheus({{"master/frameworks/f/F/roles/a/b/suppressed", 1},
                            {"master/frameworks/f/F/roles/a_b/suppressed", 0}});
  EXPECT_THAT(roles, HasSubstr("{name=\"f\",id=\"F\",mesos_name=\"master/frameworks/f/F/roles/a/b/"
                               "suppressed\"} 1\n"));
  EXPECT_THAT(MetricsForPrometheus({{"master/frameworks/odd", 1}}),
              HasSubstr("\nmaster_frameworks_odd 1\n"));
}

TEST(MetricsTextTest, AHistogramHasAllItsBucketsInSeconds) {
  const std::string text =
      MetricsForPrometheus({{"slave/messages/master/ping/run_ms/bucket/1.024", 2},
                            {"slave/messages/master/ping/run_ms/bucket/4.096", 3},
                            {"slave/messages/master/ping/run_ms/bucket/inf", 4},
                            {"slave/messages/master/ping/run_ms/sum", 20500},
                            {"slave/messages/master/ping/run_ms/count", 4},
                            {"slave/messages/master/ping/run_ms/p99", 4}});
  const std::string family = "slave_messages_run_seconds";
  const std::string labels = "{from=\"master\",kind=\"ping\"";
  EXPECT_THAT(text, HasSubstr(absl::StrCat("# TYPE ", family, " histogram\n")));
  for (const auto& [bound, count] : {std::pair("1e-06", 0),
                                     {"0.000512", 0},
                                     {"0.001024", 2},
                                     {"0.002048", 2},
                                     {"0.004096", 3},
                                     {"16.777216", 3},
                                     {"+Inf", 4}}) {
    EXPECT_THAT(text, HasSubstr(absl::StrCat(family, "_bucket", labels, ",le=\"", bound, "\"} ",
                                             count, "\n")))
        << text;
  }
  EXPECT_THAT(text, HasSubstr(absl::StrCat(family, "_sum", labels, "} 20.5\n")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat(family, "_count", labels, "} 4\n")));
  EXPECT_THAT(text, Not(HasSubstr("p99")));
  EXPECT_EQ(std::count(text.begin(), text.end(), '#'), 2) << text;
}

TEST(MetricsTextTest, ATimersLastSampleStaysAGauge) {
  const std::string text = MetricsForPrometheus({{"registrar/state_store_ms", 7},
                                                 {"registrar/state_store_ms/p50", 5},
                                                 {"registrar/state_store_ms/bucket/inf", 2},
                                                 {"registrar/state_store_ms/sum", 12}});
  EXPECT_THAT(text,
              HasSubstr("# TYPE registrar_state_store_ms gauge\nregistrar_state_store_ms 7\n"));
  EXPECT_THAT(text, HasSubstr("registrar_state_store_seconds_sum 0.012\n"));
}

TEST(MetricsTextTest, WhatOnlyGrowsIsACounter) {
  for (const char* name : {"master/messages_kill_task",
                           "master/dropped_messages",
                           "master/valid_status_updates",
                           "master/slave_removals",
                           "master/slave_removals/reason_unhealthy",
                           "master/tasks_lost",
                           "master/tasks_gone_by_operator",
                           "master/task_lost/source_master/reason_agent_removed",
                           "master/operations/finished",
                           "master/operations/reserve/dropped",
                           "master/frameworks/f/F/calls",
                           "master/frameworks/f/F/events/offers",
                           "master/frameworks/f/F/offers/sent",
                           "master/frameworks/f/F/tasks/terminal/task_lost",
                           "master/frameworks/f/F/operations/launch",
                           "frameworks/ops/messages_received",
                           "allocator/mesos/allocation_runs",
                           "slave/tasks_failed",
                           "slave/executors_terminated",
                           "slave/invalid_status_updates",
                           "containerizer/mesos/container_destroy_errors"}) {
    EXPECT_TRUE(IsCounter(name)) << name;
  }
  for (const char* name :
       {"master/tasks_running", "master/tasks_unreachable", "master/elected", "master/cpus_total",
        "master/operations/total", "master/operations/reserve/pending", "slave/uptime_secs",
        "master/frameworks/f/F/subscribed", "master/frameworks/f/F/tasks/active/task_running",
        "master/frameworks/f/F/roles/offers/suppressed", "master/event_queue_messages",
        "slave/executors_running", "slave/recovery_time_secs", "system/load_1min"}) {
    EXPECT_FALSE(IsCounter(name)) << name;
  }
}

}  // namespace
}  // namespace mesos::http
