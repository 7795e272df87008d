#include "mesos/zookeeper.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "mesos/random.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/notification.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/worker_pool.h"
#include "mesoslib/coordination/c_zookeeper.h"
#include "mesoslib/coordination/zookeeper_coordination.h"
#include "mesoslib/coordination/zookeeper_url.h"

namespace mesos {
namespace {

// How long a connection may take before names are resolved again.
constexpr absl::Duration kMinConnectTimeout = absl::Seconds(10);

// A session with a real ensemble.
class EnsembleZooKeeper final : public ZooKeeper {
 public:
  EnsembleZooKeeper(const ZooKeeperUrl& url, const ZooKeeperOptions& options,
                    std::unique_ptr<WorkerPool> worker, EventLoop* loop)
      : loop_(loop), worker_(std::move(worker)) {
    const CZooKeeperOptions connection = {url.servers, url.credentials, options.session_timeout};
    RunOn(loop, [&] {
      parts_ = std::make_unique<ZooKeeperCoordination>(
          [connection, worker = worker_.get(), loop](ZooKeeperHandle::Listener* listener) {
            return CreateCZooKeeper(connection, listener, worker, loop);
          },
          url.path, std::max(options.session_timeout, kMinConnectTimeout), loop, random_.get(),
          options.log);
    });
  }

  // The session is ended when the worker has come to that.
  ~EnsembleZooKeeper() override {
    RunOn(loop_, [this] { parts_.reset(); });
    Notification ended;
    worker_->Run([&ended] { ended.Notify(); });
    ended.WaitForNotification();
  }

  LeaderElection& election() override { return parts_->election; }
  LeaderDetector& detector() override { return parts_->detector; }
  StateStore& registry() override { return parts_->registry; }

 private:
  EventLoop* const loop_;
  const std::unique_ptr<WorkerPool> worker_;
  const std::unique_ptr<Random> random_ = CreateSystemRandom();
  std::unique_ptr<ZooKeeperCoordination> parts_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ZooKeeper>> CreateZooKeeper(ZooKeeperOptions options,
                                                           EventLoop* loop, HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  if (loop == nullptr) return absl::InvalidArgumentError("loop is null");
  if (options.session_timeout < absl::Milliseconds(100) ||
      options.session_timeout > absl::Hours(1)) {
    return absl::InvalidArgumentError(absl::StrCat("session_timeout is ",
                                                   absl::FormatDuration(options.session_timeout),
                                                   ", expected 100 ms to one hour"));
  }
  ASSIGN_OR_RETURN(const ZooKeeperUrl url, ParseZooKeeperUrl(options.url));
  ASSIGN_OR_RETURN(std::unique_ptr<WorkerPool> worker, WorkerPool::Create("zookeeper", 1));
  return std::make_unique<EnsembleZooKeeper>(url, options, std::move(worker), loop);
}

}  // namespace mesos
