#ifndef HEAPD_SERVER_BASE_RECENT_COLLECTIONS_H_
#define HEAPD_SERVER_BASE_RECENT_COLLECTIONS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace heapd::server {

// Says what the collector did before memory ran out, a line for each collection
// (TraceLine() in heap/gc/collection.h), oldest first; the service layer sends
// them as google.rpc.DebugInfo.
void SetRecentCollections(const std::vector<std::string>& lines,
                          absl::Status* error);

// What was said; empty when nothing was.
std::vector<std::string> RecentCollectionsOf(const absl::Status& error);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_BASE_RECENT_COLLECTIONS_H_
