#include "client/heapctl/global_options.h"

#include <map>
#include <utility>

#include "client/heapd/credential_flags.h"
#include "client/heapd/status_macros.h"

namespace heapd::heapctl {
namespace {

absl::StatusOr<client::ClientOptions> OptionsOf(const GlobalOptions& global) {
  client::ClientOptions options;
  options.call_timeout = global.timeout;
  HEAPD_CLIENT_ASSIGN_OR_RETURN(client::Credentials credentials,
                                client::ReadCredentials(global.credentials));
  client::UseCredentials(std::move(credentials), options);
  return options;
}

}  // namespace

void AddGlobalOptions(CLI::App& app, GlobalOptions& global) {
  app.add_option("--address", global.address,
                 "Data plane: host:port or unix:/path")
      ->envname("HEAPD_ADDRESS")
      ->capture_default_str();
  app.add_option("--operations-address", global.operations_address,
                 "Operations plane, which mostly has the snapshots")
      ->envname("HEAPD_OPERATIONS_ADDRESS")
      ->capture_default_str();
  app.add_option("--snapshots-address", global.snapshots_address,
                 "Snapshots, where they have a listener of their own")
      ->envname("HEAPD_SNAPSHOTS_ADDRESS")
      ->default_str("that of operations");
  client::AddCredentialFlags(app, global.credentials);
  AddDurationOption(app, "--timeout", global.timeout,
                    "Longest time for a call, retries included");
  const std::map<std::string, OutputFormat> formats = {
      {"table", OutputFormat::kTable}, {"json", OutputFormat::kJson}};
  app.add_option("--output", global.output, "table or json")
      ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case))
      ->default_str("table");
}

void SetRun(CLI::App& command, GlobalOptions& global,
            std::function<absl::Status()> run) {
  command.callback(
      [&global, run = std::move(run)]() mutable { global.run = run; });
}

CLI::Option* AddDurationOption(CLI::App& command, const std::string& name,
                               absl::Duration& duration,
                               const std::string& description) {
  return command
      .add_option_function<std::string>(
          name,
          [name, &duration](const std::string& text) {
            if (!absl::ParseDuration(text, &duration) ||
                duration <= absl::ZeroDuration()) {
              throw CLI::ValidationError(
                  name,
                  "not a positive duration such as 30s or 1m30s: " + text);
            }
          },
          description)
      ->type_name("DURATION")
      ->default_str(absl::FormatDuration(duration));
}

absl::StatusOr<std::unique_ptr<client::Client>> ConnectClient(
    const GlobalOptions& global) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(client::ClientOptions options,
                                OptionsOf(global));
  return client::Client::Connect(global.address, std::move(options));
}

absl::StatusOr<std::unique_ptr<client::SnapshotClient>> ConnectSnapshots(
    const GlobalOptions& global) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(client::ClientOptions options,
                                OptionsOf(global));
  return client::SnapshotClient::Connect(global.snapshots_address.empty()
                                             ? global.operations_address
                                             : global.snapshots_address,
                                         std::move(options));
}

}  // namespace heapd::heapctl
