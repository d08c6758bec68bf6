#ifndef HEAPD_CLIENT_HEAPLOAD_REPORT_HTML_TEXT_H_
#define HEAPD_CLIENT_HEAPLOAD_REPORT_HTML_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "client/heapload/report/report_tables.h"

namespace heapd::heapload {

// Text as content of an element or as an attribute's value in double quotes.
std::string EscapeHtml(absl::string_view text);

// A table with its title as heading; empty for a table without rows.
std::string HtmlTable(const ReportTable& table);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_REPORT_HTML_TEXT_H_
