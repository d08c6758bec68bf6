#ifndef HEAPD_HEAP_SPACE_LARGE_OBJECT_SPACE_H_
#define HEAPD_HEAP_SPACE_LARGE_OBJECT_SPACE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "heap/base/memory_budget.h"
#include "heap/object/block.h"
#include "heap/space/space_stats.h"

namespace heapd {

// What stands before a block in the large-object space, at the start of its own
// mapping. 64 bytes.
struct LargeHeader {
  uint64_t mapped_bytes;
  uint64_t body_bytes;     // what was asked for: the payload's size
  uint64_t position;       // in the space's list
  uint64_t scavenge_mark;  // of a young object, during a scavenge
  uint64_t unused[4];

  Block* block() { return reinterpret_cast<Block*>(this + 1); }
  const Block* block() const {
    return reinterpret_cast<const Block*>(this + 1);
  }
  uint64_t block_bytes() const { return UnitsFor(body_bytes) * kWordBytes; }

  static LargeHeader* Of(Block* block) {
    return reinterpret_cast<LargeHeader*>(block) - 1;
  }
  static const LargeHeader* Of(const Block* block) {
    return reinterpret_cast<const LargeHeader*>(block) - 1;
  }
};

static_assert(sizeof(LargeHeader) == 64);

// Blocks too large for a page, payloads and slots alike, each in a mapping of
// its own that goes back to the system when the block dies. Never moved.
// Thread-compatible.
class LargeObjectSpace {
 public:
  // REQUIRES: `account` outlives the space.
  explicit LargeObjectSpace(MemoryAccount* account) : account_(account) {}
  ~LargeObjectSpace();
  LargeObjectSpace(const LargeObjectSpace&) = delete;
  LargeObjectSpace& operator=(const LargeObjectSpace&) = delete;

  // A block with a body of zeros; the caller writes its header (units 0). Null
  // when the account or the system refuses.
  Block* Allocate(uint64_t body_bytes);
  void Free(Block* block);
  // What Allocate(body_bytes) takes from the account.
  static uint64_t MappedBytes(uint64_t body_bytes);

  // A sweep frees every block whose owner is not live. It goes through the list
  // from the end, so what takes the place of a freed block has been looked at.
  void BeginSweep() { to_sweep_ = blocks_.size(); }
  bool IsSwept() const { return to_sweep_ == 0; }
  // Goes on with at most `count` blocks; how many were freed. Calls
  // `is_live(const Block&)`.
  template <typename IsLive>
  uint64_t Sweep(size_t count, IsLive is_live) {
    uint64_t freed = 0;
    // Others may have freed blocks since.
    to_sweep_ = std::min(to_sweep_, blocks_.size());
    for (; count > 0 && to_sweep_ > 0; --count) {
      LargeHeader* const header = blocks_[--to_sweep_];
      if (is_live(*header->block())) continue;
      Free(header->block());
      ++freed;
    }
    return freed;
  }

  const std::vector<LargeHeader*>& blocks() const { return blocks_; }
  uint64_t used_bytes() const { return used_bytes_; }
  SpaceStats Stats() const;

 private:
  MemoryAccount* const account_;
  std::vector<LargeHeader*> blocks_;
  size_t to_sweep_ = 0;  // blocks before this one wait to be swept
  uint64_t used_bytes_ = 0;
  uint64_t committed_bytes_ = 0;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SPACE_LARGE_OBJECT_SPACE_H_
