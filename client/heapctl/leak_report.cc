#include "client/heapctl/leak_report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "client/heapctl/printer.h"
#include "client/heapd/proto_time.h"

namespace heapd::heapctl {
namespace {

// "3h20m", without fractions that a forecast does not have.
std::string Roughly(const google::protobuf::Duration& duration) {
  const absl::Duration exact = client::FromProtoDuration(duration);
  if (exact >= absl::Hours(48)) {
    return absl::StrFormat("%.0f days", exact / absl::Hours(24));
  }
  const absl::Duration unit =
      exact >= absl::Hours(1) ? absl::Minutes(1) : absl::Seconds(1);
  return absl::FormatDuration(absl::Trunc(exact, unit));
}

std::string Sure(double confidence) {
  return absl::StrFormat("%.1f %% sure", 100 * confidence);
}

std::string BytesPerHour(double bytes) {
  return absl::StrCat(HumanBytes(static_cast<int64_t>(bytes)), " an hour");
}

std::string NameOf(const v1::GrowingClass& growing) {
  return growing.tag().empty()
             ? growing.class_name()
             : absl::StrCat(growing.class_name(), " [", growing.tag(), "]");
}

std::string DescribeSeconds(const v1::LeakTrend& trend) {
  return absl::StrFormat("%+.3f s an hour (%s)", trend.slope_per_hour(),
                         Sure(trend.confidence()));
}

std::string StateInWords(v1::LeakState state) {
  switch (state) {
    case v1::LEAK_STATE_TOO_EARLY:
      return "too early to say";
    case v1::LEAK_STATE_STEADY:
      return "steady";
    case v1::LEAK_STATE_SUSPECTED:
      return "suspected";
    default:
      return "unknown";
  }
}

Json VerdictInWords(const v1::LeakVerdict& verdict) {
  Json record;
  record["leak"] = StateInWords(verdict.state());
  if (verdict.has_since()) {
    record["since"] = ToJson(verdict)["since"];
  }
  record["growth"] =
      absl::StrCat(BytesPerHour(verdict.live_bytes().slope_per_hour()), " (",
                   Sure(verdict.live_bytes().confidence()), ")");
  record["interval"] = DescribeSeconds(verdict.interval());
  record["duration"] = DescribeSeconds(verdict.duration());
  record["seen"] =
      absl::StrFormat("%d major collections in %s", verdict.collection_count(),
                      Roughly(verdict.window()));
  if (verdict.has_time_to_limit()) {
    record["time_to_limit"] = Roughly(verdict.time_to_limit());
  }
  return record;
}

}  // namespace

std::string DescribeLeak(const v1::LeakVerdict& verdict) {
  std::string text = StateInWords(verdict.state());
  if (verdict.state() != v1::LEAK_STATE_SUSPECTED) return text;
  absl::StrAppend(&text, ": ",
                  BytesPerHour(verdict.live_bytes().slope_per_hour()), " (",
                  Sure(verdict.confidence()), ")");
  if (!verdict.growing_classes().empty()) {
    absl::StrAppend(&text, ", most of it ", NameOf(verdict.growing_classes(0)));
  }
  if (verdict.has_time_to_limit()) {
    absl::StrAppend(&text, "; limit in ", Roughly(verdict.time_to_limit()));
  }
  return text;
}

void PrintLeakVerdict(const GlobalOptions& global,
                      const v1::LeakVerdict& verdict) {
  if (global.output == OutputFormat::kJson) {
    PrintRecord(global, ToJson(verdict));
    return;
  }
  PrintRecord(global, VerdictInWords(verdict));
  if (verdict.growing_classes().empty()) return;
  PrintNote(global, "\nWhat grows:");
  Json rows = Json::array();
  for (const v1::GrowingClass& growing : verdict.growing_classes()) {
    Json row = ToJson(growing);
    row["bytes_per_hour"] = static_cast<int64_t>(growing.bytes_per_hour());
    row["objects_per_hour"] = static_cast<int64_t>(growing.objects_per_hour());
    rows.push_back(std::move(row));
  }
  PrintRows(global, rows,
            {{"class_name", "CLASS"},
             {"tag", "TAG"},
             {"bytes_per_hour", "BYTES/HOUR", Format::kBytes},
             {"objects_per_hour", "OBJECTS/HOUR", Format::kNumber},
             {"live_bytes", "LIVE", Format::kBytes},
             {"live_object_count", "OBJECTS", Format::kNumber}});
}

}  // namespace heapd::heapctl
