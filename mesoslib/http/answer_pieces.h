// The answer to a call that a master's state answers, put together of pieces: a page of tasks or
// agents is written once in each encoding, and what was written is kept with the page.
//
// Threads: any; takes time in proportion to what has changed since it was last asked for.
#ifndef MESOSLIB_HTTP_ANSWER_PIECES_H_
#define MESOSLIB_HTTP_ANSWER_PIECES_H_

#include "mesos/master_state.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/http/content.h"
#include "mesoslib/http/exchange.h"

namespace mesos::http {

// Says what Encode(AnswerFrom(state, call)) says. `call` is one that is answered from a state.
TextPieces AnswerPieces(const MasterState& state, const v1::master::Call& call, Encoding encoding);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_ANSWER_PIECES_H_
