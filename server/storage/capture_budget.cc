#include "server/storage/capture_budget.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "server/base/reasons.h"
#include "server/base/retry_delay.h"

namespace heapd::server {
namespace {

constexpr absl::Duration kMinute = absl::Minutes(1);
constexpr absl::Duration kHour = absl::Hours(1);
constexpr absl::Duration kDay = absl::Hours(24);
constexpr int kVersion = 1;

int64_t MinuteOf(absl::Time time) { return absl::ToUnixSeconds(time) / 60; }

// When the last moment of a minute is so long ago.
absl::Time Leaves(int64_t minute, absl::Duration window) {
  return absl::FromUnixSeconds(minute * 60) + kMinute + window;
}

absl::Status Exceeded(absl::string_view what, absl::Duration delay) {
  return WithRetryDelay(MakeError(absl::StatusCode::kResourceExhausted,
                                  reason::kSnapshotQuota, what),
                        std::max(delay, absl::Milliseconds(1)));
}

}  // namespace

absl::Time CaptureBudget::FreeTime(uint64_t Tally::*what, uint64_t limit,
                                   absl::Duration window,
                                   absl::Time now) const {
  uint64_t sum = 0;
  // From the newest: the first that is too much has to leave.
  for (auto it = minutes_.rbegin(); it != minutes_.rend(); ++it) {
    const absl::Time leaves = Leaves(it->first, window);
    if (leaves <= now) break;
    sum += it->second.*what;
    if (sum >= limit) return leaves;
  }
  return now;
}

CaptureBudget::Usage CaptureBudget::UsageAt(absl::Time now) const {
  Usage usage;
  for (const auto& [minute, tally] : minutes_) {
    if (Leaves(minute, kHour) > now) usage.captures += tally.captures;
    if (Leaves(minute, kDay) > now) usage.bytes += tally.bytes;
  }
  return usage;
}

absl::Status CaptureBudget::Begin(absl::Time now) {
  if (!limits_.any()) return absl::OkStatus();
  Forget(now);
  if (limits_.max_per_hour != 0) {
    const absl::Time free =
        FreeTime(&Tally::captures, limits_.max_per_hour, kHour, now);
    if (free > now) {
      return Exceeded(absl::StrCat(limits_.max_per_hour,
                                   " snapshots began within the last hour, "
                                   "which is the limit"),
                      free - now);
    }
  }
  if (limits_.max_bytes_per_day != 0) {
    const absl::Time free =
        FreeTime(&Tally::bytes, limits_.max_bytes_per_day, kDay, now);
    if (free > now) {
      return Exceeded(absl::StrCat("snapshots of ", limits_.max_bytes_per_day,
                                   " bytes were written within the last day, "
                                   "which is the limit"),
                      free - now);
    }
  }
  ++minutes_[MinuteOf(now)].captures;
  return absl::OkStatus();
}

void CaptureBudget::TakeBack() {
  for (auto it = minutes_.rbegin(); it != minutes_.rend(); ++it) {
    if (it->second.captures == 0) continue;
    --it->second.captures;
    return;
  }
}

void CaptureBudget::AddBytes(uint64_t bytes, absl::Time now) {
  if (!limits_.any() || bytes == 0) return;
  minutes_[MinuteOf(now)].bytes += bytes;
  Forget(now);
}

absl::Status CaptureBudget::CheckBytes(absl::Time now) const {
  if (limits_.max_bytes_per_day == 0) return absl::OkStatus();
  const absl::Time free =
      FreeTime(&Tally::bytes, limits_.max_bytes_per_day + 1, kDay, now);
  if (free <= now) return absl::OkStatus();
  return Exceeded(
      absl::StrCat("with this snapshot more than ", limits_.max_bytes_per_day,
                   " bytes would be written within a day"),
      free - now);
}

void CaptureBudget::AddFormer(absl::Time began, uint64_t bytes,
                              absl::Time now) {
  if (!limits_.any()) return;
  Tally& tally = minutes_[MinuteOf(std::min(began, now))];
  ++tally.captures;
  tally.bytes += bytes;
  Forget(now);
}

void CaptureBudget::Forget(absl::Time now) {
  while (!minutes_.empty() && Leaves(minutes_.begin()->first, kDay) <= now) {
    minutes_.erase(minutes_.begin());
  }
}

std::string CaptureBudget::Write() const {
  nlohmann::json minutes = nlohmann::json::array();
  for (const auto& [minute, tally] : minutes_) {
    minutes.push_back({minute, tally.captures, tally.bytes});
  }
  const nlohmann::json json = {{"version", kVersion},
                               {"minutes_captures_bytes", minutes}};
  return json.dump() + "\n";
}

absl::Status CaptureBudget::Read(absl::string_view text, absl::Time now) {
  Minutes minutes;
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    if (json.at("version").get<int>() != kVersion) {
      return absl::InvalidArgumentError("counts of another version");
    }
    for (const nlohmann::json& row : json.at("minutes_captures_bytes")) {
      Tally& tally = minutes[std::min(row.at(0).get<int64_t>(), MinuteOf(now))];
      tally.captures += row.at(1).get<uint64_t>();
      tally.bytes += row.at(2).get<uint64_t>();
    }
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("not counts of snapshots: ", error.what()));
  }
  minutes_ = std::move(minutes);
  Forget(now);
  return absl::OkStatus();
}

}  // namespace heapd::server
