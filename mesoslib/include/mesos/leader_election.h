// LeaderElection and LeaderDetector: which of several masters leads. Masters contend, everybody
// else watches.
//
//   void Follow(mesos::LeaderDetector* detector, const absl::Notification& over) {
//     auto watch = detector->Watch([](const std::optional<mesos::Leader>& leader) {
//       std::puts(leader.has_value() ? leader->info.hostname().c_str() : "nobody leads");
//     });
//     over.WaitForNotification();
//   }  // The watch ends.
//
// The endpoints made here go where the leader is, so a driver or an agent that is handed one needs
// no further code to survive a master.
//
// Threads: an election and a detector belong to one loop: their methods are called there, and what
// they call runs there, never before the method returns. The endpoints' own threads are those of
// any Endpoint.
// Ownership: who contends or watches owns the handle, and destroys it on the loop and before the
// election or detector; nothing is called after that.
// Errors: losing touch with whoever decides is not one: a detector then knows no leader, an
// election answers when it can, both try again by themselves for ever.
#ifndef MESOS_LEADER_ELECTION_H_
#define MESOS_LEADER_ELECTION_H_

#include <functional>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesos/export.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/version.h"

namespace mesos {

// A master, as it announces itself.
struct Leader {
  v1::MasterInfo info;
  int grpc_port = 0;  // Where gRPC is served; 0: ten above info.port().
};

class MESOS_EXPORT LeaderElection {
 public:
  // Who contends; outlives its candidacy. Called on the loop.
  class Candidate {
   public:
    virtual ~Candidate() = default;

    // It leads, and nobody else does, until Lost. At most once.
    virtual void Elected() = 0;

    // The candidacy is over, whether it was elected or not, and why: another may lead the moment
    // this returns. At most once, and the last call; it may destroy the candidacy and contend anew.
    virtual void Lost(absl::Status why) = 0;
  };

  // Standing for election. Destroying it withdraws.
  class Candidacy {
   public:
    virtual ~Candidacy() = default;
  };

  virtual ~LeaderElection() = default;

  // Any number of candidates may stand at a time; the one that has stood longest leads.
  virtual std::unique_ptr<Candidacy> Contend(Leader self, Candidate* candidate) = 0;
};

class MESOS_EXPORT LeaderDetector {
 public:
  // None: nobody leads, or it can't be known at the moment.
  using Changed = std::function<void(const std::optional<Leader>&)>;

  // Looking out for leaders. Destroying it ends that.
  class Detection {
   public:
    virtual ~Detection() = default;
  };

  virtual ~LeaderDetector() = default;

  // `changed` hears who leads, soon, and whenever that changes.
  virtual std::unique_ptr<Detection> Watch(Changed changed) = 0;
};

// Endpoints of whoever leads. A session opened while nobody leads waits, with what is sent on it,
// for a leader. One that cannot be reached, or does not answer before the session with it ends, is
// tried again after a growing pause, and another one at once. Once a leader has answered, the
// session is closed with Unavailable when it is lost or another one leads. `connect` makes the endpoint
// of one master, on `loop`, which is the detector's; that endpoint is kept as long as it has
// sessions. InvalidArgument: something is null.
using SchedulerConnector = std::function<std::unique_ptr<SchedulerEndpoint>(const Leader&)>;
MESOS_EXPORT absl::StatusOr<std::unique_ptr<SchedulerEndpoint>> CreateLeaderSchedulerEndpoint(
    LeaderDetector* detector, SchedulerConnector connect, EventLoop* loop,
    HeaderVersion headers = {});

using AgentConnector = std::function<std::unique_ptr<AgentEndpoint>(const Leader&)>;
MESOS_EXPORT absl::StatusOr<std::unique_ptr<AgentEndpoint>> CreateLeaderAgentEndpoint(
    LeaderDetector* detector, AgentConnector connect, EventLoop* loop, HeaderVersion headers = {});

}  // namespace mesos

#endif  // MESOS_LEADER_ELECTION_H_
