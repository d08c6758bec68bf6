#include "server/storage/snapshot_journal.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "heap/base/status_macros.h"
#include "server/ops/logging.h"

namespace heapd::server {
namespace {

constexpr absl::string_view kEnding = ".writing";
constexpr size_t kMaxEntryBytes = size_t{4} << 10;
constexpr absl::string_view kBudgetFile = "captures.json";
constexpr size_t kMaxBudgetBytes = size_t{256} << 10;

}  // namespace

absl::StatusOr<std::unique_ptr<SnapshotJournal>> SnapshotJournal::Open(
    const std::string& directory) {
  HEAPD_ASSIGN_OR_RETURN(
      std::unique_ptr<LocalDirectory> files,
      LocalDirectory::OpenDirectory(directory, "journal",
                                    "snapshots.state_directory"));
  return std::unique_ptr<SnapshotJournal>(
      new SnapshotJournal(std::move(files)));
}

absl::Status SnapshotJournal::Add(const JournalEntry& entry) {
  const nlohmann::json json = {
      {"destination", entry.destination},
      {"compression", std::string(CompressionName(entry.compression))}};
  HEAPD_ASSIGN_OR_RETURN(const std::unique_ptr<BlobWriter> writer,
                         files_->Create(absl::StrCat(entry.snapshot, kEnding)));
  HEAPD_RETURN_IF_ERROR(writer->Append(json.dump()));
  return writer->Commit();
}

absl::Status SnapshotJournal::Remove(absl::string_view snapshot) {
  return files_->Delete(absl::StrCat(snapshot, kEnding));
}

absl::Status SnapshotJournal::WriteBudget(absl::string_view text) {
  return files_->Replace(kBudgetFile, text);
}

absl::StatusOr<std::string> SnapshotJournal::ReadBudget() const {
  HEAPD_ASSIGN_OR_RETURN(const std::unique_ptr<BlobReader> blob,
                         files_->Open(kBudgetFile));
  if (blob->size_bytes() > kMaxBudgetBytes) {
    return absl::InvalidArgumentError("too large for counts of snapshots");
  }
  std::string text(blob->size_bytes(), ' ');
  HEAPD_RETURN_IF_ERROR(blob->Read(0, absl::MakeSpan(text)).status());
  return text;
}

absl::StatusOr<JournalEntry> SnapshotJournal::Read(
    const std::string& file) const {
  HEAPD_ASSIGN_OR_RETURN(const std::unique_ptr<BlobReader> blob,
                         files_->Open(file));
  std::string text(std::min<uint64_t>(blob->size_bytes(), kMaxEntryBytes), ' ');
  HEAPD_RETURN_IF_ERROR(blob->Read(0, absl::MakeSpan(text)).status());
  const nlohmann::json json =
      nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto field = [&json](const char* name) {
    return json.is_object() && json.contains(name) && json[name].is_string()
               ? json[name].get<std::string>()
               : std::string();
  };
  const std::optional<Compression> compression =
      FindCompression(field("compression"));
  if (field("destination").empty() || !compression.has_value()) {
    return absl::InvalidArgumentError("not an entry of the journal");
  }
  return JournalEntry{std::string(absl::StripSuffix(file, kEnding)),
                      field("destination"), *compression};
}

absl::StatusOr<std::vector<JournalEntry>> SnapshotJournal::Entries() const {
  HEAPD_ASSIGN_OR_RETURN(const std::vector<std::string> files, files_->List());
  std::vector<JournalEntry> entries;
  for (const std::string& file : files) {
    if (!absl::EndsWith(file, kEnding)) continue;
    absl::StatusOr<JournalEntry> entry = Read(file);
    if (entry.ok()) {
      entries.push_back(*std::move(entry));
    } else {
      LogWarning("journal_entry_ignored",
                 {{"file", file}, {"error", entry.status()}});
    }
  }
  return entries;
}

}  // namespace heapd::server
