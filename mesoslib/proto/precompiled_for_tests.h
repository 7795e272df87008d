// What nearly every test reads, precompiled (third_party/cc.bzl).

#ifndef MESOSLIB_PROTO_PRECOMPILED_FOR_TESTS_H_
#define MESOSLIB_PROTO_PRECOMPILED_FOR_TESTS_H_

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/proto/precompiled.h"

#endif  // MESOSLIB_PROTO_PRECOMPILED_FOR_TESTS_H_
