#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/heapctl/arguments.h"
#include "client/heapctl/commands.h"
#include "client/heapctl/printer.h"
#include "client/heapd/status_macros.h"

namespace heapd::heapctl {
namespace {

struct SessionCommandOptions {
  std::string heap;
  std::string session;
  std::string label;
  std::string tag;
  absl::Duration time_to_live = absl::Seconds(60);
  std::vector<std::string> objects;
  int max_count = 20;
};

absl::Status OpenSession(const GlobalOptions& global,
                         const SessionCommandOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      client::Session session,
      client->OpenSession(options.heap, {.time_to_live = options.time_to_live,
                                         .label = options.label,
                                         .tag = options.tag}));
  PrintText(global, "session", session.Detach().ToString());
  return absl::OkStatus();
}

absl::Status RenewSession(const GlobalOptions& global,
                          const SessionCommandOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const client::SessionId session,
                                ParseSession(options.session));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const absl::Duration time_to_live,
                                client->RenewSession(options.heap, session));
  PrintText(global, "time_to_live", absl::FormatDuration(time_to_live));
  return absl::OkStatus();
}

absl::Status CloseSession(const GlobalOptions& global,
                          const SessionCommandOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const client::SessionId session,
                                ParseSession(options.session));
  return client->CloseSession(options.heap, session);
}

absl::Status ListSessions(const GlobalOptions& global,
                          const SessionCommandOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      const v1::ListSessionsResponse response,
      client->ListSessions(options.heap, options.max_count));
  PrintRows(global, ToJsonRows(response.sessions()),
            {{"session", "SESSION", Format::kSession},
             {"label", "LABEL"},
             {"tag", "TAG"},
             {"held_bytes", "HELD", Format::kBytes},
             {"hold_count", "OBJECTS", Format::kNumber},
             {"scope_count", "SCOPES", Format::kNumber},
             {"expire_time", "EXPIRES"}});
  PrintNote(global, absl::StrCat(response.sessions_size(), " of ",
                                 response.session_count(), " sessions"));
  return absl::OkStatus();
}

enum class HoldChange { kHold, kRelease };

// All objects or none, in one batch.
absl::Status ChangeHolds(const GlobalOptions& global,
                         const SessionCommandOptions& options,
                         HoldChange change) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const client::SessionId session,
                                ParseSession(options.session));
  const client::RemoteHeap heap = client->Heap(options.heap, session);
  client::BatchBuilder batch;
  for (const std::string& object : options.objects) {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(const client::Ref ref,
                                  ResolveObject(heap, object));
    if (change == HoldChange::kHold) {
      batch.Hold(ref);
    } else {
      batch.Release(ref);
    }
  }
  return heap.Apply(std::move(batch)).status();
}

void AddHoldCommand(CLI::App& app, GlobalOptions& global,
                    const std::string& name, const std::string& description,
                    const std::shared_ptr<SessionCommandOptions>& options,
                    HoldChange change) {
  CLI::App& command = *app.add_subcommand(name, description);
  AddHeapArgument(command, options->heap);
  command.add_option("OBJECT", options->objects, kObjectHelp)->required();
  AddSessionOption(command, options->session)->required();
  SetRun(command, global, [&global, options, change] {
    return ChangeHolds(global, *options, change);
  });
}

}  // namespace

void AddSessionCommands(CLI::App& app, GlobalOptions& global) {
  CLI::App& group = *app.add_subcommand(
      "session", "Open, renew, close and list sessions, which hold objects");
  group.require_subcommand(1);
  // Each command has options of its own: $HEAPD_SESSION is given to all of
  // them, and must not replace what the command line gave to one.
  auto options = std::make_shared<SessionCommandOptions>();
  CLI::App& open = *group.add_subcommand(
      "open",
      "Open a session and print its id. Every call with the id renews it; "
      "nothing else does");
  AddHeapArgument(open, options->heap);
  AddDurationOption(open, "--ttl", options->time_to_live,
                    "How long it lives after the last call");
  open.add_option("--label", options->label, "Who this is, for operators");
  AddTagOption(open, options->tag);
  open.footer(
      "Example:\n"
      "  export HEAPD_SESSION=$(heapctl session open cache --ttl 10m)\n"
      "  heapctl alloc cache --type Node --payload hello");
  SetRun(open, global,
         [&global, options] { return OpenSession(global, *options); });

  options = std::make_shared<SessionCommandOptions>();
  CLI::App& renew = *group.add_subcommand("renew", "Renew a session");
  AddHeapArgument(renew, options->heap);
  AddSessionOption(renew, options->session)->required();
  SetRun(renew, global,
         [&global, options] { return RenewSession(global, *options); });

  options = std::make_shared<SessionCommandOptions>();
  CLI::App& close = *group.add_subcommand(
      "close", "Close a session; what only it held is garbage then");
  AddHeapArgument(close, options->heap);
  AddSessionOption(close, options->session)->required();
  SetRun(close, global,
         [&global, options] { return CloseSession(global, *options); });

  options = std::make_shared<SessionCommandOptions>();
  CLI::App& list = *group.add_subcommand(
      "list", "List the sessions that hold most, by the bytes of the objects");
  AddHeapArgument(list, options->heap);
  list.add_option("--sessions", options->max_count, "Most sessions, to 1,000")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  list.footer(
      "Example, what holds most and its end:\n"
      "  heapctl session list cache --sessions 5\n"
      "  heapctl session close cache --session 0x0123456789abcdef");
  SetRun(list, global,
         [&global, options] { return ListSessions(global, *options); });

  options = std::make_shared<SessionCommandOptions>();
  AddHoldCommand(app, global, "hold", "Let a session hold objects", options,
                 HoldChange::kHold);
  options = std::make_shared<SessionCommandOptions>();
  AddHoldCommand(app, global, "release", "Drop a session's hold on objects",
                 options, HoldChange::kRelease);
}

}  // namespace heapd::heapctl
