#include "client/heapload/record/entry.h"

#include "absl/container/flat_hash_map.h"

namespace heapd::heapload {

namespace {

using recording::Entry;

template <typename Request>
uint64_t SessionOfRequest(const Request& request) {
  if constexpr (requires { request.session(); }) return request.session();
  return 0;
}

}  // namespace

bool IsCall(const Entry& entry) {
  if (entry.what_case() == Entry::WHAT_NOT_SET) return true;
  return !MethodOf(entry).empty();
}

std::string MethodOf(const Entry& entry) {
  switch (entry.what_case()) {
#define HEAPD_METHOD(which, field, method, service) \
  case Entry::which:                                \
    return "/heapd.v1." #service "/" #method;
    HEAPD_RECORDED_CALLS(HEAPD_METHOD)
#undef HEAPD_METHOD
    default:
      return "";
  }
}

std::string HeapOf(const Entry& entry) {
  switch (entry.what_case()) {
#define HEAPD_HEAP(which, field, method, service) \
  case Entry::which:                              \
    return entry.field().heap();
    HEAPD_RECORDED_CALLS(HEAPD_HEAP)
#undef HEAPD_HEAP
    case Entry::kHeapFound:
      return entry.heap_found().heap().heap();
    case Entry::kSessionExpired:
      return entry.session_expired().heap();
    case Entry::kRefsSeen:
      return entry.refs_seen().heap();
    case Entry::kStreamEnded:
      return entry.stream_ended().heap();
    case Entry::kHeapCounts:
      return entry.heap_counts().heap();
    default:
      return "";
  }
}

uint64_t SessionOf(const Entry& entry) {
  switch (entry.what_case()) {
#define HEAPD_SESSION(which, field, method, service) \
  case Entry::which:                                 \
    return SessionOfRequest(entry.field());
    HEAPD_RECORDED_CALLS(HEAPD_SESSION)
#undef HEAPD_SESSION
    default:
      return 0;
  }
}

bool SetMethod(std::string_view method, Entry* entry) {
  using Setter = void (*)(Entry*);
  static const auto* const setters =
      new absl::flat_hash_map<std::string, Setter>({
#define HEAPD_SETTER(which, field, method, service) \
  {"/heapd.v1." #service "/" #method,               \
   [](Entry* changed) { changed->mutable_##field(); }},
          HEAPD_RECORDED_CALLS(HEAPD_SETTER)
#undef HEAPD_SETTER
      });
  const auto found = setters->find(std::string(method));
  if (found == setters->end()) return false;
  found->second(entry);
  return true;
}

}  // namespace heapd::heapload
