#ifndef HEAPD_CLIENT_HEAPLOAD_REPORT_SUMMARY_H_
#define HEAPD_CLIENT_HEAPLOAD_REPORT_SUMMARY_H_

#include <ostream>

#include "client/heapload/report/judgement.h"
#include "client/heapload/run_report.h"

namespace heapd::heapload {

// Writes what an operator reads first, as aligned text: a row for each phase,
// then failures, probes, heap and collections, SLOs and verdicts.
void PrintSummary(const RunReport& report, const Judgement& judgement,
                  std::ostream& out);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_REPORT_SUMMARY_H_
