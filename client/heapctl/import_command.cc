#include "client/heapctl/import_command.h"

#include <utility>

#include "client/heapctl/arguments.h"
#include "client/heapctl/commands.h"
#include "client/heapd/status_macros.h"

namespace heapd::heapctl {
namespace {

using ::heapd::importer::HeapImporter;
using ::heapd::importer::ImportSummary;
using ::heapd::importer::MappingLosses;

constexpr char kImportHelp[] = R"(
Rebuilds the object graph of a V8 heap snapshot (what Chrome DevTools and Node
write as .heapsnapshot, also compressed with Zstandard) in a heap: nodes become
objects with V8's classes as types, edges become slots, and what V8 calls roots
becomes named roots. client/import/README.md has the details.

Example:
  heapctl import app.heapsnapshot.zst --heap app --create --limit 1GiB)";

struct ImportOptions {
  ImportTarget target;
  std::string file;
};

Json LossesToJson(const MappingLosses& losses) {
  Json json;
  json["unreachable_nodes"] = losses.unreachable_nodes;
  json["dropped_edges"] = losses.dropped_edges;
  json["cut_payloads"] = losses.cut_payloads;
  json["cut_names"] = losses.cut_names;
  json["unnamed_slots"] = losses.unnamed_slots;
  return json;
}

absl::Status RunImport(const GlobalOptions& global,
                       const ImportOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(client::Session session,
                                OpenImportTarget(*client, options.target));
  HeapImporter importer(session);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const ImportSummary summary,
                                importer.Load(options.file));
  Json record = SummaryToJson(options.file, summary);
  record["left_out"] = LossesToJson(summary.losses);
  PrintRecord(global, record);
  return session.Close();
}

}  // namespace

void AddImportTarget(CLI::App& command, ImportTarget& target) {
  command.add_option("--heap", target.heap, "Heap to build in")->required();
  CLI::Option* const create =
      command.add_flag("--create", target.create, "Create the heap first");
  AddSizeOption(command, "--limit", target.limit_bytes,
                "Most memory the new heap may take, from 4MiB")
      ->needs(create);
  AddTagOption(command, target.tag);
}

absl::StatusOr<client::Session> OpenImportTarget(client::Client& client,
                                                 const ImportTarget& target) {
  if (target.create) {
    client::HeapLimits limits;
    limits.limit_bytes = target.limit_bytes;
    HEAPD_CLIENT_RETURN_IF_ERROR(
        client.CreateHeap(target.heap, limits).status());
  }
  return client.OpenSession(target.heap,
                            {.label = "heapctl import", .tag = target.tag});
}

Json SummaryToJson(const std::string& file, const ImportSummary& summary) {
  Json json;
  json["file"] = file;
  json["node_count"] = summary.node_count;
  json["edge_count"] = summary.edge_count;
  json["object_count"] = summary.object_count;
  json["reference_count"] = summary.reference_count;
  json["type_count"] = summary.type_count;
  json["root_count"] = summary.root_count;
  json["kept_count"] = summary.kept_count;
  json["added_count"] = summary.added_count;
  json["replaced_count"] = summary.replaced_count;
  json["removed_count"] = summary.removed_count;
  json["batch_count"] = summary.batch_count;
  json["operation_count"] = summary.operation_count;
  json["read_seconds"] = absl::ToDoubleSeconds(summary.read_duration);
  json["write_seconds"] = absl::ToDoubleSeconds(summary.write_duration);
  return json;
}

void AddImportCommand(CLI::App& app, GlobalOptions& global) {
  CLI::App& command = *app.add_subcommand(
      "import", "Rebuild the graph of a V8 heap snapshot in a heap");
  const auto options = std::make_shared<ImportOptions>();
  command.add_option("file", options->file, "A .heapsnapshot file, also .zst")
      ->required();
  AddImportTarget(command, options->target);
  command.footer(kImportHelp);
  SetRun(command, global,
         [&global, options] { return RunImport(global, *options); });
}

void AddImportCommands(CLI::App& app, GlobalOptions& global) {
  AddImportCommand(app, global);
  AddReplayCommand(app, global);
}

}  // namespace heapd::heapctl
