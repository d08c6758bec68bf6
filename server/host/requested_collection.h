#ifndef HEAPD_SERVER_HOST_REQUESTED_COLLECTION_H_
#define HEAPD_SERVER_HOST_REQUESTED_COLLECTION_H_

#include <memory>

#include "absl/status/statusor.h"
#include "heap/gc/collection.h"
#include "heap/gc/compaction.h"
#include "server/host/heap_call.h"
#include "server/host/hosted_heap.h"

namespace heapd::server {

// Runs a major collection beside the heap's calls, one that begins after this
// call so that it finds all that is dead now, and waits for its end. One that
// is running already is waited for first. Holds the calling thread, not the
// lane. Errors as of Submit(); with DEADLINE_EXCEEDED the collection goes on.
absl::StatusOr<Collection> CollectAndWait(
    const std::shared_ptr<HostedHeap>& hosted, const CallTerms& terms,
    Compaction compaction = Compaction::kUsual);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_REQUESTED_COLLECTION_H_
