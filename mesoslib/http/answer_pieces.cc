#include "mesoslib/http/answer_pieces.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/message.h"
#include "mesoslib/http/page_note.h"
#include "mesoslib/http/piece_writer.h"

namespace mesos::http {
namespace {

using Framework = MasterState::Framework;
using v1::master::Call;
using v1::master::Response;
using Piece = std::shared_ptr<const std::string>;
using TaskPages = MasterState::Pages<MasterState::Task> Framework::*;

// One of a message's lists: its elements, in JSON without the brackets, in protobuf each with its
// tag, as they are in any message that has them.
struct List {
  const char* name;
  TextPieces elements;
};

// A message in an answer: its lists, or all of it, as it is encoded.
struct Section {
  const char* name;
  int number;
  std::vector<List> lists;
  std::string whole;
};

// Of a message that has but one list.
Piece Elements(const google::protobuf::Message& message, const char* list, Encoding encoding) {
  std::string text = Encode(message, encoding);
  if (encoding == Encoding::kJson) {
    // {"list":[...]}, or {} where it is empty.
    const size_t before = absl::string_view(list).size() + 5;
    text = text.size() > 2 ? text.substr(before, text.size() - before - 2) : "";
  }
  return std::make_shared<const std::string>(std::move(text));
}

Response Answer(const MasterState& state, Call::Type type) {
  Call call;
  call.set_type(type);
  return AnswerFrom(state, call).value();
}

// Only a page's are kept apart by what they are for: see NoteOf.
template <Encoding encoding, TaskPages kind>
struct TaskElements {
  Piece piece;
};
template <Encoding encoding, Call::Type type>
struct AgentElements {
  Piece piece;
};

template <Encoding encoding, TaskPages kind>
List ListOfTasks(const MasterState& state, const char* name) {
  List list = {name, {}};
  for (const auto* frameworks : {&state.frameworks, &state.completed_frameworks}) {
    for (const Framework& framework : *frameworks) {
      for (const auto& page : framework.*kind) {
        list.elements.push_back(
            NoteOf<TaskElements<encoding, kind>>(*page, [&](const auto& /*page*/) {
              MasterState one;
              one.frameworks.emplace_back().id = framework.id;
              one.frameworks.back().*kind = {page};
              return TaskElements<encoding, kind>{
                  Elements(Answer(one, Call::GET_TASKS).get_tasks(), name, encoding)};
            })->piece);
      }
    }
  }
  return list;
}

// `part` is what the answer to a call of `type` has about agents.
template <Encoding encoding, Call::Type type, typename Part>
List ListOfAgents(const MasterState& state, const char* name, Part part) {
  List list = {name, {}};
  for (const auto& page : state.agents) {
    list.elements.push_back(NoteOf<AgentElements<encoding, type>>(*page, [&](const auto& /*page*/) {
                              MasterState one;
                              one.agents = {page};
                              return AgentElements<encoding, type>{
                                  Elements(part(Answer(one, type)), name, encoding)};
                            })->piece);
  }
  return list;
}

template <Encoding encoding>
Section Tasks(const MasterState& state, int number) {
  return {"get_tasks",
          number,
          {ListOfTasks<encoding, &Framework::tasks>(state, "tasks"),
           ListOfTasks<encoding, &Framework::unreachable_tasks>(state, "unreachable_tasks"),
           ListOfTasks<encoding, &Framework::completed_tasks>(state, "completed_tasks")},
          {}};
}

template <Encoding encoding>
Section Agents(const MasterState& state, int number) {
  Response::GetAgents recovered;
  for (const v1::AgentInfo& info : state.recovered_agents) *recovered.add_recovered_agents() = info;
  return {"get_agents",
          number,
          {ListOfAgents<encoding, Call::GET_AGENTS>(
               state, "agents",
               [](const Response& response) -> auto& { return response.get_agents(); }),
           {"recovered_agents", {Elements(recovered, "recovered_agents", encoding)}}},
          {}};
}

template <Encoding encoding>
Section Executors(const MasterState& state, int number) {
  return {"get_executors",
          number,
          {ListOfAgents<encoding, Call::GET_EXECUTORS>(
              state, "executors",
              [](const Response& response) -> auto& { return response.get_executors(); })},
          {}};
}

Section Frameworks(const MasterState& state, int number, Encoding encoding) {
  return {"get_frameworks",
          number,
          {},
          Encode(Answer(state, Call::GET_FRAMEWORKS).get_frameworks(), encoding)};
}

bool IsEmpty(const List& list) {
  for (const Piece& piece : list.elements) {
    if (!piece->empty()) return false;
  }
  return true;
}

void WriteJson(const Section& section, PieceWriter* writer) {
  JsonWriter* json = writer->json();
  json->Name(section.name);
  if (!section.whole.empty()) return json->Raw(section.whole);
  json->StartObject();
  for (const List& list : section.lists) {
    if (IsEmpty(list)) continue;
    json->Name(list.name);
    PieceWriter::List elements(writer);
    for (const Piece& piece : list.elements) elements.Add(piece);
  }
  json->EndObject();
}

// The tag and length of a message within another.
std::string Head(int number, size_t size) {
  std::string head;
  {
    google::protobuf::io::StringOutputStream stream(&head);
    google::protobuf::io::CodedOutputStream output(&stream);
    constexpr uint32_t kLengthDelimited = 2;
    output.WriteTag(static_cast<uint32_t>(number) << 3 | kLengthDelimited);
    output.WriteVarint64(size);
  }
  return head;
}

size_t SizeOf(const Section& section) {
  size_t size = section.whole.size();
  for (const List& list : section.lists) {
    for (const Piece& piece : list.elements) size += piece->size();
  }
  return size;
}

void AddProtobuf(const Section& section, TextPieces* pieces) {
  pieces->push_back(std::make_shared<const std::string>(
      absl::StrCat(Head(section.number, SizeOf(section)), section.whole)));
  for (const List& list : section.lists) {
    for (const Piece& piece : list.elements) {
      if (!piece->empty()) pieces->push_back(piece);
    }
  }
}

// The message get_state, or that which is of the call's own name, is the answer's only one.
TextPieces Write(Response::Type type, const std::vector<Section>& sections, Encoding encoding) {
  const bool nested = type == Response::GET_STATE;
  if (encoding == Encoding::kJson) {
    PieceWriter writer;
    writer.json()->StartObject();
    writer.json()->Name("type");
    writer.json()->Text(Response::Type_Name(type));
    if (nested) {
      writer.json()->Name("get_state");
      writer.json()->StartObject();
    }
    for (const Section& section : sections) WriteJson(section, &writer);
    if (nested) writer.json()->EndObject();
    writer.json()->EndObject();
    return writer.Take();
  }
  Response head;
  head.set_type(type);
  TextPieces within;
  for (const Section& section : sections) AddProtobuf(section, &within);
  std::string before = head.SerializeAsString();
  if (nested) {
    size_t size = 0;
    for (const Piece& piece : within) size += piece->size();
    before += Head(Response::kGetStateFieldNumber, size);
  }
  TextPieces pieces = {std::make_shared<const std::string>(std::move(before))};
  pieces.insert(pieces.end(), within.begin(), within.end());
  return pieces;
}

template <Encoding encoding>
TextPieces Pieces(const MasterState& state, const Call& call) {
  using GetState = Response::GetState;
  switch (call.type()) {
    case Call::GET_TASKS:
      return Write(Response::GET_TASKS, {Tasks<encoding>(state, Response::kGetTasksFieldNumber)},
                   encoding);
    case Call::GET_AGENTS:
      return Write(Response::GET_AGENTS, {Agents<encoding>(state, Response::kGetAgentsFieldNumber)},
                   encoding);
    case Call::GET_EXECUTORS:
      return Write(Response::GET_EXECUTORS,
                   {Executors<encoding>(state, Response::kGetExecutorsFieldNumber)}, encoding);
    case Call::GET_STATE:
      return Write(Response::GET_STATE,
                   {Tasks<encoding>(state, GetState::kGetTasksFieldNumber),
                    Executors<encoding>(state, GetState::kGetExecutorsFieldNumber),
                    Frameworks(state, GetState::kGetFrameworksFieldNumber, encoding),
                    Agents<encoding>(state, GetState::kGetAgentsFieldNumber)},
                   encoding);
    default:
      return {
          std::make_shared<const std::string>(Encode(AnswerFrom(state, call).value(), encoding))};
  }
}

}  // namespace

TextPieces AnswerPieces(const MasterState& state, const Call& call, Encoding encoding) {
  return encoding == Encoding::kJson ? Pieces<Encoding::kJson>(state, call)
                                     : Pieces<Encoding::kProtobuf>(state, call);
}

}  // namespace mesos::http
