#ifndef HEAPD_SERVER_OPS_COLLECTION_TRACE_H_
#define HEAPD_SERVER_OPS_COLLECTION_TRACE_H_

#include "absl/strings/string_view.h"
#include "heap/gc/collection.h"

// Lines of collections on stdout, for people and programs that know Node's
// --trace-gc. Thread-safe.

namespace heapd::server {

// Which collections are written: "none" (as before this call), "major" or
// "all", as in the configuration. For the whole process.
void InitCollectionTrace(absl::string_view choice);

// Writes the line, and a line feed after it, in one piece if this kind is
// asked for.
void TraceCollection(CollectionKind kind, absl::string_view line);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_COLLECTION_TRACE_H_
