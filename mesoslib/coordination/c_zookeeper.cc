#include "mesoslib/coordination/c_zookeeper.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/loop_door.h"
#include "zookeeper/zookeeper.h"

namespace mesos {
namespace {

using State = ZooKeeperHandle::State;

// What the C client answers a call with, whichever call it was.
struct Answer {
  int code = ZOK;
  std::string text;
  std::vector<std::string> names;
  struct Stat stat = {};
};

absl::Status StatusOf(int code, absl::string_view path) {
  const std::string message =
      absl::StrCat("ZooKeeper says about ", Quoted(path), ": ", zerror(code));
  switch (code) {
    case ZOK:
      return absl::OkStatus();
    case ZCONNECTIONLOSS:
    case ZOPERATIONTIMEOUT:
    case ZSESSIONMOVED:
    case ZTHROTTLEDOP:
    case ZNOTREADONLY:
      return absl::UnavailableError(message);
    case ZSESSIONEXPIRED:
    case ZINVALIDSTATE:
    case ZCLOSING:
    case ZAUTHFAILED:
      return absl::CancelledError(message);
    case ZNONODE:
      return absl::NotFoundError(message);
    case ZNODEEXISTS:
      return absl::AlreadyExistsError(message);
    case ZBADVERSION:
      return absl::AbortedError(message);
    case ZNOAUTH:
    case ZINVALIDACL:
      return absl::PermissionDeniedError(message);
    case ZNOTEMPTY:
      return absl::FailedPreconditionError(message);
    default:
      return absl::InternalError(message);
  }
}

class CZooKeeper;

// What outlives the handle, until the C client's threads are gone: its door, and the C client
// itself, which the worker opens and closes.
struct Connection {
  Connection(EventLoop* loop, CZooKeeper* handle)
      : door(std::make_shared<LoopDoor<CZooKeeper>>(loop, handle)) {}

  const std::shared_ptr<LoopDoor<CZooKeeper>> door;
  zhandle_t* zookeeper = nullptr;  // The worker's.
};

class CZooKeeper final : public ZooKeeperHandle {
 public:
  CZooKeeper(const CZooKeeperOptions& options, Listener* listener, WorkerPool* worker,
             EventLoop* loop)
      : credentials_(!options.credentials.empty()),
        listener_(listener),
        worker_(worker),
        connection_(std::make_shared<Connection>(loop, this)) {
    worker_->Run([options, connection = connection_] { OpenOnWorker(options, connection.get()); });
  }

  ~CZooKeeper() override {
    connection_->door->Close();
    worker_->Run([connection = connection_] {
      if (connection->zookeeper != nullptr) zookeeper_close(connection->zookeeper);
    });
  }

  absl::Duration session_timeout() const override {
    return absl::Milliseconds(zoo_recv_timeout(zookeeper_));
  }

  void Create(const std::string& path, const std::string& data, ZooKeeperAcl acl,
              StatusDone done) override {
    Request* request = Expect(path, WithStatus(path, std::move(done)));
    Begun(request, zoo_acreate(zookeeper_, path.c_str(), data.data(), static_cast<int>(data.size()),
                               Acl(acl), ZOO_PERSISTENT, TextDone, request));
  }

  void CreateEphemeralSequential(const std::string& prefix, const std::string& data,
                                 Done<std::string> done) override {
    Request* request = Expect(prefix, [prefix, done = std::move(done)](Answer answer) mutable {
      if (answer.code != ZOK) return done(StatusOf(answer.code, prefix));
      done(std::move(answer.text));
    });
    Begun(request,
          zoo_acreate(zookeeper_, prefix.c_str(), data.data(), static_cast<int>(data.size()),
                      Acl(ZooKeeperAcl::kOwn), ZOO_EPHEMERAL_SEQUENTIAL, TextDone, request));
  }

  void Delete(const std::string& path, StatusDone done) override {
    Request* request = Expect(path, WithStatus(path, std::move(done)));
    Begun(request, zoo_adelete(zookeeper_, path.c_str(), /*version=*/-1, VoidDone, request));
  }

  void Get(const std::string& path, Done<ZooKeeperNode> done) override {
    Request* request = Expect(path, [path, done = std::move(done)](Answer answer) mutable {
      if (answer.code != ZOK) return done(StatusOf(answer.code, path));
      done(ZooKeeperNode{std::move(answer.text), answer.stat.version,
                         answer.stat.ephemeralOwner != 0});
    });
    Begun(request, zoo_aget(zookeeper_, path.c_str(), /*watch=*/0, DataDone, request));
  }

  void WatchChildren(const std::string& path, Done<std::vector<std::string>> done) override {
    GetChildren(path, /*watch=*/1, std::move(done));
  }
  void Children(const std::string& path, Done<std::vector<std::string>> done) override {
    GetChildren(path, /*watch=*/0, std::move(done));
  }

  void Sync(const std::string& path, StatusDone done) override {
    Request* request = Expect(path, WithStatus(path, std::move(done)));
    Begun(request, zoo_async(zookeeper_, path.c_str(), TextDone, request));
  }

  void Multi(const std::vector<ZooKeeperOp>& ops, StatusDone done) override;

 private:
  using Handler = absl::AnyInvocable<void(Answer)>;

  // A call that is under way; goes when the C client answers it, which it does in any case.
  struct Request {
    std::shared_ptr<LoopDoor<CZooKeeper>> door;
    uint64_t id;
    std::vector<zoo_op_result_t> results;  // Multi's.
  };

  static Handler WithStatus(const std::string& path, StatusDone done) {
    return [path, done = std::move(done)](Answer answer) mutable {
      done(StatusOf(answer.code, path));
    };
  }

  Request* Expect(const std::string& path, Handler handler) {
    const uint64_t id = next_request_++;
    pending_.emplace(id, std::move(handler));
    static_cast<void>(path);
    return new Request{connection_->door, id, {}};
  }

  // The C client took the call, or refused it and will not answer.
  static void Begun(Request* request, int code) {
    if (code != ZOK) Answered(request, {.code = code});
  }

  void GetChildren(const std::string& path, int watch, Done<std::vector<std::string>> done) {
    Request* request = Expect(path, [path, done = std::move(done)](Answer answer) mutable {
      if (answer.code != ZOK) return done(StatusOf(answer.code, path));
      done(std::move(answer.names));
    });
    Begun(request, zoo_aget_children(zookeeper_, path.c_str(), watch, NamesDone, request));
  }

  const ACL_vector* Acl(ZooKeeperAcl acl) const {
    static ACL own[] = {{ZOO_PERM_READ, ZOO_ANYONE_ID_UNSAFE}, {ZOO_PERM_ALL, ZOO_AUTH_IDS}};
    static ACL shared[] = {{ZOO_PERM_CREATE | ZOO_PERM_READ, ZOO_ANYONE_ID_UNSAFE},
                           {ZOO_PERM_ALL, ZOO_AUTH_IDS}};
    static const ACL_vector own_vector = {2, own};
    static const ACL_vector shared_vector = {2, shared};
    if (!credentials_) return &ZOO_OPEN_ACL_UNSAFE;
    return acl == ZooKeeperAcl::kOwn ? &own_vector : &shared_vector;
  }

  // On the worker.
  static void OpenOnWorker(const CZooKeeperOptions& options, Connection* connection) {
    connection->zookeeper = zookeeper_init2(
        options.servers.c_str(), Watch,
        static_cast<int>(absl::ToInt64Milliseconds(options.session_timeout)),
        /*clientid=*/nullptr, connection, /*flags=*/ZOO_NO_LOG_CLIENTENV, IgnoreLog);
    absl::Status status;
    if (connection->zookeeper == nullptr) {
      const int error = errno;
      status = absl::UnavailableError(absl::StrCat("cannot begin with the ZooKeeper servers ",
                                                   options.servers, ": ", std::strerror(error)));
    } else if (!options.credentials.empty()) {
      zoo_add_auth(connection->zookeeper, "digest", options.credentials.data(),
                   static_cast<int>(options.credentials.size()), AuthDone, nullptr);
    }
    connection->door->Post([status, zookeeper = connection->zookeeper](CZooKeeper* handle) {
      if (handle != nullptr) handle->Opened(zookeeper, status);
    });
  }

  void Opened(zhandle_t* zookeeper, const absl::Status& status) {
    zookeeper_ = zookeeper;
    if (zookeeper == nullptr) return listener_->StateChanged(State::kOver, status);
    if (std::optional<int> state = std::exchange(early_state_, std::nullopt)) HandleState(*state);
  }

  void HandleState(int state) {
    if (zookeeper_ == nullptr) {
      early_state_ = state;
    } else if (state == ZOO_CONNECTED_STATE) {
      listener_->StateChanged(State::kConnected, absl::OkStatus());
    } else if (state == ZOO_EXPIRED_SESSION_STATE) {
      listener_->StateChanged(State::kOver, absl::UnavailableError("ZooKeeper ended the session"));
    } else if (state == ZOO_AUTH_FAILED_STATE) {
      listener_->StateChanged(
          State::kOver, absl::UnauthenticatedError("ZooKeeper refuses the URL's user or password"));
    } else {
      listener_->StateChanged(State::kDisconnected, absl::OkStatus());
    }
  }

  // The C client's threads, from here on.
  static void IgnoreLog(const char* /*message*/) {}
  static void AuthDone(int /*code*/, const void* /*data*/) {}

  static void Watch(zhandle_t* /*zookeeper*/, int type, int state, const char* path,
                    void* context) {
    auto* connection = static_cast<Connection*>(context);
    connection->door->Post(
        [type, state, path = std::string(path == nullptr ? "" : path)](CZooKeeper* handle) {
          if (handle == nullptr) return;
          if (type == ZOO_SESSION_EVENT) return handle->HandleState(state);
          handle->listener_->NodeChanged(path);
        });
  }

  static void Answered(const void* data, Answer answer) {
    std::unique_ptr<const Request> request(static_cast<const Request*>(data));
    const auto door = request->door;
    door->Post([id = request->id, answer = std::move(answer)](CZooKeeper* handle) mutable {
      if (handle != nullptr) handle->HandleAnswer(id, std::move(answer));
    });
  }

  void HandleAnswer(uint64_t id, Answer answer) {
    auto pending = pending_.find(id);
    Handler handler = std::move(pending->second);
    pending_.erase(pending);
    handler(std::move(answer));
  }

  static void VoidDone(int code, const void* data) { Answered(data, {.code = code}); }

  static void TextDone(int code, const char* text, const void* data) {
    Answered(data, {.code = code, .text = text == nullptr ? "" : text});
  }

  static void DataDone(int code, const char* value, int size, const struct Stat* stat,
                       const void* data) {
    Answer answer = {.code = code};
    if (code == ZOK && value != nullptr && size > 0)
      answer.text.assign(value, static_cast<size_t>(size));
    if (code == ZOK && stat != nullptr) answer.stat = *stat;
    Answered(data, std::move(answer));
  }

  static void NamesDone(int code, const String_vector* names, const void* data) {
    Answer answer = {.code = code};
    for (int i = 0; code == ZOK && names != nullptr && i < names->count; ++i) {
      answer.names.emplace_back(names->data[i]);
    }
    Answered(data, std::move(answer));
  }

  const bool credentials_;
  Listener* const listener_;
  WorkerPool* const worker_;
  const std::shared_ptr<Connection> connection_;
  zhandle_t* zookeeper_ = nullptr;  // connection_'s, once it is opened.
  std::optional<int> early_state_;  // What was heard before that.
  uint64_t next_request_ = 1;
  std::map<uint64_t, Handler> pending_;
};

void CZooKeeper::Multi(const std::vector<ZooKeeperOp>& ops, StatusDone done) {
  const std::string path = ops.front().path;
  Request* request = Expect(path, WithStatus(path, std::move(done)));
  request->results.resize(ops.size());
  std::vector<zoo_op_t> raw(ops.size());
  for (size_t i = 0; i < ops.size(); ++i) {
    const ZooKeeperOp& op = ops[i];
    const int size = static_cast<int>(op.data.size());
    switch (op.type) {
      case ZooKeeperOp::Type::kCreate:
        zoo_create_op_init(&raw[i], op.path.c_str(), op.data.data(), size, Acl(ZooKeeperAcl::kOwn),
                           ZOO_PERSISTENT, nullptr, 0);
        break;
      case ZooKeeperOp::Type::kSet:
        zoo_set_op_init(&raw[i], op.path.c_str(), op.data.data(), size, op.version, nullptr);
        break;
      case ZooKeeperOp::Type::kDelete:
        zoo_delete_op_init(&raw[i], op.path.c_str(), op.version);
        break;
    }
  }
  Begun(request, zoo_amulti(zookeeper_, static_cast<int>(raw.size()), raw.data(),
                            request->results.data(), VoidDone, request));
}

}  // namespace

std::unique_ptr<ZooKeeperHandle> CreateCZooKeeper(const CZooKeeperOptions& options,
                                                  ZooKeeperHandle::Listener* listener,
                                                  WorkerPool* worker, EventLoop* loop) {
  return std::make_unique<CZooKeeper>(options, listener, worker, loop);
}

}  // namespace mesos
