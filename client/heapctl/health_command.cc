#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/heapctl/commands.h"
#include "client/heapctl/printer.h"
#include "client/heapd/health.h"
#include "client/heapd/status_macros.h"
#include "client/heapd/strings.h"

namespace heapd::heapctl {
namespace {

struct HealthOptions {
  std::string address = "127.0.0.1:7703";
  std::string service;
  absl::Duration wait = absl::ZeroDuration();
};

absl::Status CheckHealth(const GlobalOptions& global,
                         const HealthOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const client::Credentials credentials,
                                client::ReadCredentials(global.credentials));
  if (options.wait > absl::ZeroDuration()) {
    HEAPD_CLIENT_RETURN_IF_ERROR(client::WaitUntilServing(
        options.address, options.service, options.wait, credentials));
    PrintText(global, "status", client::HealthName(client::Health::kServing));
    return absl::OkStatus();
  }
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      const client::Health health,
      client::CheckHealth(options.address, options.service, global.timeout,
                          credentials));
  PrintText(global, "status", client::HealthName(health));
  if (health == client::Health::kServing) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(
      options.address, " is ", client::Absl(client::HealthName(health))));
}

}  // namespace

void AddHealthCommand(CLI::App& app, GlobalOptions& global) {
  CLI::App& command = *app.add_subcommand(
      "health", "Ask a health listener; exits with 0 only if it is SERVING");
  const auto options = std::make_shared<HealthOptions>();
  command
      .add_option("ADDRESS", options->address,
                  "Readiness is on port 7703, liveness on 7702")
      ->capture_default_str();
  command.add_option("--service", options->service,
                     "Service to ask about; empty for the daemon as a whole");
  AddDurationOption(command, "--wait", options->wait,
                    "Wait up to this long for SERVING, also for a daemon that "
                    "is still starting")
      ->default_str("0");
  command.footer(
      "Examples:\n"
      "  heapctl health\n"
      "  heapctl health 127.0.0.1:7702 --wait 30s");
  SetRun(command, global,
         [&global, options] { return CheckHealth(global, *options); });
}

}  // namespace heapd::heapctl
