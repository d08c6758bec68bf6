#ifndef HEAPD_CLIENT_HEAPLOAD_REPORT_PAGE_DATA_H_
#define HEAPD_CLIENT_HEAPLOAD_REPORT_PAGE_DATA_H_

#include <string>

#include "client/heapload/report/judgement.h"
#include "client/heapload/run_report.h"

namespace heapd::heapload {

// What the script of a page draws, as JSON in columns (an array for each
// member, since a long run has many intervals and collections), times rounded
// to microseconds. Safe inside a script element: it has none of < > & and only
// ASCII.
std::string PageData(const RunReport& report, const Judgement& judgement);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_REPORT_PAGE_DATA_H_
