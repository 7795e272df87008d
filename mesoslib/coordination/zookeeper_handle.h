// ZooKeeperHandle: one session with a ZooKeeper ensemble, from its beginning to its end. The real
// one is in c_zookeeper.h; tests have one in virtual time.
//
//     (made) --> connected <--> disconnected
//        \------------\--------------\------> over
//
// Lives on a loop: everything is called there, and calls back there, never before it returns and
// not after the handle is destroyed.
#ifndef MESOSLIB_COORDINATION_ZOOKEEPER_HANDLE_H_
#define MESOSLIB_COORDINATION_ZOOKEEPER_HANDLE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mesos {

struct ZooKeeperNode {
  std::string data;
  int32_t version = 0;
  bool ephemeral = false;
};

// Who may do what with a new node. Without credentials: everybody, everything.
enum class ZooKeeperAcl {
  kOwn,     // Read by everybody, all else by its creator.
  kShared,  // The same, and everybody may create children.
};

struct ZooKeeperOp {
  enum class Type { kCreate, kSet, kDelete };
  Type type = Type::kCreate;
  std::string path;
  std::string data;
  int32_t version = -1;  // kSet: the one that is to be there.
};

class ZooKeeperHandle {
 public:
  enum class State {
    kConnected,
    kDisconnected,  // The session may go on at another server.
    kOver,          // It does not.
  };

  class Listener {
   public:
    virtual ~Listener() = default;
    // `why`: of kOver. May destroy the handle.
    virtual void StateChanged(State state, absl::Status why) = 0;
    // A node that was read with a watch, or its list of children, is another now.
    virtual void NodeChanged(const std::string& path) = 0;
  };

  // What calls are answered with: Unavailable (the connection is lost; it may or may not have been
  // done), Cancelled (the session is over), NotFound (no node), AlreadyExists, Aborted (another
  // version), PermissionDenied; the message names the path.
  template <typename T>
  using Done = absl::AnyInvocable<void(absl::StatusOr<T>)>;
  using StatusDone = absl::AnyInvocable<void(absl::Status)>;

  // Never waits. The session is ended by another thread, and its ephemeral nodes with it.
  virtual ~ZooKeeperHandle() = default;

  // The one that was agreed on, once it was connected.
  virtual absl::Duration session_timeout() const = 0;

  virtual void Create(const std::string& path, const std::string& data, ZooKeeperAcl acl,
                      StatusDone done) = 0;
  // `done` hears the path, which is `prefix` and ten digits.
  virtual void CreateEphemeralSequential(const std::string& prefix, const std::string& data,
                                         Done<std::string> done) = 0;
  virtual void Delete(const std::string& path, StatusDone done) = 0;
  virtual void Get(const std::string& path, Done<ZooKeeperNode> done) = 0;
  // Names, in no order. The watch is set where the node exists.
  virtual void WatchChildren(const std::string& path, Done<std::vector<std::string>> done) = 0;
  virtual void Children(const std::string& path, Done<std::vector<std::string>> done) = 0;
  // Answered once all that was written before, by anybody, can be read here.
  virtual void Sync(const std::string& path, StatusDone done) = 0;
  // All or nothing.
  virtual void Multi(const std::vector<ZooKeeperOp>& ops, StatusDone done) = 0;
};

// Begins a session; what is said to `listener` is said later.
using ZooKeeperConnector =
    std::function<std::unique_ptr<ZooKeeperHandle>(ZooKeeperHandle::Listener* listener)>;

}  // namespace mesos

#endif  // MESOSLIB_COORDINATION_ZOOKEEPER_HANDLE_H_
