#include "server/service/call_meter.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "heap/base/check.h"

namespace heapd::server {
namespace {

// A number of this thread's own, given out in turn.
size_t ThreadNumber() {
  static std::atomic<size_t> next{0};
  static thread_local const size_t number =
      next.fetch_add(1, std::memory_order_relaxed);
  return number;
}

// What is none of the canonical codes counts as UNKNOWN.
size_t NumberOf(absl::StatusCode code) {
  const auto number = static_cast<size_t>(code);
  return number < CallMeter::kCodeCount
             ? number
             : static_cast<size_t>(absl::StatusCode::kUnknown);
}

}  // namespace

CallMeter::CallMeter() {
  for (Place& place : places_) {
    place.methods = std::make_unique<Method[]>(MethodPermissions().size());
  }
}

CallMeter::Method& CallMeter::Here(const MethodPermission& method) {
  const auto row = static_cast<size_t>(&method - MethodPermissions().data());
  HEAPD_DCHECK(row < MethodPermissions().size());
  return places_[ThreadNumber() % kPlaces].methods[row];
}

void CallMeter::Ended(const MethodPermission& method, absl::StatusCode code,
                      std::chrono::nanoseconds duration) {
  Method& here = Here(method);
  here.by_code[NumberOf(code)].fetch_add(1, std::memory_order_relaxed);
  here.durations.ObserveNanos(duration.count());
}

void CallMeter::Ended(const MethodPermission& method, absl::StatusCode code) {
  Here(method).by_code[NumberOf(code)].fetch_add(1, std::memory_order_relaxed);
}

std::vector<CallMeter::MethodFigures> CallMeter::Read() const {
  std::vector<MethodFigures> all;
  for (size_t row = 0; row < MethodPermissions().size(); ++row) {
    MethodFigures figures;
    figures.service = MethodPermissions()[row].service;
    figures.method = MethodPermissions()[row].method;
    for (const Place& place : places_) {
      const Method& counted = place.methods[row];
      for (size_t code = 0; code < kCodeCount; ++code) {
        figures.count_by_code[code] +=
            counted.by_code[code].load(std::memory_order_relaxed);
      }
      figures.durations += counted.durations.Read();
    }
    if (absl::c_any_of(figures.count_by_code,
                       [](uint64_t count) { return count > 0; })) {
      all.push_back(std::move(figures));
    }
  }
  return all;
}

}  // namespace heapd::server
