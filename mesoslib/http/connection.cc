#include "mesoslib/http/connection.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/http/live_exchange.h"

namespace mesos::http {
namespace {

// What a client may send ahead, and what may wait for it to be taken before more of that is read.
constexpr size_t kMaxInputBytes = 64 << 10;
constexpr size_t kMaxOutputBytes = 64 << 10;
constexpr size_t kCompressedSliceBytes = 256 << 10;
// After so many turns, the other connections of the thread have theirs.
constexpr int kMaxTurns = 16;

}  // namespace

struct Connection::Compression {
  Response response;
  size_t piece = 0;       // The body, then the shared ones.
  size_t compressed = 0;  // Of the piece.
  Gzip gzip;
};

Connection::Connection(const ConnectionSetup& setup, Wire* wire,
                       std::shared_ptr<Outlet::Waker> waker, std::string peer)
    : setup_(setup),
      wire_(wire),
      waker_(std::move(waker)),
      peer_(std::move(peer)),
      waiting_since_(wire->Now()) {}

Connection::~Connection() = default;

void Connection::OnBytes(absl::string_view bytes) { Advance(bytes); }

void Connection::OnEnd() {
  peer_ended_ = true;
  if (state_ == State::kLingering) return Close(absl::OkStatus(), /*at_once=*/false);
  Advance({});
}

void Connection::OnBroken() {
  Close(absl::UnavailableError("the connection is broken"), /*at_once=*/false);
}

void Connection::OnWritable() {
  awaiting_writable_ = false;
  Advance({});
}

void Connection::OnWake() { Advance({}); }

void Connection::OnTime() {
  const absl::Time now = wire_->Now();
  if (awaiting_writable_) {
    if (now < write_clock_.Deadline(setup_.write_pace)) return;
    return CutOff(absl::ResourceExhaustedError("it takes what it is sent too slowly"));
  }
  if (state_ == State::kLingering && now >= waiting_since_ + setup_.linger_timeout) {
    return Close(absl::OkStatus(), /*at_once=*/false);
  }
  if (state_ != State::kReading) return;
  if (parser_ == nullptr) {
    if (now < waiting_since_ + (served_ ? setup_.idle_timeout : setup_.head_timeout)) return;
    return Close(absl::OkStatus(), /*at_once=*/false);
  }
  if (!parser_->head_done() && now >= waiting_since_ + setup_.head_timeout) {
    Refuse({408, absl::StrCat("the head of the request did not arrive within ",
                              absl::FormatDuration(setup_.head_timeout))});
  } else if (parser_->head_done() && now >= body_clock_.Deadline(setup_.body_pace)) {
    Refuse({408, "the body of the request arrives too slowly"});
  }
  Advance({});
}

void Connection::Stop(const absl::Status& reason) { Close(reason, /*at_once=*/false); }

std::optional<Connection::Worth> Connection::worth() const {
  const bool waits =
      state_ == State::kReading && output_.empty() && (parser_ == nullptr || !parser_->head_done());
  if (!waits) return std::nullopt;
  return Worth{.served = served_, .waiting_since = waiting_since_};
}

void Connection::Advance(absl::string_view bytes) {
  if (state_ == State::kLingering || state_ == State::kClosed) return;
  const bool joined = !input_.empty();
  if (joined) input_.append(bytes.data(), bytes.size());
  unread_ = joined ? absl::string_view(input_) : bytes;
  Run();
  if (unread_.empty()) {
    if (joined) std::string().swap(input_);
  } else if (joined) {
    input_.erase(0, input_.size() - unread_.size());
  } else {
    input_ = std::string(unread_);
  }
  unread_ = {};
  UpdateReading();
}

void Connection::UpdateReading() {
  if (state_ == State::kClosed || peer_ended_) return;
  const bool reading = input_.size() < kMaxInputBytes;
  if (reading != std::exchange(reading_, reading)) wire_->SetReading(reading);
}

void Connection::Run() {
  for (int turn = 0; turn < kMaxTurns; ++turn) {
    while (Step()) {
    }
    if (!Flush()) return;
  }
  waker_->Wake();
}

bool Connection::Step() {
  switch (state_) {
    case State::kReading:
      return StepReading();
    case State::kReceiving:
      return StepReceiving();
    case State::kHandling:
      return StepHandling();
    case State::kCompressing:
      return StepCompressing();
    case State::kStreaming:
      return StepStreaming();
    case State::kClosing:
      return StepClosing();
    case State::kLingering:
    case State::kClosed:
      return false;
  }
  return false;
}

bool Connection::StepReading() {
  if (output_.size() > kMaxOutputBytes) return false;
  if (unread_.empty()) {
    if (!peer_ended_) return false;
    if (parser_ != nullptr) {
      Refuse({400, "the connection was closed in the middle of the request"});
    } else {
      state_ = State::kClosing;
    }
    return true;
  }
  const absl::Time now = wire_->Now();
  if (parser_ == nullptr) {
    parser_ = std::make_unique<RequestParser>(setup_.request, setup_.body_budget);
    waiting_since_ = now;
  }
  const size_t body_bytes = parser_->body_bytes();
  RequestParser::Step step = parser_->Feed(&unread_);
  if (step == RequestParser::Step::kHead) {
    body_clock_.Start(now);
    if (parser_->expects_continue() && unread_.empty()) {
      output_.Append("HTTP/1.1 100 Continue\r\n\r\n");
    }
    if (parser_->has_body() && setup_.streams_body && setup_.streams_body(parser_->head())) {
      StartReceiving();
      return true;
    }
    step = parser_->Feed(&unread_);
  }
  body_clock_.Add(parser_->body_bytes() - body_bytes, now);
  if (step == RequestParser::Step::kRefused) Refuse(Refusal(parser_->refusal()));
  if (step == RequestParser::Step::kDone) {
    state_ = State::kHandling;
    Handle(parser_->TakeRequest(), parser_->TakeShare());
  }
  return true;
}

void Connection::StartReceiving() {
  state_ = State::kReceiving;
  inlet_ = std::make_shared<Inlet>(waker_);
  parser_->StreamBody();
  Request request = parser_->head();
  request.body_reader = inlet_;
  Handle(std::move(request), MemoryShare(setup_.body_budget));
}

bool Connection::StepReceiving() {
  // Most answers come after the end of the body; this one means that the rest is of no use.
  if (std::optional<Outlet::Answer> answer = outlet_->TakeAnswer()) {
    keep_alive_ = false;
    parser_.reset();
    inlet_->End(absl::UnavailableError("the request was answered"));
    Answer(*std::move(answer));
    return true;
  }
  if (unread_.empty() && peer_ended_) {
    Close(absl::UnavailableError("the client has closed the connection"), /*at_once=*/false);
    return false;
  }
  if (unread_.empty() || inlet_->IsFull()) return false;
  const RequestParser::Step step = parser_->Feed(&unread_);
  inlet_->Add(parser_->TakeBody());
  if (step == RequestParser::Step::kDone) {
    parser_.reset();
    state_ = State::kHandling;
    inlet_->End(absl::OkStatus());
  } else if (step == RequestParser::Step::kRefused) {
    const absl::Status reason = absl::InvalidArgumentError(parser_->refusal().message);
    Refuse(Refusal(parser_->refusal()));
    std::exchange(inlet_, nullptr)->End(reason);
    std::exchange(outlet_, nullptr)->Close(reason);
  }
  return true;
}

void Connection::Handle(Request request, MemoryShare share) {
  request.address = peer_;
  head_only_ = request.method == "HEAD";
  keep_alive_ = parser_->keep_alive();
  http_1_0_ = parser_->http_1_0();
  accepts_gzip_ = parser_->accepts_gzip();
  if (state_ == State::kHandling) parser_.reset();
  outlet_ = std::make_shared<Outlet>(waker_, /*chunked=*/!http_1_0_, setup_.backlog);
  setup_.handler(MakeExchange(std::move(request), std::move(share), outlet_));
}

bool Connection::StepHandling() {
  std::optional<Outlet::Answer> answer = outlet_->TakeAnswer();
  if (!answer.has_value()) return false;
  Answer(*std::move(answer));
  return true;
}

void Connection::Answer(Outlet::Answer answer) {
  if (answer.streams) {
    StartStream(answer.response);
  } else {
    Reply(std::move(answer.response));
  }
}

void Connection::Reply(Response response) {
  const bool compress = accepts_gzip_ && response.body_size() >= setup_.min_gzip_bytes &&
                        HasBody(response.status) &&
                        !response.headers.Find("Content-Encoding").has_value();
  if (!compress) return Send(std::move(response));
  compression_ = std::make_unique<Compression>();
  compression_->response = std::move(response);
  state_ = State::kCompressing;
}

bool Connection::StepCompressing() {
  Compression& compression = *compression_;
  Response& response = compression.response;
  size_t left = kCompressedSliceBytes;
  while (left > 0 && compression.piece <= response.shared_body.size()) {
    const absl::string_view piece =
        compression.piece == 0 ? response.body : *response.shared_body[compression.piece - 1];
    const absl::string_view slice = piece.substr(compression.compressed, left);
    compression.gzip.Write(slice);
    left -= slice.size();
    compression.compressed += slice.size();
    if (compression.compressed < piece.size()) break;
    ++compression.piece;
    compression.compressed = 0;
  }
  if (compression.piece <= response.shared_body.size()) {
    waker_->Wake();
    return false;
  }
  if (std::optional<std::string> body = compression.gzip.Finish()) {
    response.body = *std::move(body);
    response.shared_body.clear();
    response.headers.Add("Content-Encoding", "gzip");
    response.headers.Add("Vary", "Accept-Encoding");
  }
  Send(std::move(response));
  compression_.reset();
  return true;
}

void Connection::Send(Response response) {
  output_.Append(ResponseHead(response, Facts(Framing::kLength)));
  if (!head_only_ && HasBody(response.status)) {
    output_.Append(std::move(response.body));
    for (auto& piece : response.shared_body) output_.Append(std::move(piece));
  }
  AnswerSent();
}

void Connection::StartStream(const Response& head) {
  if (http_1_0_) keep_alive_ = false;
  output_.Append(ResponseHead(head, Facts(http_1_0_ ? Framing::kUntilClose : Framing::kChunked)));
  state_ = State::kStreaming;
  if (!head_only_ && HasBody(head.status)) return;
  outlet_->Close(absl::UnavailableError("the answer to this request has no body"));
  AnswerSent();
}

bool Connection::StepStreaming() {
  if (peer_ended_) {
    Close(absl::UnavailableError("the client has closed the connection"), /*at_once=*/false);
    return false;
  }
  if (unread_.size() > kMaxInputBytes) {
    CutOff(absl::UnavailableError("it sends requests while a stream is open"));
    return false;
  }
  if (const std::optional<absl::Status> failure = outlet_->Failure(); failure.has_value()) {
    CutOff(*failure);
    return false;
  }
  if (!output_.empty() || !outlet_->TakeChunks(&output_)) return false;
  AnswerSent();
  return true;
}

void Connection::AnswerSent() {
  outlet_.reset();
  inlet_.reset();
  served_ = true;
  waiting_since_ = wire_->Now();
  state_ = keep_alive_ ? State::kReading : State::kClosing;
}

bool Connection::StepClosing() {
  unread_ = {};
  if (!output_.empty()) return false;
  if (peer_ended_) {
    Close(absl::OkStatus(), /*at_once=*/false);
    return false;
  }
  // Closing while bytes of the client are on their way would reset the connection, and take the
  // answer away from it.
  state_ = State::kLingering;
  waiting_since_ = wire_->Now();
  wire_->ShutdownSending();
  return false;
}

bool Connection::Flush() {
  if (state_ == State::kClosed || output_.empty() || awaiting_writable_) return false;
  while (!output_.empty()) {
    const ByteQueue::Front front = output_.front();
    size_t offered = 0;
    for (const absl::string_view piece : front) offered += piece.size();
    const std::optional<size_t> sent = wire_->Send(front);
    if (!sent.has_value()) {
      OnBroken();
      return false;
    }
    output_.Consume(*sent);
    if (*sent < offered) {
      AwaitWritable(*sent);
      return false;
    }
    if (blocked_) write_clock_.Add(*sent, wire_->Now());
  }
  blocked_ = false;
  return true;
}

void Connection::AwaitWritable(size_t sent) {
  if (std::exchange(blocked_, true)) {
    write_clock_.Add(sent, wire_->Now());
  } else {
    write_clock_.Start(wire_->Now());
  }
  awaiting_writable_ = true;
  wire_->AwaitWritable();
}

void Connection::Refuse(const Refusal& refusal) {
  keep_alive_ = false;
  http_1_0_ = false;
  parser_.reset();
  const Response response = ErrorResponse(refusal.status, refusal.message);
  output_.Append(ResponseHead(response, Facts(Framing::kLength)));
  output_.Append(response.body);
  state_ = State::kClosing;
}

void Connection::CutOff(const absl::Status& reason) {
  setup_.log.Warning("the connection of ", peer_, " was cut off: ", reason.message());
  Close(reason, /*at_once=*/true);
}

void Connection::Close(const absl::Status& reason, bool at_once) {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  unread_ = {};
  parser_.reset();
  compression_.reset();
  output_.Clear();
  wire_->Close(at_once);
  const std::shared_ptr<Inlet> inlet = std::move(inlet_);
  const std::shared_ptr<Outlet> outlet = std::move(outlet_);
  if (inlet != nullptr) inlet->End(reason);
  if (outlet != nullptr) outlet->Close(reason);
}

HeadFacts Connection::Facts(Framing framing) {
  return {
      .framing = framing, .keep_alive = keep_alive_, .http_1_0 = http_1_0_, .date = wire_->Date()};
}

}  // namespace mesos::http
