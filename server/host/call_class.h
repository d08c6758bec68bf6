#ifndef HEAPD_SERVER_HOST_CALL_CLASS_H_
#define HEAPD_SERVER_HOST_CALL_CLASS_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace heapd::server {

// How much a call is worth when there is more to do than fits. What stands
// lower is refused later, so a client can free memory while others burst, and
// an operator can look while clients read. Health is no call: it is never
// refused.
enum class CallClass : uint8_t {
  kAllocate,    // may take memory, or changes objects
  kRead,        // only reads, or gives up what it has
  kAdminister,  // heaps and collections; sessions that stay or go
};

inline constexpr size_t kCallClassCount = 3;

// "allocate", "read", "administer".
constexpr absl::string_view NameOf(CallClass call_class) {
  switch (call_class) {
    case CallClass::kAllocate:
      return "allocate";
    case CallClass::kRead:
      return "read";
    case CallClass::kAdminister:
      return "administer";
  }
  return "";
}

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_CALL_CLASS_H_
