// SimulatedEndpoint: reaches a component of another process over the simulated network. A session
// is a connection of two pipes; either process may die, the network may be cut; what both ends then
// learn, and when, is what TCP with keepalives would tell them.
#ifndef MESOSLIB_SIM_CONNECTION_H_
#define MESOSLIB_SIM_CONNECTION_H_

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "mesos/endpoint.h"
#include "mesoslib/sim/network.h"
#include "mesoslib/sim/process.h"
#include "mesoslib/sim/tap.h"

namespace mesos::sim {

// A component that can be reached, while its process lives.
template <typename Call, typename Event>
struct Server {
  std::shared_ptr<Process> process;  // Null: nobody listens.
  Endpoint<Call, Event>* endpoint = nullptr;
};

// How a client's calls travel.
enum class Transport {
  kStream,    // In order, as over one connection.
  kRequests,  // Each as a request of its own: they overtake each other, and some are sent twice.
};

// A request that has not been answered by then is given up.
inline constexpr absl::Duration kAnswerTimeout = absl::Seconds(10);

// So much may wait for a peer that does not read.
inline constexpr size_t kBacklog = 100'000;

template <typename Call, typename Event>
class Connection final : public Witness,
                         public std::enable_shared_from_this<Connection<Call, Event>> {
 public:
  using Done = typename Session<Call>::Done;
  using FindServer = std::function<Server<Call, Event>()>;

  Connection(Network* network, Tap* tap, std::shared_ptr<Process> client, int server_host,
             FindServer find, Transport transport, std::shared_ptr<Sink<Event>> sink)
      : network_(network),
        tap_(tap),
        client_(std::move(client)),
        server_host_(server_host),
        find_(std::move(find)),
        transport_(transport),
        sink_(std::move(sink)) {}

  void Open(Peer peer) {
    auto stalled = [this] { Break("no sign of life"); };
    const std::weak_ptr<void> self = this->weak_from_this();
    up_.emplace(network_, client_->host(), server_host_, self, stalled);
    down_.emplace(network_, server_host_, client_->host(), self, stalled);
    client_->AddWitness(this->weak_from_this());
    if (!client_->Acts()) return;
    up_->Send([this, peer = std::move(peer)]() mutable { Arrived(std::move(peer)); });
  }

  void Send(Call call, Done done) {
    if (!client_->Acts() || sink_ == nullptr) return;
    tap_->Said(*client_, call);
    if (established_) return Forward(std::move(call), std::move(done));
    early_.emplace_back(std::move(call), std::move(done));
  }

  // The client's handle is gone, or all of the client.
  void ClientClosed() {
    if (sink_ == nullptr) return;
    sink_ = nullptr;
    early_.clear();
    down_->Break();
    up_->Send([this] { CloseServer(); });
  }

  // Witness. The kernel of a dead process's host closes its connections.
  void Died(const Process& process) override {
    if (&process == client_.get()) return ClientClosed();
    session_ = nullptr;
    down_->Send([this] { Tell(Lost()); });
  }

 private:
  // What the server talks to.
  class ServerSink final : public Sink<Event> {
   public:
    explicit ServerSink(std::shared_ptr<Connection> connection)
        : connection_(std::move(connection)) {}
    void Deliver(Event event) override { connection_->Say(std::move(event)); }
    void Closed(absl::Status reason) override { connection_->ServerCloses(std::move(reason)); }

   private:
    const std::shared_ptr<Connection> connection_;
  };

  static absl::Status Lost() { return absl::UnavailableError("the connection is lost"); }

  void Arrived(Peer peer) {
    Server<Call, Event> server = find_();
    if (server.process == nullptr || !server.process->alive()) {
      return Tell(absl::UnavailableError("connection refused"));
    }
    server_ = server.process;
    server_->AddWitness(this->weak_from_this());
    server_->Post([self = this->shared_from_this(), endpoint = server.endpoint,
                   peer = std::move(peer)]() mutable {
      if (self->sink_ == nullptr) return;
      self->session_ = endpoint->Open(std::make_shared<ServerSink>(self), std::move(peer));
      Connection* const connection = self.get();
      self->down_->Send([connection] { connection->Established(); });
    });
  }

  // Nothing is sent before the peer has answered.
  void Established() {
    established_ = true;
    if (!client_->alive()) return;
    for (auto& [call, done] : std::exchange(early_, {})) Forward(std::move(call), std::move(done));
  }

  // -- What the client says --

  void Forward(Call call, Done done) {
    if (transport_ == Transport::kStream || !Tap::MayBeReordered(call)) {
      return up_->Send([this, call = std::move(call), done = std::move(done)]() mutable {
        Hear(std::move(call), std::move(done));
      });
    }
    if (Tap::MayBeRepeated(call) && network_->world()->Chance(20)) SendApart(call, nullptr);
    SendApart(std::move(call), std::move(done));
  }

  // Whoever hears no answer to a request takes it for lost.
  void SendApart(Call call, Done done) {
    if (done != nullptr) done = Impatient(std::move(done));
    network_->Send(client_->host(), server_host_,
                   [self = this->shared_from_this(), call = std::move(call),
                    done = std::move(done)]() mutable { self->Hear(std::move(call), std::move(done)); });
  }

  Done Impatient(Done done) {
    auto open = std::make_shared<Done>(std::move(done));
    auto answer = [open](absl::Status status) {
      if (*open != nullptr) std::exchange (*open, nullptr)(std::move(status));
    };
    client_->PostAt(client_->Now() + kAnswerTimeout, [answer] {
      answer(absl::UnavailableError("the call was not answered"));
    });
    return answer;
  }

  void Hear(Call call, Done done) {
    if (session_ == nullptr || !server_->alive()) return;
    // In the server's own time: a stopped process hears nothing.
    server_->Post([self = this->shared_from_this(), call = std::move(call),
                   done = std::move(done)]() mutable {
      if (self->session_ == nullptr) return;
      self->tap_->Heard(*self->client_, *self->server_, call);
      self->session_->Send(std::move(call), self->Answer(std::move(done)));
    });
  }

  Done Answer(Done done) {
    if (done == nullptr) return nullptr;
    return [self = this->shared_from_this(), done = std::move(done)](absl::Status status) mutable {
      if (!self->server_->Acts()) return;
      Connection* const connection = self.get();
      self->down_->Send([connection, done = std::move(done), status = std::move(status)]() mutable {
        connection->AtClient([done = std::move(done), status = std::move(status)](Sink<Event>*) mutable {
          done(std::move(status));
        });
      });
    };
  }

  void CloseServer() {
    if (session_ == nullptr) return;
    if (!server_->alive()) {
      session_ = nullptr;
      return;
    }
    server_->Post([self = this->shared_from_this()] { self->session_ = nullptr; });
  }

  // -- What the server says --

  void Say(Event event) {
    if (!server_->Acts()) return;
    if (down_->waiting() > kBacklog) return Break("the peer does not read");
    down_->Send([this, event = std::move(event)]() mutable {
      AtClient([this, event = std::move(event)](Sink<Event>* sink) mutable {
        tap_->Heard(*server_, *client_, event);
        sink->Deliver(std::move(event));
      });
    });
  }

  void ServerCloses(absl::Status reason) {
    if (!server_->Acts()) return;
    down_->Send([this, reason = std::move(reason)] { Tell(reason); });
  }

  void Tell(const absl::Status& reason) {
    AtClient([this, reason](Sink<Event>* sink) {
      sink_ = nullptr;
      sink->Closed(reason);
    });
  }

  // In the client's own time.
  void AtClient(absl::AnyInvocable<void(Sink<Event>*)> callback) {
    client_->Post([self = this->shared_from_this(), callback = std::move(callback)]() mutable {
      // Kept: what is called may close the session.
      if (const std::shared_ptr<Sink<Event>> sink = self->sink_) callback(sink.get());
    });
  }

  // -- What the network does --

  // Each end gives up by itself.
  void Break(const char* why) {
    if (broken_) return;
    broken_ = true;
    network_->world()->Log("connection of ", client_->name(), " breaks: ", why);
    up_->Break();
    down_->Break();
    SimulatedEventLoop* const loop = network_->world()->loop();
    const auto self = this->shared_from_this();
    loop->PostAt(loop->Now() + network_->world()->Between(absl::ZeroDuration(), kKeepalive),
                 [self] { self->Tell(Lost()); });
    loop->PostAt(loop->Now() + network_->world()->Between(absl::ZeroDuration(), kKeepalive),
                 [self] { self->CloseServer(); });
  }

  Network* const network_;
  Tap* const tap_;
  const std::shared_ptr<Process> client_;
  const int server_host_;
  const FindServer find_;
  const Transport transport_;
  std::shared_ptr<Sink<Event>> sink_;  // Null: the client has left.
  std::shared_ptr<Process> server_;
  std::unique_ptr<Session<Call>> session_;
  std::optional<Pipe> up_;
  std::optional<Pipe> down_;
  bool established_ = false;
  std::vector<std::pair<Call, Done>> early_;  // Said before it was established.
  bool broken_ = false;
};

template <typename Call, typename Event>
class SimulatedEndpoint final : public Endpoint<Call, Event> {
 public:
  using FindServer = typename Connection<Call, Event>::FindServer;

  // `find` says who listens at `server_host` at the moment.
  SimulatedEndpoint(Network* network, Tap* tap, std::shared_ptr<Process> client, int server_host,
                    FindServer find, Transport transport = Transport::kStream)
      : network_(network),
        tap_(tap),
        client_(std::move(client)),
        server_host_(server_host),
        find_(std::move(find)),
        transport_(transport) {}

  std::unique_ptr<Session<Call>> Open(std::shared_ptr<Sink<Event>> sink, Peer peer) override {
    auto connection = std::make_shared<Connection<Call, Event>>(
        network_, tap_, client_, server_host_, find_, transport_, std::move(sink));
    connection->Open(std::move(peer));
    return std::make_unique<Handle>(std::move(connection));
  }

 private:
  class Handle final : public Session<Call> {
   public:
    explicit Handle(std::shared_ptr<Connection<Call, Event>> connection)
        : connection_(std::move(connection)) {}
    ~Handle() override { connection_->ClientClosed(); }
    void Send(Call call, typename Session<Call>::Done done) override {
      connection_->Send(std::move(call), std::move(done));
    }

   private:
    const std::shared_ptr<Connection<Call, Event>> connection_;
  };

  Network* const network_;
  Tap* const tap_;
  const std::shared_ptr<Process> client_;
  const int server_host_;
  const FindServer find_;
  const Transport transport_;
};

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_CONNECTION_H_
