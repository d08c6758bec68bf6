#include <memory>
#include <optional>

#include "client/heapctl/arguments.h"
#include "client/heapctl/commands.h"
#include "client/heapctl/printer.h"
#include "client/heapd/status_macros.h"

namespace heapd::heapctl {
namespace {

struct HeapOptions {
  std::string heap;
  std::optional<uint64_t> limit_bytes;
  std::optional<uint64_t> reservation_bytes;
  std::optional<uint64_t> new_space_bytes;

  client::HeapLimits limits() const {
    return {.limit_bytes = limit_bytes,
            .reservation_bytes = reservation_bytes,
            .new_space_bytes = new_space_bytes};
  }
};

void AddLimitOptions(CLI::App& command, HeapOptions& options) {
  AddSizeOption(command, "--limit", options.limit_bytes,
                "Most memory the heap may take, from 4MiB");
  AddSizeOption(command, "--reservation", options.reservation_bytes,
                "Part of the daemon's budget that no other heap can take");
}

absl::Status PrintHeap(const GlobalOptions& global,
                       const absl::StatusOr<v1::Heap>& heap) {
  if (heap.ok()) PrintRecord(global, ToJson(*heap));
  return heap.status();
}

absl::Status ListHeaps(const GlobalOptions& global) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto heaps, client->ListHeaps());
  PrintRows(global, ToJsonRows(heaps),
            {{"heap", "HEAP"},
             {"object_count", "OBJECTS", Format::kNumber},
             {"used_bytes", "USED", Format::kBytes},
             {"committed_bytes", "COMMITTED", Format::kBytes},
             {"limit_bytes", "LIMIT", Format::kBytes},
             {"session_count", "SESSIONS", Format::kNumber},
             {"root_count", "ROOTS", Format::kNumber},
             {"create_time", "CREATED"}});
  return absl::OkStatus();
}

// A command that takes a heap; `run` gets a client and the options.
template <typename Run>
CLI::App& AddHeapCommand(CLI::App& group, GlobalOptions& global,
                         const std::string& name,
                         const std::string& description,
                         const std::shared_ptr<HeapOptions>& options, Run run) {
  CLI::App& command = *group.add_subcommand(name, description);
  AddHeapArgument(command, options->heap);
  SetRun(command, global, [&global, options, run]() -> absl::Status {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
    return run(*client, *options);
  });
  return command;
}

}  // namespace

void AddHeapCommands(CLI::App& app, GlobalOptions& global) {
  CLI::App& group =
      *app.add_subcommand("heap", "Create, list, change and delete heaps");
  group.require_subcommand(1);
  const auto options = std::make_shared<HeapOptions>();

  CLI::App& create = AddHeapCommand(
      group, global, "create", "Create an empty heap", options,
      [&global](client::Client& client, const HeapOptions& options) {
        return PrintHeap(global,
                         client.CreateHeap(options.heap, options.limits()));
      });
  AddLimitOptions(create, *options);
  AddSizeOption(create, "--new-space", options->new_space_bytes,
                "One half of new space, where objects are born: 64KiB to "
                "64MiB, or 0 for none");
  create.footer("Example:\n  heapctl heap create cache --limit 512MiB");

  AddHeapCommand(group, global, "get", "Describe a heap", options,
                 [&global](client::Client& client, const HeapOptions& options) {
                   return PrintHeap(global, client.GetHeap(options.heap));
                 });

  CLI::App& list = *group.add_subcommand("list", "List all heaps");
  SetRun(list, global, [&global] { return ListHeaps(global); });

  CLI::App& update = AddHeapCommand(
      group, global, "update", "Change a heap's limit or reservation", options,
      [&global](client::Client& client, const HeapOptions& options) {
        return PrintHeap(global,
                         client.UpdateHeap(options.heap, options.limits()));
      });
  AddLimitOptions(update, *options);

  AddHeapCommand(group, global, "delete", "Delete a heap with everything in it",
                 options,
                 [](client::Client& client, const HeapOptions& options) {
                   return client.DeleteHeap(options.heap);
                 });
}

}  // namespace heapd::heapctl
