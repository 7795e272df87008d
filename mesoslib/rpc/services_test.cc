// What a client with generated stubs sees: Subscribe and Call, the operator's calls, health and
// reflection.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/byte_buffer.h"
#include "gtest/gtest.h"
#include "mesos/rpc.h"
#include "mesos/rpc/services.grpc.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/rpc/rpc_fakes.h"

namespace mesos {
namespace {

constexpr char kStreamId[] = "mesos-stream-id";

grpc::ByteBuffer Bytes(const std::string& text) {
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

std::string Text(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!buffer.Dump(&slices).ok()) return text;
  for (const grpc::Slice& slice : slices) text.append(slice.begin(), slice.end());
  return text;
}

class ServicesTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server =
        CreateGrpcServer({.address = "127.0.0.1:0", .master = &master_, .agent = &agent_});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    address_ = absl::StrCat("127.0.0.1:", server_->port());
    channel_ = grpc::CreateChannel(address_, grpc::InsecureChannelCredentials());
    // Subscriptions are accepted, and so answered, unless they have no framework.
    master_.schedulers().answer = [](const v1::scheduler::Call& call,
                                     Sink<v1::scheduler::Event>& sink) {
      if (call.type() == v1::scheduler::Call::KILL) {
        return absl::FailedPreconditionError("not subscribed");
      }
      if (call.type() != v1::scheduler::Call::SUBSCRIBE) return absl::OkStatus();
      if (!call.has_subscribe()) return absl::InvalidArgumentError("subscribe is missing");
      sink.Deliver(SchedulerSubscribed());
      return absl::OkStatus();
    };
    agent_.executors().answer = [](const v1::executor::Call& call,
                                   Sink<v1::executor::Event>& sink) {
      if (call.type() == v1::executor::Call::SUBSCRIBE) {
        v1::executor::Event event;
        event.set_type(v1::executor::Event::SUBSCRIBED);
        sink.Deliver(std::move(event));
      }
      return absl::OkStatus();
    };
  }

  static v1::scheduler::Call Subscribe() {
    v1::scheduler::Call call = SchedulerSubscribe();
    call.mutable_subscribe();
    return call;
  }

  grpc::Status CallScheduler(const v1::scheduler::Call& call, const std::string& stream_id) {
    auto stub = rpc::SchedulerService::NewStub(channel_);
    grpc::ClientContext context;
    if (!stream_id.empty()) context.AddMetadata(kStreamId, stream_id);
    rpc::Empty empty;
    return stub->Call(&context, call, &empty);
  }

  FakeMaster master_;
  FakeAgent agent_;
  std::unique_ptr<GrpcServer> server_;
  std::string address_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(ServicesTest, TheStreamIdTiesCallsToTheirSubscription) {
  auto stub = rpc::SchedulerService::NewStub(channel_);
  std::string ids[2];
  {
    grpc::ClientContext contexts[2];
    std::unique_ptr<grpc::ClientReader<v1::scheduler::Event>> readers[2];
    for (int i = 0; i < 2; ++i) {
      readers[i] = stub->Subscribe(&contexts[i], Subscribe());
      v1::scheduler::Event event;
      ASSERT_TRUE(readers[i]->Read(&event));
      EXPECT_EQ(event.type(), v1::scheduler::Event::SUBSCRIBED);
      const auto& metadata = contexts[i].GetServerInitialMetadata();
      ASSERT_EQ(metadata.count(kStreamId), 1u);
      const auto id = metadata.find(kStreamId)->second;
      ids[i] = std::string(id.data(), id.size());
    }
    EXPECT_NE(ids[0], ids[1]);
    EXPECT_TRUE(CallScheduler(SchedulerMessage("for the second"), ids[1]).ok());
    ASSERT_TRUE(master_.schedulers().AwaitCalls(1, 2));
    EXPECT_EQ(master_.schedulers().calls(1)[1].message().data(), "for the second");
    EXPECT_EQ(master_.schedulers().calls(0).size(), 1u);

    v1::scheduler::Call refused;
    refused.set_type(v1::scheduler::Call::KILL);
    const grpc::Status status = CallScheduler(refused, ids[0]);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    EXPECT_EQ(status.error_message(), "not subscribed");

    for (const std::string& wrong : {std::string(), std::string("no-such-stream")}) {
      const grpc::Status answer = CallScheduler(SchedulerMessage("x"), wrong);
      EXPECT_EQ(answer.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
      EXPECT_NE(answer.error_message().find(kStreamId), std::string::npos);
    }
    for (auto& context : contexts) context.TryCancel();
  }
  ASSERT_TRUE(master_.schedulers().AwaitAllGone());
  EXPECT_EQ(CallScheduler(SchedulerMessage("x"), ids[0]).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ServicesTest, ARefusedSubscribeEndsWithTheReason) {
  auto stub = rpc::SchedulerService::NewStub(channel_);
  grpc::ClientContext context;
  auto reader = stub->Subscribe(&context, SchedulerSubscribe());
  v1::scheduler::Event event;
  EXPECT_FALSE(reader->Read(&event));
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "subscribe is missing");
  EXPECT_TRUE(master_.schedulers().AwaitAllGone());
}

TEST_F(ServicesTest, EventsOfASubscriptionArriveInOrderAndThenTheReasonOfItsEnd) {
  auto stub = rpc::SchedulerService::NewStub(channel_);
  grpc::ClientContext context;
  auto reader = stub->Subscribe(&context, Subscribe());
  v1::scheduler::Event event;
  ASSERT_TRUE(reader->Read(&event));
  for (int i = 0; i < 1000; ++i) {
    master_.schedulers().sink(0)->Deliver(SchedulerEvent(absl::StrCat(i)));
  }
  master_.schedulers().sink(0)->Closed(absl::UnavailableError("another master leads"));
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(reader->Read(&event));
    ASSERT_EQ(event.message().data(), absl::StrCat(i));
  }
  EXPECT_FALSE(reader->Read(&event));
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "another master leads");
}

TEST_F(ServicesTest, ExecutorsAreFoundByTheirIds) {
  auto stub = rpc::ExecutorService::NewStub(channel_);
  v1::executor::Call call;
  call.mutable_framework_id()->set_value("f");
  call.mutable_executor_id()->set_value("e");
  call.set_type(v1::executor::Call::MESSAGE);
  rpc::Empty empty;
  {
    grpc::ClientContext context;
    EXPECT_EQ(stub->Call(&context, call, &empty).error_code(),
              grpc::StatusCode::FAILED_PRECONDITION);
  }
  grpc::ClientContext stream_context;
  v1::executor::Call subscribe = call;
  subscribe.set_type(v1::executor::Call::SUBSCRIBE);
  auto reader = stub->Subscribe(&stream_context, subscribe);
  v1::executor::Event event;
  ASSERT_TRUE(reader->Read(&event));
  {
    grpc::ClientContext context;
    EXPECT_TRUE(stub->Call(&context, call, &empty).ok());
  }
  EXPECT_EQ(agent_.executors().calls(0).size(), 2u);
  call.mutable_executor_id()->set_value("other");
  {
    grpc::ClientContext context;
    EXPECT_EQ(stub->Call(&context, call, &empty).error_code(),
              grpc::StatusCode::FAILED_PRECONDITION);
  }
  stream_context.TryCancel();
  EXPECT_TRUE(agent_.executors().AwaitAllGone());
}

TEST_F(ServicesTest, OperatorCallsAreAnsweredAndTheirErrorsMapped) {
  master_.on_call = [](const v1::master::Call& call, Master::Called done) {
    if (call.type() != v1::master::Call::GET_HEALTH) {
      done(absl::UnimplementedError("call GET_FLAGS"));
      return;
    }
    v1::master::Response response;
    response.set_type(v1::master::Response::GET_HEALTH);
    response.mutable_get_health()->set_healthy(true);
    done(response);
  };
  agent_.on_call = [](const v1::agent::Call&, Agent::Called done) {
    done(absl::NotFoundError("container 'c'"));
  };
  v1::master::Call call;
  call.set_type(v1::master::Call::GET_HEALTH);
  const auto response = CallGrpcMaster(address_, call, absl::Seconds(10));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_TRUE(response->get_health().healthy());
  call.set_type(v1::master::Call::GET_FLAGS);
  EXPECT_EQ(CallGrpcMaster(address_, call, absl::InfiniteDuration()).status(),
            absl::UnimplementedError("call GET_FLAGS"));
  EXPECT_EQ(CallGrpcAgent(address_, v1::agent::Call(), absl::Seconds(10)).status(),
            absl::NotFoundError("container 'c'"));
}

TEST_F(ServicesTest, OffersAreExplainedInFieldsAndAsATable) {
  master_.on_explain = [](const FrameworkId& framework, Master::Explained done) {
    if (framework.value() != "f") return done(absl::NotFoundError("framework 'g'"));
    AllocationExplanation told;
    told.framework = framework;
    AllocationExplanation::Role& role = told.roles.emplace_back();
    role.role = "eng/web";
    role.weight = 2;
    role.rank = 3;
    role.ahead = {"ads:other"};
    AllocationExplanation::Agents& agents = role.agents.emplace_back();
    agents.reason = NoOfferReason::kFiltered;
    agents.until = absl::FromUnixSeconds(7);
    agents.count = 12;
    agents.examples = {AgentId("S1")};
    done(std::move(told));
  };
  const auto table = ExplainGrpcOffers(address_, FrameworkId("f"), absl::Seconds(10));
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_NE(table->find("role eng/web\n"), std::string::npos) << *table;
  EXPECT_EQ(ExplainGrpcOffers(address_, FrameworkId("g"), absl::Seconds(10)).status(),
            absl::NotFoundError("framework 'g'"));

  rpc::ExplainOffersRequest request;
  request.mutable_framework_id()->set_value("f");
  rpc::ExplainOffersResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(
      rpc::MasterOperator::NewStub(channel_)->ExplainOffers(&context, request, &response).ok());
  EXPECT_EQ(response.text(), *table);
  ASSERT_EQ(response.roles_size(), 1);
  EXPECT_EQ(response.roles(0).role(), "eng/web");
  EXPECT_EQ(response.roles(0).weight(), 2);
  EXPECT_EQ(response.roles(0).rank(), 3u);
  EXPECT_EQ(response.roles(0).ahead(0), "ads:other");
  ASSERT_EQ(response.roles(0).agents_size(), 1);
  EXPECT_EQ(response.roles(0).agents(0).reason(), ToString(NoOfferReason::kFiltered));
  EXPECT_EQ(response.roles(0).agents(0).count(), 12u);
  EXPECT_EQ(response.roles(0).agents(0).examples(0).value(), "S1");
  EXPECT_EQ(response.roles(0).agents(0).until().nanoseconds(), 7'000'000'000);
}

TEST_F(ServicesTest, AnOperatorWaitsAtMostUntilItsDeadline) {
  std::vector<Master::Called> never;
  master_.on_call = [&](const v1::master::Call&, Master::Called done) {
    never.push_back(std::move(done));
  };
  EXPECT_EQ(CallGrpcMaster(address_, {}, absl::Milliseconds(50)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  server_.reset();  // Does not wait for the answer either.
  const absl::Status refused = CallGrpcMaster(address_, {}, absl::Seconds(10)).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(refused.ToString().find(address_), std::string::npos) << refused;
  for (auto& done : never) done(absl::UnavailableError("too late"));
}

TEST_F(ServicesTest, AnAnswerThatIsNeverGivenIsUnavailable) {
  master_.on_call = [](const v1::master::Call&, Master::Called) {};
  EXPECT_EQ(CallGrpcMaster(address_, {}, absl::Seconds(10)).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(ServicesTest, TheServerSaysThatItIsHealthy) {
  grpc::GenericStub stub(channel_);
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", Bytes(""), &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, this);
  void* tag = nullptr;
  bool ok = false;
  ASSERT_TRUE(queue.Next(&tag, &ok));
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(Text(response), "\x08\x01");  // status: SERVING
}

TEST_F(ServicesTest, ReflectionNamesTheServices) {
  grpc::GenericStub stub(channel_);
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  auto stream = stub.PrepareCall(
      &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  void* tag = nullptr;
  bool ok = false;
  stream->StartCall(this);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  stream->Write(Bytes(std::string("\x3a\x01*")), this);  // list_services: "*"
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  grpc::ByteBuffer response;
  stream->Read(&response, this);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  for (const char* service :
       {"mesos.rpc.SchedulerService", "mesos.rpc.ExecutorService", "mesos.rpc.AgentLink",
        "mesos.rpc.MasterOperator", "mesos.rpc.AgentOperator", "grpc.health.v1.Health"}) {
    EXPECT_NE(Text(response).find(service), std::string::npos) << service;
  }
  grpc::Status status;
  stream->WritesDone(this);
  ASSERT_TRUE(queue.Next(&tag, &ok));
  stream->Finish(&status, this);
  ASSERT_TRUE(queue.Next(&tag, &ok));
}

}  // namespace
}  // namespace mesos
