// ZooKeeperStateStore: a StateStore in znodes.
//
//   <base>/registry/head               the version, who wrote it, and which pages count
//   <base>/registry/<writer>-<number>  pages: entries, or a part of a value
//
// A commit is one `multi`: its first operation sets the head where its version is still the one we
// know, so that a writer who has been overtaken changes nothing; then come new pages and the end of
// those they replace. What does not fit into one request is written before, as pages that nothing
// lists yet. When the answer is lost, the head says who has written.
//
//     unloaded --Load--> loading --done--> ready --a write fails, the session ends--> broken
//                           \--fails--> unloaded                    (Load begins anew)
#ifndef MESOSLIB_COORDINATION_ZOOKEEPER_STATE_STORE_H_
#define MESOSLIB_COORDINATION_ZOOKEEPER_STATE_STORE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mesos/event_loop.h"
#include "mesos/log.h"
#include "mesos/random.h"
#include "mesos/state_store.h"
#include "mesoslib/base/backoff.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/coordination/registry_pages.h"
#include "mesoslib/coordination/zookeeper_client.h"

namespace mesos {

class ZooKeeperStateStore final : public StateStore, public ZooKeeperClient::Observer {
 public:
  // What one request holds at most; a server takes 1 MB.
  static constexpr size_t kMaxRequestBytes = 768 << 10;

  // All must outlive it.
  ZooKeeperStateStore(ZooKeeperClient* client, EventLoop* loop, Random* random, LogSink* log);
  ~ZooKeeperStateStore() override;

  void Load(LoadDone done) override;
  void Commit(std::vector<Mutation> mutations, uint64_t expected, CommitDone done) override;

  void SessionLost(const absl::Status& why) override;

 private:
  struct LoadRequest {
    LoadDone done;
  };
  struct CommitRequest {
    std::vector<Mutation> mutations;
    uint64_t expected;
    CommitDone done;
  };
  using Request = std::variant<LoadRequest, CommitRequest>;
  struct Answer {
    CommitDone done;
    absl::StatusOr<uint64_t> result;
  };
  struct Reading;
  struct Writing;

  void Pump();

  // Reading everything.
  void BeginLoad(LoadDone done);
  void ReadHead();
  void HandleHead(absl::StatusOr<ZooKeeperNode> node);
  void MakeFolder();
  void ReadPages();
  void HandlePage(PageName name, absl::StatusOr<ZooKeeperNode> node);
  void FinishLoad(absl::Status status);

  // Writing what waits.
  void BeginWrite();
  absl::Status Apply(CommitRequest& commit, uint64_t version);
  void Prepare();
  void Stage();
  void StageRange(size_t begin, size_t end);
  void HandleStaged(size_t begin, size_t end, absl::Status status);
  void Switch();
  void HandleSwitched(absl::Status status);
  void FindOut(absl::Status why);
  void HandleHeadAgain(absl::Status why, absl::StatusOr<ZooKeeperNode> node);
  void Succeed(int32_t head_version);
  void Fail(absl::Status why);
  void FindStrangePages();

  // A step's continuation; it is dropped where what the step was part of is over.
  template <typename F>
  auto Then(F step);
  void Retry(absl::AnyInvocable<void()> step);
  void AnswerSoon(std::vector<Answer> answers);
  std::string PathOf(PageName name) const;

  ZooKeeperClient* const client_;
  EventLoop* const loop_;
  Random* const random_;
  const Logger log_;
  const std::string folder_;
  const std::string head_path_;
  Backoff backoff_;

  std::deque<Request> queue_;
  std::unique_ptr<Reading> reading_;
  std::unique_ptr<Writing> writing_;

  absl::Status usable_;  // OK: what follows is what is stored.
  RegistryPages pages_{0};
  RegistryHead head_;
  int32_t head_version_ = -1;  // The znode's own; -1: there is none.
  uint32_t writer_ = 0;
  std::vector<PageName> dropped_;  // Pages that count no more, and are still there.
  bool alone_ = false;  // Since the load we have written: no earlier writer can any more.
  uint64_t steps_ = 0;  // What was begun before this changed is over.

  Lifetime lifetime_;
};

}  // namespace mesos

#endif  // MESOSLIB_COORDINATION_ZOOKEEPER_STATE_STORE_H_
