// StateAnswer: the answer to an operator's call that asks for what a state has, put together in
// small steps: for a loop that has other work, too. The state does not change meanwhile.
#ifndef MESOSLIB_MASTER_STATE_ANSWER_H_
#define MESOSLIB_MASTER_STATE_ANSWER_H_

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "mesos/master_state.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::master {

class StateAnswer {
 public:
  // `call` is one that is answered from a state. The state outlives this.
  StateAnswer(const MasterState& state, const v1::master::Call& call);

  // Does so much of what is left, in records; true: nothing is left.
  bool Advance(size_t records);

  // Once nothing is left.
  v1::master::Response Take() { return std::move(response_); }

 private:
  using Response = v1::master::Response;
  struct Step {
    size_t records;
    absl::AnyInvocable<void()> run;
  };
  // What a framework has on all agents.
  struct Holdings {
    Resources allocated;
    std::vector<const MasterState::Offer*> offers;
    std::vector<const MasterState::Agent*> offer_agents;  // Of each offer.
  };
  struct Role {
    std::set<FrameworkId> frameworks;
    Resources held;
  };

  void AddTasks(Response::GetTasks* result);
  void AddAgents(Response::GetAgents* result);
  void AddFrameworks(Response::GetFrameworks* result);
  void AddExecutors(Response::GetExecutors* result);
  void AddRoles(Response::GetRoles* result);
  void Later(size_t records, absl::AnyInvocable<void()> run) {
    steps_.push_back({records, std::move(run)});
  }
  template <typename Visit>
  void ForEachAgentLater(Visit visit);

  const MasterState& state_;
  Response response_;
  std::deque<Step> steps_;
  std::map<FrameworkId, Holdings> holdings_;
  std::map<std::string, Role> roles_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_STATE_ANSWER_H_
