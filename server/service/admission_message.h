#ifndef HEAPD_SERVER_SERVICE_ADMISSION_MESSAGE_H_
#define HEAPD_SERVER_SERVICE_ADMISSION_MESSAGE_H_

#include "heapd/v1/collector_service.pb.h"
#include "server/host/admission.h"
#include "server/host/admission_counters.h"
#include "server/host/in_flight.h"

namespace heapd::server {

// The figures as the contract has them. `heap` is that of one heap.
v1::AdmissionStats ToMessage(const Admission& daemon,
                             const AdmissionCounters::Figures& figures,
                             const InFlight& heap);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_ADMISSION_MESSAGE_H_
