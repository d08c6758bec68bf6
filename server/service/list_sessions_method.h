#ifndef HEAPD_SERVER_SERVICE_LIST_SESSIONS_METHOD_H_
#define HEAPD_SERVER_SERVICE_LIST_SESSIONS_METHOD_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "heapd/v1/collector_service.pb.h"
#include "server/service/service_core.h"

namespace heapd::server {

// CollectorService.ListSessions. Takes the heap's lane often, each time for a
// fraction of a millisecond, and holds the calling thread until the end.
absl::Status SurveySessions(const ServiceCore& core,
                            const v1::ListSessionsRequest& request,
                            absl::Time deadline,
                            v1::ListSessionsResponse* response);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_LIST_SESSIONS_METHOD_H_
