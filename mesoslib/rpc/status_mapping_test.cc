#include "mesoslib/rpc/status_mapping.h"

#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

TEST(StatusMappingTest, EveryCodeAndItsMessageSurviveTheRoundTrip) {
  for (int code = 0; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "field 'x' is 'y'");
    EXPECT_EQ(FromGrpcStatus(ToGrpcStatus(status)), status);
  }
}

TEST(StatusMappingTest, LongMessagesAreCutToFourKilobytesOnTheWire) {
  EXPECT_EQ(ToGrpcStatus(absl::InternalError(std::string(10'000, 'a'))).error_message().size(),
            4096u);
  EXPECT_EQ(ToGrpcStatus(absl::InternalError(std::string(10'000, '\n'))).error_message().size(),
            4096u / 3);
}

TEST(StatusMappingTest, WhatTheTransportReportsIsALostConnection) {
  for (const auto code : {grpc::StatusCode::OK, grpc::StatusCode::CANCELLED,
                          grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::INTERNAL}) {
    const absl::Status status = StreamEndStatus(grpc::Status(code, "reset"), "master at h:1");
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_NE(status.ToString().find("master at h:1"), std::string::npos);
  }
  EXPECT_EQ(StreamEndStatus(grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "no"), "m"),
            absl::PermissionDeniedError("no"));
}

}  // namespace
}  // namespace mesos
