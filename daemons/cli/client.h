// Client: masters and agents, asked over their v1 operator API.
//
// A call goes out as JSON and its answer comes back as protobuf, which is read several times faster
// (either is understood). Another master's redirection to the leader is followed.
//
// What is refused becomes one line that says by whom and why. Codes: NotFound 404, PermissionDenied
// 401 and 403, FailedPrecondition 400 and 409, Unimplemented 501, Unavailable 503 and where nobody
// answers. Never InvalidArgument, which is kept for what the user typed, but for an address.
#ifndef DAEMONS_CLI_CLIENT_H_
#define DAEMONS_CLI_CLIENT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "daemons/cli/http.h"
#include "google/protobuf/message.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::cli {

// "zk://..." to "host:port".
using LeaderFinder = std::function<absl::StatusOr<std::string>(const std::string& zookeeper,
                                                               absl::Duration timeout)>;

class Client {
 public:
  // `master`: host:port, http://host:port, or zk://...; it is looked up when it is first asked.
  Client(Http* http, std::string master, absl::Duration timeout, LeaderFinder find_leader);

  absl::StatusOr<v1::master::Response> Ask(const v1::master::Call& call);
  absl::StatusOr<v1::master::Response> Ask(v1::master::Call::Type type);
  // The same for an answer with very many messages: they share their memory, and go all at once.
  absl::StatusOr<std::shared_ptr<const v1::master::Response>> AskForMany(
      v1::master::Call::Type type);
  // The answer as it comes, in protobuf.
  absl::StatusOr<std::string> AskForBytes(v1::master::Call::Type type);

  // `agent` as people call it, for errors; `address`: "ip:port".
  absl::StatusOr<v1::agent::Response> AskAgent(const std::string& agent, const std::string& address,
                                               const v1::agent::Call& call);
  // The body of what is at `path` of an agent.
  absl::StatusOr<std::string> GetFromAgent(const std::string& agent, const std::string& address,
                                           absl::string_view path);

  // "host:port".
  absl::StatusOr<std::string> MasterAddress();
  const std::string& master() const { return master_; }
  absl::Duration timeout() const { return timeout_; }

 private:
  // Whom an error speaks of.
  struct Peer {
    std::string name;     // "the master at localhost:5050"
    std::string address;  // "localhost:5050"
    std::string hint;     // What may help where it cannot be reached.
  };

  static Peer AgentPeer(const std::string& agent, const std::string& address);
  absl::StatusOr<Peer> Master();
  absl::Status CallMaster(const v1::master::Call& call, v1::master::Response* response);
  absl::Status Call(const Peer& peer, const google::protobuf::Message& call,
                    google::protobuf::Message* response);
  absl::StatusOr<HttpAnswer> Post(const Peer& peer, const google::protobuf::Message& call);
  absl::StatusOr<HttpAnswer> Send(const Peer& peer, HttpRequest request);

  Http* const http_;
  const std::string master_;
  const absl::Duration timeout_;
  const LeaderFinder find_leader_;
  std::string address_;  // Once it is known.
};

// "host:port" of what a user may write: the port is `port` where it is missing. InvalidArgument
// where it is nothing of that kind.
absl::StatusOr<std::string> HttpAddress(absl::string_view text, int port);

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_CLIENT_H_
