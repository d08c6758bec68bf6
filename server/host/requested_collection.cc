#include "server/host/requested_collection.h"

#include "heap/base/status_macros.h"
#include "server/host/major_collections.h"

namespace heapd::server {
absl::StatusOr<Collection> CollectAndWait(
    const std::shared_ptr<HostedHeap>& hosted, const CallTerms& terms,
    Compaction compaction) {
  MajorCollections collections(hosted.get());
  for (;;) {
    bool started = false;
    HEAPD_RETURN_IF_ERROR(
        RunAndWait(hosted, terms, nullptr, [&](HeapAccess& access) {
          collections.Forget();
          started = !access.heap.IsMajorRunning();
          if (started) {
            access.heap.StartMajor(CollectionReason::kRequested, compaction);
          }
          return absl::OkStatus();
        }));
    if (started) hosted->QueueMajorStep();
    HEAPD_ASSIGN_OR_RETURN(const Collection collection,
                           collections.Wait(terms.deadline));
    if (started) return collection;
  }
}

}  // namespace heapd::server
