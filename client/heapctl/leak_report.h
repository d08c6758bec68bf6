#ifndef HEAPD_CLIENT_HEAPCTL_LEAK_REPORT_H_
#define HEAPD_CLIENT_HEAPCTL_LEAK_REPORT_H_

#include <string>

#include "client/heapctl/global_options.h"
#include "heapd/v1/collector_service.pb.h"

namespace heapd::heapctl {

// One line: "suspected: 12.0 MiB an hour (99.9 % sure), most of it
// UpstreamError [GET /orders 502]; limit in 3h20m".
std::string DescribeLeak(const v1::LeakVerdict& verdict);

// The whole verdict: its JSON, or words and a table of what grows.
void PrintLeakVerdict(const GlobalOptions& global,
                      const v1::LeakVerdict& verdict);

}  // namespace heapd::heapctl

#endif  // HEAPD_CLIENT_HEAPCTL_LEAK_REPORT_H_
