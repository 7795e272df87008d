#include "mesoslib/agent/container_survey.h"

#include <memory>
#include <utility>

#include "mesos/ids.h"

namespace mesos::agent {
namespace {

using v1::agent::Response;
using Done = absl::AnyInvocable<void(absl::StatusOr<Response>)>;

// Kept by the callbacks that are awaited; answers when the last of them has gone.
class Survey : public std::enable_shared_from_this<Survey> {
 public:
  Survey(EventLoop* loop, Response response, Done done)
      : loop_(loop), response_(std::move(response)), done_(std::move(done)) {}
  ~Survey() {
    loop_->Cancel(timer_);
    Finish();
  }

  void Start(Containerizer* containerizer) {
    timer_ = loop_->PostAt(loop_->Now() + kSurveyTimeout, [weak = weak_from_this()] {
      if (const std::shared_ptr<Survey> self = weak.lock()) self->Finish();
    });
    for (int i = 0; i < response_.get_containers().containers_size(); ++i) {
      const ContainerId id(response_.get_containers().containers(i).container_id().value());
      containerizer->Status(
          id, [self = shared_from_this(), i](absl::StatusOr<v1::ContainerStatus> status) {
            if (!status.ok() || self->done_ == nullptr) return;
            *self->Container(i)->mutable_container_status() = *std::move(status);
          });
      containerizer->Usage(
          id, [self = shared_from_this(), i](absl::StatusOr<v1::ResourceStatistics> usage) {
            if (!usage.ok() || self->done_ == nullptr) return;
            *self->Container(i)->mutable_resource_statistics() = *std::move(usage);
          });
    }
  }

 private:
  Response::GetContainers::Container* Container(int i) {
    return response_.mutable_get_containers()->mutable_containers(i);
  }

  void Finish() {
    if (Done done = std::exchange(done_, nullptr); done != nullptr) done(std::move(response_));
  }

  EventLoop* const loop_;
  TimerId timer_ = 0;
  Response response_;
  Done done_;
};

}  // namespace

void SurveyContainers(EventLoop* loop, Containerizer* containerizer, Response response, Done done) {
  std::make_shared<Survey>(loop, std::move(response), std::move(done))->Start(containerizer);
}

}  // namespace mesos::agent
