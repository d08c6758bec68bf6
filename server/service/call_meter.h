#ifndef HEAPD_SERVER_SERVICE_CALL_METER_H_
#define HEAPD_SERVER_SERVICE_CALL_METER_H_

#include <grpcpp/support/status.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/base/histogram.h"
#include "server/service/method_permission.h"

namespace heapd::server {

// Counts calls by method and code, and how long they took. A thread counts in
// one of a few places of its own, so that those which answer calls seldom write
// to one cache line; a call costs two looks at the clock and three additions.
// Thread-safe, without locks.
class CallMeter {
 public:
  static constexpr size_t kCodeCount = 17;

  // What became of the calls of one method.
  struct MethodFigures {
    absl::string_view service;
    absl::string_view method;
    std::array<uint64_t, kCodeCount> count_by_code = {};
    HistogramFigures durations;
  };

  CallMeter();
  CallMeter(const CallMeter&) = delete;
  CallMeter& operator=(const CallMeter&) = delete;

  // `method` is a row of MethodPermissions().
  void Ended(const MethodPermission& method, absl::StatusCode code,
             std::chrono::nanoseconds duration);

  // The same for a stream, whose length says nothing.
  void Ended(const MethodPermission& method, absl::StatusCode code);

  // Those that have been called, in the order of MethodPermissions().
  std::vector<MethodFigures> Read() const;

 private:
  struct Method {
    std::array<std::atomic<uint64_t>, kCodeCount> by_code = {};
    Histogram<kCallBounds> durations;
  };
  Method& Here(const MethodPermission& method);

  // Enough that two threads seldom meet; 40 KiB each.
  static constexpr size_t kPlaces = 8;
  // Two cache lines: processors fetch pairs.
  struct alignas(128) Place {
    std::unique_ptr<Method[]> methods;
  };

  std::array<Place, kPlaces> places_;
};

// One call on its way. End() once at most; a call without End() is not counted.
// Thread-compatible.
class MeteredCall {
 public:
  // `meter` may be null: nobody counts. Begins now.
  MeteredCall(CallMeter* meter, const MethodPermission& method)
      : meter_(meter), method_(method) {
    Begin();
  }

  // Begins anew: for the next request of a stream.
  void Begin() {
    if (meter_ != nullptr) start_ = std::chrono::steady_clock::now();
  }
  // Harmless without a meter, as all.
  grpc::Status End(grpc::Status status) const {
    End(static_cast<absl::StatusCode>(status.error_code()));
    return status;
  }
  void EndStream(absl::StatusCode code) const {
    if (meter_ != nullptr) meter_->Ended(method_, code);
  }
  void End(absl::StatusCode code) const {
    if (meter_ == nullptr) return;
    meter_->Ended(method_, code, std::chrono::steady_clock::now() - start_);
  }

 private:
  CallMeter* const meter_;
  const MethodPermission& method_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_CALL_METER_H_
