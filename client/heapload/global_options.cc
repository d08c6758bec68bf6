#include "client/heapload/global_options.h"

#include <utility>

namespace heapd::heapload {

void SetRun(CLI::App& command, GlobalOptions& global,
            std::function<absl::StatusOr<ExitCode>()> run) {
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
                duration <= absl::ZeroDuration() ||
                duration == absl::InfiniteDuration()) {
              throw CLI::ValidationError(
                  name,
                  "not a positive duration such as 30s or 1m30s: " + text);
            }
          },
          description)
      ->type_name("DURATION")
      ->default_str(absl::FormatDuration(duration));
}

CLI::Option* AddSizeOption(CLI::App& command, const std::string& name,
                           std::optional<uint64_t>& bytes,
                           const std::string& description) {
  return command.add_option(name, bytes, description)
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/true))
      ->type_name("SIZE");
}

}  // namespace heapd::heapload
