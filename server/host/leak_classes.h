#ifndef HEAPD_SERVER_HOST_LEAK_CLASSES_H_
#define HEAPD_SERVER_HOST_LEAK_CLASSES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"

namespace heapd::server {

// A class and a tag, as a number that stays the same for the life of a heap.
using LeakClassId = uint32_t;

// What lives of one class and tag.
struct LiveClass {
  LeakClassId id = 0;
  uint64_t object_count = 0;
  uint64_t bytes = 0;  // their blocks, without slots
};

// The classes and tags that a heap was seen to have much of, numbered from 0.
// Thread-safe: numbers are given with the heap's lane, and read without.
class LeakClasses {
 public:
  // Names are at most 1.3 KB a pair.
  static constexpr size_t kMaxClasses = 4096;

  // Nothing for a new pair when there are kMaxClasses.
  absl::optional<LeakClassId> IdOf(absl::string_view class_name,
                                   absl::string_view tag)
      ABSL_LOCKS_EXCLUDED(mu_);
  // The class's name, and the tag. REQUIRES: the number was given.
  std::pair<std::string, std::string> NamesOf(LeakClassId id) const
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  using Names = std::pair<std::string, std::string>;

  mutable absl::Mutex mu_;  // a leaf of the lock order
  std::vector<Names> names_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<Names, LeakClassId> ids_ ABSL_GUARDED_BY(mu_);
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_LEAK_CLASSES_H_
