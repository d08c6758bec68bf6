#ifndef HEAPD_HEAP_SPACE_NEW_SPACE_H_
#define HEAPD_HEAP_SPACE_NEW_SPACE_H_

#include <cstddef>
#include <cstdint>

#include "heap/base/check.h"
#include "heap/base/memory_budget.h"
#include "heap/base/reservation.h"
#include "heap/object/block.h"
#include "heap/space/space_stats.h"

namespace heapd {

// Where objects are born: two semi-spaces, of which one is in use. Allocation
// bumps a pointer. A scavenge flips to the other one, copies what lives to its
// start or promotes it, and the rest is free at once.
//
//   from:  | intermediate       | nursery             |  free    |
//          start               age_mark              top        limit
//   to:    | ................................................... |
//
// What was copied once stands below the age mark. Blocks stand without gaps;
// what was freed or left by its object stays where it is until the next
// scavenge, as a free run or as a block that its owner's entry does not lead
// to.
//
// Thread-compatible.
class NewSpace {
 public:
  // `max_capacity_bytes`: of one semi-space. REQUIRES: `account` outlives the
  // space.
  NewSpace(MemoryAccount* account, uint64_t max_capacity_bytes,
           bool clear_free_memory);
  ~NewSpace();
  NewSpace(const NewSpace&) = delete;
  NewSpace& operator=(const NewSpace&) = delete;

  // Memory for a block whose header the caller writes before anything else
  // happens to the space; null when the space is full.
  Block* Allocate(uint32_t units) {
    const size_t bytes = units * kWordBytes;
    if (static_cast<size_t>(limit_ - top_) < bytes) return nullptr;
    char* const address = top_;
    top_ += bytes;
    used_bytes_ += bytes;
    return Block::At(address);
  }
  // Allocates many blocks in a row, with what that takes at hand. While one
  // lives, nothing else happens to the space.
  class Row {
   public:
    explicit Row(NewSpace* space)
        : space_(*space), top_(space->top_), limit_(space->limit_) {}
    ~Row() {
      space_.used_bytes_ += top_ - space_.top_;
      space_.top_ = top_;
    }
    Row(const Row&) = delete;
    Row& operator=(const Row&) = delete;

    // For all blocks together.
    size_t room_bytes() const { return static_cast<size_t>(limit_ - top_); }
    // Where the next block begins; others follow it.
    char* next() const { return top_; }
    // REQUIRES: there is room for so many.
    void Take(size_t bytes) { top_ += bytes; }

   private:
    NewSpace& space_;
    char* top_;
    char* const limit_;
  };

  // Back at once, for what nothing refers to.
  void Free(Block* block);

  // Whether the address is in one of the semi-spaces.
  bool Contains(const void* address) const {
    return static_cast<size_t>(static_cast<const char*>(address) -
                               reservation_.data()) < reservation_.size();
  }
  // Whether the address is in the part that blocks fill now.
  bool IsInUse(const void* address) const {
    return address >= start_ && address < top_;
  }
  // Whether the block has been copied once. REQUIRES: in the semi-space in use,
  // or in from-space during a scavenge.
  bool IsIntermediate(const Block* block) const {
    return block->address() < age_mark_;
  }

  // Grows both semi-spaces; false, and nothing changes, when there is no
  // memory. REQUIRES: `bytes` is a multiple of a system page, and at most
  // max_capacity_bytes().
  bool GrowTo(uint64_t bytes);
  // How far the space may be filled, at most to its capacity: what can be
  // promoted must have room elsewhere. At least what is in it counts.
  void SetAllowed(uint64_t bytes);

  // A scavenge: Flip(), copy from [from_start(), from_top()) with Allocate(),
  // FinishCopying().
  void Flip();
  char* from_start() const { return from_start_; }
  char* from_top() const { return from_top_; }
  void FinishCopying();

  const char* start() const { return start_; }
  uint64_t capacity_bytes() const { return capacity_bytes_; }
  uint64_t max_capacity_bytes() const { return max_capacity_bytes_; }
  uint64_t free_bytes() const { return limit_ - top_; }
  // From the start to the top: blocks, and what has become free since the last
  // scavenge.
  uint64_t filled_bytes() const { return top_ - start_; }
  uint64_t used_bytes() const { return used_bytes_; }
  SpaceStats Stats() const;

  // Calls `visit(const Block*)` for every block and free run in use.
  template <typename Visit>
  void ForEachBlock(Visit visit) const {
    for (const char* at = start_; at < top_;) {
      const Block* const block = Block::At(at);
      visit(block);
      at += SizeOf(block);
    }
  }
  // Of a block or free run, in bytes.
  static size_t SizeOf(const Block* block) {
    const uint64_t units =
        block->is_free() ? block->free_units() : block->units();
    HEAPD_CHECK(units > 0);
    return units * kWordBytes;
  }

 private:
  MemoryAccount* const account_;
  const uint64_t max_capacity_bytes_;
  const bool clear_free_memory_;
  // Both semi-spaces, each of max_capacity_bytes_, of which the first
  // capacity_bytes_ are usable.
  Reservation reservation_;
  uint64_t capacity_bytes_ = 0;
  char* start_;  // of the semi-space in use
  char* top_;
  char* limit_;
  char* age_mark_;
  char* from_start_ = nullptr;  // of the other one, during a scavenge
  char* from_top_ = nullptr;
  uint64_t used_bytes_ = 0;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SPACE_NEW_SPACE_H_
