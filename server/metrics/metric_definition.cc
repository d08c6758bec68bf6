#include "server/metrics/metric_definition.h"

#include <array>

#include "absl/container/flat_hash_map.h"

namespace heapd::server {
namespace {

constexpr auto kCounter = MetricKind::kCounter;
constexpr auto kGauge = MetricKind::kGauge;
constexpr auto kHistogram = MetricKind::kHistogram;

constexpr auto kDefinitions = std::to_array<MetricDefinition>({
    {"heapd_build_info", kGauge, "version", "1; the version is a label"},
    {"heapd_ready", kGauge, "",
     "1 while readiness says SERVING, 0 while it says NOT_SERVING"},
    {"heapd_heaps", kGauge, "", "Heaps that there are"},
    {"heapd_memory_budget_bytes", kGauge, "",
     "Most memory that all heaps together take from the system"},
    {"heapd_memory_charged_bytes", kGauge, "",
     "Memory that heaps and snapshots have of the budget, reservations "
     "included"},
    {"heapd_answers_bytes", kGauge, "",
     "Memory that keeps answers of requests with ids, for retries"},
    {"heapd_pool_cpu_seconds_total", kCounter, "pool",
     "Processor time of the threads that mark, that collect and that give "
     "lanes their turns"},

    {"heapd_heap_limit_bytes", kGauge, "heap", "Limit of the heap"},
    {"heapd_heap_reservation_bytes", kGauge, "heap",
     "Part of the budget that is kept for the heap"},
    {"heapd_heap_used_bytes", kGauge, "heap",
     "Bytes of objects that are not collected yet"},
    {"heapd_heap_committed_bytes", kGauge, "heap",
     "Bytes that the heap has taken from the system"},
    {"heapd_heap_live_bytes", kGauge, "heap",
     "Used bytes after the last major collection; 0 before the first"},
    {"heapd_heap_objects", kGauge, "heap",
     "Objects that are not collected yet"},
    {"heapd_heap_roots", kGauge, "heap", "Names that hold an object"},
    {"heapd_heap_sessions", kGauge, "heap", "Open sessions (leases)"},
    {"heapd_heap_ended_leases_total", kCounter, "heap",
     "Sessions that were closed because nobody renewed them"},
    {"heapd_heap_holds", kGauge, "heap", "Holds that sessions have on objects"},
    {"heapd_heap_next_collection_bytes", kGauge, "heap",
     "Used bytes at which the next major collection begins"},
    {"heapd_heap_allocated_objects_total", kCounter, "heap",
     "Objects that were allocated"},
    {"heapd_heap_allocated_bytes_total", kCounter, "heap",
     "Bytes of objects that were allocated"},
    {"heapd_heap_space_used_bytes", kGauge, "heap, space",
     "Bytes of a space that are not collected yet"},
    {"heapd_heap_space_committed_bytes", kGauge, "heap, space",
     "Bytes that a space has taken from the system"},
    {"heapd_heap_space_free_bytes", kGauge, "heap, space",
     "Bytes of a space that an allocation can use"},
    {"heapd_heap_space_fragmentation_ratio", kGauge, "heap, space",
     "0 when all free bytes of a space are in one piece, near 1 when they are "
     "in crumbs"},
    {"heapd_heap_space_pages", kGauge, "heap, space", "Pages of a space"},
    {"heapd_heap_visit_timestamp_seconds", kGauge, "heap",
     "When holds, allocations, spaces and minimum utilization were read; a "
     "heap that is stuck shows older ones"},
    {"heapd_heap_calls_in_flight", kGauge, "heap",
     "Calls of the data plane for the heap that are being worked on"},
    {"heapd_heap_bytes_in_flight", kGauge, "heap",
     "Bytes of their requests, and of answers that are not sent yet"},
    {"heapd_heap_oldest_wait_seconds", kGauge, "heap",
     "How long the oldest call has waited that has not begun"},
    {"heapd_heap_refused_calls_total", kCounter, "heap",
     "Calls for the heap that were refused with OVERLOADED"},
    {"heapd_heap_memory_waits_total", kCounter, "heap",
     "Calls that got no memory and waited for a collection"},
    {"heapd_heap_memory_refusals_total", kCounter, "heap",
     "Calls that were refused with HEAP_LIMIT or BUDGET"},

    {"heapd_gc_collections_total", kCounter, "heap, kind, reason",
     "Collections that have ended"},
    {"heapd_gc_pause_seconds_total", kCounter, "heap, kind",
     "Time that callers waited for collections, in all"},
    {"heapd_gc_longest_pause_seconds", kHistogram, "heap, kind",
     "The longest pause of each collection"},
    {"heapd_gc_duration_seconds", kHistogram, "heap, kind",
     "Collections from beginning to end, the time of callers between their "
     "pauses included"},
    {"heapd_gc_reclaimed_bytes_total", kCounter, "heap, kind",
     "Used bytes before collections, less those after"},
    {"heapd_gc_survived_bytes_total", kCounter, "heap",
     "Bytes that survived a scavenge in new space"},
    {"heapd_gc_promoted_bytes_total", kCounter, "heap",
     "Bytes that were promoted to old space"},
    {"heapd_gc_moved_bytes_total", kCounter, "heap",
     "Bytes that compaction has moved"},
    {"heapd_gc_mutator_utilization_ratio", kGauge, "heap, view",
     "Part of the time that major collections left to callers: of the last "
     "cycle (current), and a mean that halves the past with each (average)"},
    {"heapd_gc_minimum_mutator_utilization_ratio", kGauge, "heap, window",
     "The least part of any stretch of so many seconds that collections left "
     "to callers"},

    {"heapd_leak_suspected", kGauge, "heap",
     "1 while the leak verdict is SUSPECTED"},
    {"heapd_leak_confidence_ratio", kGauge, "heap",
     "How sure the leak verdict is that what lives grows"},
    {"heapd_leak_growth_bytes_per_hour", kGauge, "heap",
     "Growth of what lives after major collections"},
    {"heapd_leak_time_to_limit_seconds", kGauge, "heap",
     "Time until the heap meets its limit if it goes on like that; +Inf unless "
     "a leak is suspected"},

    {"heapd_admission_calls_in_flight", kGauge, "",
     "Calls of the data plane that are being worked on"},
    {"heapd_admission_bytes_in_flight", kGauge, "",
     "Bytes of their requests, and of answers that are not sent yet"},
    {"heapd_admission_peak_calls_in_flight", kGauge, "",
     "The most calls in flight since the start"},
    {"heapd_admission_peak_bytes_in_flight", kGauge, "",
     "The most bytes in flight since the start"},
    {"heapd_admission_limit_calls", kGauge, "party",
     "Most calls in flight of the daemon, of a heap and of a session"},
    {"heapd_admission_limit_bytes", kGauge, "party",
     "Most bytes in flight of the daemon, of a heap and of a session"},
    {"heapd_admission_admitted_calls_total", kCounter, "class",
     "Calls that were admitted"},
    {"heapd_admission_refused_calls_total", kCounter, "class, reason",
     "Calls that were refused with OVERLOADED"},
    {"heapd_admission_dropped_calls_total", kCounter, "cause, point",
     "Calls that nobody waited for any more, by why (expired, cancelled) and "
     "where that was found"},

    {"heapd_rpc_calls_total", kCounter, "service, method, code",
     "Calls that were answered; of Pipeline its requests, and streams that "
     "ended with an error"},
    {"heapd_rpc_duration_seconds", kHistogram, "service, method",
     "Time from when a request had arrived to its answer; none of watches and "
     "downloads"},

    {"heapd_snapshots_running", kGauge, "", "Snapshots that are being written"},
    {"heapd_snapshots_ended_total", kCounter, "trigger, outcome",
     "Snapshots that have ended"},
    {"heapd_snapshot_duration_seconds", kHistogram, "",
     "Snapshots that are READY, from request to the last byte"},
    {"heapd_snapshot_pause_seconds", kHistogram, "",
     "How long these stopped their heaps"},
    {"heapd_snapshot_written_bytes_total", kCounter, "",
     "Bytes of their files, as they are stored"},
    {"heapd_snapshot_quota_used_ratio", kGauge, "limit",
     "Part of max_running, max_per_hour and max_bytes_per_day that is used, of "
     "those that are set"},
    {"heapd_snapshots_stored", kGauge, "destination",
     "Snapshots that are READY"},
    {"heapd_snapshots_stored_bytes", kGauge, "destination",
     "Bytes of their files"},
    {"heapd_snapshot_last_success_timestamp_seconds", kGauge, "heap",
     "When the newest snapshot of the heap that is READY was asked for"},

    {"process_start_time_seconds", kGauge, "",
     "When the process began, since 1970"},
    {"process_cpu_seconds_total", kCounter, "",
     "Processor time of the process, user and system"},
    {"process_resident_memory_bytes", kGauge, "", "Memory that is resident"},
    {"process_virtual_memory_bytes", kGauge, "", "Memory that is mapped"},
    {"process_open_fds", kGauge, "", "Open file descriptors"},
    {"process_max_fds", kGauge, "", "Most file descriptors that may be open"},
    {"process_threads", kGauge, "", "Threads of the process"},
});

}  // namespace

absl::string_view NameOf(MetricKind kind) {
  switch (kind) {
    case MetricKind::kCounter:
      return "counter";
    case MetricKind::kGauge:
      return "gauge";
    case MetricKind::kHistogram:
      return "histogram";
  }
  return "";
}

absl::Span<const MetricDefinition> MetricDefinitions() { return kDefinitions; }

const MetricDefinition* FindMetric(absl::string_view name) {
  static const auto& by_name = *[] {
    auto* const map =
        new absl::flat_hash_map<absl::string_view, const MetricDefinition*>();
    for (const MetricDefinition& definition : kDefinitions) {
      map->emplace(definition.name, &definition);
    }
    return map;
  }();
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

}  // namespace heapd::server
