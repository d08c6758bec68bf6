#include "client/import/v8_snapshot.h"

#include <istream>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/status_macros.h"
#include "client/import/v8_snapshot_handler.h"
#include "nlohmann/json.hpp"

namespace heapd::importer {

absl::StatusOr<V8Snapshot> ReadV8Snapshot(SnapshotSource& source) {
  std::istream text(&source);
  V8SnapshotHandler handler(source);
  const bool parsed = nlohmann::json::sax_parse(text, &handler);
  // A text that was cut short is no JSON either, but that is not the reason.
  HEAPD_CLIENT_RETURN_IF_ERROR(source.status());
  if (!parsed) return handler.status();
  return handler.Finish();
}

absl::StatusOr<V8Snapshot> ReadV8SnapshotFile(const std::string& path) {
  absl::StatusOr<std::unique_ptr<SnapshotSource>> source =
      SnapshotSource::Open(path);
  absl::StatusOr<V8Snapshot> snapshot =
      source.ok() ? ReadV8Snapshot(**source) : source.status();
  if (snapshot.ok()) return snapshot;
  return absl::Status(snapshot.status().code(),
                      absl::StrCat(path, ": ", snapshot.status().message()));
}

}  // namespace heapd::importer
