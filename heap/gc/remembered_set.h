#ifndef HEAPD_HEAP_GC_REMEMBERED_SET_H_
#define HEAPD_HEAP_GC_REMEMBERED_SET_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "heap/base/planted_bug.h"
#include "heap/object/ref.h"

namespace heapd {

// Where old objects refer to young ones, and which young objects were given
// names: what a scavenge looks at in place of the whole heap. A slot can be in
// it several times, and may hold something else by now.
//
// Its memory is not charged: 8 bytes for a store since the last scavenge, which
// is due after kDueCount, and for what that kept: less than twice what the last
// look for repeats left, kMinRepeatsDueCount at least. Thread-compatible.
class RememberedSet {
 public:
  struct Place {
    Index source;
    uint32_t slot;
  };
  static constexpr size_t kDueCount = size_t{1} << 16;

  void Add(Index source, uint32_t slot) {
    if (HEAPD_PLANTED(kForgetRemembered) && (source + slot) % 13 == 0) return;
    places_.push_back({source, slot});
  }
  void AddRoot(Index object) { roots_.push_back(object); }

  bool IsDue() const {
    return places_.size() + roots_.size() >= kept_count_ + kDueCount;
  }
  const std::vector<Place>& places() const { return places_; }
  const std::vector<Index>& roots() const { return roots_; }

  // Keeps the places and roots for which `keep_place(Place, position)` and
  // `keep_root(Index)` hold: what a scavenge did not make old.
  template <typename KeepPlace, typename KeepRoot>
  void KeepIf(KeepPlace keep_place, KeepRoot keep_root) {
    size_t kept = 0;
    for (size_t i = 0; i < places_.size(); ++i) {
      if (keep_place(places_[i], i)) places_[kept++] = places_[i];
    }
    places_.resize(kept);
    std::erase_if(roots_, std::not_fn(keep_root));
    if (places_.size() >= repeats_due_count_) DropRepeats();
    kept_count_ = places_.size() + roots_.size();
  }

 private:
  // What is kept without a look whether it is there twice.
  static constexpr size_t kMinRepeatsDueCount = size_t{1} << 13;

  // A slot that is written all the time refers to a young object whenever a
  // scavenge looks, so each of its stores would stay for good. Looking for
  // them costs more than a store, so it waits until the set has doubled.
  void DropRepeats() {
    absl::flat_hash_set<uint64_t> seen;
    seen.reserve(places_.size());
    std::erase_if(places_, [&seen](Place place) {
      return !seen.insert(uint64_t{place.source} << 32 | place.slot).second;
    });
    repeats_due_count_ = std::max(kMinRepeatsDueCount, 2 * places_.size());
  }

  std::vector<Place> places_;
  std::vector<Index> roots_;
  size_t kept_count_ = 0;  // when the last scavenge ended
  size_t repeats_due_count_ = kMinRepeatsDueCount;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_REMEMBERED_SET_H_
