#include "mesos/attributes.h"

#include <cmath>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using testing::HasSubstr;

Attributes A(absl::string_view text) {
  absl::StatusOr<Attributes> attributes = Attributes::Parse(text);
  EXPECT_TRUE(attributes.ok()) << attributes.status();
  return attributes.ok() ? *attributes : Attributes();
}

std::string ProtoError(const v1::Attribute& proto) {
  Attributes::ProtoList protos;
  *protos.Add() = proto;
  return std::string(Attributes::FromProto(protos).status().message());
}

TEST(AttributesTest, TypesFollowFromTheText) {
  const Attributes attributes = A("rack:abc; zone:[1-3,7-9] ;level:10;load:-0.25;ip:10.0.0.1");
  ASSERT_EQ(attributes.size(), 5u);
  EXPECT_EQ(std::get<std::string>(attributes.Find("rack")->value), "abc");
  EXPECT_TRUE(attributes.Find("rack")->IsText());
  EXPECT_EQ(std::get<Ranges>(attributes.Find("zone")->value).ToString(), "[1-3,7-9]");
  EXPECT_EQ(std::get<double>(attributes.Find("level")->value), 10);
  EXPECT_EQ(std::get<double>(attributes.Find("load")->value), -0.25);
  EXPECT_EQ(std::get<std::string>(attributes.Find("ip")->value), "10.0.0.1");
  EXPECT_EQ(attributes.Find("none"), nullptr);
}

TEST(AttributesTest, TextMayHoldColonsAndWordsThatSoundLikeNumbers) {
  EXPECT_EQ(std::get<std::string>(A("url:http://a:80").Find("url")->value), "http://a:80");
  EXPECT_EQ(std::get<std::string>(A("a:nan").Find("a")->value), "nan");
  EXPECT_EQ(std::get<std::string>(A("a:infinity").Find("a")->value), "infinity");
}

TEST(AttributesTest, KeepTheirOrderAndRepeatedNames) {
  const Attributes attributes = A("b:1;a:2;b:3");
  EXPECT_EQ(attributes.ToString(), "b:1;a:2;b:3");
  EXPECT_EQ(std::get<double>(attributes.Find("b")->value), 1);
  EXPECT_FALSE(attributes == A("a:2;b:1;b:3"));
}

TEST(AttributesTest, WhatIsWrittenReadsBack) {
  const Attributes attributes =
      A("rack:abc;zone:[1-3];level:0.1;big:1e+300;third:0.3333333333333333");
  EXPECT_EQ(A(attributes.ToString()), attributes);
  Attributes::ProtoList protos;
  attributes.ToProto(&protos);
  EXPECT_EQ(*Attributes::FromProto(protos), attributes);
  EXPECT_EQ(protos.Get(0).type(), v1::Value::TEXT);
  EXPECT_EQ(protos.Get(1).type(), v1::Value::RANGES);
  EXPECT_EQ(protos.Get(2).type(), v1::Value::SCALAR);
}

TEST(AttributesTest, BadTextIsRefused) {
  for (absl::string_view text : {"rack", ":abc", "rack:", "a:{x,y}", "a:[1-", "a:[3-1]"}) {
    EXPECT_FALSE(Attributes::Parse(text).ok()) << std::string(text);
  }
  EXPECT_TRUE(A("").empty());
  EXPECT_TRUE(A(" ; ").empty());
}

TEST(AttributesTest, BadProtosAreRefusedByField) {
  v1::Attribute proto;
  EXPECT_THAT(ProtoError(proto), HasSubstr("attributes[0].name"));
  proto.set_name("rack");
  EXPECT_THAT(ProtoError(proto), HasSubstr("attributes[0].type"));
  proto.set_type(v1::Value::SCALAR);
  EXPECT_THAT(ProtoError(proto), HasSubstr("type"));
  proto.mutable_scalar()->set_value(std::nan(""));
  EXPECT_THAT(ProtoError(proto), HasSubstr("scalar.value"));
  proto.set_type(v1::Value::SET);
  EXPECT_THAT(ProtoError(proto), HasSubstr("set"));
}

}  // namespace
}  // namespace mesos
