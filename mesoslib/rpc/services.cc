#include "mesoslib/rpc/services.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "mesos/allocator.h"
#include "mesos/ids.h"
#include "mesos/random.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/uuid.h"
#include "mesoslib/rpc/protocols.h"
#include "mesoslib/rpc/server_peer.h"
#include "mesoslib/rpc/server_stream.h"
#include "mesoslib/rpc/unary_reply.h"

namespace mesos {
namespace {

constexpr char kStreamId[] = "mesos-stream-id";

// The services with a Subscribe and a Call half besides Connect. What derives from this says how
// the two halves find each other.
template <typename P>
class SubscriberService : public P::Service::CallbackService {
 public:
  using Session = mesos::Session<typename P::Call>;

  SubscriberService(Endpoint<typename P::Call, typename P::Event>* endpoint,
                    std::shared_ptr<const StreamHost> host)
      : endpoint_(endpoint), host_(std::move(host)) {}

  grpc::ServerBidiReactor<typename P::Calls, typename P::Events>* Connect(
      grpc::CallbackServerContext* context) override {
    auto stream = std::make_shared<ConnectStream<P>>(context, host_);
    stream->Start(*endpoint_);
    return stream.get();
  }

  grpc::ServerWriteReactor<typename P::Event>* Subscribe(grpc::CallbackServerContext* context,
                                                         const typename P::Call* call) override {
    auto stream =
        std::make_shared<SubscribeStream<P>>(context, host_, sessions_, NameStream(context, *call));
    stream->Start(*endpoint_, *call);
    return stream.get();
  }

  grpc::ServerUnaryReactor* Call(grpc::CallbackServerContext* context, const typename P::Call* call,
                                 rpc::Empty* /*response*/) override {
    const std::shared_ptr<UnaryReply> reply = UnaryReply::Create();
    UnaryReply::Handle handle = reply->MakeHandle();
    absl::StatusOr<std::shared_ptr<Session>> session = FindSession(*context, *call);
    if (!session.ok()) {
      handle.Reply(session.status());
    } else {
      (*session)->Send(*call, [handle = std::move(handle)](absl::Status status) mutable {
        handle.Reply(std::move(status));
      });
    }
    return reply->reactor();
  }

 protected:
  // The name a new stream is registered under.
  virtual std::string NameStream(grpc::CallbackServerContext* context,
                                 const typename P::Call& subscribe) = 0;

  virtual absl::StatusOr<std::shared_ptr<Session>> FindSession(
      const grpc::CallbackServerContext& context, const typename P::Call& call) = 0;

  const std::shared_ptr<SessionRegistry<typename P::Call>> sessions_ =
      std::make_shared<SessionRegistry<typename P::Call>>();

 private:
  Endpoint<typename P::Call, typename P::Event>* const endpoint_;
  const std::shared_ptr<const StreamHost> host_;
};

// A framework has no id before it is subscribed: the stream gets one, that nobody can guess.
class SchedulerServer final : public SubscriberService<SchedulerProtocol> {
 public:
  using SubscriberService::SubscriberService;

 private:
  std::string NameStream(grpc::CallbackServerContext* context,
                         const v1::scheduler::Call& /*subscribe*/) override {
    std::string id;
    {
      MutexLock lock(&random_mutex_);
      id = NewUuidText(random_.get());
    }
    context->AddInitialMetadata(kStreamId, id);
    return id;
  }

  absl::StatusOr<std::shared_ptr<Session>> FindSession(
      const grpc::CallbackServerContext& context, const v1::scheduler::Call& /*call*/) override {
    const auto id = context.client_metadata().find(kStreamId);
    if (id == context.client_metadata().end()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "metadata '", kStreamId, "' is missing: repeat what Subscribe was answered"));
    }
    const std::string name(id->second.data(), id->second.size());
    if (auto session = sessions_->Find(name); session != nullptr) return session;
    return absl::InvalidArgumentError(absl::StrCat("metadata '", kStreamId, "' is ", Quoted(name),
                                                   ", which names no subscribed stream"));
  }

  Mutex random_mutex_;
  const std::unique_ptr<Random> random_ = CreateSystemRandom();
};

class ExecutorServer final : public SubscriberService<ExecutorProtocol> {
 public:
  using SubscriberService::SubscriberService;

 private:
  static std::string Name(const v1::executor::Call& call) {
    const std::string& framework = call.framework_id().value();
    return absl::StrCat(framework.size(), ":", framework, call.executor_id().value());
  }

  std::string NameStream(grpc::CallbackServerContext* /*context*/,
                         const v1::executor::Call& subscribe) override {
    return Name(subscribe);
  }

  absl::StatusOr<std::shared_ptr<Session>> FindSession(
      const grpc::CallbackServerContext& /*context*/, const v1::executor::Call& call) override {
    if (auto session = sessions_->Find(Name(call)); session != nullptr) return session;
    return absl::FailedPreconditionError(
        absl::StrCat("executor ", Quoted(call.executor_id().value()), " of framework ",
                     Quoted(call.framework_id().value()), " is not subscribed"));
  }
};

class AgentLinkServer final : public rpc::AgentLink::CallbackService {
 public:
  AgentLinkServer(AgentEndpoint* endpoint, std::shared_ptr<const StreamHost> host)
      : endpoint_(endpoint), host_(std::move(host)) {}

  grpc::ServerBidiReactor<rpc::AgentMessages, rpc::MasterMessages>* Connect(
      grpc::CallbackServerContext* context) override {
    auto stream = std::make_shared<ConnectStream<AgentProtocol>>(context, host_);
    stream->Start(*endpoint_);
    return stream.get();
  }

 private:
  AgentEndpoint* const endpoint_;
  const std::shared_ptr<const StreamHost> host_;
};

void ExplanationToProto(const AllocationExplanation& explanation,
                        rpc::ExplainOffersResponse* proto) {
  proto->set_text(explanation.ToString());
  for (const AllocationExplanation::Role& role : explanation.roles) {
    rpc::ExplainOffersResponse::Role* told = proto->add_roles();
    told->set_role(role.role);
    told->set_idle(role.idle);
    told->set_weight(role.weight);
    told->set_share(role.share);
    told->set_dominant_resource(role.dominant_resource);
    told->set_rank(role.rank);
    for (const std::string& ahead : role.ahead) told->add_ahead(ahead);
    for (const AllocationExplanation::Agents& agents : role.agents) {
      rpc::ExplainOffersResponse::Agents* group = told->add_agents();
      group->set_reason(std::string(ToString(agents.reason)));
      group->set_subject(agents.subject);
      group->set_count(agents.count);
      for (const AgentId& id : agents.examples) group->add_examples()->set_value(id.value());
      if (agents.until == absl::InfiniteFuture()) continue;
      group->mutable_until()->set_nanoseconds(absl::ToUnixNanos(agents.until));
    }
  }
}

// `Operated`: a Master or an Agent.
template <typename Service, typename Operated, typename Request, typename Response>
class OperatorServer : public Service::CallbackService {
 public:
  explicit OperatorServer(Operated* operated) : operated_(operated) {}

  grpc::ServerUnaryReactor* Call(grpc::CallbackServerContext* context, const Request* call,
                                 Response* response) override {
    const std::shared_ptr<UnaryReply> reply = UnaryReply::Create();
    operated_->CallOperator(
        *call, PeerOf(*context),
        [handle = reply->MakeHandle(), response](absl::StatusOr<Response> result) mutable {
          handle.Reply(result.status(), [&] {
            if (result.ok()) *response = *std::move(result);
          });
        });
    return reply->reactor();
  }

 protected:
  Operated* const operated_;
};

class MasterOperatorServer final
    : public OperatorServer<rpc::MasterOperator, Master, v1::master::Call, v1::master::Response> {
 public:
  using OperatorServer::OperatorServer;

  grpc::ServerUnaryReactor* ExplainOffers(grpc::CallbackServerContext* /*context*/,
                                          const rpc::ExplainOffersRequest* request,
                                          rpc::ExplainOffersResponse* response) override {
    const std::shared_ptr<UnaryReply> reply = UnaryReply::Create();
    operated_->ExplainOffers(FrameworkId(request->framework_id().value()),
                             [handle = reply->MakeHandle(),
                              response](absl::StatusOr<AllocationExplanation> told) mutable {
                               handle.Reply(told.status(), [&] {
                                 if (told.ok()) ExplanationToProto(*told, response);
                               });
                             });
    return reply->reactor();
  }
};

using AgentOperatorServer =
    OperatorServer<rpc::AgentOperator, Agent, v1::agent::Call, v1::agent::Response>;

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> MasterServices(Master* master,
                                                           std::shared_ptr<const StreamHost> host) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(std::make_unique<SchedulerServer>(&master->schedulers(), host));
  services.push_back(std::make_unique<AgentLinkServer>(&master->agents(), host));
  services.push_back(std::make_unique<MasterOperatorServer>(master));
  return services;
}

std::vector<std::unique_ptr<grpc::Service>> AgentServices(Agent* agent,
                                                          std::shared_ptr<const StreamHost> host) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(std::make_unique<ExecutorServer>(&agent->executors(), host));
  services.push_back(std::make_unique<AgentOperatorServer>(agent));
  return services;
}

}  // namespace mesos
