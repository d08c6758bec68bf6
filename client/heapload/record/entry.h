#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_ENTRY_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_ENTRY_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "client/heapload/record/recording.pb.h"

namespace heapd::heapload {

// The calls that are recorded with their requests: the entry's case, its field,
// the method and its service.
#define HEAPD_RECORDED_CALLS(X)                                      \
  X(kCreateHeap, create_heap, CreateHeap, HeapService)               \
  X(kUpdateHeap, update_heap, UpdateHeap, HeapService)               \
  X(kDeleteHeap, delete_heap, DeleteHeap, HeapService)               \
  X(kOpenSession, open_session, OpenSession, ObjectService)          \
  X(kRenewSession, renew_session, RenewSession, ObjectService)       \
  X(kCloseSession, close_session, CloseSession, ObjectService)       \
  X(kPushScope, push_scope, PushScope, ObjectService)                \
  X(kPopScope, pop_scope, PopScope, ObjectService)                   \
  X(kDefineType, define_type, DefineType, ObjectService)             \
  X(kAllocateObject, allocate_object, AllocateObject, ObjectService) \
  X(kAllocateString, allocate_string, AllocateString, ObjectService) \
  X(kWriteObject, write_object, WriteObject, ObjectService)          \
  X(kCopyObject, copy_object, CopyObject, ObjectService)             \
  X(kLinkObject, link_object, LinkObject, ObjectService)             \
  X(kUnlinkObject, unlink_object, UnlinkObject, ObjectService)       \
  X(kAddSlots, add_slots, AddSlots, ObjectService)                   \
  X(kHoldObject, hold_object, HoldObject, ObjectService)             \
  X(kReleaseObject, release_object, ReleaseObject, ObjectService)    \
  X(kRootObject, root_object, RootObject, ObjectService)             \
  X(kUnrootObject, unroot_object, UnrootObject, ObjectService)       \
  X(kApply, apply, Apply, ObjectService)

// Calls `visitor(request)` with the request in an entry, if it holds one.
template <typename Visitor>
void VisitRequest(recording::Entry& entry, Visitor&& visitor) {
  switch (entry.what_case()) {
#define HEAPD_VISIT(which, field, method, service) \
  case recording::Entry::which:                    \
    visitor(*entry.mutable_##field());             \
    break;
    HEAPD_RECORDED_CALLS(HEAPD_VISIT)
#undef HEAPD_VISIT
    default:
      break;
  }
}

// Whether it is a call, and not something that the recorder found out. A failed
// one holds no request.
bool IsCall(const recording::Entry& entry);

// "/heapd.v1.ObjectService/Apply" for an entry with a request; empty for
// others.
std::string MethodOf(const recording::Entry& entry);

// The heap that it is about; empty for a failed call and the end.
std::string HeapOf(const recording::Entry& entry);

// The session that the request names; 0 if it names none.
uint64_t SessionOf(const recording::Entry& entry);

// Puts an empty request of this method into the entry. False for a method
// that is not recorded.
bool SetMethod(std::string_view method, recording::Entry* entry);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_ENTRY_H_
