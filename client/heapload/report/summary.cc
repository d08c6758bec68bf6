#include "client/heapload/report/summary.h"

namespace heapd::heapload {

void PrintSummary(const RunReport& report, const Judgement& judgement,
                  std::ostream& out) {
  out << report.calls.ok << " of " << report.calls.intended << " calls ok\n";
  for (const Verdict& verdict : judgement.verdicts) {
    out << DescribeVerdict(verdict) << '\n';
  }
}

}  // namespace heapd::heapload
