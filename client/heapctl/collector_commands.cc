#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_format.h"
#include "client/heapctl/arguments.h"
#include "client/heapctl/commands.h"
#include "client/heapctl/leak_report.h"
#include "client/heapctl/printer.h"
#include "client/heapd/proto_time.h"
#include "client/heapd/status_macros.h"

namespace heapd::heapctl {
namespace {

// What a user calls the kinds of collections.
const std::map<std::string, v1::CollectionKind>& KindNames() {
  static const auto& names = *new std::map<std::string, v1::CollectionKind>{
      {"major", v1::COLLECTION_KIND_MAJOR},
      {"minor", v1::COLLECTION_KIND_MINOR},
      {"all", v1::COLLECTION_KIND_UNSPECIFIED}};
  return names;
}

struct CollectorOptions {
  std::string heap;
  v1::CollectionKind kind = v1::COLLECTION_KIND_UNSPECIFIED;
  uint32_t count = 0;
  absl::Duration watch_time = absl::Hours(24);
};

// "MAJOR 3  1.5 MiB -> 640.0 KiB  20000 -> 8123 objects  pause 1.2ms REQUESTED"
std::string DescribeCollection(const v1::Collection& collection) {
  constexpr size_t kKindPrefix = sizeof("COLLECTION_KIND_") - 1;
  constexpr size_t kReasonPrefix = sizeof("COLLECTION_REASON_") - 1;
  std::string moved;
  if (collection.moved_object_count() > 0) {
    moved = absl::StrFormat("  moved %d", collection.moved_object_count());
  }
  return absl::StrFormat(
      "%s %d  %s -> %s  %d -> %d objects%s  pause %s  %s",
      v1::CollectionKind_Name(collection.kind()).substr(kKindPrefix),
      collection.sequence(),
      HumanBytes(static_cast<int64_t>(collection.used_bytes_before())),
      HumanBytes(static_cast<int64_t>(collection.used_bytes_after())),
      collection.object_count_before(), collection.object_count_after(), moved,
      absl::FormatDuration(
          client::FromProtoDuration(collection.pause_duration())),
      v1::CollectionReason_Name(collection.reason()).substr(kReasonPrefix));
}

absl::Status Collect(const GlobalOptions& global,
                     const CollectorOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto collection,
                                client->Collect(options.heap, options.kind));
  PrintRecord(global, ToJson(collection));
  return absl::OkStatus();
}

// "2 of 1024 calls, 1.5 MiB of 256.0 MiB"
std::string DescribeInFlight(const v1::WorkInFlight& work) {
  return absl::StrFormat("%d of %d calls, %s of %s", work.call_count(),
                         work.max_call_count(),
                         HumanBytes(static_cast<int64_t>(work.bytes())),
                         HumanBytes(static_cast<int64_t>(work.max_bytes())));
}

void PrintAdmission(const GlobalOptions& global,
                    const v1::AdmissionStats& admission) {
  PrintNote(global, "\nIn flight:");
  PrintNote(global, "heap    " + DescribeInFlight(admission.heap()));
  PrintNote(global, absl::StrFormat("daemon  %s, at most %d calls, %s",
                                    DescribeInFlight(admission.daemon()),
                                    admission.daemon().peak_call_count(),
                                    HumanBytes(static_cast<int64_t>(
                                        admission.daemon().peak_bytes()))));
  PrintNote(global, "\nCalls of the daemon:");
  for (const v1::AdmittedCalls& admitted : admission.admitted()) {
    PrintNote(global, absl::StrFormat("%d admitted: %s", admitted.call_count(),
                                      admitted.call_class()));
  }
  for (const v1::RefusedCalls& refused : admission.refused()) {
    PrintNote(global,
              absl::StrFormat("%d refused: %s, %s", refused.call_count(),
                              refused.call_class(), refused.reason()));
  }
  for (const v1::DroppedCalls& dropped : admission.dropped()) {
    PrintNote(
        global,
        absl::StrFormat("%d expired, %d cancelled: %s", dropped.expired_count(),
                        dropped.cancelled_count(), dropped.point()));
  }
}

void PrintStats(const GlobalOptions& global, const v1::HeapStats& stats) {
  v1::HeapStats totals = stats;
  totals.clear_spaces();
  totals.clear_collections();
  totals.clear_admission();
  totals.clear_leak_verdict();
  Json record = ToJson(totals);
  record.erase("spaces");
  record.erase("collections");
  record.erase("minimum_mutator_utilizations");
  record.erase("admission");
  record.erase("leak_verdict");
  record["leak"] = DescribeLeak(stats.leak_verdict());
  PrintRecord(global, record);
  PrintNote(global, "");
  PrintRows(global, ToJsonRows(stats.spaces()),
            {{"space", "SPACE"},
             {"used_bytes", "USED", Format::kBytes},
             {"committed_bytes", "COMMITTED", Format::kBytes},
             {"free_bytes", "FREE", Format::kBytes},
             {"largest_free_block_bytes", "LARGEST FREE", Format::kBytes},
             {"page_count", "PAGES", Format::kNumber},
             {"fragmentation_ratio", "FRAGMENTATION", Format::kNumber}});
  PrintNote(global, "\nLeast part of the time that was left to callers:");
  for (const auto& minimum : stats.minimum_mutator_utilizations()) {
    PrintNote(
        global,
        absl::StrFormat(
            "%.1f %% of any %s", 100 * minimum.ratio(),
            absl::FormatDuration(client::FromProtoDuration(minimum.window()))));
  }
  PrintAdmission(global, stats.admission());
  if (stats.collections().empty()) return;
  PrintNote(global, "\nLast collections:");
  for (const v1::Collection& collection : stats.collections()) {
    PrintNote(global, DescribeCollection(collection));
  }
}

absl::Status Stats(const GlobalOptions& global, const std::string& heap) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto stats, client->GetStats(heap));
  if (global.output == OutputFormat::kJson) {
    PrintRecord(global, ToJson(stats));
  } else {
    PrintStats(global, stats);
  }
  return absl::OkStatus();
}

absl::Status Leak(const GlobalOptions& global, const std::string& heap) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto stats, client->GetStats(heap));
  PrintLeakVerdict(global, stats.leak_verdict());
  return absl::OkStatus();
}

absl::Status Verify(const GlobalOptions& global, const std::string& heap) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const uint64_t object_count,
                                client->Verify(heap));
  PrintRecord(global, Json{{"object_count", object_count}});
  return absl::OkStatus();
}

absl::Status Watch(const GlobalOptions& global,
                   const CollectorOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  uint32_t seen = 0;
  const absl::Status status = client->WatchCollections(
      options.heap, options.kind, options.watch_time,
      [&](const v1::WatchCollectionsResponse& response) {
        if (global.output == OutputFormat::kJson) {
          // A line each, for readers that take a stream.
          *global.out << ToJson(response).dump() << std::endl;
        } else {
          if (response.dropped() > 0) {
            *global.out << "(" << response.dropped() << " left out)\n";
          }
          *global.out << DescribeCollection(response.collection()) << std::endl;
        }
        return ++seen != options.count;
      });
  // The end of the time that was asked for is no error.
  return absl::IsDeadlineExceeded(status) ? absl::OkStatus() : status;
}

void AddHeapCommand(CLI::App& app, GlobalOptions& global,
                    const std::string& name, const std::string& description,
                    absl::Status (*run)(const GlobalOptions&,
                                        const std::string&)) {
  CLI::App& command = *app.add_subcommand(name, description);
  const auto heap = std::make_shared<std::string>();
  AddHeapArgument(command, *heap);
  SetRun(command, global, [&global, heap, run] { return run(global, *heap); });
}

}  // namespace

void AddCollectorCommands(CLI::App& app, GlobalOptions& global) {
  CLI::App& collect = *app.add_subcommand(
      "collect", "Collect a heap now and say what was done");
  const auto collect_options = std::make_shared<CollectorOptions>();
  AddHeapArgument(collect, collect_options->heap);
  collect.add_flag_callback(
      "--minor",
      [collect_options] { collect_options->kind = v1::COLLECTION_KIND_MINOR; },
      "Only a scavenge of new space");
  collect
      .add_flag_callback(
          "--compact",
          [collect_options] {
            collect_options->kind = v1::COLLECTION_KIND_COMPACT;
          },
          "Also move objects together as far as there is room")
      ->excludes("--minor");
  SetRun(collect, global, [&global, collect_options] {
    return Collect(global, *collect_options);
  });
  AddHeapCommand(app, global, "stats",
                 "Show a heap's sizes, spaces and last collections", Stats);
  AddHeapCommand(app, global, "verify",
                 "Check every invariant of a heap, while its calls wait",
                 Verify);

  CLI::App& group = *app.add_subcommand("gc", "Follow the collector");
  group.require_subcommand(1);
  AddHeapCommand(group, global, "leak",
                 "Say whether what lives after major collections grows without "
                 "end, and what grows",
                 Leak);
  CLI::App& watch =
      *group.add_subcommand("watch", "Print every collection as it ends");
  const auto options = std::make_shared<CollectorOptions>();
  AddHeapArgument(watch, options->heap);
  watch.add_option("--kind", options->kind, "Only these: major, minor or all")
      ->transform(CLI::CheckedTransformer(KindNames()))
      ->type_name("KIND")
      ->default_str("all");
  watch.add_option("--count", options->count, "End after so many; 0 never")
      ->type_name("COUNT");
  AddDurationOption(watch, "--for", options->watch_time, "End after this time");
  SetRun(watch, global, [&global, options] { return Watch(global, *options); });
}

}  // namespace heapd::heapctl
