#include "client/heapload/report/summary.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/heapload/report/report_tables.h"
#include "client/heapload/report/units.h"

namespace heapd::heapload {
namespace {

// How wide a text is in a terminal: "µ" has two bytes.
size_t Width(const std::string& text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(),
      [](char c) { return (static_cast<unsigned char>(c) >> 6) != 2; }));
}

std::vector<size_t> ColumnWidths(const ReportTable& table) {
  std::vector<size_t> widths;
  for (size_t column = 0; column < table.columns.size(); ++column) {
    size_t width = Width(table.columns[column]);
    for (const std::vector<std::string>& row : table.rows) {
      width = std::max(width, Width(row[column]));
    }
    widths.push_back(width);
  }
  return widths;
}

void PrintRow(const ReportTable& table, const std::vector<size_t>& widths,
              const std::vector<std::string>& row, std::ostream& out) {
  std::string line = " ";
  for (size_t column = 0; column < row.size(); ++column) {
    const std::string blanks(widths[column] - Width(row[column]), ' ');
    absl::StrAppend(&line, " ", column == 0 ? "" : " ");
    if (column < table.text_columns) {
      absl::StrAppend(&line, row[column], blanks);
    } else {
      absl::StrAppend(&line, blanks, row[column]);
    }
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

// Nothing for a table without rows.
void PrintTable(const ReportTable& table, std::ostream& out) {
  if (table.rows.empty()) return;
  out << '\n' << table.title << '\n';
  const std::vector<size_t> widths = ColumnWidths(table);
  if (std::any_of(table.columns.begin(), table.columns.end(),
                  [](const std::string& name) { return !name.empty(); })) {
    PrintRow(table, widths, table.columns, out);
  }
  for (const std::vector<std::string>& row : table.rows) {
    PrintRow(table, widths, row, out);
  }
}

void PrintHead(const RunReport& report, std::ostream& out) {
  out << "heapload: " << report.profile << ", " << report.schedule << ", for "
      << FormatSeconds(report.seconds) << '\n';
  out << "heap " << report.heap << " at " << report.address;
  if (report.deadline_seconds > 0) {
    out << ", deadline of a call " << FormatSeconds(report.deadline_seconds);
  }
  out << "; started " << report.started_at << " on " << report.machine << '\n';
  for (const std::string& note : Notes(report)) out << "note: " << note << '\n';
}

}  // namespace

void PrintSummary(const RunReport& report, const Judgement& judgement,
                  std::ostream& out) {
  PrintHead(report, out);
  PrintTable(CallsTable(report), out);
  PrintTable(LatencyTable(report), out);
  PrintTable(ErrorsTable(report), out);
  PrintTable(ProbesTable(report), out);
  PrintTable(HeapTable(report), out);
  if (!report.collections.empty()) PrintTable(CollectionsTable(report), out);
  PrintTable(SlosTable(judgement), out);
  if (!judgement.verdicts.empty()) out << "\nVerdicts\n";
  for (const Verdict& verdict : judgement.verdicts) {
    out << "  " << DescribeVerdict(verdict) << '\n';
  }
  const std::string headline = Headline(judgement);
  if (!headline.empty()) out << '\n' << headline << '\n';
}

}  // namespace heapd::heapload
