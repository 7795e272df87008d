// Ensemble: a real ZooKeeper of three servers on loopback, of this test's own: its processes, ports
// and folder end with it.
//
//   Ensemble ensemble;
//   Ensemble::Route route(ensemble);     // One client's way there.
//   auto zookeeper = CreateZooKeeper({.url = route.url("/mesos")}, loop.get());
//   ensemble.Kill(ensemble.Leader());
//   route.SetMode(Relay::Mode::kStall);
#ifndef MESOSLIB_COORDINATION_TESTING_ENSEMBLE_H_
#define MESOSLIB_COORDINATION_TESTING_ENSEMBLE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "daemons/testing/test_process.h"
#include "mesoslib/base/unique_fd.h"
#include "mesoslib/coordination/testing/relay.h"

namespace mesos {

class Ensemble {
 public:
  static constexpr int kServers = 3;
  static constexpr absl::Duration kTick = absl::Milliseconds(250);

  // Why there can be none on this machine; empty: there can.
  static std::string Missing();

  // Waits until it has elected its leader.
  Ensemble();
  ~Ensemble();

  void Start(int server);
  void Kill(int server);
  void Pause(int server);
  void Continue(int server);
  // The one that leads the other servers; waits until there is one.
  int Leader() const;
  // Waits until so many servers serve.
  void WaitForServing(int servers) const;
  int port(int server) const { return servers_[static_cast<size_t>(server)].client_port; }
  // All servers, without a relay.
  std::string url(const std::string& path, const std::string& credentials = "") const;

  // One client's way to all servers.
  class Route {
   public:
    explicit Route(const Ensemble& ensemble);
    std::string url(const std::string& path) const;
    void SetMode(Relay::Mode mode);
    // Ends all sessions that were begun on this way, at the servers: by closing them from another
    // connection.
    void EndSessions() const;

   private:
    const Ensemble& ensemble_;
    std::vector<std::unique_ptr<Relay>> relays_;
  };

 private:
  struct Server {
    int client_port = 0;
    int peer_port = 0;
    int election_port = 0;
    std::vector<UniqueFd> reserved;
    std::unique_ptr<TestProcess> process;
  };

  std::string FolderOf(int server) const;
  void WriteConfiguration(int server) const;
  // "leader", "follower", "standalone"; empty: it does not serve.
  std::string ModeOf(int server) const;

  std::string folder_;
  std::vector<Server> servers_;
};

}  // namespace mesos

#endif  // MESOSLIB_COORDINATION_TESTING_ENSEMBLE_H_
