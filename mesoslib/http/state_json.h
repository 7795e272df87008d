// A master's state as the older endpoints tell it: /state, /state-summary, /slaves, /frameworks.
// The text of a page is kept with the page, so that the next answer is made of what has changed,
// and of pieces that are shared with the last one.
//
// Threads: any; each takes time in proportion to what is told.
#ifndef MESOSLIB_HTTP_STATE_JSON_H_
#define MESOSLIB_HTTP_STATE_JSON_H_

#include <atomic>
#include <map>
#include <string>

#include "mesos/master_state.h"
#include "mesoslib/http/exchange.h"
#include "mesoslib/http/query.h"

namespace mesos::http {

// Writes the texts of pages that have none yet, from the last page on, for those who write all from
// the first on; until all are there or `over` is true.
void WriteAhead(const MasterState& state, const std::atomic<bool>& over);

TextPieces StateJson(const MasterState& state, const std::map<std::string, std::string>& flags);
TextPieces StateSummaryJson(const MasterState& state);
// "slave_id": that one only.
TextPieces SlavesJson(const MasterState& state, const Query& query);
// "framework_id": that one only.
TextPieces FrameworksJson(const MasterState& state, const Query& query);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_STATE_JSON_H_
