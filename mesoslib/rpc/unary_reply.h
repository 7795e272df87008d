// UnaryReply: the answer to a unary call, given later and from any thread, or taken away when the
// caller goes. Owns itself until gRPC is done with it.
//
//   auto reply = UnaryReply::Create();
//   session->Send(call, [handle = reply->MakeHandle()](absl::Status status) mutable {
//     handle.Reply(std::move(status));
//   });
//   return reply->reactor();
#ifndef MESOSLIB_RPC_UNARY_REPLY_H_
#define MESOSLIB_RPC_UNARY_REPLY_H_

#include <atomic>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "grpcpp/support/server_callback.h"
#include "mesoslib/rpc/status_mapping.h"

namespace mesos {

class UnaryReply final : public grpc::ServerUnaryReactor,
                         public std::enable_shared_from_this<UnaryReply> {
 public:
  // Whoever holds this owes the answer; destroying it without answering says Unavailable.
  class Handle {
   public:
    explicit Handle(std::shared_ptr<UnaryReply> reply) : reply_(std::move(reply)) {}
    Handle(Handle&& other) = default;
    Handle& operator=(Handle&&) = delete;
    ~Handle() {
      if (reply_ != nullptr) Reply(absl::UnavailableError("stopped before the call was answered"));
    }

    void Reply(absl::Status status) {
      Reply(std::move(status), [] {});
    }

    // `fill` writes the response; it does not run if the caller is gone.
    template <typename Fill>
    void Reply(absl::Status status, Fill fill) {
      const std::shared_ptr<UnaryReply> reply = std::move(reply_);
      if (reply == nullptr || reply->answered_.exchange(true)) return;
      fill();
      reply->Finish(ToGrpcStatus(status));
    }

   private:
    std::shared_ptr<UnaryReply> reply_;
  };

  static std::shared_ptr<UnaryReply> Create() {
    auto reply = std::make_shared<UnaryReply>();
    reply->self_ = reply;
    return reply;
  }

  Handle MakeHandle() { return Handle(shared_from_this()); }

  // For gRPC: valid until OnDone.
  grpc::ServerUnaryReactor* reactor() { return this; }

  void OnCancel() override { MakeHandle().Reply(absl::CancelledError("the caller is gone")); }

  void OnDone() override { const std::shared_ptr<UnaryReply> self = std::move(self_); }

 private:
  std::atomic<bool> answered_{false};
  std::shared_ptr<UnaryReply> self_;
};

}  // namespace mesos

#endif  // MESOSLIB_RPC_UNARY_REPLY_H_
