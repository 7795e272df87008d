// FakeLeaderDetector: a test says who leads.
//
//   FakeLeaderDetector detector(&loop);
//   ... the code under test watches it ...
//   detector.SetLeader(leader);
#ifndef MESOSLIB_TESTING_FAKE_LEADER_DETECTOR_H_
#define MESOSLIB_TESTING_FAKE_LEADER_DETECTOR_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "mesos/event_loop.h"
#include "mesos/leader_election.h"
#include "mesoslib/base/lifetime.h"

namespace mesos {

class FakeLeaderDetector final : public LeaderDetector {
 public:
  explicit FakeLeaderDetector(EventLoop* loop) : loop_(loop) {}

  // On the loop. Those who watch hear it a moment later.
  void SetLeader(std::optional<Leader> leader) {
    leader_ = std::move(leader);
    for (Watcher* watcher : watchers_) watcher->Tell();
  }

  size_t watchers() const { return watchers_.size(); }

  std::unique_ptr<Detection> Watch(Changed changed) override {
    auto watcher = std::make_unique<Watcher>(this, std::move(changed));
    watcher->Tell();
    return watcher;
  }

 private:
  class Watcher final : public Detection {
   public:
    Watcher(FakeLeaderDetector* detector, Changed changed)
        : detector_(detector), changed_(std::move(changed)) {
      detector_->watchers_.push_back(this);
    }
    ~Watcher() override { std::erase(detector_->watchers_, this); }

    void Tell() {
      detector_->loop_->Post(lifetime_.Guard([this, leader = detector_->leader_] {
        const Changed changed = changed_;  // This may go.
        changed(leader);
      }));
    }

   private:
    FakeLeaderDetector* const detector_;
    const Changed changed_;
    Lifetime lifetime_;
  };

  EventLoop* const loop_;
  std::optional<Leader> leader_;
  std::vector<Watcher*> watchers_;
};

}  // namespace mesos

#endif  // MESOSLIB_TESTING_FAKE_LEADER_DETECTOR_H_
