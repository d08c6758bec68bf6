#include "client/heapload/load/load_options.h"

#include <string_view>

#include "absl/strings/str_cat.h"
#include "client/heapd/batch_builder.h"
#include "client/heapd/strings.h"

namespace heapd::heapload {
namespace {

constexpr size_t kMaxThreads = 256;
constexpr size_t kMaxConnections = 4096;
constexpr size_t kMaxInFlight = 1'000'000;
constexpr uint32_t kMaxPlaces = 1 << 20;  // slots of an object
constexpr uint32_t kMinPlaces = 16;
constexpr uint32_t kMaxBatch = 20'000;  // three operations an object
constexpr int kMaxRetries = 1000;
// The daemon sends so much of payloads in one answer.
constexpr size_t kMaxBatchBytes = size_t{60} << 20;
// What an object takes in a message beside its payload, at most.
constexpr size_t kObjectBytes = 128;

absl::Status Bad(std::string_view flag, std::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("--", client::Absl(flag), ": ", client::Absl(what)));
}

absl::Status CheckRange(std::string_view flag, uint64_t value, uint64_t least,
                        uint64_t most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return Bad(flag, absl::StrCat(value, " is not from ", least, " to ", most));
}

absl::Status CheckProfile(const ProfileOptions& profile) {
  if (absl::Status status = CheckRange("batch", profile.batch, 1, kMaxBatch);
      !status.ok()) {
    return status;
  }
  if (absl::Status status =
          CheckRange("live", profile.live, kMinPlaces, kMaxPlaces);
      !status.ok()) {
    return status;
  }
  if (absl::Status status =
          CheckRange("leak-every", profile.leak_every, 1, ~uint32_t{0});
      !status.ok()) {
    return status;
  }
  if (profile.payload_bytes > kMaxBatchBytes / profile.batch - kObjectBytes) {
    return Bad("payload",
               absl::StrCat("a batch of ", profile.batch, " objects of ",
                            profile.payload_bytes,
                            " bytes does not fit into a message of 64 MiB"));
  }
  return absl::OkStatus();
}

absl::Status CheckDuration(std::string_view flag, absl::Duration duration,
                           absl::Duration least, absl::Duration most) {
  if (duration >= least && duration <= most) return absl::OkStatus();
  return Bad(flag, absl::StrCat(absl::FormatDuration(duration), " is not from ",
                                absl::FormatDuration(least), " to ",
                                absl::FormatDuration(most)));
}

}  // namespace

absl::Status ResolveLoadOptions(LoadOptions& options) {
  if (options.profile_options.batch == 0) {
    options.profile_options.batch =
        options.profile == ProfileKind::kRequest ? 1000 : 64;
  }
  if (options.recreate && options.retries == 0) {
    return Bad("recreate", "calls are tried again only with --retries");
  }
  for (const absl::Status& status : {
           CheckProfile(options.profile_options),
           CheckRange("threads", options.threads, 1, kMaxThreads),
           CheckRange("connections", options.connections, 1, kMaxConnections),
           // Each worker may have one on its way, or it could do nothing.
           CheckRange("max-in-flight", options.max_in_flight, options.threads,
                      kMaxInFlight),
           CheckRange("retries", static_cast<uint64_t>(options.retries), 0,
                      kMaxRetries),
           CheckDuration("deadline", options.deadline, absl::Milliseconds(1),
                         absl::Hours(1)),
           CheckDuration("interval", options.interval, absl::Milliseconds(10),
                         absl::Hours(1)),
           CheckDuration("probe-interval", options.probe_interval,
                         absl::Milliseconds(1), absl::Hours(1)),
           CheckDuration("probe-timeout", options.probe_timeout,
                         absl::Milliseconds(1), absl::Hours(1)),
       }) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace heapd::heapload
