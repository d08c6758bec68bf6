#ifndef HEAPD_CLIENT_HEAPLOAD_REPORT_REPORT_TABLES_H_
#define HEAPD_CLIENT_HEAPLOAD_REPORT_REPORT_TABLES_H_

#include <string>
#include <vector>

#include "client/heapload/report/judgement.h"
#include "client/heapload/run_report.h"

namespace heapd::heapload {

// What a report says in numbers, for the terminal and the page alike.
struct ReportTable {
  std::string title;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // as long as `columns`
  size_t text_columns = 1;  // so many from the left are words, not numbers
};

// A row for each phase and, if there are several, one for the whole run.
ReportTable CallsTable(const RunReport& report);
ReportTable LatencyTable(const RunReport& report);
// A row for each class of errors, a column for each phase; no rows where there
// were none.
ReportTable ErrorsTable(const RunReport& report);
// A row for each series.
ReportTable ProbesTable(const RunReport& report);
// First, largest and last sizes.
ReportTable HeapTable(const RunReport& report);
// A row for each kind.
ReportTable CollectionsTable(const RunReport& report);
// The major ones that took longest, at most so many, in the order of time.
ReportTable MajorCollectionsTable(const RunReport& report, size_t most);
// A row for each objective; no rows where none was given.
ReportTable SlosTable(const Judgement& judgement);

// "All 3 SLOs were met.", "2 of 3 SLOs were missed."; empty without SLOs.
std::string Headline(const Judgement& judgement);

// What a reader must know before trusting the numbers, in sentences: that the
// run was interrupted, that heapload itself was late, what was not received.
std::vector<std::string> Notes(const RunReport& report);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_REPORT_REPORT_TABLES_H_
