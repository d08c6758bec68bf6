#include "client/heapd/heap_metadata.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/ascii.h"

namespace heapd::client {
namespace {

constexpr size_t kMaxHeapBytes = 63;

// gRPC ends the process over metadata that HTTP does not allow.
bool CanBeHeap(std::string_view heap) {
  return !heap.empty() && heap.size() <= kMaxHeapBytes &&
         std::all_of(heap.begin(), heap.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
         });
}

}  // namespace

void NameHeap(std::string_view heap, grpc::ClientContext& context) {
  if (CanBeHeap(heap)) context.AddMetadata(kHeapMetadata, std::string(heap));
}

}  // namespace heapd::client
