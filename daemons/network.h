// Where daemons listen, what they tell others about it, and where a master is.
#ifndef DAEMONS_NETWORK_H_
#define DAEMONS_NETWORK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mesoslib/base/unique_fd.h"

namespace mesos {

// How far gRPC's port is from HTTP's where nobody says otherwise.
inline constexpr int kGrpcPortOffset = 10;

// "10.0.0.1:5050", "[::1]:5050".
std::string JoinAddress(const std::string& ip, int port);

// The gRPC address of the master that a user named: "host:port" (HTTP's, the port is 5050 where it
// is missing), or "grpc://host:port".
absl::StatusOr<std::string> MasterGrpcAddress(absl::string_view master);

// The flags of the same names.
struct NetworkFlags {
  std::optional<std::string> ip;
  std::optional<std::string> advertise_ip;
  std::optional<std::string> hostname;
  uint16_t port = 0;
  std::optional<uint16_t> grpc_port;
  std::optional<uint16_t> advertise_port;  // A master's.
};

// An address to listen at, and what others are told.
struct NetworkIdentity {
  std::string listen_ip;
  std::string advertised_ip;
  std::string hostname;
};

// InvalidArgument names the flag.
absl::StatusOr<NetworkIdentity> IdentifyHost(const NetworkFlags& flags);

// Keeps a port for a server that is going to listen there, so that it can be known before. Other
// programs are not given the port meanwhile; the server must allow SO_REUSEADDR, as ours do.
class PortReservation {
 public:
  // `flags.port`; 0: any free one.
  static absl::StatusOr<PortReservation> ForHttp(const NetworkFlags& flags,
                                                 const std::string& listen_ip);
  // `flags.grpc_port`, by default `flags.port` + 10; 0: any free one.
  static absl::StatusOr<PortReservation> ForGrpc(const NetworkFlags& flags,
                                                 const std::string& listen_ip);
  int port() const { return port_; }

 private:
  PortReservation(UniqueFd socket, int port) : socket_(std::move(socket)), port_(port) {}
  static absl::StatusOr<PortReservation> Make(const std::string& listen_ip, int wanted,
                                              absl::string_view what_for);

  UniqueFd socket_;
  int port_;
};

}  // namespace mesos

#endif  // DAEMONS_NETWORK_H_
