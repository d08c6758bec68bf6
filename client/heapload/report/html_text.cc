#include "client/heapload/report/html_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace heapd::heapload {
namespace {

std::string Cell(const ReportTable& table, size_t column,
                 const std::string& text) {
  const bool is_text = column < table.text_columns;
  if (column == 0) {
    return absl::StrCat("<th scope=\"row\">", EscapeHtml(text), "</th>");
  }
  return absl::StrCat(is_text ? "<td class=\"text\">" : "<td>",
                      EscapeHtml(text), "</td>");
}

}  // namespace

std::string EscapeHtml(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"},
                                    {"<", "&lt;"},
                                    {">", "&gt;"},
                                    {"\"", "&quot;"},
                                    {"'", "&#39;"}});
}

std::string HtmlTable(const ReportTable& table) {
  if (table.rows.empty()) return "";
  const std::string title = EscapeHtml(table.title);
  // Wide tables scroll in their own box, which the keyboard must reach.
  std::string html =
      absl::StrCat("<h2>", title,
                   "</h2>\n<div class=\"card scroll\" tabindex=\"0\" "
                   "role=\"region\" aria-label=\"",
                   title, "\">\n<table>\n<thead><tr>");
  for (size_t column = 0; column < table.columns.size(); ++column) {
    absl::StrAppend(&html, "<th scope=\"col\"",
                    column < table.text_columns ? " class=\"text\">" : ">",
                    EscapeHtml(table.columns[column]), "</th>");
  }
  absl::StrAppend(&html, "</tr></thead>\n<tbody>\n");
  for (const std::vector<std::string>& row : table.rows) {
    absl::StrAppend(&html, "<tr>");
    for (size_t column = 0; column < row.size(); ++column) {
      absl::StrAppend(&html, Cell(table, column, row[column]));
    }
    absl::StrAppend(&html, "</tr>\n");
  }
  absl::StrAppend(&html, "</tbody>\n</table>\n</div>\n");
  return html;
}

}  // namespace heapd::heapload
