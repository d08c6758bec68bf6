#include "client/heapload/report/html_report.h"

#include "absl/strings/str_cat.h"

namespace heapd::heapload {

std::string HtmlReport(const RunReport& report, const Judgement& judgement) {
  return absl::StrCat("<!doctype html><title>heapload</title>", report.calls.ok,
                      judgement.passed() ? "passed" : "missed");
}

}  // namespace heapd::heapload
