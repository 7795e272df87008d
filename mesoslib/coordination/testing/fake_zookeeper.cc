#include "mesoslib/coordination/testing/fake_zookeeper.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "mesoslib/base/lifetime.h"

namespace mesos {
namespace {

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::Status Lost() { return absl::UnavailableError("connection loss"); }

}  // namespace

class FakeZooKeeper::Handle final : public ZooKeeperHandle {
 public:
  Handle(FakeZooKeeper* ensemble, Listener* listener) : ensemble_(ensemble), listener_(listener) {
    TryToConnect();
  }

  ~Handle() override {
    ensemble_->handles_.erase(this);
    if (session_ == 0) return;
    // The end of a session can't be told to one who does not listen.
    if (connected_ && !ensemble_->silent_) {
      ensemble_->End(session_);
    } else if (ensemble_->sessions_.contains(session_)) {
      ensemble_->sessions_[session_].handle = nullptr;
    }
  }

  absl::Duration session_timeout() const override { return kSessionTimeout; }

  void Create(const std::string& path, const std::string& data, ZooKeeperAcl /*acl*/,
              StatusDone done) override {
    Multi({{ZooKeeperOp::Type::kCreate, path, data}}, std::move(done));
  }

  void CreateEphemeralSequential(const std::string& prefix, const std::string& data,
                                 Done<std::string> done) override {
    const std::string path =
        absl::StrCat(prefix, absl::StrFormat("%010d", ensemble_->next_sequence_++));
    Write(
        [this, path, data] {
          absl::Status status =
              ensemble_->Apply(session_, {{ZooKeeperOp::Type::kCreate, path, data}});
          if (status.ok()) ensemble_->nodes_[path].owner = session_;
          return status;
        },
        [path, done = std::move(done)](absl::Status status) mutable {
          if (!status.ok()) return done(std::move(status));
          done(path);
        });
  }

  void Delete(const std::string& path, StatusDone done) override {
    Multi({{ZooKeeperOp::Type::kDelete, path}}, std::move(done));
  }

  void Multi(const std::vector<ZooKeeperOp>& ops, StatusDone done) override {
    Write([this, ops] { return ensemble_->Apply(session_, ops); }, std::move(done));
  }

  void Get(const std::string& path, Done<ZooKeeperNode> done) override {
    Read<ZooKeeperNode>(
        [this, path]() -> absl::StatusOr<ZooKeeperNode> {
          auto node = ensemble_->nodes_.find(path);
          if (node == ensemble_->nodes_.end()) return absl::NotFoundError(path);
          return ZooKeeperNode{node->second.data, node->second.version, node->second.owner != 0};
        },
        std::move(done));
  }

  void WatchChildren(const std::string& path, Done<std::vector<std::string>> done) override {
    Read<std::vector<std::string>>(
        [this, path]() -> absl::StatusOr<std::vector<std::string>> {
          if (!ensemble_->nodes_.contains(path)) return absl::NotFoundError(path);
          ensemble_->watches_[path].insert(session_);
          return ensemble_->ChildrenOf(path);
        },
        std::move(done));
  }

  void Children(const std::string& path, Done<std::vector<std::string>> done) override {
    Read<std::vector<std::string>>(
        [this, path]() -> absl::StatusOr<std::vector<std::string>> {
          if (!ensemble_->nodes_.contains(path)) return absl::NotFoundError(path);
          return ensemble_->ChildrenOf(path);
        },
        std::move(done));
  }

  void Sync(const std::string& /*path*/, StatusDone done) override {
    Ask([] { return absl::OkStatus(); }, std::move(done));
  }

  void Disconnect() {
    if (!connected_) return;
    connected_ = false;
    for (auto& [id, fail] : std::exchange(pending_, {})) {
      ensemble_->loop_->Post(lifetime_.Guard(std::move(fail)));
    }
    Tell(State::kDisconnected, absl::OkStatus());
  }

  void Expired() {
    Disconnect();
    over_ = true;
    session_ = 0;
    Tell(State::kOver, absl::UnavailableError("expired"));
  }

  void Changed(const std::string& path) {
    if (!connected_) {
      missed_.insert(path);
      return;
    }
    ensemble_->loop_->Post(lifetime_.Guard([this, path] { listener_->NodeChanged(path); }));
  }

  void TryToConnect() {
    ensemble_->loop_->PostAt(ensemble_->loop_->Now() + absl::Milliseconds(10),
                             lifetime_.Guard([this] { Connect(); }));
  }

 private:
  void Connect() {
    if (connected_ || over_) return;
    ensemble_->ExpireOld();
    if (ensemble_->away_ || ensemble_->silent_) return TryToConnect();
    if (session_ != 0 && !ensemble_->sessions_.contains(session_)) return Expired();
    if (session_ == 0) {
      session_ = ensemble_->next_session_++;
      ensemble_->sessions_[session_].handle = this;
    }
    ensemble_->Touch(session_);
    connected_ = true;
    Tell(State::kConnected, absl::OkStatus());
    for (const std::string& path : std::exchange(missed_, {})) Changed(path);
  }

  void Tell(State state, absl::Status why) {
    ensemble_->loop_->Post(lifetime_.Guard([this, state, why] {
      if (!over_ || state == State::kOver) listener_->StateChanged(state, why);
    }));
  }

  // Done at once, answered after the delay; or neither.
  template <typename Act, typename Answer>
  void Ask(Act act, Answer done) {
    auto shared = std::make_shared<Answer>(std::move(done));
    if (!connected_) {
      ensemble_->loop_->Post(lifetime_.Guard([shared] { (*shared)(Lost()); }));
      return;
    }
    const uint64_t id = next_id_++;
    pending_.emplace(id, [shared] { (*shared)(Lost()); });
    if (ensemble_->silent_) return;
    ensemble_->Touch(session_);
    auto result = act();
    if (!pending_.contains(id)) return;  // The connection broke.
    auto answer = lifetime_.Guard([this, id, shared, result = std::move(result)]() mutable {
      if (pending_.erase(id) > 0) (*shared)(std::move(result));
    });
    ensemble_->loop_->PostAt(ensemble_->loop_->Now() + ensemble_->delay_, std::move(answer));
  }

  template <typename T, typename Act>
  void Read(Act act, Done<T> done) {
    Ask(std::move(act), std::move(done));
  }

  template <typename Act>
  void Write(Act act, StatusDone done) {
    Ask(
        [this, act = std::move(act)] {
          auto fault = ensemble_->faults_.find(++ensemble_->writes_);
          if (fault == ensemble_->faults_.end()) return act();
          if (fault->second == Fault::kLostAfter) act().IgnoreError();
          ensemble_->BreakConnections();
          return Lost();
        },
        std::move(done));
  }

  FakeZooKeeper* const ensemble_;
  Listener* const listener_;
  Session session_ = 0;
  bool connected_ = false;
  bool over_ = false;
  uint64_t next_id_ = 1;
  std::map<uint64_t, absl::AnyInvocable<void()>> pending_;  // How they fail.
  std::set<std::string> missed_;                            // Changed while it was not connected.
  Lifetime lifetime_;
};

ZooKeeperConnector FakeZooKeeper::Connector() {
  return [this](ZooKeeperHandle::Listener* listener) {
    auto handle = std::make_unique<Handle>(this, listener);
    handles_.insert(handle.get());
    return handle;
  };
}

void FakeZooKeeper::SetAway(bool away) {
  away_ = away;
  if (away) BreakConnections();
}

void FakeZooKeeper::BreakConnections() {
  for (Handle* handle : std::set<Handle*>(handles_)) {
    handle->Disconnect();
    handle->TryToConnect();
  }
}

void FakeZooKeeper::ExpireSessions() {
  for (const auto& [session, client] : std::map<Session, Client>(sessions_)) {
    Handle* const handle = client.handle;
    End(session);
    if (handle != nullptr) handle->Expired();
  }
}

void FakeZooKeeper::Put(const std::string& path, const std::string& data, bool ephemeral) {
  for (size_t slash = path.find('/', 1); slash != path.npos; slash = path.find('/', slash + 1)) {
    nodes_.try_emplace(path.substr(0, slash));
  }
  nodes_[path].data = data;
  nodes_[path].owner = ephemeral ? ~Session{0} : 0;
  Changed(ParentOf(path));
}

void FakeZooKeeper::Erase(const std::string& path) {
  nodes_.erase(path);
  Changed(ParentOf(path));
}

std::vector<std::string> FakeZooKeeper::ChildrenOf(const std::string& path) const {
  std::vector<std::string> names;
  for (const auto& [other, node] : nodes_) {
    if (other != "/" && ParentOf(other) == path)
      names.push_back(other.substr(other.rfind('/') + 1));
  }
  std::reverse(names.begin(), names.end());  // In no useful order.
  return names;
}

// A server hears of a session: its end is put off.
void FakeZooKeeper::Touch(Session session) {
  auto client = sessions_.find(session);
  if (client == sessions_.end()) return;
  client->second.deadline = loop_->Now() + kSessionTimeout;
  loop_->PostAt(client->second.deadline, [this] { ExpireOld(); });
}

void FakeZooKeeper::ExpireOld() {
  for (const auto& [session, client] : std::map<Session, Client>(sessions_)) {
    if (client.deadline > loop_->Now()) continue;
    Handle* const handle = client.handle;
    End(session);
    // It learns of it when it can be told.
    if (handle != nullptr && !away_ && !silent_) handle->Expired();
  }
}

void FakeZooKeeper::End(Session session) {
  sessions_.erase(session);
  for (auto& [path, watchers] : watches_) watchers.erase(session);
  std::vector<std::string> ended;
  for (const auto& [path, node] : nodes_) {
    if (node.owner == session) ended.push_back(path);
  }
  for (const std::string& path : ended) Erase(path);
}

void FakeZooKeeper::Changed(const std::string& path) {
  for (Session session : std::exchange(watches_[path], {})) {
    auto client = sessions_.find(session);
    if (client != sessions_.end() && client->second.handle != nullptr) {
      client->second.handle->Changed(path);
    }
  }
}

absl::Status FakeZooKeeper::CheckOp(const ZooKeeperOp& op,
                                    const std::map<std::string, Node>& nodes) const {
  auto node = nodes.find(op.path);
  if (op.type == ZooKeeperOp::Type::kCreate) {
    if (node != nodes.end()) return absl::AlreadyExistsError(op.path);
    if (!nodes.contains(ParentOf(op.path))) return absl::NotFoundError(op.path);
    return absl::OkStatus();
  }
  if (node == nodes.end()) return absl::NotFoundError(op.path);
  if (op.version >= 0 && op.version != node->second.version) return absl::AbortedError(op.path);
  return absl::OkStatus();
}

absl::Status FakeZooKeeper::Apply(Session /*session*/, const std::vector<ZooKeeperOp>& ops) {
  size_t bytes = 0;
  for (const ZooKeeperOp& op : ops) {
    bytes += op.path.size() + op.data.size() + 64;
    max_node_bytes_ = std::max(max_node_bytes_, op.data.size());
    if (absl::Status status = CheckOp(op, nodes_); !status.ok()) return status;
  }
  max_request_bytes_ = std::max(max_request_bytes_, bytes);
  if (bytes >= 0xfffff) return absl::UnavailableError("the request is too long");
  std::set<std::string> changed;
  for (const ZooKeeperOp& op : ops) {
    if (op.type == ZooKeeperOp::Type::kSet) {
      nodes_[op.path].data = op.data;
      ++nodes_[op.path].version;
      continue;
    }
    if (op.type == ZooKeeperOp::Type::kCreate) nodes_[op.path].data = op.data;
    if (op.type == ZooKeeperOp::Type::kDelete) nodes_.erase(op.path);
    changed.insert(ParentOf(op.path));
  }
  for (const std::string& path : changed) Changed(path);
  return absl::OkStatus();
}

}  // namespace mesos
