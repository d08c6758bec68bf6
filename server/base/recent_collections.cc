#include "server/base/recent_collections.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"

namespace heapd::server {
namespace {

constexpr absl::string_view kUrl = "heapd/recent_collections";

}  // namespace

void SetRecentCollections(const std::vector<std::string>& lines,
                          absl::Status* error) {
  if (lines.empty()) return;
  error->SetPayload(kUrl, absl::Cord(absl::StrJoin(lines, "\n")));
}

std::vector<std::string> RecentCollectionsOf(const absl::Status& error) {
  const absl::optional<absl::Cord> payload = error.GetPayload(kUrl);
  if (!payload.has_value()) return {};
  return absl::StrSplit(std::string(*payload), '\n');
}

}  // namespace heapd::server
