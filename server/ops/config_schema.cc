#include "server/ops/config_schema.h"

#include "heap/base/limits.h"

namespace heapd::server {
namespace {

constexpr uint64_t kKiB = 1ull << 10;
constexpr uint64_t kMiB = 1ull << 20;
constexpr uint64_t kGiB = 1ull << 30;
constexpr uint64_t kTiB = 1ull << 40;

std::vector<ConfigKey> MakeKeys() {
  const absl::Duration ms = absl::Milliseconds(1);
  const absl::Duration s = absl::Seconds(1);
  const absl::Duration h = absl::Hours(1);
  return {
      {"listen.data", ListValue{&Config::listen_data, 1, 8}, "",
       "Addresses of the data plane (objects, heaps, collector): HOST:PORT or "
       "unix:/PATH. Without TLS loopback and Unix sockets only; port 0 takes a "
       "free one"},
      {"listen.operations", ListValue{&Config::listen_operations, 1, 8}, "",
       "Addresses of the operations plane (heaps, collector, snapshots)"},
      {"listen.liveness", ListValue{&Config::listen_liveness, 0, 8}, "",
       "Addresses of the health service that says SERVING for as long as the "
       "process lives"},
      {"listen.readiness", ListValue{&Config::listen_readiness, 0, 8}, "",
       "Addresses of the health service that says whether to send traffic"},
      {"listen.metrics", ListValue{&Config::listen_metrics, 0, 8}, "none",
       "Addresses that speak HTTP: /metrics for Prometheus, /livez and /readyz "
       "for balancers that know no gRPC, and the operator's page; "
       "127.0.0.1:7704 is the usual one"},
      {"listen.snapshots", ListValue{&Config::listen_snapshots, 0, 8}, "none",
       "Addresses that serve snapshots, and nothing else does then; without "
       "any the operations plane does"},
      {"listen.socket_mode",
       ChoiceValue{&Config::listen_socket_mode, {"0600", "0660"}}, "",
       "Who may connect to Unix sockets: the daemon's user, or its group too"},
      {"tls.certificate_file", TextValue{&Config::tls_certificate_file}, "none",
       "The daemon's certificate with its chain, in PEM; with it every TCP "
       "address speaks TLS, 1.2 or newer. Read again when it changes"},
      {"tls.key_file", TextValue{&Config::tls_key_file}, "none",
       "The key of that certificate, in PEM, without passphrase"},
      {"tls.client_ca_file", TextValue{&Config::tls_client_ca_file}, "none",
       "Authorities whose clients' certificates are taken as credentials, in "
       "PEM"},
      {"tls.listeners", ListValue{&Config::tls_listeners, 1, 6}, "",
       "Listeners that speak TLS where there is a certificate; leave liveness "
       "and readiness out for probes that cannot"},
      {"tls.require_client_certificate",
       ListValue{&Config::tls_require_client_certificate, 0, 6}, "none",
       "Listeners to which nobody connects without a client certificate"},
      {"tls.snapshots_certificate_file",
       TextValue{&Config::tls_snapshots_certificate_file},
       "tls.certificate_file",
       "The certificate of listen.snapshots, where it is another one"},
      {"tls.snapshots_key_file", TextValue{&Config::tls_snapshots_key_file},
       "tls.key_file", "The key of that certificate"},
      {"tls.snapshots_client_ca_file",
       TextValue{&Config::tls_snapshots_client_ca_file}, "tls.client_ca_file",
       "Authorities of clients of listen.snapshots, where they are others"},
      {"memory.budget",
       SizeValue{&Config::memory_budget, 16 * kMiB, 1024 * kTiB},
       "75 % of the control group's limit or of physical memory",
       "Most memory that all heaps together take from the system"},
      {"memory.default_heap_limit",
       SizeValue{&Config::memory_default_heap_limit, 4 * kMiB, kTiB},
       "a quarter of memory.budget",
       "Limit of a heap that is created without one"},
      {"memory.new_space",
       SizeValue{&Config::memory_new_space, 0, kMaxNewSpaceBytes}, "",
       "Size of one half of new space, where objects are born, of a heap that "
       "is created without; 0, or 64KiB and more"},
      {"memory.max_heaps", IntegerValue{&Config::memory_max_heaps, 1, 1024}, "",
       "Most heaps at a time"},
      {"memory.lock", BoolValue{&Config::memory_lock}, "",
       "Keep memory out of swap (mlockall); start fails where the system does "
       "not permit it"},
      {"memory.clear_free", BoolValue{&Config::memory_clear_free}, "",
       "Overwrite the payloads of collected objects with zeros"},
      {"sessions.default_time_to_live",
       DurationValue{&Config::sessions_default_time_to_live, s, 24 * h}, "",
       "Lease of a session that is opened without one"},
      {"sessions.max_time_to_live",
       DurationValue{&Config::sessions_max_time_to_live, s, 24 * h}, "",
       "Longest lease that a session can ask for"},
      {"limits.max_message",
       SizeValue{&Config::limits_max_message, 64 * kKiB, kGiB}, "",
       "Largest request on the data plane"},
      {"limits.max_in_flight_calls",
       IntegerValue{&Config::limits_max_in_flight_calls, 1, 1'000'000}, "",
       "Calls being worked on at a time; more are refused with OVERLOADED, "
       "allocations from three quarters on, reads and releases from seven "
       "eighths"},
      {"limits.max_in_flight_bytes",
       SizeValue{&Config::limits_max_in_flight_bytes, kMiB, kTiB}, "",
       "Bytes of requests being worked on and of answers not sent yet; more "
       "are refused in the same way"},
      {"limits.max_in_flight_calls_per_heap",
       IntegerValue{&Config::limits_max_in_flight_calls_per_heap, 1, 1'000'000},
       "three quarters of limits.max_in_flight_calls",
       "The same for the calls of one heap"},
      {"limits.max_in_flight_bytes_per_heap",
       SizeValue{&Config::limits_max_in_flight_bytes_per_heap, kMiB, kTiB},
       "three quarters of limits.max_in_flight_bytes",
       "The same for the bytes of one heap"},
      {"limits.max_in_flight_calls_per_session",
       IntegerValue{&Config::limits_max_in_flight_calls_per_session, 1,
                    1'000'000},
       "half of limits.max_in_flight_calls",
       "The same for the calls of one session"},
      {"limits.max_in_flight_bytes_per_session",
       SizeValue{&Config::limits_max_in_flight_bytes_per_session, kMiB, kTiB},
       "half of limits.max_in_flight_bytes",
       "The same for the bytes of one session"},
      {"limits.max_calls_per_connection",
       IntegerValue{&Config::limits_max_calls_per_connection, 1, 1'000'000}, "",
       "Calls and open streams that one connection to the data plane carries "
       "at a time; its client keeps further ones back, and they cost nothing "
       "here"},
      {"limits.max_answers", SizeValue{&Config::limits_max_answers, kMiB, kTiB},
       "a 16th of memory.budget, from 1MiB to 256MiB",
       "Memory for ids of requests and their answers, kept for retries, beside "
       "memory.budget; each heap gets the same share, 64MiB at most"},
      {"limits.max_watchers",
       IntegerValue{&Config::limits_max_watchers, 1, 10'000}, "",
       "Open watches of each kind (health, collections, snapshots), and "
       "downloads"},
      {"readiness.max_wait",
       DurationValue{&Config::readiness_max_wait, 10 * ms, h}, "",
       "Readiness turns NOT_SERVING when a call has waited for longer, or has "
       "kept a heap to itself"},
      {"readiness.max_full",
       DurationValue{&Config::readiness_max_full, 10 * ms, h}, "",
       "Readiness turns NOT_SERVING when the daemon or a heap has refused "
       "calls for longer because too much was in flight"},
      {"readiness.recovery",
       DurationValue{&Config::readiness_recovery, 10 * ms, h}, "",
       "Readiness turns back after nothing was refused and waits stayed below "
       "half of readiness.max_wait for this long"},
      {"snapshots.directory", TextValue{&Config::snapshots_directory}, "none",
       "Where snapshots are stored, as destination local; made with mode 0700 "
       "if it is missing"},
      {"snapshots.destinations",
       DestinationsValue{&Config::snapshots_destinations}, "none",
       "Further destinations of snapshots, of kind directory or s3 (see "
       "Storage of snapshots); the first is the default where there is no "
       "snapshots.directory. As a flag a YAML map, {name: NAME, kind: s3, "
       "bucket: BUCKET, region: REGION}"},
      {"snapshots.state_directory",
       TextValue{&Config::snapshots_state_directory}, "none",
       "Where heapd notes which snapshots it is writing, to remove at the next "
       "start what a killed daemon left; required with a destination of kind "
       "s3"},
      {"snapshots.max_running",
       IntegerValue{&Config::snapshots_max_running, 1, 64}, "",
       "Snapshots being written at a time"},
      {"snapshots.nice", IntegerValue{&Config::snapshots_nice, 0, 19}, "",
       "Niceness of the threads that write them: with more of it clients' "
       "calls go first where cores are short, and snapshots take longer"},
      {"snapshots.min_free_disk",
       SizeValue{&Config::snapshots_min_free_disk, 0, 1024 * kTiB}, "",
       "No snapshot starts, and a running one fails, with less free disk"},
      {"snapshots.max_per_hour",
       IntegerValue{&Config::snapshots_max_per_hour, 0, 1'000'000}, "",
       "Most snapshots that begin within an hour, whoever asks; 0 for any "
       "number"},
      {"snapshots.max_bytes_per_day",
       SizeValue{&Config::snapshots_max_bytes_per_day, 0, 1024 * kTiB}, "",
       "Most bytes of snapshots that are written within a day, as they are "
       "stored; no snapshot starts when they are, and a running one fails; 0 "
       "for any number"},
      {"snapshots.max_age",
       DurationValue{&Config::snapshots_max_age, 0 * s, 87'600 * h}, "",
       "Stored snapshots that are older are removed (see Retention); 0 for "
       "none"},
      {"snapshots.max_count",
       IntegerValue{&Config::snapshots_max_count, 0, 1'000'000}, "",
       "Most stored snapshots of a heap at one destination; the oldest are "
       "removed; 0 for any number"},
      {"snapshots.max_bytes",
       SizeValue{&Config::snapshots_max_bytes, 0, 1024 * kTiB}, "",
       "Most bytes of stored snapshots at one destination; the oldest are "
       "removed; 0 for any number"},
      {"snapshots.near_limit_count",
       IntegerValue{&Config::snapshots_near_limit_count, 0, 100}, "",
       "Most snapshots that heapd takes by itself of a heap that comes near "
       "its limit (see Automatic snapshots); 0 for none"},
      {"snapshots.near_limit_percent",
       IntegerValue{&Config::snapshots_near_limit_percent, 10, 99}, "",
       "Part of its limit from which on a heap is near it; further snapshots "
       "follow in equal steps up to the limit"},
      {"snapshots.near_limit_reserve",
       SizeValue{&Config::snapshots_near_limit_reserve, 4 * kMiB, kTiB},
       "a 16th of memory.budget, at least 4MiB",
       "Part of memory.budget that is kept for these snapshots, so that they "
       "do not fail for want of memory; taken only where "
       "snapshots.near_limit_count is over 0"},
      {"snapshots.on_leak", BoolValue{&Config::snapshots_on_leak}, "",
       "Take a snapshot of a heap when its leak verdict becomes SUSPECTED, and "
       "a second one to compare it with"},
      {"snapshots.leak_second_after",
       DurationValue{&Config::snapshots_leak_second_after, 0 * s, 168 * h}, "",
       "How long after the first one the second is taken; 0 for no second"},
      {"snapshots.automatic_destination",
       TextValue{&Config::snapshots_automatic_destination},
       "the default destination",
       "Where snapshots go that are taken near the limit and for a leak"},
      {"snapshots.automatic_compression",
       ChoiceValue{&Config::snapshots_automatic_compression,
                   {"none", "zstd", "gzip"}},
       "", "How those are compressed"},
      {"snapshots.schedules", SchedulesValue{&Config::snapshots_schedules},
       "none",
       "Snapshots at fixed times (see Automatic snapshots). As a flag a YAML "
       "map, {name: NAME, heap: PATTERN, interval: 24h, offset: 3h}"},
      {"snapshots.rules", RulesValue{&Config::snapshots_rules}, "none",
       "What to do when a metric of a heap is beyond a threshold for a while "
       "(see Automatic snapshots). As a flag a YAML map, {name: NAME, heap: "
       "PATTERN, metric: used_ratio, above: 0.8, window: 5m}"},
      {"auth.tokens", TokensValue{&Config::auth_tokens}, "none",
       "Bearer tokens that are taken as credentials; in a file as {name: NAME, "
       "sha256: DIGITS}, as a flag NAME:DIGITS"},
      {"auth.tokens_file", TextValue{&Config::auth_tokens_file}, "none",
       "A YAML file with more of the entries of auth.tokens; read again at "
       "SIGHUP, so that a token that is taken out is revoked"},
      {"auth.jwt_keys_file", TextValue{&Config::auth_jwt_keys_file}, "none",
       "The JSON web key set of an issuer whose tokens (RS256, ES256, EdDSA) "
       "are taken as credentials. Read again when it changes"},
      {"auth.jwt_issuer", TextValue{&Config::auth_jwt_issuer}, "none",
       "What these tokens must have as iss"},
      {"auth.jwt_audience", TextValue{&Config::auth_jwt_audience}, "none",
       "What these tokens must have as aud or in it"},
      {"auth.jwt_clock_skew",
       DurationValue{&Config::auth_jwt_clock_skew, 0 * s, 60 * s}, "",
       "How far the issuer's clock may be from this one when exp and nbf are "
       "looked at"},
      {"auth.policy_file", TextValue{&Config::auth_policy_file}, "none",
       "A YAML file that says who may do what with which heap; read again at "
       "SIGHUP. Without one who has credentials may do everything, and who has "
       "none everything but snapshots, where only this machine can connect"},
      {"audit.file", TextValue{&Config::audit_file}, "none",
       "Where calls on snapshots and administrative calls are written down, "
       "before they are done; without it they are not"},
      {"audit.max_file_bytes",
       SizeValue{&Config::audit_max_file_bytes, 4 * kKiB, kTiB}, "",
       "From which size on a new audit file is begun; the full one is kept as "
       "FILE.000001 and so on"},
      {"leak.window", DurationValue{&Config::leak_window, s, 24 * h}, "",
       "How long what lives after major collections has to grow before a leak "
       "is suspected. What goes up and down within less is no leak; growth too "
       "slow for it is looked for in six times as much"},
      {"leak.sample_interval",
       DurationValue{&Config::leak_sample_interval, 0 * s, h}, "",
       "Major collections closer together count as one"},
      {"leak.min_growth", SizeValue{&Config::leak_min_growth, 0, kTiB}, "",
       "Growth over the window that is no leak, and"},
      {"leak.min_growth_percent",
       IntegerValue{&Config::leak_min_growth_percent, 0, 1000}, "",
       "the same in percent of what lives; the larger of both counts"},
      {"metrics.max_heaps", IntegerValue{&Config::metrics_max_heaps, 0, 1024},
       "",
       "Heaps whose metrics are series of their own, the largest first; those "
       "of the others are added up as heap=\"(other)\""},
      {"log.level",
       ChoiceValue{&Config::log_level, {"debug", "info", "warning", "error"}},
       "", "The least severe records that are written"},
      {"log.format", ChoiceValue{&Config::log_format, {"text", "json"}}, "",
       "Lines of key=value pairs, or of JSON objects"},
      {"log.trace_gc",
       ChoiceValue{&Config::log_trace_gc, {"none", "major", "all"}}, "",
       "Collections of which a line goes to stdout, as Node's --trace-gc "
       "writes it"},
      {"shutdown.readiness_delay",
       DurationValue{&Config::shutdown_readiness_delay, 0 * s, h}, "",
       "How long calls are still served after SIGTERM while readiness says "
       "NOT_SERVING already, for balancers to notice"},
      {"shutdown.grace", DurationValue{&Config::shutdown_grace, 0 * s, h}, "",
       "How long calls in flight may take after SIGTERM"},
      {"stress.verify_heap", BoolValue{&Config::stress_verify_heap}, "",
       "Check every invariant of a heap after each of its collections, and end "
       "the process when one is broken; for tests and for doubt"},
      {"stress.collection_interval",
       IntegerValue{&Config::stress_collection_interval, 0, 1'000'000'000}, "",
       "Collect a heap after so many allocations, whatever it has; 0 for "
       "never"},
      {"stress.compact_always", BoolValue{&Config::stress_compact_always}, "",
       "Let every major collection move whatever has room elsewhere"},
      {"stress.make_scratch_objects",
       BoolValue{&Config::stress_make_scratch_objects}, "",
       "Make the objects of a batch, too, that nothing reaches at its end"},
      {"stress.random_delays", BoolValue{&Config::stress_random_delays}, "",
       "Let safepoints and the collector's tasks wait random times"},
      {"stress.stall_heap", TextValue{&Config::stress_stall_heap}, "none",
       "A heap that is stuck for stress.stall_duration after its first call, "
       "to see what readiness does"},
      {"stress.stall_duration",
       DurationValue{&Config::stress_stall_duration, 10 * ms, h}, "",
       "How long that heap is stuck"},
      {"stress.health_in_data_plane",
       BoolValue{&Config::stress_health_in_data_plane}, "",
       "Answer liveness as services do that are killed under load: on the data "
       "plane's threads and through the queue of its calls, with admission "
       "switched off; never outside a test"},
      {"marking.threads", IntegerValue{&Config::marking_threads, 1, 256},
       "half the cores, at least 1",
       "Threads that mark heaps beside their clients, one a heap at a time"},
      {"marking.nice", IntegerValue{&Config::marking_nice, 0, 19}, "",
       "Niceness of those threads: with more of it clients' calls go first "
       "where cores are short, and collections take longer"},
      {"workers.threads", IntegerValue{&Config::workers_threads, 1, 256},
       "one per core, at least 2",
       "Threads for collections and other long work on heaps"},
  };
}

}  // namespace

absl::Span<const ConfigKey> ConfigKeys() {
  // Never destroyed: a flag's error may be printed while the process ends.
  static const auto& keys = *new std::vector<ConfigKey>(MakeKeys());
  return keys;
}

const ConfigKey* FindConfigKey(absl::string_view name) {
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

}  // namespace heapd::server
