#ifndef HEAPD_CLIENT_HEAPCTL_GLOBAL_OPTIONS_H_
#define HEAPD_CLIENT_HEAPCTL_GLOBAL_OPTIONS_H_

#include <functional>
#include <iostream>
#include <memory>
#include <ostream>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/heapd/client.h"
#include "client/heapd/credentials.h"
#include "client/heapd/snapshots.h"

namespace heapd::heapctl {

enum class OutputFormat { kTable, kJson };

// What all commands share: flags that may stand anywhere on the command line,
// where output goes, and the command that was chosen. Outlives every command.
struct GlobalOptions {
  std::string address = "127.0.0.1:7700";
  std::string operations_address = "127.0.0.1:7701";
  std::string snapshots_address;  // empty: the operations plane has them
  client::CredentialFiles credentials;
  absl::Duration timeout = absl::Seconds(30);
  OutputFormat output = OutputFormat::kTable;

  std::ostream* out = &std::cout;
  std::ostream* err = &std::cerr;

  // What the command line asks for; called once it is wholly parsed.
  std::function<absl::Status()> run;
};

// Adds the flags of GlobalOptions to the program.
void AddGlobalOptions(CLI::App& app, GlobalOptions& global);

// Makes `command` run `run` when it is the one that was chosen. Everything that
// `run` refers to must live as long as `global`.
void SetRun(CLI::App& command, GlobalOptions& global,
            std::function<absl::Status()> run);

// An option that takes a duration such as "90s" or "1m30s".
CLI::Option* AddDurationOption(CLI::App& command, const std::string& name,
                               absl::Duration& duration,
                               const std::string& description);

// The client library, set up as the flags say: with TLS if one of them asks for
// it, with the token of --token-file or $HEAPD_TOKEN if there is one. Connect
// with the first call.
absl::StatusOr<std::unique_ptr<client::Client>> ConnectClient(
    const GlobalOptions& global);
absl::StatusOr<std::unique_ptr<client::SnapshotClient>> ConnectSnapshots(
    const GlobalOptions& global);

}  // namespace heapd::heapctl

#endif  // HEAPD_CLIENT_HEAPCTL_GLOBAL_OPTIONS_H_
