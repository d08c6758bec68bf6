#ifndef HEAPD_SERVER_SERVICE_ANALYZE_METHOD_H_
#define HEAPD_SERVER_SERVICE_ANALYZE_METHOD_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "heapd/v1/collector_service.pb.h"
#include "server/service/service_core.h"

namespace heapd::server {

// CollectorService.AnalyzeHeap. Holds the calling thread for as long as the
// heap is read and looked through; the deadline counts until that begins.
absl::Status RunAnalysis(const ServiceCore& core,
                         const v1::AnalyzeHeapRequest& request,
                         absl::Time deadline,
                         v1::AnalyzeHeapResponse* response);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_ANALYZE_METHOD_H_
