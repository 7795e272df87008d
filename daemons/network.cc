#include "daemons/network.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "mesoslib/base/listen_address.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

constexpr int kDefaultMasterPort = 5050;

bool IsIp6(const std::string& ip) { return ip.find(':') != std::string::npos; }

absl::Status ValidateIp(absl::string_view flag, const std::string& ip) {
  in6_addr ignored;
  if (inet_pton(IsIp6(ip) ? AF_INET6 : AF_INET, ip.c_str(), &ignored) == 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, " is ", Quoted(ip), ", expected an IP address, such as 10.0.0.1"));
}

std::string OwnHostname() {
  char name[HOST_NAME_MAX + 1] = {};
  return gethostname(name, HOST_NAME_MAX) == 0 && name[0] != '\0' ? name : "localhost";
}

// IPv4, by which others would find `hostname`; the loopback address where it is not known.
std::string LookUp(const std::string& hostname) {
  addrinfo hints = {};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  std::string ip = "127.0.0.1";
  if (getaddrinfo(hostname.c_str(), nullptr, &hints, &found) != 0) return ip;
  char text[INET_ADDRSTRLEN];
  const auto* address = reinterpret_cast<const sockaddr_in*>(found->ai_addr);
  if (inet_ntop(AF_INET, &address->sin_addr, text, sizeof(text)) != nullptr) ip = text;
  freeaddrinfo(found);
  return ip;
}

absl::Status BadMaster(absl::string_view master) {
  return absl::InvalidArgumentError(
      absl::StrCat("--master is ", Quoted(master), ", expected host:port (the HTTP port, such as ",
                   "10.0.0.1:5050), grpc://host:port or ", "zk://host:port,.../path"));
}

}  // namespace

std::string JoinAddress(const std::string& ip, int port) {
  return IsIp6(ip) ? absl::StrCat("[", ip, "]:", port) : absl::StrCat(ip, ":", port);
}

absl::StatusOr<std::string> MasterGrpcAddress(absl::string_view master) {
  absl::string_view rest = master;
  const bool grpc = absl::ConsumePrefix(&rest, "grpc://");
  const size_t bracket = rest.rfind(']');
  const size_t colon = rest.rfind(':');
  const bool has_port =
      colon != absl::string_view::npos && (bracket == absl::string_view::npos || colon > bracket);
  const absl::string_view host = has_port ? rest.substr(0, colon) : rest;
  int port = kDefaultMasterPort;
  if (has_port && !absl::SimpleAtoi(rest.substr(colon + 1), &port)) return BadMaster(master);
  if (!grpc) port += kGrpcPortOffset;
  if (host.empty()) return BadMaster(master);
  const bool plain = host.find_first_of("/@, ") == absl::string_view::npos &&
                     (host[0] == '[' || host.find(':') == absl::string_view::npos);
  if (!plain || (grpc && !has_port) || port < 1 || port > 65535) {
    return BadMaster(master);
  }
  return absl::StrCat(host, ":", port);
}

absl::StatusOr<NetworkIdentity> IdentifyHost(const NetworkFlags& flags) {
  NetworkIdentity identity;
  identity.listen_ip = flags.ip.value_or("0.0.0.0");
  RETURN_IF_ERROR(ValidateIp("ip", identity.listen_ip));
  identity.hostname = flags.hostname.has_value() ? *flags.hostname : OwnHostname();
  const bool everywhere = identity.listen_ip == "0.0.0.0" || identity.listen_ip == "::";
  if (flags.advertise_ip.has_value()) {
    RETURN_IF_ERROR(ValidateIp("advertise_ip", *flags.advertise_ip));
    identity.advertised_ip = *flags.advertise_ip;
  } else {
    identity.advertised_ip = everywhere ? LookUp(identity.hostname) : identity.listen_ip;
  }
  return identity;
}

absl::StatusOr<PortReservation> PortReservation::ForGrpc(const NetworkFlags& flags,
                                                         const std::string& listen_ip) {
  const int wanted = flags.grpc_port.has_value()
                         ? *flags.grpc_port
                         : (flags.port == 0 ? 0 : flags.port + kGrpcPortOffset);
  if (wanted > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("--port is ", flags.port, " and gRPC's is ", kGrpcPortOffset,
                     " more, beyond 65535; give a smaller one or --grpc_port"));
  }
  return Make(listen_ip, wanted, "gRPC");
}

absl::StatusOr<PortReservation> PortReservation::ForHttp(const NetworkFlags& flags,
                                                         const std::string& listen_ip) {
  return Make(listen_ip, flags.port, "HTTP");
}

absl::StatusOr<PortReservation> PortReservation::Make(const std::string& listen_ip, int wanted,
                                                      absl::string_view what_for) {
  const std::string address = JoinAddress(listen_ip, wanted);
  UniqueFd bound = BindAddress(address);
  if (!bound.valid()) {
    const int error = errno;
    return absl::UnavailableError(
        absl::StrCat("cannot listen at ", address, " for ", what_for, ": ",
                     error == EADDRINUSE ? "the port is in use" : strerror(error)));
  }
  ASSIGN_OR_RETURN(const int port, ListeningPort(bound));
  return PortReservation(std::move(bound), port);
}

}  // namespace mesos
