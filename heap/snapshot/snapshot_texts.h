#ifndef HEAPD_HEAP_SNAPSHOT_SNAPSHOT_TEXTS_H_
#define HEAPD_HEAP_SNAPSHOT_SNAPSHOT_TEXTS_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "heap/gc/heap_parts.h"
#include "heap/object/ref.h"
#include "heap/snapshot/snapshot_budget.h"
#include "heap/snapshot/snapshot_sink.h"

namespace heapd {

// What a snapshot shows of strings, contents or a hash of them, as they were at
// its instant: strings that are not interned can be written, and what is shown
// of one is saved before. Save() is the mutators'; Text() is the reader's,
// beside them.
class SnapshotTexts {
 public:
  // REQUIRES: all outlive this.
  SnapshotTexts(const HeapParts* parts, SnapshotBudget* budget,
                const SnapshotOptions* options)
      : parts_(*parts), budget_(*budget), options_(*options) {}

  // Whether there is more to show than lengths.
  bool is_needed() const {
    return options_.include_strings || options_.redaction_hash != nullptr;
  }

  // Before a change of the object's payload. False over the budget.
  bool Save(Index index) ABSL_LOCKS_EXCLUDED(mu_);
  // Of a string's node.
  std::string Text(Index index) ABSL_LOCKS_EXCLUDED(mu_);

  // What is shown of a content: at most 1,024 characters, and with a hash if
  // that is not all, or DevTools' filter for duplicates would take equal
  // beginnings for equal strings.
  static std::string Shown(absl::string_view content);
  // What is shown when contents were not asked for.
  static std::string Redacted(uint64_t content_bytes);
  static std::string Redacted(uint64_t content_bytes, uint64_t hash);

 private:
  absl::string_view Content(Index index) const;
  std::string ShownOf(Index index) const;

  const HeapParts& parts_;
  SnapshotBudget& budget_;
  const SnapshotOptions& options_;
  absl::Mutex mu_;  // before the budget's in the lock order
  absl::flat_hash_map<Index, std::string> saved_ ABSL_GUARDED_BY(mu_);
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_SNAPSHOT_TEXTS_H_
