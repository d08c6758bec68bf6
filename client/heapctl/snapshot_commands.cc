#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "client/heapctl/arguments.h"
#include "client/heapctl/commands.h"
#include "client/heapctl/comparison.h"
#include "client/heapctl/download.h"
#include "client/heapctl/printer.h"
#include "client/heapctl/snapshot_filter.h"
#include "client/heapctl/snapshot_progress.h"
#include "client/heapd/status_macros.h"

namespace heapd::heapctl {
namespace {

using client::SnapshotClient;

struct SnapshotCommandOptions {
  std::string heap;
  std::string snapshot;
  std::string base;
  std::string label;
  std::string file;
  bool include_strings = false;
  std::string destination;
  v1::SnapshotCompression compression = v1::SNAPSHOT_COMPRESSION_NONE;
  std::vector<std::string> class_names;
  std::vector<std::string> tags;
  std::optional<uint64_t> min_retained_bytes;
  uint32_t max_depth = 0;
  client::SnapshotFilter filter;
  bool wait = false;
  absl::Duration wait_timeout = absl::Minutes(10);
  size_t row_limit = 0;
};

// Waits for the end and says on the way how far it is.
absl::StatusOr<v1::Snapshot> Await(const GlobalOptions& global,
                                   SnapshotClient& client,
                                   const std::string& snapshot,
                                   absl::Duration timeout) {
  ProgressLines lines(&global);
  return client.WaitUntilReady(
      snapshot, timeout,
      [&lines](const v1::Snapshot& seen) { lines.Show(seen, absl::Now()); });
}

v1::SnapshotReduction ReductionOf(const SnapshotCommandOptions& options) {
  v1::SnapshotReduction reduction;
  reduction.mutable_class_names()->Add(options.class_names.begin(),
                                       options.class_names.end());
  reduction.mutable_tags()->Add(options.tags.begin(), options.tags.end());
  reduction.set_min_retained_size_bytes(options.min_retained_bytes.value_or(0));
  reduction.set_max_depth(options.max_depth);
  return reduction;
}

absl::Status Create(const GlobalOptions& global, SnapshotClient& client,
                    const SnapshotCommandOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      v1::Snapshot snapshot,
      client.Create(options.heap, {.label = options.label,
                                   .include_strings = options.include_strings,
                                   .destination = options.destination,
                                   .compression = options.compression,
                                   .reduction = ReductionOf(options)}));
  if (options.wait) {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(
        snapshot,
        Await(global, client, snapshot.snapshot(), options.wait_timeout));
  }
  PrintRecord(global, ToJson(snapshot));
  return absl::OkStatus();
}

absl::Status List(const GlobalOptions& global, SnapshotClient& client,
                  const SnapshotCommandOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto snapshots,
                                client.List(options.filter));
  PrintRows(global, ToJsonRows(snapshots),
            {{"snapshot", "SNAPSHOT"},
             {"heap", "HEAP"},
             {"state", "STATE"},
             {"trigger", "TRIGGER"},
             {"size_bytes", "SIZE", Format::kBytes},
             {"node_count", "NODES", Format::kNumber},
             {"edge_count", "EDGES", Format::kNumber},
             {"create_time", "CREATED"},
             {"requested_by", "REQUESTED BY"},
             {"storage", "DESTINATION"},
             {"label", "LABEL"}});
  return absl::OkStatus();
}

absl::Status Get(const GlobalOptions& global, SnapshotClient& client,
                 const SnapshotCommandOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const v1::Snapshot snapshot,
                                client.Get(options.snapshot));
  PrintRecord(global, ToJson(snapshot));
  return absl::OkStatus();
}

absl::Status Download(const GlobalOptions& global, SnapshotClient& client,
                      const SnapshotCommandOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      const std::string file,
      DownloadSnapshot(global, client, options.snapshot, options.file,
                       options.wait_timeout));
  if (file != "-") PrintText(global, "file", file);
  return absl::OkStatus();
}

absl::Status Delete(const GlobalOptions&, SnapshotClient& client,
                    const SnapshotCommandOptions& options) {
  return client.Delete(options.snapshot);
}

absl::Status Cancel(const GlobalOptions& global, SnapshotClient& client,
                    const SnapshotCommandOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const v1::Snapshot snapshot,
                                client.Cancel(options.snapshot));
  PrintRecord(global, ToJson(snapshot));
  return absl::OkStatus();
}

absl::Status Watch(const GlobalOptions& global, SnapshotClient& client,
                   const SnapshotCommandOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      const v1::Snapshot snapshot,
      Await(global, client, options.snapshot, options.wait_timeout));
  PrintRecord(global, ToJson(snapshot));
  return absl::OkStatus();
}

absl::Status Compare(const GlobalOptions& global, SnapshotClient& client,
                     const SnapshotCommandOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(auto comparison,
                                client.Compare(options.base, options.snapshot));
  PrintComparison(global, std::move(comparison), options.row_limit);
  return absl::OkStatus();
}

using Command = absl::Status (*)(const GlobalOptions&, SnapshotClient&,
                                 const SnapshotCommandOptions&);

CLI::App& AddCommand(CLI::App& group, GlobalOptions& global,
                     const std::string& name, const std::string& description,
                     const std::shared_ptr<SnapshotCommandOptions>& options,
                     Command run) {
  CLI::App& command = *group.add_subcommand(name, description);
  SetRun(command, global, [&global, options, run]() -> absl::Status {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectSnapshots(global));
    return run(global, *client, *options);
  });
  return command;
}

void AddSnapshotArgument(CLI::App& command, SnapshotCommandOptions& options) {
  command.add_option("SNAPSHOT", options.snapshot, "Id of the snapshot")
      ->required();
}

void AddReductionOptions(CLI::App& create, SnapshotCommandOptions& options) {
  const std::string group =
      "A file of a part of the heap, with what leads to it";
  create
      .add_option("--class", options.class_names,
                  "Only objects of this class; can be given again")
      ->allow_extra_args(false)
      ->group(group);
  create
      .add_option("--tag", options.tags,
                  "Only objects with this tag; can be given again")
      ->allow_extra_args(false)
      ->group(group);
  AddSizeOption(create, "--min-retained", options.min_retained_bytes,
                "Only objects that retain at least this")
      ->group(group);
  create
      .add_option("--max-depth", options.max_depth,
                  "Only objects at most so many links from what holds them")
      ->group(group);
}

void AddCreateCommand(CLI::App& group, GlobalOptions& global,
                      const std::shared_ptr<SnapshotCommandOptions>& options) {
  CLI::App& create = AddCommand(group, global, "create",
                                "Take a snapshot of a heap", options, Create);
  AddHeapArgument(create, options->heap);
  create.add_option("--label", options->label, "Your own words for it");
  create.add_flag("--include-strings", options->include_strings,
                  "Write the contents of strings and not only their lengths; "
                  "they may be other people's data");
  create.add_option("--destination", options->destination,
                    "A destination of the daemon's configuration; its default "
                    "one if not given");
  create
      .add_option("--compression", options->compression,
                  "Compress the file: none, zstd or gzip")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, v1::SnapshotCompression>{
              {"none", v1::SNAPSHOT_COMPRESSION_NONE},
              {"zstd", v1::SNAPSHOT_COMPRESSION_ZSTD},
              {"gzip", v1::SNAPSHOT_COMPRESSION_GZIP}}));
  AddReductionOptions(create, *options);
  create.add_flag("--wait", options->wait,
                  "Wait until it is READY, and show on standard error how far "
                  "it is");
  AddDurationOption(create, "--wait-timeout", options->wait_timeout,
                    "Longest time for --wait; the snapshot goes on after it");
  create.footer(
      "Example:\n"
      "  heapctl --token-file token snapshot create cache --wait\n"
      "  heapctl --token-file token snapshot create cache --wait \\\n"
      "      --class UpstreamError --compression zstd");
}

}  // namespace

void AddSnapshotCommands(CLI::App& app, GlobalOptions& global) {
  CLI::App& group =
      *app.add_subcommand("snapshot",
                          "Take, watch, cancel, list, download and compare "
                          "snapshots, which open in Chrome "
                          "DevTools. They need a token");
  group.require_subcommand(1);
  const auto options = std::make_shared<SnapshotCommandOptions>();

  AddCreateCommand(group, global, options);

  CLI::App& list = AddCommand(group, global, "list",
                              "List snapshots, newest first", options, List);
  AddSnapshotFilter(list, options->filter);
  list.footer(
      "Example:\n"
      "  heapctl --token-file token snapshot list --heap cache --state ready "
      "--since 24h");

  AddSnapshotArgument(
      AddCommand(group, global, "get", "Describe a snapshot", options, Get),
      *options);

  CLI::App& download = AddCommand(group, global, "download",
                                  "Download a snapshot and check its SHA-256",
                                  options, Download);
  AddSnapshotArgument(download, *options);
  download.add_option("--file", options->file,
                      "Where to; - is stdout. SNAPSHOT.heapsnapshot here if "
                      "not given, with .zst or .gz behind it if it is "
                      "compressed");
  AddDurationOption(download, "--wait-timeout", options->wait_timeout,
                    "Longest time for the download");

  AddSnapshotArgument(
      AddCommand(group, global, "delete", "Delete a snapshot", options, Delete),
      *options);

  AddSnapshotArgument(
      AddCommand(group, global, "cancel",
                 "Give up a snapshot that is being taken; nothing of it stays",
                 options, Cancel),
      *options);

  CLI::App& watch = AddCommand(group, global, "watch",
                               "Wait until a snapshot is READY, and show on "
                               "standard error how far it is",
                               options, Watch);
  AddSnapshotArgument(watch, *options);
  AddDurationOption(watch, "--wait-timeout", options->wait_timeout,
                    "Longest time to wait; the snapshot goes on after it");

  CLI::App& compare =
      AddCommand(group, global, "compare",
                 "Compare two snapshots class by class, as DevTools does",
                 options, Compare);
  compare.add_option("BASE", options->base, "The earlier snapshot")->required();
  AddSnapshotArgument(compare, *options);
  compare.add_option("--rows", options->row_limit, "Most rows; 0 for all")
      ->type_name("COUNT");
}

}  // namespace heapd::heapctl
