#include "mesoslib/base/listen_address.h"

#include <fcntl.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mesoslib/base/unique_fd.h"

namespace mesos {
namespace {

TEST(ListenAddressTest, AnAddressIsAnIpAndAPort) {
  for (const char* address : {"127.0.0.1:0", "0.0.0.0:65535", "[::1]:5050", "[::]:0"}) {
    EXPECT_TRUE(ValidateListenAddress(address).ok()) << address;
  }
  for (const char* address : {"", "5050", ":5050", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                              "127.0.0.1:x", "localhost:0", "::1:5050", "[::1]", "[::1:5050"}) {
    EXPECT_EQ(ValidateListenAddress(address).code(), absl::StatusCode::kInvalidArgument) << address;
    EXPECT_EQ(Listen(address).status().code(), absl::StatusCode::kInvalidArgument) << address;
  }
}

TEST(ListenAddressTest, AListenerIsNotInheritedAndDoesNotBlock) {
  const UniqueFd listener = Listen("127.0.0.1:0").value();
  EXPECT_TRUE(fcntl(listener.get(), F_GETFD) & FD_CLOEXEC);
  EXPECT_TRUE(fcntl(listener.get(), F_GETFL) & O_NONBLOCK);
  EXPECT_GT(ListeningPort(listener).value(), 0);
}

TEST(ListenAddressTest, AnAddressThatCannotBeHadIsUnavailable) {
  const UniqueFd listener = Listen("127.0.0.1:0").value();
  const std::string address = absl::StrCat("127.0.0.1:", ListeningPort(listener).value());
  const absl::Status in_use =
      absl::UnavailableError(absl::StrCat("address ", address, " is in use"));
  EXPECT_EQ(Listen(address).status(), in_use);
  EXPECT_EQ(ExplainListenFailure(address), in_use);
  EXPECT_EQ(Listen("192.0.2.1:0").status(),
            absl::UnavailableError("address 192.0.2.1:0 is not of this machine"));
}

}  // namespace
}  // namespace mesos
