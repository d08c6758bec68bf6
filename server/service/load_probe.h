#ifndef HEAPD_SERVER_SERVICE_LOAD_PROBE_H_
#define HEAPD_SERVER_SERVICE_LOAD_PROBE_H_

#include <cstdint>

#include "server/host/admission.h"
#include "server/host/admission_counters.h"
#include "server/host/heap_registry.h"
#include "server/ops/readiness.h"

namespace heapd::server {

// What readiness looks at: the lanes of all heaps, and admission. For one
// thread. The others outlive it.
class LoadProbe final : public ReadinessProbe {
 public:
  LoadProbe(const HeapRegistry* registry, const Admission* admission,
            const AdmissionCounters* counters)
      : registry_(*registry), admission_(*admission), counters_(*counters) {}

  ReadinessSample Sample() override;

 private:
  const HeapRegistry& registry_;
  const Admission& admission_;
  const AdmissionCounters& counters_;
  uint64_t refused_before_ = 0;  // as of the last sample
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_LOAD_PROBE_H_
