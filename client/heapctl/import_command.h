#ifndef HEAPD_CLIENT_HEAPCTL_IMPORT_COMMAND_H_
#define HEAPD_CLIENT_HEAPCTL_IMPORT_COMMAND_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "client/heapctl/global_options.h"
#include "client/heapctl/printer.h"
#include "client/heapd/client.h"
#include "client/heapd/session.h"
#include "client/import/heap_importer.h"

namespace heapd::heapctl {

// Where `import` and `replay` put what they read.
struct ImportTarget {
  std::string heap;
  bool create = false;
  std::optional<uint64_t> limit_bytes;
  std::string tag;
};

// --heap, --create, --limit, --tag.
void AddImportTarget(CLI::App& command, ImportTarget& target);

// Creates the heap if that was asked for, and opens a session on it.
absl::StatusOr<client::Session> OpenImportTarget(client::Client& client,
                                                 const ImportTarget& target);

// What was done, for PrintRecord() or as a part of other output.
Json SummaryToJson(const std::string& file,
                   const importer::ImportSummary& summary);

// The command that `import` is and the one that `replay` is.
void AddImportCommand(CLI::App& app, GlobalOptions& global);
void AddReplayCommand(CLI::App& app, GlobalOptions& global);

}  // namespace heapd::heapctl

#endif  // HEAPD_CLIENT_HEAPCTL_IMPORT_COMMAND_H_
