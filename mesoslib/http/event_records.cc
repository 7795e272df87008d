#include "mesoslib/http/event_records.h"

#include <utility>

#include "google/protobuf/repeated_field.h"
#include "mesoslib/http/record_io.h"

namespace mesos::http {
namespace {

using google::protobuf::RepeatedPtrField;
using Event = v1::scheduler::Event;

// Events of at most so many bytes as protobuf: as JSON they are seldom eight times that, and what
// is too long all the same is divided again.
constexpr size_t kPartBytes = kMaxEventBytes / 8;

template <typename T>
void MoveFront(int count, RepeatedPtrField<T>* from, RepeatedPtrField<T>* to) {
  std::vector<T*> moved(count);
  from->ExtractSubrange(0, count, moved.data());
  for (T* element : moved) to->AddAllocated(element);
}

// So many elements, at least one, have about so many bytes.
template <typename T>
int CountFront(const RepeatedPtrField<T>& list, size_t bytes) {
  int count = 0;
  for (size_t taken = 0; count < list.size() && taken < bytes; ++count) {
    taken += list.Get(count).ByteSizeLong();
  }
  return count;
}

bool ListsOffers(const Event& event) { return event.type() == Event::OFFERS; }

// How many elements the event lists; 0 if it lists none.
int Size(const Event& event) {
  if (ListsOffers(event)) return event.offers().offers_size();
  if (event.type() != Event::INVERSE_OFFERS) return 0;
  return event.inverse_offers().inverse_offers_size();
}

int CountFront(const Event& event, size_t bytes) {
  return ListsOffers(event) ? CountFront(event.offers().offers(), bytes)
                            : CountFront(event.inverse_offers().inverse_offers(), bytes);
}

Event TakeFront(int count, Event* event) {
  Event front;
  front.set_type(event->type());
  if (ListsOffers(*event)) {
    MoveFront(count, event->mutable_offers()->mutable_offers(),
              front.mutable_offers()->mutable_offers());
  } else {
    MoveFront(count, event->mutable_inverse_offers()->mutable_inverse_offers(),
              front.mutable_inverse_offers()->mutable_inverse_offers());
  }
  return front;
}

void AppendRecords(Event event, Encoding encoding, std::vector<std::string>* records) {
  std::string record = EncodeRecord(Encode(event, encoding));
  if (record.size() <= kMaxEventBytes || Size(event) < 2) {
    records->push_back(std::move(record));
    return;
  }
  AppendRecords(TakeFront(Size(event) / 2, &event), encoding, records);
  AppendRecords(std::move(event), encoding, records);
}

}  // namespace

std::vector<std::string> ToRecords(Event event, Encoding encoding) {
  std::vector<std::string> records;
  while (Size(event) > 1 && event.ByteSizeLong() > kPartBytes) {
    AppendRecords(TakeFront(CountFront(event, kPartBytes), &event), encoding, &records);
  }
  if (records.empty() || Size(event) > 0) AppendRecords(std::move(event), encoding, &records);
  return records;
}

std::vector<std::string> ToRecords(v1::executor::Event event, Encoding encoding) {
  return {EncodeRecord(Encode(event, encoding))};
}

}  // namespace mesos::http
