#ifndef HEAPD_HEAP_GC_REMEMBERED_SET_H_
#define HEAPD_HEAP_GC_REMEMBERED_SET_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "heap/base/planted_bug.h"
#include "heap/object/ref.h"

namespace heapd {

// Where old objects refer to young ones, and which young objects were given
// names: what a scavenge looks at in place of the whole heap. A slot can be in
// it several times, and may hold something else by now.
//
// Its memory is not charged: 8 bytes for a store since the last scavenge, and a
// scavenge is due after kDueCount. Thread-compatible.
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

  // Keeps the places and roots for which `keep_place(Place)` and
  // `keep_root(Index)` hold: what a scavenge did not make old.
  template <typename KeepPlace, typename KeepRoot>
  void KeepIf(KeepPlace keep_place, KeepRoot keep_root) {
    std::erase_if(places_, std::not_fn(keep_place));
    std::erase_if(roots_, std::not_fn(keep_root));
    kept_count_ = places_.size() + roots_.size();
  }

 private:
  std::vector<Place> places_;
  std::vector<Index> roots_;
  size_t kept_count_ = 0;  // when the last scavenge ended
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_REMEMBERED_SET_H_
