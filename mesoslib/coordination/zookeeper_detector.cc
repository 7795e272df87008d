#include "mesoslib/coordination/zookeeper_detector.h"

#include <string>
#include <utility>

#include "mesoslib/base/lifetime.h"

namespace mesos {

class ZooKeeperDetector::Watcher final : public Detection {
 public:
  Watcher(ZooKeeperDetector* detector, Changed changed)
      : detector_(detector), changed_(std::move(changed)) {
    detector_->watchers_.push_back(this);
    TellSoon();
  }
  ~Watcher() override { std::erase(detector_->watchers_, this); }

  // At most one callback waits; it tells what is true when it runs.
  void TellSoon() {
    if (std::exchange(telling_, true)) return;
    detector_->loop_->Post(lifetime_.Guard([this] { Tell(); }));
  }

 private:
  void Tell() {
    telling_ = false;
    const MasterGroup& group = *detector_->group_;
    if (told_ == group.leader_node()) return;
    told_ = group.leader_node();
    const Changed changed = changed_;  // This may go.
    changed(group.leader());
  }

  ZooKeeperDetector* const detector_;
  const Changed changed_;
  bool telling_ = false;
  std::optional<std::string> told_;  // The leader's node, empty for nobody. None: nothing yet.
  Lifetime lifetime_;
};

ZooKeeperDetector::ZooKeeperDetector(MasterGroup* group, EventLoop* loop)
    : group_(group), loop_(loop) {}

ZooKeeperDetector::~ZooKeeperDetector() = default;

std::unique_ptr<LeaderDetector::Detection> ZooKeeperDetector::Watch(Changed changed) {
  return std::make_unique<Watcher>(this, std::move(changed));
}

void ZooKeeperDetector::GroupChanged() {
  for (Watcher* watcher : watchers_) watcher->TellSoon();
}

}  // namespace mesos
