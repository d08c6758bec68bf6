#ifndef HEAPD_HEAP_GC_CORRUPTION_H_
#define HEAPD_HEAP_GC_CORRUPTION_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "heap/base/error.h"

namespace heapd {

// INTERNAL (CORRUPT): the invariant with this tag (heap/README.md) does not
// hold. `where` is an index or a count.
inline absl::Status Corruption(absl::string_view tag, absl::string_view what,
                               uint64_t where) {
  return MakeError(absl::StatusCode::kInternal, reason::kCorrupt,
                   absl::StrCat(tag, ": ", what, " (", where, ")"));
}

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_CORRUPTION_H_
