#ifndef HEAPD_CLIENT_HEAPLOAD_RUN_REPORT_H_
#define HEAPD_CLIENT_HEAPLOAD_RUN_REPORT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace heapd::heapload {

// Everything that a run of heapload found, as plain data: what measures fills
// it, what judges (SLO, balancer) and prints (terminal, JSON, HTML) reads it.
// Times named *_seconds that are no duration count from the start of the run.

// Latencies of calls, from the *intended* start of each to its end, so that a
// call that waited behind others counts with its wait. In seconds; all zero
// where no call ended.
struct LatencySummary {
  uint64_t count = 0;
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  double p999 = 0;
  double p9999 = 0;
  double max = 0;
};

// What became of calls. Every call that the schedule intended is in exactly one
// of `ok`, `errors` and `unsent` once it ended.
struct CallCounts {
  uint64_t intended = 0;
  uint64_t ok = 0;
  // Not sent, because the client had as many in flight as it may.
  uint64_t unsent = 0;
  // Calls that failed, by class: the reason of google.rpc.ErrorInfo where there
  // is one (OVERLOADED, HEAP_LIMIT), else the name of the code.
  std::map<std::string, uint64_t> errors;
  // Of those, RESOURCE_EXHAUSTED or UNAVAILABLE from the daemon, with and
  // without RetryInfo.
  uint64_t refused_with_retry = 0;
  uint64_t refused_without_retry = 0;
  // Operations inside the calls that are ok.
  uint64_t operations = 0;
  // Attempts after the first, of calls that were refused and tried again; such
  // a call is counted above once, by what became of it in the end.
  uint64_t retries = 0;
};

// One interval of the run, by the intended start of its calls.
struct RunInterval {
  double start_seconds = 0;
  double seconds = 0;
  CallCounts calls;
  LatencySummary latency;  // of ok calls
};

// A part of the run that the schedule names, such as "base", "peak" and
// "after"; a schedule without parts has one, "all". A part that recurs is one
// phase.
struct RunPhase {
  std::string name;
  double seconds = 0;  // how long it was in all
  CallCounts calls;
  LatencySummary latency;
};

// When a phase was on; one that recurs has several. In the order of time.
struct PhaseSpan {
  std::string name;  // of the phase
  double start_seconds = 0;
  double end_seconds = 0;
};

enum class ProbeOutcome { kServing, kNotServing, kTimeout, kFailed };

// A health check, sent on its own connection at fixed times.
struct HealthProbe {
  double intended_seconds = 0;
  double latency_seconds = 0;  // from the intended start
  ProbeOutcome outcome = ProbeOutcome::kServing;
};

// All probes of one address.
struct ProbeSeries {
  std::string name;  // "liveness", "readiness"
  std::string address;
  double timeout_seconds = 0;
  std::vector<HealthProbe> probes;
};

// A heap's size at a moment, from GetStats.
struct HeapSample {
  double at_seconds = 0;
  uint64_t used_bytes = 0;
  uint64_t committed_bytes = 0;
  uint64_t limit_bytes = 0;
  uint64_t object_count = 0;
  uint64_t resident_bytes = 0;  // of the daemon; 0 if it did not say
};

// A collection, from WatchCollections.
struct CollectionMark {
  double end_seconds = 0;
  double seconds = 0;  // from its begin to its end
  double longest_pause_seconds = 0;
  bool major = false;
  std::string reason;
  uint64_t used_bytes_before = 0;
  uint64_t used_bytes_after = 0;
};

struct RunReport {
  std::string command_line;
  std::string started_at;  // RFC 3339
  std::string machine;     // processor, cores
  std::string address;
  std::string heap;
  std::string profile;
  std::string schedule;
  double seconds = 0;
  double deadline_seconds = 0;  // of each call
  CallCounts calls;
  LatencySummary latency;
  // How long after its intended start each call was sent: what the load
  // generator itself added. If this is not small against the latencies, it is
  // heapload or its machine that could not keep up.
  LatencySummary send_lag;
  // SIGINT ended it before its time.
  bool interrupted = false;
  std::vector<RunInterval> intervals;
  std::vector<RunPhase> phases;
  std::vector<PhaseSpan> phase_spans;
  std::vector<ProbeSeries> probes;
  std::vector<HeapSample> heap_samples;
  std::vector<CollectionMark> collections;
  // Collections that were not received, since the run was too slow to read
  // them.
  uint64_t missed_collections = 0;
  // Whether the daemon let itself be watched to the end; without, an empty list
  // says nothing.
  bool collections_watched = true;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RUN_REPORT_H_
