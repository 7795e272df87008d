#include "mesoslib/coordination/zookeeper_state_store.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

constexpr absl::Duration kFirstRetry = absl::Milliseconds(100);
constexpr absl::Duration kLongestRetry = absl::Seconds(2);
constexpr size_t kReadsAtOnce = 32;
constexpr size_t kRequestsAtOnce = 4;
// Commits that wait together and are not larger than this cost one write.
constexpr size_t kMaxBatchBytes = 4 << 20;
constexpr size_t kMaxHeadBytes = 512 << 10;
constexpr size_t kMaxDeletions = 2000;
// Of an operation, besides its path and data.
constexpr size_t kOperationBytes = 128;

// "<writer>-<number>", eight hexadecimal digits each.
bool ParsePageName(absl::string_view text, PageName* name) {
  if (text.size() != 17 || text[8] != '-') return false;
  const std::string digits = absl::StrCat(text.substr(0, 8), text.substr(9));
  return std::all_of(digits.begin(), digits.end(), absl::ascii_isxdigit) &&
         absl::SimpleHexAtoi(digits, name);
}

size_t BytesOf(const ZooKeeperOp& op) { return op.path.size() + op.data.size() + kOperationBytes; }

}  // namespace

struct ZooKeeperStateStore::Reading {
  LoadDone done;
  std::vector<PageName> missing;  // Pages that were not asked for yet.
  size_t under_way = 0;
  int32_t head_with_gone_page = -1;  // The head's version.
  absl::Status failure;
};

struct ZooKeeperStateStore::Writing {
  std::vector<Answer> answers;
  RegistryHead head;
  std::vector<ZooKeeperOp> staged;  // Pages that are written first.
  size_t next_staged = 0;
  size_t under_way = 0;
  std::vector<ZooKeeperOp> switching;
};

ZooKeeperStateStore::ZooKeeperStateStore(ZooKeeperClient* client, EventLoop* loop, Random* random,
                                         LogSink* log)
    : client_(client),
      loop_(loop),
      random_(random),
      log_(log),
      folder_(client->base() + "/registry"),
      head_path_(folder_ + "/head"),
      backoff_(random, kFirstRetry, kLongestRetry),
      usable_(absl::FailedPreconditionError("the registry was not loaded yet")) {}

ZooKeeperStateStore::~ZooKeeperStateStore() = default;

void ZooKeeperStateStore::Load(LoadDone done) {
  queue_.push_back(LoadRequest{std::move(done)});
  Pump();
}

void ZooKeeperStateStore::Commit(std::vector<Mutation> mutations, uint64_t expected,
                                 CommitDone done) {
  queue_.push_back(CommitRequest{std::move(mutations), expected, std::move(done)});
  Pump();
}

void ZooKeeperStateStore::Pump() {
  while (reading_ == nullptr && writing_ == nullptr && !queue_.empty()) {
    if (auto* load = std::get_if<LoadRequest>(&queue_.front())) {
      LoadDone done = std::move(load->done);
      queue_.pop_front();
      BeginLoad(std::move(done));
    } else {
      BeginWrite();
    }
  }
}

void ZooKeeperStateStore::SessionLost(const absl::Status& why) {
  const absl::Status lost = absl::UnavailableError(
      absl::StrCat("the session with ZooKeeper is lost, load the registry anew: ", why.message()));
  if (usable_.ok()) usable_ = lost;
  if (reading_ != nullptr) FinishLoad(lost);
  if (writing_ != nullptr) Fail(lost);
}

template <typename F>
auto ZooKeeperStateStore::Then(F step) {
  return [this, steps = steps_, step = std::move(step)](auto... result) mutable {
    if (steps == steps_) step(std::move(result)...);
  };
}

void ZooKeeperStateStore::Retry(absl::AnyInvocable<void()> step) {
  loop_->PostAt(loop_->Now() + backoff_.Next(), lifetime_.Guard(Then(std::move(step))));
}

std::string ZooKeeperStateStore::PathOf(PageName name) const {
  return absl::StrFormat("%s/%08x-%08x", folder_, static_cast<uint32_t>(name >> 32),
                         static_cast<uint32_t>(name));
}

// --- Loading -------------------------------------------------------------------------------------

void ZooKeeperStateStore::BeginLoad(LoadDone done) {
  reading_ = std::make_unique<Reading>();
  reading_->done = std::move(done);
  if (client_->session() == nullptr) {
    return FinishLoad(absl::UnavailableError("there is no session with ZooKeeper"));
  }
  ReadHead();
}

// After a sync, so that nothing is missed that a leader before us has written.
void ZooKeeperStateStore::ReadHead() {
  pages_ = RegistryPages(0);
  head_ = RegistryHead();
  head_version_ = -1;
  dropped_.clear();
  alone_ = false;
  client_->session()->Sync(client_->base(), [](absl::Status /*the read tells*/) {});
  client_->session()->Get(head_path_, Then([this](absl::StatusOr<ZooKeeperNode> node) {
                            HandleHead(std::move(node));
                          }));
}

void ZooKeeperStateStore::HandleHead(absl::StatusOr<ZooKeeperNode> node) {
  if (absl::IsUnavailable(node.status())) return Retry([this] { ReadHead(); });
  if (absl::IsNotFound(node.status())) return MakeFolder();
  if (!node.ok()) return FinishLoad(node.status());
  const absl::Status decoded = DecodeRegistryHead(node->data, &head_);
  if (!decoded.ok()) {
    return FinishLoad(Annotate(decoded, absl::StrCat("the znode ", head_path_)));
  }
  head_version_ = node->version;
  writer_ = static_cast<uint32_t>(random_->Next());
  pages_ = RegistryPages(writer_);
  reading_->missing.assign(head_.pages.begin(), head_.pages.end());
  ReadPages();
}

// Nothing is stored yet; make sure that something can be.
void ZooKeeperStateStore::MakeFolder() {
  client_->session()->Create(folder_, "", ZooKeeperAcl::kOwn, Then([this](absl::Status status) {
                               if (absl::IsUnavailable(status))
                                 return Retry([this] { ReadHead(); });
                               if (absl::IsNotFound(status)) {
                                 return client_->CreateBase(Then([this](absl::Status made) {
                                   if (!made.ok() && !absl::IsUnavailable(made))
                                     return FinishLoad(made);
                                   Retry([this] { ReadHead(); });
                                 }));
                               }
                               if (!status.ok() && !absl::IsAlreadyExists(status))
                                 return FinishLoad(status);
                               writer_ = static_cast<uint32_t>(random_->Next());
                               pages_ = RegistryPages(writer_);
                               FinishLoad(absl::OkStatus());
                             }));
}

void ZooKeeperStateStore::ReadPages() {
  Reading& reading = *reading_;
  while (reading.failure.ok() && !reading.missing.empty() && reading.under_way < kReadsAtOnce) {
    const PageName name = reading.missing.back();
    reading.missing.pop_back();
    ++reading.under_way;
    client_->session()->Get(PathOf(name), Then([this, name](absl::StatusOr<ZooKeeperNode> node) {
                              HandlePage(name, std::move(node));
                            }));
  }
  if (reading.under_way > 0) return;
  // A page that is gone was replaced a moment ago, then the head is another now, or is lost.
  const bool replaced = absl::IsNotFound(reading.failure) &&
                        std::exchange(reading.head_with_gone_page, head_version_) != head_version_;
  if (replaced || absl::IsUnavailable(reading.failure)) {
    reading.failure = absl::OkStatus();
    return Retry([this] { ReadHead(); });
  }
  if (absl::IsNotFound(reading.failure)) {
    reading.failure = absl::DataLossError(reading.failure.message());
  }
  FinishLoad(reading.failure.ok() ? pages_.FinishLoading() : reading.failure);
}

void ZooKeeperStateStore::HandlePage(PageName name, absl::StatusOr<ZooKeeperNode> node) {
  Reading& reading = *reading_;
  --reading.under_way;
  absl::Status status = node.ok() ? pages_.Load(name, node->data) : node.status();
  if (reading.failure.ok() && !status.ok()) {
    reading.failure = Annotate(status, absl::StrCat("the znode ", PathOf(name)));
  }
  ReadPages();
}

void ZooKeeperStateStore::FinishLoad(absl::Status status) {
  backoff_.Reset();
  ++steps_;
  usable_ = status;
  absl::StatusOr<Snapshot> result = Snapshot{head_.version, {}};
  if (status.ok()) {
    result->entries = pages_.entries();
  } else {
    result = status;
  }
  loop_->Post(lifetime_.Guard([done = std::move(reading_->done),
                               result = std::move(result)]() mutable { done(std::move(result)); }));
  reading_.reset();
  loop_->Post(lifetime_.Guard([this] { Pump(); }));
}

// --- Committing ----------------------------------------------------------------------------------

void ZooKeeperStateStore::BeginWrite() {
  std::vector<Answer> answers;
  uint64_t version = head_.version;
  size_t bytes = 0;
  while (!queue_.empty() && bytes < kMaxBatchBytes) {
    auto* commit = std::get_if<CommitRequest>(&queue_.front());
    if (commit == nullptr) break;
    for (const Mutation& mutation : commit->mutations) {
      bytes += mutation.key.size() + mutation.value.value_or("").size();
    }
    absl::Status applied = Apply(*commit, version);
    if (applied.ok()) ++version;
    answers.push_back({std::move(commit->done),
                       applied.ok() ? absl::StatusOr<uint64_t>(version) : std::move(applied)});
    queue_.pop_front();
  }
  if (!usable_.ok() || version == head_.version) return AnswerSoon(std::move(answers));
  writing_ = std::make_unique<Writing>();
  writing_->answers = std::move(answers);
  writing_->head.version = version;
  Prepare();
}

absl::Status ZooKeeperStateStore::Apply(CommitRequest& commit, uint64_t version) {
  RETURN_IF_ERROR(usable_);
  for (const Mutation& mutation : commit.mutations) {
    if (mutation.key.empty()) return absl::InvalidArgumentError("a mutation's key is empty");
    if (mutation.key.size() > RegistryPages::kMaxKeyBytes) {
      return absl::InvalidArgumentError(absl::StrCat("a mutation's key has ", mutation.key.size(),
                                                     " bytes, of at most ",
                                                     RegistryPages::kMaxKeyBytes));
    }
  }
  if (commit.expected != version) {
    return absl::AbortedError(absl::StrCat("the store is at version ", version,
                                           ", the commit expected version ", commit.expected));
  }
  for (Mutation& mutation : commit.mutations) {
    if (mutation.value.has_value()) {
      pages_.Put(mutation.key, *std::move(mutation.value));
    } else {
      pages_.Remove(mutation.key);
    }
  }
  return absl::OkStatus();
}

// Decides what goes into the one request that counts, and what is written before.
void ZooKeeperStateStore::Prepare() {
  Writing& writing = *writing_;
  RegistryPages::Change change = pages_.TakeChange();
  writing.head.writer = absl::StrFormat("%08x", writer_);
  writing.head.pages = pages_.names();
  dropped_.insert(dropped_.end(), change.dropped.begin(), change.dropped.end());

  ZooKeeperOp head = {head_version_ < 0 ? ZooKeeperOp::Type::kCreate : ZooKeeperOp::Type::kSet,
                      head_path_, EncodeRegistryHead(writing.head), head_version_};
  if (head.data.size() > kMaxHeadBytes) {
    return Fail(absl::ResourceExhaustedError(
        absl::StrCat("the registry has ", writing.head.pages.size(), " pages, too many to list")));
  }
  std::vector<ZooKeeperOp> pages;
  for (auto& [name, data] : change.written) {
    pages.push_back({ZooKeeperOp::Type::kCreate, PathOf(name), std::move(data)});
  }
  size_t bytes = BytesOf(head);
  writing.switching.push_back(std::move(head));
  for (size_t i = 0; i < std::min(dropped_.size(), kMaxDeletions); ++i) {
    writing.switching.push_back({ZooKeeperOp::Type::kDelete, PathOf(dropped_[i])});
    bytes += BytesOf(writing.switching.back());
  }
  for (const ZooKeeperOp& page : pages) bytes += BytesOf(page);
  std::vector<ZooKeeperOp>& where = bytes <= kMaxRequestBytes ? writing.switching : writing.staged;
  std::move(pages.begin(), pages.end(), std::back_inserter(where));
  Stage();
}

void ZooKeeperStateStore::Stage() {
  Writing& writing = *writing_;
  while (writing.next_staged < writing.staged.size() && writing.under_way < kRequestsAtOnce) {
    const size_t begin = writing.next_staged;
    size_t end = begin;
    size_t bytes = 0;
    while (end < writing.staged.size() &&
           (end == begin || bytes + BytesOf(writing.staged[end]) <= kMaxRequestBytes)) {
      bytes += BytesOf(writing.staged[end++]);
    }
    writing.next_staged = end;
    ++writing.under_way;
    StageRange(begin, end);
  }
  if (writing.under_way == 0 && writing.next_staged == writing.staged.size()) Switch();
}

void ZooKeeperStateStore::StageRange(size_t begin, size_t end) {
  const auto at = [this](size_t i) { return writing_->staged.begin() + static_cast<ptrdiff_t>(i); };
  client_->session()->Multi({at(begin), at(end)}, Then([this, begin, end](absl::Status status) {
                              HandleStaged(begin, end, std::move(status));
                            }));
}

// Pages have names that nobody else gives: those that are there already are ours.
void ZooKeeperStateStore::HandleStaged(size_t begin, size_t end, absl::Status status) {
  if (absl::IsUnavailable(status)) return Retry([this, begin, end] { StageRange(begin, end); });
  if (!status.ok() && !absl::IsAlreadyExists(status)) return Fail(std::move(status));
  backoff_.Reset();
  --writing_->under_way;
  Stage();
}

void ZooKeeperStateStore::Switch() {
  client_->session()->Multi(writing_->switching, Then([this](absl::Status status) {
                              HandleSwitched(std::move(status));
                            }));
}

void ZooKeeperStateStore::HandleSwitched(absl::Status status) {
  if (status.ok()) return Succeed(head_version_ + 1);
  const bool unclear = absl::IsUnavailable(status) || absl::IsAborted(status) ||
                       absl::IsAlreadyExists(status) || absl::IsNotFound(status);
  if (!unclear) return Fail(std::move(status));
  FindOut(std::move(status));
}

// The answer was lost, or somebody has written: perhaps we, when the answer to that was lost.
void ZooKeeperStateStore::FindOut(absl::Status why) {
  client_->session()->Sync(client_->base(), [](absl::Status /*the read tells*/) {});
  client_->session()->Get(
      head_path_, Then([this, why = std::move(why)](absl::StatusOr<ZooKeeperNode> node) mutable {
        HandleHeadAgain(std::move(why), std::move(node));
      }));
}

void ZooKeeperStateStore::HandleHeadAgain(absl::Status why, absl::StatusOr<ZooKeeperNode> node) {
  if (absl::IsUnavailable(node.status())) {
    return Retry([this, why = std::move(why)]() mutable { FindOut(std::move(why)); });
  }
  if (!node.ok() && !absl::IsNotFound(node.status())) return Fail(node.status());
  const int32_t found = node.ok() ? node->version : -1;
  if (found == head_version_) {
    if (absl::IsUnavailable(why)) return Retry([this] { Switch(); });
    return Fail(absl::DataLossError(absl::StrCat("a page of the registry below ", folder_,
                                                 " was tampered with: ", why.message())));
  }
  RegistryHead head;
  if (node.ok() && DecodeRegistryHead(node->data, &head).ok() &&
      head.writer == writing_->head.writer && head.version == writing_->head.version) {
    return Succeed(found);
  }
  Fail(absl::AbortedError(
      absl::StrCat("another writer has brought the registry to version ", head.version)));
}

void ZooKeeperStateStore::Succeed(int32_t head_version) {
  backoff_.Reset();
  ++steps_;
  head_version_ = head_version;
  head_ = std::move(writing_->head);
  dropped_.erase(dropped_.begin(), dropped_.begin() + static_cast<ptrdiff_t>(std::min(
                                                          dropped_.size(), kMaxDeletions)));
  AnswerSoon(std::move(writing_->answers));
  writing_.reset();
  if (!std::exchange(alone_, true)) FindStrangePages();
  Pump();
}

void ZooKeeperStateStore::Fail(absl::Status why) {
  ++steps_;
  usable_ = why;
  for (Answer& answer : writing_->answers) {
    if (answer.result.ok()) answer.result = why;
  }
  AnswerSoon(std::move(writing_->answers));
  writing_.reset();
  loop_->Post(lifetime_.Guard([this] { Pump(); }));
}

// Pages that a writer before us has written and never listed go with the next commit: it sets the
// head, so whoever would still list them can't any more.
void ZooKeeperStateStore::FindStrangePages() {
  client_->session()->Children(
      folder_, [this, writer = writer_](absl::StatusOr<std::vector<std::string>> names) {
        if (!names.ok() || !usable_.ok() || reading_ != nullptr || writer != writer_) return;
        std::set<std::string> known;
        for (PageName page : head_.pages) known.insert(PathOf(page));
        for (PageName page : dropped_) known.insert(PathOf(page));
        for (const std::string& name : *names) {
          PageName page = 0;
          if (!ParsePageName(name, &page) || page >> 32 == writer_) continue;
          if (!known.contains(PathOf(page))) dropped_.push_back(page);
        }
      });
}

void ZooKeeperStateStore::AnswerSoon(std::vector<Answer> answers) {
  loop_->Post(lifetime_.Guard([answers = std::move(answers)]() mutable {
    for (Answer& answer : answers) answer.done(std::move(answer.result));
  }));
}

}  // namespace mesos
