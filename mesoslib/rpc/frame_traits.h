// FrameTraits: how messages are put into what a stream carries. A type without a specialization is
// its own frame: one message each.
#ifndef MESOSLIB_RPC_FRAME_TRAITS_H_
#define MESOSLIB_RPC_FRAME_TRAITS_H_

#include <cstddef>
#include <utility>

#include "google/protobuf/repeated_ptr_field.h"
#include "mesos/rpc/services.pb.h"
#include "mesos/v1/executor/executor.pb.h"

namespace mesos {

template <typename Frame>
struct FrameTraits {
  using Message = Frame;
  static constexpr size_t kMaxMessages = 1;

  static void Append(Frame* frame, Message message) { *frame = std::move(message); }
};

// For frames that are one repeated field.
template <typename Frame, typename M, google::protobuf::RepeatedPtrField<M>* (Frame::*field)()>
struct RepeatedFrameTraits {
  using Message = M;
  static constexpr size_t kMaxMessages = 1000;

  static google::protobuf::RepeatedPtrField<M>* Messages(Frame* frame) { return (frame->*field)(); }
  static void Append(Frame* frame, Message message) {
    *Messages(frame)->Add() = std::move(message);
  }
};

template <>
struct FrameTraits<rpc::SchedulerCalls>
    : RepeatedFrameTraits<rpc::SchedulerCalls, v1::scheduler::Call,
                          &rpc::SchedulerCalls::mutable_calls> {};
template <>
struct FrameTraits<rpc::SchedulerEvents>
    : RepeatedFrameTraits<rpc::SchedulerEvents, v1::scheduler::Event,
                          &rpc::SchedulerEvents::mutable_events> {};
template <>
struct FrameTraits<rpc::ExecutorCalls> : RepeatedFrameTraits<rpc::ExecutorCalls, v1::executor::Call,
                                                             &rpc::ExecutorCalls::mutable_calls> {};
template <>
struct FrameTraits<rpc::ExecutorEvents>
    : RepeatedFrameTraits<rpc::ExecutorEvents, v1::executor::Event,
                          &rpc::ExecutorEvents::mutable_events> {};
template <>
struct FrameTraits<rpc::AgentMessages>
    : RepeatedFrameTraits<rpc::AgentMessages, internal::AgentMessage,
                          &rpc::AgentMessages::mutable_messages> {};
template <>
struct FrameTraits<rpc::MasterMessages>
    : RepeatedFrameTraits<rpc::MasterMessages, internal::MasterMessage,
                          &rpc::MasterMessages::mutable_messages> {};

// A frame read anew into the same object uses its memory again; a big one gives it back.
template <typename Frame>
void TrimFrame(Frame* frame) {
  if (FrameTraits<Frame>::Messages(frame)->size() > 64) *frame = Frame();
}

}  // namespace mesos

#endif  // MESOSLIB_RPC_FRAME_TRAITS_H_
