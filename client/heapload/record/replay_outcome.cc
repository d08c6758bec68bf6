#include "client/heapload/record/replay_outcome.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace heapd::heapload {
namespace {

// Classes of a heap that are printed; those that differ always are.
constexpr int kPrintedRows = 40;

void PrintHeap(const ReplayOutcome::Heap& heap, std::ostream& out) {
  out << absl::StreamFormat("\n%s, replayed as %s: %s\n", heap.recorded_name,
                            heap.replayed_name,
                            heap.equal ? "equal" : "DIFFERENT");
  out << absl::StreamFormat("  %-48s %14s %14s\n", "after a major collection",
                            "recorded", "replayed");
  int printed = 0;
  for (const CountRow& row : heap.rows) {
    const bool differs = row.recorded != row.replayed;
    if (++printed > kPrintedRows && !differs) continue;
    out << absl::StreamFormat("  %-48s %14d %14d%s\n", row.name, row.recorded,
                              row.replayed, differs ? "  <" : "");
  }
  if (printed > kPrintedRows) {
    out << absl::StreamFormat("  (%d rows in all; those not shown are equal)\n",
                              printed);
  }
  // No part of the verdict: padding depends on where the collector put things.
  out << absl::StreamFormat("  %-48s %14d %14d\n", "used bytes",
                            heap.recorded_used_bytes, heap.replayed_used_bytes);
}

}  // namespace

bool ReplayOutcome::equal() const {
  return std::all_of(heaps.begin(), heaps.end(),
                     [](const Heap& heap) { return heap.equal; });
}

std::vector<std::string> ReplayOutcome::Reasons() const {
  std::vector<std::string> reasons;
  for (const auto& [reason, count] : failed) {
    reasons.push_back(
        absl::StrCat(count,
                     " calls were refused that were not refused in the "
                     "recording: ",
                     reason));
  }
  if (depend_on_failed > 0) {
    reasons.push_back(
        absl::StrCat(depend_on_failed,
                     " calls were not sent: they use what refused calls "
                     "would have made"));
  }
  if (unknown_ids > 0) {
    reasons.push_back(
        absl::StrCat(unknown_ids,
                     " calls were not sent: they use what no call of the "
                     "recording made"));
  }
  if (unknown_outcome > 0) {
    reasons.push_back(absl::StrCat("of ", unknown_outcome,
                                   " calls nobody knows what became of them in "
                                   "the recording; they were sent"));
  }
  if (!cut_off.empty()) {
    reasons.push_back(absl::StrCat("the recording is not whole: ", cut_off));
  }
  return reasons;
}

void PrintOutcome(const ReplayOutcome& outcome, std::ostream& out) {
  uint64_t failed = 0;
  for (const auto& [reason, count] : outcome.failed) failed += count;
  out << absl::StreamFormat(
      "%d calls recorded in %.3f s; replayed in %.3f s: %d ok, %d refused, %d "
      "not sent\n",
      outcome.recorded_calls, outcome.recorded_seconds, outcome.seconds,
      outcome.ok, failed,
      outcome.failed_in_recording + outcome.depend_on_failed +
          outcome.unknown_ids);
  if (outcome.failed_in_recording > 0) {
    out << absl::StreamFormat(
        "%d calls had failed in the recording and were left out\n",
        outcome.failed_in_recording);
  }
  if (outcome.late > 0) {
    out << absl::StreamFormat(
        "%d calls were more than 10 ms late, at most %.3f s\n", outcome.late,
        outcome.longest_late_seconds);
  }
  if (outcome.sent_again > 0) {
    out << absl::StreamFormat("%d times a call was sent again: OVERLOADED\n",
                              outcome.sent_again);
  }
  for (const std::string& reason : outcome.Reasons()) out << reason << '\n';
  for (const ReplayOutcome::Heap& heap : outcome.heaps) PrintHeap(heap, out);
  if (!outcome.compared()) {
    out << "The recording has no counts to compare with (record --counts).\n";
    return;
  }
  out << (outcome.equal() ? "\nThe same lives.\n" : "\nNot the same lives.\n");
}

nlohmann::ordered_json ToJson(const ReplayOutcome& outcome) {
  nlohmann::ordered_json json;
  json["recorded_calls"] = outcome.recorded_calls;
  json["ok"] = outcome.ok;
  json["failed_in_recording"] = outcome.failed_in_recording;
  json["failed"] = outcome.failed;
  json["depend_on_failed"] = outcome.depend_on_failed;
  json["unknown_ids"] = outcome.unknown_ids;
  json["unknown_outcome"] = outcome.unknown_outcome;
  json["sent_again"] = outcome.sent_again;
  json["seconds"] = outcome.seconds;
  json["recorded_seconds"] = outcome.recorded_seconds;
  json["late"] = outcome.late;
  json["longest_late_seconds"] = outcome.longest_late_seconds;
  json["cut_off"] = outcome.cut_off;
  json["compared"] = outcome.compared();
  json["equal"] = outcome.compared() && outcome.equal();
  json["heaps"] = nlohmann::ordered_json::array();
  for (const ReplayOutcome::Heap& heap : outcome.heaps) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const CountRow& row : heap.rows) {
      rows.push_back({{"name", row.name},
                      {"recorded", row.recorded},
                      {"replayed", row.replayed}});
    }
    json["heaps"].push_back({{"recorded_name", heap.recorded_name},
                             {"replayed_name", heap.replayed_name},
                             {"equal", heap.equal},
                             {"recorded_used_bytes", heap.recorded_used_bytes},
                             {"replayed_used_bytes", heap.replayed_used_bytes},
                             {"rows", std::move(rows)}});
  }
  return json;
}

}  // namespace heapd::heapload
