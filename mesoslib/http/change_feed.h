// ChangeFeed: carries the master's changes to all operators who have subscribed to them. The master
// tells each change once; it is written once in each encoding; each subscriber gets it as a record.
//
//    SUBSCRIBE          the state's text              the changes after that state
//   -----------> waiting -----------> SUBSCRIBED, HEARTBEAT ----> ... until the client goes, reads
//                  |  what changes meanwhile is kept for it       too slowly, or the master leads
//                  |                                              no more
//                  +--> refused (503), where there is no state
//
// Threads: any. All is done on background threads, one thing after the other.
// Ownership: shared with what is on its way.
#ifndef MESOSLIB_HTTP_CHANGE_FEED_H_
#define MESOSLIB_HTTP_CHANGE_FEED_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "mesos/endpoint.h"
#include "mesos/master.h"
#include "mesos/master_state.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/http/background.h"
#include "mesoslib/http/content.h"
#include "mesoslib/http/exchange.h"
#include "mesoslib/http/state_reads.h"

namespace mesos::http {

class ChangeFeed final : public Sink<MasterChange>,
                         public std::enable_shared_from_this<ChangeFeed> {
 public:
  // One more subscriber than `max_subscribers` ends the oldest.
  ChangeFeed(Master* master, std::shared_ptr<StateReads> reads, size_t max_subscribers,
             Background background)
      : master_(master),
        reads_(std::move(reads)),
        max_subscribers_(max_subscribers),
        background_(std::move(background)) {}

  // Answers the SUBSCRIBE that the exchange brings.
  void Subscribe(std::unique_ptr<Exchange> exchange, AnswerForm form);

  // Sink.
  void Deliver(MasterChange change) override;
  void Closed(absl::Status reason) override;

 private:
  using Record = std::shared_ptr<const std::string>;
  struct Change {
    uint64_t number;
    std::map<Encoding, Record> records;
  };
  struct Subscriber {
    AnswerForm form;
    std::unique_ptr<Exchange> exchange;      // Until it is answered.
    std::unique_ptr<ResponseStream> stream;  // From then on.
    std::vector<Change> waiting;             // For the state.
    size_t waiting_bytes = 0;
  };
  using Step = absl::AnyInvocable<void()>;

  // Does this after all that was to be done before. Steps need not keep the feed: it keeps them.
  void Then(Step step);
  void Run();

  void Add(std::unique_ptr<Exchange> exchange, AnswerForm form);
  void Begin(uint64_t id, absl::StatusOr<StateReads::Told> state);
  void Remove(uint64_t id);
  void Tell(const MasterChange& change);
  void EndAll(const absl::Status& reason);

  Master* const master_;
  const std::shared_ptr<StateReads> reads_;
  const size_t max_subscribers_;
  const Background background_;

  Mutex mutex_;
  std::deque<Step> steps_ ABSL_GUARDED_BY(mutex_);
  size_t untold_ ABSL_GUARDED_BY(mutex_) = 0;  // Changes among the steps.
  bool running_ ABSL_GUARDED_BY(mutex_) = false;

  // Within steps only.
  std::map<uint64_t, Subscriber> subscribers_;  // The oldest first.
  uint64_t next_id_ = 0;
  std::unique_ptr<Session<v1::master::Call>> session_;  // Null: nobody has subscribed.
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_CHANGE_FEED_H_
