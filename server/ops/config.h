#ifndef HEAPD_SERVER_OPS_CONFIG_H_
#define HEAPD_SERVER_OPS_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/ops/destination_entry.h"
#include "server/ops/rule_entry.h"
#include "server/ops/schedule_entry.h"

namespace heapd::server {

// A bearer token as the daemon keeps it: never the token itself.
struct TokenEntry {
  std::string name;    // shown to operators and in snapshots
  std::string sha256;  // 64 lower-case hex digits

  friend bool operator==(const TokenEntry&, const TokenEntry&) = default;
};

// Everything that can be configured. The field of key `section.name` is
// `section_name`; its initial value here is the default. Meanings, ranges and
// types stand once, in ConfigKeys() (config_schema.h). A value;
// thread-compatible.
struct Config {
  std::vector<std::string> listen_data = {"127.0.0.1:7700"};
  std::vector<std::string> listen_operations = {"127.0.0.1:7701"};
  std::vector<std::string> listen_liveness = {"127.0.0.1:7702"};
  std::vector<std::string> listen_readiness = {"127.0.0.1:7703"};
  std::vector<std::string> listen_metrics;
  std::vector<std::string> listen_snapshots;
  std::string listen_socket_mode = "0600";

  std::string tls_certificate_file;
  std::string tls_key_file;
  std::string tls_client_ca_file;
  std::vector<std::string> tls_listeners = {
      "data", "operations", "liveness", "readiness", "metrics", "snapshots"};
  std::vector<std::string> tls_require_client_certificate;
  // Empty: as the ones above.
  std::string tls_snapshots_certificate_file;
  std::string tls_snapshots_key_file;
  std::string tls_snapshots_client_ca_file;

  uint64_t memory_budget = 0;              // 0: see ResolveDefaults()
  uint64_t memory_default_heap_limit = 0;  // 0: see ResolveDefaults()
  uint64_t memory_new_space = 1ull << 20;
  int64_t memory_max_heaps = 1024;
  bool memory_lock = false;
  bool memory_clear_free = false;

  absl::Duration sessions_default_time_to_live = absl::Seconds(60);
  absl::Duration sessions_max_time_to_live = absl::Hours(24);

  uint64_t limits_max_message = 72ull << 20;
  int64_t limits_max_in_flight_calls = 1024;
  uint64_t limits_max_in_flight_bytes = 256ull << 20;
  // 0 in these: see ResolveDefaults()
  int64_t limits_max_in_flight_calls_per_heap = 0;
  uint64_t limits_max_in_flight_bytes_per_heap = 0;
  int64_t limits_max_in_flight_calls_per_session = 0;
  uint64_t limits_max_in_flight_bytes_per_session = 0;
  int64_t limits_max_calls_per_connection = 128;
  uint64_t limits_max_answers = 0;  // 0: see ResolveDefaults()
  int64_t limits_max_watchers = 64;

  absl::Duration readiness_max_wait = absl::Seconds(1);
  absl::Duration readiness_max_full = absl::Seconds(1);
  absl::Duration readiness_recovery = absl::Seconds(3);

  std::string snapshots_directory;
  std::vector<DestinationEntry> snapshots_destinations;
  std::string snapshots_state_directory;
  int64_t snapshots_max_running = 2;
  int64_t snapshots_nice = 0;
  uint64_t snapshots_min_free_disk = 64ull << 20;
  int64_t snapshots_max_per_hour = 0;
  uint64_t snapshots_max_bytes_per_day = 0;
  absl::Duration snapshots_max_age = absl::ZeroDuration();
  int64_t snapshots_max_count = 0;
  uint64_t snapshots_max_bytes = 0;
  int64_t snapshots_near_limit_count = 0;
  int64_t snapshots_near_limit_percent = 90;
  uint64_t snapshots_near_limit_reserve = 0;  // 0: see ResolveDefaults()
  bool snapshots_on_leak = false;
  absl::Duration snapshots_leak_second_after = absl::Minutes(30);
  std::string snapshots_automatic_destination;
  std::string snapshots_automatic_compression = "none";
  std::vector<ScheduleEntry> snapshots_schedules;
  std::vector<RuleEntry> snapshots_rules;

  std::vector<TokenEntry> auth_tokens;
  std::string auth_tokens_file;
  std::string auth_jwt_keys_file;
  std::string auth_jwt_issuer;
  std::string auth_jwt_audience;
  absl::Duration auth_jwt_clock_skew = absl::Seconds(30);
  std::string auth_policy_file;

  std::string audit_file;
  uint64_t audit_max_file_bytes = 64ull << 20;

  absl::Duration leak_window = absl::Minutes(10);
  absl::Duration leak_sample_interval = absl::Seconds(1);
  uint64_t leak_min_growth = 512ull << 10;
  int64_t leak_min_growth_percent = 2;

  int64_t metrics_max_heaps = 100;

  std::string log_level = "info";
  std::string log_format = "text";
  std::string log_trace_gc = "none";

  absl::Duration shutdown_readiness_delay = absl::ZeroDuration();
  absl::Duration shutdown_grace = absl::Seconds(10);
  bool stress_verify_heap = false;
  int64_t stress_collection_interval = 0;
  bool stress_compact_always = false;
  bool stress_random_delays = false;
  bool stress_make_scratch_objects = false;
  std::string stress_stall_heap;
  absl::Duration stress_stall_duration = absl::Seconds(4);
  bool stress_health_in_data_plane = false;
  int64_t marking_threads = 0;  // 0: see ResolveDefaults()
  int64_t marking_nice = 0;
  int64_t workers_threads = 0;  // 0: see ResolveDefaults()
};

// Puts in what depends on the machine: `memory_budget` (three quarters of
// `usable_memory_bytes`), `memory_default_heap_limit` (a quarter of the
// budget), the parts of the limits in flight that one heap (three quarters) and
// one session (half) can take, `limits_max_answers` (a 16th of the
// budget, 1 MiB to 256 MiB), `snapshots_near_limit_reserve` (a 16th of the
// budget, at least 4 MiB), `marking_threads` (half the cores) and
// `workers_threads` (one a core, at least 2), where they are 0.
void ResolveDefaults(uint64_t usable_memory_bytes, int cores, Config& config);

// Checks what no single key can: that keys agree with each other.
// INVALID_ARGUMENT names both keys. REQUIRES: ResolveDefaults() was called.
absl::Status CheckConfig(const Config& config);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_CONFIG_H_
