#include "daemons/cli/task_list.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::master::Response;

void AddTask(const std::string& id, const std::string& framework,
             google::protobuf::RepeatedPtrField<v1::Task>* tasks) {
  v1::Task* task = tasks->Add();
  task->set_name(absl::StrCat("name of ", id));
  task->mutable_task_id()->set_value(id);
  task->mutable_framework_id()->set_value(framework);
  task->mutable_agent_id()->set_value("S");
  task->set_state(v1::TASK_RUNNING);
}

Response Tasks() {
  Response response;
  response.set_type(Response::GET_TASKS);
  Response::GetTasks* tasks = response.mutable_get_tasks();
  AddTask("running", "a", tasks->mutable_tasks());
  AddTask("again", "a", tasks->mutable_tasks());
  AddTask("waiting", "b", tasks->mutable_pending_tasks());
  AddTask("ended", "a", tasks->mutable_completed_tasks());
  AddTask("again", "b", tasks->mutable_completed_tasks());
  AddTask("away", "b", tasks->mutable_unreachable_tasks());
  AddTask("orphan", "b", tasks->mutable_orphan_tasks());
  return response;
}

TaskList Read(const Response& response) {
  auto list = TaskList::Read(response.SerializeAsString());
  EXPECT_TRUE(list.ok()) << list.status();
  return *std::move(list);
}

std::vector<std::string> Ids(const TaskList& list, bool past) {
  std::vector<std::string> ids;
  const auto take = [&](const v1::Task& task) { ids.push_back(task.task_id().value()); };
  const absl::Status status = past ? list.VisitPast(take) : list.VisitActive(take);
  EXPECT_TRUE(status.ok()) << status;
  return ids;
}

TEST(TaskListTest, ThoseThatWaitComeFirstAndThoseThatEndedLast) {
  const TaskList list = Read(Tasks());
  EXPECT_THAT(Ids(list, false), ElementsAre("waiting", "running", "again"));
  EXPECT_THAT(Ids(list, true), ElementsAre("away", "ended", "again"));
  EXPECT_THAT(Ids(Read(Response()), false), IsEmpty());
}

TEST(TaskListTest, AFieldThatOneTaskLacksIsNotThatOfTheTaskBefore) {
  Response response;
  AddTask("a", "f", response.mutable_get_tasks()->mutable_tasks());
  response.mutable_get_tasks()->mutable_tasks(0)->set_user("somebody");
  AddTask("b", "f", response.mutable_get_tasks()->mutable_tasks());
  std::vector<std::string> users;
  const auto take = [&](const v1::Task& task) { users.push_back(task.user()); };
  ASSERT_TRUE(Read(response).VisitActive(take).ok());
  EXPECT_THAT(users, ElementsAre("somebody", ""));
}

TEST(TaskListTest, AnActiveTaskIsMeantRatherThanOneOfThePast) {
  const TaskList list = Read(Tasks());
  auto found = list.Find("again", "");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(found->active);
  EXPECT_EQ(found->task.framework_id().value(), "a");
  found = list.Find("again", "b");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_FALSE(found->active);
  EXPECT_EQ(found->task.framework_id().value(), "b");
  EXPECT_EQ(list.Find("end", "")->task.task_id().value(), "ended");
  EXPECT_EQ(list.Find("name of away", "")->task.task_id().value(), "away");
  EXPECT_TRUE(absl::IsNotFound(list.Find("ended", "b").status()));
  Response response = Tasks();
  AddTask("runner", "a", response.mutable_get_tasks()->mutable_tasks());
  EXPECT_TRUE(absl::IsFailedPrecondition(Read(response).Find("run", "").status()));
}

TEST(TaskListTest, WhatIsNoAnswerIsRefusedWhereverItEnds) {
  const std::string whole = Tasks().SerializeAsString();
  size_t refused = 0;
  for (size_t size = 0; size < whole.size(); ++size) {
    auto list = TaskList::Read(whole.substr(0, size));
    if (!list.ok()) {
      EXPECT_TRUE(absl::IsDataLoss(list.status())) << list.status();
      ++refused;
    }
  }
  // Nothing, and the type alone, are answers without tasks.
  EXPECT_GE(refused, whole.size() - 3);
  // A length of 4 GB; a group that does not end.
  for (const char* text : {"\x52\xff\xff\xff\xff\x0f", "\x53\x08\x01", "\x07"}) {
    EXPECT_TRUE(absl::IsDataLoss(TaskList::Read(text).status())) << text[0];
  }
}

TEST(TaskListTest, ATaskThatCannotBeReadIsNoTask) {
  std::string response = Tasks().SerializeAsString();
  // The length of its name is more than there is.
  response[response.find("name of again") - 1] = 0x7f;
  const TaskList list = *TaskList::Read(response);
  EXPECT_TRUE(absl::IsDataLoss(list.VisitActive([](const v1::Task&) {})));
  EXPECT_TRUE(absl::IsDataLoss(list.Find("running", "").status()));
}

}  // namespace
}  // namespace mesos::cli
