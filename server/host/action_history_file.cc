#include "server/host/action_history_file.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/ops/logging.h"
#include "server/storage/state_file.h"

namespace heapd::server {
namespace {

constexpr absl::string_view kFile = "automatic-actions.json";
// More than what a full history takes.
constexpr size_t kMaxFileBytes = size_t{128} << 20;

absl::StatusOr<ActionHistory> ReadHistory(const std::string& directory) {
  const absl::StatusOr<std::string> text =
      ReadStateFile(directory, kFile, kMaxFileBytes);
  if (absl::IsNotFound(text.status())) return ActionHistory();
  if (!text.ok()) return text.status();
  return ActionHistory::Parse(*text);
}

}  // namespace

ActionHistory ActionHistoryFile::Read() const {
  if (state_directory_.empty()) return {};
  absl::StatusOr<ActionHistory> history = ReadHistory(state_directory_);
  if (history.ok()) return *std::move(history);
  LogWarning("action_history_ignored",
             {{"file", kFile},
              {"error", history.status()},
              {"effect", "limits of automatic snapshots begin anew"}});
  return {};
}

void ActionHistoryFile::Write(absl::string_view history) {
  if (state_directory_.empty()) return;
  const absl::Status written = WriteStateFile(state_directory_, kFile, history);
  if (!written.ok() && !failed_) {
    LogError("action_history_not_written",
             {{"error", written},
              {"effect",
               "limits of automatic snapshots begin anew after a restart"}});
  }
  failed_ = !written.ok();
}

}  // namespace heapd::server
