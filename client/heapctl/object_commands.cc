#include <memory>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/heapctl/arguments.h"
#include "client/heapctl/commands.h"
#include "client/heapctl/printer.h"
#include "client/heapd/status_macros.h"

namespace heapd::heapctl {
namespace {

// Bytes of a payload that a table shows; JSON and --raw have all of it.
constexpr size_t kShownPayload = 256;

struct ReadCommandOptions {
  std::string heap;
  std::string object;
  std::string session;
  bool raw = false;
  uint32_t payload_offset = 0;
  std::optional<uint32_t> payload_limit;
  uint32_t slot_offset = 0;
  std::optional<uint32_t> slot_limit;
};

Json PayloadJson(const GlobalOptions& global, const std::string& payload) {
  if (global.output == OutputFormat::kJson) {
    return absl::Base64Escape(payload);
  }
  std::string shown = absl::CEscape(payload.substr(0, kShownPayload));
  if (payload.size() > kShownPayload) {
    absl::StrAppend(&shown, "... (", payload.size() - kShownPayload,
                    " bytes more)");
  }
  return shown;
}

Json ObjectJson(const GlobalOptions& global, client::Ref ref,
                const client::ObjectData& object) {
  Json json;
  json["ref"] = ref.ToDecimal();
  json["type"] = object.type.value();
  json["type_name"] = object.type_name;
  json["self_size_bytes"] = object.self_size;
  json["tag"] = object.tag;
  json["payload_size_bytes"] = object.payload_size;
  json["payload"] = PayloadJson(global, object.payload);
  json["slot_count"] = object.slot_count;
  json["values"] = Json::array();
  for (const client::Value value : object.values) {
    json["values"].push_back(value.ToString());
  }
  return json;
}

absl::Status Read(const GlobalOptions& global,
                  const ReadCommandOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const client::SessionId session,
                                ParseSession(options.session));
  const client::RemoteHeap heap = client->Heap(options.heap, session);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const client::Ref ref,
                                ResolveObject(heap, options.object));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      const client::ObjectData object,
      heap.Read(ref, {.payload_offset = options.payload_offset,
                      .payload_limit = options.payload_limit,
                      .slot_offset = options.slot_offset,
                      .slot_limit = options.slot_limit}));
  if (options.raw) {
    *global.out << object.payload;
  } else {
    PrintRecord(global, ObjectJson(global, ref, object));
  }
  return absl::OkStatus();
}

struct WriteCommandOptions {
  std::string heap;
  std::string object;
  std::string session;
  uint32_t offset = 0;
  PayloadOptions payload;
};

absl::Status Write(const GlobalOptions& global,
                   const WriteCommandOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const std::string payload,
                                ReadPayload(options.payload));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const client::SessionId session,
                                ParseSession(options.session));
  const client::RemoteHeap heap = client->Heap(options.heap, session);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const client::Ref ref,
                                ResolveObject(heap, options.object));
  return heap.Write(ref, options.offset, payload);
}

absl::Status ListTypes(const GlobalOptions& global, const std::string& heap) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto types,
                                client->Heap(heap).ListTypes());
  PrintRows(global, ToJsonRows(types),
            {{"type", "TYPE", Format::kNumber},
             {"name", "NAME"},
             {"kind", "KIND"},
             {"slot_names", "SLOT NAMES"}});
  return absl::OkStatus();
}

void AddReadCommand(CLI::App& app, GlobalOptions& global) {
  CLI::App& command = *app.add_subcommand(
      "read", "Show an object's type, sizes, payload and slots");
  const auto options = std::make_shared<ReadCommandOptions>();
  AddHeapArgument(command, options->heap);
  command.add_option("OBJECT", options->object, kObjectHelp)->required();
  command.add_flag("--raw", options->raw,
                   "Write the payload's bytes and nothing else");
  command
      .add_option("--payload-offset", options->payload_offset,
                  "First byte of the payload")
      ->type_name("BYTES");
  command
      .add_option("--payload-limit", options->payload_limit,
                  "Most bytes of the payload")
      ->type_name("BYTES");
  command.add_option("--slot-offset", options->slot_offset, "First slot")
      ->type_name("COUNT");
  command.add_option("--slot-limit", options->slot_limit, "Most slots")
      ->type_name("COUNT");
  AddSessionOption(command, options->session);
  command.footer(
      "Examples:\n"
      "  heapctl read cache root:first\n"
      "  heapctl read cache 0x100000005 --raw > payload");
  SetRun(command, global,
         [&global, options] { return Read(global, *options); });
}

void AddWriteCommand(CLI::App& app, GlobalOptions& global) {
  CLI::App& command = *app.add_subcommand(
      "write", "Overwrite part of a payload, whose size stays");
  const auto options = std::make_shared<WriteCommandOptions>();
  AddHeapArgument(command, options->heap);
  command.add_option("OBJECT", options->object, kObjectHelp)->required();
  command.add_option("--offset", options->offset, "First byte to overwrite")
      ->type_name("BYTES");
  AddPayloadOptions(command, options->payload);
  AddSessionOption(command, options->session);
  command.footer(
      "Example:\n  heapctl write cache root:first --offset 1 --payload ELLO");
  SetRun(command, global,
         [&global, options] { return Write(global, *options); });
}

}  // namespace

void AddObjectCommands(CLI::App& app, GlobalOptions& global) {
  AddReadCommand(app, global);
  AddWriteCommand(app, global);

  CLI::App& types = *app.add_subcommand("types", "List the types of a heap");
  const auto heap = std::make_shared<std::string>();
  AddHeapArgument(types, *heap);
  SetRun(types, global, [&global, heap] { return ListTypes(global, *heap); });
}

}  // namespace heapd::heapctl
