// SnapshotCatalog::List(): pages that stay right while snapshots come and go.

#include <algorithm>
#include <tuple>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/storage/snapshot_catalog.h"

namespace heapd::server {
namespace {

// A place in the order of the list: newest first, then by id.
struct Position {
  int64_t create_nanos;
  std::string snapshot;

  friend bool operator<(const Position& a, const Position& b) {
    return std::tie(b.create_nanos, a.snapshot) <
           std::tie(a.create_nanos, b.snapshot);
  }
};

Position PositionOf(const SnapshotRecord& record) {
  return {absl::ToUnixNanos(record.create_time), record.snapshot};
}

std::string WriteToken(const Position& position) {
  return absl::WebSafeBase64Escape(
      absl::StrCat(position.create_nanos, "/", position.snapshot));
}

absl::StatusOr<Position> ReadToken(absl::string_view token) {
  Position position;
  std::string text;
  if (absl::WebSafeBase64Unescape(token, &text)) {
    const std::vector<std::string> parts =
        absl::StrSplit(text, absl::MaxSplits('/', 1));
    if (parts.size() == 2 &&
        absl::SimpleAtoi(parts[0], &position.create_nanos)) {
      position.snapshot = parts[1];
      return position;
    }
  }
  return InvalidField("page_token", "not one that ListSnapshots gave");
}

}  // namespace

absl::StatusOr<SnapshotPage> SnapshotCatalog::List(
    const SnapshotFilter& filter, size_t page_size,
    absl::string_view page_token,
    absl::FunctionRef<bool(absl::string_view)> shows) const {
  Position after = {};
  if (!page_token.empty()) {
    HEAPD_ASSIGN_OR_RETURN(after, ReadToken(page_token));
  }
  std::vector<SnapshotRecord> all;
  {
    absl::MutexLock lock(&mu_);
    for (const auto& [id, entry] : entries_) {
      if (!filter.Shows(entry.record)) continue;
      if (!page_token.empty() && !(after < PositionOf(entry.record))) continue;
      all.push_back(entry.record);
    }
  }
  // Without the lock: what it asks is not known here.
  all.erase(std::remove_if(all.begin(), all.end(),
                           [&shows](const SnapshotRecord& record) {
                             return !shows(record.heap);
                           }),
            all.end());
  std::sort(all.begin(), all.end(),
            [](const SnapshotRecord& a, const SnapshotRecord& b) {
              return PositionOf(a) < PositionOf(b);
            });
  SnapshotPage page;
  if (all.size() > page_size) {
    all.resize(page_size);
    page.next_page_token = WriteToken(PositionOf(all.back()));
  }
  page.snapshots = std::move(all);
  return page;
}

}  // namespace heapd::server
