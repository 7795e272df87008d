#include "mesoslib/master/pictures.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace mesos::master {
namespace {

// Where its HTTP API is: the connection with the master has another port.
std::string HttpAddress(const Agent& agent) {
  const absl::string_view connection = agent.peer.address;
  const size_t colon = connection.rfind(':');
  const absl::string_view ip =
      colon == absl::string_view::npos ? agent.info.hostname() : connection.substr(0, colon);
  return absl::StrCat(ip, ":", agent.info.port());
}

}  // namespace

MasterState::Agent Picture(const Agent& agent) {
  if (agent.shown_info == nullptr) {
    agent.shown_info = std::make_shared<const v1::AgentInfo>(agent.info);
  }
  MasterState::Agent picture;
  picture.id = agent.id;
  picture.info = agent.shown_info;
  picture.capabilities = agent.capability_list;
  picture.version = agent.version;
  picture.address = HttpAddress(agent);
  picture.connected = agent.connected();
  picture.deactivated = agent.deactivated;
  if (agent.drain.has_value()) {
    picture.drain = std::make_shared<const v1::DrainInfo>(*agent.drain);
    picture.drain_start = agent.drain_start;
  }
  picture.registered_time = agent.registered_time;
  picture.reregistered_time = agent.reregistered_time;
  picture.total = agent.total;
  picture.used = agent.used;
  picture.offered = agent.offered;
  picture.offers.reserve(agent.offers.size());
  for (const Offer* offer : agent.offers.InOrder()) {
    picture.offers.push_back({offer->id, offer->framework->id, offer->role, offer->resources});
  }
  picture.executors.reserve(agent.executors.size());
  for (const auto& [key, executor] : agent.executors) {
    picture.executors.push_back({key.first, executor.info, executor.resources});
  }
  return picture;
}

MasterState::Task Picture(const Task& task) {
  return {task.description, task.latest_state, task.state, task.holds_resources, task.status};
}

MasterState::Framework Picture(const Framework& framework) {
  if (framework.shown_info == nullptr) {
    framework.shown_info = std::make_shared<const v1::FrameworkInfo>(framework.info);
    framework.shown_constraints = nullptr;
    if (framework.said_constraints.role_constraints_size() > 0) {
      framework.shown_constraints =
          std::make_shared<const v1::scheduler::OfferConstraints>(framework.said_constraints);
    }
  }
  MasterState::Framework picture;
  picture.id = framework.id;
  picture.info = framework.shown_info;
  picture.roles = framework.roles;
  picture.offer_constraints = framework.shown_constraints;
  picture.connected = framework.connected();
  picture.recovered = framework.recovered;
  picture.address = framework.peer.address;
  picture.registered_time = framework.registered_time;
  picture.reregistered_time = framework.reregistered_time;
  picture.unregistered_time = framework.unregistered_time;
  return picture;
}

}  // namespace mesos::master
