// RogueFramework: a framework that says what no framework should: it accepts what it was not
// offered, acknowledges and kills what is not its own, and sends values that make no sense. Nobody
// else may notice.
#ifndef MESOSLIB_SIM_ROGUE_FRAMEWORK_H_
#define MESOSLIB_SIM_ROGUE_FRAMEWORK_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mesos/endpoint.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/loop_sink.h"
#include "mesoslib/sim/book.h"
#include "mesoslib/sim/process.h"

namespace mesos::sim {

// One life of it.
class RogueFramework final : public LoopSink<v1::scheduler::Event>::Handler {
 public:
  // `victims` are others' books: it knows everything about them.
  RogueFramework(World* world, std::shared_ptr<Process> process, SchedulerEndpoint* master,
                 std::vector<const Book*> victims);
  ~RogueFramework() override;

  // LoopSink::Handler.
  void HandleEvent(v1::scheduler::Event event) override;
  void HandleRefused(const absl::Status&) override {}
  void HandleClosed(const absl::Status& reason) override;

 private:
  using Call = v1::scheduler::Call;

  void Connect();
  void Tick();
  void Misbehave();
  void Send(Call call);

  // The call's type and content, whoever it pretends to be.
  Call AcknowledgeOthers();
  Call KillOthers();
  Call AcceptAnything();
  Call DeclineNonsense();
  Call ReconcileNonsense();
  Call ShutDownOthers();
  v1::TaskInfo NonsenseTask();
  double NonsenseNumber();
  std::string NonsenseId();
  const Book* Victim();
  std::string VictimsTask(const Book& victim, std::string* agent);

  World* const world_;
  const std::shared_ptr<Process> process_;
  SchedulerEndpoint* const master_;
  const std::vector<const Book*> victims_;
  std::string id_;
  std::vector<v1::Offer> offers_;
  std::shared_ptr<LoopSink<v1::scheduler::Event>> sink_;
  std::unique_ptr<Session<Call>> session_;
  Lifetime lifetime_;
};

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_ROGUE_FRAMEWORK_H_
