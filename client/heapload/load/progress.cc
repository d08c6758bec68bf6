#include "client/heapload/load/progress.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/heapload/report/outcome_names.h"

namespace heapd::heapload {
namespace {

// Clears what a longer line left.
constexpr char kRedrawEnd[] = "\x1b[K";

double PerSecond(uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

uint64_t ErrorCount(const CallCounts& calls) {
  uint64_t count = 0;
  for (const auto& [name, errors] : calls.errors) count += errors;
  return count;
}

std::string DescribeCalls(const RunInterval& interval) {
  const CallCounts& calls = interval.calls;
  const uint64_t failed = ErrorCount(calls);
  const uint64_t refused =
      calls.refused_with_retry + calls.refused_without_retry;
  std::string text = absl::StrFormat(
      "%.0f/s, %.0f ok/s", PerSecond(calls.intended, interval.seconds),
      PerSecond(calls.ok, interval.seconds));
  absl::StrAppendFormat(&text, "  p50 %.3g p99 %.3g max %.3g ms",
                        interval.latency.p50 * 1e3, interval.latency.p99 * 1e3,
                        interval.latency.max * 1e3);
  // Looked at while calls end: what was counted last may be ahead.
  const uint64_t ended = calls.ok + failed + calls.unsent;
  const uint64_t waiting = calls.intended > ended ? calls.intended - ended : 0;
  absl::StrAppendFormat(&text, "  refused %d errors %d unsent %d waiting %d",
                        refused, failed > refused ? failed - refused : 0,
                        calls.unsent, waiting);
  return text;
}

}  // namespace

std::string DescribeProgress(const ProgressState& state) {
  std::string text =
      absl::StrFormat("%.4g s of %.4g s", state.at_seconds, state.of_seconds);
  if (state.phase != "all") absl::StrAppend(&text, "  ", state.phase);
  absl::StrAppend(&text, "  ", DescribeCalls(state.interval));
  if (state.heap.limit_bytes > 0) {
    constexpr double kMebibyte = 1 << 20;
    absl::StrAppendFormat(
        &text, "  heap %.0f of %.0f MiB",
        static_cast<double>(state.heap.used_bytes) / kMebibyte,
        static_cast<double>(state.heap.limit_bytes) / kMebibyte);
  }
  for (const auto& [name, outcome] : state.health) {
    absl::StrAppendFormat(&text, "  %s %s", name, NameOf(outcome));
  }
  return text;
}

Progress::Progress(std::ostream& out, Style style) : out_(out), style_(style) {}

Progress::~Progress() { EndLine(); }

void Progress::Show(const ProgressState& state) {
  switch (style_) {
    case Style::kNone:
      return;
    case Style::kLines:
      out_ << DescribeProgress(state) << std::endl;
      return;
    case Style::kRedraw:
      out_ << '\r' << DescribeProgress(state) << kRedrawEnd << std::flush;
      drawn_ = true;
  }
}

void Progress::Warn(std::string_view text) {
  EndLine();
  out_ << "heapload: " << text << std::endl;
}

void Progress::EndLine() {
  if (drawn_) out_ << std::endl;
  drawn_ = false;
}

}  // namespace heapd::heapload
