#include "mesoslib/http/answer_pieces.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace mesos::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using v1::master::Call;
using v1::master::Response;

using TaskPage = MasterState::Page<MasterState::Task>;
using AgentPage = MasterState::Page<MasterState::Agent>;

std::shared_ptr<const TaskPage> Tasks(const std::string& prefix, int count, v1::TaskState state) {
  auto page = std::make_shared<TaskPage>();
  for (int i = 0; i < count; ++i) {
    auto description = std::make_shared<MasterState::TaskDescription>();
    description->id = TaskId(absl::StrCat(prefix, i));
    description->name = "a \"name\" with [ ] { }";
    description->agent = AgentId("S1");
    description->resources = Resources::Parse("cpus:1;mem:64").value();
    page->items.push_back({.description = std::move(description), .state = state});
  }
  return page;
}

std::shared_ptr<const AgentPage> Agents(const std::string& prefix, int count) {
  auto page = std::make_shared<AgentPage>();
  for (int i = 0; i < count; ++i) {
    auto info = std::make_shared<v1::AgentInfo>();
    info->set_hostname(absl::StrCat(prefix, i));
    MasterState::Agent& agent = page->items.emplace_back();
    agent.id = AgentId(absl::StrCat(prefix, i));
    agent.info = std::move(info);
    agent.connected = true;
    agent.total = Resources::Parse("cpus:8;mem:1024").value();
    auto executor = std::make_shared<v1::ExecutorInfo>();
    executor->mutable_executor_id()->set_value("e");
    agent.executors.push_back({FrameworkId("f1"), std::move(executor), {}});
  }
  return page;
}

MasterState::Framework Framework(const std::string& id) {
  MasterState::Framework framework;
  framework.id = FrameworkId(id);
  auto info = std::make_shared<v1::FrameworkInfo>();
  info->set_user("u");
  info->set_name(id);
  framework.info = std::move(info);
  return framework;
}

MasterState Full() {
  MasterState state;
  state.frameworks = {Framework("f1"), Framework("f2")};
  state.frameworks[0].tasks = {Tasks("a", 3, v1::TASK_RUNNING), Tasks("b", 2, v1::TASK_STAGING)};
  state.frameworks[0].unreachable_tasks = {Tasks("c", 2, v1::TASK_UNREACHABLE)};
  state.frameworks[1].tasks = {Tasks("d", 0, v1::TASK_RUNNING), Tasks("e", 1, v1::TASK_RUNNING)};
  state.frameworks[1].completed_tasks = {Tasks("f", 4, v1::TASK_FINISHED)};
  state.completed_frameworks = {Framework("f3")};
  state.completed_frameworks[0].completed_tasks = {Tasks("g", 2, v1::TASK_KILLED)};
  state.agents = {Agents("S", 3), Agents("T", 1)};
  v1::AgentInfo& recovered = state.recovered_agents.emplace_back();
  recovered.set_hostname("was there");
  state.weights["batch"] = 2;
  return state;
}

std::string Text(const TextPieces& pieces) {
  std::string text;
  for (const auto& piece : pieces) text += *piece;
  return text;
}

Call Asking(Call::Type type) {
  Call call;
  call.set_type(type);
  return call;
}

class AnswerPiecesTest : public ::testing::TestWithParam<Call::Type> {};

TEST_P(AnswerPiecesTest, SaysWhatTheWholeAnswerSays) {
  const Call call = Asking(GetParam());
  const MasterState full = Full();
  const MasterState empty;
  for (const MasterState* state : {&full, &empty}) {
    const Response whole = AnswerFrom(*state, call).value();
    // The second time it is made of what was kept the first time.
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(Text(AnswerPieces(*state, call, Encoding::kJson)), Encode(whole, Encoding::kJson));
      Response read;
      ASSERT_TRUE(read.ParseFromString(Text(AnswerPieces(*state, call, Encoding::kProtobuf))));
      EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(read, whole))
          << read.ShortDebugString();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(OfEachCall, AnswerPiecesTest,
                         ::testing::Values(Call::GET_TASKS, Call::GET_AGENTS, Call::GET_EXECUTORS,
                                           Call::GET_FRAMEWORKS, Call::GET_ROLES, Call::GET_STATE),
                         [](const auto& info) { return Call::Type_Name(info.param); });

TEST(AnswerPieces, OnlyPagesThatAreNewAreWritten) {
  const MasterState state = Full();
  const Call call = Asking(Call::GET_TASKS);
  for (Encoding encoding : {Encoding::kJson, Encoding::kProtobuf}) {
    const TextPieces before = AnswerPieces(state, call, encoding);
    MasterState after = state;
    after.frameworks[0].tasks[1] = Tasks("h", 1, v1::TASK_RUNNING);
    size_t shared = 0;
    for (const auto& piece : AnswerPieces(after, call, encoding)) {
      shared += std::count(before.begin(), before.end(), piece);
    }
    // Pages a, c, e, f and g; in JSON there are commas, too.
    EXPECT_GE(shared, 5);
    EXPECT_THAT(Text(AnswerPieces(after, call, encoding)), HasSubstr("h0"));
    EXPECT_THAT(Text(AnswerPieces(after, call, encoding)), Not(HasSubstr("b0")));
  }
}

}  // namespace
}  // namespace mesos::http
