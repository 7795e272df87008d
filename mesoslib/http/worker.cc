#include "mesoslib/http/worker.h"

#include <array>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/functional/any_invocable.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/types/span.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/thread.h"
#include "mesoslib/http/byte_queue.h"
#include "mesoslib/http/wire.h"

namespace mesos::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// As Asio's own, but without its executor that could be any: there is one kind here.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

// What an idle connection keeps to read into; what is more goes through its worker's buffer.
constexpr size_t kOwnBufferBytes = 2 << 10;
constexpr size_t kSharedBufferBytes = 32 << 10;
// So many buffers are read from one connection before others have their turn.
constexpr int kReadsInARow = 4;
constexpr int kAcceptsInARow = 64;
constexpr std::chrono::milliseconds kAcceptPause(100);

// How other threads reach a worker that may be gone.
class Door {
 public:
  explicit Door(asio::io_context* context) : context_(context) {}

  void Post(absl::AnyInvocable<void()> callback) {
    MutexLock lock(&mutex_);
    if (context_ != nullptr) asio::post(*context_, std::move(callback));
  }

  void Close() {
    MutexLock lock(&mutex_);
    context_ = nullptr;
  }

 private:
  Mutex mutex_;
  asio::io_context* context_ ABSL_GUARDED_BY(mutex_);
};

// The Date field, made once a second.
class DateClock {
 public:
  absl::string_view Get() {
    const std::time_t now = std::time(nullptr);
    if (std::exchange(second_, now) != now) {
      text_ =
          absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", absl::FromTimeT(now), absl::UTCTimeZone());
    }
    return text_;
  }

 private:
  std::time_t second_ = -1;
  std::string text_;
};

class Link;

// What links use of their worker.
class LinkHost {
 public:
  virtual void Remove(const std::shared_ptr<Link>& link) = 0;
  virtual absl::Time Now() = 0;

  std::array<char, kSharedBufferBytes> buffer;
  DateClock date;

 protected:
  ~LinkHost() = default;
};

// A socket and its connection. Its worker's set and the operations that are under way own it.
class Link final : public Wire, public std::enable_shared_from_this<Link> {
 public:
  Link(LinkHost* host, Socket socket) : host_(host), socket_(std::move(socket)) {}

  void Start(const ConnectionSetup& setup, const std::shared_ptr<Door>& door, std::string peer) {
    connection_.emplace(setup, this, std::make_shared<LinkWaker>(door, weak_from_this()),
                        std::move(peer));
    Read();
  }

  Connection& connection() { return *connection_; }

  absl::Time Now() const override { return host_->Now(); }
  absl::string_view Date() override { return host_->date.Get(); }

  std::optional<size_t> Send(absl::Span<const absl::string_view> pieces) override {
    absl::InlinedVector<asio::const_buffer, ByteQueue::kFront> buffers;
    for (const absl::string_view piece : pieces) buffers.emplace_back(piece.data(), piece.size());
    error_code code;
    const size_t sent = socket_.write_some(buffers, code);
    if (code && code != asio::error::would_block) return std::nullopt;
    return sent;
  }

  void AwaitWritable() override {
    socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code& code) {
      if (!self->socket_.is_open()) return;
      if (code) return self->connection_->OnBroken();
      self->connection_->OnWritable();
    });
  }

  void SetReading(bool on) override {
    reading_ = on;
    if (on) Read();
  }

  void ShutdownSending() override {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  }

  void Close(bool at_once) override {
    error_code ignored;
    if (at_once) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
    host_->Remove(shared_from_this());
  }

 private:
  class LinkWaker final : public Outlet::Waker {
   public:
    LinkWaker(std::shared_ptr<Door> door, std::weak_ptr<Link> link)
        : door_(std::move(door)), link_(std::move(link)) {}

    void Wake() override {
      door_->Post([link = link_] {
        if (const std::shared_ptr<Link> alive = link.lock()) alive->connection_->OnWake();
      });
    }
    void Post(absl::AnyInvocable<void()> callback) override { door_->Post(std::move(callback)); }

   private:
    const std::shared_ptr<Door> door_;
    const std::weak_ptr<Link> link_;
  };

  // A read is always pending while reading is on.
  void Read() {
    if (!reading_ || read_pending_ || ended_ || !socket_.is_open()) return;
    read_pending_ = true;
    socket_.async_read_some(asio::buffer(own_buffer_),
                            [self = shared_from_this()](const error_code& code, size_t bytes) {
                              self->OnRead(code, bytes);
                            });
  }

  void OnRead(error_code code, size_t bytes) {
    read_pending_ = false;
    if (!socket_.is_open()) return;
    Deliver(code, own_buffer_.data(), bytes);
    bool more = bytes == own_buffer_.size();
    for (int i = 0; more && i < kReadsInARow && Reads(); ++i) {
      bytes = socket_.read_some(asio::buffer(host_->buffer), code);
      if (code == asio::error::would_block) break;
      Deliver(code, host_->buffer.data(), bytes);
      more = bytes == host_->buffer.size();
    }
    Read();
  }

  bool Reads() const { return reading_ && !ended_ && socket_.is_open(); }

  void Deliver(const error_code& code, const char* bytes, size_t size) {
    if (!code) return connection_->OnBytes(absl::string_view(bytes, size));
    ended_ = true;
    if (code == asio::error::eof) return connection_->OnEnd();
    connection_->OnBroken();
  }

  LinkHost* const host_;
  Socket socket_;
  bool reading_ = true;
  bool read_pending_ = false;
  bool ended_ = false;
  std::array<char, kOwnBufferBytes> own_buffer_;
  std::optional<Connection> connection_;
};

class AsioWorker final : public Worker, private LinkHost {
 public:
  explicit AsioWorker(WorkerSetup* setup)
      : setup_(*setup),
        work_(context_.get_executor()),
        door_(std::make_shared<Door>(&context_)),
        sweep_(context_),
        acceptor_(context_),
        accept_pause_(context_) {}

  ~AsioWorker() override {
    door_->Close();
    asio::post(context_, [this] { Stop(); });
    if (thread_.joinable()) thread_.join();
  }

  absl::Status Start(const std::string& name) {
    ScheduleSweep();
    ASSIGN_OR_RETURN(thread_, StartThread(name, [this] { context_.run(); }));
    return absl::OkStatus();
  }

  void Serve(Accepted accepted) override {
    door_->Post([this, accepted = std::move(accepted)]() mutable { Admit(std::move(accepted)); });
  }

  void Listen(UniqueFd listener, std::function<void(Accepted)> serve) override {
    door_->Post([this, listener = std::move(listener), serve = std::move(serve)]() mutable {
      serve_ = std::move(serve);
      error_code code;
      acceptor_.assign(tcp::v4(), listener.Release(), code);
      AwaitConnections();
    });
  }

 private:
  absl::Time Now() override {
    return absl::UnixEpoch() +
           absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
  }

  void Remove(const std::shared_ptr<Link>& link) override {
    if (links_.erase(link) > 0) --setup_.connections;
  }

  void Stop() {
    error_code ignored;
    acceptor_.close(ignored);
    for (const std::shared_ptr<Link>& link : Links()) {
      link->connection().Stop(absl::UnavailableError("the server is shutting down"));
    }
    context_.stop();
  }

  // A copy, for connections may go while they are walked through.
  std::vector<std::shared_ptr<Link>> Links() const { return {links_.begin(), links_.end()}; }

  void Admit(Accepted accepted) {
    if (++setup_.connections > setup_.max_connections && !MakeRoom()) {
      --setup_.connections;
      return RefuseConnection(std::move(accepted));
    }
    Socket socket(context_);
    error_code code;
    socket.assign(tcp::v4(), accepted.socket.get(), code);
    if (code) {
      --setup_.connections;
      return;
    }
    accepted.socket.Release();
    socket.non_blocking(true, code);
    // Not make_shared: the wakers' weak references would keep its memory.
    const std::shared_ptr<Link> link(new Link(this, std::move(socket)));
    links_.insert(link);
    link->Start(setup_.connection, door_, std::move(accepted.peer));
  }

  // Closes the connection that is worth least; false: all have requests.
  bool MakeRoom() {
    std::shared_ptr<Link> least;
    std::optional<Connection::Worth> least_worth;
    for (const std::shared_ptr<Link>& link : links_) {
      const std::optional<Connection::Worth> worth = link->connection().worth();
      if (!worth.has_value() || (least_worth.has_value() && !(*worth < *least_worth))) continue;
      least = link;
      least_worth = worth;
    }
    if (least == nullptr) return false;
    least->connection().Stop(absl::ResourceExhaustedError("there are too many connections"));
    return true;
  }

  void ScheduleSweep() {
    sweep_.expires_after(absl::ToChronoMilliseconds(setup_.tick));
    sweep_.async_wait([this](const error_code& code) {
      if (code) return;
      for (const std::shared_ptr<Link>& link : Links()) link->connection().OnTime();
      ScheduleSweep();
    });
  }

  void AwaitConnections() {
    if (!acceptor_.is_open()) return;
    acceptor_.async_wait(Acceptor::wait_read, [this](const error_code& code) {
      if (!code) AcceptConnections();
    });
  }

  void AcceptConnections() {
    for (int i = 0; i < kAcceptsInARow; ++i) {
      absl::StatusOr<Accepted> accepted = Accept(acceptor_.native_handle());
      if (absl::IsResourceExhausted(accepted.status())) return PauseAccepting(accepted.status());
      if (!accepted.ok()) break;
      serve_(*std::move(accepted));
    }
    AwaitConnections();
  }

  // The listening socket would call again at once, and again in vain.
  void PauseAccepting(const absl::Status& reason) {
    setup_.connection.log.Warning(reason.message());
    accept_pause_.expires_after(kAcceptPause);
    accept_pause_.async_wait([this](const error_code& code) {
      if (!code) AcceptConnections();
    });
  }

  WorkerSetup& setup_;
  asio::io_context context_{1};
  const asio::executor_work_guard<Executor> work_;
  const std::shared_ptr<Door> door_;
  Timer sweep_;
  Acceptor acceptor_;
  Timer accept_pause_;
  std::function<void(Accepted)> serve_;
  absl::flat_hash_set<std::shared_ptr<Link>> links_;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Worker>> CreateWorker(WorkerSetup* setup, const std::string& name) {
  try {
    auto worker = std::make_unique<AsioWorker>(setup);
    RETURN_IF_ERROR(worker->Start(name));
    return worker;
  } catch (const boost::system::system_error& error) {
    return absl::ResourceExhaustedError(absl::StrCat("cannot start ", name, ": ", error.what()));
  }
}

}  // namespace mesos::http
