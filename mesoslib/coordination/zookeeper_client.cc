#include "mesoslib/coordination/zookeeper_client.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(200);
constexpr absl::Duration kLongestPause = absl::Seconds(10);
constexpr int kConfirmationsPerTimeout = 8;

}  // namespace

ZooKeeperClient::ZooKeeperClient(ZooKeeperConnector connect, std::string base,
                                 absl::Duration connect_timeout, EventLoop* loop, Random* random,
                                 LogSink* log)
    : connect_(std::move(connect)),
      base_(std::move(base)),
      connect_timeout_(connect_timeout),
      loop_(loop),
      log_(log),
      backoff_(random, kFirstPause, kLongestPause) {}

void ZooKeeperClient::Start() {
  loop_->PostAt(loop_->Now() + backoff_.Next(), lifetime_.Guard([this] { Connect(); }));
}

void ZooKeeperClient::Connect() {
  handle_ = connect_(this);
  deadline_timer_ = loop_->PostAt(loop_->Now() + connect_timeout_, lifetime_.Guard([this] {
    Lose(absl::UnavailableError(absl::StrCat("no ZooKeeper server has answered within ",
                                             absl::FormatDuration(connect_timeout_))));
  }));
}

void ZooKeeperClient::StateChanged(ZooKeeperHandle::State state, absl::Status why) {
  if (state == ZooKeeperHandle::State::kOver) return Lose(why);
  if (state == ZooKeeperHandle::State::kConnected) return Connected();
  if (connected_) log_.Warning("the connection with ZooKeeper is lost");
  connected_ = false;
}

void ZooKeeperClient::NodeChanged(const std::string& path) {
  for (Observer* observer : observers_) observer->NodeChanged(path);
}

void ZooKeeperClient::Connected() {
  connected_ = true;
  if (in_session_) {
    log_.Info("the connection with ZooKeeper is back");
    for (Observer* observer : observers_) observer->ConnectionIsBack();
    return;
  }
  in_session_ = true;
  timeout_ = std::max(handle_->session_timeout(), absl::Milliseconds(1));
  log_.Info("a session with ZooKeeper has begun, its timeout is ", absl::FormatDuration(timeout_));
  Confirmed(loop_->Now());
  Confirm();
  for (Observer* observer : observers_) {
    if (in_session_) observer->SessionBegan();
  }
}

// A sync goes to the ensemble's leader and back: a follower that is cut off can't confirm anything.
void ZooKeeperClient::Confirm() {
  const absl::Time sent = loop_->Now();
  handle_->Sync(base_, [this, sent](absl::Status status) {
    // An error of the node's tells as much of the session.
    if (!absl::IsUnavailable(status) && !absl::IsCancelled(status)) {
      backoff_.Reset();
      Confirmed(sent);
    }
    confirm_timer_ = loop_->PostAt(loop_->Now() + timeout_ / kConfirmationsPerTimeout,
                                   lifetime_.Guard([this] { Confirm(); }));
  });
}

void ZooKeeperClient::Confirmed(absl::Time sent) {
  loop_->Cancel(deadline_timer_);
  deadline_timer_ = loop_->PostAt(sent + 0.75 * timeout_, lifetime_.Guard([this] {
    Lose(absl::UnavailableError(absl::StrCat("ZooKeeper has not confirmed the session for ",
                                             absl::FormatDuration(0.75 * timeout_))));
  }));
}

// Whoever leads must have stopped before the session's end lets another one lead.
void ZooKeeperClient::Lose(const absl::Status& why) {
  if (handle_ == nullptr) return;
  loop_->Cancel(deadline_timer_);
  loop_->Cancel(confirm_timer_);
  log_.Warning(in_session_ ? "the session with ZooKeeper is given up: "
                           : "there is no session with ZooKeeper: ",
               why.message());
  connected_ = false;
  // Nobody uses the session any more, but it is not ended before all know.
  const std::unique_ptr<ZooKeeperHandle> handle = std::move(handle_);
  if (std::exchange(in_session_, false)) {
    for (Observer* observer : observers_) observer->SessionLost(why);
  }
  Start();
}

void ZooKeeperClient::CreateBase(ZooKeeperHandle::StatusDone done) {
  CreateBaseFrom(base_.find('/', 1), std::move(done));
}

// Whether a node may be made says nothing about whether it is there: only the last one counts.
void ZooKeeperClient::CreateBaseFrom(size_t slash, ZooKeeperHandle::StatusDone done) {
  const std::string path = base_.substr(0, slash);
  handle_->Create(path, "", ZooKeeperAcl::kShared,
                  [this, slash, done = std::move(done)](absl::Status status) mutable {
                    if (absl::IsAlreadyExists(status)) status = absl::OkStatus();
                    const bool go_on = slash != std::string::npos && !absl::IsUnavailable(status) &&
                                       !absl::IsCancelled(status);
                    if (!go_on) return done(std::move(status));
                    CreateBaseFrom(base_.find('/', slash + 1), std::move(done));
                  });
}

}  // namespace mesos
