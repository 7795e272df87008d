// What gRPC has once for a whole process belongs to the host. Each test is a process of its own.
#include <stdlib.h>

#include <memory>
#include <string>

#include "grpc/grpc.h"
#include "grpc/support/log.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "mesos/rpc.h"
#include "mesoslib/rpc/rpc_fakes.h"

namespace mesos {
namespace {

// Runs `body` in a process in which nobody has used gRPC yet.
#define IN_A_FRESH_PROCESS(body)                          \
  ::testing::FLAGS_gtest_death_test_style = "threadsafe"; \
  EXPECT_EXIT(                                            \
      {                                                   \
        body();                                           \
        exit(::testing::Test::HasFailure() ? 1 : 0);      \
      },                                                  \
      ::testing::ExitedWithCode(0), "")

bool LogsErrors() { return gpr_should_log(GPR_LOG_SEVERITY_ERROR) != 0; }

std::unique_ptr<GrpcServer> Serve(Master* master) {
  return CreateGrpcServer({.address = "127.0.0.1:0", .master = master}).value();
}

std::unique_ptr<grpc::Server> HostsServer() {
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  return builder.BuildAndStart();
}

void OursIsSilent() {
  FakeMaster master;
  const auto server = Serve(&master);
  EXPECT_FALSE(LogsErrors());
}
TEST(RpcGuestTest, GrpcIsSilentWhereWeAreTheFirstToUseIt) { IN_A_FRESH_PROCESS(OursIsSilent); }

void TheHostsIsHeard() {
  grpc_init();
  {
    FakeMaster master;
    const auto server = Serve(&master);
    EXPECT_TRUE(LogsErrors());
  }
  grpc_shutdown();
}
TEST(RpcGuestTest, TheLogOfAHostThatUsesGrpcItselfStaysOn) { IN_A_FRESH_PROCESS(TheHostsIsHeard); }

void TheHostChangesItsMind() {
  FakeMaster master;
  auto server = Serve(&master);
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
  server.reset();
  server = Serve(&master);
  EXPECT_TRUE(LogsErrors());
}
TEST(RpcGuestTest, AHostMayTurnTheLogOnAgain) { IN_A_FRESH_PROCESS(TheHostChangesItsMind); }

void AskedForByTheEnvironment() {
  setenv("GRPC_VERBOSITY", "ERROR", 1);
  FakeMaster master;
  const auto server = Serve(&master);
  EXPECT_TRUE(LogsErrors());
}
TEST(RpcGuestTest, TheEnvironmentMayAskForTheLog) { IN_A_FRESH_PROCESS(AskedForByTheEnvironment); }

TEST(RpcGuestTest, OnlyOurServersHaveAHealthServiceOfOurs) {
  FakeMaster master;
  const auto ours = Serve(&master);
  EXPECT_FALSE(grpc::DefaultHealthCheckServiceEnabled());
  EXPECT_EQ(HostsServer()->GetHealthCheckService(), nullptr);
  grpc::EnableDefaultHealthCheckService(true);
  const auto another = Serve(&master);
  EXPECT_NE(HostsServer()->GetHealthCheckService(), nullptr);
  grpc::EnableDefaultHealthCheckService(false);
}

}  // namespace
}  // namespace mesos
