#include "mesoslib/http/event_records.h"

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mesoslib/http/message_json.h"

namespace mesos::http {
namespace {

using v1::scheduler::Event;

std::string MessageOf(const std::string& record) {
  const size_t newline = record.find('\n');
  size_t size = 0;
  EXPECT_TRUE(absl::SimpleAtoi(record.substr(0, newline), &size));
  EXPECT_EQ(record.size(), newline + 1 + size);
  return record.substr(newline + 1);
}

Event Read(const std::string& record, Encoding encoding) {
  Event event;
  if (encoding == Encoding::kJson) {
    EXPECT_EQ(JsonToMessage(MessageOf(record), &event), absl::OkStatus());
  } else {
    EXPECT_TRUE(event.ParseFromString(MessageOf(record)));
  }
  return event;
}

void AddOffer(const std::string& text, Event* event) {
  v1::Offer* offer = event->mutable_offers()->add_offers();
  offer->mutable_id()->set_value(absl::StrCat("O", event->offers().offers_size() - 1));
  offer->set_hostname(text);
}

Event Offers(const std::vector<std::string>& texts) {
  Event event;
  event.set_type(Event::OFFERS);
  for (const std::string& text : texts) AddOffer(text, &event);
  return event;
}

// How many records the event becomes, all of which are short, and list all offers in order.
size_t Divide(const Event& event, Encoding encoding) {
  const std::vector<std::string> records = ToRecords(event, encoding);
  int next = 0;
  for (const std::string& record : records) {
    EXPECT_LE(record.size(), kMaxEventBytes);
    const Event part = Read(record, encoding);
    EXPECT_EQ(part.type(), Event::OFFERS);
    EXPECT_GT(part.offers().offers_size(), 0);
    for (const v1::Offer& offer : part.offers().offers()) {
      EXPECT_EQ(offer.id().value(), absl::StrCat("O", next));
      EXPECT_EQ(offer.hostname(), event.offers().offers(next).hostname());
      ++next;
    }
  }
  EXPECT_EQ(next, event.offers().offers_size());
  return records.size();
}

TEST(EventRecordsTest, ARecordIsALengthANewlineAndTheMessage) {
  Event event;
  event.set_type(Event::HEARTBEAT);
  EXPECT_EQ(ToRecords(event, Encoding::kJson),
            std::vector<std::string>{"20\n{\"type\":\"HEARTBEAT\"}"});
  EXPECT_EQ(ToRecords(event, Encoding::kProtobuf), std::vector<std::string>{"2\n\x08\x08"});
  v1::executor::Event shutdown;
  shutdown.set_type(v1::executor::Event::SHUTDOWN);
  EXPECT_EQ(ToRecords(shutdown, Encoding::kJson),
            std::vector<std::string>{"19\n{\"type\":\"SHUTDOWN\"}"});
}

TEST(EventRecordsTest, FewOffersAreOneRecord) {
  for (Encoding encoding : {Encoding::kJson, Encoding::kProtobuf}) {
    EXPECT_EQ(Divide(Offers({"a", "b", "c"}), encoding), 1u);
    EXPECT_EQ(ToRecords(Offers({}), encoding).size(), 1u);
  }
}

TEST(EventRecordsTest, OffersThatAreTooManyForARecordBecomeSeveral) {
  const Event event = Offers(std::vector<std::string>(3000, std::string(4000, 'x')));
  for (Encoding encoding : {Encoding::kJson, Encoding::kProtobuf}) {
    const size_t records = Divide(event, encoding);
    EXPECT_GE(records, 3u);
    EXPECT_LE(records, 40u);
  }
}

TEST(EventRecordsTest, TextThatGrowsAsJsonIsDividedFurther) {
  // Six bytes for each.
  EXPECT_GE(
      Divide(Offers(std::vector<std::string>(8, std::string(500000, '\x01'))), Encoding::kJson),
      6u);
}

TEST(EventRecordsTest, OffersOfUnequalSizeAreDividedToo) {
  std::vector<std::string> texts(20, "small");
  texts[0] = texts[7] = texts[19] = std::string(600000, '\x01');
  for (Encoding encoding : {Encoding::kJson, Encoding::kProtobuf}) Divide(Offers(texts), encoding);
}

TEST(EventRecordsTest, OneOfferThatIsTooLargeIsSentAsItIs) {
  const Event event = Offers({std::string(5 << 20, 'x'), "small", std::string(5 << 20, 'x')});
  EXPECT_EQ(ToRecords(event, Encoding::kProtobuf).size(), 3u);
  EXPECT_EQ(ToRecords(event, Encoding::kJson).size(), 3u);
}

TEST(EventRecordsTest, InverseOffersAreDividedAsOffersAre) {
  Event event;
  event.set_type(Event::INVERSE_OFFERS);
  for (int i = 0; i < 10; ++i) {
    event.mutable_inverse_offers()->add_inverse_offers()->mutable_id()->set_value(
        std::string(1 << 20, 'x'));
  }
  EXPECT_GE(ToRecords(event, Encoding::kJson).size(), 3u);
}

TEST(EventRecordsTest, OtherEventsAreNeverDivided) {
  Event event;
  event.set_type(Event::MESSAGE);
  event.mutable_message()->set_data(std::string(5 << 20, 'x'));
  const std::vector<std::string> records = ToRecords(event, Encoding::kProtobuf);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(Read(records[0], Encoding::kProtobuf).message().data().size(), size_t{5 << 20});
}

}  // namespace
}  // namespace mesos::http
