#ifndef HEAPD_CLIENT_HEAPLOAD_GLOBAL_OPTIONS_H_
#define HEAPD_CLIENT_HEAPLOAD_GLOBAL_OPTIONS_H_

#include <cstdint>
#include <functional>
#include <iostream>
#include <optional>
#include <ostream>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/heapd/credentials.h"
#include "client/heapload/exit_code.h"

namespace heapd::heapload {

// What all commands share: where output goes, how heapload was called, and the
// command that was chosen. Outlives every command.
struct GlobalOptions {
  std::ostream* out = &std::cout;
  std::ostream* err = &std::cerr;

  // Who heapload is to the daemon, for every command.
  client::CredentialFiles credentials;

  // The whole command line, for reports.
  std::string command_line;

  // What the command line asks for; called once it is wholly parsed. An error
  // is printed; INVALID_ARGUMENT exits with kUsage, others with kFailed.
  std::function<absl::StatusOr<ExitCode>()> run;
};

// Makes `command` run `run` when it is the one that was chosen. Everything that
// `run` refers to must live as long as `global`.
void SetRun(CLI::App& command, GlobalOptions& global,
            std::function<absl::StatusOr<ExitCode>()> run);

// An option that takes a positive duration such as "90s" or "1m30s".
CLI::Option* AddDurationOption(CLI::App& command, const std::string& name,
                               absl::Duration& duration,
                               const std::string& description);

// An option for a size such as 4096 or 64MiB, in bytes. MB is 1,000,000 bytes
// and MiB is 1,048,576.
CLI::Option* AddSizeOption(CLI::App& command, const std::string& name,
                           std::optional<uint64_t>& bytes,
                           const std::string& description);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_GLOBAL_OPTIONS_H_
