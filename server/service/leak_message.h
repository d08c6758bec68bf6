#ifndef HEAPD_SERVER_SERVICE_LEAK_MESSAGE_H_
#define HEAPD_SERVER_SERVICE_LEAK_MESSAGE_H_

#include "heapd/v1/collector_service.pb.h"
#include "server/host/leak_verdict.h"

namespace heapd::server {

v1::LeakVerdict ToMessage(const LeakVerdict& verdict);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_LEAK_MESSAGE_H_
