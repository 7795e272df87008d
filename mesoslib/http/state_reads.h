// StateReads: answers that are made of a master's state. Who asks for the same while an answer is
// being made waits for the next one, together with all others who do: however many poll, one
// state is taken and one text is made at a time for each thing that is asked for.
//
// Threads: any.
// Ownership: shared with the answers that are on their way.
#ifndef MESOSLIB_HTTP_STATE_READS_H_
#define MESOSLIB_HTTP_STATE_READS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "mesos/master.h"
#include "mesos/master_state.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/http/background.h"
#include "mesoslib/http/state_json.h"

namespace mesos::http {

class StateReads : public std::enable_shared_from_this<StateReads> {
 public:
  using Make = std::function<TextPieces(const MasterState&)>;
  struct Told {
    TextPieces pieces;
    uint64_t version;  // Of the state.
  };
  using Done = absl::AnyInvocable<void(absl::StatusOr<Told>)>;

  // `master` outlives the server whose these are.
  StateReads(Master* master, Background background)
      : master_(master), background_(std::move(background)) {}

  // `make` makes the text of a state that is of a moment after this call; it is the same for the
  // same `what`. `done` hears on a background thread, or on the master's loop.
  void Read(const std::string& what, Make make, Done done);

 private:
  struct Reading {
    Make make;
    std::vector<Done> waiting;  // For a state that is not taken yet.
    bool running = false;
  };

  void Take(const std::string& what);
  void Answer(const std::string& what, absl::StatusOr<std::shared_ptr<const MasterState>> state);

  Master* const master_;
  const Background background_;
  Mutex mutex_;
  absl::flat_hash_map<std::string, Reading> readings_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_STATE_READS_H_
