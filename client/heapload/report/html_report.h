#ifndef HEAPD_CLIENT_HEAPLOAD_REPORT_HTML_REPORT_H_
#define HEAPD_CLIENT_HEAPLOAD_REPORT_HTML_REPORT_H_

#include <string>

#include "client/heapload/report/judgement.h"
#include "client/heapload/run_report.h"

namespace heapd::heapload {

// A run as one HTML page that needs nothing else and asks the network for
// nothing: tables, and charts of latency, throughput, refusals, health probes
// and heap size on one time axis, with the collections in it. No text of the
// report can end up as markup or script.
std::string HtmlReport(const RunReport& report, const Judgement& judgement);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_REPORT_HTML_REPORT_H_
