#ifndef HEAPD_HEAP_OBJECT_BLOCK_H_
#define HEAPD_HEAP_OBJECT_BLOCK_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "heap/base/check.h"
#include "heap/object/ref.h"
#include "heap/object/slot.h"
#include "heap/object/type.h"

namespace heapd {

inline constexpr size_t kWordBytes = 8;

// What the memory of a space is divided into: an object's payload, an object's
// slots when they do not fit its table entry, or a free run. A block starts
// with one header word:
//
//   63                    43 42        30 29                          0
//   +-----------------------+------------+-----------------------------+
//   | extra, 21 bits        | units, 13  | owner: index of the object  |
//   +-----------------------+------------+-----------------------------+
//   payload: extra = type id (18 bits) and padding bytes (3 bits)
//   slots:   extra = slot count
//   free:    owner 0; units and extra together are one 34-bit size
//
// A unit is one 8-byte word, the header included. Units 0 is the escape of
// blocks in the large-object space, whose size stands before the block.
class Block {
 public:
  static constexpr uint32_t kMaxUnits = (1u << 13) - 1;
  static constexpr size_t kHeaderBytes = sizeof(uint64_t);

  static uint64_t MakeHeader(Index owner, uint32_t units, uint32_t extra) {
    HEAPD_DCHECK(units <= kMaxUnits);
    HEAPD_DCHECK(extra < (1u << 21));
    return uint64_t{extra} << kExtraShift | uint64_t{units} << kUnitsShift |
           owner;
  }
  static uint64_t MakeFreeHeader(uint64_t units) {
    return units << kUnitsShift;
  }
  static uint32_t PayloadExtra(TypeId type, uint32_t padding) {
    return type << 3 | padding;
  }

  static Block* At(char* address) { return reinterpret_cast<Block*>(address); }
  static const Block* At(const char* address) {
    return reinterpret_cast<const Block*>(address);
  }

  char* address() { return reinterpret_cast<char*>(this); }
  const char* address() const { return reinterpret_cast<const char*>(this); }
  char* body() { return address() + kHeaderBytes; }
  const char* body() const { return address() + kHeaderBytes; }

  // Relaxed: a sweeper reads owner and size, which do not change while it may,
  // beside a mutator that writes the slot count.
  uint64_t header() const {
    return std::atomic_ref<uint64_t>(const_cast<Block*>(this)->header_)
        .load(std::memory_order_relaxed);
  }
  void set_header(uint64_t header) {
    std::atomic_ref<uint64_t>(header_).store(header, std::memory_order_relaxed);
  }

  Index owner() const { return static_cast<Index>(header() & kOwnerMask); }
  bool is_free() const { return owner() == 0; }
  uint32_t units() const {
    return static_cast<uint32_t>(header() >> kUnitsShift) & kMaxUnits;
  }
  bool is_large() const { return units() == 0; }
  uint64_t free_units() const { return header() >> kUnitsShift; }

  // Of a payload block.
  TypeId type() const {
    return static_cast<TypeId>(header() >> (kExtraShift + 3));
  }
  uint32_t padding() const {
    return static_cast<uint32_t>(header() >> kExtraShift) & 7;
  }

  // Of a slot block.
  uint32_t slot_count() const {
    return static_cast<uint32_t>(header() >> kExtraShift);
  }
  void set_slot_count(uint32_t count) {
    set_header((header() & ((uint64_t{1} << kExtraShift) - 1)) |
               uint64_t{count} << kExtraShift);
  }
  Slot* slots() { return reinterpret_cast<Slot*>(body()); }
  const Slot* slots() const { return reinterpret_cast<const Slot*>(body()); }

 private:
  static constexpr int kUnitsShift = 30;
  static constexpr int kExtraShift = 43;
  static constexpr uint64_t kOwnerMask = (uint64_t{1} << kUnitsShift) - 1;

  uint64_t header_;
};

static_assert(sizeof(Block) == 8, "an object's header is one word");

// Words that a block with this many bytes after its header takes.
constexpr uint64_t UnitsFor(uint64_t body_bytes) {
  return 1 + (body_bytes + kWordBytes - 1) / kWordBytes;
}

}  // namespace heapd

#endif  // HEAPD_HEAP_OBJECT_BLOCK_H_
