// The master's facade: stands on any thread; what it stands for lives on the loop.
#include "mesos/master.h"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesos/version.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/loop_door.h"
#include "mesoslib/base/message_times.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/session_endpoint.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/master/leadership.h"
#include "mesoslib/master/master_for_testing.h"
#include "mesoslib/master/meters.h"
#include "mesoslib/master/options.h"

namespace mesos {
namespace {

using master::Leadership;

class LoopMaster final : public Master {
 public:
  LoopMaster(const MasterOptions& options, const MasterDependencies& dependencies)
      : loop_(dependencies.loop),
        leadership_(std::make_unique<Leadership>(options, dependencies,
                                                 master::MakeInfo(options, dependencies.random),
                                                 [this](MasterStanding standing) {
                                                   MutexLock lock(&mutex_);
                                                   standing_ = std::move(standing);
                                                 })),
        info_(leadership_->info()),
        door_(std::make_shared<LoopDoor<Leadership>>(loop_, leadership_.get())),
        operator_times_(leadership_->meters().operators),
        schedulers_(loop_, leadership_->SchedulerHandlers(),
                    {{leadership_->meters().schedulers, master::KindOf}}),
        agents_(loop_, leadership_->AgentHandlers(),
                {{leadership_->meters().agents, master::KindOf}}),
        changes_(loop_, leadership_->ChangeHandlers(), {{operator_times_, master::KindOf}}) {}

  ~LoopMaster() override {
    RunOn(loop_, [this] {
      door_->Close();
      schedulers_.Close();
      agents_.Close();
      changes_.Close();
      leadership_.reset();
    });
  }

  void Start(Started done) override {
    door_->Post([answer = door_->AnswerWhileOpen(std::move(done))](Leadership* leadership) mutable {
      if (leadership != nullptr) leadership->Start(std::move(answer));
    });
  }

  const v1::MasterInfo& info() const override { return info_; }
  MasterStanding standing() const override {
    MutexLock lock(&mutex_);
    return standing_;
  }
  SchedulerEndpoint& schedulers() override { return schedulers_; }
  AgentEndpoint& agents() override { return agents_; }

  void CallOperator(v1::master::Call call, Peer peer, Called done) override {
    operator_times_->Waits();
    Ask(std::move(done),
        [call = std::move(call), peer = std::move(peer), times = operator_times_, loop = loop_,
         posted = loop_->Now()](Leadership* leadership, Called answer) {
          const MessageTimes::Turn turn(times, master::KindOf(call), posted, loop);
          leadership->CallOperator(call, peer, std::move(answer));
        });
  }

  void GetState(StateTaken done) override {
    Ask(std::move(done),
        [](Leadership* leadership, StateTaken answer) { leadership->GetState(std::move(answer)); });
  }

  ChangeEndpoint& changes() override { return changes_; }

  void UpdateWhitelist(std::optional<std::set<std::string>> hostnames, Updated done) override {
    Ask(std::move(done),
        [hostnames = std::move(hostnames)](Leadership* leadership, Updated answer) {
          answer(leadership->UpdateWhitelist(hostnames));
        });
  }

  void ExplainOffers(FrameworkId framework, Explained done) override {
    Ask(std::move(done),
        [framework = std::move(framework)](Leadership* leadership, Explained answer) {
          answer(leadership->ExplainOffers(framework));
        });
  }

  const Leadership& leadership() const { return *leadership_; }

 private:
  // Has `ask` call the answer on the loop; a master that has stopped answers that.
  template <typename R, typename F>
  void Ask(absl::AnyInvocable<void(R)> done, F ask) {
    door_->Post([ask = std::move(ask),
                 answer = door_->Answer(std::move(done))](Leadership* leadership) mutable {
      if (leadership == nullptr) {
        return answer(absl::UnavailableError("the master has stopped"));
      }
      ask(leadership, std::move(answer));
    });
  }

  EventLoop* const loop_;
  mutable Mutex mutex_;
  MasterStanding standing_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Leadership> leadership_;
  const v1::MasterInfo info_;
  const std::shared_ptr<LoopDoor<Leadership>> door_;
  const std::shared_ptr<MessageTimes> operator_times_;
  SessionEndpoint<v1::scheduler::Call, v1::scheduler::Event> schedulers_;
  SessionEndpoint<internal::AgentMessage, internal::MasterMessage> agents_;
  SessionEndpoint<v1::master::Call, MasterChange> changes_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Master>> CreateMaster(MasterOptions options,
                                                     MasterDependencies dependencies,
                                                     HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  RETURN_IF_ERROR(master::ValidateOptions(options));
  RETURN_IF_ERROR(master::ValidateDependencies(dependencies));
  std::unique_ptr<Master> master;
  // On the loop, so that whoever sees the core there sees it whole.
  RunOn(dependencies.loop, [&] { master = std::make_unique<LoopMaster>(options, dependencies); });
  return master;
}

namespace master {

absl::Status CheckLedger(const Master& master) {
  const Core* core = static_cast<const LoopMaster&>(master).leadership().core();
  return core == nullptr ? absl::OkStatus() : core->Check();
}

absl::Status CheckStates(const Master& master) {
  Core* core = static_cast<const LoopMaster&>(master).leadership().core();
  if (core == nullptr || !core->serving()) return absl::OkStatus();
  v1::master::Call call;
  call.set_type(v1::master::Call::GET_STATE);
  const auto take = [&] {
    return AnswerFrom(*core->snapshots().TakeNow(), call).value().DebugString();
  };
  const std::string shared = take();
  core->snapshots().ForgetNow();
  if (const std::string anew = take(); anew != shared) {
    return absl::InternalError(absl::StrCat("a state says ", shared, ", and made anew ", anew));
  }
  return absl::OkStatus();
}

}  // namespace master
}  // namespace mesos
