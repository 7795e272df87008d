#include "daemons/execute_flags.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// What the arguments describe; an error says why they are wrong.
absl::StatusOr<ExecuteJob> Read(std::vector<std::string> arguments) {
  FlagSet flag_set("mesos-execute", "");
  ExecuteFlags flags;
  flags.AddTo(&flag_set);
  arguments.insert(arguments.begin(), "--master=localhost:5050");
  const absl::Status parsed = flag_set.Parse(arguments, {});
  if (!parsed.ok()) return parsed;
  return ReadExecuteJob(flags);
}

TEST(ExecuteFlagsTest, ACommandNeedsNoContainer) {
  const absl::StatusOr<ExecuteJob> job = Read({"--command=true", "--name=t"});
  ASSERT_TRUE(job.ok()) << job.status();
  ASSERT_THAT(job->work.tasks, SizeIs(1));
  EXPECT_EQ(job->work.tasks[0].task_id().value(), "t");
  EXPECT_FALSE(job->work.tasks[0].has_container());
  EXPECT_FALSE(job->work.executor.has_value());
  EXPECT_EQ(job->work.resources.ToString(), "cpus:1; mem:128");
}

TEST(ExecuteFlagsTest, FlagsSayWhatTheContainerIsLike) {
  const absl::StatusOr<ExecuteJob> job = Read(
      {"--command=true", "--docker_image=alpine:3", "--networks=blue,green", "--tty",
       R"(--volumes=[{"mode":"RW","container_path":"data","host_path":"/srv/data"}])",
       R"(--rlimits={"rlimits":[{"type":"RLMT_CORE","soft":0,"hard":0}]})",
       R"(--effective_capabilities={"capabilities":["NET_RAW"]})",
       R"(--bounding_capabilities={"capabilities":["NET_RAW","KILL"]})", "--content_type=json"});
  ASSERT_TRUE(job.ok()) << job.status();
  const v1::ContainerInfo& container = job->work.tasks[0].container();
  EXPECT_EQ(container.type(), v1::ContainerInfo::MESOS);
  EXPECT_EQ(container.mesos().image().type(), v1::Image::DOCKER);
  EXPECT_EQ(container.mesos().image().docker().name(), "alpine:3");
  ASSERT_EQ(container.network_infos_size(), 2);
  EXPECT_EQ(container.network_infos(1).name(), "green");
  EXPECT_TRUE(container.has_tty_info());
  ASSERT_EQ(container.volumes_size(), 1);
  EXPECT_EQ(container.volumes(0).host_path(), "/srv/data");
  EXPECT_EQ(container.rlimit_info().rlimits(0).type(), v1::RLimitInfo::RLimit::RLMT_CORE);
  EXPECT_THAT(container.linux_info().effective_capabilities().capabilities(),
              ElementsAre(v1::CapabilityInfo::NET_RAW));
  EXPECT_EQ(container.linux_info().bounding_capabilities().capabilities_size(), 2);

  const absl::StatusOr<ExecuteJob> appc = Read({"--command=true", "--appc_image=example.com/app"});
  ASSERT_TRUE(appc.ok()) << appc.status();
  EXPECT_EQ(appc->work.tasks[0].container().mesos().image().appc().name(), "example.com/app");
}

TEST(ExecuteFlagsTest, AContainerMayBeDockers) {
  const absl::StatusOr<ExecuteJob> job = Read(
      {"--command=true", "--containerizer=docker", "--docker_image=alpine", "--networks=blue"});
  ASSERT_TRUE(job.ok()) << job.status();
  const v1::ContainerInfo& container = job->work.tasks[0].container();
  EXPECT_EQ(container.type(), v1::ContainerInfo::DOCKER);
  EXPECT_EQ(container.docker().image(), "alpine");
  EXPECT_EQ(container.docker().network(), v1::ContainerInfo::DockerInfo::USER);
  EXPECT_EQ(container.network_infos(0).name(), "blue");
}

TEST(ExecuteFlagsTest, AGroupHasTheDefaultExecutor) {
  const absl::StatusOr<ExecuteJob> job = Read({R"(--task_group={"tasks":[
      {"name":"a","task_id":{"value":"a"},"command":{"value":"true"},
       "resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":1}}]},
      {"name":"b","task_id":{"value":"b"},"command":{"value":"true"},
       "resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":2}}]}]})"});
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_THAT(job->work.tasks, SizeIs(2));
  ASSERT_TRUE(job->work.executor.has_value());
  EXPECT_EQ(job->work.executor->type(), v1::ExecutorInfo::DEFAULT);
  EXPECT_EQ(job->work.resources.ToString(), "cpus:3.1; disk:32; mem:32");
}

TEST(ExecuteFlagsTest, WhatIsWrongIsNamed) {
  const struct {
    std::vector<std::string> arguments;
    std::string message;
  } cases[] = {
      {{}, "give one of --command, --task and --task_group"},
      {{"--command=true", "--task={}"}, "give one of --command, --task and --task_group"},
      {{"--task_group={}"}, "--task_group has no tasks"},
      {{R"(--task_group={"tasks":1})"}, "task_group"},
      {{"--task={}", "--docker_image=x"}, "its flags need --command"},
      {{"--command=true", "--containerizer=rkt"}, "--containerizer is 'rkt'; expected 'mesos'"},
      {{"--command=true", "--containerizer=docker"}, "needs --docker_image"},
      {{"--command=true", "--containerizer=docker", "--docker_image=x", "--networks=a,b"},
       "--networks names 2 networks"},
      {{"--command=true", "--containerizer=docker", "--docker_image=x", "--tty"},
       "--tty needs --containerizer=mesos"},
      {{"--command=true", "--docker_image=x", "--appc_image=y"}, "either --docker_image or"},
      {{"--command=true", "--volumes=7"}, "volumes"},
      {{"--command=true", "--volumes=["}, "volumes"},
      {{"--command=true", "--rlimits=[]"}, "rlimits"},
      {{"--command=true", "--content_type=xml"}, "--content_type is 'xml'; expected 'protobuf'"},
      {{"--command=true", "--resources=cpus:-1"}, "--resources"},
  };
  for (const auto& c : cases) {
    const absl::Status status = Read(c.arguments).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << c.message << ": " << status;
    EXPECT_THAT(status.message(), HasSubstr(c.message));
  }
}

TEST(ExecuteFlagsTest, APackageIsFetchedFromWhereItIsPut) {
  const absl::StatusOr<ExecuteJob> job =
      Read({"--command=true", "--user=somebody", "--package=/tmp/a.tgz", "--hdfs=name:1",
            "--hadoop=/opt/hadoop", "--overwrite"});
  ASSERT_TRUE(job.ok()) << job.status();
  ASSERT_TRUE(job->upload.has_value());
  EXPECT_EQ(job->upload->package, "/tmp/a.tgz");
  EXPECT_EQ(job->upload->uri, "hdfs://name:1/somebody/a.tgz");
  EXPECT_EQ(job->upload->hadoop, "/opt/hadoop");
  EXPECT_TRUE(job->upload->overwrite);
  ASSERT_EQ(job->work.tasks[0].command().uris_size(), 1);
  EXPECT_EQ(job->work.tasks[0].command().uris(0).value(), job->upload->uri);
  EXPECT_THAT(std::string(Read({"--command=true", "--package=/tmp/"}).status().message()),
              HasSubstr("--package is '/tmp/'; expected the path of a file"));
  EXPECT_THAT(std::string(Read({"--task={}", "--package=/tmp/a"}).status().message()),
              HasSubstr("--package is for a task of --command"));
}

}  // namespace
}  // namespace mesos
