#include "daemons/cli/top_screen.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "daemons/cli/text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

void AddScalar(const std::string& name, double value,
               google::protobuf::RepeatedPtrField<v1::Resource>* resources) {
  v1::Resource* resource = resources->Add();
  resource->set_name(name);
  resource->mutable_scalar()->set_value(value);
}

TopState Cluster(int agents) {
  TopState state;
  state.master = "10.0.0.1:5050";
  state.now = absl::FromUnixSeconds(1'800'000'000);
  for (int i = 0; i < agents; ++i) {
    auto* agent = state.agents.add_agents();
    agent->mutable_agent_info()->set_hostname(absl::StrCat("host-", i, ".a-long-domain.example"));
    agent->mutable_agent_info()->mutable_id()->set_value(
        absl::StrCat("01234567-89ab-cdef-0123-456789abcdef-S", i));
    agent->set_active(true);
    AddScalar("cpus", 4, agent->mutable_total_resources());
    AddScalar("cpus", i % 5, agent->mutable_allocated_resources());
  }
  for (const char* name : {"web", "\x1b[2Jbatch"}) {
    v1::Role* role = state.roles.add_roles();
    role->set_name(name);
    role->set_weight(1);
    AddScalar("cpus", name[0] == 'w' ? 1 : 3, role->mutable_resources());
    auto* framework = state.frameworks.add_frameworks();
    framework->mutable_framework_info()->set_name(name);
  }
  return state;
}

// The lines as they stand on the screen.
std::vector<std::string> Lines(const TopState& state, ScreenSize size) {
  std::string text = DrawTop(state, size, false);
  text = absl::StrReplaceAll(text, {{"\x1b[H", ""}, {"\x1b[K", ""}, {"\x1b[J", ""}});
  EXPECT_THAT(text, Not(HasSubstr("\x1b"))) << "no name drives the terminal";
  return absl::StrSplit(text, "\r\n");
}

TEST(TopScreenTest, EveryScreenIsFilledAndNeverOverfilled) {
  for (const int agents : {0, 1, 100}) {
    for (const int columns : {1, 20, 40, 60, 80, 120, 200}) {
      for (const int rows : {1, 8, 24, 60}) {
        const auto lines = Lines(Cluster(agents), {columns, rows});
        EXPECT_LE(static_cast<int>(lines.size()), rows) << columns << "x" << rows;
        for (const std::string& line : lines) {
          EXPECT_LE(Columns(line), columns) << line << " on " << columns << "x" << rows;
        }
      }
    }
  }
}

TEST(TopScreenTest, WhoHasMostComesFirst) {
  const std::string text = DrawTop(Cluster(2), {100, 40}, false);
  EXPECT_LT(text.find("[2Jbatch"), text.find("web"));
  EXPECT_THAT(text, HasSubstr("12%")) << "1 of 8 cpus";
}

TEST(TopScreenTest, LinesThatDoNotFitAreScrolledTo) {
  TopState state = Cluster(100);
  EXPECT_THAT(Lines(state, {80, 24}).back(), HasSubstr("lines more"));
  state.scrolled = 1000;
  EXPECT_THAT(Lines(state, {80, 24}).back(), HasSubstr("(0 lines more)"));
  EXPECT_THAT(Lines(Cluster(0), {80, 24}).back(), Not(HasSubstr("scroll")));
}

TEST(TopScreenTest, WhatIsNotOfNowSaysSo) {
  TopState state = Cluster(1);
  state.error = "cannot reach the master\n";
  EXPECT_THAT(DrawTop(state, {80, 24}, false), HasSubstr("cannot reach the master\\n"));
}

TEST(TopScreenTest, BarsAreAsLongAsTheShare) {
  EXPECT_EQ(Bar(0, 4), "····");
  EXPECT_EQ(Bar(0.5, 4), "██··");
  EXPECT_EQ(Bar(1.0 / 32, 4), "▏···");
  EXPECT_EQ(Bar(1, 4), "████");
  EXPECT_EQ(Bar(7, 4), "████");
  EXPECT_EQ(Bar(-1, 4), "····");
  EXPECT_EQ(Bar(0.0 / 0.0, 4), "····");
}

}  // namespace
}  // namespace mesos::cli
