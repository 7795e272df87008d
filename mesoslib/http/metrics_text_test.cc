#include "mesoslib/http/metrics_text.h"

#include <limits>

#include "gtest/gtest.h"

namespace mesos::http {
namespace {

TEST(MetricsTextTest, JsonIsFlatAndKeepsTheNames) {
  EXPECT_EQ(MetricsAsJson({{"master/elected", 1}, {"master/cpus_percent", 0.25}}),
            R"({"master/cpus_percent":0.25,"master/elected":1.0})");
  EXPECT_EQ(MetricsAsJson({}), "{}");
  EXPECT_EQ(MetricsAsJson({{"roles/a\"b\n", 2}}), R"({"roles/a\"b\n":2.0})");
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
  EXPECT_EQ(MetricsForPrometheus({{"r/\"", 1}, {"r/\n", 2}}),
            "# HELP r__ r/\\n\n# TYPE r__ gauge\n"
            "r__{mesos_name=\"r/\\n\"} 2\nr__{mesos_name=\"r/\\\"\"} 1\n");
}

}  // namespace
}  // namespace mesos::http
