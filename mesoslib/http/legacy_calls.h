// The endpoints by which operators made some of a master's calls before there was a v1 API. Each is
// one of these calls in another dress, and answered as it is: 307 or 503 where the master does not
// lead, 400, 404, 409; what is done 200, what is only begun 202.
//
//   POST /reserve /unreserve /create-volumes /destroy-volumes    form: slaveId, resources or
//   volumes POST /teardown                                               form: frameworkId GET, PUT
//   /weights; GET, POST /quota; DELETE /quota/ROLE      JSON GET, POST /maintenance/schedule; GET
//   /maintenance/status     JSON POST /machine/down /machine/up                               JSON
//
// They say slave where v1 says agent; the fields of their JSON are the same.
#ifndef MESOSLIB_HTTP_LEGACY_CALLS_H_
#define MESOSLIB_HTTP_LEGACY_CALLS_H_

#include <functional>
#include <vector>

#include "mesos/endpoint.h"
#include "mesos/master.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/http/background.h"
#include "mesoslib/http/leading.h"
#include "mesoslib/http/router.h"

namespace mesos::http {

// Makes a call, as Master::CallOperator does.
using CallMaster = std::function<void(v1::master::Call call, Peer peer, Master::Called done)>;

std::vector<Route> LegacyCalls(CallMaster call_master, WhoLeads who_leads, Background background);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_LEGACY_CALLS_H_
