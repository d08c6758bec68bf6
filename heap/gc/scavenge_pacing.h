#ifndef HEAPD_HEAP_GC_SCAVENGE_PACING_H_
#define HEAPD_HEAP_GC_SCAVENGE_PACING_H_

#include <algorithm>
#include <cstdint>
#include <limits>

namespace heapd {

// How far new space is filled so that the scavenge that follows is short.
//
// A scavenge costs what survives it: where nearly everything does, as in a
// heap of which batches keep all that they allocate, a whole mebibyte of
// small objects takes 1.5 to 5 ms, and new space gains nothing by being large.
// So each scavenge says what it had to do, and the next one begins when as
// much is to be expected as takes about half a millisecond. Where most young
// objects die, new space is used whole.
//
// Counts work and not time, so that a run is repeated exactly by its seed.
// Thread-compatible.
class ScavengePacing {
 public:
  // Survivors that a scavenge shall have, or as much other work.
  static constexpr uint64_t kTargetWork = 6144;
  static constexpr uint64_t kMinBytes = uint64_t{64} << 10;

  // In units of what one small survivor costs: an entry of the table, which is
  // hardly ever in the cache, and a copy. One that died has only its index
  // given back.
  static constexpr uint64_t WorkOf(uint64_t survivors, uint64_t survived_bytes,
                                   uint64_t freed) {
    return survivors + survived_bytes / 512 + freed / 8;
  }

  // A scavenge of new space that was filled so far did so much. What says
  // little, since there was little in new space, is not heeded.
  void OnScavenge(uint64_t filled_bytes, uint64_t work) {
    if (filled_bytes < kMinBytes / 2) return;
    const uint64_t fitting =
        filled_bytes * kTargetWork / std::max<uint64_t>(work, 1);
    const uint64_t doubled =
        target_bytes_ > kMost / 2 ? kMost : 2 * target_bytes_;
    target_bytes_ =
        std::clamp(fitting, kMinBytes, std::max(doubled, kMinBytes));
  }

  // How far new space may be filled when so much is left in it: there is
  // always room for what comes next.
  uint64_t AllowedBytes(uint64_t filled_bytes) const {
    return std::max(target_bytes_, filled_bytes + kMinBytes);
  }

 private:
  static constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

  uint64_t target_bytes_ = kMost;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_SCAVENGE_PACING_H_
