#include <memory>

#include "client/heapctl/arguments.h"
#include "client/heapctl/commands.h"
#include "client/heapctl/printer.h"
#include "client/heapd/status_macros.h"

namespace heapd::heapctl {
namespace {

using client::Ref;
using client::RemoteHeap;
using client::Value;

struct LinkOptions {
  std::string heap;
  std::string session;
  std::string object;
  std::string name;
  std::string value;
  uint32_t slot = 0;
  uint32_t count = 0;
};

absl::Status Link(const GlobalOptions& global, const RemoteHeap& heap,
                  const LinkOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const Ref ref,
                                ResolveObject(heap, options.object));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const Value value,
                                ResolveValue(heap, options.value));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const Value former,
                                heap.Link(ref, options.slot, value));
  PrintText(global, "former_value", former.ToString());
  return absl::OkStatus();
}

absl::Status Unlink(const GlobalOptions& global, const RemoteHeap& heap,
                    const LinkOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const Ref ref,
                                ResolveObject(heap, options.object));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const Value former,
                                heap.Unlink(ref, options.slot));
  PrintText(global, "former_value", former.ToString());
  return absl::OkStatus();
}

absl::Status AddSlots(const GlobalOptions& global, const RemoteHeap& heap,
                      const LinkOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const Ref ref,
                                ResolveObject(heap, options.object));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const uint32_t slot_count,
                                heap.AddSlots(ref, options.count));
  PrintText(global, "slot_count", std::to_string(slot_count));
  return absl::OkStatus();
}

absl::Status Root(const GlobalOptions& global, const RemoteHeap& heap,
                  const LinkOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const Ref ref,
                                ResolveObject(heap, options.object));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const Ref former, heap.Root(options.name, ref));
  PrintText(global, "former_ref", former.ToString());
  return absl::OkStatus();
}

absl::Status Unroot(const GlobalOptions& global, const RemoteHeap& heap,
                    const LinkOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const Ref former, heap.Unroot(options.name));
  PrintText(global, "former_ref", former.ToString());
  return absl::OkStatus();
}

absl::Status ListRoots(const GlobalOptions& global, const RemoteHeap& heap,
                       const LinkOptions&) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto roots, heap.ListRoots());
  PrintRows(global, ToJsonRows(roots),
            {{"name", "NAME"}, {"ref", "REF", Format::kRef}});
  return absl::OkStatus();
}

using Command = absl::Status (*)(const GlobalOptions&, const RemoteHeap&,
                                 const LinkOptions&);

// A command that works on one heap, perhaps in the name of a session.
CLI::App& AddCommand(CLI::App& app, GlobalOptions& global,
                     const std::string& name, const std::string& description,
                     const std::shared_ptr<LinkOptions>& options, Command run) {
  CLI::App& command = *app.add_subcommand(name, description);
  AddHeapArgument(command, options->heap);
  AddSessionOption(command, options->session);
  SetRun(command, global, [&global, options, run]() -> absl::Status {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
    HEAPD_CLIENT_ASSIGN_OR_RETURN(const client::SessionId session,
                                  ParseSession(options->session));
    return run(global, client->Heap(options->heap, session), *options);
  });
  return command;
}

void AddObjectArgument(CLI::App& command, LinkOptions& options) {
  command.add_option("OBJECT", options.object, kObjectHelp)->required();
}

void AddSlotArgument(CLI::App& command, LinkOptions& options) {
  command.add_option("SLOT", options.slot, "Number of the slot, from 0")
      ->required();
}

void AddNameArgument(CLI::App& command, LinkOptions& options) {
  command.add_option("NAME", options.name, "Name of the root")->required();
}

}  // namespace

void AddLinkCommands(CLI::App& app, GlobalOptions& global) {
  // Each command has options of its own: $HEAPD_SESSION is given to all of
  // them, and must not replace what the command line gave to one.
  auto options = std::make_shared<LinkOptions>();
  CLI::App& link = AddCommand(
      app, global, "link", "Put a value into a slot and print what was there",
      options, Link);
  AddObjectArgument(link, *options);
  AddSlotArgument(link, *options);
  link.add_option("VALUE", options->value, kValueHelp)->required();
  link.footer(
      "Examples:\n"
      "  heapctl link cache root:first 0 root:second\n"
      "  heapctl link cache root:first 1 weak:0x100000005");

  options = std::make_shared<LinkOptions>();
  CLI::App& unlink =
      AddCommand(app, global, "unlink",
                 "Make a slot null and print what was there", options, Unlink);
  AddObjectArgument(unlink, *options);
  AddSlotArgument(unlink, *options);

  options = std::make_shared<LinkOptions>();
  CLI::App& add_slots =
      AddCommand(app, global, "add-slots",
                 "Add null slots to an object and print how many it has",
                 options, AddSlots);
  AddObjectArgument(add_slots, *options);
  add_slots.add_option("COUNT", options->count, "How many")->required();

  options = std::make_shared<LinkOptions>();
  CLI::App& root = AddCommand(
      app, global, "root", "Let a name hold an object and print what it held",
      options, Root);
  AddNameArgument(root, *options);
  AddObjectArgument(root, *options);

  options = std::make_shared<LinkOptions>();
  CLI::App& unroot =
      AddCommand(app, global, "unroot", "Remove a root and print what it held",
                 options, Unroot);
  AddNameArgument(unroot, *options);

  options = std::make_shared<LinkOptions>();
  AddCommand(app, global, "roots", "List the roots of a heap", options,
             ListRoots);
}

}  // namespace heapd::heapctl
