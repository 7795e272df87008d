#include "daemons/network.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using testing::HasSubstr;

std::string Grpc(const std::string& master) {
  absl::StatusOr<std::string> address = MasterGrpcAddress(master);
  return address.ok() ? *address : std::string(address.status().message());
}

TEST(NetworkTest, AMasterIsNamedByItsHttpAddressOrGrpcs) {
  EXPECT_EQ(Grpc("10.0.0.1:5050"), "10.0.0.1:5060");
  EXPECT_EQ(Grpc("leader.example:80"), "leader.example:90");
  EXPECT_EQ(Grpc("leader"), "leader:5060");
  EXPECT_EQ(Grpc("[::1]:5050"), "[::1]:5060");
  EXPECT_EQ(Grpc("[::1]"), "[::1]:5060");
  EXPECT_EQ(Grpc("grpc://leader:7"), "leader:7");
}

TEST(NetworkTest, WhatNamesNoMasterIsRefused) {
  for (const char* bad : {"", ":5050", "host:", "host:x", "host:0x10", "host:65530", "host:-20",
                          "grpc://host", "grpc://", "grpc://host:0", "zk://a:1/b", "::1:5050",
                          "user@host:5050", "a:1,b:2", "http://host:5050"}) {
    EXPECT_THAT(Grpc(bad), HasSubstr("expected host:port")) << bad;
  }
}

TEST(NetworkTest, OthersAreToldTheAddressThatIsListenedAt) {
  absl::StatusOr<NetworkIdentity> identity = IdentifyHost({.ip = "10.1.2.3", .hostname = "h"});
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity->listen_ip, "10.1.2.3");
  EXPECT_EQ(identity->advertised_ip, "10.1.2.3");
  EXPECT_EQ(identity->hostname, "h");
  EXPECT_EQ(IdentifyHost({.ip = "10.1.2.3", .advertise_ip = "1.2.3.4"})->advertised_ip, "1.2.3.4");
  EXPECT_EQ(IdentifyHost({.hostname = "localhost"})->listen_ip, "0.0.0.0");
  EXPECT_EQ(IdentifyHost({.hostname = "localhost"})->advertised_ip, "127.0.0.1");
  EXPECT_FALSE(IdentifyHost({.ip = "localhost"}).ok());
  EXPECT_FALSE(IdentifyHost({.advertise_ip = "1.2.3"}).ok());
}

TEST(NetworkTest, AReservedPortIsFreeForAServerAndForNobodyElse) {
  absl::StatusOr<PortReservation> port = PortReservation::ForGrpc({.grpc_port = 0}, "127.0.0.1");
  ASSERT_TRUE(port.ok()) << port.status();
  ASSERT_GT(port->port(), 0);
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port->port()));
  EXPECT_NE(bind(server, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const int on = 1;
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  EXPECT_EQ(bind(server, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(listen(server, 1), 0);
  absl::StatusOr<PortReservation> again =
      PortReservation::ForGrpc({.grpc_port = static_cast<uint16_t>(port->port())}, "127.0.0.1");
  EXPECT_THAT(std::string(again.status().message()), HasSubstr("the port is in use"));
  close(server);
}

TEST(NetworkTest, GrpcsPortIsTenAboveHttps) {
  EXPECT_THAT(
      std::string(PortReservation::ForGrpc({.port = 65530}, "127.0.0.1").status().message()),
      HasSubstr("beyond 65535"));
  absl::StatusOr<PortReservation> any = PortReservation::ForGrpc({.grpc_port = 0}, "127.0.0.1");
  ASSERT_TRUE(any.ok());
  const auto http = static_cast<uint16_t>(any->port() - kGrpcPortOffset);
  EXPECT_EQ(PortReservation::ForGrpc({.port = http}, "127.0.0.1")->port(), any->port());
}

}  // namespace
}  // namespace mesos
