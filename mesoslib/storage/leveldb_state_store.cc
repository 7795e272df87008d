#include "mesoslib/storage/leveldb_state_store.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/thread.h"

namespace mesos {
namespace {

// One write holds no more than this, so that the first of many commits is not answered last.
constexpr size_t kMaxBatchBytes = 4 << 20;

class LevelDbStateStore final : public StateStore {
 public:
  LevelDbStateStore(std::unique_ptr<LevelDbDatabase> database, EventLoop* loop)
      : loop_(loop), database_(std::move(database)) {}

  // Before anybody else has this store.
  absl::Status Start() {
    ASSIGN_OR_RETURN(worker_, StartThread("state-store", [this] { Work(); }));
    return absl::OkStatus();
  }

  ~LevelDbStateStore() override {
    if (!worker_.joinable()) return;
    {
      MutexLock lock(&mutex_);
      stopping_ = true;
    }
    wake_.NotifyOne();
    worker_.join();
  }

  void Load(LoadDone done) override { Enqueue(LoadRequest{lifetime_.Guard(std::move(done))}); }

  void Commit(std::vector<Mutation> mutations, uint64_t expected, CommitDone done) override {
    Enqueue(CommitRequest{std::move(mutations), expected, lifetime_.Guard(std::move(done))});
  }

 private:
  struct LoadRequest {
    LoadDone done;
  };
  struct CommitRequest {
    std::vector<Mutation> mutations;
    uint64_t expected;
    CommitDone done;
  };
  using Request = std::variant<LoadRequest, CommitRequest>;

  struct CommitAnswer {
    CommitDone done;
    absl::StatusOr<uint64_t> result;
  };

  void Enqueue(Request request) {
    bool wake;
    {
      MutexLock lock(&mutex_);
      wake = queue_.empty();
      queue_.push_back(std::move(request));
    }
    if (wake) wake_.NotifyOne();
  }

  // The worker's thread from here on.
  void Work() {
    std::deque<Request> batch;
    while (TakeBatch(&batch)) {
      if (auto* load = std::get_if<LoadRequest>(&batch.front())) {
        AnswerLoad(std::move(*load));
      } else {
        ApplyCommits(&batch);
      }
      batch.clear();
    }
  }

  // Waits for requests: either one Load, or all the commits up to the next Load, as far as they fit
  // into one write. False: the store is being destroyed.
  bool TakeBatch(std::deque<Request>* batch) {
    MutexLock lock(&mutex_);
    while (queue_.empty() && !stopping_) wake_.Wait(&mutex_);
    if (stopping_) return false;
    size_t bytes = 0;
    do {
      batch->push_back(std::move(queue_.front()));
      queue_.pop_front();
      bytes += Size(batch->back());
    } while (!queue_.empty() && bytes < kMaxBatchBytes && IsCommit(batch->back()) &&
             IsCommit(queue_.front()));
    return true;
  }

  static bool IsCommit(const Request& request) {
    return std::holds_alternative<CommitRequest>(request);
  }

  static size_t Size(const Request& request) {
    const auto* commit = std::get_if<CommitRequest>(&request);
    if (commit == nullptr) return 0;
    size_t bytes = 0;
    for (const Mutation& mutation : commit->mutations) {
      bytes += mutation.key.size() + (mutation.value.has_value() ? mutation.value->size() : 0);
    }
    return bytes;
  }

  void AnswerLoad(LoadRequest request) {
    loop_->Post([done = std::move(request.done), snapshot = database_->Load()]() mutable {
      done(std::move(snapshot));
    });
  }

  // Every commit that fits the version the ones before it lead to goes into one write.
  void ApplyCommits(std::deque<Request>* batch) {
    std::vector<CommitAnswer> answers;
    answers.reserve(batch->size());
    uint64_t version = database_->version();
    for (Request& request : *batch) {
      auto& commit = std::get<CommitRequest>(request);
      absl::Status fits = database_->status().ok() ? Fits(commit, version) : database_->status();
      if (!fits.ok()) {
        answers.push_back({std::move(commit.done), std::move(fits)});
        continue;
      }
      database_->Add(commit.mutations);
      answers.push_back({std::move(commit.done), ++version});
    }
    if (version != database_->version()) {
      absl::Status written = database_->Write(version);
      if (!written.ok()) {
        for (CommitAnswer& answer : answers) {
          if (answer.result.ok()) answer.result = written;
        }
      }
    }
    Answer(std::move(answers));
  }

  static absl::Status Fits(const CommitRequest& commit, uint64_t version) {
    for (const Mutation& mutation : commit.mutations) {
      if (mutation.key.empty()) return absl::InvalidArgumentError("a mutation's key is empty");
    }
    if (commit.expected == version) return absl::OkStatus();
    return absl::AbortedError(absl::StrCat("the store is at version ", version,
                                           ", the commit expected version ", commit.expected));
  }

  void Answer(std::vector<CommitAnswer> answers) {
    loop_->Post([answers = std::move(answers)]() mutable {
      for (CommitAnswer& answer : answers) answer.done(std::move(answer.result));
    });
  }

  EventLoop* const loop_;
  const std::unique_ptr<LevelDbDatabase> database_;  // The worker's.

  Mutex mutex_;
  Condition wake_;
  std::deque<Request> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  Lifetime lifetime_;
  std::thread worker_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StateStore>> CreateLevelDbStateStoreOn(
    std::unique_ptr<LevelDbDatabase> database, EventLoop* loop) {
  auto store = std::make_unique<LevelDbStateStore>(std::move(database), loop);
  RETURN_IF_ERROR(store->Start());
  return store;
}

absl::StatusOr<std::unique_ptr<StateStore>> CreateLevelDbStateStore(absl::string_view path,
                                                                    EventLoop* loop,
                                                                    HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  if (loop == nullptr) return absl::InvalidArgumentError("loop is null");
  ASSIGN_OR_RETURN(std::unique_ptr<LevelDbDatabase> database, LevelDbDatabase::Open(path));
  return CreateLevelDbStateStoreOn(std::move(database), loop);
}

}  // namespace mesos
