// Peers that break the rules, and addresses that cannot be had.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "mesos/rpc.h"
#include "mesos/rpc/services.grpc.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/rpc/rpc_fakes.h"

namespace mesos {
namespace {

using SchedulerSink = RecordingSink<v1::scheduler::Event>;

class LinesOfLog final : public LogSink {
 public:
  void Log(LogLevel /*level*/, absl::string_view line) override {
    lines.With([&](std::vector<std::string>& all) { all.emplace_back(line); });
  }
  Watched<std::vector<std::string>> lines;
};

class HostileTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = CreateGrpcServer({.address = "127.0.0.1:0",
                                    .master = &master_,
                                    .max_message_bytes = 1 << 20,
                                    .max_backlog_bytes = 4 << 20,
                                    .log = &log_});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    address_ = absl::StrCat("127.0.0.1:", server_->port());
  }

  // A connected TCP socket that speaks no HTTP/2.
  int RawConnection() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(server_->port()));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
    return fd;
  }

  void ExpectServerWorks() {
    auto endpoint = CreateGrpcSchedulerEndpoint(address_).value();
    auto sink = std::make_shared<SchedulerSink>();
    const size_t before =
        master_.schedulers().connections.With([](auto& all) { return all.size(); });
    auto session = endpoint->Open(sink, {});
    session->Send(SchedulerMessage("still there?"));
    EXPECT_TRUE(master_.schedulers().AwaitCalls(before, 1));
  }

  FakeMaster master_;
  LinesOfLog log_;
  std::unique_ptr<GrpcServer> server_;
  std::string address_;
};

TEST_F(HostileTest, AClientThatDoesNotReadIsCutOff) {
  auto channel = grpc::CreateChannel(address_, grpc::InsecureChannelCredentials());
  auto stub = rpc::SchedulerService::NewStub(channel);
  grpc::ClientContext context;
  auto stream = stub->Connect(&context);
  ASSERT_TRUE(master_.schedulers().AwaitConnections(1));
  auto sink = master_.schedulers().sink(0);
  for (int i = 0; i < 1000; ++i) sink->Deliver(SchedulerEvent(std::string(100 << 10, 'x')));
  EXPECT_TRUE(master_.schedulers().AwaitAllGone());
  rpc::SchedulerEvents events;
  int read = 0;
  while (stream->Read(&events)) read += events.events_size();
  EXPECT_LT(read, 1000);
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
  EXPECT_NE(status.error_message().find("does not read"), std::string::npos);
  EXPECT_TRUE(log_.lines.Await([](const auto& lines) { return !lines.empty(); }));
  ExpectServerWorks();
}

TEST_F(HostileTest, AMessageThatIsTooBigEndsItsStreamOnly) {
  auto endpoint = CreateGrpcSchedulerEndpoint(address_).value();
  auto sink = std::make_shared<SchedulerSink>();
  auto session = endpoint->Open(sink, {});
  session->Send(SchedulerMessage(std::string(2 << 20, 'x')));
  ASSERT_TRUE(sink->AwaitClosed());
  EXPECT_EQ(sink->reason().code(), absl::StatusCode::kResourceExhausted) << sink->reason();
  EXPECT_TRUE(master_.schedulers().AwaitAllGone());
  ExpectServerWorks();
}

TEST_F(HostileTest, GarbageOnThePortHarmsNobody) {
  auto endpoint = CreateGrpcSchedulerEndpoint(address_).value();
  auto sink = std::make_shared<SchedulerSink>();
  auto session = endpoint->Open(sink, {});
  ASSERT_TRUE(master_.schedulers().AwaitConnections(1));
  std::vector<std::string> junk = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                                   "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + std::string(5000, '\xff'),
                                   std::string(100'000, '\0')};
  for (const std::string& bytes : junk) {
    const int fd = RawConnection();
    send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    char buffer[4096];
    while (recv(fd, buffer, sizeof(buffer), 0) > 0) {
    }
    close(fd);
  }
  std::vector<int> silent;
  for (int i = 0; i < 50; ++i) silent.push_back(RawConnection());
  ExpectServerWorks();
  for (const int fd : silent) close(fd);
  EXPECT_EQ(sink->times_closed(), 0u);
}

TEST_F(HostileTest, BytesThatAreNoMessageEndTheStream) {
  auto channel = grpc::CreateChannel(address_, grpc::InsecureChannelCredentials());
  // An operator's call in the place of a frame: its fields have other types.
  v1::master::Call call;
  call.set_type(v1::master::Call::GET_HEALTH);
  auto stub = rpc::SchedulerService::NewStub(channel);
  grpc::internal::RpcMethod method("/mesos.rpc.AgentLink/Connect",
                                   grpc::internal::RpcMethod::BIDI_STREAMING, channel);
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReaderWriter<v1::scheduler::Event, rpc::Empty>> stream(
      grpc::internal::ClientReaderWriterFactory<v1::scheduler::Event, rpc::Empty>::Create(
          channel.get(), method, &context));
  ASSERT_TRUE(master_.agents().AwaitConnections(1));
  v1::scheduler::Event event;  // Field 1 is a number here, a message there.
  event.mutable_unknown_fields()->AddLengthDelimited(1, "\xff\xff\xff");
  stream->Write(event);
  rpc::Empty empty;
  EXPECT_FALSE(stream->Read(&empty));
  EXPECT_TRUE(master_.agents().AwaitAllGone());
  ExpectServerWorks();
}

TEST_F(HostileTest, RefusedCallsDoNotFillTheLog) {
  master_.schedulers().answer = [](const auto&, auto&) {
    return absl::FailedPreconditionError("not subscribed\nfaked line");
  };
  auto endpoint = CreateGrpcSchedulerEndpoint(address_).value();
  auto session = endpoint->Open(std::make_shared<SchedulerSink>(), {});
  for (int i = 0; i < 1000; ++i) session->Send(SchedulerMessage("x"));
  ASSERT_TRUE(master_.schedulers().AwaitCalls(0, 1000));
  log_.lines.With([](std::vector<std::string>& lines) {
    EXPECT_GE(lines.size(), 1u);
    EXPECT_LE(lines.size(), 10u);
    EXPECT_EQ(lines[0].find('\n'), std::string::npos);
  });
}

TEST_F(HostileTest, APortInUseIsAnError) {
  const auto second = CreateGrpcServer({.address = address_, .master = &master_});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status(),
            absl::UnavailableError(absl::StrCat("address ", address_, " is in use")));
}

TEST_F(HostileTest, AnAddressOfAnotherMachineIsAnError) {
  const auto server = CreateGrpcServer({.address = "192.0.2.1:0", .master = &master_});
  EXPECT_EQ(server.status(), absl::UnavailableError("address 192.0.2.1:0 is not of this machine"));
}

TEST_F(HostileTest, MalformedAddressesAndNothingToServeAreInvalid) {
  for (const char* address : {"", "5050", ":5050", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                              "127.0.0.1:x", "localhost:0", "::1:5050", "unix:/tmp/s"}) {
    const absl::Status status = CreateGrpcServer({.address = address, .master = &master_}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << address;
  }
  EXPECT_EQ(CreateGrpcServer({.address = "127.0.0.1:0"}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(HostileTest, AServerWithoutAnAgentServesNoExecutors) {
  auto endpoint = CreateGrpcExecutorEndpoint(address_).value();
  auto sink = std::make_shared<RecordingSink<v1::executor::Event>>();
  auto session = endpoint->Open(sink, {});
  ASSERT_TRUE(sink->AwaitClosed());
  EXPECT_EQ(sink->reason().code(), absl::StatusCode::kUnimplemented);
}

}  // namespace
}  // namespace mesos
