#ifndef HEAPD_CLIENT_HEAPD_HEAP_METADATA_H_
#define HEAPD_CLIENT_HEAPD_HEAP_METADATA_H_

#include <string_view>

#include "grpcpp/client_context.h"

namespace heapd::client {

// The metadata in which a call names the heap that it is about. The message
// says so too, but balancers cannot read it; and since a heap lives in one
// daemon, one in front of several must pass all calls on a heap to the same
// (deploy/haproxy/README.md). heapd itself does not look at it.
inline constexpr char kHeapMetadata[] = "heapd-heap";

// Adds it. A name that could be no heap's is left out, and the daemon says what
// is wrong with it.
void NameHeap(std::string_view heap, grpc::ClientContext& context);

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_HEAP_METADATA_H_
