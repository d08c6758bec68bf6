#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/heapctl/arguments.h"
#include "client/heapctl/commands.h"
#include "client/heapctl/printer.h"
#include "client/heapd/status_macros.h"
#include "client/heapd/strings.h"

namespace heapd::heapctl {
namespace {

using client::Ref;
using client::TraverseReader;

struct TraverseCommandOptions {
  std::string heap;
  std::vector<std::string> objects;
  std::optional<uint32_t> max_depth;
  uint32_t max_object_count = 0;
  std::optional<uint64_t> max_bytes;
  bool include_payloads = false;
  bool follow_weak_refs = false;
};

// "left=0x10000000a right=null [2]=int:7"
std::string DescribeSlots(const TraverseReader& reader,
                          const TraverseReader::Row& row) {
  const v1::Type* const type = reader.FindType(row.type);
  std::string text;
  for (size_t i = 0; i < row.values.size(); ++i) {
    const int slot = static_cast<int>(i);
    const bool named = type != nullptr && slot < type->slot_names_size() &&
                       !type->slot_names(slot).empty();
    absl::StrAppend(&text, text.empty() ? "" : " ",
                    named ? type->slot_names(slot) : absl::StrCat("[", i, "]"),
                    "=", row.values[i].ToString());
  }
  return text;
}

Json RowJson(const GlobalOptions& global, const TraverseReader& reader,
             const TraverseReader::Row& row, bool payloads) {
  Json json;
  json["ref"] = row.ref.ToDecimal();
  json["depth"] = row.depth;
  json["type_name"] = std::string(row.type_name);
  json["payload_size_bytes"] = row.payload_size;
  if (global.output == OutputFormat::kTable) {
    json["slots"] = DescribeSlots(reader, row);
    json["payload"] = absl::CEscape(client::Absl(row.payload));
    return json;
  }
  json["values"] = Json::array();
  for (const client::Value value : row.values) {
    json["values"].push_back(value.ToString());
  }
  if (payloads) json["payload"] = absl::Base64Escape(client::Absl(row.payload));
  return json;
}

absl::Status PrintTraversal(const GlobalOptions& global,
                            const TraverseReader& reader, bool payloads) {
  Json rows = Json::array();
  for (size_t i = 0; i < reader.size(); ++i) {
    rows.push_back(RowJson(global, reader, reader.row(i), payloads));
  }
  std::vector<Column> columns = {
      {"depth", "DEPTH", Format::kNumber},
      {"ref", "REF", Format::kRef},
      {"type_name", "TYPE"},
      {"payload_size_bytes", "PAYLOAD", Format::kBytes},
      {"slots", "SLOTS"}};
  if (payloads) columns.push_back({"payload", "CONTENT"});
  PrintRows(global, rows, columns);
  if (reader.truncated()) {
    *global.err << "heapctl: a limit ended the traversal; see --depth, "
                   "--max-objects, --max-bytes\n";
  }
  return absl::OkStatus();
}

absl::Status Traverse(const GlobalOptions& global,
                      const TraverseCommandOptions& options) {
  constexpr std::string_view kRootPrefix = "root:";
  client::TraverseOptions request;
  for (const std::string& object : options.objects) {
    if (object.starts_with(kRootPrefix)) {
      request.roots.push_back(object.substr(kRootPrefix.size()));
    } else {
      HEAPD_CLIENT_ASSIGN_OR_RETURN(const Ref ref, Ref::Parse(object));
      request.refs.push_back(ref);
    }
  }
  request.max_depth = options.max_depth;
  request.max_object_count = options.max_object_count;
  const uint64_t max_bytes = options.max_bytes.value_or(0);
  if (max_bytes > UINT32_MAX) {
    return absl::InvalidArgumentError("--max-bytes is at most 32MiB");
  }
  request.max_bytes = static_cast<uint32_t>(max_bytes);
  request.include_payloads = options.include_payloads;
  request.follow_weak_refs = options.follow_weak_refs;
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const TraverseReader reader,
                                client->Heap(options.heap).Traverse(request));
  return PrintTraversal(global, reader, options.include_payloads);
}

void PrintPath(const GlobalOptions& global,
               const v1::ExplainObjectResponse& path) {
  std::ostream& out = *global.out;
  if (path.holder_case() == v1::ExplainObjectResponse::kRoot) {
    out << "root " << path.root() << '\n';
  } else {
    out << "a session\n";
  }
  for (const v1::PathStep& step : path.steps()) {
    out << "  -> " << step.type_name() << " " << Ref(step.ref());
    if (!step.tag().empty()) out << " [" << step.tag() << "]";
    if (step.has_slot()) {
      out << "  slot " << step.slot();
      if (!step.slot_name().empty()) out << " (" << step.slot_name() << ")";
    }
    out << '\n';
  }
}

absl::Status Explain(const GlobalOptions& global, const std::string& heap,
                     const std::string& object) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const Ref ref,
                                ResolveObject(client->Heap(heap), object));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto path, client->Explain(heap, ref));
  if (global.output == OutputFormat::kJson) {
    PrintRecord(global, ToJson(path));
  } else {
    PrintPath(global, path);
  }
  return absl::OkStatus();
}

void AddTraverseCommand(CLI::App& app, GlobalOptions& global) {
  CLI::App& command = *app.add_subcommand(
      "traverse", "List what can be reached from objects, breadth first");
  const auto options = std::make_shared<TraverseCommandOptions>();
  AddHeapArgument(command, options->heap);
  command.add_option("OBJECT", options->objects, kObjectHelp)->required();
  command.add_option("--depth", options->max_depth, "Most links to follow")
      ->type_name("COUNT");
  command
      .add_option("--max-objects", options->max_object_count,
                  "Most objects; 0 takes 1,000")
      ->type_name("COUNT");
  AddSizeOption(command, "--max-bytes", options->max_bytes,
                "Most bytes of the answer, up to 32MiB; 1MiB if not given");
  command.add_flag("--payloads", options->include_payloads,
                   "Show payloads too");
  command.add_flag("--weak", options->follow_weak_refs, "Follow weak refs too");
  command.footer(
      "Example:\n  heapctl traverse cache root:first --depth 2 --payloads");
  SetRun(command, global,
         [&global, options] { return Traverse(global, *options); });
}

}  // namespace

void AddGraphCommands(CLI::App& app, GlobalOptions& global) {
  AddTraverseCommand(app, global);
  AddAnalyzeCommand(app, global);

  CLI::App& explain = *app.add_subcommand(
      "explain", "Say why an object lives: a path from a root or session");
  struct Arguments {
    std::string heap;
    std::string object;
  };
  const auto arguments = std::make_shared<Arguments>();
  AddHeapArgument(explain, arguments->heap);
  explain.add_option("OBJECT", arguments->object, kObjectHelp)->required();
  SetRun(explain, global, [&global, arguments] {
    return Explain(global, arguments->heap, arguments->object);
  });
}

}  // namespace heapd::heapctl
