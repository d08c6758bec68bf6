#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_LOAD_OPTIONS_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_LOAD_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/heapd/credentials.h"
#include "client/heapload/load/profile.h"

namespace heapd::heapload {

// What a run loads and how. The defaults are those of the command line.
struct LoadOptions {
  std::string address = "127.0.0.1:7700";
  // For every address.
  client::Credentials credentials = {};
  std::string heap = "heapload";
  // Of a heap that the run creates; unset takes the daemon's default.
  std::optional<uint64_t> limit_bytes = {};
  // Leaves a heap that the run created.
  bool keep = false;

  ProfileKind profile = ProfileKind::kChurn;
  // Its seed is the run's, of which each worker has a part. A `batch` of 0
  // takes 1,000 for requests and 64 for the others.
  ProfileOptions profile_options = {.batch = 0};

  // The schedule's own text, for the report.
  std::string schedule = "constant:1000";
  absl::Duration deadline = absl::Seconds(1);  // of a call
  size_t connections = 2;
  size_t threads = 2;  // workers
  size_t max_in_flight = 4096;
  int retries = 0;  // of a call, after its first attempt
  // Makes the heap anew where it is gone, and tries the calls again that found
  // it so; needs retries.
  bool recreate = false;
  absl::Duration interval = absl::Seconds(1);

  std::string liveness;   // address; empty: not asked
  std::string readiness;  // address; empty: not asked
  absl::Duration probe_interval = absl::Seconds(1);
  absl::Duration probe_timeout = absl::Seconds(1);
};

// Fills in what depends on other options, then checks it all.
// INVALID_ARGUMENT names the flag.
absl::Status ResolveLoadOptions(LoadOptions& options);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_LOAD_OPTIONS_H_
