#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/heapctl/arguments.h"
#include "client/heapctl/commands.h"
#include "client/heapctl/printer.h"
#include "client/heapd/status_macros.h"
#include "client/heapd/strings.h"

namespace heapd::heapctl {
namespace {

using client::BatchBuilder;
using client::BatchReader;
using client::BatchRef;
using client::BatchValue;
using client::LocalRef;
using client::Ref;
using client::RemoteHeap;
using client::Value;

// What shall hold a new object: at least one of the three.
struct HolderOptions {
  std::string session;
  std::string root;
  std::string link;
};

struct SlotOfObject {
  Ref ref;
  uint32_t slot = 0;
};

void AddHolderOptions(CLI::App& command, HolderOptions& options) {
  command.add_option("--root", options.root, "Root name that shall hold it")
      ->type_name("NAME");
  command
      .add_option("--link", options.link,
                  "Slot that shall refer to it: an object, a colon and the "
                  "slot's number")
      ->type_name("OBJECT:SLOT");
  AddSessionOption(command, options.session);
}

absl::Status CheckHolder(const HolderOptions& options) {
  if (!options.session.empty() || !options.root.empty() ||
      !options.link.empty()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "nothing would hold the new object, and it would be collected: give "
      "--root, --link or --session");
}

absl::StatusOr<SlotOfObject> ResolveSlot(const RemoteHeap& heap,
                                         std::string_view text) {
  const size_t colon = text.rfind(':');
  uint32_t slot = 0;
  if (colon == std::string_view::npos ||
      !absl::SimpleAtoi(client::Absl(text.substr(colon + 1)), &slot)) {
    return absl::InvalidArgumentError(
        absl::StrCat("not OBJECT:SLOT: ", client::Absl(text)));
  }
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const Ref ref,
                                ResolveObject(heap, text.substr(0, colon)));
  return SlotOfObject{ref, slot};
}

absl::Status AddHolders(const RemoteHeap& heap, const HolderOptions& options,
                        BatchRef object, BatchBuilder& batch) {
  if (!options.root.empty()) batch.Root(options.root, object);
  if (!options.link.empty()) {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(const SlotOfObject parent,
                                  ResolveSlot(heap, options.link));
    batch.Link(parent.ref, parent.slot, BatchValue::Strong(object));
  }
  return absl::OkStatus();
}

struct AllocOptions {
  std::string heap;
  HolderOptions holder;
  std::string type;
  std::vector<std::string> slot_names;
  bool text_type = false;
  std::string tag;
  bool string = false;
  uint32_t slot_count = 0;
  std::vector<std::string> values;
  PayloadOptions payload;
};

absl::StatusOr<LocalRef> AddAllocation(const RemoteHeap& heap,
                                       const AllocOptions& options,
                                       BatchBuilder& batch) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const std::string payload,
                                ReadPayload(options.payload));
  if (options.string) return batch.AllocateString(payload);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      const client::TypeId type,
      heap.DefineType(options.type, options.slot_names,
                      options.text_type ? client::TypeKind::kString
                                        : client::TypeKind::kObject,
                      options.tag));
  std::vector<BatchValue> values;
  for (const std::string& text : options.values) {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(const Value value, ResolveValue(heap, text));
    values.emplace_back(value);
  }
  return heap.session().is_none()
             ? batch.AllocateUnheld(type, payload, values, options.slot_count)
             : batch.Allocate(type, payload, values, options.slot_count);
}

absl::Status Alloc(const GlobalOptions& global, const AllocOptions& options) {
  HEAPD_CLIENT_RETURN_IF_ERROR(CheckHolder(options.holder));
  if (options.type.empty() && !options.string) {
    return absl::InvalidArgumentError("give --type NAME, or --string");
  }
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const client::SessionId session,
                                ParseSession(options.holder.session));
  std::optional<client::Session> own;
  if (options.string && session.is_none()) {
    // Strings are born in a session's hand; the holder takes over.
    HEAPD_CLIENT_ASSIGN_OR_RETURN(own, client->OpenSession(options.heap));
  }
  const RemoteHeap heap =
      own.has_value() ? *own : client->Heap(options.heap, session);
  BatchBuilder batch;
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const LocalRef object,
                                AddAllocation(heap, options, batch));
  HEAPD_CLIENT_RETURN_IF_ERROR(AddHolders(heap, options.holder, object, batch));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const BatchReader result,
                                heap.Apply(std::move(batch)));
  PrintText(global, "ref", result.ref(object).ToString());
  return absl::OkStatus();
}

struct CopyOptions {
  std::string heap;
  HolderOptions holder;
  std::string object;
  uint32_t max_depth = 0;
  uint32_t max_object_count = 0;
};

absl::Status Copy(const GlobalOptions& global, const CopyOptions& options) {
  HEAPD_CLIENT_RETURN_IF_ERROR(CheckHolder(options.holder));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const client::SessionId session,
                                ParseSession(options.holder.session));
  std::optional<client::Session> own;
  if (session.is_none()) {
    // Holds the copy until the root or the link does.
    HEAPD_CLIENT_ASSIGN_OR_RETURN(own, client->OpenSession(options.heap));
  }
  const RemoteHeap heap =
      own.has_value() ? *own : client->Heap(options.heap, session);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const Ref source,
                                ResolveObject(heap, options.object));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      const Ref copy,
      heap.Copy(source, options.max_depth, options.max_object_count));
  BatchBuilder batch;
  HEAPD_CLIENT_RETURN_IF_ERROR(AddHolders(heap, options.holder, copy, batch));
  if (!batch.empty()) {
    HEAPD_CLIENT_RETURN_IF_ERROR(heap.Apply(std::move(batch)).status());
  }
  PrintText(global, "ref", copy.ToString());
  return absl::OkStatus();
}

void AddAllocCommand(CLI::App& app, GlobalOptions& global) {
  CLI::App& command = *app.add_subcommand(
      "alloc", "Allocate an object or an interned string and print its ref");
  const auto options = std::make_shared<AllocOptions>();
  AddHeapArgument(command, options->heap);
  CLI::Option* const type =
      command.add_option("--type", options->type, "Type, made if it is new")
          ->type_name("NAME");
  command
      .add_option("--slot-names", options->slot_names,
                  "The type's slot names, with commas")
      ->delimiter(',')
      ->type_name("NAME,...");
  command.add_flag("--text", options->text_type,
                   "The type's payloads are text, which snapshots show as "
                   "strings");
  command
      .add_flag("--string", options->string,
                "An interned string with the payload as its content")
      ->excludes(type);
  AddTagOption(command, options->tag);
  command.add_option("--slots", options->slot_count, "Number of slots")
      ->type_name("COUNT");
  command
      .add_option("--value", options->values,
                  "Initial value of the next slot; repeat it. Null, int:N, "
                  "[strong:|weak:] and an object")
      ->type_name("VALUE");
  AddPayloadOptions(command, options->payload);
  AddHolderOptions(command, options->holder);
  command.footer(
      "Nothing lives that nothing holds: give --root, --link or --session.\n"
      "Examples:\n"
      "  heapctl alloc cache --type Node --slots 2 --payload hi --root first\n"
      "  heapctl alloc cache --type Node --value root:first --value int:7 \\\n"
      "      --root second\n"
      "  heapctl alloc cache --type Blob --payload-file photo.png \\\n"
      "      --link root:first:1");
  SetRun(command, global,
         [&global, options] { return Alloc(global, *options); });
}

void AddCopyCommand(CLI::App& app, GlobalOptions& global) {
  CLI::App& command = *app.add_subcommand(
      "copy", "Copy an object, or the objects below it, and print the new ref");
  const auto options = std::make_shared<CopyOptions>();
  AddHeapArgument(command, options->heap);
  command.add_option("OBJECT", options->object, kObjectHelp)->required();
  command
      .add_option("--depth", options->max_depth,
                  "Links to follow; 0 copies the object alone")
      ->type_name("COUNT");
  command
      .add_option("--max-objects", options->max_object_count,
                  "Most objects to copy; 0 takes 1,024")
      ->type_name("COUNT");
  AddHolderOptions(command, options->holder);
  command.footer(
      "Example:\n"
      "  heapctl copy cache root:first --depth 3 --root first-copy");
  SetRun(command, global,
         [&global, options] { return Copy(global, *options); });
}

}  // namespace

void AddAllocationCommands(CLI::App& app, GlobalOptions& global) {
  AddAllocCommand(app, global);
  AddCopyCommand(app, global);
}

}  // namespace heapd::heapctl
