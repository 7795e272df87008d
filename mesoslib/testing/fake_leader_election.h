// FakeLeaderElection: an election that a test decides, and a detector that knows what it decided.
#ifndef MESOSLIB_TESTING_FAKE_LEADER_ELECTION_H_
#define MESOSLIB_TESTING_FAKE_LEADER_ELECTION_H_

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "mesos/event_loop.h"
#include "mesos/leader_election.h"
#include "mesoslib/base/lifetime.h"

namespace mesos {

class FakeLeaderElection final : public LeaderElection, public LeaderDetector {
 public:
  explicit FakeLeaderElection(EventLoop* loop) : loop_(loop) {}

  // Whoever has stood longest is elected when there is no leader; otherwise a test calls Elect.
  bool automatic = true;

  size_t candidates() const { return standing_.size(); }
  bool HasLeader() const { return leading_ != nullptr; }
  const std::optional<Leader>& leader() const { return leader_; }
  // How many candidacies there were.
  int contended() const { return contended_; }

  void Elect() {
    if (leading_ != nullptr || standing_.empty()) return;
    leading_ = standing_.front();
    leader_ = leading_->self;
    for (Detecting* detecting : detecting_) detecting->changed(leader_);
    leading_->candidate->Elected();
  }

  // The leader's candidacy is over, as when its session is lost.
  void Depose() {
    Standing* former = leading_;
    Forget(former);
    former->candidate->Lost(absl::UnavailableError("the session is lost"));
  }

  // LeaderElection.
  std::unique_ptr<Candidacy> Contend(Leader self, Candidate* candidate) override {
    ++contended_;
    auto standing = std::make_unique<Standing>(this, std::move(self), candidate);
    standing_.push_back(standing.get());
    ElectSoon();
    return standing;
  }

  // LeaderDetector.
  std::unique_ptr<Detection> Watch(Changed changed) override {
    return std::make_unique<Detecting>(this, std::move(changed));
  }

 private:
  struct Standing final : Candidacy {
    Standing(FakeLeaderElection* owner, Leader leader, Candidate* who)
        : election(owner), self(std::move(leader)), candidate(who) {}
    ~Standing() override { election->Forget(this); }
    FakeLeaderElection* election;
    Leader self;
    Candidate* candidate;
  };

  struct Detecting final : Detection {
    Detecting(FakeLeaderElection* owner, Changed callback)
        : election(owner), changed(std::move(callback)) {
      election->detecting_.push_back(this);
      election->loop_->Post(lifetime.Guard([this] { changed(election->leader_); }));
    }
    ~Detecting() override { std::erase(election->detecting_, this); }
    FakeLeaderElection* election;
    Changed changed;
    Lifetime lifetime;
  };

  void ElectSoon() {
    loop_->Post(lifetime_.Guard([this] {
      if (automatic) Elect();
    }));
  }

  void Forget(Standing* standing) {
    std::erase(standing_, standing);
    if (leading_ != standing) return;
    leading_ = nullptr;
    leader_.reset();
    for (Detecting* detecting : detecting_) detecting->changed(leader_);
    ElectSoon();
  }

  EventLoop* const loop_;
  std::vector<Standing*> standing_;
  std::vector<Detecting*> detecting_;
  Standing* leading_ = nullptr;
  std::optional<Leader> leader_;
  int contended_ = 0;
  Lifetime lifetime_;
};

}  // namespace mesos

#endif  // MESOSLIB_TESTING_FAKE_LEADER_ELECTION_H_
