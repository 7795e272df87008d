// Relay: stands between a ZooKeeper client and a server on loopback, and can be cut or stalled.
#ifndef MESOSLIB_COORDINATION_TESTING_RELAY_H_
#define MESOSLIB_COORDINATION_TESTING_RELAY_H_

#include <atomic>
#include <cstdint>
#include <list>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/unique_fd.h"

namespace mesos {

class Relay {
 public:
  enum class Mode {
    kForward,
    kCut,    // Connections are closed, and new ones at once.
    kStall,  // Connections stay, and nothing comes through.
  };

  // A session that a server has agreed to here, as its answer had it.
  struct Session {
    int64_t id = 0;
    std::string password;
  };

  explicit Relay(int server_port);
  ~Relay();

  int port() const { return port_; }
  void SetMode(Mode mode);
  std::vector<Session> sessions() const;

 private:
  struct Pair {
    UniqueFd client;
    UniqueFd server;
    std::string greeting;  // What the server said first.
    bool closed = false;
  };

  void Run();
  void Accept();
  void Forward(Pair* pair, bool from_server);
  void ReadGreeting(const Pair& pair);

  const int server_port_;
  int port_ = 0;
  const UniqueFd listener_;
  const UniqueFd wake_;
  std::atomic<Mode> mode_{Mode::kForward};
  std::atomic<bool> stopping_{false};
  mutable Mutex mutex_;
  std::vector<Session> sessions_ ABSL_GUARDED_BY(mutex_);
  std::list<Pair> pairs_;  // The thread's.
  std::thread thread_;
};

// A listening or reserved TCP socket on loopback; its port, or that of a connection.
UniqueFd ListenOnLoopback(int* port);
// Keeps a free port for another program that sets SO_REUSEADDR.
UniqueFd ReserveLoopbackPort(int* port);
UniqueFd ConnectToLoopback(int port);

}  // namespace mesos

#endif  // MESOSLIB_COORDINATION_TESTING_RELAY_H_
