#include "heap/snapshot/snapshot_texts.h"

#include <cstddef>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "heap/base/utf8.h"

namespace heapd {
namespace {

// V8 cuts string values here too.
constexpr size_t kMaxCodePoints = 1024;
// Of what is redacted, no more is hashed: a mutator may wait for it.
constexpr size_t kMaxHashed = size_t{64} << 10;
// Beside the text, of a saved one; roughly.
constexpr uint64_t kOverheadBytes = 64;

}  // namespace

absl::string_view SnapshotTexts::Content(Index index) const {
  const Block* const payload = parts_.table.entry(index).payload();
  return {payload->body(), Spaces::PayloadBytes(payload)};
}

bool SnapshotTexts::Save(Index index) {
  const TypeId type = parts_.table.entry(index).payload()->type();
  if (parts_.types.Find(type)->kind != TypeKind::kString ||
      !parts_.table.IsClosed(index)) {
    return true;
  }
  absl::MutexLock lock(&mu_);
  if (saved_.contains(index)) return true;
  std::string text = ShownOf(index);
  if (!budget_.Take(text.size() + kOverheadBytes)) return false;
  saved_.emplace(index, std::move(text));
  return true;
}

std::string SnapshotTexts::Text(Index index) {
  // With the lock: nobody writes the payload before it is saved.
  absl::MutexLock lock(&mu_);
  const auto saved = saved_.find(index);
  return saved != saved_.end() ? saved->second : ShownOf(index);
}

std::string SnapshotTexts::ShownOf(Index index) const {
  const absl::string_view content = Content(index);
  return options_.include_strings
             ? Shown(content)
             : Redacted(content.size(),
                        options_.redaction_hash(content.substr(0, kMaxHashed)));
}

std::string SnapshotTexts::Shown(absl::string_view content) {
  size_t end = 0;
  for (size_t n = 0; n < kMaxCodePoints && end < content.size(); ++n) {
    NextCodePoint(content, &end);
  }
  // Bad bytes are replaced here already, or texts that differ in those only
  // would be the same string twice.
  std::string text = ReplaceBadUtf8(content.substr(0, end));
  if (end == content.size()) return text;
  return absl::StrFormat("%s... (%d bytes, hash %016x)", text, content.size(),
                         absl::HashOf(content));
}

std::string SnapshotTexts::Redacted(uint64_t content_bytes) {
  return absl::StrCat("(redacted, ", content_bytes, " bytes)");
}

std::string SnapshotTexts::Redacted(uint64_t content_bytes, uint64_t hash) {
  return absl::StrFormat("(redacted, %d bytes, hash %016x)", content_bytes,
                         hash);
}

}  // namespace heapd
