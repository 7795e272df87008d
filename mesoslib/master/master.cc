// The master: wires the managers together and routes calls to them. The facade stands on any
// thread; the core lives on the loop.
#include "mesos/master.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/roles.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesos/version.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/loop_door.h"
#include "mesoslib/base/session_endpoint.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/uuid.h"
#include "mesoslib/master/acceptor.h"
#include "mesoslib/master/agent_manager.h"
#include "mesoslib/master/call_validation.h"
#include "mesoslib/master/framework_manager.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/master_for_testing.h"
#include "mesoslib/master/offer_manager.h"
#include "mesoslib/master/operator_api.h"
#include "mesoslib/master/reconciler.h"
#include "mesoslib/master/registrar.h"
#include "mesoslib/master/task_manager.h"

namespace mesos {
namespace {

using master::SessionId;
using SchedulerCall = v1::scheduler::Call;

// "10.0.0.1" as MasterInfo has it: the four bytes in network order, read as a number of this host.
std::optional<uint32_t> PackIp(const std::string& ip) {
  const std::vector<absl::string_view> parts = absl::StrSplit(ip, '.');
  if (parts.size() != 4) return std::nullopt;
  uint32_t packed = 0;
  for (int i = 0; i < 4; ++i) {
    uint32_t byte = 0;
    if (!absl::SimpleAtoi(parts[i], &byte) || byte > 255) return std::nullopt;
    packed |= byte << (8 * i);
  }
  return packed;
}

absl::Status ValidateOptions(const MasterOptions& options) {
  auto positive = [](absl::string_view name, absl::Duration value) -> absl::Status {
    if (value > absl::ZeroDuration()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        "MasterOptions::", name, " is ", absl::FormatDuration(value), "; expected more than zero"));
  };
  RETURN_IF_ERROR(positive("allocation_interval", options.allocation_interval));
  RETURN_IF_ERROR(positive("offer_timeout", options.offer_timeout));
  RETURN_IF_ERROR(positive("agent_ping_timeout", options.agent_ping_timeout));
  RETURN_IF_ERROR(positive("agent_reregister_timeout", options.agent_reregister_timeout));
  RETURN_IF_ERROR(positive("heartbeat_interval", options.heartbeat_interval));
  if (options.allocation_interval == absl::InfiniteDuration()) {
    return absl::InvalidArgumentError("MasterOptions::allocation_interval is infinite");
  }
  if (options.hostname.empty()) {
    return absl::InvalidArgumentError("MasterOptions::hostname is empty");
  }
  if (PackIp(options.ip) == std::nullopt && !absl::StrContains(options.ip, ':')) {
    return absl::InvalidArgumentError(absl::StrCat("MasterOptions::ip is ", Quoted(options.ip),
                                                   "; expected an IPv4 or IPv6 address"));
  }
  if (options.max_agent_ping_timeouts < 1) {
    return absl::InvalidArgumentError(absl::StrCat("MasterOptions::max_agent_ping_timeouts is ",
                                                   options.max_agent_ping_timeouts,
                                                   "; expected at least 1"));
  }
  if (options.port < 0 || options.port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("MasterOptions::port is ", options.port, "; expected 0 to 65535"));
  }
  for (const std::string& role : options.roles) {
    RETURN_IF_ERROR(Annotate(ValidateRole(role), "MasterOptions::roles"));
  }
  return absl::OkStatus();
}

absl::Status ValidateDependencies(const MasterDependencies& dependencies) {
  auto missing = [](absl::string_view name) {
    return absl::InvalidArgumentError(absl::StrCat("MasterDependencies::", name, " is null"));
  };
  if (dependencies.loop == nullptr) return missing("loop");
  if (dependencies.random == nullptr) return missing("random");
  if (dependencies.registry == nullptr) return missing("registry");
  if (dependencies.allocator == nullptr) return missing("allocator");
  return absl::OkStatus();
}

v1::MasterInfo MakeInfo(const MasterOptions& options, Random* random) {
  v1::MasterInfo info;
  info.set_id(NewUuidText(random));
  info.set_ip(PackIp(options.ip).value_or(0));
  info.set_port(options.port);
  info.set_pid(absl::StrCat("master@", options.ip, ":", options.port));
  info.set_hostname(options.hostname);
  info.set_version(MESOS_VERSION);
  info.mutable_address()->set_hostname(options.hostname);
  info.mutable_address()->set_ip(options.ip);
  info.mutable_address()->set_port(options.port);
  if (options.domain.has_value()) *info.mutable_domain() = *options.domain;
  info.add_capabilities()->set_type(v1::MasterInfo::Capability::AGENT_UPDATE);
  return info;
}

// Lives on the loop.
class Core {
 public:
  Core(const MasterOptions& options, const MasterDependencies& dependencies,
       const v1::MasterInfo& info)
      : loop_(dependencies.loop),
        log_(dependencies.log),
        ended_(dependencies.ended),
        info_(info),
        ledger_(loop_, dependencies.allocator, log_),
        offers_({info.id(), options.allocation_interval, options.offer_timeout}, loop_,
                dependencies.allocator, &ledger_, log_),
        tasks_({options.max_completed_tasks_per_framework,
                options.max_unreachable_tasks_per_framework},
               loop_, &ledger_, &offers_, log_),
        frameworks_({info, options.root_submissions, options.roles, options.heartbeat_interval,
                     options.max_completed_frameworks},
                    loop_, &ledger_, &offers_, &tasks_, log_),
        registrar_(dependencies.registry, log_,
                   [this](absl::Status status) { StopLeading(status); }),
        agents_({info, options.agent_ping_timeout, options.max_agent_ping_timeouts,
                 options.agent_reregister_timeout},
                loop_, &ledger_, &registrar_, &offers_, &tasks_, &frameworks_, log_),
        acceptor_(&ledger_, &offers_, &tasks_, log_),
        reconciler_(loop_, &ledger_, &tasks_, &agents_),
        operator_api_(info_, loop_, &ledger_, &frameworks_, &agents_) {}

  ~Core() { CloseSessions(absl::UnavailableError("the master is shutting down")); }

  void Start(Master::Started done) {
    if (std::exchange(started_, true)) {
      return done(absl::FailedPreconditionError("the master was started before"));
    }
    registrar_.Recover(
        info_, lifetime_.Guard([this, done = std::move(done)](
                                   absl::StatusOr<master::Registrar::Contents> contents) mutable {
          if (contents.ok()) {
            agents_.Recover(*std::move(contents));
            leading_ = true;
            offers_.Start();
            log_.Info("master ", info_.id(), " leads at ", info_.pid());
          }
          done(contents.status());
        }));
  }

  SessionEndpoint<SchedulerCall, v1::scheduler::Event>::Handlers SchedulerHandlers() {
    return {[this](SessionId id, auto sink, Peer peer) {
              if (lost_.ok()) {
                frameworks_.OpenSession(id, std::move(sink), std::move(peer));
              } else {
                sink->Closed(lost_);
              }
            },
            [this](SessionId id, SchedulerCall call, Session<SchedulerCall>::Done done) {
              absl::Status status = Receive(id, std::move(call));
              if (done != nullptr) done(status);
            },
            [this](SessionId id) { frameworks_.CloseSession(id); }};
  }

  SessionEndpoint<internal::AgentMessage, internal::MasterMessage>::Handlers AgentHandlers() {
    return {[this](SessionId id, auto sink, Peer peer) {
              if (leading_) {
                agents_.OpenSession(id, std::move(sink), std::move(peer));
              } else {
                sink->Closed(absl::UnavailableError("the master does not lead"));
              }
            },
            [this](SessionId id, internal::AgentMessage message,
                   Session<internal::AgentMessage>::Done done) {
              agents_.Receive(id, std::move(message));
              if (done != nullptr) done(absl::OkStatus());
            },
            [this](SessionId id) { agents_.CloseSession(id); }};
  }

  void CallOperator(v1::master::Call call, Master::Called done) {
    if (!leading_) {
      done(absl::UnavailableError("the master is recovering"));
      return;
    }
    operator_api_.Call(call, std::move(done));
  }

  absl::Status Check() const { return ledger_.Check(); }

 private:
  absl::Status Receive(SessionId session, SchedulerCall call);
  void Kill(master::Framework* framework, const SchedulerCall::Kill& kill);
  absl::Status Suppress(master::Framework* framework, const SchedulerCall& call);
  void ShutdownExecutor(master::Framework* framework, const SchedulerCall::Shutdown& shutdown);
  void SendMessage(master::Framework* framework, SchedulerCall::Message message);

  void StopLeading(const absl::Status& why) {
    log_.Error("the registry cannot be written, so this master leads no more: ", why.ToString());
    leading_ = false;
    lost_ = absl::UnavailableError(absl::StrCat("this master leads no more: ", why.message()));
    // Not from within the callback of a manager that is in the middle of something.
    loop_->Post(lifetime_.Guard([this, why] {
      CloseSessions(lost_);
      if (ended_ != nullptr) ended_(why);
    }));
  }

  void CloseSessions(const absl::Status& reason) {
    frameworks_.CloseAllSessions(reason);
    agents_.CloseAllSessions(reason);
  }

  EventLoop* const loop_;
  const Logger log_;
  const std::function<void(absl::Status)> ended_;
  const v1::MasterInfo& info_;
  bool started_ = false;
  bool leading_ = false;
  absl::Status lost_;

  master::Ledger ledger_;
  master::OfferManager offers_;
  master::TaskManager tasks_;
  master::FrameworkManager frameworks_;
  master::Registrar registrar_;
  master::AgentManager agents_;
  master::Acceptor acceptor_;
  master::Reconciler reconciler_;
  master::OperatorApi operator_api_;
  Lifetime lifetime_;
};

absl::Status Core::Receive(SessionId session, SchedulerCall call) {
  if (!leading_) return absl::UnavailableError("the master is recovering");
  RETURN_IF_ERROR(master::ValidateCall(call));
  if (call.type() == SchedulerCall::SUBSCRIBE) {
    return frameworks_.Subscribe(session, call.subscribe());
  }
  ASSIGN_OR_RETURN(master::Framework * framework,
                   frameworks_.Find(session, FrameworkId(call.framework_id().value())));
  switch (call.type()) {
    case SchedulerCall::TEARDOWN:
      frameworks_.Remove(framework);
      return absl::OkStatus();
    case SchedulerCall::ACCEPT:
      acceptor_.Accept(framework, std::move(*call.mutable_accept()));
      return absl::OkStatus();
    case SchedulerCall::DECLINE:
      offers_.Decline(framework, call.decline());
      return absl::OkStatus();
    case SchedulerCall::REVIVE:
    case SchedulerCall::SUPPRESS:
      return Suppress(framework, call);
    case SchedulerCall::KILL:
      Kill(framework, call.kill());
      return absl::OkStatus();
    case SchedulerCall::SHUTDOWN:
      ShutdownExecutor(framework, call.shutdown());
      return absl::OkStatus();
    case SchedulerCall::ACKNOWLEDGE:
      tasks_.Acknowledge(framework, call.acknowledge());
      return absl::OkStatus();
    case SchedulerCall::RECONCILE:
      reconciler_.Reconcile(framework, call.reconcile());
      return absl::OkStatus();
    case SchedulerCall::MESSAGE:
      SendMessage(framework, std::move(*call.mutable_message()));
      return absl::OkStatus();
    case SchedulerCall::REQUEST:
      return absl::OkStatus();  // Offers come as they come.
    case SchedulerCall::UPDATE_FRAMEWORK:
      return frameworks_.Update(framework, call.update_framework());
    default:
      return absl::UnimplementedError(absl::StrCat("this master does not answer the call ",
                                                   SchedulerCall::Type_Name(call.type())));
  }
}

void Core::Kill(master::Framework* framework, const SchedulerCall::Kill& kill) {
  if (tasks_.Kill(framework, kill)) return;
  reconciler_.ReconcileTask(framework, TaskId(kill.task_id().value()),
                            AgentId(kill.agent_id().value()));
}

absl::Status Core::Suppress(master::Framework* framework, const SchedulerCall& call) {
  const bool revive = call.type() == SchedulerCall::REVIVE;
  const auto& named = revive ? call.revive().roles() : call.suppress().roles();
  std::set<std::string> roles(named.begin(), named.end());
  for (const std::string& role : roles) {
    if (!framework->roles.contains(role)) {
      // As in Mesos the whole call is dropped, and not refused.
      log_.Warning("framework ", framework->id.value(), revive ? " revives" : " suppresses",
                   " the role ", Quoted(role), ", which it does not have; ignored");
      return absl::OkStatus();
    }
  }
  ledger_.SetSuppressed(framework, roles, !revive);
  offers_.Trigger();
  return absl::OkStatus();
}

void Core::ShutdownExecutor(master::Framework* framework, const SchedulerCall::Shutdown& shutdown) {
  master::Agent* agent = ledger_.FindAgent(AgentId(shutdown.agent_id().value()));
  if (agent == nullptr || !agent->connected()) return;
  internal::MasterMessage message;
  message.mutable_shutdown_executor()->mutable_framework_id()->set_value(framework->id.value());
  *message.mutable_shutdown_executor()->mutable_executor_id() = shutdown.executor_id();
  agent->sink->Deliver(std::move(message));
}

void Core::SendMessage(master::Framework* framework, SchedulerCall::Message message) {
  master::Agent* agent = ledger_.FindAgent(AgentId(message.agent_id().value()));
  if (agent == nullptr || !agent->connected()) return;
  internal::MasterMessage forwarded;
  forwarded.mutable_framework_message()->mutable_framework_id()->set_value(framework->id.value());
  *forwarded.mutable_framework_message()->mutable_executor_id() = message.executor_id();
  forwarded.mutable_framework_message()->set_data(std::move(*message.mutable_data()));
  agent->sink->Deliver(std::move(forwarded));
}

class LoopMaster final : public Master {
 public:
  LoopMaster(const MasterOptions& options, const MasterDependencies& dependencies)
      : loop_(dependencies.loop),
        info_(MakeInfo(options, dependencies.random)),
        core_(std::make_unique<Core>(options, dependencies, info_)),
        door_(std::make_shared<LoopDoor<Core>>(loop_, core_.get())),
        schedulers_(loop_, core_->SchedulerHandlers()),
        agents_(loop_, core_->AgentHandlers()) {}

  ~LoopMaster() override {
    RunOn(loop_, [this] {
      door_->Close();
      schedulers_.Close();
      agents_.Close();
      core_.reset();
    });
  }

  void Start(Started done) override {
    door_->Post([answer = door_->AnswerWhileOpen(std::move(done))](Core* core) mutable {
      if (core != nullptr) core->Start(std::move(answer));
    });
  }

  const v1::MasterInfo& info() const override { return info_; }
  SchedulerEndpoint& schedulers() override { return schedulers_; }
  AgentEndpoint& agents() override { return agents_; }

  void CallOperator(v1::master::Call call, Peer, Called done) override {
    door_->Post(
        [call = std::move(call), answer = door_->Answer(std::move(done))](Core* core) mutable {
          if (core == nullptr) return answer(absl::UnavailableError("the master has stopped"));
          core->CallOperator(std::move(call), std::move(answer));
        });
  }

  const Core& core() const { return *core_; }

 private:
  EventLoop* const loop_;
  const v1::MasterInfo info_;
  std::unique_ptr<Core> core_;
  const std::shared_ptr<LoopDoor<Core>> door_;
  SessionEndpoint<SchedulerCall, v1::scheduler::Event> schedulers_;
  SessionEndpoint<internal::AgentMessage, internal::MasterMessage> agents_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Master>> CreateMaster(MasterOptions options,
                                                     MasterDependencies dependencies,
                                                     HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  RETURN_IF_ERROR(ValidateOptions(options));
  RETURN_IF_ERROR(ValidateDependencies(dependencies));
  std::unique_ptr<Master> master;
  // On the loop, so that whoever sees the core there sees it whole.
  RunOn(dependencies.loop, [&] { master = std::make_unique<LoopMaster>(options, dependencies); });
  return master;
}

namespace master {

absl::Status CheckLedger(const Master& master) {
  return static_cast<const LoopMaster&>(master).core().Check();
}

}  // namespace master
}  // namespace mesos
