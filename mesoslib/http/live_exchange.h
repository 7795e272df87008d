// The Exchange that handlers get: it answers through an Outlet.
#ifndef MESOSLIB_HTTP_LIVE_EXCHANGE_H_
#define MESOSLIB_HTTP_LIVE_EXCHANGE_H_

#include <memory>

#include "mesoslib/http/exchange.h"
#include "mesoslib/http/memory_budget.h"
#include "mesoslib/http/outlet.h"

namespace mesos::http {

// `share` is what the request's body takes; it is given back with the exchange.
std::unique_ptr<Exchange> MakeExchange(Request request, MemoryShare share,
                                       std::shared_ptr<Outlet> outlet);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_LIVE_EXCHANGE_H_
