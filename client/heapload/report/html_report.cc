#include "client/heapload/report/html_report.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/heapload/report/html_text.h"
#include "client/heapload/report/outcome_names.h"
#include "client/heapload/report/page.h"
#include "client/heapload/report/page_data.h"
#include "client/heapload/report/probe_summary.h"
#include "client/heapload/report/report_tables.h"
#include "client/heapload/report/units.h"

namespace heapd::heapload {
namespace {

// Nothing is loaded from anywhere, and the policy says so.
constexpr char kHead[] = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
)";

constexpr char kCharts[] = R"(<h2 id="over-time">Over time</h2>
<noscript><p class="none">The charts need JavaScript; the tables do not.</p></noscript>
<section id="charts" aria-labelledby="over-time" hidden>
<div class="toolbar">
<button type="button" id="zoom-in">Zoom in</button>
<button type="button" id="zoom-out">Zoom out</button>
<button type="button" id="zoom-all">Whole run</button>
<button type="button" id="earlier">Earlier</button>
<button type="button" id="later">Later</button>
<p class="hint" id="hint" aria-live="polite"></p>
</div>
<div id="moment">
<dl id="readings"></dl>
<input type="range" id="cursor" aria-label="Moment of the run; plus, minus and 0 zoom">
</div>
<div id="stage"><div id="crosshair"></div><div id="selection" hidden></div></div>
<details id="values">
<summary>Values of each interval, as a table</summary>
<div class="card scroll" tabindex="0" role="region" aria-label="Values of each interval">
<table>
<thead><tr><th scope="col" class="text">from</th><th scope="col">intended</th><th scope="col">ok</th><th scope="col">refused</th><th scope="col">failed</th><th scope="col">unsent</th><th scope="col">p50</th><th scope="col">p99</th><th scope="col">p99.9</th><th scope="col">max</th></tr></thead>
<tbody></tbody>
</table>
<p class="none" id="values-left"></p>
</div>
</details>
</section>
)";

std::string Fact(absl::string_view name, absl::string_view value) {
  if (value.empty()) return "";
  return absl::StrCat("<div><dt>", name, "</dt><dd>", EscapeHtml(value),
                      "</dd></div>\n");
}

std::string Title(const RunReport& report) {
  return absl::StrCat("heapload: ", report.profile, " on ", report.heap);
}

std::string Facts(const RunReport& report) {
  return absl::StrCat(
      "<dl class=\"facts\">\n", Fact("schedule", report.schedule),
      Fact("ran for", FormatSeconds(report.seconds)),
      Fact("started", report.started_at), Fact("address", report.address),
      Fact("deadline", report.deadline_seconds > 0
                           ? FormatSeconds(report.deadline_seconds)
                           : ""),
      Fact("machine", report.machine), "</dl>\n");
}

// Missed over unknown over met.
absl::string_view OutcomeOf(const Judgement& judgement) {
  if (judgement.passed()) return NameOf(SloOutcome::kMet);
  const bool missed =
      std::any_of(judgement.slos.begin(), judgement.slos.end(),
                  [](const SloResult& result) {
                    return result.outcome == SloOutcome::kMissed;
                  });
  return NameOf(missed ? SloOutcome::kMissed : SloOutcome::kUnknown);
}

std::string Outcome(const Judgement& judgement) {
  const std::string headline = Headline(judgement);
  if (headline.empty()) return "";
  return absl::StrCat("<p class=\"outcome ", OutcomeOf(judgement),
                      "\" role=\"status\">", headline, "</p>\n");
}

std::string Figure(absl::string_view value, absl::string_view name) {
  return absl::StrCat("<li><b>", EscapeHtml(value), "</b><span>",
                      EscapeHtml(name), "</span></li>\n");
}

// What one looks for first.
std::string Figures(const RunReport& report) {
  const CallCounts& calls = report.calls;
  std::string html = "<ul class=\"figures\">\n";
  absl::StrAppend(
      &html,
      Figure(calls.intended == 0
                 ? "-"
                 : FormatPercent(static_cast<double>(calls.ok) /
                                 static_cast<double>(calls.intended)),
             absl::StrCat("ok of ",
                          FormatCount(static_cast<double>(calls.intended)),
                          " calls")));
  if (report.latency.count > 0) {
    absl::StrAppend(&html, Figure(FormatSeconds(report.latency.p99), "p99"),
                    Figure(FormatSeconds(report.latency.max), "longest call"));
  }
  const double refused = static_cast<double>(calls.refused_with_retry +
                                             calls.refused_without_retry);
  absl::StrAppend(
      &html,
      Figure(FormatCount(refused),
             calls.refused_without_retry == 0
                 ? "refused"
                 : absl::StrCat("refused, ",
                                FormatCount(static_cast<double>(
                                    calls.refused_without_retry)),
                                " without a retry time")),
      Figure(FormatCount(static_cast<double>(calls.unsent)), "unsent"));
  for (const ProbeSeries& series : report.probes) {
    const ProbeCounts counts = CountProbes(series);
    absl::StrAppend(
        &html,
        Figure(
            FormatCount(static_cast<double>(counts.timeouts + counts.failed)),
            absl::StrCat("of ", FormatCount(static_cast<double>(counts.probes)),
                         " ", series.name, " checks missed")));
  }
  absl::StrAppend(&html, "</ul>\n");
  return html;
}

absl::string_view TagClass(SloOutcome outcome) {
  switch (outcome) {
    case SloOutcome::kMet:
      return "good";
    case SloOutcome::kMissed:
      return "bad";
    case SloOutcome::kUnknown:
      return "unsure";
  }
  return "";
}

std::string Slos(const Judgement& judgement) {
  if (judgement.slos.empty()) return "";
  std::string html =
      "<h2>SLOs</h2>\n<div class=\"card scroll slos\" tabindex=\"0\" "
      "role=\"region\" aria-label=\"SLOs\">\n<table>\n<thead><tr>"
      "<th scope=\"col\" class=\"text\">objective</th>"
      "<th scope=\"col\" class=\"text\">outcome</th>"
      "<th scope=\"col\" class=\"text\">actual</th>"
      "<th scope=\"col\" class=\"text\">limit</th></tr></thead>\n<tbody>\n";
  for (const SloResult& result : judgement.slos) {
    absl::StrAppend(
        &html, "<tr><th scope=\"row\"><code>", EscapeHtml(result.slo.text),
        "</code></th><td class=\"text\"><span class=\"tag ",
        TagClass(result.outcome), "\">", NameOf(result.outcome),
        "</span></td><td class=\"text wrap\">",
        EscapeHtml(result.note.empty() ? result.actual : result.note),
        "</td><td class=\"text\">", EscapeHtml(result.limit), "</td></tr>\n");
  }
  absl::StrAppend(&html, "</tbody>\n</table>\n</div>\n");
  return html;
}

std::string Verdicts(const Judgement& judgement) {
  if (judgement.verdicts.empty()) return "";
  std::string html =
      "<h2>Verdicts of load balancers</h2>\n<ul class=\"card verdicts\">\n";
  for (const Verdict& verdict : judgement.verdicts) {
    absl::string_view tag = "bad";
    absl::string_view word = NameOf(verdict.fate);
    if (verdict.fate == Fate::kKept) tag = "good";
    if (verdict.fate == Fate::kUnknown) tag = "unsure";
    if (verdict.fate == Fate::kTakenOut) word = "taken out";
    std::string text = DescribeVerdict(verdict);
    text.front() = absl::ascii_toupper(text.front());
    absl::StrAppend(&html, "<li><span class=\"tag ", tag, "\">", word,
                    "</span><span>", EscapeHtml(text), ".</span></li>\n");
  }
  absl::StrAppend(&html, "</ul>\n");
  return html;
}

std::string Tables(const RunReport& report) {
  constexpr size_t kMostMajors = 100;
  std::string html = absl::StrCat(
      HtmlTable(CallsTable(report)), HtmlTable(LatencyTable(report)),
      HtmlTable(ErrorsTable(report)), HtmlTable(ProbesTable(report)),
      HtmlTable(HeapTable(report)));
  if (!report.collections.empty()) {
    absl::StrAppend(&html, HtmlTable(CollectionsTable(report)),
                    HtmlTable(MajorCollectionsTable(report, kMostMajors)));
  }
  return html;
}

std::string NotesList(const RunReport& report) {
  std::string html;
  for (const std::string& note : Notes(report)) {
    absl::StrAppend(&html, "<p class=\"notice\">", EscapeHtml(note), "</p>\n");
  }
  return html;
}

}  // namespace

std::string HtmlReport(const RunReport& report, const Judgement& judgement) {
  return absl::StrCat(
      kHead, "<title>", EscapeHtml(Title(report)), "</title>\n<style>\n",
      kPageStyle, "</style>\n</head>\n<body>\n<header>\n<h1>",
      EscapeHtml(Title(report)), "</h1>\n<code class=\"command\">",
      EscapeHtml(report.command_line), "</code>\n", Facts(report),
      "</header>\n<main>\n", Outcome(judgement), NotesList(report),
      Figures(report), Slos(judgement), Verdicts(judgement), kCharts,
      Tables(report),
      "</main>\n<footer>Latencies count from the intended start of each call. "
      "Times are since the start of the run.</footer>\n"
      "<script type=\"application/json\" id=\"run-data\">",
      PageData(report, judgement), "</script>\n<script>\n", kPageScript,
      "</script>\n</body>\n</html>\n");
}

}  // namespace heapd::heapload
