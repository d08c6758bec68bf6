#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/status_macros.h"
#include "client/heapload/commands.h"
#include "client/heapload/record/replayer.h"

namespace heapd::heapload {
namespace {

constexpr char kHelp[] = R"(
Makes the heaps of the recording again, under other names if asked, and sends
the recorded calls to them: payloads of the recorded sizes, strings that are
equal where the recorded ones were, everything in an order that the recording
allows. At the end it collects, and compares what lives with what lived when the
recording ended (record --counts). The new heaps remain.

Exits with 4 if something else lives. With a smaller --limit calls can be
refused with HEAP_LIMIT, which is then said to be the reason.

Example:
  heapload replay monday.rec --heap-suffix -small --limit 256MiB --speed 10)";

struct CommandOptions {
  ReplayOptions replay;
  std::vector<std::string> heaps;
  std::string speed = "1";
  std::string json;
};

absl::Status ReadHeapNames(const std::vector<std::string>& texts,
                           std::map<std::string, std::string>* names) {
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 ||
        equals + 1 == text.size()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--heap: '", text, "' is not OLD=NEW"));
    }
    (*names)[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<double>> ReadSpeed(const std::string& text) {
  if (text == "max") return std::optional<double>();
  double speed = 0;
  if (!absl::SimpleAtod(text, &speed) || !(speed >= 0.001) || !(speed <= 1e6)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--speed: '", text, "' is neither max nor from 0.001 to 1000000"));
  }
  return std::optional<double>(speed);
}

absl::Status WriteJson(const ReplayOutcome& outcome, const std::string& path) {
  std::ofstream file(path);
  file << ToJson(outcome).dump(2) << '\n';
  file.flush();
  if (!file) return absl::UnavailableError(absl::StrCat("cannot write ", path));
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> Replay(const GlobalOptions& global,
                                const CommandOptions& options) {
  ReplayOptions replay = options.replay;
  HEAPD_CLIENT_RETURN_IF_ERROR(
      ReadHeapNames(options.heaps, &replay.heap_names));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(replay.speed, ReadSpeed(options.speed));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(replay.credentials,
                                client::ReadCredentials(global.credentials));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const std::unique_ptr<Replayer> replayer,
                                Replayer::Create(std::move(replay)));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const ReplayOutcome outcome, replayer->Run());
  PrintOutcome(outcome, *global.out);
  if (!options.json.empty()) {
    HEAPD_CLIENT_RETURN_IF_ERROR(WriteJson(outcome, options.json));
  }
  return outcome.equal() ? kOk : kDifferent;
}

}  // namespace

void AddReplayCommand(CLI::App& app, GlobalOptions& global) {
  CLI::App& command = *app.add_subcommand(
      "replay", "Do again what was recorded, and compare what lives");
  command.footer(kHelp);
  auto options = std::make_shared<CommandOptions>();
  options->replay.address = "127.0.0.1:7700";
  command.add_option("file", options->replay.file, "The recording")->required();
  command
      .add_option("--address", options->replay.address,
                  "The daemon's data plane")
      ->capture_default_str();
  command.add_option("--heap-suffix", options->replay.heap_suffix,
                     "What is put behind the names of heaps");
  command.add_option("--heap", options->heaps,
                     "OLD=NEW: another name for one heap");
  AddSizeOption(command, "--limit", options->replay.limits.limit_bytes,
                "Limit of every heap; else as recorded");
  command
      .add_option("--speed", options->speed,
                  "Recorded seconds a second, or max: as fast as answers come")
      ->capture_default_str();
  command.add_option("--json", options->json, "Write the result here too");
  SetRun(command, global,
         [&global, options] { return Replay(global, *options); });
}

}  // namespace heapd::heapload
