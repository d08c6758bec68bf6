#ifndef HEAPD_HEAP_SPACE_PAGE_H_
#define HEAPD_HEAP_SPACE_PAGE_H_

#include <cstddef>
#include <cstdint>

#include "heap/object/block.h"

namespace heapd {

inline constexpr size_t kPageBytes = size_t{256} << 10;

// A page of a paged space: this header, then blocks without a gap up to the
// end. Aligned to its size, so the page of a block is found from its address.
class Page {
 public:
  static constexpr size_t kHeaderBytes = 64;
  static constexpr size_t kAreaBytes = kPageBytes - kHeaderBytes;

  static Page* Of(const void* address) {
    return reinterpret_cast<Page*>(reinterpret_cast<uintptr_t>(address) &
                                   ~(kPageBytes - 1));
  }

  char* area_start() { return reinterpret_cast<char*>(this) + kHeaderBytes; }
  char* area_end() { return reinterpret_cast<char*>(this) + kPageBytes; }

  // Where the page is in its space's list.
  uint32_t position() const { return position_; }
  void set_position(uint32_t position) { position_ = position; }
  // A sweep has begun that has not come to this page.
  bool awaits_sweep() const { return awaits_sweep_; }
  void set_awaits_sweep(bool awaits) { awaits_sweep_ = awaits; }

 private:
  uint32_t position_ = 0;
  bool awaits_sweep_ = false;
};

static_assert(sizeof(Page) <= Page::kHeaderBytes);
static_assert(Page::kHeaderBytes % kWordBytes == 0);

}  // namespace heapd

#endif  // HEAPD_HEAP_SPACE_PAGE_H_
